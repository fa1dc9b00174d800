"""Match the regions of real files with the faces found in their pixels, and show the overlap.

    .venv/bin/python -m tests.benchmarks.regions_on_faces [FOLDER]

A row per region: the name, the said box in the upright picture as the import understands it, the
face that it is matched with, their overlap (intersection over union), and whether a human face is
there, as somebody saw who looked at each picture. Boxes are left, top, width and height in percent.
Faces are those of the usual analysis and of the closer search for small ones. Where none is found,
the import looks at the region itself and adds the file's box: then the face is what that look
finds, with its own box. At last, how many have a face with an overlap of at least 0.5, and why the
others don't.

Bill Murray's region in "dotnet issue 51" has 0.47: it is a square from brow to mouth, as Windows
drew it, while the face that is found goes from the brim of his cap to his chin.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from facesorter.app.model_switch import load_analyzer
from facesorter.domain import SAME_PLACE, Region
from facesorter.errors import UserError
from facesorter.exchange import photo_files
from facesorter.exchange.names import ImportedRegion
from facesorter.exchange.reading import Reading
from facesorter.faces import drawn
from facesorter.faces.analyzer import FaceAnalyzer
from facesorter.images import decode
from facesorter.images.formats import is_photo
from facesorter.images.sidecars import Sidecars
from facesorter.library.name_import.matching import Seen, place
from facesorter.settings import Settings
from tests import photos

NOBODY = (
    "Chars",
    "digikam.jpg",
    "exiftool.jpg",
    "exifr-59",
    "IMG_5910",
    "flatxmp",
    "testimagedesc",
    "test image",
    "test_png",
)
"""Parts of the names of files without human faces: drawn smileys, a squirrel, a raspberry, a leaf,
and pictures of a few pixels."""

LONG_SIDE, WHOLE = 1280, 20_000
"""Of the picture in which faces are usually found, and of one at full size, px."""


class Row(NamedTuple):
    """A region, and what became of it."""

    file: str
    name: str
    source: str
    imported: Region | None
    face: Region | None
    overlap: float
    """With its face, else with the nearest one; 0 without any."""
    verdict: str
    human: bool


def table(folder: Path) -> Iterator[Row]:
    """Yield each region in and beside the photos of a folder."""
    analyzer = load_analyzer(Settings())
    for path in sorted(path for path in folder.rglob("*") if is_photo(path.name)):
        beside = Sidecars(each.name for each in path.parent.iterdir()).of(path.name)
        sidecars = [path.with_name(name) for name in beside if name.lower().endswith(".xmp")]
        imported = [
            region
            for found in photo_files.read_photo(path, sidecars, Reading())
            for region in found.names.regions
        ]
        if imported:
            yield from _of_photo(path, path.relative_to(folder).as_posix(), imported, analyzer)


def _of_photo(
    path: Path, name: str, imported: Sequence[ImportedRegion], analyzer: FaceAnalyzer
) -> Iterator[Row]:
    try:
        seen = _look(path, analyzer)
    except UserError as error:
        for each in imported:
            verdict = f"unreadable: {error}"
            yield Row(name, each.name, each.source, None, None, 0.0, verdict, _is_human(name))
        return
    for _, group in groupby(sorted(imported, key=lambda each: each.source), key=lambda e: e.source):
        part = list(dict.fromkeys(group))
        placed = place(part, seen)
        for at, each in enumerate(part):
            where = placed.regions[at]
            face = seen.faces[placed.faces[at]] if at in placed.faces else None
            near = [face] if face else list(seen.faces)
            overlap = max((where.overlap(one) for one in near), default=0.0) if where else 0.0
            verdict = _verdict(where, face, overlap, bool(seen.faces))
            if face is None and where is not None:
                face = _look_there(path, where, analyzer)
                if face is not None:
                    overlap = where.overlap(face)
                    verdict = f"seen by a look there: {_verdict(where, face, overlap, True)}"
            yield Row(name, each.name, each.source, where, face, overlap, verdict, _is_human(name))


def _look_there(path: Path, where: Region, analyzer: FaceAnalyzer) -> Region | None:
    """Return the face that is found in a region as in one that the user draws."""
    picture = decode.load_upright(path.read_bytes(), long_side=LONG_SIDE)
    found = drawn.find(picture.pixels, where, analyzer.detector)
    if found.scores[0] <= 0:
        return None
    high, wide = picture.pixels.shape[:2]
    x, y, w, h = map(float, found.boxes[0])
    return Region(x / wide, y / high, w / wide, h / high)


def _is_human(name: str) -> bool:
    return not any(part in name for part in NOBODY)


def _look(path: Path, analyzer: FaceAnalyzer) -> Seen:
    data = path.read_bytes()
    picture = decode.load_upright(data, long_side=LONG_SIDE)
    known = [face.region for face in analyzer.analyse(picture.pixels)]
    if not analyzer.covers(picture.width, picture.height):
        whole = decode.load_upright(data, long_side=WHOLE)
        known += [face.region for face in analyzer.search(whole.pixels, known, LONG_SIDE)]
    return Seen(known, picture.orientation, picture.width, picture.height)


def _verdict(imported: Region | None, face: Region | None, overlap: float, any_face: bool) -> str:
    if imported is None:
        return "outside of the picture"
    if face is None:
        return "no face found there" if any_face else "no face found in the photo"
    if overlap >= SAME_PLACE:
        return "same place"
    ratio = imported.w * imported.h / (face.w * face.h)
    return f"on this face, but {ratio:.1f} times its area"


def _text(region: Region | None) -> str:
    if region is None:
        return "-"
    return " ".join(f"{100 * edge:.0f}" for edge in (region.x, region.y, region.w, region.h))


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else photos.SHARED / "regions"
    if not folder.is_dir():
        sys.exit(f"There are no photos: {folder}")
    print(f"{'overlap':>7} {'said box':>12} {'face':>12} {'source':9}  file: name: verdict")
    counted: Counter[tuple[bool, str]] = Counter()
    for row in table(folder):
        imported, face = _text(row.imported), _text(row.face)
        name = row.name or "(nameless)"
        print(
            f"{row.overlap:7.3f} {imported:>12} {face:>12} {row.source:9}  "
            f"{'human' if row.human else 'nobody'}  {row.file}: {name}: {row.verdict}",
            flush=True,
        )
        counted[row.human, row.verdict.split(",")[0]] += 1
    print(f"{sum(counted.values())} regions")
    for (human, verdict), count in counted.most_common():
        print(f"{count:4}  {'human' if human else 'nobody'}: {verdict}")


if __name__ == "__main__":
    main()
