"""Split one mixed group into the few people it is likely made of; a proposal to the user.

HDBSCAN* (the package `hdbscan`, McInnes et al. 2017) finds the dense parts of a bounded set of
faces; what it leaves over goes to the nearest part, and average linkage joins parts until there
are as many as asked for.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.tight_parts import BETWEEN, GAP, SECOND

LEAST_PARTS, MOST_PARTS = 2, 5
"""People in a split: nobody looks through more parts."""

BOUND = 2000
"""Most faces compared with each other: 32 MB of distances, about a second. Others join the nearest
part."""

LOOKED_AT = 300
"""Most faces of a group among which a second person is sought: some milliseconds."""


def cut(embeddings: Singles, photo_ids: Ints, parts: int = LEAST_PARTS) -> Ints:
    """Split a group of faces.

    Faces of one photo are kept apart where possible. Thread: any; blocks up to seconds.

    Args:
        embeddings: float32[n, d], unit length.
        photo_ids: int64[n].
        parts: how many people there are, `LEAST_PARTS` to `MOST_PARTS`.

    Returns:
        int64[n], part of each face, 0 the largest. Fewer parts where there are fewer faces.

    Raises:
        ValueError: ``parts`` is out of range.
    """
    if not LEAST_PARTS <= parts <= MOST_PARTS:
        raise ValueError(f"a group is split into {LEAST_PARTS} to {MOST_PARTS} parts, not {parts}")
    n = len(embeddings)
    if n <= parts:
        return np.arange(n, dtype=np.int64)
    # Evenly spread over the group, which covers a long life from end to end.
    chosen = np.unique(np.linspace(0, n - 1, min(n, BOUND)).astype(np.int64))
    label = np.full(n, -1, np.int64)
    label[chosen] = _cut_bounded(embeddings[chosen], photo_ids[chosen], parts)
    _to_nearest(embeddings, label)
    order = np.argsort(-np.bincount(label, minlength=parts), kind="stable")
    place = np.empty(parts, np.int64)
    place[order] = np.arange(parts)
    return place[label]


def least_alike(embeddings: Singles, fewest: int) -> tuple[float, Bools]:
    """Find the two parts of a group that are least alike, by average linkage.

    Thread: any; some milliseconds.

    Args:
        embeddings: float32[n, d], unit length.
        fewest: least faces in a part; one or two may be poor photos.

    Returns:
        Mean cosine between the faces of the parts, and bool[n], the smaller part; 1.0 and none
        where there are no two such parts.
    """
    n = len(embeddings)
    chosen = np.unique(np.linspace(0, n - 1, min(n, LOOKED_AT)).astype(np.int64))
    sample = embeddings[chosen]
    members = [np.array([row]) for row in range(len(sample))]
    likeness, parts = 1.0, None
    if len(sample) >= 2 * fewest:
        apart = np.maximum(0.0, 1 - (sample @ sample.T).astype(np.float64))
        np.fill_diagonal(apart, 0)
        tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
        for first, second, height, _ in tree:
            a, b = members[int(first)], members[int(second)]
            members.append(np.concatenate([a, b]))
            if min(len(a), len(b)) >= fewest and 1 - height < likeness:
                likeness, parts = float(1 - height), (a, b)
    if parts is None:
        return 1.0, np.zeros(n, bool)
    small, large = sorted(parts, key=len)
    means = np.stack([sample[rows].mean(axis=0) for rows in (small, large)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    near = embeddings @ means.T
    part: Bools = near[:, 0] > near[:, 1]
    return likeness, part


def looks_like_two(embeddings: Singles, part: Bools, likeness: float) -> bool:
    """Whether the two parts of a group that are least alike look like two people.

    Years of one person run into each other; brothers are each far more like themselves than like
    the other. It is a question and no more, because a childhood may look like that, too.

    Args:
        embeddings: float32[n, d], unit length.
        part: bool[n], the smaller part; from `least_alike`.
        likeness: mean cosine between the parts; from `least_alike`.
    """
    if not SECOND <= int(part.sum()) <= len(part) - SECOND:
        return False
    within = min(_mean_within(embeddings[part]), _mean_within(embeddings[~part]))
    return likeness < BETWEEN and within - likeness >= GAP


def _mean_within(embeddings: Singles) -> float:
    """Return the mean cosine of all pairs of faces, float32[n, d] of unit length."""
    n = len(embeddings)
    total = embeddings.sum(axis=0, dtype=np.float64)
    return float((total @ total - n) / (n * (n - 1)))


def _cut_bounded(embeddings: Singles, photo_ids: Ints, parts: int) -> Ints:
    distances = np.sqrt(np.maximum(0.0, 2 - 2 * (embeddings @ embeddings.T).astype(np.float64)))
    np.fill_diagonal(distances, 0)
    distances = np.maximum(distances, distances.T)
    together: Bools = photo_ids[:, None] == photo_ids[None, :]
    np.fill_diagonal(together, False)
    # As far apart as two faces can be, but for the same picture twice (`constraints`).
    distances[together & (distances > np.sqrt(2 - 2 * 0.80))] = 2.0
    label = _dense_parts(distances, parts)
    if int(label.max(initial=-1)) + 1 < parts:
        return _linked(distances, parts)
    _to_nearest(embeddings, label)
    found = int(label.max()) + 1
    if found > parts:
        between = np.zeros((found, found))
        for a in range(found):
            for b in range(a):
                between[a, b] = between[b, a] = distances[np.ix_(label == a, label == b)].mean()
        label = _linked(between, parts)[label]
    return label


def _dense_parts(distances: Floats, parts: int) -> Ints:
    """The coarsest dense parts that are enough in number; all -1 where there never are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, on import
        import hdbscan

    smallest = max(2, len(distances) // 4)
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            label: Ints = hdbscan.HDBSCAN(
                min_cluster_size=smallest, min_samples=1, metric="precomputed", algorithm="generic"
            ).fit_predict(distances)
        if int(label.max(initial=-1)) + 1 >= parts or smallest == 2:
            return label.astype(np.int64)
        smallest = max(2, smallest // 2)


def _linked(distances: Floats, parts: int) -> Ints:
    """Exactly ``parts`` parts (or one per row, if fewer) by average linkage."""
    tree = linkage(squareform(distances, checks=False), "average")
    label: Ints = fcluster(tree, parts, "maxclust").astype(np.int64) - 1
    return label


def _to_nearest(embeddings: Singles, label: Ints) -> None:
    """Give every face outside the parts to the nearest centroid."""
    loose = np.flatnonzero(label < 0)
    if not len(loose):
        return
    numbers = np.arange(int(label.max()) + 1)
    means = np.stack([embeddings[label == number].mean(axis=0) for number in numbers])
    label[loose] = (embeddings[loose] @ means.T).argmax(axis=1)
