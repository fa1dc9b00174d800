"""The user's word inside the forest: Kruskal's algorithm that refuses to break a constraint.

A component carries at most one confirmed person and the persons its faces were rejected from; a
union that would contradict them is refused, and so is one whose sides share photos, since one
photo hardly shows a person twice. Constraints therefore hold by construction, whatever the
selection does afterwards, because a group is always part of one component.

The method is the minimum spanning forest rooted in seeds (watershed cuts, Cousty et al. 2009),
with cannot-links.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.forest import Graph, components
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import STEPS, pack, to_steps, unpack

SAME_PICTURE = to_steps(0.80)
"""Steps. Faces of one photo at least this similar are the same face twice: a collage, a mirror, a
photo of a photo. Different people stay below it in every set measured."""

PHOTO_CLASH = 0.10
"""Share of the smaller side that may have photos in common with the other: not zero, because one
wrong face would keep two halves of a person apart; the double faces are taken out afterwards."""

_CHUNK = 1 << 18
"""Edges walked between looks at the cancel token; a tenth of a second."""


@dataclass(frozen=True)
class Constraints:
    """What the user said and the photos say, by position of the face."""

    person: Ints
    """int64[n], the confirmed person, or -1."""
    rejected: dict[int, frozenset[int]]
    """Persons that an unconfirmed face is not."""
    photo: Ints
    """int64[n], the photo, or -1 where the face is the only one in it."""


def make_constraints(confirmed: Ints, photo_ids: Ints, rejections: Ints) -> Constraints:
    """Collect constraints; ``rejections`` are pairs of *position* and person."""
    _, inverse, count = np.unique(photo_ids, return_inverse=True, return_counts=True)
    photo = np.where(count[inverse] > 1, inverse, -1).astype(np.int64)
    rejected: dict[int, set[int]] = {}
    for face, person in rejections.tolist():
        if confirmed[face] < 0:
            rejected.setdefault(face, set()).add(person)
    return Constraints(confirmed, {f: frozenset(p) for f, p in rejected.items()}, photo)


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
    lo, hi, _ = unpack(np.concatenate([chains, tree]))
    component = components(graph.n, lo, hi)
    bound = _bound(component, constraints, touched)
    # A component that nothing constrains is as the plain forest has it.
    free = ~bound[component[unpack(tree)[0]]]
    accepted = [unpack(tree[free])]
    if bound.any():
        # After a refusal the next best link may be an edge that is in no forest.
        edges = graph.neighbours.edges(ceiling, graph.core)
        edges = np.union1d(edges, tree)
        edges = edges[bound[component[unpack(edges)[0]]]]
        edges = np.concatenate([chains, *_by_phase(edges, touched, floor)])
        accepted.append(unpack(edges[_kruskal(edges, constraints, token)]))
    return (
        np.concatenate([part[0] for part in accepted]),
        np.concatenate([part[1] for part in accepted]),
        np.concatenate([part[2] for part in accepted]),
    )


def _chains(person: Ints) -> Ints:
    """Links that keep each confirmed person's faces together."""
    order = np.argsort(person, kind="stable")
    order = order[person[order] >= 0]
    same = person[order[1:]] == person[order[:-1]]
    a, b = order[:-1][same], order[1:][same]
    return np.sort(pack(np.minimum(a, b), np.maximum(a, b), np.full(len(a), STEPS)))


def _bound(component: Ints | np.ndarray, constraints: Constraints, touched: Bools) -> Bools:
    """Which components hold a confirmed face, a rejected face, or two faces of one photo."""
    bound = np.zeros(int(component.max(initial=-1)) + 1, bool)
    bound[component[(constraints.person >= 0) | touched]] = True
    shared = np.flatnonzero(constraints.photo >= 0)
    key = component[shared].astype(np.int64) * (len(constraints.photo) + 1)
    key += constraints.photo[shared]
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    bound[component[shared[first[count > 1]]]] = True
    return bound


def _by_phase(edges: Ints, touched: Bools, floor: int) -> tuple[Ints, Ints]:
    lo, hi, steps = unpack(edges)
    late = touched[lo] | touched[hi]
    return edges[~late], edges[late & (steps >= floor)]


def _kruskal(edges: Ints, constraints: Constraints, token: CancelToken | None) -> Ints:
    """Unite in the given order unless refused; returns the places of the accepted edges."""
    parent = list(range(len(constraints.person)))
    size = [1] * len(parent)
    person = constraints.person.tolist()
    rejected: dict[int, frozenset[int]] = dict(constraints.rejected)
    photos: dict[int, set[int]] = {
        face: {photo} for face, photo in enumerate(constraints.photo.tolist()) if photo >= 0
    }
    # Size of two components when they were last refused: until one grows the answer stands.
    refusals: dict[tuple[int, int], int] = {}
    taken: list[int] = []
    for start in range(0, len(edges), _CHUNK):
        if token is not None:
            token.check()
        ends = zip(*(x.tolist() for x in unpack(edges[start : start + _CHUNK])), strict=True)
        for place, (a, b, step) in enumerate(ends, start):
            while parent[a] != a:
                parent[a] = a = parent[parent[a]]
            while parent[b] != b:
                parent[b] = b = parent[parent[b]]
            if a == b:
                continue
            if size[a] < size[b] or (size[a] == size[b] and a > b):
                a, b = b, a
            p, q = person[a], person[b]
            if p >= 0 and q >= 0 and p != q:
                continue
            if (p >= 0 and p in rejected.get(b, ())) or (q >= 0 and q in rejected.get(a, ())):
                continue
            mine, theirs = photos.get(a), photos.get(b)
            if mine and theirs:
                if step < SAME_PICTURE and not (p >= 0 and p == q):
                    both = size[a] + size[b]
                    if refusals.get((a, b)) == both:
                        continue
                    if len(mine & theirs) > PHOTO_CLASH * size[b]:
                        refusals[a, b] = both
                        continue
                if len(mine) < len(theirs):
                    mine, theirs = theirs, mine
                mine |= theirs
                photos[a] = mine
            elif theirs:
                photos[a] = theirs
            if b in rejected:
                rejected[a] = rejected.get(a, frozenset()) | rejected[b]
            if p < 0:
                person[a] = q
            parent[b] = a
            size[a] += size[b]
            taken.append(place)
    return np.asarray(taken, np.int64)
