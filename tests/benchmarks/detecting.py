"""Detection against known faces: how many are found, and how many faces are none.

    python -m tests.benchmarks.detecting PHOTOS [--views upright,90,...] [--show]

PHOTOS holds ``boxes`` (boxes in ``training.xml`` and ``testing.xml``), ``families`` and ``pairs``.
The faces of the latter two were counted by looking at every photo: `counted_faces.json` holds
them as (left, top, width, height) in fractions of the upright photo; *doubtful* ones (blurred
passers-by, half heads, pictures on walls) are neither asked for nor counted as false.

Views: ``upright``; ``90``, ``180``, ``270`` (turned, with nothing that says so); ``20px`` (for each
face, the photo shrunk until that face is 20 pixels high); ``20px-large`` (the same, then pasted
into a photo of 1280 x 960); ``90%`` (for each face, the photo cut so that it fills nine tenths of
the frame).
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces import detection
from facesorter.faces.analyzer import ANALYSIS_SIDE, StandardAnalyzer
from facesorter.faces.models import load_pack
from facesorter.images import decode

VIEWS = ("upright", "90", "180", "270", "20px", "20px-large", "90%")
SMALL = 20
FILLED = 0.9
FRAME = 1200
NEAR = 0.5
"""A face is found where the middles are apart by less than this share of its longer side."""
Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """A photo and its faces: (N, 4) boxes in fractions."""

    path: Path
    clear: Boxes
    doubtful: Boxes


def known_photos(photos: Path) -> Iterator[Known]:
    """All photos whose faces are known."""
    none = np.empty((0, 4))
    for listing in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(photos / "boxes" / listing).getroot().iter("image"):
            path = photos / "boxes" / str(image.get("file"))
            if path.exists():
                size = decode.load_upright(decode.read_bytes(path), long_side=None)
                names = ("left", "top", "width", "height")
                rows = [[float(box.get(n, 0)) for n in names] for box in image.iter("box")]
                extent = (size.width, size.height) * 2
                yield Known(path, np.array(rows).reshape(-1, 4) / extent, none)
    counted = json.loads(Path(__file__).with_name("counted_faces.json").read_text())
    for name, faces in counted.items():
        boxes = [np.array(faces.get(kind, [])).reshape(-1, 4) for kind in ("clear", "doubtful")]
        yield Known(photos / name, *boxes)


def near(wanted: Boxes, found: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(N, M): which of the found boxes lie where a wanted one is; both in fractions."""
    extent = np.array([shape[1], shape[0]])
    middle = [(boxes[:, :2] + boxes[:, 2:] / 2) * extent for boxes in (wanted, found)]
    apart = np.hypot(*np.moveaxis(middle[0][:, None] - middle[1][None], -1, 0))
    return np.asarray(apart < NEAR * (wanted[:, 2:] * extent).max(1, initial=0)[:, None])


def find(pixels: Pixels, analyzer: StandardAnalyzer) -> Boxes:
    """Boxes of what we find, in fractions."""
    found = detection.detect(np.ascontiguousarray(pixels), analyzer.detector)
    return found.boxes / (np.array(pixels.shape[1::-1] * 2))


def score(known: Known, found: Boxes, shape: tuple[int, ...]) -> tuple[int, int, list[int]]:
    """How many faces were found again, how many of the found are none, and which were missed."""
    free = np.ones(len(found), bool)
    missed = []
    for number, row in enumerate(near(known.clear, found, shape)):
        hits = np.flatnonzero(row & free)
        if len(hits):
            free[hits[0]] = False
        else:
            missed.append(number)
    if len(known.doubtful):
        free &= ~near(known.doubtful, found, shape).any(0)
    return len(known.clear) - len(missed), int(free.sum()), missed


def turn(boxes: Boxes, turns: int) -> Boxes:
    """Boxes in fractions after quarter turns to the left."""
    for _ in range(turns):
        x, y, w, h = boxes.T
        boxes = np.stack([y, 1 - x - w, h, w], 1)
    return boxes


def one_face(view: str, pixels: Pixels, box: Boxes) -> tuple[Pixels, Boxes]:
    """The photo shown so that one face is tiny or fills the frame, and the face's box in it."""
    height, width = pixels.shape[:2]
    x, y, w, h = box * (width, height, width, height)
    side = max(w, h)
    if view == "90%":
        reach = side / FILLED / 2
        middle = x + w / 2, y + h / 2
        left, top = (max(0, round(m - reach)) for m in middle)
        right, bottom = round(middle[0] + reach), round(middle[1] + reach)
        part = pixels[top:bottom, left:right]
        scale = FRAME / max(part.shape[:2])
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        place = np.array([x - left, y - top, w, h]) * scale
        return np.asarray(part, np.uint8), place / (np.array(part.shape[1::-1] * 2))
    scale = SMALL / side
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    if view == "20px":
        return small, box
    small = small[:960, :1280]
    canvas = np.full((960, 1280, 3), 110, np.uint8)
    left, top = (1280 - small.shape[1]) // 2, (960 - small.shape[0]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    place = np.array([x * scale + left, y * scale + top, w * scale, h * scale])
    return canvas, place / (1280, 960, 1280, 960)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--show", action="store_true", help="say where a face was missed")
    options = parser.parse_args()
    analyzer = load_pack()
    assert isinstance(analyzer, StandardAnalyzer)
    everything = list(known_photos(options.photos))
    for view in options.views.split(","):
        wanted = again = extra = photos = 0
        for known in everything:
            data = decode.read_bytes(known.path)
            pixels = decode.load_upright(data, long_side=ANALYSIS_SIDE).pixels
            if view == "upright" or view.isdecimal():
                turns = 0 if view == "upright" else int(view) // 90
                there = Known(known.path, turn(known.clear, turns), turn(known.doubtful, turns))
                shown = np.rot90(pixels, turns)
                hits, false, missed = score(there, find(shown, analyzer), shown.shape)
                extra += false
            else:
                missed, false = [], 0
                for number, box in enumerate(known.clear):
                    shown, place = one_face(view, pixels, box)
                    if not near(place[None], find(shown, analyzer), shown.shape).any():
                        missed.append(number)
                hits = len(known.clear) - len(missed)
            photos += 1
            wanted, again = wanted + len(known.clear), again + hits
            if options.show and (missed or false):
                sys.stderr.write(f"{view} {known.path.name}: missed {missed}, false {false}\n")
        row = {
            "view": view,
            "photos": photos,
            "faces": wanted,
            "found": again,
            "recall": round(again / wanted, 4),
        }
        if view == "upright" or view.isdecimal():
            row |= {"false": extra, "false_per_20_photos": round(20 * extra / photos, 2)}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
