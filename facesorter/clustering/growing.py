"""The user's word inside the forest: Kruskal's algorithm that refuses to break a constraint.

A component carries at most one confirmed person, the persons its faces were rejected from, and
the earliest day of an undecided face; a union that would contradict them is refused, and so is
one whose sides share photos, since one photo hardly shows a person twice. Constraints therefore
hold by construction, whatever the selection does afterwards, because a group is always part of one
component.

The method is the minimum spanning forest rooted in seeds (watershed cuts, Cousty et al. 2009),
with cannot-links.
"""

from __future__ import annotations

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph, at_least, components, nested_components
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import (
    INDEX_BITS,
    INDEX_MASK,
    PAIR_MASK,
    STEPS,
    inserted,
    unpack,
)
from facesorter.clustering.walk import Walk
from facesorter.clustering.walked import Walked


def grow(
    graph: Graph,
    constraints: Constraints,
    *,
    ceiling: int,
    floor: int,
    token: CancelToken | None = None,
    likely: Ints | None = None,
    walked: Walked | None = None,
) -> tuple[Ints, Ints]:
    """Build the forest of the library that no constraint contradicts.

    Edges come in three phases: links between confirmed faces of one person; ordinary edges; edges
    of rejected faces, which need the floor and come last, so that a rejected face follows others
    and never drags them along. Faces from before the birth of whom they look like count as
    rejected.

    Args:
        graph: forest and neighbours of the library.
        constraints: what may not be broken.
        ceiling: edges below it are left out, in steps.
        floor: what a rejected face needs, in steps.
        token: polled now and then; raises `Cancelled`.
        likely: packed edges of the forest that are probably refused; saves time.
        walked: the walk of the last refresh, which this one becomes; saves time.

    Returns:
        The accepted edges, packed, in any order; links of confirmed faces have cosine 1. And the
        edges of the forest that were refused or put off, packed and sorted.
    """
    confirmed = chains(constraints.person)
    tree = at_least(graph.forest, ceiling)
    tight = at_least(tree, floor)
    # Linked at the floor, and linked at all.
    block, component = nested_components(graph.n, [(confirmed, tight), (tree[len(tight) :],)])
    touched = _early(block, constraints)
    touched[list(constraints.rejected)] = True
    # A component that nothing divides is as the plain forest has it, and so is what is linked at
    # the floor and that nothing divides: it is complete before anything else is linked.
    parted = _divided(block, component, constraints, touched)
    walked = walked or Walked()
    # Nodes of the walk are faces, or solid blocks, which are complete already.
    node, solid = np.empty(graph.n, np.int32), np.empty(graph.n, bool)
    count = _number_nodes(block, component, *parted, node, solid)
    if not count:
        return np.concatenate([confirmed, tree]), np.zeros(0, np.int64)
    walk = Walk(constraints, node, count, touched, floor, walked)
    a, b, _ = unpack(confirmed)
    within = node[a] == node[b]
    likely = np.zeros(0, np.int64) if likely is None else likely
    doubtful = np.zeros(graph.n, bool)
    a, b, _ = unpack(likely)
    doubtful[a] = doubtful[b] = True
    settled, missing, doubted = (np.zeros(len(tree), bool) for _ in range(3))
    open_tree, between = np.empty(len(tree), np.int64), np.empty(len(tree), np.int64)
    found = settled, missing, doubted, open_tree, between
    opened = _open_edges(tree, floor, node, solid, touched, doubtful, *found)
    missing, open_tree, between = missing[:opened], open_tree[:opened], between[:opened]
    # Whatever the similarity of the two is now: crowds come and go.
    rows = np.flatnonzero(doubted[:opened])
    missing[rows] |= _among(open_tree[rows] & PAIR_MASK, np.sort(likely & PAIR_MASK))
    # An edge outside the forest closes a ring with edges of it, and joins nothing if those were
    # taken. So only where one was refused or put off do others matter; where that is, shows by
    # walking until no further one is refused.
    while True:
        edges = open_tree
        if missing.any():
            part = np.append(components(count, between[~missing]), np.int32(-1))[node]
            edges = inserted(edges, graph.links(ceiling, part, lasting=True))
        if token is not None:
            token.check()
        taken, refused = walk.kruskal(confirmed[~within], edges)
        more = ~missing & _among(open_tree, np.sort(refused))
        if not more.any():
            break
        missing |= more
    return np.concatenate([confirmed[within], taken, tree[settled]]), open_tree[missing]


