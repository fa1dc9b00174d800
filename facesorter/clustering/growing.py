"""The user's word inside the forest: Kruskal's algorithm that refuses to break a constraint.

A component carries at most one confirmed person and the persons its faces were rejected from; a
union that would contradict them is refused, and so is one whose sides share photos, since one
photo hardly shows a person twice. Constraints therefore hold by construction, whatever the
selection does afterwards, because a group is always part of one component.

The method is the minimum spanning forest rooted in seeds (watershed cuts, Cousty et al. 2009),
with cannot-links.
"""

from __future__ import annotations

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.constraints import PHOTO_CLASH, SAME_PICTURE, Constraints
from facesorter.clustering.forest import Graph, components
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import STEPS, merged, pack, unpack

_CHUNK = 1 << 18
"""Edges walked between looks at the cancel token; a tenth of a second."""


def grow(
    graph: Graph,
    constraints: Constraints,
    *,
    ceiling: int,
    floor: int,
    token: CancelToken | None = None,
) -> tuple[Ints, Ints, Ints]:
    """Build the forest of the library that no constraint contradicts.

    Edges come in three phases: links between confirmed faces of one person; ordinary edges; edges
    of rejected faces, which need the floor and come last, so that a rejected face follows others
    and never drags them along.

    Args:
        graph: forest and neighbours of the library.
        constraints: what may not be broken.
        ceiling: edges below it are left out, in steps.
        floor: what a rejected face needs, in steps.
        token: polled now and then; raises `Cancelled`.

    Returns:
        ``(lo, hi, steps)`` of the accepted edges; links of confirmed faces have cosine 1.
    """
    touched = np.zeros(graph.n, bool)
    touched[list(constraints.rejected)] = True
    chains = _chains(constraints.person)
    tree = graph.forest[unpack(graph.forest)[2] >= ceiling]
    lo, hi, steps = unpack(tree)
    # A component that nothing divides is as the plain forest has it, and so is what is linked at
    # the floor and that nothing divides: it is complete before anything else is linked.
    component = _components(graph.n, chains, tree)
    whole = ~_divided(component, constraints, touched)[component]
    block = _components(graph.n, chains, tree[steps >= floor])
    solid = ~_divided(block, constraints, touched)[block]
    settled = whole[lo] | (solid[lo] & (steps >= floor))
    accepted = chains
    if not settled.all():
        node = np.unique(
            np.where(whole, component, np.where(solid, graph.n + block, -1 - np.arange(graph.n))),
            return_inverse=True,
        )[1]
        walk = _Walk(constraints, node, touched, floor)
        within = node[unpack(chains)[0]] == node[unpack(chains)[1]]
        open_tree = tree[~settled]
        lo, hi, _ = unpack(open_tree)
        missing = touched[lo] | touched[hi]
        # An edge outside the forest closes a ring with edges of it, and joins nothing if those
        # were taken. So only where one was refused or put off do others matter; where that is,
        # shows by walking until no further one is refused.
        while True:
            edges = open_tree
            if missing.any():
                there = np.concatenate([tree[settled], open_tree[~missing]])
                edges = merged(edges, graph.links(ceiling, _components(graph.n, there)))
            taken, refused = walk.kruskal(chains[~within], edges, token)
            more = ~missing & np.isin(open_tree, refused, assume_unique=True)
            if not more.any():
                break
            missing |= more
        accepted = np.concatenate([chains[within], taken])
    return unpack(np.concatenate([accepted, tree[settled]]))


def _chains(person: Ints) -> Ints:
    """Links that keep each confirmed person's faces together."""
    order = np.argsort(person, kind="stable")
    order = order[person[order] >= 0]
    same = person[order[1:]] == person[order[:-1]]
    a, b = order[:-1][same], order[1:][same]
    return np.sort(pack(np.minimum(a, b), np.maximum(a, b), np.full(len(a), STEPS)))


def _components(n: int, *edges: Ints) -> Ints:
    lo, hi, _ = unpack(np.concatenate(edges))
    return components(n, lo, hi).astype(np.int64)


def _divided(component: Ints, constraints: Constraints, touched: Bools) -> Bools:
    """Which components hold a rejected face, two persons, or two faces of one photo."""
    divided = np.zeros(int(component.max(initial=-1)) + 1, bool)
    divided[component[touched]] = True
    for value in (constraints.person, constraints.photo):
        has = np.flatnonzero(value >= 0)
        key = component[has] * (int(value.max(initial=0)) + 1) + value[has]
        key, count = np.unique(key, return_counts=True)
        owner = key // (int(value.max(initial=0)) + 1)
        if value is constraints.photo:
            divided[owner[count > 1]] = True
        else:
            divided[owner[1:][owner[1:] == owner[:-1]]] = True
    return divided


