"""Names from labeled photos: ``Anna/photo.jpg`` and ``Anna.jpg``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from facesorter.exchange.names import PhotoNames, Source, given_name

_COUNTED: Final = re.compile(r"(?:[ _-]*\(\d+\)|[ _-]+\d+|(?<=[^\W\d_])\d{1,4})$")
"""How several photos of a person are told apart: "Anna (2)", "Anna_0002", "Anna2"."""


def of_photo(photo: Path, root: Path) -> PhotoNames:
    """Return who is on a reference photo, by its folder or, directly in ``root``, its own name.

    The photo should show that person alone, which only the faces can tell.
    """
    parents = photo.relative_to(root).parts[:-1]
    name = _name(parents[0]) if parents else _name(_COUNTED.sub("", photo.stem))
    people = ((name, Source.REFERENCES),) if name else ()
    return PhotoNames(people=people, origin=photo)


def _name(text: str) -> str:
    """Return the name in a file's name; underscores are spaces where there are no others."""
    return given_name(text if " " in text else text.replace("_", " "))
