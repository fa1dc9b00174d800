"""Small faces of large photos: found by the usual search, and by the closer one after it.

    python -m tests.benchmarks.small_faces PHOTOS [--half 0|1] [--frames 4000x3000,...] [--before]
                                           [--only heads,groups,empty,counted,family]

PHOTOS holds ``labelled``, ``boxes``, ``families``, ``formats`` and ``cases``. Everything goes from
JPEG to faces as in a scan: `analyse_photo`, then `search_photo`. The numbers in `small_faces` were
chosen with half 0 of the people of ``labelled``; half 1 is the one to report.

- heads: portraits cut round, shrunk until the face has a given height, and pasted into photos made
  of mirrored landscapes; ``own`` is the share of the found that is more similar than `ALIKE` to
  another photo of its person, ``wrong`` that to a photo of somebody else
- groups: photos of ``boxes`` shrunk until their median face is 32 pixels, in a 12-megapixel photo
- empty: photos without people at full size; tiles are squares of 640 pixels
- counted: photos whose faces are known, as they are: what the closer search adds that is no face
- family: photos with a few large faces; processor time of the usual search

``--before`` leaves out the closer search and all that the usual one does for it.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facesorter.faces import analyzer as analysis
from facesorter.faces import detection, small_faces
from facesorter.faces.analyzer import FoundFace, StandardAnalyzer, analyse_photo, search_photo
from facesorter.faces.models import load_pack
from facesorter.images import decode
from tests.benchmarks.detecting import known_photos, near

HEIGHTS = (16, 20, 24, 32, 48, 64, 100)
"""Heights of the pasted faces in pixels."""
FRAMES = "1600x1200,4000x3000,8000x6000,16384x12288,16000x2000,12000x1200"
PORTRAIT = 112 / 250
"""Height of the face in a portrait of ``labelled``, as a share of its side."""
EACH = 12
"""Heads of each height in a frame."""
MEDIAN = 32
ALIKE = 0.45
"""Similarity that one in 10,000 pairs of grown-up strangers reaches."""
EMPTY = (
    "formats/albums__text__book-beside-flowers.jpg",
    "formats/albums__text__craft-beer.jpg",
    "formats/albums__text__handwritten-notes.jpg",
    "formats/albums__text__japanese-shop.jpg",
    "formats/formats__heic__IMG_2682.heic",
    "formats/metadata__gps-position__empty_gps.jpg",
    "cases/upstream66.jpg",
)
"""Photos without people, but for a face at the edge of the second."""
SEEN = {"formats/albums__text__craft-beer.jpg": 1}
Pixels = NDArray[np.uint8]


def rgb(path: Path) -> Pixels:
    return decode.load_upright(decode.read_bytes(path), long_side=None).pixels


def ground(photos: Path, width: int, height: int) -> Pixels:
    """A landscape of any size, with real detail: a photo and its mirror images."""
    tile = rgb(photos / EMPTY[5])[:2400, :3200]
    tile = np.concatenate([tile, tile[:, ::-1]], 1)
    tile = np.concatenate([tile, tile[::-1]], 0)
    times = -(-height // tile.shape[0]), -(-width // tile.shape[1]), 1
    return np.ascontiguousarray(np.tile(tile, times)[:height, :width])


def paste(frame: Pixels, head: Pixels, x: int, y: int) -> None:
    """Paste a head, cut round and with a soft edge."""
    side = head.shape[0]
    rows, columns = np.mgrid[0:side, 0:side] - side / 2
    share = np.clip((1 - np.hypot(rows, columns) * 2 / side) / 0.15, 0, 1)[..., None]
    place = frame[y : y + side, x : x + side]
    place[:] = (share * head + (1 - share) * place).astype(np.uint8)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.thread_time()
    return work(), time.thread_time() - start


def both(
    path: Path, analyzer: StandardAnalyzer, before: bool
) -> tuple[list[FoundFace], list[FoundFace], float, float]:
    """Faces of the usual search, those that the closer one adds, and processor seconds of both."""
    first, seconds = timed(lambda: analyse_photo(path, analyzer))
    if first.error is not None:
        raise RuntimeError(f"{path}: {first.error}")
    if before or first.searched:
        return list(first.faces), [], seconds, 0.0
    known = [face.region for face in first.faces]
    more, longer = timed(lambda: search_photo(path, analyzer, known, digest=first.content_hash))
    return list(first.faces), list(more.faces), seconds, longer


def boxes(faces: Sequence[FoundFace]) -> NDArray[np.float64]:
    rows = [[face.region.x, face.region.y, face.region.w, face.region.h] for face in faces]
    return np.array(rows, np.float64).reshape(-1, 4)


def looks(people: list[Path], analyzer: StandardAnalyzer) -> NDArray[np.float32]:
    """The embedding of each person's second photo."""
    found = []
    for person in people:
        path = sorted(person.iterdir())[1]
        faces = analyse_photo(path, analyzer).faces
        middle = [
            np.hypot(f.region.x + f.region.w / 2 - 0.5, f.region.y + f.region.h / 2 - 0.5)
            for f in faces
        ]
        empty = np.zeros(analyzer.dimension, np.float32)
        found.append(faces[int(np.argmin(middle))].embedding if faces else empty)
    return np.array(found)


