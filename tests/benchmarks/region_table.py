"""Compare the face regions that are read from real files with what exiftool reads in them.

    .venv/bin/python -m tests.benchmarks.region_table [FOLDER]

A row per file: regions and names without a place that exiftool has, those that are read the same,
and the largest difference of an edge; then each difference. What exiftool says is taken from a
``truth.tsv`` in the folder of the file or above, else asked of exiftool itself. Regions of other
things than faces, and places outside of the picture, are not expected.
"""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from facesorter.exchange import photo_files
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source, given_name
from facesorter.images.formats import is_photo
from tests import photos

CLOSE = 1e-4
"""Largest difference of an edge, as a fraction of the picture, that is the same number."""


class Row(NamedTuple):
    """A region as exiftool reads it; the box is left, top, width, height, None without a place."""

    source: Source
    name: str
    box: tuple[float, float, float, float] | None


class Result(NamedTuple):
    """A file compared."""

    file: str
    expected: int
    same: int
    largest: float
    """Largest difference of an edge among those that are the same."""
    differences: tuple[str, ...]


def compare(folder: Path) -> Iterator[Result]:
    """Yield each file in a folder that has regions by exiftool's account, or by ours."""
    listed = dict(_listed(folder))
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() != ".xmp" and not is_photo(path.name):
            continue
        rows = listed.get(path)
        if rows is None:
            rows = _asked(path)
        read = photo_files.of_sidecar if path.suffix.lower() == ".xmp" else photo_files.embedded
        found, name = read(path), path.relative_to(folder).as_posix()
        beside = path.with_name(f"{path.name}.xmp")
        if rows and not found and beside.is_file():
            # One is listed with what only its sidecar says; exiftool finds nothing in it, either.
            found, name = photo_files.of_sidecar(beside), f"{name} (by its sidecar)"
        if rows or found.regions:
            yield _compared(name, rows, found)


def _compared(file: str, rows: list[Row], found: PhotoNames) -> Result:
    left = list(found.regions)
    people = {name for name, _ in found.people} | {region.name for region in found.regions}
    same, largest, differences = 0, 0.0, []
    for row in rows:
        if row.box is None:
            if row.name in people:
                same += 1
            else:
                differences.append(f"not found: {row.name!r}, without a place")
            continue
        near = min(left, key=lambda region, row=row: _apart(region, row), default=None)
        if near is None or _apart(near, row) > CLOSE:
            differences.append(f"not found: {row}")
            continue
        left.remove(near)
        same += 1
        largest = max(largest, _apart(near, row))
    differences += [f"not expected: {region}" for region in left]
    return Result(file, len(rows), same, largest, tuple(differences))


def _apart(region: ImportedRegion, row: Row) -> float:
    assert row.box is not None
    if (region.name, region.source) != (row.name, row.source):
        return math.inf
    box = (region.x, region.y, region.w, region.h)
    return max(abs(one - other) for one, other in zip(box, row.box, strict=True))


def _listed(folder: Path) -> Iterator[tuple[Path, list[Row]]]:
    for table in sorted(folder.rglob("truth.tsv")):
        rows: dict[Path, list[Row]] = {}
        with table.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                of_file = rows.setdefault(table.parent / line["file"], [])
                numbers = [float(line[key]) for key in "xywh" if line[key]]
                row = _row(line["schema"], line["type"], line["name"], numbers)
                if row is not None:
                    of_file.append(row)
        yield from rows.items()


def _asked(path: Path) -> list[Row]:
    if shutil.which("exiftool") is None:
        return []
    command = ["exiftool", "-json", "-struct", "-n", "-RegionInfo", "-RegionInfoMP", str(path)]
    tags = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[0]
    rows = []
    for each in tags.get("RegionInfo", {}).get("RegionList", ()):
        area = each.get("Area", {})
        numbers = [float(area[key]) for key in "XYWH" if key in area]
        rows.append(_row("MWG", str(each.get("Type", "")), str(each.get("Name", "")), numbers))
    for each in tags.get("RegionInfoMP", {}).get("Regions", ()):
        numbers = [float(number) for number in each.get("Rectangle", "").split(",") if number]
        rows.append(_row("MP", "", str(each.get("PersonDisplayName", "")), numbers))
    return [row for row in rows if row is not None]


def _row(schema: str, kind: str, name: str, numbers: list[float]) -> Row | None:
    if schema == "MWG" and kind != "Face":
        return None
    if len(numbers) != 4 or max(numbers) > 1:
        return Row(Source.MWG, given_name(name), None) if name else None
    x, y, w, h = numbers
    if schema == "MWG":
        return Row(Source.MWG, given_name(name), (x - w / 2, y - h / 2, w, h))
    return Row(Source.MICROSOFT, given_name(name), (x, y, w, h))


def main() -> None:
    """Print the table; exit with 1 on any difference."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else photos.SHARED / "regions"
    if not folder.is_dir():
        sys.exit(f"There are no photos: {folder}")
    print(f"{'expected':>8} {'same':>5} {'largest difference':>18}  file")
    results = list(compare(folder))
    for each in results:
        print(f"{each.expected:8} {each.same:5} {each.largest:18.7f}  {each.file}")
    expected, same = (sum(each[at] for each in results) for at in (1, 2))
    print(f"{expected:8} {same:5} {max((each.largest for each in results), default=0):18.7f}  all")
    differences = [(each.file, text) for each in results for text in each.differences]
    for file, text in differences:
        print(f"{file}: {text}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
