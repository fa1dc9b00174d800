"""Compare what is read from photo files with exiftool: camera, exposure, place, rating, keywords.

    .venv/bin/python -m tests.benchmarks.photo_info_table [FOLDER]

Prints a row per field: files in which both agree, in which only one of them found something, and in
which they differ; then each difference. Without exiftool or the photos it says so.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from facesorter.images import formats, photo_info
from facesorter.images.metadata import read_file
from tests import photos

FIELDS: dict[str, tuple[str, ...]] = {
    "make": ("EXIF:Make", "XMP:Make"),
    "model": ("EXIF:Model", "XMP:Model"),
    "lens": ("EXIF:LensModel", "XMP:LensModel", "XMP:Lens"),
    "exposure_time": ("EXIF:ExposureTime", "XMP:ExposureTime", "Composite:ShutterSpeed"),
    "f_number": ("EXIF:FNumber", "XMP:FNumber", "Composite:Aperture"),
    "iso": ("EXIF:ISO", "XMP:ISO", "XMP:PhotographicSensitivity"),
    "focal_length": ("EXIF:FocalLength", "XMP:FocalLength"),
    "focal_length_35": ("EXIF:FocalLengthIn35mmFormat", "XMP:FocalLengthIn35mmFormat"),
    "latitude": ("Composite:GPSLatitude",),
    "longitude": ("Composite:GPSLongitude",),
    "altitude": ("Composite:GPSAltitude", "EXIF:GPSAltitude", "XMP:GPSAltitude"),
    "rating": ("XMP:Rating", "EXIF:Rating"),
    "title": ("XMP:Title", "IPTC:ObjectName", "EXIF:XPTitle"),
    "caption": (
        "XMP:Description",
        "IPTC:Caption-Abstract",
        "EXIF:ImageDescription",
        "EXIF:XPComment",
    ),
    "keywords": ("XMP:Subject", "IPTC:Keywords"),
}
"""Fields of `PhotoInfo`, and exiftool's tags in the order in which they count."""
ADDED = ("keywords",)
"""Of these, all tags count together."""


class Difference(NamedTuple):
    """A field of a file that is read otherwise."""

    file: str
    field: str
    ours: Any
    theirs: Any


def exiftool(files: list[Path]) -> dict[Path, dict[str, Any]]:
    """Return exiftool's tags of files."""
    done = subprocess.run(
        ["exiftool", "-json", "-n", "-struct", "-G0", "-charset", "iptc=UTF8", *map(str, files)],
        capture_output=True,
        check=False,
    )
    rows = json.loads(done.stdout.decode("utf-8", "replace"))
    return {Path(row["SourceFile"]): row for row in rows}


def theirs(row: dict[str, Any], field: str) -> Any:
    """Return exiftool's value of a field; None without any."""
    found = [row[tag] for tag in FIELDS[field] if row.get(tag) not in (None, "", "undef", 0, "0")]
    if field in ADDED:
        lists = (value if isinstance(value, list) else [value] for value in found)
        # exiftool makes numbers of what looks like one.
        words = [" ".join(str(word).split()) for each in lists for word in each]
        return tuple(dict.fromkeys(words)) or None
    return found[0] if found else None


def is_same(ours: Any, other: Any) -> bool:
    """Return whether two values are the same, apart from rounding and blanks."""
    if isinstance(ours, (int, float)) and not isinstance(ours, bool):
        try:
            return math.isclose(float(ours), float(other), rel_tol=0.01, abs_tol=1e-5)
        except (TypeError, ValueError):
            return False
    if isinstance(ours, tuple):
        return ours == other
    return str(ours).split() == str(other).split()


def compare(files: list[Path]) -> tuple[Counter[tuple[str, str]], list[Difference]]:
    """Return counts by field and result, and the differences."""
    counts: Counter[tuple[str, str]] = Counter()
    differences = []
    tags = exiftool(files)
    for path in files:
        info = read_file(path).info
        for field in FIELDS:
            ours, other = getattr(info, field) or None, theirs(tags.get(path, {}), field)
            if ours is None and other is None:
                counts[field, "neither"] += 1
                continue
            result = "same" if is_same(ours, other) else "differs"
            counts[field, result] += 1
            if result == "differs":
                differences.append(Difference(path.name, field, ours, other))
    return counts, differences


def files_below(folder: Path) -> list[Path]:
    """Return the photo files of a folder and below, in order."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and formats.is_photo(p.name))


def main() -> int:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else photos.SHARED
    if shutil.which("exiftool") is None or not folder.is_dir():
        print("This needs exiftool, and the photos.")
        return 0
    files = files_below(folder)
    counts, differences = compare(files)
    print(f"{len(files)} files; rule {photo_info.RULE}")
    print("field             same  differs  neither")
    for field in FIELDS:
        numbers = [counts[field, result] for result in ("same", "differs", "neither")]
        print(f"{field:16} {numbers[0]:5} {numbers[1]:8} {numbers[2]:8}")
    for each in differences:
        print(f"{each.file}: {each.field}: {each.ours!r}, exiftool {each.theirs!r}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