def heads(photos: Path, analyzer: StandardAnalyzer, options: argparse.Namespace) -> None:
    everyone = sorted((photos / "labelled").iterdir())[options.half :: 2]
    several = [person for person in everyone if len(list(person.iterdir())) > 1]
    rng = np.random.default_rng(3)
    for size in options.frames.split(","):
        width, height = (int(side) for side in size.split("x"))
        people = [several[i] for i in rng.permutation(len(several))[: EACH * len(HEIGHTS)]]
        frame = ground(photos, width, height)
        # A place for each: as many columns and rows as have the frame's shape.
        columns = int(np.ceil(np.sqrt(len(people) * width / height)))
        rows = -(-len(people) // columns)
        pitch = width // columns, height // rows
        order = rng.permutation(len(people))
        wanted = np.empty((len(people), 4))
        for slot, index in enumerate(order):
            tall = HEIGHTS[index % len(HEIGHTS)]
            side = min(round(tall / PORTRAIT), *pitch)
            head = cv2.resize(
                rgb(sorted(people[index].iterdir())[0]), (side, side), interpolation=cv2.INTER_AREA
            )
            x = slot % columns * pitch[0] + int(rng.integers(0, pitch[0] - side + 1))
            y = slot // columns * pitch[1] + int(rng.integers(0, pitch[1] - side + 1))
            paste(frame, head, x, y)
            wanted[index] = x + side / 2 - tall / 2, y + side / 2 - tall / 2, tall, tall
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "frame.jpg"
            Image.fromarray(frame).save(path, quality=92)
            del frame
            first, more, usual, closer = both(path, analyzer, options.before)
        faces = [*first, *more]
        extent = np.array([width, height, width, height])
        there = near(wanted / extent, boxes(faces), (height, width))
        own, strangers = looks(people, analyzer), 0
        kept = dict.fromkeys(HEIGHTS, 0)
        alike = dict.fromkeys(HEIGHTS, 0)
        for index, row in enumerate(there):
            tall = HEIGHTS[index % len(HEIGHTS)]
            if not row.any():
                continue
            kept[tall] += 1
            scores = own @ faces[int(row.argmax())].embedding
            alike[tall] += bool(scores[index] >= ALIKE)
            strangers += int((np.delete(scores, index) >= ALIKE).any())
        say(
            frame=size,
            half=options.half,
            each=EACH,
            found={tall: round(count / EACH, 2) for tall, count in kept.items()},
            own={tall: round(alike[tall] / max(kept[tall], 1), 2) for tall in HEIGHTS},
            wrong=strangers,
            false=int((~there.any(0)).sum()),
            usual_s=round(usual, 2),
            closer_s=round(closer, 2),
        )


def groups(photos: Path, analyzer: StandardAnalyzer, options: argparse.Namespace) -> None:
    totals = np.zeros(4)
    width, height = 4000, 3000
    empty = ground(photos, width, height)
    for known in known_photos(photos):
        if len(known.clear) < 4:
            continue
        pixels = rgb(known.path)
        extent = np.array(pixels.shape[1::-1] * 2)
        # Known boxes are drawn more or less tightly.
        tall = detection.detect(pixels, analyzer.detector).boxes[:, 3]
        scale = MEDIAN / float(np.median(tall))
        scale = min(scale, 1.0, *(np.array([width, height]) / extent[:2]))
        size = tuple(int(side) for side in (extent[:2] * scale).round())
        frame = empty.copy()
        left, top = (width - size[0]) // 2, (height - size[1]) // 2
        frame[top : top + size[1], left : left + size[0]] = cv2.resize(
            pixels, size, interpolation=cv2.INTER_AREA
        )
        place = np.array([left, top, 0, 0])
        wanted = (known.clear * np.array(size * 2) + place) / np.array([width, height] * 2)
        doubtful = (known.doubtful * np.array(size * 2) + place) / np.array([width, height] * 2)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "frame.jpg"
            Image.fromarray(frame).save(path, quality=92)
            first, more, _, _ = both(path, analyzer, options.before)
        counts = []
        for faces in (first, [*first, *more]):
            hits = near(wanted, boxes(faces), (height, width))
            free = ~hits.any(0)
            if len(doubtful):
                free &= ~near(doubtful, boxes(faces), (height, width)).any(0)
            counts += [int(hits.any(1).sum()), int(free.sum())]
        totals += [len(wanted), counts[0], counts[2], counts[3]]
        say(
            group=known.path.name,
            faces=len(wanted),
            usual=counts[0],
            all=counts[2],
            false=counts[3],
        )
    say(groups=True, **dict(zip(("faces", "usual", "all", "false"), map(int, totals), strict=True)))


def empty(photos: Path, analyzer: StandardAnalyzer, options: argparse.Namespace) -> None:
    totals = np.zeros(3, int)
    for name in EMPTY:
        first, more, usual, closer = both(photos / name, analyzer, options.before)
        pixels = rgb(photos / name)
        tiles = -(-pixels.shape[0] // 640) * -(-pixels.shape[1] // 640)
        seen = SEEN.get(name, 0)
        totals += [tiles, len(first) - seen, len(more)]
        say(
            empty=name,
            tiles=tiles,
            usual=len(first) - seen,
            more=len(more),
            usual_s=round(usual, 2),
            closer_s=round(closer, 2),
        )
    say(empty=True, **dict(zip(("tiles", "usual", "more"), map(int, totals), strict=True)))


def counted(photos: Path, analyzer: StandardAnalyzer, options: argparse.Namespace) -> None:
    totals = np.zeros(6, int)
    for known in known_photos(photos):
        shape = rgb(known.path).shape
        first, more, _, _ = both(known.path, analyzer, options.before)
        row = []
        for faces in (first, [*first, *more]):
            hits = near(known.clear, boxes(faces), shape)
            free = ~hits.any(0)
            if len(known.doubtful):
                free &= ~near(known.doubtful, boxes(faces), shape).any(0)
            row += [int(hits.any(1).sum()), int(free.sum())]
        tiles = -(-shape[0] // 640) * -(-shape[1] // 640)
        totals += [1, tiles, len(known.clear), row[0], row[2], row[3] - row[1]]
        if row[3] - row[1]:
            say(counted=known.path.name, more_false=row[3] - row[1])
    names = ("photos", "tiles", "faces", "usual", "all", "more_false")
    say(counted=True, **dict(zip(names, map(int, totals), strict=True)))


def family(photos: Path, analyzer: StandardAnalyzer, options: argparse.Namespace) -> None:
    from tests.benchmarks.throughput import make_photos

    with tempfile.TemporaryDirectory() as folder:
        make_photos(photos, Path(folder), 6)
        files = sorted(Path(folder).iterdir())
        analyse_photo(files[0], analyzer)
        best = [
            min(timed(lambda f=file: analyse_photo(f, analyzer))[1] for _ in range(3))
            for file in files
        ]
        closer = [both(file, analyzer, options.before)[3] for file in files]
    say(
        family=len(files),
        usual_ms=round(1000 * np.mean(best)),
        closer_ms=round(1000 * np.mean(closer)),
    )


def say(**row: object) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1), default=1)
    parser.add_argument("--only", default="heads,groups,empty,counted,family")
    parser.add_argument("--frames", default=FRAMES)
    parser.add_argument("--before", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.before:
        detection.LONG = float("inf")
        analysis.LONG_PIXELS = 0
        small_faces.CROWD = sys.maxsize
    analyzer = load_pack()
    assert isinstance(analyzer, StandardAnalyzer)
    work = {
        "heads": heads,
        "groups": groups,
        "empty": empty,
        "counted": counted,
        "family": family,
    }
    for name in options.only.split(","):
        work[name](options.photos, analyzer, options)


if __name__ == "__main__":
    main()
