"""Files next to a photo that describe it: XMP sidecars, and the JSON files of Google Takeout."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from facesorter.images import photo_info
from facesorter.images.dates import DateSource, at_time
from facesorter.images.metadata import DIGITISED_IN_XMP, ORIGINAL_IN_XMP, xmp_date
from facesorter.images.photo_info import NO_INFO, PhotoInfo

LARGEST = 16 << 20
"""Bytes of a sidecar that is read; Lightroom's with many masks have some megabytes."""

_TAKEOUT = ".supplemental-metadata"
_TAKEOUT_NAME = 46
"""Characters to which Google shortens a name before ``.json``."""
_EDITED = re.compile(r"-(?:edited|bearbeitet|modifié|editat|измененный|effects)$", re.IGNORECASE)
"""How Google calls an edited copy, whose JSON file is the original's."""
_COUNT = re.compile(r"\(\d+\)$")


class Sidecars:
    """The sidecars in one folder, by the photos they belong to."""

    def __init__(self, names: Iterable[str], photos: Iterable[str] = ()) -> None:
        """Take the names of the files that are sidecars, and those of the photos beside them.

        Upper and lower case don't matter, unless photos differ in nothing else.
        """
        self._of: dict[str, list[str]] = {}
        there = list(photos)
        self._exact = {*there, *(os.path.splitext(each)[0] for each in there)}
        for name in sorted(names):
            stem, suffix = os.path.splitext(name.lower())
            # A name cut short is kept as far as it goes.
            whole = suffix == ".xmp" or len(stem) == _TAKEOUT_NAME
            self._of.setdefault(stem if whole else _photo_of(stem), []).append(name)

    def of(self, photo: str) -> list[str]:
        """Return the sidecars of a photo, both by file names without folders.

        ``a.jpg`` has ``a.jpg.xmp`` or ``a.xmp``, which may be shared with ``a.raw``, and one of
        ``a.jpg.json`` and ``a.jpg.supplemental-metadata.json``, whose name may be cut short.
        """
        name = photo.lower()
        stem, suffix = os.path.splitext(name)
        found = list(self._of.get(name, ()))
        found += [each for each in self._of.get(stem, ()) if each.lower().endswith(".xmp")]
        found = [each for each in found if self._may_be_of(each, photo)]
        for other in (_EDITED.sub("", stem) + suffix, f"{name}{_TAKEOUT}"[:_TAKEOUT_NAME]):
            if not any(map(_is_json, found)):
                found += filter(_is_json, self._of.get(other, ()))
        return found

    def _may_be_of(self, sidecar: str, photo: str) -> bool:
        """Return whether a sidecar isn't that of another photo, whose name differs in its case."""
        whose = os.path.splitext(sidecar)[0]
        own = photo if whose.lower() == photo.lower() else os.path.splitext(photo)[0]
        return whose == own or whose not in self._exact


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json")


def _photo_of(stem: str) -> str:
    """Return the photo that a JSON file belongs to: ``a(1).jpg`` for ``a.jpg(1).json``."""
    count = _COUNT.search(stem)
    name = _COUNT.sub("", stem)
    rest, dot, last = name.rpartition(".")
    if dot and last and _TAKEOUT.startswith(dot + last) and "." in rest:
        name = rest
    if count is None:
        return name
    base, suffix = os.path.splitext(name)
    return f"{base}{count[0]}{suffix}"


class Beside(NamedTuple):
    """Metadata of a photo from the files beside it."""

    dates: dict[DateSource, str]
    info: PhotoInfo


def read_sidecars(paths: Sequence[Path]) -> Beside:
    """Return what a photo's sidecars say; those that can't be read are left out. Blocks."""
    dates: dict[DateSource, str] = {}
    info = NO_INFO
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST)
        except OSError:
            continue
        if path.suffix.lower() == ".xmp":
            source, at = DateSource.SIDECAR, xmp_date(data, ORIGINAL_IN_XMP + DIGITISED_IN_XMP)
            beside = photo_info.of_xmp(data)
        else:
            takeout = _takeout(data)
            source, at = DateSource.TAKEOUT, _takeout_date(takeout)
            beside = photo_info.of_takeout(takeout)
        if at:
            dates.setdefault(source, at)
        # The first one, which has the photo's full name, knows best.
        info = photo_info.overlaid(beside, info)
    return Beside(dates, info)


def _takeout(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _takeout_date(data: Mapping[str, Any]) -> str | None:
    try:
        seconds = int(data["photoTakenTime"]["timestamp"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return at_time(seconds) if seconds else None
