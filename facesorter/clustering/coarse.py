"""A coarse copy of all embeddings, a byte a coordinate: finds whom a few faces may be like.

One face against a library is limited by reading the library: 200 MB at 100,000 faces of 512
dimensions, 14 ms. A copy of a quarter of that, multiplied as whole numbers, takes 2 ms, and says
which few pairs need an exact look. It misses none: how far a face is from its copy is kept, and no
product of two can be off by more than that (Cauchy and Schwarz).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.neighbours import grown
from facesorter.clustering.proposal import Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS, fixed_cosines

FEW = 16
"""Faces up to which this is quicker than the products of many faces at once."""

_HIGHEST = 127
_ROUNDING = 1e-5
"""Cosine. More than all that the floating-point numbers in the bound can be off by."""

Bytes = npt.NDArray[np.int8]


class Coarse:
    """The copies, by slot. Thread: the one that made it."""

    def __init__(self, dimension: int) -> None:
        self._copy = np.zeros((0, dimension), np.int8)
        # Unit of a copy's numbers, length of the copy, distance from the face; by slot.
        self._about = np.zeros((0, 3), np.float64)

    def follow(self, matrix: Singles) -> None:
        """Copy the rows that came since the last time; those from before must be what they were."""
        start = len(self._copy)
        self._copy = grown(self._copy, len(matrix), 0)
        self._about = grown(self._about, len(matrix), 0)
        _round(matrix, start, self._copy, self._about)

    def pairs(
        self, matrix: Singles, asked: Ints, lowest: int, *, earlier: bool
    ) -> tuple[Ints, Ints, Ints]:
        """Find the pairs of some faces with others at or above a similarity.

        Args:
            matrix: float32[slots, d], the embeddings that were followed; rows of zeros are nobody.
            asked: slots of the faces asked about.
            lowest: least similarity, in steps; above 0.
            earlier: only others in slots before that of the face.

        Returns:
            ``(face, other, steps)`` of int64, in any order; as `similarity.pairs_of` yields.
        """
        bar = (lowest - 0.5) / STEPS - _ROUNDING
        length = np.sqrt(np.square(matrix[asked], dtype=np.float64).sum(axis=1))
        slots = len(self._copy)
        # Memory that nothing is written to costs nothing: few are that near.
        found = np.empty((2, len(asked) * slots), np.int64)

        def loop(start: int, end: int) -> tuple[Ints, Ints]:
            out = found[:, start * len(asked) : end * len(asked)]
            some = self._copy, self._about, asked, length
            count = _likely(*some, bar, earlier, start, end, out[0], out[1])
            return out[0, :count], out[1, :count]

        parts = in_parts(loop, slots)
        face, other = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
        steps = np.rint(fixed_cosines(matrix, face, other) * STEPS).astype(np.int64)
        near = steps >= lowest
        return face[near], other[near], np.minimum(steps[near], STEPS)


@compiled
def _round(matrix: Singles, start: int, copy: Bytes, about: Floats) -> None:
    for row in range(start, len(matrix)):
        most = 0.0
        for k in range(matrix.shape[1]):
            most = max(most, abs(np.float64(matrix[row, k])))
        unit = most / _HIGHEST if most > 0 else 1.0
        off, length = 0.0, 0.0
        for k in range(matrix.shape[1]):
            whole = np.rint(matrix[row, k] / unit)
            copy[row, k] = np.int8(whole)
            off += (matrix[row, k] - whole * unit) ** 2
            length += (whole * unit) ** 2
        about[row, 0], about[row, 1], about[row, 2] = unit, np.sqrt(length), np.sqrt(off)


@compiled
def _likely(
    copy: Bytes,
    about: Floats,
    asked: Ints,
    length: Floats,
    bar: float,
    earlier: bool,
    start: int,
    end: int,
    face: Ints,
    other: Ints,
) -> int:
    """Write pairs that may be at or above ``bar``; returns how many."""
    count = 0
    # Parted, so that a part of the library is read from memory once for all that ask.
    for top in range(start, end, 256):
        for row in range(len(asked)):
            slot = asked[row]
            mine = copy[slot]
            unit, off = about[slot, 0], about[slot, 2]
            for at in range(top, min(top + 256, end)):
                theirs = copy[at]
                product = np.int32(0)
                for k in range(len(mine)):
                    product += np.int32(mine[k]) * np.int32(theirs[k])
                # mine * theirs - copies = mine * (theirs - copy) + (mine - copy) * copy
                bound = length[row] * about[at, 2] + off * about[at, 1]
                if product * (unit * about[at, 0]) + bound < bar:
                    continue
                if at != slot and not (earlier and at > slot):
                    face[count], other[count] = slot, at
                    count += 1
    return count
