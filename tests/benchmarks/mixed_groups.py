"""How alike the two least alike parts of one person are, and of two people put together.

    facesorter scan --no-refresh --library L LABELLED
    facesorter faces --library L --json --embeddings e.npy > faces.jsonl
    python tests/benchmarks/mixed_groups.py LABELLED faces.jsonl e.npy

Of each person (a folder) every photo's most central face is taken. One person: those with 8 photos
or more. Two people: the 200 pairs of people with 4 photos or more whose mean looks are most alike.
Prints one JSON object; `facesorter.library.splitting.MIXED` has to stand between the two.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

from facesorter.clustering.split import least_alike
from facesorter.library.splitting import LEAST_OF_SECOND, MIXED
from tests.benchmarks.score_labelled import central

MANY, SOME, PAIRS = 8, 4, 200


def main(folder: str, faces_file: str, embeddings: str) -> None:
    vectors = np.load(embeddings)
    by_photo: dict[str, list[dict]] = {}
    for row, line in enumerate(Path(faces_file).read_text().splitlines()):
        face = json.loads(line) | {"row": row}
        by_photo.setdefault(face["photo"], []).append(face)
    people: dict[str, list[int]] = {}
    for photo, faces in sorted(by_photo.items()):
        people.setdefault(Path(photo).parent.name, []).append(central(faces)["row"])
    one = [
        least_alike(vectors[rows], LEAST_OF_SECOND)[0]
        for rows in people.values()
        if len(rows) >= MANY
    ]
    looks = {
        name: vectors[rows].mean(axis=0) / np.linalg.norm(vectors[rows].mean(axis=0))
        for name, rows in people.items()
        if len(rows) >= SOME
    }
    pairs = sorted(itertools.combinations(looks, 2), key=lambda p: -looks[p[0]] @ looks[p[1]])
    two = [
        least_alike(vectors[people[a] + people[b]], LEAST_OF_SECOND)[0] for a, b in pairs[:PAIRS]
    ]
    print(
        json.dumps(
            {
                "folder": Path(folder).name,
                "people": len(one),
                "lowest_of_one_person": round(min(one), 3),
                "asked_about_one_person": sum(like < MIXED for like in one),
                "pairs": len(two),
                "highest_of_two_people": round(max(two), 3),
                "found_of_two_people": sum(like < MIXED for like in two),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
