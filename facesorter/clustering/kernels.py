"""Building blocks that the grouping modules share: union-find, packed edges, counts per label.

An edge between two faces is one int64: its distance in similarity steps, then the two faces, the
lower number first. Sorting packed edges as plain numbers sorts them most similar first, with ties
broken by the faces, which is the order that Kruskal's algorithm needs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.proposal import Ints, Ints32
from facesorter.clustering.similarity import STEPS

INDEX_BITS = 25
"""Bits of a face's number in a packed edge: enough for 33 million faces."""
INDEX_MASK = (1 << INDEX_BITS) - 1

Parents = npt.NDArray[np.uint32]
"""A union-find forest. Unsigned, because numba checks the sign of every signed index."""


@compiled
def find(parent: Parents, at: int) -> int:
    """Find the root of a node, halving the path on the way."""
    up = parent[at]
    while up != at:
        parent[at] = at = parent[up]
        up = parent[at]
    return at


@compiled
def ends(edge: int) -> tuple[int, int]:
    """The two faces of a packed edge, the lower number first."""
    return edge >> INDEX_BITS & INDEX_MASK, edge & INDEX_MASK


@compiled
def steps_of(edge: int) -> int:
    """The similarity of a packed edge, in steps."""
    return STEPS - (edge >> 2 * INDEX_BITS)


@compiled
def packed(a: int, b: int, steps: int) -> int:
    """Pack one edge; the two faces come in any order."""
    return (STEPS - steps) << 2 * INDEX_BITS | min(a, b) << INDEX_BITS | max(a, b)


def pack(lo: Ints, hi: Ints, steps: Ints) -> Ints:
    """Pack arrays of edges, ``lo`` < ``hi``."""
    return (STEPS - steps) << 2 * INDEX_BITS | lo << INDEX_BITS | hi


def unpack(edges: Ints) -> tuple[Ints, Ints, Ints]:
    """The ``(lo, hi, steps)`` of packed edges."""
    lo, hi = edges >> INDEX_BITS & INDEX_MASK, edges & INDEX_MASK
    return lo, hi, STEPS - (edges >> 2 * INDEX_BITS)


def sorted_edges(*edges: Ints) -> Ints:
    """Packed edges of several arrays, sorted; those in several come as often."""
    together = np.concatenate(edges)
    together.sort()
    return together


def at_least(edges: Ints, lowest: int) -> Ints:
    """Those of packed, sorted edges at or above a similarity in steps; a view."""
    behind = STEPS - max(lowest, 0) + 1
    near: Ints = edges[: np.searchsorted(edges, behind << 2 * INDEX_BITS)]
    return near


def sizes(label: Ints | Ints32, groups: int | None = None) -> Ints:
    """Count the faces of each group.

    Args:
        label: int[n], the group of each face, -1 for none.
        groups: how many there are; None for the highest label and one more, at least one.

    Returns:
        int64[groups].
    """
    count = int(label.max(initial=0)) + 1 if groups is None else groups
    # Place 0 counts the faces without a group.
    return np.bincount(label + 1, minlength=count + 1)[1:]


def numbered(label: Ints) -> Ints:
    """Number groups from 0 on in the order of their first faces; -1 stays."""
    result = np.empty(len(label), np.int64)
    _number_groups(label, np.full(int(label.max(initial=-1)) + 1, -1), result)
    return result


@compiled
def _number_groups(label: Ints, number: Ints, result: Ints) -> None:
    count = 0
    for face in range(len(label)):
        group = label[face]
        if group < 0:
            result[face] = -1
            continue
        if number[group] < 0:
            number[group] = count
            count += 1
        result[face] = number[group]


def members_of(label: Ints, groups: int) -> tuple[Ints, Ints]:
    """List the faces of each group.

    Returns:
        int64[groups + 1], where each group starts in the list; and the list, faces ascending
        within a group.
    """
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(sizes(label, groups), out=start[1:])
    members = np.empty(int(start[-1]), np.int64)
    _fill_members(label, start.copy(), members)
    return start, members


@compiled
def _fill_members(label: Ints, place: Ints, members: Ints) -> None:
    for face in range(len(label)):
        if label[face] >= 0:
            members[place[label[face]]] = face
            place[label[face]] += 1
