"""Select groups from a forest: the condensed tree and its most persistent branches.

HDBSCAN* (Campello, Moulavi, Sander 2013) with the smallest cluster 2 and no core distances, within
a band: nothing below the ceiling is linked at all, so every component has a tree of its own, and
nothing at or above the floor is ever split, because density is capped there. In between, the excess
of mass decides, which suits people with three photos as well as those with thousands.

What is linked at or above the floor is one atom of the tree, so only the edges within the band are
processed one by one. Merges at the same similarity are one node with many children, so the tree and
all that follows does not depend on the order of faces or of tied edges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.forest import components
from facesorter.clustering.kernels import (
    Parents,
    at_least,
    ends,
    find,
    numbered,
    sizes,
    steps_of,
    unpack,
)
from facesorter.clustering.proposal import Bools, Floats, Ints, Ints32
from facesorter.clustering.similarity import distance

SMALLEST = 2
"""Faces in the smallest group: most people of a family's library appear only a few times."""

LARGE = 20
"""Faces from which on two branches are never joined by a link below the floor. Among the hundreds
of pairs between two such halves of one person some reach the floor, so branches without one are two
people: siblings, whom single linkage bridges sooner or later and whose sheer size then speaks for
the union. At 10 a person's older photos were cut off; at 30,000 faces without the rule two sisters
with a thousand photos each became one. The link is passed over, and both branches grow on: a union
that stood in the tree and was only not chosen took everything that came later from both, a tenth of
a person with thousands of photos."""

_EXACT = 1 << 30
"""Fractions in a unit of mass (faces times density): integers, whose sum no order can change."""


def select(
    n: int,
    edges: Ints,
    *,
    ceiling: int,
    floor: int,
    whole: bool = True,
    large: int = LARGE,
) -> Ints:
    """Choose the groups of a forest.

    Args:
        n: number of faces.
        edges: the forest's edges, packed, in any order.
        ceiling: edges below it are left out, in steps.
        floor: faces linked at or above it stay together, in steps.
        whole: whether a whole component may be a group (plain HDBSCAN says no).
        large: faces from which on two branches are not joined below the floor.

    Returns:
        int64[n], the group of each face, numbered from 0 on in the order of first faces, or -1.
    """
    edges = np.sort(edges)
    tight = at_least(edges, floor)
    atom = components(n, tight)
    band = at_least(edges, ceiling)[len(tight) :]
    steps = unpack(band)[2]
    cap, top = _density(np.array([floor]))[0], _density(np.array([ceiling]))[0]
    scale = float(_EXACT)
    while scale > 1 and scale * cap * 4 * max(n, 1) > 2**62:
        scale /= 2
    size = sizes(atom)
    # Only atoms that an edge of the band meets are in the tree; the others are groups as they are.
    lo, hi, _ = unpack(band)
    met = np.zeros(len(size), bool)
    met[atom[lo]] = met[atom[hi]] = True
    number = np.where(met, np.cumsum(met) - 1, -1)
    tree = _empty_tree(size[met], len(band), round(float(cap) * scale))
    density = np.rint(np.minimum(_density(steps), cap) * scale).astype(np.int64)
    root = np.arange(int(met.sum()), dtype=np.uint32)
    count = _condense(band, density, number[atom], large, root, tree)
    branches = _empty_branches(len(tree.size))
    found = _measure(tree, count, branches)
    if whole:
        _judge_roots(tree, count, branches, round(float(top) * scale))
    chosen = _choose(tree, count, branches, found)
    alone = np.where(whole & (size >= SMALLEST), found + np.arange(len(size)), -1)
    group = np.where(met, chosen[np.maximum(number, 0)] if met.any() else -1, alone)
    return numbered(group[atom])


def _density(steps: Ints) -> Floats:
    density: Floats = 1.0 / np.maximum(distance(steps), 1e-9)
    return density


class _Tree(NamedTuple):
    """The condensed tree. Nodes are atoms first, then merges, children before parents."""

    size: Ints
    """Faces below each node; of merges once `_measure` ran."""
    begins: Ints
    """Density of the merge; that of the floor for atoms."""
    steps: Ints32
    """Similarity of the merge, -1 for atoms."""
    absorbed: Bools
    """Whether the node became one with another merge at the same similarity."""
    first: Ints32
    """The first child, -1 for none; the others follow through ``beside``."""
    last: Ints32
    beside: Ints32
    parent: Ints32
    """-1 for roots; known once `_measure` ran."""


class _Branches(NamedTuple):
    """Clusters of the condensed tree, numbered so that those around others come later.

    Each lives from the density at which it meets another cluster up to that of its last faces.
    """

    of: Ints32
    """The branch that each node of the tree belongs to, -1 for none."""
    mass: Ints
    """Sum over its faces of the density at which each joins."""
    members: Ints
    """Faces in it so far."""
    inside: Ints
    """The best stability that the branches within it reach together."""
    within: Ints32
    """The branch around it, -1 for none."""
    wins: Bools
    """Whether it is more stable than the branches within it."""


