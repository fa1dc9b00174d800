"""Accuracy of embeddings: verification of pairs, identification against a gallery.

Similarities are counted into a histogram block by block, so that 10,000 faces with their 50 million
pairs need hardly any memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 20_000
"""Bins from -1 to 1, with a width of 0.0001."""

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Pairs:
    """Similarity histograms of same-person and different-person pairs; (BINS,) counts."""

    same: NDArray[np.int64]
    other: NDArray[np.int64]

    @property
    def accuracy(self) -> float | None:
        """Return balanced accuracy at the best threshold; None without pairs of either kind."""
        if not self.same.sum() or not self.other.sum():
            return None
        accepted, wrong = _above(self.same), _above(self.other)
        return float(((accepted + 1 - wrong) / 2).max())

    def true_accepts(self, far: float) -> float | None:
        """Return the true accept rate at false accept rate ``far``; None without pairs."""
        if not self.same.sum() or not self.other.sum():
            return None
        allowed = np.flatnonzero(_above(self.other) <= far)
        return float(_above(self.same)[allowed[0]])


def _above(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (BINS + 1,) shares of pairs in bin i or higher, for i from 0 to BINS."""
    upward = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])
    return np.asarray(upward / counts.sum())


def compare(embeddings: NDArray[np.float32], people: NDArray[np.int64], missed: int = 0) -> Pairs:
    """Count the similarities of all pairs of faces.

    Args:
        embeddings: (N, d) float32, unit length.
        people: (N,) person of each face.
        missed: Same-person pairs that can't be compared because a face was not found; they count
            as maximally dissimilar.
    """
    same, other = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    same[0] = missed
    for start in range(0, len(people), BLOCK):
        rows = slice(start, start + BLOCK)
        cosine = embeddings[rows] @ embeddings[start:].T
        later = np.triu(np.ones(cosine.shape, bool), 1)
        bins = np.clip((cosine + 1) * (BINS / 2), 0, BINS - 1).astype(np.int64)
        alike = people[rows, None] == people[None, start:]
        same += np.bincount(bins[later & alike], minlength=BINS)
        other += np.bincount(bins[later & ~alike], minlength=BINS)
    return Pairs(same, other)


def identify(
    embeddings: NDArray[np.float32], people: NDArray[np.int64], rates: Sequence[float]
) -> list[float | None]:
    """Measure open-set identification: correct names at bounded false identification rates.

    The first face of everyone with several faces is the gallery, the others are queries; people
    with one face are the strangers.

    Args:
        embeddings: (N, d) float32, unit length.
        people: (N,) person of each face.
        rates: Shares of strangers that may be identified as someone.

    Returns:
        Share of queries identified correctly for each rate; None if there are none.
    """
    _, first, inverse, count = np.unique(
        people, return_index=True, return_inverse=True, return_counts=True
    )
    gallery = first[count > 1]
    known = count[inverse] > 1
    asked = np.setdiff1d(np.flatnonzero(known), gallery)
    strangers = np.flatnonzero(~known)
    if not len(asked) or not len(strangers):
        return [None for _ in rates]
    cosine = embeddings[asked] @ embeddings[gallery].T
    best = cosine.max(1)
    right = people[gallery][cosine.argmax(1)] == people[asked]
    wrong = np.sort((embeddings[strangers] @ embeddings[gallery].T).max(1))[::-1]
    return [float((right & (best > wrong[int(len(wrong) * rate)])).mean()) for rate in rates]