def _early(block: Table32, constraints: Constraints) -> Bools:
    """Undecided faces linked at the floor to a person who was born later: rejected by their date.

    Of faces farther away it shows in the walk. They must not come late as well, or whoever looks
    at all like a newborn would need more than others do.
    """
    if not np.isfinite(constraints.born).any():
        return np.zeros(len(block), bool)
    held = np.flatnonzero(constraints.person >= 0)
    latest = np.full(int(block.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(latest, block[held], constraints.born[constraints.person[held]])
    early: Bools = (constraints.day < latest[block]) & (constraints.person < 0)
    return early


def _among(edges: Ints, those: Ints) -> Bools:
    """Which of some edges are among others, which are sorted."""
    place = np.minimum(np.searchsorted(those, edges), max(len(those) - 1, 0))
    found: Bools = those[place] == edges if len(those) else np.zeros(len(edges), bool)
    return found


def chains(person: Ints) -> Ints:
    """Packed, sorted links that keep each confirmed person's faces together.

    Args:
        person: int64[n], the confirmed person, or -1.
    """
    held = np.flatnonzero(person >= 0)
    links = np.empty(len(held), np.int64)
    last = np.full(int(person.max(initial=-1)) + 1, -1)
    return np.sort(links[: _link_persons(person, held, last, links)])


@compiled
def _link_persons(person: Ints, held: Ints, last: Ints, links: Ints) -> int:
    count = 0
    for face in held:
        before = last[person[face]]
        if before >= 0:
            # As similar as faces can be.
            links[count] = before << INDEX_BITS | face
            count += 1
        last[person[face]] = face
    return count


@compiled
def _number_nodes(
    block: Table32,
    component: Table32,
    parted_block: Bools,
    parted_component: Bools,
    node: Table32,
    solid: Bools,
) -> int:
    """Number solid blocks and faces by themselves, -1 for whole components; returns how many.

    And write who is in a solid block.
    """
    of_block = np.full(len(parted_block), -1, np.int32)
    count = 0
    for face in range(len(node)):
        at = np.uint32(block[face])
        whole = not parted_component[np.uint32(component[face])]
        solid[face] = not parted_block[at]
        # Without branches: nothing foretells them.
        known = solid[face] & (of_block[at] >= 0)
        number = of_block[at] if known else np.int32(count)
        of_block[at] = of_block[at] if whole else number
        node[face] = np.int32(-1) if whole else number
        count += (not whole) & (not known)
    return count


@compiled
def _open_edges(
    tree: Ints,
    floor: int,
    node: Table32,
    solid: Bools,
    touched: Bools,
    doubtful: Bools,
    settled: Bools,
    missing: Bools,
    doubted: Bools,
    edges: Ints,
    between: Ints,
) -> int:
    """Write which edges are settled, and the others; returns how many.

    Of these also between which nodes they are, whether one end is touched, and whether both are
    doubtful.
    """
    count = 0
    for place in range(len(tree)):
        edge = tree[place]
        lo = np.uint64(edge >> INDEX_BITS & INDEX_MASK)
        hi = np.uint64(edge & INDEX_MASK)
        near = STEPS - (edge >> 2 * INDEX_BITS) >= floor
        settled[place] = (node[lo] < 0) | (solid[lo] & near)
        missing[count] = touched[lo] | touched[hi]
        doubted[count] = doubtful[lo] & doubtful[hi]
        edges[count] = edge
        nodes = np.int64(node[lo]) << INDEX_BITS | np.int64(node[hi])
        between[count] = edge >> 2 * INDEX_BITS << 2 * INDEX_BITS | nodes
        count += not settled[place]
    return count


def _divided(
    block: Table32, component: Table32, constraints: Constraints, touched: Bools
) -> tuple[Bools, Bools]:
    """Which blocks and components hold somebody rejected, early, or two who can not be one."""
    held = np.flatnonzero(constraints.person >= 0)
    result = []
    for part in (block, component):
        divided = np.zeros(int(part.max(initial=-1)) + 1, bool)
        divided[part[touched]] = True
        if len(held):
            about = constraints.person, constraints.born, constraints.day
            _find_divided_by_word(part, held, *about, divided)
        result.append(divided)
    photos = constraints.photos
    _find_divided_by_photos(block, component, photos.start, photos.faces, *result)
    return result[0], result[1]


@compiled
def _find_divided_by_word(
    component: Table32, held: Ints, person: Ints, born: Floats, day: Floats, divided: Bools
) -> None:
    whose = np.full(len(divided), -1, np.int64)
    for face in held:
        at = component[face]
        if whose[at] >= 0 and whose[at] != person[face]:
            divided[at] = True
        whose[at] = person[face]
    for face in range(len(component)):
        at = component[face]
        if person[face] < 0 and whose[at] >= 0 and day[face] < born[whose[at]]:
            divided[at] = True


@compiled
def _find_divided_by_photos(
    block: Table32,
    component: Table32,
    photo_start: Ints,
    photo_faces: Ints,
    divided_block: Bools,
    divided_component: Bools,
) -> None:
    for photo in range(len(photo_start) - 1):
        for i in range(photo_start[photo], photo_start[photo + 1]):
            at = component[photo_faces[i]]
            for k in range(photo_start[photo], i):
                # What is in one block is in one component.
                if component[photo_faces[k]] == at:
                    divided_component[at] = True
                    if block[photo_faces[k]] == block[photo_faces[i]]:
                        divided_block[block[photo_faces[i]]] = True