def _empty_tree(atoms: Ints, edges: int, cap: int) -> _Tree:
    total = len(atoms) + edges
    size = np.zeros(total, np.int64)
    size[: len(atoms)] = atoms
    links = [np.full(total, -1, np.int32) for _ in range(5)]
    return _Tree(size, np.full(total, cap), links[0], np.zeros(total, bool), *links[1:])


def _empty_branches(total: int) -> _Branches:
    return _Branches(
        of=np.full(total, -1, np.int32),
        mass=np.zeros(total, np.int64),
        members=np.zeros(total, np.int64),
        inside=np.zeros(total, np.int64),
        within=np.full(total, -1, np.int32),
        wins=np.zeros(total, bool),
    )


@compiled
def _condense(
    edges: Ints, density: Ints, atom: Ints, large: int, root: Parents, tree: _Tree
) -> int:
    """Build the tree, most similar merge first; return the number of nodes."""
    count = len(root)
    # The node that stands for each component, and its faces, by its root.
    node = np.arange(count).astype(np.int32)
    weight = tree.size[:count].copy()
    for place in range(len(edges)):
        lo, hi = ends(edges[place])
        a, b = find(root, atom[lo]), find(root, atom[hi])
        if a == b or (weight[a] >= large and weight[b] >= large):
            continue
        u, v = node[a], node[b]
        if weight[a] < weight[b]:
            a, b = b, a
        root[b] = a
        weight[a] += weight[b]
        steps = steps_of(edges[place])
        tied_u, tied_v = tree.steps[u] == steps, tree.steps[v] == steps
        if not tied_u and not tied_v:
            tree.first[count], tree.last[count] = u, v
            tree.beside[u] = v
            tree.steps[count], tree.begins[count] = steps, density[place]
            u = np.int32(count)
            count += 1
        elif tied_u and tied_v:
            # Merges at one similarity are one node: hand over the children.
            tree.beside[tree.last[u]] = tree.first[v]
            tree.last[u] = tree.last[v]
            tree.absorbed[v] = True
        else:
            if not tied_u:
                u, v = v, u
            tree.beside[tree.last[u]] = v
            tree.last[u] = v
        node[a] = u
    return count


@compiled
def _measure(tree: _Tree, count: int, branches: _Branches) -> int:
    """Find the branches and their excess of mass, from the atoms up; return how many.

    A node with several branches below begins a new one around them; with one, it adds its other
    faces to that one.
    """
    found = 0
    for at in range(count):
        if tree.absorbed[at]:
            continue
        parts, only = 0, -1
        child = tree.first[at]
        while child >= 0:
            tree.size[at] += tree.size[child]
            tree.parent[child] = at
            if branches.of[child] >= 0:
                parts += 1
                only = branches.of[child]
            child = tree.beside[child]
        if parts == 1:
            branches.mass[only] += (tree.size[at] - branches.members[only]) * tree.begins[at]
            branches.members[only] = tree.size[at]
            branches.of[at] = only
        elif parts > 1 or tree.size[at] >= SMALLEST:
            _begin_branch(tree, at, branches, found)
            found += 1
    return found


@compiled
def _begin_branch(tree: _Tree, at: int, branches: _Branches, new: int) -> None:
    """Begin a branch at a node; those within end, and keep what they or their parts are worth."""
    branches.of[at] = new
    child = tree.first[at]
    while child >= 0:
        part = branches.of[child]
        if part >= 0:
            stability = branches.mass[part] - branches.members[part] * tree.begins[at]
            branches.wins[part] = stability >= branches.inside[part]
            branches.inside[new] += max(stability, branches.inside[part])
            branches.within[part] = new
        child = tree.beside[child]
    branches.mass[new] = tree.size[at] * tree.begins[at]
    branches.members[new] = tree.size[at]


@compiled
def _judge_roots(tree: _Tree, count: int, branches: _Branches, top: int) -> None:
    """Let whole components win, too: they begin at the density of the ceiling."""
    for at in range(count):
        part = branches.of[at]
        if part >= 0 and tree.parent[at] < 0 and not tree.absorbed[at]:
            stability = branches.mass[part] - branches.members[part] * top
            branches.wins[part] = stability >= branches.inside[part]


@compiled
def _choose(tree: _Tree, count: int, branches: _Branches, found: int) -> Ints:
    """Take the outermost winners; return the branch chosen for each node, -1 for none."""
    winner = np.full(found, -1, np.int64)
    # Branches around others have higher numbers.
    for part in range(found - 1, -1, -1):
        around = branches.within[part]
        if around >= 0 and winner[around] >= 0:
            winner[part] = winner[around]
        elif branches.wins[part]:
            winner[part] = part
    chosen = np.full(len(tree.size), -1, np.int64)
    for at in range(count - 1, -1, -1):
        if tree.absorbed[at]:
            continue
        if branches.of[at] >= 0:
            chosen[at] = winner[branches.of[at]]
        elif tree.parent[at] >= 0:
            chosen[at] = chosen[tree.parent[at]]
    return chosen
