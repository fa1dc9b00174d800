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
from facesorter.clustering.constraints import PHOTO_CLASH, SAME_PICTURE, Constraints, Photos
from facesorter.clustering.forest import Graph, at_least, components
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import (
    INDEX_BITS,
    INDEX_MASK,
    STEPS,
    merged,
    pack,
    unpack,
)

_REMEMBERED = 1 << 16
"""Pairs of components whose photos in common are remembered: they only become more."""


def grow(
    graph: Graph,
    constraints: Constraints,
    *,
    ceiling: int,
    floor: int,
    token: CancelToken | None = None,
    likely: Ints | None = None,
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
        likely: packed, sorted edges of the forest that are probably refused; saves time.

    Returns:
        The accepted edges, packed, in any order; links of confirmed faces have cosine 1. And the
        edges of the forest that were refused or put off, packed and sorted.
    """
    chains = _chains(constraints.person)
    tree = at_least(graph.forest, ceiling)
    block = components(graph.n, chains, at_least(tree, floor))
    touched = _early(block, constraints)
    touched[list(constraints.rejected)] = True
    lo, hi, steps = unpack(tree)
    # A component that nothing divides is as the plain forest has it, and so is what is linked at
    # the floor and that nothing divides: it is complete before anything else is linked.
    component = components(graph.n, chains, tree)
    whole = ~_divided(component, constraints, touched)[component]
    solid = ~_divided(block, constraints, touched)[block]
    settled = whole[lo] | (solid[lo] & (steps >= floor))
    if settled.all():
        return np.concatenate([chains, tree]), np.zeros(0, np.int64)
    # Nodes of the walk are faces, or whole components and blocks, which are complete already.
    node = np.empty(graph.n, np.int32)
    count = _number_nodes(component, whole, block, solid, node)
    walk = _Walk(constraints, node, count, touched, floor)
    a, b, _ = unpack(chains)
    within = node[a] == node[b]
    open_tree = tree[~settled]
    lo, hi = lo[~settled], hi[~settled]
    missing = touched[lo] | touched[hi]
    if likely is not None:
        missing |= _among(open_tree, likely)
    # An edge outside the forest closes a ring with edges of it, and joins nothing if those were
    # taken. So only where one was refused or put off do others matter; where that is, shows by
    # walking until no further one is refused.
    while True:
        edges = open_tree
        if missing.any():
            part = components(graph.n, tree[settled], open_tree[~missing])
            edges = merged(edges, graph.links(ceiling, part))
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
def _number_nodes(
    component: Table32, whole: Bools, block: Table32, solid: Bools, node: Table32
) -> int:
    """Number whole components, solid blocks and faces by themselves; returns how many."""
    of_component = np.full(len(node), -1, np.int32)
    of_block = np.full(len(node), -1, np.int32)
    count = 0
    for face in range(len(node)):
        at = -1
        if whole[face]:
            at = of_component[component[face]]
        elif solid[face]:
            at = of_block[block[face]]
        if at < 0:
            at = count
            count += 1
            if whole[face]:
                of_component[component[face]] = at
            elif solid[face]:
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


class _Walk:
    """The walk over the edges; nodes are faces, or parts of the library that are complete."""

    def __init__(
        self, constraints: Constraints, node: Table32, count: int, touched: Bools, floor: int
    ) -> None:
        self._node, self._count, self._touched, self._floor = node, count, touched, floor
        self._person = constraints.person
        self._born, self._day = constraints.born, constraints.day
        self._photos: Photos = constraints.photos
        faces = [face for face, persons in constraints.rejected.items() for _ in persons]
        persons = [person for persons in constraints.rejected.values() for person in persons]
        self._rejected = np.array([faces, persons], np.int64).reshape(2, -1)

    def kruskal(self, chains: Ints, edges: Ints) -> tuple[Ints, Ints]:
        """Take edges in order unless refused.

        Chains come first, then ordinary edges, then edges of rejected faces, which need the
        floor: a rejected face follows others and never drags them along.

        Returns:
            Accepted and refused edges, packed.
        """
        lo, hi, steps = unpack(edges)
        late = self._touched[lo] | self._touched[hi]
        edges = np.concatenate([chains, edges[~late], edges[late & (steps >= self._floor)]])
        verdict = np.zeros(len(edges), np.int8)
        _walk(
            edges,
            verdict,
            self._node,
            self._count,
            self._person,
            self._born,
            self._day,
            self._rejected,
            self._photos.of,
            self._photos.start,
            self._photos.faces,
        )
        return edges[verdict == _TAKEN], edges[verdict == _REFUSED]


_TAKEN, _REFUSED = 1, 2


@compiled
def _find(parent: Table32, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@compiled
def _walk(
    edges: Ints,
    verdict: np.ndarray[tuple[int], np.dtype[np.int8]],
    node: Table32,
    count: int,
    person_of: Ints,
    born: Floats,
    day: Floats,
    rejected: Ints,
    photo_of: Ints,
    photo_start: Ints,
    photo_faces: Ints,
) -> None:
    n = len(node)
    parent = np.arange(count).astype(np.int32)
    size = np.zeros(count, np.int64)
    person = np.full(count, -1, np.int64)
    earliest = np.full(count, np.inf)
    # Faces that share their photo with others, as a linked list of each component.
    first = np.full(count, -1, np.int32)
    last = np.full(count, -1, np.int32)
    length = np.zeros(count, np.int64)
    behind = np.full(n, -1, np.int32)
    for face in range(n):
        at = node[face]
        size[at] += 1
        if person_of[face] >= 0:
            person[at] = person_of[face]
        else:
            earliest[at] = min(earliest[at], day[face])
        if photo_of[face] >= 0:
            if last[at] < 0:
                first[at] = face
            else:
                behind[last[at]] = face
            last[at] = face
            length[at] += 1
    # Persons that faces of a component are not, likewise.
    first_not = np.full(count, -1, np.int64)
    last_not = np.full(count, -1, np.int64)
    behind_not = np.full(rejected.shape[1], -1, np.int64)
    for entry in range(rejected.shape[1]):
        at = node[rejected[0, entry]]
        if last_not[at] < 0:
            first_not[at] = entry
        else:
            behind_not[last_not[at]] = entry
        last_not[at] = entry
    seen = np.full(len(photo_start), -1, np.int64)
    remembered = np.full((_REMEMBERED, 3), -1, np.int64)

    for place in range(len(edges)):
        edge = edges[place]
        a = _find(parent, node[(edge >> INDEX_BITS) & INDEX_MASK])
        b = _find(parent, node[edge & INDEX_MASK])
        if a == b:
            continue
        if size[a] < size[b] or (size[a] == size[b] and a > b):
            a, b = b, a
        p, q = person[a], person[b]
        refuse = p >= 0 and q >= 0 and p != q
        refuse |= (p >= 0 and earliest[b] < born[p]) or (q >= 0 and earliest[a] < born[q])
        entry = first_not[b] if p >= 0 else -1
        while entry >= 0 and not refuse:
            refuse = rejected[1, entry] == p
            entry = behind_not[entry]
        entry = first_not[a] if q >= 0 else -1
        while entry >= 0 and not refuse:
            refuse = rejected[1, entry] == q
            entry = behind_not[entry]
        similar = STEPS - (edge >> 2 * INDEX_BITS) >= SAME_PICTURE
        if not refuse and length[a] and length[b] and not similar and not (p >= 0 and p == q):
            most = PHOTO_CLASH * size[b]
            slot = (a * 31 + b) % _REMEMBERED
            known = remembered[slot]
            common = known[2] if known[0] == a and known[1] == b else 0
            if common <= most:
                common = 0
                fewer, other = (a, b) if length[a] < length[b] else (b, a)
                face = first[fewer]
                while face >= 0:
                    photo = photo_of[face]
                    if seen[photo] != place:
                        seen[photo] = place
                        for k in range(photo_start[photo], photo_start[photo + 1]):
                            if _find(parent, node[photo_faces[k]]) == other:
                                common += 1
                                break
                        # A little further than needed: it will do for a while as they grow.
                        if common > 2 * most + 1:
                            break
                    face = behind[face]
                known[0], known[1], known[2] = a, b, common
            refuse = common > most
        if refuse:
            verdict[place] = _REFUSED
            continue
        verdict[place] = _TAKEN
        parent[b] = a
        size[a] += size[b]
        length[a] += length[b]
        if p < 0:
            person[a] = q
        earliest[a] = min(earliest[a], earliest[b])
        if first[b] >= 0:
            if first[a] < 0:
                first[a] = first[b]
            else:
                behind[last[a]] = first[b]
            last[a] = last[b]
        if first_not[b] >= 0:
            if first_not[a] < 0:
                first_not[a] = first_not[b]
            else:
                behind_not[last_not[a]] = first_not[b]
            last_not[a] = last_not[b]
