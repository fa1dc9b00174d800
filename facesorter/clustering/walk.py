"""Kruskal's algorithm that refuses, edge by edge; and the next time only where something is new.

What an edge meets depends on the two components that it finds. While both hold the same faces as
when the last refresh came to that edge, and nothing was said of any face since, the verdict is the
one of then, and the photos of the two sides need not be compared again. A component is other from
the first edge on that is new, gone, or judged otherwise in it.
"""

from __future__ import annotations

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import PHOTO_CLASH, SAME_PICTURE, Constraints, Photos
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Bools, Floats, Ints
from facesorter.clustering.similarity import INDEX_BITS, INDEX_MASK, STEPS, unpack
from facesorter.clustering.walked import JOINED, REFUSED, TAKEN, Verdicts, Walked

_REMEMBERED = 1 << 16
"""Pairs of components whose photos in common are remembered: they only become more."""


class Walk:
    """The walk over the edges; nodes are faces, or parts of the library that are complete.

    Faces that no edge of the walk can reach are in node -1.
    """

    def __init__(
        self,
        constraints: Constraints,
        node: Table32,
        count: int,
        touched: Bools,
        floor: int,
        walked: Walked,
    ) -> None:
        self._node, self._count, self._touched, self._floor = node, count, touched, floor
        self._person = constraints.person
        self._born, self._day = constraints.born, constraints.day
        self._photos: Photos = constraints.photos
        faces = [face for face, persons in constraints.rejected.items() for _ in persons]
        persons = [person for persons in constraints.rejected.values() for person in persons]
        self._rejected = np.array([faces, persons], np.int64).reshape(2, -1)
        self._walked = walked

    def kruskal(self, chains: Ints, edges: Ints) -> tuple[Ints, Ints]:
        """Take edges in order unless refused.

        Chains come first, then ordinary edges, then edges of rejected faces, which need the
        floor: a rejected face follows others and never drags them along.

        Returns:
            Accepted and refused edges, packed.
        """
        lo, hi, steps = unpack(edges)
        late = self._touched[lo] | self._touched[hi]
        parts = chains, edges[~late], edges[late & (steps >= self._floor)]
        edges = np.concatenate(parts)
        phase = np.repeat(np.arange(3, dtype=np.int8), [len(part) for part in parts])
        before, missing = self._walked.verdicts(edges, phase)
        verdict = np.zeros(len(edges), np.int8)
        _walk(
            edges,
            verdict,
            self._node,
            np.flatnonzero(self._node >= 0),
            np.flatnonzero(self._person >= 0),
            self._count,
            self._person,
            self._born,
            self._day,
            self._rejected,
            self._photos.of,
            self._photos.start,
            self._photos.faces,
            ~self._walked.clean(self._node, self._count),
            before,
            missing,
        )
        self._walked.keep(self._node, self._count, edges, phase, verdict)
        return edges[verdict == TAKEN], edges[verdict == REFUSED]


