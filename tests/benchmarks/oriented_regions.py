"""Make a photo with named regions in every orientation, format, place and convention, and read it.

    .venv/bin/python -m tests.benchmarks.oriented_regions [FOLDER]

Eight orientations, as JPEG, PNG, TIFF, WebP, AVIF, HEIC, JPEG XL and DNG; the regions (MWG and
Microsoft) inside the file or in an XMP sidecar, in the stored or the upright orientation, all
written by exiftool. HEIC and JPEG XL are encoded by heif-enc and cjxl (libheif-examples and
libjxl-tools), and left out with a word where those are missing. DNG gets sidecars only, as programs
leave raw files alone. Prints for each format: files, those whose pixels come out upright, names
that are read, and the least overlap of a region with the true one.

`make` is for other tests: it yields the files with the true regions of the upright picture.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image, TiffImagePlugin

from facesorter.domain import NamedRegion, Region
from facesorter.exchange.photo_files import read_photo
from facesorter.exchange.reading import Reading
from facesorter.images import decode
from facesorter.images.sidecars import Sidecars
from tests import photos
from tests.support import encoders
from tests.support.corners import INVERSE

FORMS: Final = ("jpg", "png", "tif", "webp", "avif", "heic", "jxl", "dng")
ENCODERS: Final = {"heic": "heif-enc", "jxl": "cjxl"}
"""Programs that are needed for what neither Pillow nor this program writes as cameras do."""
CONVENTIONS: Final = ("stored", "upright")
ORIENTATIONS: Final = range(1, 9)

_ORIENTATION = 0x0112
_EMPTY = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
)
FACES: Final = (
    NamedRegion("Anna Müller", Region(0.08, 0.1, 0.2, 0.3)),
    NamedRegion("李 “Ben” O'Neil", Region(0.6, 0.5, 0.15, 0.25)),
)
"""Regions that no turn or flip maps onto each other."""


class Made(NamedTuple):
    """A file made, and what is true of it."""

    photo: Path
    sidecar: Path | None
    form: str
    orientation: int
    convention: str
    """The orientation that the regions are in."""
    faces: Sequence[NamedRegion]
    """The true regions, of the upright picture."""


def stored(region: Region, orientation: int) -> Region:
    """Return a region of the upright picture in the stored one."""
    x, y, w, h = region.x, region.y, region.w, region.h
    if orientation in (2, 3):
        x = 1 - x - w
    if orientation in (3, 4):
        y = 1 - y - h
    if orientation in (5, 8):
        x, y, w, h = y, x, h, w
        x = 1 - x - w if orientation == 8 else x
    # Turned clockwise by 90 degrees to be upright; 7 is also flipped.
    if orientation in (6, 7):
        x, y, w, h = y, 1 - x - w, h, w
        x = 1 - x - w if orientation == 7 else x
    return Region(x, y, w, h)


def make(
    folder: Path,
    upright: Image.Image,
    faces: Sequence[NamedRegion] = FACES,
    forms: Sequence[str] = FORMS,
) -> list[Made]:
    """Make all files in a folder of their own each. exiftool must be installed.

    Args:
        folder: Empty folder.
        upright: RGB picture as it is to be seen.
        faces: Its regions.
        forms: Suffixes out of `FORMS`.
    """
    made, rows = [], []
    for form in forms:
        for orientation in ORIENTATIONS:
            picture = _pixels(upright, form, orientation)
            for where in ("embedded", "sidecar") if form != "dng" else ("sidecar",):
                for convention in CONVENTIONS:
                    at = folder / form / f"{orientation}-{where}-{convention}"
                    at.mkdir(parents=True)
                    photo = at / f"photo.{form}"
                    photo.write_bytes(picture)
                    sidecar = None
                    if where == "sidecar":
                        # Both forms of the name, in turn.
                        sidecar = at / (f"photo.{form}.xmp" if orientation % 2 else "photo.xmp")
                        sidecar.write_text(_EMPTY)
                    each = Made(photo, sidecar, form, orientation, convention, faces)
                    made.append(each)
                    rows.append(_tags(each, upright.size))
    _write(folder, rows)
    return made


def _pixels(upright: Image.Image, form: str, orientation: int) -> bytes:
    turn = INVERSE[orientation]
    picture = upright if turn is None else upright.transpose(turn)
    if form == "dng":
        return _dng(picture, orientation)
    if form == "tif":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[_ORIENTATION] = orientation
        return photos.encoded(picture, "TIFF", tiffinfo=tags, compression="tiff_lzw")
    if form == "heic":
        return encoders.heic(picture, orientation)
    if form == "jxl":
        return encoders.jxl(picture, orientation)
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    name = {"jpg": "JPEG"}.get(form, form.upper())
    options = {"quality": 92} if form != "png" else {"compress_level": 1}
    return photos.encoded(picture, name, exif=exif.tobytes(), **options)


def _dng(picture: Image.Image, orientation: int) -> bytes:
    """A DNG file with a preview and nothing else, which is all that is read of most raw files."""
    preview = photos.encoded(picture, "JPEG", quality=92)
    make = b"Camera\x00\x00"
    entries = [
        (254, 4, 1, 1),
        (256, 4, 1, picture.width),
        (257, 4, 1, picture.height),
        (259, 3, 1, 7),
        (262, 3, 1, 6),
        (271, 2, len(make), None),
        (273, 4, 1, None),
        (_ORIENTATION, 3, 1, orientation),
        (277, 3, 1, 3),
        (278, 4, 1, picture.height),
        (279, 4, 1, len(preview)),
        (50706, 1, 4, 0x00000401),
    ]
    after = 8 + 2 + 12 * len(entries) + 4
    places = {271: after, 273: after + len(make)}
    directory = b"".join(
        struct.pack("<HHII", tag, kind, count, places.get(tag, value))
        for tag, kind, count, value in entries
    )
    head = b"II*\x00" + struct.pack("<IH", 8, len(entries))
    return head + directory + struct.pack("<I", 0) + make + preview


def _tags(made: Made, size: tuple[int, int]) -> dict[str, Any]:
    """Return what exiftool is to write."""
    regions = [(face.name, face.region) for face in made.faces]
    if made.convention == "stored":
        regions = [(name, stored(region, made.orientation)) for name, region in regions]
        size = size if made.orientation < 5 else size[::-1]
    return {
        "SourceFile": (made.sidecar or made.photo).as_posix(),
        "RegionInfo": {
            "AppliedToDimensions": {"W": size[0], "H": size[1], "Unit": "pixel"},
            "RegionList": [
                {
                    "Name": name,
                    "Type": "Face",
                    "Area": {
                        "X": f"{box.x + box.w / 2:.6f}",
                        "Y": f"{box.y + box.h / 2:.6f}",
                        "W": f"{box.w:.6f}",
                        "H": f"{box.h:.6f}",
                        "Unit": "normalized",
                    },
                }
                for name, box in regions
            ],
        },
        "RegionInfoMP": {
            "Regions": [
                {
                    "PersonDisplayName": name,
                    "Rectangle": f"{box.x:.6f}, {box.y:.6f}, {box.w:.6f}, {box.h:.6f}",
                }
                for name, box in regions
            ]
        },
    }


def _write(folder: Path, rows: list[dict[str, Any]]) -> None:
    table = folder / "tags.json"
    table.write_text(json.dumps(rows), "utf-8")
    command = ["exiftool", "-q", "-m", "-overwrite_original", f"-json={table}"]
    subprocess.run([*command, *(each["SourceFile"] for each in rows)], check=True)
    table.unlink()


class Result(NamedTuple):
    """What was read of a file."""

    pixels: bool
    """Whether the picture came out upright."""
    names: int
    regions: int
    overlap: float
    """Least overlap of a region with the true one, by the convention that it was written in."""


def check(made: Made, upright: Image.Image) -> Result:
    """Read a file with its sidecar."""
    beside = Sidecars([made.sidecar.name] if made.sidecar else [])
    sidecars = [made.photo.with_name(name) for name in beside.of(made.photo.name)]
    found = list(read_photo(made.photo, sidecars, Reading()))
    regions = [region for each in found for region in each.names.regions]
    names = {region.name for region in regions}
    overlaps = [0.0]
    for region in regions:
        true = next((face.region for face in made.faces if face.name == region.name), None)
        if true is not None:
            turned = stored(true, made.orientation) if made.convention == "stored" else true
            overlaps.append(turned.overlap(Region(region.x, region.y, region.w, region.h)))
    return Result(
        _without_picture(made, upright) or _comes_out_upright(made.photo, upright),
        len(names & {face.name for face in made.faces}),
        len(regions),
        min(overlaps[1:], default=0.0),
    )


def _without_picture(made: Made, upright: Image.Image) -> bool:
    too_small = max(upright.size) < decode.MIN_PREVIEW
    return made.form == "dng" and too_small


def _comes_out_upright(path: Path, upright: Image.Image) -> bool:
    pixels = decode.load_upright(path.read_bytes(), long_side=None).pixels
    if pixels.shape[1::-1] != upright.size:
        return False
    difference = np.abs(pixels.astype(int) - np.asarray(upright, dtype=int))
    return float(difference.mean()) < 8


def possible(forms: Sequence[str] = FORMS) -> list[str]:
    """Return those that can be made here, and say of the others why not."""
    for form in forms:
        if not can_make(form):
            print(f"{form} is left out: {ENCODERS[form]} isn't installed.")
    return [form for form in forms if can_make(form)]


def can_make(form: str) -> bool:
    """Return whether the program that a format needs is installed."""
    return form not in ENCODERS or shutil.which(ENCODERS[form]) is not None


def table(folder: Path, upright: Image.Image, forms: Sequence[str] = FORMS) -> Iterator[str]:
    """Yield the lines of the table."""
    made = make(folder, upright, forms=forms)
    yield f"{'format':8}{'files':>7}{'upright':>9}{'names':>12}{'regions':>10}{'least overlap':>15}"
    for form in forms:
        results = [check(each, upright) for each in made if each.form == form]
        names = f"{sum(each.names for each in results)}/{len(FACES) * len(results)}"
        yield (
            f"{form:8}{len(results):7}{sum(each.pixels for each in results):9}{names:>12}"
            f"{sum(each.regions for each in results):10}"
            f"{min(each.overlap for each in results):15.5f}"
        )


def main() -> None:
    """Print the table."""
    if shutil.which("exiftool") is None:
        sys.exit("exiftool isn't installed.")
    with tempfile.TemporaryDirectory() as scratch, Image.open(photos.six_people()) as image:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        for line in table(folder, image.convert("RGB"), possible()):
            print(line, flush=True)


if __name__ == "__main__":
    main()
