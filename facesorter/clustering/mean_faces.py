"""Mean faces of groups, of samples that mostly stay while single faces come and go.

What a single photo adds to a face, light, pose and expression, is noise between any two photos,
and cancels out in the mean of several hundred as well as in that of thousands. Which faces of a
large group stand for it follows from what they are, each by itself, so that one more face is
rarely one of them, and all that was found out with the mean before still holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.members import members_of, sizes
from facesorter.clustering.proposal import Ints, Singles
from facesorter.clustering.similarity import Marks, Vectors

FACES_OF_MEAN = 500
"""Most faces of a group that make up its mean, a half to all of that many on average; with more it
stays the same."""

_FORGOTTEN = 1.2
"""Mean faces kept for each group before those of groups that are gone are forgotten."""


@dataclass(frozen=True)
class Samples:
    """The faces that stand for each of some groups."""

    label: Ints
    """int64[n], group of each face, -1 for none."""
    size: Ints
    """int64[groups], all faces of each group."""
    key: Marks
    """uint64[groups], numbers that tell who is in each sample."""
    mask: Marks
    """uint64[groups], bits that are zero in the marks of the faces in the sample."""


def samples(vectors: Vectors, label: Ints, groups: int) -> Samples:
    """Choose the faces that stand for each of some groups."""
    size = sizes(label, groups)
    mask = np.zeros(groups, np.uint64)
    many = size > FACES_OF_MEAN
    bits = np.ceil(np.log2(size[many] / FACES_OF_MEAN)).astype(np.uint64)
    mask[many] = (np.uint64(1) << bits) - np.uint64(1)
    key, count = vectors.keys(label, mask)
    # Only chance decides on faces that differ; many copies of one picture are in or out together.
    few = many & (4 * count < FACES_OF_MEAN)
    if few.any():
        mask[few] = 0
        key, _ = vectors.keys(label, mask)
    return Samples(label, size, key, mask)


class MeanFaces:
    """Those found before, by who made them up."""

    def __init__(self) -> None:
        self._known: dict[int, Singles] = {}

    def of(
        self,
        vectors: Vectors,
        samples: Samples,
        wanted: Ints,
        members: tuple[Ints, Ints] | None = None,
    ) -> Singles:
        """float32[len(wanted), d], the mean of the faces that stand for each of some groups.

        Args:
            vectors: the embeddings.
            samples: of the groups.
            wanted: groups.
            members: as `members.members_of` gives them; None finds them if they are needed.
        """
        known = self._known
        result = np.empty((len(wanted), vectors.matrix.shape[1]), np.float32)
        keys = samples.key[wanted].tolist()
        for row, key in enumerate(keys):
            if key in known:
                result[row] = known[key]
        rows = np.array([row for row, key in enumerate(keys) if key not in known], np.int64)
        if len(rows):
            start, listed = members or members_of(samples.label, len(samples.size))
            where = vectors.matrix, vectors.order, vectors.marks, samples.mask
            _mean_faces(*where, start, listed, wanted, rows, result)
            known.update((keys[row], result[row].copy()) for row in rows.tolist())
        if len(known) > _FORGOTTEN * len(samples.size):
            there = set(samples.key.tolist())
            self._known = {key: mean for key, mean in known.items() if key in there}
        return result


@compiled
def _mean_faces(
    matrix: Singles,
    order: Ints,
    marks: Marks,
    mask: Marks,
    start: Ints,
    listed: Ints,
    wanted: Ints,
    rows: Ints,
    result: Singles,
) -> None:
    """Write the means of the groups that are wanted in some rows."""
    total = np.empty(matrix.shape[1], np.float64)
    for row in rows:
        group = wanted[row]
        total[:] = 0
        count = 0
        for face in listed[start[group] : start[group + 1]]:
            if marks[face] & mask[group] != 0:
                continue
            slot = order[face]
            count += 1
            for k in range(len(total)):
                total[k] += matrix[slot, k]
        for k in range(len(total)):
            result[row, k] = total[k] / count
