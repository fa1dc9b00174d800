"""Constrained Kruskal: a spanning forest that no decision and no photo contradicts.

Kruskal's algorithm (1956) takes edges most similar first and joins two components with each. Here a
component also carries its confirmed person, the persons its faces were rejected from, and the
earliest day of an unconfirmed face. A union that would contradict them is refused, and so is one
whose sides share photos, since a photo rarely shows a person twice. Groups are always parts of one
component, so these constraints hold by construction, whatever is selected later.

Without cannot-links this is the minimum spanning forest rooted in seeds (watershed cuts, Cousty et
al. 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled
from facesorter.clustering.confidence import TOP
from facesorter.clustering.constraints import PHOTO_CLASH, SAME_PICTURE, Constraints, Photos
from facesorter.clustering.forest import nested_components
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import (
    Parents,
    at_least,
    ends,
    find,
    pack,
    sorted_edges,
    steps_of,
    unpack,
)
from facesorter.clustering.proposal import Bools, Floats, Ints, Ints32
from facesorter.clustering.similarity import STEPS

_REMEMBERED = 1 << 16
"""Pairs of components whose number of common photos is remembered: it only grows."""


def grow(
    graph: Graph,
    constraints: Constraints,
    *,
    ceiling: int,
    floor: int,
    join: int,
    token: CancelToken | None = None,
) -> Ints:
    """Build the constrained spanning forest of a library.

    Edges are taken in three phases: links between confirmed faces of one person; ordinary edges;
    edges of rejected faces, which need the floor and come last, so that a rejected face follows
    others and never drags them along. Faces from before the birth of the person they look like
    count as rejected: one wrong date bars no other photo. So do odd faces of collages.

    Args:
        graph: normalised similarities.
        constraints: what may not be broken.
        ceiling: edges below it are left out, in steps.
        floor: what a rejected face needs, in steps.
        join: similarity at which neighbours tell a wrong date, in steps.
        token: polled now and then; raises `Cancelled`.

    Returns:
        The accepted edges, packed, in any order; links of confirmed faces have cosine 1.
    """
    confirmed = chains(constraints.person)
    tree = at_least(graph.forest, ceiling)
    tight = at_least(tree, floor)
    # Blocks are linked at the floor, components at the ceiling.
    block, component = nested_components(graph.n, [(confirmed, tight), (tree[len(tight) :],)])
    late = _early(block, constraints) | _misdated(component, constraints, graph, join)
    late |= constraints.photos.odd & (constraints.person < 0)
    late[list(constraints.rejected)] = True
    node = _nodes(block, component, constraints, late)
    lo, hi, steps = unpack(tree)
    # Nothing in an undivided component or block can be refused: the plain forest stands.
    settled = (node[lo] < 0) | ((node[lo] == node[hi]) & (steps >= floor))
    a, b, _ = unpack(confirmed)
    within = node[a] == node[b]
    # An edge outside the forest closes a ring with edges of it, and joins nothing if those were
    # taken. Where one may be refused, the links of the neighbour lists stand in. Of one that both
    # faces list, the second copy changes nothing.
    edges = sorted_edges(tree[~settled], graph.links(ceiling, node))
    if token is not None:
        token.check()
    lo, hi, steps = unpack(edges)
    last = late[lo] | late[hi]
    phases = confirmed[~within], edges[~last], edges[last & (steps >= floor)]
    taken = _constrained_kruskal(np.concatenate(phases), node, constraints)
    return np.concatenate([confirmed[within], taken, tree[settled]])


def chains(person: Ints) -> Ints:
    """Link each confirmed person's faces to a chain; packed, sorted edges of cosine 1.

    Args:
        person: int64[n], the confirmed person, or -1.
    """
    held = np.flatnonzero(person >= 0)
    held = held[np.argsort(person[held], kind="stable")]
    lo, hi = held[:-1], held[1:]
    same = person[lo] == person[hi]
    return np.sort(pack(lo[same], hi[same], np.full(int(same.sum()), STEPS)))


def _early(block: Ints32, constraints: Constraints) -> Bools:
    """Find unconfirmed faces linked at the floor to a person born later: rejected by their date.

    Faces farther away are refused one by one, unless their dates are plainly wrong. They must not
    come last as well, or whoever looks at all like a newborn would need more than others do.
    """
    if not np.isfinite(constraints.born).any():
        return np.zeros(len(block), bool)
    held = np.flatnonzero(constraints.person >= 0)
    latest = np.full(int(block.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(latest, block[held], constraints.born[constraints.person[held]])
    early: Bools = (constraints.day < latest[block]) & (constraints.person < 0)
    return early


def _misdated(component: Ints32, constraints: Constraints, graph: Graph, join: int) -> Bools:
    """Find faces dated before the birth of somebody near, though what is nearest is from later.

    A forebear's photos are nearest to each other and as old. A wrong date stands alone: most of
    the `TOP` nearest faces, two at least, are similar enough to join and were taken after it.
    """
    early = _early(component, constraints)
    asking = np.flatnonzero(early)
    if not len(asking):
        return early
    lists = graph.lists
    slots = lists.order[asking]
    column, steps = lists.column[slots, : lists.width], lists.steps[slots, : lists.width]
    listed = (steps >= lists.lowest) & (lists.rank[column] >= 0)
    listed &= np.cumsum(listed, axis=1) <= TOP
    penalty = graph.penalties
    near = steps - (penalty[slots][:, None] + penalty[column] + 1) // 2 >= join
    later = ~lists.by_slot(early, 0)[column]
    result = np.zeros(len(early), bool)
    result[asking] = (listed & near & later).sum(axis=1) * 2 > TOP
    return result


def _nodes(block: Ints32, component: Ints32, constraints: Constraints, late: Bools) -> Ints32:
    """Number what the constrained walk has to join.

    Returns:
        int32[n]: undivided blocks are one node, other faces one each, and faces of undivided
        components are in none (-1).
    """
    blocks, parts = (_divided(part, constraints, late) for part in (block, component))
    faces = np.arange(len(block), dtype=np.int32)
    number = np.where(blocks[block], len(blocks) + faces, block)
    number = np.where(parts[component], number, -1)
    used = np.zeros(len(blocks) + len(block) + 1, bool)
    used[number] = True
    used[-1] = False
    dense = np.where(used, np.cumsum(used) - 1, -1)
    return dense[number].astype(np.int32)


def _divided(part: Ints32, constraints: Constraints, late: Bools) -> Bools:
    """Find the parts that hold somebody rejected or too early, or two who can't be one person.

    Args:
        part: int32[n], the part of each face, from 0 on.
        constraints: what may not be broken.
        late: bool[n], rejected faces.

    Returns:
        bool[parts].
    """
    divided = np.zeros(int(part.max(initial=-1)) + 1, bool)
    divided[part[late]] = True
    person, photos = constraints.person, constraints.photos
    held = np.flatnonzero(person >= 0)
    if len(held):
        whose = np.full(len(divided), -1)
        whose[part[held]] = person[held]
        divided[part[held[whose[part[held]] != person[held]]]] = True
        here = whose[part]
        divided[part[(person < 0) & (here >= 0) & (constraints.day < constraints.born[here])]] = (
            True
        )
    _divide_by_photos(part, photos, divided)
    return divided


@compiled
def _divide_by_photos(part: Ints32, photos: Photos, divided: Bools) -> None:
    for photo in range(len(photos.start) - 1):
        for i in range(photos.start[photo], photos.start[photo + 1]):
            face = photos.faces[i]
            here = part[face]
            for k in range(photos.start[photo], i):
                other = photos.faces[k]
                divided[here] |= part[other] == here and photos.look[other] != photos.look[face]


def _constrained_kruskal(edges: Ints, node: Ints32, constraints: Constraints) -> Ints:
    """Take packed edges in the order given unless they are refused; return those taken."""
    count = int(node.max(initial=-1)) + 1
    faces = np.flatnonzero(node >= 0)
    held = faces[constraints.person[faces] >= 0]
    sides = _Sides(
        parent=np.arange(count, dtype=np.uint32),
        size=np.bincount(node[faces], minlength=count),
        person=np.full(count, -1),
        earliest=np.full(count, np.inf),
    )
    sides.person[node[held]] = constraints.person[held]
    if np.isfinite(constraints.born).any():
        undecided = faces[constraints.person[faces] < 0]
        np.minimum.at(sides.earliest, node[undecided], constraints.day[undecided])
    sharing = faces[constraints.photos.of[faces] >= 0]
    pairs = [(face, who) for face, persons in constraints.rejected.items() for who in persons]
    rejected = np.array(pairs, np.int64).reshape(-1, 2)
    taken = np.zeros(len(edges), bool)
    _walk(
        edges,
        node,
        sides,
        _listed(node[rejected[:, 0]], rejected[:, 1], count),
        _listed(node[sharing], sharing, count),
        constraints.photos,
        constraints.born,
        taken,
    )
    return edges[taken]


class _Sides(NamedTuple):
    """What each component of the walk carries, by its root."""

    parent: Parents
    size: Ints
    """Faces."""
    person: Ints
    """The confirmed person, or -1."""
    earliest: Floats
    """Day of the earliest unconfirmed face, infinity where nobody's birth is known."""