class _Walk:
    """The walk over the edges; nodes are faces, or blocks of them that are complete already."""

    def __init__(self, constraints: Constraints, node: Ints, touched: Bools, floor: int) -> None:
        self._node, self._touched, self._floor = node, touched, floor
        count = int(node.max()) + 1
        self._size = np.bincount(node, minlength=count).tolist()
        person = np.full(count, -1, np.int64)
        held = np.flatnonzero(constraints.person >= 0)
        person[node[held]] = constraints.person[held]
        self._person: list[int] = person.tolist()
        self._rejected = {
            int(node[face]): persons for face, persons in constraints.rejected.items()
        }
        self._photo = constraints.photo
        self._photos: dict[int, set[int]] = {}
        self._met = np.zeros(count, bool)

    def kruskal(self, chains: Ints, edges: Ints, token: CancelToken | None) -> tuple[Ints, Ints]:
        """Take edges in order unless refused.

        Chains come first, then ordinary edges, then edges of rejected faces, which need the
        floor: a rejected face follows others and never drags them along.

        Returns:
            Accepted and refused edges, packed.
        """
        lo, hi, steps = unpack(edges)
        late = self._touched[lo] | self._touched[hi]
        edges = np.concatenate([chains, edges[~late], edges[late & (steps >= self._floor)]])
        lo, hi, steps = unpack(edges)
        a, b = self._node[lo], self._node[hi]
        self._see(a, b)
        taken, refused = self._unite(a, b, steps, token)
        return edges[taken], edges[refused]

    def _see(self, a: Ints, b: Ints) -> None:
        """Note the photos of nodes that were not met before."""
        met = np.zeros(len(self._size), bool)
        met[a] = met[b] = True
        met &= ~self._met
        self._met |= met
        shared = np.flatnonzero((self._photo >= 0) & met[self._node])
        for node, photo in zip(
            self._node[shared].tolist(), self._photo[shared].tolist(), strict=True
        ):
            if node in self._photos:
                self._photos[node].add(photo)
            else:
                self._photos[node] = {photo}

    def _unite(
        self,
        ends: Ints,
        others: Ints,
        steps: Ints,
        token: CancelToken | None,
    ) -> tuple[Ints, Ints]:
        """Places of the accepted and of the refused edges."""
        parent = list(range(len(self._size)))
        size, person, rejected = self._size.copy(), self._person.copy(), self._rejected.copy()
        # Photos of nodes stay as they are for the next walk; those of unions are made on the way.
        alone = self._photos
        united: dict[int, set[int]] = {}
        # Size of two components when they were last refused: until one grows the answer stands.
        refusals: dict[tuple[int, int], int] = {}
        taken: list[int] = []
        refused: list[int] = []
        for start in range(0, len(ends), _CHUNK):
            if token is not None:
                token.check()
            part = slice(start, start + _CHUNK)
            edges = zip(
                ends[part].tolist(), others[part].tolist(), steps[part].tolist(), strict=True
            )
            for place, (a, b, step) in enumerate(edges, start):
                while parent[a] != a:
                    parent[a] = a = parent[parent[a]]
                while parent[b] != b:
                    parent[b] = b = parent[parent[b]]
                if a == b:
                    continue
                if size[a] < size[b] or (size[a] == size[b] and a > b):
                    a, b = b, a
                p, q = person[a], person[b]
                if (
                    (p >= 0 and q >= 0 and p != q)
                    or (p >= 0 and p in rejected.get(b, ()))
                    or (q >= 0 and q in rejected.get(a, ()))
                ):
                    refused.append(place)
                    continue
                mine = united.get(a) or alone.get(a)
                theirs = united.get(b) or alone.get(b)
                if mine and theirs:
                    if step < SAME_PICTURE and not (p >= 0 and p == q):
                        both = size[a] + size[b]
                        if refusals.get((a, b)) == both:
                            refused.append(place)
                            continue
                        if len(mine & theirs) > PHOTO_CLASH * size[b]:
                            refusals[a, b] = both
                            refused.append(place)
                            continue
                    if len(mine) < len(theirs):
                        a_has, mine, theirs = b in united, theirs, mine
                    else:
                        a_has = a in united
                    if a_has:
                        mine |= theirs
                        united[a] = mine
                    else:
                        united[a] = mine | theirs
                elif theirs:
                    united[a] = theirs.copy()
                if b in rejected:
                    rejected[a] = rejected.get(a, frozenset()) | rejected[b]
                if p < 0:
                    person[a] = q
                parent[b] = a
                size[a] += size[b]
                taken.append(place)
        return np.asarray(taken, np.int64), np.asarray(refused, np.int64)
