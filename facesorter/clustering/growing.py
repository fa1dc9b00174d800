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
from facesorter.clustering.similarity import INDEX_BITS, STEPS, inserted, pack, unpack
from facesorter.clustering.walk import Walk, Walked

_PAIR = (1 << 2 * INDEX_BITS) - 1
"""The bits of a packed edge that say between which faces it is."""


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
    chains = _chains(constraints.person)
    tree = at_least(graph.forest, ceiling)
    tight = at_least(tree, floor)
    # Linked at the floor, and linked at all.
    block, component = nested_components(graph.n, [(chains, tight), (tree[len(tight) :],)])
    touched = _early(block, constraints)
    touched[list(constraints.rejected)] = True
    lo, hi, steps = unpack(tree)
    # A component that nothing divides is as the plain forest has it, and so is what is linked at
    # the floor and that nothing divides: it is complete before anything else is linked.
    whole = ~_divided(component, constraints, touched)[component]
    solid = ~_divided(block, constraints, touched)[block]
    settled = whole[lo] | (solid[lo] & (steps >= floor))
    walked = walked or Walked()
    if settled.all():
        walked.forget()
        return np.concatenate([chains, tree]), np.zeros(0, np.int64)
    # Nodes of the walk are faces, or solid blocks, which are complete already.
    node = np.empty(graph.n, np.int32)
    count = _number_nodes(whole, block, solid, node)
    walk = Walk(constraints, node, count, touched, floor, walked)
    a, b, _ = unpack(chains)
    within = node[a] == node[b]
    open_tree = tree[~settled]
    lo, hi = lo[~settled], hi[~settled]
    between = pack(node[lo].astype(np.int64), node[hi].astype(np.int64), steps[~settled])
    missing = touched[lo] | touched[hi]
    if likely is not None:
        # Whatever the similarity of the two is now: crowds come and go.
        missing |= _among(open_tree & _PAIR, np.sort(likely & _PAIR))
    # An edge outside the forest closes a ring with edges of it, and joins nothing if those were
    # taken. So only where one was refused or put off do others matter; where that is, shows by
    # walking until no further one is refused.
    while True:
        edges = open_tree
        if missing.any():
            part = np.where(node < 0, -1, components(count, between[~missing])[node])
            edges = inserted(edges, graph.links(ceiling, part, lasting=True))
        if token is not None:
            token.check()
        taken, refused = walk.kruskal(chains[~within], edges)
        more = ~missing & _among(open_tree, np.sort(refused))
        if not more.any():
            break
        missing |= more
    return np.concatenate([chains[within], taken, tree[settled]]), open_tree[missing]


def _early(block: Table32, constraints: Constraints) -> Bools:
    """Undecided faces linked at the floor to a person who was born later: rejected by their date.

    Of faces farther away it shows in the walk. They must not come late as well, or whoever looks
    at all like a newborn would need more than others do.
    """
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


def _chains(person: Ints) -> Ints:
    """Links that keep each confirmed person's faces together."""
    held = np.flatnonzero(person >= 0)
    order = held[np.argsort(person[held], kind="stable")]
    same = person[order[1:]] == person[order[:-1]]
    a, b = order[:-1][same], order[1:][same]
    return np.sort(pack(np.minimum(a, b), np.maximum(a, b), np.full(len(a), STEPS)))


@compiled
def _number_nodes(whole: Bools, block: Table32, solid: Bools, node: Table32) -> int:
    """Number solid blocks and faces by themselves, -1 for whole components; returns how many."""
    of_block = np.full(len(node), -1, np.int32)
    count = 0
    for face in range(len(node)):
        if whole[face]:
            node[face] = -1
            continue
        at = of_block[block[face]] if solid[face] else np.int32(-1)
        if at < 0:
            at = count
            count += 1
            if solid[face]:
                of_block[block[face]] = at
        node[face] = at
    return count


def _divided(component: Table32, constraints: Constraints, touched: Bools) -> Bools:
    """Components with a rejected face, two persons, two faces of one photo, or an early face."""
    count = int(component.max(initial=-1)) + 1
    divided = np.zeros(count, bool)
    divided[component[touched]] = True
    _find_divided(
        component,
        constraints.person,
        constraints.photos.start,
        constraints.photos.faces,
        constraints.born,
        constraints.day,
        divided,
    )
    return divided


@compiled
def _find_divided(
    component: Table32,
    person: Ints,
    photo_start: Ints,
    photo_faces: Ints,
    born: Floats,
    day: Floats,
    divided: Bools,
) -> None:
    whose = np.full(len(divided), -1, np.int64)
    for face in range(len(component)):
        if person[face] >= 0:
            at = component[face]
            if whose[at] >= 0 and whose[at] != person[face]:
                divided[at] = True
            whose[at] = person[face]
    for face in range(len(component)):
        at = component[face]
        if person[face] < 0 and whose[at] >= 0 and day[face] < born[whose[at]]:
            divided[at] = True
    for photo in range(len(photo_start) - 1):
        for i in range(photo_start[photo], photo_start[photo + 1]):
            at = component[photo_faces[i]]
            for k in range(photo_start[photo], i):
                if component[photo_faces[k]] == at:
                    divided[at] = True
