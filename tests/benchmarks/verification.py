"""Verification, end to end from files: what each step of the analysis is worth, in one table.

    python tests/benchmarks/verification.py PHOTOS [--every N] [--workers N] [--steps "A,B"]

PHOTOS holds ``labelled`` (a folder a person; the most central face of a photo is that person) and
``pairs/master.csv`` (lines of two photos and Yes or No: the same person is in both). All pairs of
``labelled`` and all lines of the list are judged together; two photos of the list are as similar
as the most similar of their faces. A photo in which a step finds no face is similar to nothing, so
its pairs of one person are lost.

Steps, each with all that is above it:

- one pass: the detector at the photo's own size, a bilinear warp to the recogniser's template
- sizes: all passes over the photo, turned too, and anti-aliased sampling
- one look: landmarks from the face's own crop
- two looks: landmarks from both closer looks
- unsure flipped: the mirrored crop too where the embedding is short; what ships
- all flipped: the mirrored crop of every face, the "thorough" setting
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces import alignment, detection
from facesorter.faces.analyzer import StandardAnalyzer
from facesorter.faces.detection import Detections, Detector
from facesorter.faces.embedding import SFace, with_mirror
from facesorter.faces.models import load_pack
from facesorter.images import decode

FARS = (1e-2, 1e-3, 1e-4)
Pixels = NDArray[np.uint8]
Crops = Callable[[Pixels, Detector], tuple[Detections, Pixels]]


def plain_pass(pixels: Pixels, detector: Detector) -> tuple[Detections, Pixels]:
    """One run on the photo as it is, at most 1280 pixels long, and a plain warp."""
    scale = min(1.0, 1280 / max(pixels.shape[:2]))
    small = pixels
    if scale < 1:
        small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale), np.uint8)
    found = detection.suppress(detector.run(small[None], 0.6)[0])
    found = Detections(found.boxes / scale, found.landmarks / scale, found.scores)
    crops = [
        cv2.warpAffine(pixels, matrix, (112, 112))
        for matrix in alignment.similarity(found.landmarks, alignment.TEMPLATE)
    ]
    return found, np.array(crops, np.uint8).reshape(-1, 112, 112, 3)


def with_looks(looks: tuple[tuple[int, float], ...]) -> Crops:
    """Our own detection with some closer looks."""

    def find(pixels: Pixels, detector: Detector) -> tuple[Detections, Pixels]:
        found = detection.candidates(pixels, detector)
        if looks:
            found = detection.suppress(detection.look_again(pixels, found, detector, looks))
        found = found.take(found.scores >= detector.thresholds.keep)
        return found, alignment.align(pixels, found.landmarks)

    return find


TWO_LOOKS = with_looks(detection.LOOKS)
STEPS: dict[str, tuple[Crops, float]] = {
    "one pass": (plain_pass, 0.0),
    "sizes": (with_looks(()), 0.0),
    "one look": (with_looks(detection.LOOKS[-1:]), 0.0),
    "two looks": (TWO_LOOKS, 0.0),
    "unsure flipped": (TWO_LOOKS, SFace.unsure_below),
    "all flipped": (TWO_LOOKS, np.inf),
}
"""How each step finds faces, and the length below which it looks at mirror images."""


def central(found: Detections, shape: tuple[int, ...]) -> int:
    """Number of the face whose middle lies nearest to the middle of the photo."""
    middle = (found.boxes[:, :2] + found.boxes[:, 2:] / 2) / (shape[1], shape[0]) - 0.5
    return int((middle**2).sum(1).argmin())


def embeddings(
    path: Path, analyzer: StandardAnalyzer, steps: list[str], alone: bool
) -> dict[str, NDArray[np.float32]]:
    """For each step, (N, d) embeddings of the photo's faces, or of the most central one."""
    pixels = decode.load_upright(decode.read_bytes(path), long_side=4096).pixels
    result = {}
    found_by = None
    for step in steps:
        find, below = STEPS[step]
        if find is not found_by:  # steps that differ in mirror images share faces and crops
            found_by = find
            found, crops = find(pixels, analyzer.detector)
            if alone and len(found):
                crops = crops[central(found, pixels.shape)][None]
            crops_of_faces = crops
        result[step] = with_mirror(analyzer.recogniser, crops_of_faces, below)[0]
    return result


def scores(genuine: NDArray[np.float32], others: NDArray[np.float32]) -> dict[str, float]:
    """Best accuracy with both kinds weighing the same, and true accepts at false accepts."""
    order = np.sort(others)
    limits = np.unique(np.concatenate([genuine, order[:: max(1, len(order) // 100_000)]]))
    accepted = 1 - np.searchsorted(np.sort(genuine), limits) / len(genuine)
    wrong = 1 - np.searchsorted(order, limits) / len(order)
    found = {"accuracy": float(((accepted + 1 - wrong) / 2).max())}
    for far in FARS:
        limit = order[len(order) - 1 - int(len(order) * far)]
        found[f"tar_at_far_{far:g}"] = float((genuine > limit).mean())
        found[f"similarity_at_far_{far:g}"] = float(limit)
    return {key: round(value, 4) for key, value in found.items()}


def labelled_pairs(
    rows: list[NDArray[np.float32]], people: NDArray[np.str_], dimension: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Similarities of the same and of different people; -1 where a face was not found."""
    vectors = np.stack([row[0] if len(row) else np.zeros(dimension, np.float32) for row in rows])
    missed = np.array([not len(row) for row in rows])
    similar = vectors @ vectors.T
    similar[missed] = similar[:, missed] = -1
    upper = np.triu_indices(len(people), 1)
    same = (people[:, None] == people)[upper]
    return similar[upper][same], similar[upper][~same]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every Nth photo of labelled")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", default=",".join(STEPS))
    options = parser.parse_args()
    steps = options.steps.split(",")
    analyzer = load_pack()
    assert isinstance(analyzer, StandardAnalyzer)
    faces = sorted((options.photos / "labelled").rglob("*.jpg"))[:: options.every]
    with (options.photos / "pairs" / "master.csv").open(newline="") as file:
        listed = [
            (options.photos / "pairs" / x, options.photos / "pairs" / y, answer == "Yes")
            for x, y, answer in list(csv.reader(file))[1:]
        ]
    # One photo of the list is not published with it.
    listed = [pair for pair in listed if pair[0].is_file() and pair[1].is_file()]
    several = sorted({path for x, y, _ in listed for path in (x, y)})
    with ThreadPoolExecutor(options.workers) as pool:
        central_rows = list(pool.map(lambda p: embeddings(p, analyzer, steps, True), faces))
        all_rows = list(pool.map(lambda p: embeddings(p, analyzer, steps, False), several))
    people = np.array([path.parent.name for path in faces])
    place = {path: number for number, path in enumerate(several)}
    table = []
    for step in steps:
        rows = [row[step] for row in central_rows]
        genuine, others = labelled_pairs(rows, people, analyzer.dimension)
        pairs = [
            (
                (all_rows[place[x]][step] @ all_rows[place[y]][step].T).max(initial=-1),
                same,
            )
            for x, y, same in listed
        ]
        yes = np.array([value for value, same in pairs if same], np.float32)
        no = np.array([value for value, same in pairs if not same], np.float32)
        table.append(
            {
                "step": step,
                "photos": len(rows) + len(several),
                "missed": sum(not len(row) for row in rows),
                "genuine_pairs": len(genuine) + len(yes),
                "impostor_pairs": len(others) + len(no),
                **scores(np.concatenate([genuine, yes]), np.concatenate([others, no])),
                "list_accuracy": scores(yes, no)["accuracy"],
            }
        )
    for row in table:
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
