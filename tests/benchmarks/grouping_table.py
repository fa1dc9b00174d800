"""Our grouping beside what others do, on the same embeddings.

    python -m tests.benchmarks.grouping_table EMBEDDINGS.npz
    python -m tests.benchmarks.grouping_table --synthetic 5000 --dimension 128 --seed 7

The file holds ``embedding`` float32[n, d] of unit length, ``person`` (who each face is), and may
hold ``photo`` and ``quality``. Every other method gets the best of its thresholds, chosen on these
very faces by BCubed F, and the fewest clicks at any of them; ours runs as it ships. Prints a
Markdown table. ``EMBEDDINGS.npz`` may also be what `analyse_folder` saves of a labelled folder.

"clicks" judges the groups as they stand, everybody who is there twice. "decisions" is what a user
needs to complete everybody with three photos (`app.evaluation.simulated_user`): with ours between
refreshes, with the others on their groups, which stay as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facesorter.app.evaluation.metrics import bcubed, clicks, fragments, pairwise
from facesorter.app.evaluation.simulated_user import complete, decisions_on
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot
from tests.benchmarks.grouping_cost import library_and_truth
from tests.benchmarks.peers import PEERS, near

Labels = np.ndarray


def line(name: str, threshold: str, truth: Labels, label: Labels, *counts: int) -> str:
    """A row of the table; ``counts`` are its last columns."""
    b, pair = bcubed(truth, label), pairwise(truth, label)
    return (
        f"| {name} | {threshold} | {b.precision:.4f} | {b.recall:.4f} | {b.f:.4f} | "
        f"{pair.precision:.4f} | {pair.recall:.4f} | {pair.f:.4f} | "
        f"{fragments(truth, label):.2f} | {' | '.join(map(str, counts))} |"
    )


def table(snapshot: Snapshot, truth: Labels) -> Iterator[str]:
    """The rows, ours first."""
    yield (
        "| | threshold | BCubed P | R | F | pair P | R | F | groups a person | clicks | decisions |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    mine = as_labels(propose(snapshot).person)
    judged = truth >= 0
    decisions = complete(snapshot, truth).total
    truth = truth[judged]
    yield line("ours", "as shipped", truth, mine[judged], clicks(truth, mine[judged]), decisions)
    graph = near(np.asarray(snapshot.embeddings)[judged])
    for name, method in PEERS.items():
        tried = [(at, as_labels(label)) for at, label in method(graph)]
        if not tried:
            yield f"| {name} | too many faces | | | | | | | | | |"
            continue
        best = max(tried, key=lambda pair: bcubed(truth, pair[1]).f)
        fewest = (
            min(count(truth, label) for _, label in tried) for count in (clicks, decisions_on)
        )
        yield line(name, best[0], truth, best[1], *fewest)


def as_labels(person: Labels) -> Labels:
    """Groups from 0 on, nobody -1."""
    label = np.unique(person, return_inverse=True)[1]
    return np.where(person == -1, -1, label)


def read(path: str) -> tuple[Snapshot, Labels]:
    """A file of embeddings; faces whose person is "" are background: grouped, not judged."""
    file = dict(np.load(path))
    if "all_emb" in file:
        person = np.full(len(file["all_emb"]), "", file["names"].dtype)
        person[file["central"]] = [Path(name).parts[0] for name in file["names"].tolist()]
        file |= {"embedding": file["all_emb"], "person": person}
        file |= {"photo": file["all_photo"], "quality": file["all_quality"]}
    rows = file["embedding"].astype(np.float32)
    n = len(rows)
    names, truth = np.unique(file["person"], return_inverse=True)
    snapshot = Snapshot(
        face_ids=np.arange(1, n + 1),
        embeddings=rows / np.linalg.norm(rows, axis=1, keepdims=True),
        photo_ids=file["photo"].astype(np.int64) if "photo" in file else np.arange(n),
        quality=file["quality"] if "quality" in file else np.ones(n, np.float32),
        taken=np.full(n, np.nan),
        confirmed=np.full(n, -1),
        shown=np.full(n, -1),
        rejections=np.zeros((0, 2), np.int64),
        owned=np.zeros(0, np.int64),
    )
    # "" sorts first, so the others are numbered from 0 on without gaps.
    return snapshot, truth - int(names[0] == "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--synthetic", type=int)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.synthetic:
        given = library_and_truth(arguments.synthetic, arguments.dimension, arguments.seed)
    else:
        given = read(arguments.file)
    for row in table(*given):
        print(row, flush=True)


if __name__ == "__main__":
    main()
