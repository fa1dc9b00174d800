"""Our grouping beside what others do, on the same embeddings.

    python -m tests.benchmarks.grouping_table EMBEDDINGS.npz
    python -m tests.benchmarks.grouping_table --synthetic 5000 --dimension 128 --seed 7

The file holds ``embedding`` float32[n, d] of unit length, ``person`` (who each face is), and may
hold ``photo`` and ``quality``. Every other method gets the best of its thresholds, chosen on these
very faces by BCubed F, and the fewest clicks at any of them; ours runs as it ships. Prints a
Markdown table.

The others are written anew from their descriptions: Chinese whispers (Biemann 2006) as in dlib,
average linkage and connected components as in SciPy, Immich's and Ente's joins one face after
another as their sources had them in 2026.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from facesorter.clustering.metrics import bcubed, clicks, fragments, pairwise
from facesorter.clustering.proposal import Snapshot
from facesorter.clustering.refresh import propose
from tests.benchmarks.grouping_cost import library_and_truth

Labels = np.ndarray
Method = Callable[[np.ndarray], Iterator[tuple[str, Labels]]]


def ours(snapshot: Snapshot) -> Labels:
    """As it ships; nobody is -1."""
    return propose(snapshot).person


def hdbscan_groups(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """hdbscan.HDBSCAN, smallest group 2, with and without its own distance threshold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hdbscan

        distances = np.sqrt(np.maximum(0, 2 - 2 * cosines)).astype(np.float64)
        for samples in (1, 2):
            for cosine in (None, *np.arange(0.40, 0.71, 0.05)):
                epsilon = 0.0 if cosine is None else float(np.sqrt(2 - 2 * cosine))
                found = hdbscan.HDBSCAN(
                    min_cluster_size=2,
                    min_samples=samples,
                    cluster_selection_epsilon=epsilon,
                    metric="precomputed",
                ).fit_predict(distances)
                at = "" if cosine is None else f", {cosine:.2f}"
                yield f"samples {samples}{at}", found


def chinese_whispers(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """Each face takes the label that its neighbours carry most weight of, in random order."""
    for least in np.arange(0.36, 0.61, 0.02):
        label = np.arange(len(cosines))
        near = [np.flatnonzero(row >= least) for row in cosines]
        near = [others[others != face] for face, others in enumerate(near)]
        random = np.random.default_rng(0)
        for _ in range(20):
            for face in random.permutation(len(cosines)).tolist():
                if len(near[face]):
                    labels, inverse = np.unique(label[near[face]], return_inverse=True)
                    weight = np.bincount(inverse, cosines[face, near[face]])
                    label[face] = labels[weight.argmax()]
        yield f"{least:.2f}", label


def average_linkage(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """Groups join while their mean cosine is high enough."""
    distances = squareform(np.maximum(0, 1 - cosines), checks=False)
    tree = linkage(distances, "average")
    for least in np.arange(0.30, 0.60, 0.01):
        yield f"{least:.2f}", fcluster(tree, 1 - least, "distance")


def components(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """Whatever hangs together."""
    for least in np.arange(0.40, 0.66, 0.01):
        yield f"{least:.2f}", connected_components(cosines >= least)[1]


def like_immich(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """A core face takes the person of its nearest face that has one, or makes one."""
    n = len(cosines)
    for smallest in (1, 2, 3):
        for least in np.arange(0.36, 0.61, 0.02):
            label = np.full(n, -1)
            deferred: list[int] = []
            persons = 0
            for face, again in [(f, False) for f in range(n)] + [(-1, True)]:
                for one in deferred if again else [face]:
                    seen = np.arange(n) if again else np.arange(one + 1)
                    near = seen[cosines[one, seen] >= least]
                    near = near[np.argsort(-cosines[one, near], kind="stable")]
                    core = len(near) >= smallest
                    if not core and not again:
                        deferred.append(one)
                        continue
                    known = near[label[near] >= 0]
                    if len(known):
                        label[one] = label[known[0]]
                    elif core:
                        label[one], persons = persons, persons + 1
            yield f"{least:.2f}, {smallest} faces", label


def like_ente(cosines: np.ndarray) -> Iterator[tuple[str, Labels]]:
    """A face joins the group of its nearest earlier face, or starts one."""
    n = len(cosines)
    nearest = np.array([cosines[face, :face].argmax() if face else 0 for face in range(n)])
    for least in np.arange(0.36, 0.76, 0.02):
        label = np.arange(n)
        for face in range(1, n):
            if cosines[face, nearest[face]] >= least:
                label[face] = label[nearest[face]]
        yield f"{least:.2f}", label


OTHERS: dict[str, Method] = {
    "hdbscan.HDBSCAN": hdbscan_groups,
    "Chinese whispers": chinese_whispers,
    "average linkage": average_linkage,
    "connected components": components,
    "Immich-like": like_immich,
    "Ente-like": like_ente,
}


def line(name: str, threshold: str, truth: Labels, label: Labels, fewest: int) -> str:
    """A row of the table."""
    b, pair = bcubed(truth, label), pairwise(truth, label)
    return (
        f"| {name} | {threshold} | {b.precision:.4f} | {b.recall:.4f} | {b.f:.4f} | "
        f"{pair.precision:.4f} | {pair.recall:.4f} | {pair.f:.4f} | "
        f"{fragments(truth, label):.2f} | {fewest} |"
    )


def table(snapshot: Snapshot, truth: Labels) -> Iterator[str]:
    """The rows, ours first."""
    yield "| | threshold | BCubed P | R | F | pair P | R | F | groups a person | clicks |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    mine = as_labels(ours(snapshot))
    judged = truth >= 0
    truth = truth[judged]
    yield line("ours", "as shipped", truth, mine[judged], clicks(truth, mine[judged]))
    embeddings = np.asarray(snapshot.embeddings)[judged]
    cosines = embeddings @ embeddings.T
    np.fill_diagonal(cosines, 1)
    for name, method in OTHERS.items():
        tried = [(at, as_labels(label)) for at, label in method(cosines)]
        best = max(tried, key=lambda pair: bcubed(truth, pair[1]).f)
        yield line(name, best[0], truth, best[1], min(clicks(truth, label) for _, label in tried))


def as_labels(person: Labels) -> Labels:
    """Groups from 0 on, nobody -1."""
    label = np.unique(person, return_inverse=True)[1]
    return np.where(person == -1, -1, label)


def read(path: str) -> tuple[Snapshot, Labels]:
    """A file of embeddings; faces whose person is "" are background: grouped, not judged."""
    file = np.load(path)
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
    return snapshot, np.where(names[truth] == "", -1, truth)


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
