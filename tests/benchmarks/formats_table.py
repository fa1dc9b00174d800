"""Compare, file by file, what is shown and said of photo files with other programs' account.

    .venv/bin/python -m tests.benchmarks.formats_table [--sheet SHEET.png] [FOLDER…]

One row a file: shown (or the reason why not), upright size, orientation, date, how far the picture
is from ImageMagick's (mean difference of 64 × 64 thumbnails, 0 to 255), then what differs from
exiftool or ImageMagick. Without these programs, or the photos, it says so. The contact sheet shows
all pictures with their names, for eyes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from facesorter.errors import UnreadablePhoto
from facesorter.images import decode, formats
from facesorter.images.dates import DateSource
from facesorter.images.metadata import read_metadata
from tests import photos

FOLDERS = ("formats", "damaged", "cases")
SIDE = 64
CELL, ACROSS = 150, 10
NEAR = 12
"""Mean difference up to which two pictures are the same, decoders and resampling apart."""
DATES = ("EXIF:DateTimeOriginal", "MakerNotes:DateTimeOriginal", "XMP:DateTimeOriginal")


@dataclass
class Row:
    """What is said of a file."""

    name: str
    shown: str
    size: tuple[int, int] | None = None
    orientation: int | None = None
    taken: str | None = None
    distance: float | None = None
    pixels: NDArray[np.uint8] | None = None
    differences: list[str] = field(default_factory=list)


def exiftool(files: list[Path]) -> dict[Path, dict[str, Any]]:
    """Return exiftool's tags of files."""
    names = ["-ImageSize", "-Orientation", *(f"-{name}" for name in DATES), "-FileType"]
    done = subprocess.run(
        ["exiftool", "-json", "-n", "-G0", *names, *map(str, files)],
        capture_output=True,
        check=False,
    )
    return {Path(row["SourceFile"]): row for row in json.loads(done.stdout or b"[]")}


def by_imagemagick(path: Path) -> NDArray[np.uint8] | None:
    """Return ImageMagick's upright thumbnail, (64, 64, 3); None if it can't read the file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        command = ["convert", "-limit", "memory", "1GiB", "-limit", "map", "1GiB", f"{path}[0]"]
        command += ["-auto-orient", "-background", "white", "-flatten", "-colorspace", "sRGB"]
        command += ["-resize", f"{SIDE}x{SIDE}!", "-strip", "-depth", "8", str(out)]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=60)
            with Image.open(out) as image:
                return np.asarray(image.convert("RGB"))
        except (subprocess.SubprocessError, OSError):
            return None


def small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture as (64, 64, 3)."""
    return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX))


def examine(path: Path, tags: dict[str, Any], *, compared: bool) -> Row:
    """Return a file's row."""
    row = Row(path.name, "shown")
    try:
        data = decode.read_bytes(path)
        picture = decode.load_upright(data, long_side=512)
    except UnreadablePhoto as error:
        row.shown = str(error)
        if compared and by_imagemagick(path) is not None:
            row.differences.append("ImageMagick shows it")
        data = path.read_bytes() if path.stat().st_size < decode.MAX_FILE else b""
    else:
        row.shown = picture.format
        row.size, row.orientation = (picture.width, picture.height), picture.orientation
        row.pixels = picture.pixels
        _compare_size(row, tags)
        theirs = by_imagemagick(path) if compared else None
        if theirs is not None:
            row.distance = float(
                np.abs(small(picture.pixels).astype(int) - theirs.astype(int)).mean()
            )
            if row.distance > NEAR:
                row.differences.append("looks different")
    row.taken = read_metadata(data).dates.get(DateSource.ORIGINAL)
    _compare_date(row, tags)
    return row


def _compare_size(row: Row, tags: dict[str, Any]) -> None:
    assert row.size is not None
    theirs = str(tags.get("Composite:ImageSize", "")).replace("x", " ").split()
    turned = tags.get("EXIF:Orientation")
    if len(theirs) != 2:
        return
    wide, high = int(theirs[0]), int(theirs[1])
    if row.size not in ((wide, high), (high, wide)):
        row.differences.append(f"exiftool: {wide}x{high}")
    if isinstance(turned, int) and row.orientation not in (turned, 1):
        row.differences.append(f"exiftool: orientation {turned}")
    if isinstance(turned, int) and wide != high and row.shown not in ("HEIF", "AVIF", "JXL"):
        upright = (high, wide) if turned >= 5 else (wide, high)
        if (row.size[0] > row.size[1]) != (upright[0] > upright[1]):
            row.differences.append("turned otherwise")


def _compare_date(row: Row, tags: dict[str, Any]) -> None:
    theirs = next((str(tags[tag]) for tag in DATES if tags.get(tag)), None)
    if theirs and theirs[:4] != "0000" and theirs[0].isdigit():
        wanted = theirs[:19].replace(":", "-", 2).replace(" ", "T")
        if (row.taken or "")[: len(wanted)] != wanted:
            row.differences.append(f"exiftool: taken {theirs}")


def sheet(rows: list[Row]) -> Image.Image:
    """Return all pictures with their names."""
    shown = [row for row in rows if row.pixels is not None]
    high = CELL + 14
    made = Image.new("RGB", (ACROSS * CELL, -(-len(shown) // ACROSS) * high), "white")
    draw = ImageDraw.Draw(made)
    for index, row in enumerate(shown):
        at = index % ACROSS * CELL, index // ACROSS * high
        picture = Image.fromarray(row.pixels)
        picture.thumbnail((CELL - 4, CELL - 4))
        made.paste(picture, at)
        draw.text((at[0], at[1] + CELL - 2), row.name[-24:], fill="black")
    return made


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("folders", nargs="*", type=Path)
    options = parser.parse_args()
    folders = options.folders or [photos.SHARED / name for name in FOLDERS]
    if shutil.which("exiftool") is None or not all(folder.is_dir() for folder in folders):
        print("This needs exiftool, and the photos.")
        return 0
    rows: list[Row] = []
    for folder in folders:
        files = sorted(
            path for path in folder.rglob("*") if path.is_file() and formats.is_photo(path.name)
        )
        tags = exiftool(files)
        compared = shutil.which("convert") is not None
        print(f"{folder.name}: {len(files)} files")
        for path in files:
            row = examine(path, tags.get(path, {}), compared=compared)
            size = f"{row.size[0]}x{row.size[1]}" if row.size else ""
            distance = "" if row.distance is None else f"{row.distance:.1f}"
            print(
                f"  {row.name:60} {row.shown:8} {size:>11} {row.orientation or ''!s:>2} "
                f"{row.taken or '':19} {distance:>5} {'; '.join(row.differences)}",
                flush=True,
            )
            rows.append(row)
    count = sum(row.pixels is not None for row in rows)
    differing = sum(bool(row.differences) for row in rows)
    print(
        f"{len(rows)} files: {count} shown, {len(rows) - count} with a reason; {differing} differ"
    )
    if options.sheet:
        sheet(rows).save(options.sheet)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
