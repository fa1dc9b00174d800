"""The shared building blocks do what plain NumPy and a plain search would."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from facesorter.clustering.forest import components, renumbered
from facesorter.clustering.kernels import (
    at_least,
    ends,
    members_of,
    numbered,
    pack,
    packed,
    sizes,
    sorted_edges,
    steps_of,
    unpack,
)


def test_packed_edges_sort_most_similar_first() -> None:
    lo, hi, steps = np.array([5, 0, 3]), np.array([9, 33_000_000, 4]), np.array([10, 4096, -4095])
    edges = pack(lo, hi, steps)
    back = unpack(np.sort(edges))
    assert back[2].tolist() == [4096, 10, -4095]
    assert back[1].tolist() == [33_000_000, 9, 4]


def test_one_edge_is_packed_as_many_are() -> None:
    for a, b, steps in ((5, 9, 10), (33_000_000, 0, 4096), (4, 3, -4095)):
        edge = packed(a, b, steps)
        assert edge == pack(np.array([min(a, b)]), np.array([max(a, b)]), np.array([steps]))[0]
        assert (ends(edge), steps_of(edge)) == ((min(a, b), max(a, b)), steps)


def test_edges_of_several_arrays_are_sorted() -> None:
    random = np.random.default_rng(1)
    one, other = random.integers(0, 50, 30), random.integers(0, 50, 40)
    assert sorted_edges(one, other).tolist() == sorted([*one.tolist(), *other.tolist()])
    assert len(sorted_edges(one[:0], one[:0])) == 0
    steps = random.integers(-100, 4097, 500)
    edges = np.sort(pack(np.arange(500), np.arange(500) + 1, steps))
    for lowest in (0, 1000, 4096):
        assert np.array_equal(
            unpack(at_least(edges, lowest))[2], np.sort(steps[steps >= lowest])[::-1]
        )


def test_components_are_those_that_scipy_finds() -> None:
    random = np.random.default_rng(2)
    lo, hi = np.sort(random.integers(0, 300, (2, 220)), axis=0)
    edges = pack(lo, hi, random.integers(0, 4096, 220))
    found = components(300, edges)
    expected = connected_components(coo_array((np.ones(220), (lo, hi)), (300, 300)))[1]
    # Both number components in the order of their first faces.
    assert np.array_equal(found, expected)


def test_edges_of_faces_that_are_gone_go_with_them() -> None:
    edges = np.sort(pack(np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([10, 30, 20])))
    lo, hi, steps = unpack(renumbered(edges, np.array([0, -1, 1, 2])))
    assert (lo.tolist(), hi.tolist(), steps.tolist()) == ([1], [2], [20])


def test_sizes_and_members_are_those_of_the_labels() -> None:
    label = np.random.default_rng(1).integers(-1, 30, 500)
    start, members = members_of(label, 40)
    for group in range(40):
        theirs = np.flatnonzero(label == group)
        assert sizes(label, 40)[group] == len(theirs)
        assert members[start[group] : start[group + 1]].tolist() == theirs.tolist()
    assert len(sizes(label)) == label.max() + 1
    assert sizes(np.full(3, -1)).tolist() == [0]


def test_groups_are_numbered_as_they_come() -> None:
    assert numbered(np.array([7, -1, 3, 7, 0, 3])).tolist() == [0, -1, 1, 0, 2, 1]
    assert numbered(np.full(2, -1)).tolist() == [-1, -1]
    assert len(numbered(np.zeros(0, np.int64))) == 0
