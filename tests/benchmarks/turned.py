"""Photos turned with nothing that says so: are their faces read the right way up?

    python -m tests.benchmarks.turned LABELLED [--half 0|1] [--photos 300] [--turns 2,3,1]

A portrait each of the people of one half, turned by quarter turns to the left; the numbers in
`detection` were chosen on half 0. ``right`` are photos whose most central face has its eyes where
they are in the unturned photo, ``wrong`` those with a face there whose eyes are elsewhere. Prints a
JSON object for each turn, with processor time; ``0`` is the cost of ordinary photos.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facesorter.faces import detection
from facesorter.faces.analyzer import StandardAnalyzer
from facesorter.faces.models import load_pack
from facesorter.images import decode

APART = 0.1
"""Distance from their places up to which eyes are right, as a share of the face's height."""


def portraits(folder: Path, half: int) -> list[Path]:
    """The first photo of each person of a half."""
    people = sorted(each for each in folder.iterdir() if each.is_dir())
    random.Random(0).shuffle(people)
    return [min(person.glob("*.jpg")) for person in people[half::2]]


def central(found: detection.Detections, shape: tuple[int, ...]) -> int:
    """The face nearest to the middle."""
    middle = found.boxes[:, :2] + found.boxes[:, 2:] / 2 - np.array(shape[1::-1]) / 2
    return int(np.hypot(*middle.T).argmin())


def eyes_after(
    eyes: NDArray[np.float32], turns: int, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Where points of a photo are when it was turned."""
    height, width = shape[:2]
    for _ in range(turns):
        eyes = np.stack([eyes[:, 1], width - eyes[:, 0]], 1)
        height, width = width, height
    return eyes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", type=int, default=1)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--turns", default="0,2,3,1")
    options = parser.parse_args()
    analyzer = load_pack()
    assert isinstance(analyzer, StandardAnalyzer)
    detector = analyzer.detector
    upright = []
    for path in portraits(options.folder, options.half)[: options.photos]:
        pixels = decode.load_upright(decode.read_bytes(path), long_side=None).pixels
        found = detection.detect(pixels, detector)
        if len(found):
            at = central(found, pixels.shape)
            upright.append((pixels, found.landmarks[at, :2], found.boxes[at, 3]))
    for turns in map(int, options.turns.split(",")):
        right = wrong = 0
        begin = time.process_time()
        for pixels, eyes, size in upright:
            turned = np.ascontiguousarray(np.rot90(pixels, turns))
            found = detection.detect(turned, detector)
            if len(found):
                seen = found.landmarks[central(found, turned.shape), :2]
                apart = np.abs(seen - eyes_after(eyes, turns, pixels.shape)).max()
                right, wrong = right + (apart <= APART * size), wrong + (apart > APART * size)
        row = {
            "turns": turns,
            "photos": len(upright),
            "right": int(right),
            "wrong": int(wrong),
            "ms_a_photo": round(1000 * (time.process_time() - begin) / len(upright), 1),
        }
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
