"""What other programs do with the same embeddings, each at every threshold worth trying.

Written anew from their descriptions: Chinese whispers (Biemann 2006) as in dlib, average linkage
and connected components as in SciPy, the joins of Immich and Ente, one face after another, as
their sources had them in 2026. Faces arrive in the order of their rows.

Each takes a `Near` and yields ``(threshold, label)``; a label below 0 is a face with nobody. What
needs all pairs at once says so by yielding nothing where there are too many faces.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

LEAST = 0.34
"""Cosine of the least similar neighbours that any of the thresholds looks at."""
ALL_PAIRS = 12_000
"""Faces up to which hdbscan and average linkage get their matrix of all pairs: 1.2 GB at most."""
NEIGHBOURS = 200
"""Nearest faces of each that are kept: a person of thousands would fill the memory otherwise."""

Labels = np.ndarray
Tried = Iterator[tuple[str, Labels]]


@dataclass(frozen=True)
class Near:
    """Who is near to whom: of face ``i`` the entries ``start[i]`` to ``start[i + 1]``."""

    embeddings: np.ndarray
    start: np.ndarray
    other: np.ndarray
    cosine: np.ndarray
    """Most similar first; the earlier face first where two are as similar."""

    def __len__(self) -> int:
        return len(self.embeddings)

    def lists(self, least: float) -> list[tuple[list[int], list[float]]]:
        """Of each face the neighbours at or above a cosine."""
        found = []
        for a, b in zip(self.start[:-1].tolist(), self.start[1:].tolist(), strict=True):
            end = a + int(np.searchsorted(-self.cosine[a:b], -least, side="right"))
            found.append((self.other[a:end].tolist(), self.cosine[a:end].tolist()))
        return found


def near(embeddings: np.ndarray) -> Near:
    """Compare all with all, in blocks."""
    counts, others, cosines = [], [], []
    for top in range(0, len(embeddings), 512):
        block = embeddings[top : top + 512] @ embeddings.T
        block[np.arange(len(block)), top + np.arange(len(block))] = -1
        for row in block:
            which = np.flatnonzero(row >= LEAST)
            which = which[np.argsort(-row[which], kind="stable")][:NEIGHBOURS]
            counts.append(len(which))
            others.append(which.astype(np.int32))
            cosines.append(row[which])
    start = np.concatenate([[0], np.cumsum(counts)])
    return Near(embeddings, start, np.concatenate(others), np.concatenate(cosines))


def hdbscan_groups(near: Near) -> Tried:
    """hdbscan.HDBSCAN, smallest group 2, with and without its own distance threshold."""
    if len(near) > ALL_PAIRS:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hdbscan

        cosines = near.embeddings @ near.embeddings.T
        np.fill_diagonal(cosines, 1)
        distances = np.sqrt(np.maximum(0, 2 - 2 * cosines)).astype(np.float64)
        small = len(near) <= 4000
        for samples in (1, 2) if small else (1,):
            for cosine in (None, *np.arange(0.40, 0.71, 0.05 if small else 0.10)):
                epsilon = 0.0 if cosine is None else float(np.sqrt(2 - 2 * cosine))
                found = hdbscan.HDBSCAN(
                    min_cluster_size=2,
                    min_samples=samples,
                    cluster_selection_epsilon=epsilon,
                    metric="precomputed",
                ).fit_predict(distances)
                at = "" if cosine is None else f", {cosine:.2f}"
                yield f"samples {samples}{at}", found


def chinese_whispers(near: Near) -> Tried:
    """Each face takes the label that its neighbours carry most weight of, in random order."""
    for least in np.arange(0.36, 0.61, 0.02 if len(near) < 20_000 else 0.04):
        label = list(range(len(near)))
        lists = near.lists(least)
        random = np.random.default_rng(0)
        for _ in range(20):
            changed = False
            for face in random.permutation(len(label)).tolist():
                others, cosines = lists[face]
                if others:
                    weight: dict[int, float] = {}
                    for other, cosine in zip(others, cosines, strict=True):
                        their = label[other]
                        weight[their] = weight.get(their, 0.0) + cosine
                    best = max(weight.items(), key=lambda item: (item[1], -item[0]))[0]
                    changed |= best != label[face]
                    label[face] = best
            if not changed:
                break
        yield f"{least:.2f}", np.array(label)


def average_linkage(near: Near) -> Tried:
    """Groups join while their mean cosine is high enough."""
    if len(near) > ALL_PAIRS:
        return
    cosines = near.embeddings @ near.embeddings.T
    np.fill_diagonal(cosines, 1)
    tree = linkage(squareform(np.maximum(0, 1 - cosines), checks=False), "average")
    for least in np.arange(0.30, 0.60, 0.01):
        yield f"{least:.2f}", fcluster(tree, 1 - least, "distance")


def components(near: Near) -> Tried:
    """Whatever hangs together."""
    row = np.repeat(np.arange(len(near)), np.diff(near.start))
    for least in np.arange(0.40, 0.66, 0.01):
        some = near.cosine >= least
        edges = csr_matrix(
            (np.ones(int(some.sum()), np.int8), (row[some], near.other[some])),
            shape=(len(near), len(near)),
        )
        yield f"{least:.2f}", connected_components(edges, directed=False)[1]


def like_immich(near: Near) -> Tried:
    """A core face takes the person of its nearest face that has one, or makes one.

    A face with too few neighbours is looked at once more when all are there.
    """
    n = len(near)
    for least in np.arange(0.36, 0.61, 0.02):
        lists = [others for others, _ in near.lists(least)]
        for smallest in (1, 2, 3):
            label = [-1] * n
            persons = 0
            waiting = list(range(n))
            for again in (False, True):
                looked_at, waiting = waiting, []
                for face in looked_at:
                    seen = [other for other in lists[face] if again or other < face]
                    known = [other for other in seen if label[other] >= 0]
                    if len(seen) + 1 >= smallest or (again and known):
                        label[face] = label[known[0]] if known else persons
                        persons += not known
                    elif not again:
                        waiting.append(face)
            yield f"{least:.2f}, {smallest} faces", np.array(label)


def like_ente(near: Near) -> Tried:
    """A face joins the group of its nearest earlier face, or starts one."""
    nearest = [
        next(((o, c) for o, c in zip(others, cosines, strict=True) if o < face), (0, -1.0))
        for face, (others, cosines) in enumerate(near.lists(LEAST))
    ]
    for least in np.arange(0.36, 0.76, 0.02):
        label = list(range(len(near)))
        for face, (other, cosine) in enumerate(nearest):
            if cosine >= least:
                label[face] = label[other]
        yield f"{least:.2f}", np.array(label)


PEERS: dict[str, Callable[[Near], Tried]] = {
    "hdbscan.HDBSCAN": hdbscan_groups,
    "Chinese whispers": chinese_whispers,
    "average linkage": average_linkage,
    "connected components": components,
    "Immich-like": like_immich,
    "Ente-like": like_ente,
}
