"""Readers for JSON that names people in photos: Takeout, osxphotos, ExifTool, Immich.

Which one an object is of is told by its fields; facts from:

- Google Takeout, a file per photo: ``people: [{name}]``, names without places (undocumented by
  Google; as in the exports that people share).
- osxphotos (its module ``personinfo``, MIT): ``query --json`` and ``dump`` write ``persons``,
  ``face_info`` with ``mwg_rs_area`` (center and size, fractions), ``original_filename``, ``path``;
  ``_UNKNOWN_`` is nobody. ``export --sidecar json`` writes what ExifTool would, and ``_CreatedBy``.
- ExifTool ``-json``, with or without groups and ``-struct``: ``PersonInImage``, ``RegionInfo`` or
  the parallel lists ``RegionName``, ``RegionAreaX`` …
- Immich's API (``AssetResponseDto``, ``PersonWithFacesResponseDto``): ``originalPath``,
  ``originalFileName``, ``people: [{name, faces: [{boundingBoxX1, imageWidth, …}]}]``.

PhotoPrism documents no export of people: its YAML files have none, so there is nothing to read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from facesorter.exchange.names import (
    ImportedRegion,
    PhotoNames,
    Source,
    given_name,
    without_repetition,
)
from facesorter.exchange.people_keywords import named_by

_MOST: Final = 2000
"""People and faces of a photo that are read."""
_APPLE_UNKNOWN: Final = "_UNKNOWN_"


class NamedPhoto(NamedTuple):
    """What an object says of a photo."""

    paths: tuple[str, ...]
    """Where the photo is or was, by the most certain first; maybe only a name. None for a sidecar,
    whose name tells."""
    names: PhotoNames


def of_takeout(record: Mapping[str, Any]) -> PhotoNames:
    """Return the people of a Takeout file."""
    people = [(_text(each.get("name")), Source.TAKEOUT) for each in _objects(record.get("people"))]
    return PhotoNames(people=without_repetition((), people), program="Google Photos")


def of_object(record: Mapping[str, Any]) -> NamedPhoto | None:
    """Return what an object says; None if it is of no known kind."""
    if "originalFileName" in record and ("people" in record or "originalPath" in record):
        return NamedPhoto(_strings(record, "originalPath", "originalFileName"), _of_immich(record))
    if "original_filename" in record and ("persons" in record or "face_info" in record):
        paths = _strings(record, "path", "path_edited", "original_filename", "filename")
        return NamedPhoto(paths, _of_osxphotos(record))
    if "SourceFile" in record or "_CreatedBy" in record:
        return NamedPhoto(_strings(record, "SourceFile"), _of_exiftool(record))
    if "photoTakenTime" in record or ("title" in record and "people" in record):
        return NamedPhoto((), of_takeout(record))
    return None


def photos_within(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of photos: an object itself, or the items of a page of search results."""
    assets = record.get("assets")
    if isinstance(assets, dict):
        assets = assets.get("items")
    if isinstance(assets, list):
        yield from (each for each in assets if isinstance(each, dict))
    else:
        yield record


def _of_osxphotos(record: Mapping[str, Any]) -> PhotoNames:
    regions, people = [], []
    for face in _objects(record.get("face_info")):
        name = _apple_name(face.get("name"))
        area = face.get("mwg_rs_area")
        numbers = [_number(area.get(key)) for key in "xywh"] if isinstance(area, dict) else []
        region = _centered(name, numbers, Source.APPLE_PHOTOS)
        if region is not None:
            regions.append(region)
        else:
            people.append((name, Source.APPLE_PHOTOS))
    people += [(_apple_name(name), Source.APPLE_PHOTOS) for name in _listed(record.get("persons"))]
    return PhotoNames(tuple(regions), without_repetition(regions, people), "Apple Photos")


def _apple_name(value: object) -> str:
    name = _text(value)
    return "" if name == _APPLE_UNKNOWN else name


def _of_exiftool(record: Mapping[str, Any]) -> PhotoNames:
    # "XMP:PersonInImage", "XMP-iptcExt:PersonInImage" or "PersonInImage"
    tags = {key.rpartition(":")[2]: value for key, value in record.items()}
    by_apple = "osxphotos" in str(tags.get("_CreatedBy", ""))
    source = Source.APPLE_PHOTOS if by_apple else Source.MWG
    regions = [*_flat_regions(tags, source), *_struct_regions(tags, source)]
    listed = Source.APPLE_PHOTOS if by_apple else Source.PERSON_IN_IMAGE
    people = [(_apple_name(name), listed) for name in _listed(tags.get("PersonInImage"))]
    for key in ("TagsList", "HierarchicalSubject", "Subject", "Keywords"):
        words = [word for word in _listed(tags.get(key)) if isinstance(word, str)]
        people += [(name, Source.KEYWORDS) for name in named_by(words)]
    program = "Apple Photos" if by_apple else _text(tags.get("CreatorTool")) or None
    return PhotoNames(tuple(regions), without_repetition(regions, people), program)


