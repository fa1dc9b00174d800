"""How well embeddings tell people apart: verification of pairs, identification against a gallery.

Similarities are counted into a histogram block by block, so that ten thousand faces and their
fifty million pairs need no memory to speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 20_000
"""Bins from -1 to 1: a ten-thousandth of a cosine each."""

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Pairs:
    """How alike pairs of the same and of different people are; (BINS,) counts."""

    same: NDArray[np.int64]
    other: NDArray[np.int64]

    @property
    def accuracy(self) -> float | None:
        """At the best threshold, same and different weighing alike; None without either."""
        if not self.same.sum() or not self.other.sum():
            return None
        accepted, wrong = _above(self.same), _above(self.other)
        return float(((accepted + 1 - wrong) / 2).max())

    def true_accepts(self, far: float) -> float | None:
        """Share of same pairs above the cosine that a share ``far`` of the others exceeds."""
        if not self.same.sum() or not self.other.sum():
            return None
        allowed = np.flatnonzero(_above(self.other) <= far)
        return float(_above(self.same)[allowed[0]])


def _above(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(BINS + 1,): share of pairs in bin i or higher, for i from 0 to BINS."""
    upward = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])
    return np.asarray(upward / counts.sum())


def compare(embeddings: NDArray[np.float32], people: NDArray[np.int64], missed: int = 0) -> Pairs:
    """All pairs of some faces.

    Args:
        embeddings: (N, d) float32, unit length.
        people: (N,) who each face is.
        missed: Pairs of one person that can't be compared, since a face was not found: they count
            as not alike at all.
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
    """How many are named rightly while few strangers are named at all (open-set identification).

    The first face of everyone with several is the gallery, their others are asked for; people with
    one face are the strangers.

    Args:
        embeddings: (N, d) float32, unit length.
        people: (N,) who each face is.
        rates: Shares of strangers that may be taken for somebody.

    Returns:
        For each rate the share of faces that are named, and rightly; None where there are none.
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
