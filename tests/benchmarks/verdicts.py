"""What "same" means for people who look alike, such as children: with and without the cohort.

    python -m tests.benchmarks.verdicts EMBEDDINGS.npz

The file is what `grouping_table` reads. For want of an open set of children, a third of the people
are moved together until one of their strangers in 10,000 has a cosine of .60, as measured of
children. All pairs of faces, each from another photo, get the verdict that `compare` gives: how
many strangers in a million are "the same", and what share of the pairs of one person. By halves of
the others; nothing was chosen here.
"""

import argparse
import json
import sys

import numpy as np

from facesorter.clustering.cohort import Cohort
from facesorter.clustering.engine import propose
from facesorter.faces.calibration import OPENCV_ZOO, SAME
from tests.benchmarks.album_size import half_of, part
from tests.benchmarks.grouping_table import read

CHILDREN = 3
CROWDED = 0.60
SHARE = 1e-4


def moved(faces: np.ndarray, share: float) -> np.ndarray:
    """Faces moved in the direction of their mean."""
    rows = faces + share * faces.mean(axis=0) / np.linalg.norm(faces.mean(axis=0))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pairs(faces: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of all pairs, and whether they are one person."""
    a, b = np.triu_indices(len(faces), 1)
    return np.stack([a, b]), person[a] == person[b]


def crowded(faces: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Faces moved together until strangers are as alike as children."""
    (a, b), same = pairs(faces, person)
    a, b = a[~same], b[~same]
    low, high = 0.0, 2.0
    for _ in range(12):
        middle = (low + high) / 2
        rows = moved(faces, middle)
        top = np.quantile(np.einsum("ij,ij->i", rows[a], rows[b]), 1 - SHARE)
        low, high = (middle, high) if top < CROWDED else (low, middle)
    return moved(faces, low)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    snapshot, truth = read(parser.parse_args().file)
    people = int(truth.max()) + 1
    for half in (0, 1):
        small, who = part(snapshot, truth, np.isin(truth, half_of(people, half)))
        faces = np.array(small.embeddings)
        child = who % CHILDREN == 0
        faces[child] = crowded(faces[child], who[child])
        ceiling = propose(part(snapshot, truth, truth >= 0)[0]).thresholds.ceiling
        crowd = Cohort.of(faces, who, ceiling).crowding(faces, who)
        bar = OPENCV_ZOO.similarity(SAME)
        for name, chosen in (("children", child), ("others", ~child)):
            rows = np.flatnonzero(chosen)
            (a, b), same = pairs(faces[rows], who[rows])
            a, b = rows[a], rows[b]
            plain = np.einsum("ij,ij->i", faces[a], faces[b])
            for kind, score in (("cosine", plain), ("adjusted", plain - (crowd[a] + crowd[b]) / 2)):
                row = {
                    "half": half,
                    "who": name,
                    "score": kind,
                    "strangers_same_in_a_million": round(1e6 * float((score[~same] >= bar).mean())),
                    "same_share": round(float((score[same] >= bar).mean()), 4),
                    "tar_at_1e-4": round(
                        float((score[same] >= np.quantile(score[~same], 1 - SHARE)).mean()), 4
                    ),
                }
                sys.stdout.write(json.dumps(row) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
