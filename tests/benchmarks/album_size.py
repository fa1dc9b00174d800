"""Grouping of albums: libraries of a few hundred or thousand faces, by halves of the people.

    python -m tests.benchmarks.album_size EMBEDDINGS.npz

The file is what `grouping_table` reads. Albums are drawn person by person from either half of the
people, so that numbers chosen on one half can be reported on the other; each half whole comes last.
Prints a Markdown table: means of the albums of each size, and the worst. Of the labelled photos
Wang_Yingfan and Yingfan_Wang are one man: three of the wrong pairs of half 0.
"""

import argparse
from dataclasses import replace

import numpy as np

from facesorter.app.evaluation.metrics import bcubed, pairwise
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot
from tests.benchmarks.grouping_table import as_labels, read

SIZES = (400, 1000, None)
"""Faces, None for all of a half."""
ALBUMS = 5
"""Albums of each size and half."""


def person_of_photo(snapshot: Snapshot, truth: np.ndarray) -> np.ndarray:
    """int64[n], whom each face's photo is of: people in the background go with them."""
    judged = truth >= 0
    who = dict(zip(snapshot.photo_ids[judged].tolist(), truth[judged].tolist(), strict=True))
    return np.array([who.get(photo, -1) for photo in snapshot.photo_ids.tolist()])


def half_of(people: int, half: int) -> np.ndarray:
    """The people of a half."""
    return np.random.default_rng(0).permutation(people)[half::2]


def part(snapshot: Snapshot, truth: np.ndarray, chosen: np.ndarray) -> tuple[Snapshot, np.ndarray]:
    """A library of some of the faces."""
    rows = np.flatnonzero(chosen)
    small = replace(
        snapshot,
        face_ids=np.arange(1, len(rows) + 1),
        embeddings=np.asarray(snapshot.embeddings)[rows],
        **{
            name: getattr(snapshot, name)[rows]
            for name in ("photo_ids", "quality", "taken", "confirmed", "shown")
        },
    )
    return small, truth[rows]


def score(snapshot: Snapshot, truth: np.ndarray) -> list[float]:
    """BCubed and pairwise precision, recall and F."""
    label, judged = as_labels(propose(snapshot).person), truth >= 0
    both = bcubed(truth[judged], label[judged]), pairwise(truth[judged], label[judged])
    return [value for each in both for value in (each.precision, each.recall, each.f)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    snapshot, truth = read(parser.parse_args().file)
    person = person_of_photo(snapshot, truth)
    people = int(truth.max()) + 1
    count = np.bincount(person[person >= 0], minlength=people)
    print("| half | faces | BCubed P | R | F | pair P | R | F | worst F | worst pair P |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for half in (0, 1):
        for size in SIZES:
            found = []
            for seed in range(ALBUMS if size else 1):
                order = np.random.default_rng(seed).permutation(half_of(people, half))
                taken = order[np.cumsum(count[order]) <= (size or count.sum())]
                found.append(score(*part(snapshot, truth, np.isin(person, taken))))
            mean, worst = np.mean(found, 0), np.min(found, 0)
            values = " | ".join(f"{value:.4f}" for value in (*mean, worst[2], worst[3]))
            print(f"| {half} | {size or 'all'} | {values} |", flush=True)


if __name__ == "__main__":
    main()
