"""A library as a cohort: how much the crowd around two faces adds to their similarity.

What `normalisation` does to the similarities within a library, for single faces that need not be in
it: adaptive score normalisation (AS-norm; Matějka et al. 2017). Among children strangers are as
similar as a grown-up is to themselves, so a verdict on two children's faces means something only
after the crowd's share is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.normalisation import SKIPPED, STRANGERS, STRENGTH, USUAL
from facesorter.clustering.proposal import Floats, Ints, Singles


@dataclass(frozen=True)
class Cohort:
    """The faces of a library's people."""

    faces: Singles
    """float32[n, d], unit length, in the order of their people."""
    person: Ints
    """int64[n], ascending."""
    ceiling: float
    """The library's ceiling (`thresholds`), which says what similarity to strangers is usual."""

    @classmethod
    def of(cls, faces: Singles, person: Ints, ceiling: float) -> Cohort:
        """Sort the faces by person."""
        order = np.argsort(person, kind="stable")
        return cls(faces[order], person[order], ceiling)

    def crowding(self, faces: Singles, own: Ints) -> Floats:
        """Return by how much the nearest strangers of faces are more similar than usual.

        People whom a library lacks to make up a crowd count as usual.

        Args:
            faces: float32[k, d], unit length.
            own: int64[k], the person of each face, who is no stranger; -1 for nobody known.

        Returns:
            float64[k], in cosines, never negative.
        """
        people, start = np.unique(self.person, return_index=True)
        result = np.zeros(len(faces))
        if not len(people):
            return result
        usual = USUAL * self.ceiling
        best = np.maximum.reduceat(faces @ self.faces.T, start, axis=1).astype(np.float64)
        best[own[:, None] == people] = usual
        # The very nearest are left out: they may be the person itself, under another name.
        nearest = -np.sort(-best, axis=1)[:, SKIPPED : SKIPPED + STRANGERS]
        excess: Floats = STRENGTH * np.maximum(nearest - usual, 0).sum(axis=1) / STRANGERS
        return excess
