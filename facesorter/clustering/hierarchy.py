"""Groups out of a forest: the single-linkage tree and the choice of its most persistent branches.

HDBSCAN* (Campello, Moulavi, Sander 2013) with the smallest group 2 and no core distances, on a
band: nothing below the ceiling is linked at all, so that every component has a tree of its own,
and nothing at or above the floor is ever split, because density is capped there. In between, the
excess of mass decides, which suits people who have three photos as well as those with thousands.

All that is linked at or above the floor is one atom of the tree, so only the edges within the
band are walked one by one. Merges at one similarity are one node with many children: the tree,
and all that follows, does not depend on the order of faces or of tied edges.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.forest import at_least, components
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Ints
from facesorter.clustering.similarity import INDEX_BITS, INDEX_MASK, STEPS, distance

SMALLEST = 2
"""Faces in the smallest group: most people of a family's library appear only a few times."""

LARGE = 20
"""Faces from which on two branches are never joined by a link below the floor. Among the
hundreds of pairs between two such halves of one person some reach the floor, so branches that do
not are two people: siblings, whom single linkage bridges sooner or later and whose sheer size
then speaks for the union. At 10 a person's older photos were cut off; at 30,000 faces without the
rule two sisters with a thousand photos each became one. The link is passed over, and both grow on
by their own: a union that stood in the tree and was only not chosen took all that came later from
both, a tenth of a person with thousands of photos."""


_EXACT = 1 << 30
"""Parts that a faces-times-density is counted in: whole numbers, whose sum no order can tip."""


def select(
    n: int,
    edges: Ints,
    *,
    ceiling: int,
    floor: int,
    whole: bool = True,
    large: int = LARGE,
) -> npt.NDArray[np.int64]:
    """Choose the groups of a forest.

    Args:
        n: number of faces.
        edges: the forest's edges, packed, in any order.
        ceiling: edges below it are left out, in steps.
        floor: faces linked at or above it stay together, in steps.
        whole: whether a whole component may be a group (plain HDBSCAN says no).
        large: faces from which on two branches are not joined below the floor.

    Returns:
        int64[n], the number of the group of each face from 0 on, or -1.
    """
    edges = np.sort(edges)
    tight = at_least(edges, floor)
    atom = components(n, tight)
    band = at_least(edges, ceiling)[len(tight) :]
    step = STEPS - (band >> 2 * INDEX_BITS)
    cap = _density(np.array([floor]))[0]
    scale = float(_EXACT)
    while scale > 1 and scale * cap * 4 * max(n, 1) > 2**62:
        scale /= 2
    label = np.empty(n, np.int64)
    _select(
        atom,
        (band >> INDEX_BITS) & INDEX_MASK,
        band & INDEX_MASK,
        step,
        np.rint(np.minimum(_density(step), cap) * scale).astype(np.int64),
        round(float(cap) * scale),
        round(float(_density(np.array([ceiling]))[0]) * scale),
        whole,
        large,
        label,
    )
    return label


def _density(steps: Ints) -> npt.NDArray[np.float64]:
    density: npt.NDArray[np.float64] = 1.0 / np.maximum(distance(steps), 1e-9)
    return density


