"""Membership confidence: how similar a face is to its nearest group-mates."""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import members_of, sizes
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS, Vectors, fixed_product, folding

TOP = 3
"""Nearest group-mates whose mean similarity counts: one may be chance, and the mean of all would
punish people who look different from year to year."""

CLEAR = 0.9
"""Quality from which on a face's unlikeness means something: a blurred one resembles even its own
person little. All strangers that joined somebody in albums of labelled photos are clear."""

NEARBY = 1 / 4
"""Share of a group that a clear face must resemble: among dozens of photos of a person three are
near a stranger by chance."""

LEAST_NEAR = 2
"""Faces that it must resemble at least where there are three or more: one odd photo, in sunglasses
or with a hand before the face, is near to strangers. Both numbers were found on one half of the
people and reported on the other, both ways, in albums of 400 and 1,000 faces and whole
(`tests/benchmarks/album_size.py`): pairs of strangers fell from 14 to 5, 44 to 23, 21 to 7 in one,
and from 9 to 9, 129 to 65, 15 to 13 in the other, and no right pair was lost. From a fifth to a
third the halves are the same; a third costs two faces of all people together."""

WHOLE = 64
"""Faces of a group up to which both count. Of a larger one, of many looks, a face may be near few,
and neighbour lists don't show a quarter."""

_FEW = 20
"""Faces that are compared with their whole groups in about 1 ms."""


def confidence(vectors: Vectors, lists: Lists, label: Ints, faces: Ints | None = None) -> Singles:
    """Measure how sure memberships are: the mean of the highest `TOP` cosines to the group.

    Args:
        vectors: the embeddings.
        lists: the neighbours of each face.
        label: int64[n], group of each face from 0 on, -1 for none.
        faces: those to measure; None for all.

    Returns:
        float32[n], 0 for faces without a group, alone in one, or not measured.
    """
    faces = np.arange(len(label)) if faces is None else faces
    faces = faces[label[faces] >= 0]
    result = np.zeros(len(label), np.float32)
    if not len(faces):
        return result
    most = np.full(len(faces), TOP)
    none = np.zeros(len(lists.rank), np.int64)
    total, found = _nearest_mates(lists, label, none, faces, most)
    result[faces] = total / np.maximum(found, 1) / STEPS
    # The few faces whose group-mates are not all in their lists are compared with the whole group.
    size = sizes(label)
    beyond = faces[found < np.minimum(size[label[faces]] - 1, TOP)]
    if len(beyond):
        mates = members_of(label, len(size))

        def loop(start: int, end: int) -> None:
            some = beyond[start:end]
            result[some] = _compare_all(vectors.matrix, vectors.order, some, label[some], *mates)

        in_parts(loop, len(beyond), _FEW)
    return result


@compiled
def _compare_all(
    matrix: Singles, order: Ints, faces: Ints, group: Ints, start: Ints, members: Ints
) -> Floats:
    """The mean of the highest `TOP` cosines of each face to all members of its group."""
    result = np.empty(len(faces), np.float64)
    folded, best = folding(matrix.shape[1]), np.empty(TOP, np.float64)
    for row in range(len(faces)):
        best[:] = -STEPS
        found = 0
        for mate in members[start[group[row]] : start[group[row] + 1]]:
            if mate == faces[row]:
                continue
            found += 1
            cosine = fixed_product(matrix[order[faces[row]]], matrix[order[mate]], folded)
            steps = np.rint(cosine * STEPS)
            # The highest stay, in falling order.
            for k in range(TOP):
                if steps > best[k]:
                    steps, best[k] = best[k], steps
        number = min(found, TOP)
        result[row] = best[:number].sum() / number / STEPS
    return result


def evidence(graph: Graph, label: Ints, faces: Ints) -> tuple[Ints, Bools]:
    """Measure how much speaks for some faces being in their groups, by normalised similarities.

    Args:
        graph: normalised similarities.
        label: int64[n], group of each face, -1 for none.
        faces: those to measure, all in groups of two or more.

    Returns:
        int64[len(faces)], the mean similarity to the nearest `TOP` group-mates, or to all where
        there are fewer, in steps; and bool[len(faces)], whether neighbour lists show that many, as
        they must for the mean to mean anything.
    """
    mates = np.minimum(sizes(label)[label[faces]] - 1, TOP)
    total, found = _nearest_mates(graph.lists, label, graph.penalties, faces, mates)
    return total // mates, found >= mates


def resembles_few(graph: Graph, label: Ints, faces: Ints, group: Ints, least: int) -> Bools:
    """Find faces that resemble too few of a group: less than `NEARBY` of it, or than `LEAST_NEAR`.

    Args:
        graph: normalised similarities.
        label: int64[n], group of each face, -1 for none.
        faces: those to judge, members or not.
        group: int64[len(faces)], the group that each is judged by.
        least: similarity at which two faces resemble each other, in steps.
    """
    others = sizes(label)[group] - (label[faces] == group)
    needed = np.maximum(
        np.ceil(NEARBY * others).astype(np.int64), np.minimum(others - 1, LEAST_NEAR)
    )
    slots, labels = graph.lists.order[faces], graph.lists.by_slot(label, -1)
    count = np.zeros(len(faces), np.int64)

    def loop(start: int, end: int) -> None:
        some = slice(start, end)
        _count_near(
            graph.lists, labels, graph.penalties, slots[some], group[some], least, count[some]
        )

    in_parts(loop, len(faces))
    few: Bools = (count < needed) & (others < WHOLE)
    return few


@compiled
def _count_near(
    lists: Lists, label: Ints, penalty: Ints, slots: Ints, group: Ints, least: int, count: Ints
) -> None:
    for row in range(len(slots)):
        slot = slots[row]
        for place in range(lists.width):
            steps, other = np.int64(lists.steps[slot, place]), lists.column[slot, place]
            # Nearest first, and normalised ones are lower.
            if steps < least:
                break
            steps -= (penalty[slot] + penalty[other] + 1) // 2
            count[row] += label[other] == group[row] and steps >= least
        else:
            # Who is beyond a full list may be as near.
            count[row] = lists.width


def _nearest_mates(
    lists: Lists, label: Ints, penalty: Ints, faces: Ints, mates: Ints
) -> tuple[Ints, Ints]:
    """Add up the similarities of the nearest listed group-mates of some faces.

    Args:
        lists: the neighbours of each face.
        label: int64[n], group of each face.
        penalty: int64[slots], steps that normalisation subtracts.
        faces: faces in groups.
        mates: int64[len(faces)], how many of the nearest of each.

    Returns:
        int64[len(faces)] each: the sum in steps, and how many there are.
    """
    slots, labels = lists.order[faces], lists.by_slot(label, -1)
    total, found = np.zeros(len(faces), np.int64), np.zeros(len(faces), np.int64)

    def loop(start: int, end: int) -> None:
        some = slice(start, end)
        _add_nearest(lists, labels, penalty, slots[some], mates[some], total[some], found[some])

    in_parts(loop, len(faces))
    return total, found


@compiled
def _add_nearest(
    lists: Lists,
    label: Ints,
    penalty: Ints,
    slots: Ints,
    mates: Ints,
    total: Ints,
    found: Ints,
) -> None:
    for row in range(len(slots)):
        slot = slots[row]
        for place in range(lists.width):
            steps = np.int64(lists.steps[slot, place])
            if steps < lists.lowest or found[row] == mates[row]:
                break
            other = lists.column[slot, place]
            if label[other] == label[slot]:
                total[row] += steps - (penalty[slot] + penalty[other] + 1) // 2
                found[row] += 1
