"""Reader for Picasa's ``.picasa.ini`` files and its address book ``contacts.xml``.

Facts from Franz Buchinger's description (gist.github.com/fbuchinger/1073823, public domain) and
ExifTool's ``picasa_faces.config``: a section per photo has ``faces=rect64(HEX),ID;…``, four 16-bit
fractions (left, top, right, bottom) without leading zeros; ``ffffffffffffffff`` is nobody. Names
are in ``[Contacts2]`` as ``ID=Name;…``, in files of versions before 3.9 only in ``contacts.xml``
(``[Contacts]`` has the ids of Google's address book instead). ``rotate=rotate(N)`` turns the view
by N quarters. Regions of JPEG and raw files are not in the same orientation, so none is assumed.

``.picasaoriginals`` holds photos as they were before Picasa changed them; they are no photos of
the folder, and their names are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.parsers import expat

from facesorter.errors import UserError
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source, given_name
from facesorter.exchange.reading import read_limited

INI_NAMES: Final = frozenset((".picasa.ini", "picasa.ini"))
"""Lowercase; the second one is that of Picasa 2."""
LARGEST: Final = 16 << 20
"""Bytes of a file that is read; a folder of 10,000 photos has one of 2 MB."""

_NOBODY: Final = "f" * 16
_FACE = re.compile(r"rect64\(([0-9a-f]{1,16})\)\s*,\s*([0-9a-f]{1,16})?", re.IGNORECASE)
_ROTATE = re.compile(r"rotate\((-?\d)\)")
_MOST_FACES: Final = 2000
_MOST_CONTACTS: Final = 100_000

Contacts = dict[str, str]
"""Names by id, see `_key`."""


def read_ini(path: Path, known: Mapping[str, str]) -> Iterator[tuple[str, PhotoNames]]:
    """Yield the photos of a folder by name, without folders, and who is in them. Blocks.

    Args:
        path: The ``.picasa.ini`` file.
        known: Names by id from other files, for ids that this one doesn't name.

    Raises:
        UserError: The file is too large.
        OSError: It can't be read.
    """
    sections = _sections(_text(read_limited(path, LARGEST)))
    contacts = {**known, **_contacts(sections)}
    for name, entries in sections.items():
        # A path would lead out of the folder.
        if name in (".", "..") or "/" in name or "\\" in name or "\x00" in name:
            continue
        regions = tuple(_regions(entries.get("faces", ""), contacts))
        if not regions:
            continue
        turned = _ROTATE.search(entries.get("rotate", ""))
        rotation = int(turned[1]) % 4 * 90 if turned else None
        yield name, PhotoNames(regions, program="Picasa", rotation=rotation, origin=path)


def read_ini_contacts(path: Path) -> Contacts:
    """Return the names that a ``.picasa.ini`` file has by id. Blocks.

    Raises:
        UserError: The file is too large.
        OSError: It can't be read.
    """
    return _contacts(_sections(_text(read_limited(path, LARGEST))))


def read_contacts(path: Path) -> Contacts:
    """Return the names in a ``contacts.xml`` file by id, as far as it is well-formed. Blocks.

    Raises:
        UserError: The file is too large, or no program writes such a file.
        OSError: It can't be read.
    """
    data = read_limited(path, LARGEST)
    found: Contacts = {}
    current = ""

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal current
        # The subjects of a contact are ids of the same person.
        if element == "contact":
            current = given_name(attributes.get("name") or attributes.get("display") or "")
        identity = attributes.get("id", "")
        if element in ("contact", "subject") and current and identity:
            if len(found) >= _MOST_CONTACTS:
                raise ValueError("too many contacts")
            found.setdefault(_key(identity), current)

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        pass  # what was read before the fault is right
    except ValueError as error:
        raise UserError("The file isn’t a Picasa address book.") from error
    return found


def address_books(folder: Path) -> list[Path]:
    """Return Picasa's ``contacts.xml`` files: in a copied folder of it, and on this computer."""
    google = ("Google", "Picasa2", "contacts", "contacts.xml")
    mac = ("Library", "Application Support", "Google", "Picasa3", "contacts", "contacts.xml")
    home = Path.home()
    places = (
        folder / "contacts.xml",
        folder / "contacts" / "contacts.xml",
        folder.joinpath(*google),
        home.joinpath("AppData", "Local", *google),
        home.joinpath(*mac),
    )
    return [path for path in places if path.is_file()]


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:  # of versions before 3
        return data.decode("cp1252", "replace")


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Parse sections; of one that occurs twice, as after a crash, the later entries count.

    Not by `configparser`, which refuses such files, and names with colons or percent signs.
    """
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line[1:-1], {})
        else:
            key, equals, value = line.partition("=")
            if equals:
                current[key.strip()] = value.strip()
    return found


def _contacts(sections: Mapping[str, Mapping[str, str]]) -> Contacts:
    found: Contacts = {}
    for identity, value in sections.get("Contacts2", {}).items():
        name = given_name(value.split(";")[0])
        if name:
            found[_key(identity)] = name
    return found


def _key(identity: str) -> str:
    """Return an id without leading zeros, which only some of the files have."""
    return identity.strip().lower().lstrip("0")


def _regions(faces: str, contacts: Mapping[str, str]) -> Iterator[ImportedRegion]:
    for _, match in zip(range(_MOST_FACES), _FACE.finditer(faces), strict=False):
        number = int(match[1], 16)
        left, top, right, bottom = (
            (number >> shift & 0xFFFF) / 0xFFFF for shift in (48, 32, 16, 0)
        )
        identity = match[2] or _NOBODY
        name = "" if identity.lower() == _NOBODY else contacts.get(_key(identity), "")
        region = ImportedRegion.within(
            name, left, top, right - left, bottom - top, source=Source.PICASA
        )
        if region is not None:
            yield region