@compiled
def _find(parent: Table32, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@compiled
def _list_photos(
    node: Table32,
    faces: Ints,
    photo_of: Ints,
    parent: Table32,
    first: Table32,
    last: Table32,
    length: Ints,
    behind: Table32,
) -> None:
    """List the faces of each component that share their photo with others."""
    for face in faces:
        if photo_of[face] >= 0:
            at = _find(parent, node[face])
            if last[at] < 0:
                first[at] = face
            else:
                behind[last[at]] = face
            last[at] = face
            behind[face] = -1
            length[at] += 1


@compiled
def _walk(
    edges: Ints,
    verdict: Verdicts,
    node: Table32,
    faces: Ints,
    held: Ints,
    count: int,
    person_of: Ints,
    born: Floats,
    day: Floats,
    rejected: Ints,
    photo_of: Ints,
    photo_start: Ints,
    photo_faces: Ints,
    other_than_before: Bools,
    before: Verdicts,
    missing: Ints,
) -> None:
    n = len(node)
    parent = np.arange(count).astype(np.int32)
    size = np.zeros(count, np.int64)
    person = np.full(count, -1, np.int64)
    earliest = np.full(count, np.inf)
    dated = np.isfinite(born).any()
    for face in faces:
        at = node[face]
        size[at] += 1
        if dated and person_of[face] < 0:
            earliest[at] = min(earliest[at], day[face])
    for face in held:
        if node[face] >= 0:
            person[node[face]] = person_of[face]
    # Faces that share their photo with others, as a linked list of each component; made when the
    # first edge asks for one, which most walks never come to.
    listed = False
    first = np.full(count, -1, np.int32)
    last = np.full(count, -1, np.int32)
    length = np.zeros(count, np.int64)
    behind = np.empty(n, np.int32)
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
    seen = np.empty(0, np.int32)
    # Two components, numbered from 1 on, and how many photos they have in common.
    remembered = np.empty((0, 3), np.int64)

    gone = 0
    for place in range(len(edges)):
        while gone < len(missing) and missing[gone, 0] <= place:
            at = node[missing[gone, 1]]
            if at >= 0:
                other_than_before[_find(parent, at)] = True
            gone += 1
        edge = edges[place]
        a = _find(parent, node[(edge >> INDEX_BITS) & INDEX_MASK])
        b = _find(parent, node[edge & INDEX_MASK])
        if a == b:
            continue
        if size[a] < size[b] or (size[a] == size[b] and a > b):
            a, b = b, a
        p, q = person[a], person[b]
        known = before[place] > JOINED and not (other_than_before[a] or other_than_before[b])
        refuse = known and before[place] == REFUSED
        if not known:
            refuse = p >= 0 and q >= 0 and p != q
            refuse |= (p >= 0 and earliest[b] < born[p]) or (q >= 0 and earliest[a] < born[q])
        entry = first_not[b] if p >= 0 and not known else -1
        while entry >= 0 and not refuse:
            refuse = rejected[1, entry] == p
            entry = behind_not[entry]
        entry = first_not[a] if q >= 0 and not known else -1
        while entry >= 0 and not refuse:
            refuse = rejected[1, entry] == q
            entry = behind_not[entry]
        similar = STEPS - (edge >> 2 * INDEX_BITS) >= SAME_PICTURE
        asks = not (known or refuse or similar or (p >= 0 and p == q))
        if asks and not listed:
            listed = True
            seen = np.full(len(photo_start), -1, np.int32)
            remembered = np.zeros((_REMEMBERED, 3), np.int64)
            _list_photos(node, faces, photo_of, parent, first, last, length, behind)
        if asks and length[a] and length[b]:
            most = PHOTO_CLASH * size[b]
            slot = (a * 31 + b) % _REMEMBERED
            entry_of = remembered[slot]
            common = entry_of[2] if entry_of[0] == a + 1 and entry_of[1] == b + 1 else 0
            if common <= most:
                common = 0
                fewer, other = (a, b) if length[a] < length[b] else (b, a)
                face = first[fewer]
                while face >= 0:
                    photo = photo_of[face]
                    if seen[photo] != place:
                        seen[photo] = place
                        for k in range(photo_start[photo], photo_start[photo + 1]):
                            at = node[photo_faces[k]]
                            if at >= 0 and _find(parent, at) == other:
                                common += 1
                                break
                        # A little further than needed: it will do for a while as they grow.
                        if common > 2 * most + 1:
                            break
                    face = behind[face]
                entry_of[0], entry_of[1], entry_of[2] = a + 1, b + 1, common
            refuse = common > most
        if refuse:
            verdict[place] = REFUSED
            if before[place] == TAKEN:
                other_than_before[a] = other_than_before[b] = True
            continue
        verdict[place] = TAKEN
        parent[b] = a
        other_than_before[a] |= other_than_before[b] or before[place] != TAKEN
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
