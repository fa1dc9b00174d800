"""Reader for ``.tonfotos.ini``, in which Tonfotos keeps the people of a folder's photos.

In spite of its name it is JSON. Its makers describe what it is for (community.tonfotos.com/d/167)
but not its fields; those read here are as people's scripts read them: ``files`` by name have
``faces`` with ``v.p``, the id of a person, and ``data`` lists ``person.name`` with all its ``ids``.
Where a face is isn't known from there, so the names come without places.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from facesorter.errors import UserError
from facesorter.exchange.json_items import LARGEST_ITEM, read_object
from facesorter.exchange.names import PhotoNames, Source, given_name, without_repetition
from facesorter.exchange.reading import read_limited

INI_NAME: Final = ".tonfotos.ini"


def read_ini(path: Path) -> Iterator[tuple[str, PhotoNames]]:
    """Yield the photos of a folder by name, without folders, and who is in them. Blocks.

    Raises:
        UserError: It isn't such a file.
        OSError: It can't be read.
    """
    content = read_object(read_limited(path, LARGEST_ITEM))
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise UserError("The file isn’t a Tonfotos file, or it is damaged.")
    names: dict[str, str] = {}
    for each in content["data"] if isinstance(content.get("data"), list) else ():
        person = each.get("person") if isinstance(each, dict) else None
        name = person.get("name") if isinstance(person, dict) else None
        ids = each.get("ids") if isinstance(each, dict) else None
        if isinstance(name, str) and isinstance(ids, list):
            names |= {str(identity): given_name(name) for identity in ids}
    for photo, details in content["files"].items():
        faces = details.get("faces") if isinstance(details, dict) else None
        if not isinstance(faces, dict) or "/" in photo or "\\" in photo or photo in (".", ".."):
            continue
        values = [face.get("v") for face in faces.values() if isinstance(face, dict)]
        found = [names.get(str(each.get("p")), "") for each in values if isinstance(each, dict)]
        people = without_repetition((), [(name, Source.TONFOTOS) for name in found])
        if people:
            yield photo, PhotoNames(people=people, program="Tonfotos", origin=path)