def _flat_regions(tags: Mapping[str, Any], source: Source) -> Iterator[ImportedRegion]:
    lists = [_listed(tags.get(f"RegionArea{key}")) for key in "XYWH"]
    kinds = _listed(tags.get("RegionType"))
    names = _listed(tags.get("RegionName"))
    # Names and kinds are in step with the areas only where each region has one.
    count = min(map(len, lists))
    for at in range(count):
        kind = str(kinds[at]).casefold() if len(kinds) == count else "face"
        name = _apple_name(names[at]) if len(names) == count else ""
        if kind == "face":
            numbers = [_number(each[at]) for each in lists]
            region = _centered(name, numbers, source, _applied_to(tags))
            if region is not None:
                yield region


def _applied_to(tags: Mapping[str, Any]) -> tuple[int, int] | None:
    w, h = (_number(tags.get(f"RegionAppliedToDimensions{key}")) for key in "WH")
    return (round(w), round(h)) if w and h and min(w, h) >= 1 else None


def _struct_regions(tags: Mapping[str, Any], source: Source) -> Iterator[ImportedRegion]:
    info = tags.get("RegionInfo")
    if not isinstance(info, dict):
        return
    size = info.get("AppliedToDimensions")
    applied = (
        _applied_to({f"RegionAppliedToDimensions{key}": size.get(key) for key in "WH"})
        if isinstance(size, dict)
        else None
    )
    for each in _objects(info.get("RegionList")):
        area = each.get("Area")
        if str(each.get("Type", "Face")).casefold() != "face" or not isinstance(area, dict):
            continue
        numbers = [_number(area.get(key)) for key in "XYWH"]
        region = _centered(_apple_name(each.get("Name")), numbers, source, applied)
        if region is not None:
            yield region


def _of_immich(record: Mapping[str, Any]) -> PhotoNames:
    regions, people = [], []
    for person in _objects(record.get("people")):
        name = _text(person.get("name"))
        placed = list(_immich_regions(name, person.get("faces")))
        regions += placed
        if not placed:
            people.append((name, Source.IMMICH))
    regions += _immich_regions("", record.get("unassignedFaces"))
    return PhotoNames(tuple(regions), without_repetition(regions, people), "Immich")


def _immich_regions(name: str, faces: object) -> Iterator[ImportedRegion]:
    for face in _objects(faces):
        keys = ("boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2")
        left, top, right, bottom = (_number(face.get(key)) for key in keys)
        wide, high = _number(face.get("imageWidth")), _number(face.get("imageHeight"))
        if not wide or not high or None in (left, top, right, bottom):
            continue
        assert left is not None and top is not None and right is not None and bottom is not None
        region = ImportedRegion.within(
            name,
            left / wide,
            top / high,
            (right - left) / wide,
            (bottom - top) / high,
            source=Source.IMMICH,
            applied_to=(round(wide), round(high)),
        )
        if region is not None:
            yield region


def _centered(
    name: str,
    numbers: Sequence[float | None],
    source: Source,
    applied_to: tuple[int, int] | None = None,
) -> ImportedRegion | None:
    """Return the region given by its center and size."""
    known = [number for number in numbers if number is not None]
    if len(known) != 4:
        return None
    x, y, w, h = known
    return ImportedRegion.within(
        name, x - w / 2, y - h / 2, w, h, source=source, applied_to=applied_to
    )


def _objects(value: object) -> list[dict[str, Any]]:
    found = value[:_MOST] if isinstance(value, list) else []
    return [each for each in found if isinstance(each, dict)]


def _listed(value: object) -> list[object]:
    """Return a list; a single value, which ExifTool writes for a list of one, as one."""
    if value is None:
        return []
    return value[:_MOST] if isinstance(value, list) else [value]


def _strings(record: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    return tuple(value for key in keys if isinstance(value := record.get(key), str) and value)


def _text(value: object) -> str:
    return given_name(value) if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