@compiled
def _find(parent: Table32, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@compiled
def _select(
    atom: Table32,
    lo: Ints,
    hi: Ints,
    step: Ints,
    density: Ints,
    cap: int,
    top: int,
    whole: bool,
    large: int,
    label: Ints,
) -> None:
    """Grow the n-ary tree from the most similar merge to the least, then choose from the roots.

    Nodes 0 to atoms - 1 are atoms that an edge meets, the others merges. Each node may stand for a
    branch: a group that lives from the density at which it begins to the one at which it meets
    another branch.
    """
    faces = np.zeros(int(atom.max()) + 1 if len(atom) else 0, np.int32)
    for face in range(len(atom)):
        faces[atom[face]] += 1
    # No edge within the band meets most atoms: they are groups, or nobody, as they are.
    place = np.full(len(faces), -1, np.int32)
    atoms = 0
    for edge in range(len(lo)):
        for end in (lo[edge], hi[edge]):
            if place[atom[end]] < 0:
                place[atom[end]] = atoms
                atoms += 1
    total = atoms + len(lo)
    size = np.zeros(total, np.int64)
    for at in range(len(faces)):
        if place[at] >= 0:
            size[place[at]] = faces[at]
    root = np.arange(atoms).astype(np.int32)
    node = root.copy()
    weight = size[:atoms].copy()
    at_step = np.full(total, -1, np.int32)
    begins = np.full(total, cap, np.int64)
    absorbed = np.zeros(total, np.bool_)
    # The nodes below a node, as linked lists.
    first = np.full(total, -1, np.int32)
    last = np.full(total, -1, np.int32)
    beside = np.full(total, -1, np.int32)
    parent = np.full(total, -1, np.int32)

    count = atoms
    for edge in range(len(lo)):
        a, b = _find(root, place[atom[lo[edge]]]), _find(root, place[atom[hi[edge]]])
        if a == b or (weight[a] >= large and weight[b] >= large):
            continue
        u, v = node[a], node[b]
        if weight[a] < weight[b]:
            a, b = b, a
        root[b] = a
        weight[a] += weight[b]
        if at_step[u] != step[edge] and at_step[v] != step[edge]:
            first[count], last[count] = u, v
            beside[u] = v
            at_step[count], begins[count] = step[edge], density[edge]
            u = count
            count += 1
        elif at_step[u] == step[edge] and at_step[v] == step[edge]:
            # Merges at one similarity are one: the two nodes become one.
            beside[last[u]] = first[v]
            last[u] = last[v]
            absorbed[v] = True
        else:
            if at_step[u] != step[edge]:
                u, v = v, u
            beside[last[u]] = v
            last[u] = v
        node[a] = u

    # From the atoms up: what a branch is worth, and whether it beats the branches inside it.
    branch = np.full(total, -1, np.int32)
    mass = np.zeros(total, np.int64)
    members = np.zeros(total, np.int64)
    inside = np.zeros(total, np.int64)
    best = np.zeros(total, np.int64)
    within = np.full(total, -1, np.int32)
    wins = np.zeros(total, np.bool_)
    branches = 0
    for at in range(count):
        if absorbed[at]:
            continue
        parts, only = 0, -1
        child = first[at]
        while child >= 0:
            size[at] += size[child]
            parent[child] = at
            if branch[child] >= 0:
                parts += 1
                only = branch[child]
            child = beside[child]
        if parts == 1:
            mass[only] += (size[at] - members[only]) * begins[at]
            members[only] = size[at]
            branch[at] = only
        elif parts or size[at] >= SMALLEST:
            branch[at] = branches
            child = first[at]
            while child >= 0:
                part = branch[child]
                if part >= 0:
                    stability = mass[part] - members[part] * begins[at]
                    wins[part] = stability >= inside[part]
                    best[part] = stability if wins[part] else inside[part]
                    inside[branches] += best[part]
                    within[part] = branches
                child = beside[child]
            mass[branches] = size[at] * begins[at]
            members[branches] = size[at]
            branches += 1
    for at in range(count):
        part = branch[at]
        if whole and part >= 0 and parent[at] < 0 and not absorbed[at]:
            wins[part] = mass[part] - members[part] * top >= inside[part]

    # From the roots down: the outermost winner takes all below it.
    winner = np.full(branches, -1, np.int32)
    for part in range(branches - 1, -1, -1):
        if within[part] >= 0 and winner[within[part]] >= 0:
            winner[part] = winner[within[part]]
        elif wins[part]:
            winner[part] = part
    chosen = np.full(total, -1, np.int32)
    for at in range(count - 1, -1, -1):
        if absorbed[at]:
            continue
        if branch[at] >= 0:
            chosen[at] = winner[branch[at]]
        elif parent[at] >= 0:
            chosen[at] = chosen[parent[at]]
    # Place 0 is for those in no group: nothing foretells who is.
    which = np.zeros(len(faces), np.int32)
    last_one = branches
    for at in range(len(faces)):
        if place[at] >= 0:
            which[at] = chosen[place[at]] + 1
        elif whole and faces[at] >= SMALLEST:
            last_one += 1
            which[at] = last_one
    number = np.full(last_one + 1, -1, np.int64)
    groups = 0
    for face in range(len(atom)):
        group = np.uint32(which[np.uint32(atom[face])])
        if (group > 0) & (number[group] < 0):
            number[group] = groups
            groups += 1
        label[face] = number[group]