class _Chains(NamedTuple):
    """Values of each component as linked lists, so that two are joined in constant time."""

    value: Ints
    behind: Ints
    """The entry that follows each entry, -1 at the end."""
    first: Ints
    """The first entry of each component, -1 for none."""
    last: Ints
    length: Ints


class _CommonPhotos(NamedTuple):
    """Numbers of photos in common that were counted before, and a scratch pad."""

    pair: Ints
    """int64[`_REMEMBERED`, 2], two roots, in places by their hash."""
    number: Ints
    stamp: Ints
    """int64[photos], the count that each photo was last part of."""


def _listed(owner: Ints32, value: Ints, count: int) -> _Chains:
    """Chain values, each of which belongs to one of ``count`` nodes; -1 is no node."""
    inside = np.flatnonzero(owner >= 0)
    owner, value = owner[inside], value[inside]
    order = np.argsort(owner, kind="stable")
    owner, value = owner[order], value[order]
    entries = np.arange(len(value))
    behind = np.full(len(value), -1)
    follows = np.flatnonzero(owner[1:] == owner[:-1])
    behind[follows] = follows + 1
    first, last = np.full(count, -1), np.full(count, -1)
    last[owner] = entries
    first[owner[::-1]] = entries[::-1]
    return _Chains(value, behind, first, last, np.bincount(owner, minlength=count))


