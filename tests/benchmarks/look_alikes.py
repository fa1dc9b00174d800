"""Look-alikes: a few photos of somebody in a library with many of a brother.

    python -m tests.benchmarks.look_alikes EMBEDDINGS.npz [--before] [--seeds 6]

The file is what `grouping_table` reads. Of the brothers one has `MANY` photos and the other `FEW`,
drawn around two means so that cosines within are .69 and .71 on average and between .45, as
measured of two real ones. Says for each size how often the few were with the many, and whether the
user was asked; and how the people of the file with 8 photos or more look by the same measure, cut
where they are least alike. ``--before`` turns the rule off.
"""

import argparse
import json
import sys
from dataclasses import replace

import numpy as np

from facesorter.clustering import look_alikes
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot
from facesorter.clustering.split import least_alike, mean_within
from tests.benchmarks.grouping_table import as_labels, read

MANY = (40, 100, 530)
FEW = 12
WITHIN = (0.69, 0.71)
BETWEEN = 0.45


def drawn(random: np.random.Generator, many: int, dimension: int) -> np.ndarray:
    """float32[many + FEW, dimension]: the faces of both."""
    axes = np.linalg.qr(random.standard_normal((dimension, 2)))[0].T
    cosine = BETWEEN / np.sqrt(WITHIN[0] * WITHIN[1])
    means = axes[0], cosine * axes[0] + np.sqrt(1 - cosine**2) * axes[1]
    parts = []
    for mean, within, count in zip(means, WITHIN, (many, FEW), strict=True):
        noise = random.standard_normal((count, dimension)) * np.sqrt((1 - within) / dimension)
        parts.append(np.sqrt(within) * mean + noise)
    rows = np.concatenate(parts)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def with_faces(snapshot: Snapshot, rows: np.ndarray) -> Snapshot:
    """The library with more faces, each in a photo of its own."""
    old, new = len(snapshot.face_ids), len(rows)
    return replace(
        snapshot,
        face_ids=np.arange(1, old + new + 1),
        embeddings=np.concatenate([np.asarray(snapshot.embeddings), rows]),
        photo_ids=np.r_[snapshot.photo_ids, snapshot.photo_ids.max() + 1 + np.arange(new)],
        quality=np.r_[snapshot.quality, np.full(new, 0.9, np.float32)],
        taken=np.full(old + new, np.nan),
        confirmed=np.full(old + new, -1),
        shown=np.full(old + new, -1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--seeds", type=int, default=6)
    options = parser.parse_args()
    if options.before:
        look_alikes.SMALL = look_alikes.LARGE = 1 << 30
    snapshot, truth = read(options.file)
    old = len(truth)
    plain = propose(snapshot)
    print(json.dumps({"faces": old, "questions": len(plain.questions)}), flush=True)
    for many in MANY:
        joined = asked = questions = 0
        for seed in range(options.seeds):
            random = np.random.default_rng(seed)
            rows = drawn(random, many, np.asarray(snapshot.embeddings).shape[1])
            found = propose(with_faces(snapshot, rows))
            label = as_labels(found.person)[old:]
            one, other = (np.bincount(each[each >= 0]).argmax() for each in np.split(label, [many]))
            joined += int((label[many:] == one).sum())
            persons = {int(found.person[old:][label == each][0]) for each in (one, other)}
            asked += any({each.a, each.b} == persons for each in found.questions)
            questions += len(found.questions)
        row = {"many": many, "few": FEW, "libraries": options.seeds, "joined": joined}
        row |= {"of": FEW * options.seeds, "asked": asked, "questions": questions}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
    embeddings, gaps = np.asarray(snapshot.embeddings), []
    for person in np.flatnonzero(np.bincount(truth[truth >= 0]) >= 8):
        faces = embeddings[truth == person]
        between, part = least_alike(faces, 3)
        within = min(mean_within(faces[part]), mean_within(faces[~part]))
        gaps.append((within - between, between))
    row = {"people": len(gaps), "largest_gap": round(max(gaps)[0], 3)}
    row |= {"least_between": round(min(between for _, between in gaps), 3)}
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
