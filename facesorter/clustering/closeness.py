"""How close a face is to its group: who speaks for it, by its list or, beyond that, by all."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.following import Counts, Followed, listing
from facesorter.clustering.forest import Graph
from facesorter.clustering.members import members_of, sizes
from facesorter.clustering.neighbours import Lists, Table16, Table32, grown
from facesorter.clustering.proposal import Bools, Ints, Singles
from facesorter.clustering.similarity import STEPS, Memo, Vectors

TOP = 3
"""Neighbours that speak for a group: one may be a chance, and the mean of all punishes looks."""

_NO_PENALTY = np.zeros(0, np.int64)


class Closeness:
    """How sure the memberships of the last refresh were."""

    def __init__(self) -> None:
        self._followed = Followed()
        self._beyond = Memo()
        self._lowest = -1
        self._mean, self._found = np.zeros(0, np.float32), np.zeros(0, np.uint8)
        self._reach = np.zeros(0, np.uint8)

    def of_all(
        self,
        vectors: Vectors,
        lists: Lists,
        label: Ints,
        members: tuple[Ints, Ints],
        changed: Bools,
    ) -> Singles:
        """`closeness` of all faces.

        Args:
            vectors: the embeddings.
            lists: nearest faces of each face.
            label: int64[n], group of each face from 0 on, -1 for none.
            members: those of each group, as `members_of` gives them.
            changed: bool[n], faces whose list did.

        Returns:
            float32[n].
        """
        if lists.lowest != self._lowest:
            self._followed, self._lowest = Followed(), lists.lowest
        groups = int(label.max(initial=-1)) + 1
        moved, old_ones = self._followed.follow(lists, label, np.zeros(groups, np.int8))
        again = lists.by_slot(changed, False) | moved
        self._reach = grown(self._reach, len(lists.rank), 0)
        if old_ones:
            # Whoever is in no group is close to nobody, whoever joins one moved.
            rows = np.flatnonzero(self._followed.label >= 0)
            again[rows] |= listing(lists, rows, self._reach, moved)
        faces = np.flatnonzero(again[lists.order])
        slots = lists.order[faces]
        self._mean = grown(self._mean, len(lists.rank), 0)
        self._found = grown(self._found, len(lists.rank), 0)
        total, found = _sums(lists, label, _NO_PENALTY, faces, self._reach)
        self._mean[slots], self._found[slots] = _mean(total, found)
        wide = self._mean, self._found, lists.order
        return _sureness(vectors, label, members, self._beyond, np.arange(len(label)), *wide)


def closeness(vectors: Vectors, lists: Lists, label: Ints, memo: Memo, faces: Ints) -> Singles:
    """How sure memberships are: the mean of the highest `TOP` cosines to the group.

    Args:
        vectors: the embeddings.
        lists: nearest faces of each face.
        label: int64[n], group of each face from 0 on, -1 for none.
        memo: what was found out about faces whose group lies beyond their lists.
        faces: those to look at.

    Returns:
        float32[n], 0 for faces without a group, alone in one, or not looked at.
    """
    total, found = _sums(lists, label, _NO_PENALTY, faces)
    members = members_of(label, int(label.max(initial=-1)) + 1)
    mean, known = np.zeros(len(label), np.float32), np.zeros(len(label), np.uint8)
    mean[faces], known[faces] = _mean(total, found)
    return _sureness(vectors, label, members, memo, faces, mean, known, np.arange(len(label)))


def _mean(total: Ints, found: Ints) -> tuple[Singles, Counts]:
    """Mean cosines out of sums; and of how many."""
    mean = (total / np.maximum(found, 1) / STEPS).astype(np.float32)
    return mean, found.astype(np.uint8)


def _sums(
    lists: Lists, label: Ints, penalty: Ints, faces: Ints, reach: Counts | None = None
) -> tuple[Ints, Ints]:
    """int64[len(faces)]: sum, in steps, and number of the `TOP` nearest listed of the own group.

    ``reach``, uint8[slots], is told how many entries of the lists it took.
    """
    reach = np.zeros(len(lists.rank), np.uint8) if reach is None else reach
    total, found = np.zeros(len(faces), np.int64), np.zeros(len(faces), np.int64)
    extent = lists.width, lists.lowest
    table = lists.column, lists.steps, extent, lists.order, lists.by_slot(label, -1)

    def loop(start: int, end: int) -> None:
        some = slice(start, end)
        _nearest_of_group(*table, penalty, faces[some], total[some], found[some], reach)

    in_parts(loop, len(faces))
    return total, found


def _sureness(
    vectors: Vectors,
    label: Ints,
    members: tuple[Ints, Ints],
    memo: Memo,
    faces: Ints,
    mean: Singles,
    found: Counts,
    place: Ints,
) -> Singles:
    """float32[n] out of means, which stand at the places of the faces."""
    start, listed = members
    sure = np.zeros(len(label), np.float32)
    if len(start) == 1:
        return sure
    beyond = np.empty(len(faces) + 1, np.int64)
    beyond = beyond[: _put_means(label, start, faces, mean, found, place, sure, beyond)]
    # The lists end somewhere; the few faces whose group lies beyond them are compared in full.
    if len(beyond):
        digest = vectors.digest[vectors.order[beyond]]
        everybody = np.zeros(len(start) - 1, np.uint64)
        keys = vectors.keys(label, everybody)[0][label[beyond]] ^ (digest << np.uint64(1))
        known = memo.get(keys)
        for row in np.flatnonzero(np.isnan(known)).tolist():
            face = beyond[row]
            others = listed[start[label[face]] : start[label[face] + 1]]
            known[row] = np.sort(vectors.steps(face, others[others != face]))[-TOP:].mean()
        memo.put(keys, known)
        sure[beyond] = known / STEPS
    return sure


@compiled
def _put_means(
    label: Ints,
    start: Ints,
    faces: Ints,
    mean: Singles,
    found: Counts,
    place: Ints,
    sure: Singles,
    beyond: Ints,
) -> int:
    """Write the means of some faces, and for whom they do not reach; how many these are."""
    count = 0
    for face in faces:
        at, group = np.uint64(place[face]), np.uint64(max(label[face], 0))
        there, how = label[face] >= 0, mean[at]
        # Without branches: nothing foretells who is in a group.
        sure[face] = how * np.float32(there)
        beyond[count] = face
        size = start[group + np.uint64(1)] - start[group]
        count += there & (np.int64(found[at]) < min(size - 1, TOP))
    return count


@compiled
def _nearest_of_group(
    column: Table32,
    how: Table16,
    extent: tuple[int, int],
    order: Ints,
    label: Ints,
    penalty: Ints,
    faces: Ints,
    total: Ints,
    found: Ints,
    reach: Counts,
) -> None:
    """Sum, in steps, and number of the `TOP` nearest listed faces of each face's own group.

    And how many entries of the list it took. Labels and penalties are by slot.
    """
    width, lowest = extent
    for row in range(len(faces)):
        slot = order[faces[row]]
        place = 0
        while label[slot] >= 0 and place < width:
            steps, other = np.int64(how[slot, place]), column[slot, place]
            if steps < lowest or found[row] == TOP:
                break
            if label[other] == label[slot]:
                if len(penalty):
                    steps -= (penalty[other] + penalty[slot] + 1) // 2
                total[row] += steps
                found[row] += 1
            place += 1
        reach[slot] = place


def evidence(graph: Graph, label: Ints, faces: Ints) -> tuple[Ints, Bools]:
    """How much speaks for some faces being in their groups, without crowds.

    Args:
        graph: similarities, adjusted for crowds.
        label: int64[n], group of each face, -1 for none.
        faces: those to look at, all in groups of two and more.

    Returns:
        int64[len(faces)], the mean similarity to the `TOP` nearest of the own group, or to all
        others where they are fewer, in steps; and bool[len(faces)], whether that many are known:
        neighbour lists end somewhere.
    """
    total, found = _sums(graph.lists, label, graph.penalties, faces)
    size = sizes(label)
    wanted = np.minimum(size[label[faces]] - 1, TOP)
    return total // np.maximum(found, 1), found == wanted