@compiled
def _walk(
    edges: Ints,
    node: Ints32,
    sides: _Sides,
    rejected: _Chains,
    sharing: _Chains,
    photos: Photos,
    born: Floats,
    taken: Bools,
) -> None:
    """Join components edge by edge, and say which edges were taken.

    ``rejected`` lists the persons that faces of a component are not, ``sharing`` its faces that
    share their photo with others.
    """
    known = _CommonPhotos(
        np.full((_REMEMBERED, 2), -1),
        np.zeros(_REMEMBERED, np.int64),
        np.full(len(photos.start), -1),
    )
    for place in range(len(edges)):
        lo, hi = ends(edges[place])
        a, b = find(sides.parent, node[lo]), find(sides.parent, node[hi])
        if a == b:
            continue
        # ``b`` is the smaller side, which joins the larger.
        if sides.size[a] < sides.size[b] or (sides.size[a] == sides.size[b] and a > b):
            a, b = b, a
        if _contradict(sides, rejected, born, a, b):
            continue
        one_person = sides.person[a] >= 0 and sides.person[a] == sides.person[b]
        if not one_person and steps_of(edges[place]) < SAME_PICTURE:
            most = PHOTO_CLASH * sides.size[b]
            if _common_photos(node, sides.parent, sharing, photos, known, a, b, most) > most:
                continue
        taken[place] = True
        sides.parent[b] = a
        sides.size[a] += sides.size[b]
        if sides.person[a] < 0:
            sides.person[a] = sides.person[b]
        sides.earliest[a] = min(sides.earliest[a], sides.earliest[b])
        _append(rejected, a, b)
        _append(sharing, a, b)


@compiled
def _contradict(sides: _Sides, rejected: _Chains, born: Floats, a: int, b: int) -> bool:
    """Whether decisions or dates keep two components apart."""
    p, q = sides.person[a], sides.person[b]
    if p >= 0 and q >= 0 and p != q:
        return True
    if p >= 0 and (sides.earliest[b] < born[p] or _lists(rejected, b, p)):
        return True
    return q >= 0 and (sides.earliest[a] < born[q] or _lists(rejected, a, q))


@compiled
def _lists(chains: _Chains, root: int, value: int) -> bool:
    entry = chains.first[root]
    while entry >= 0:
        if chains.value[entry] == value:
            return True
        entry = chains.behind[entry]
    return False


@compiled
def _append(chains: _Chains, a: int, b: int) -> None:
    """Move the list of component ``b`` behind that of ``a``."""
    if chains.first[b] < 0:
        return
    if chains.first[a] < 0:
        chains.first[a] = chains.first[b]
    else:
        chains.behind[chains.last[a]] = chains.first[b]
    chains.last[a] = chains.last[b]
    chains.length[a] += chains.length[b]


@compiled
def _common_photos(
    node: Ints32,
    parent: Parents,
    sharing: _Chains,
    photos: Photos,
    known: _CommonPhotos,
    a: int,
    b: int,
    most: float,
) -> int:
    """Count the photos with different people in both components; exact only up to ``most``."""
    if sharing.length[a] == 0 or sharing.length[b] == 0:
        return 0
    # Both only gain photos, so a number that was too high stays too high.
    slot = (a * 31 + b) % _REMEMBERED
    before: int = known.number[slot]
    if known.pair[slot, 0] == a and known.pair[slot, 1] == b and before > most:
        return before
    fewer, other = (a, b) if sharing.length[a] < sharing.length[b] else (b, a)
    known.stamp[-1] += 1
    count = 0
    entry = sharing.first[fewer]
    # A little further than needed: it will do for a while as the two grow.
    while entry >= 0 and count <= 2 * most + 1:
        face = sharing.value[entry]
        photo = photos.of[face]
        entry = sharing.behind[entry]
        if known.stamp[photo] == known.stamp[-1]:
            continue
        for k in range(photos.start[photo], photos.start[photo + 1]):
            at = node[photos.faces[k]]
            if photos.look[photos.faces[k]] == photos.look[face]:
                continue
            if at >= 0 and find(parent, at) == other:
                known.stamp[photo] = known.stamp[-1]
                count += 1
                break
    known.pair[slot, 0], known.pair[slot, 1], known.number[slot] = a, b, count
    return count
