"""How pure the proposed cut of a deliberately mixed group is: every pair of some people.

    facesorter scan --no-refresh --library L LABELLED
    facesorter faces --library L --json --embeddings e.npy > faces.jsonl
    python tests/benchmarks/split_mixed.py LABELLED faces.jsonl e.npy [EACH]

Of each person (a folder) EACH photos' most central faces are taken, 40 by default; persons with
fewer are left out. Prints one JSON object; ``purity`` is the share of faces that stand in the part
where their person has the majority.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

from facesorter.clustering.split import cut
from tests.benchmarks.score_labelled import central


def main(folder: str, faces_file: str, embeddings: str, each: int = 40) -> None:
    vectors = np.load(embeddings)
    by_photo: dict[str, list[dict]] = {}
    for row, line in enumerate(Path(faces_file).read_text().splitlines()):
        face = json.loads(line) | {"row": row}
        by_photo.setdefault(face["photo"], []).append(face)
    people: dict[str, list[int]] = {}
    for photo, faces in sorted(by_photo.items()):
        people.setdefault(Path(photo).parent.name, []).append(central(faces)["row"])
    chosen = {name: rows[:each] for name, rows in people.items() if len(rows) >= each}
    found = {}
    for first, second in itertools.combinations(chosen, 2):
        rows = chosen[first] + chosen[second]
        truth = np.repeat([0, 1], each)
        label = cut(vectors[rows], np.arange(len(rows)), 2)
        right = sum(np.bincount(truth[label == part]).max() for part in np.unique(label))
        found[f"{first} + {second}"] = float(right) / len(rows)
    worst = min(found, key=lambda pair: found[pair])
    print(
        json.dumps(
            {
                "folder": Path(folder).name,
                "people": len(chosen),
                "pairs": len(found),
                "mean_purity": round(float(np.mean(list(found.values()))), 4),
                "worst": [worst, found[worst]],
                "below_98": {pair: p for pair, p in found.items() if p < 0.98},
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
