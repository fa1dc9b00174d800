"""Photos that show somebody more than once: collages, contact sheets, mirrors, framed pictures.

Two faces of a photo are two people, and their groups are kept apart for it. In a collage of one
person's pictures that would tear the person's other photos apart, since each of its faces draws
some of them away from the rest. Such faces give themselves away: the very photos that are nearest
to one are as near to the other, and nearly all of them show the person once. Siblings fail the
first, twins the second, for they are on other photos together, too.

An odd picture, far from the person's others, may look like a sibling. It stays a second person, but
is linked last, so that it draws none of the single photos away from the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.confidence import TOP
from facesorter.clustering.constraints import Photos, doubled
from facesorter.clustering.graph import Graph
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS, Vectors, fixed_product, folding, to_steps

SURE = 0.15
"""Share of the way from the ceiling to 1 at which a photo is near to a face, and a witness: half of
what the floor is at least. Of two faces of a collage 95 % are as near to three photos."""

ALSO = 0.05
"""The same for further faces of a photo that is known to show somebody more than once."""

GAP = 0.12
"""Cosine by which two faces may be less similar to their common witnesses than each is to its own
nearest photos. On the labelled photos 90 % of two faces of a collage are within it; of people made
as alike as siblings (mean cosine 0.45, 0.50, 0.55; their own photos 0.66) the least were at 0.17,
0.14, 0.11 (`tests/benchmarks/planted_collages.py`). A face is odd where its own photos together
lead by no more, as a single one of them may: in 24 draws of collages that left 12 groups of single
photos torn instead of 20, and of 240 pairs of siblings 4 at 0.55 changed, none at 0.50."""

ALONE = 3
"""Photos that must show the person once for each that seems to show them more than once, and the
least number of them: twins and siblings are together on more of theirs."""

_APART = 1 << 40
"""A lead that no rule allows."""
_FEW = 200
"""Photos compared in about 1 ms."""


class _Rules(NamedTuple):
    """What makes two faces one person, in steps."""

    near: int
    """Least similarity to witnesses."""
    also: int
    """The same for further faces."""
    gap: int


class _About(NamedTuple):
    """What the walk over photos reads, by slot."""

    lists: Lists
    matrix: Singles
    penalty: Ints
    photo: Ints
    """The number of the photo; of faces alone in one, a number of their own above those."""
    double: Bools
    """Whether the photo seems to show the person more than once."""
    person: Ints
    """The confirmed person, or -1."""


def find_collages(
    vectors: Vectors, graph: Graph, photos: Photos, person: Ints, ceiling: float
) -> Photos:
    """Find the faces of one photo that may be one person.

    Args:
        vectors: the embeddings.
        graph: normalised similarities.
        photos: the photos with several faces.
        person: int64[n], the confirmed person, or -1.
        ceiling: cosine below which faces are never linked.

    Returns:
        The photos, with equal `Photos.look` for such faces, and `Photos.odd` ones.
    """
    near, also = (to_steps(ceiling + share * (1 - ceiling)) for share in (SURE, ALSO))
    label = graph.components_at(near).astype(np.int64)
    double = doubled(label, photos)
    asked = double | doubled(person, photos)
    if not asked.any():
        return photos
    lists = graph.lists
    alone = len(photos.start) + np.arange(graph.n)
    about = _About(
        lists,
        vectors.matrix,
        graph.penalties,
        lists.by_slot(np.where(photos.of < 0, alone, photos.of), -1),
        lists.by_slot(double, 0),
        lists.by_slot(person, -1),
    )
    rules = _Rules(near, also, to_steps(GAP))
    found = photos._replace(look=photos.look.copy(), odd=photos.odd.copy())
    several = np.unique(photos.of[asked])

    def loop(start: int, end: int) -> None:
        _compare_photos(about, found, several[start:end], label, rules)

    in_parts(loop, len(several), _FEW)
    return found


@compiled
def _compare_photos(about: _About, photos: Photos, asked: Ints, label: Ints, rules: _Rules) -> None:
    """Write the looks of the faces of some photos, and which of them are odd."""
    for photo in asked:
        faces = photos.faces[photos.start[photo] : photos.start[photo + 1]]
        _compare(about, about.lists.order[faces], label[faces], rules, photos, faces)


@compiled
def _compare(
    about: _About, slots: Ints, label: Ints, rules: _Rules, photos: Photos, faces: Ints
) -> None:
    """Write the looks of the faces of one photo, and which of them are odd."""
    look, count = photos.look, len(faces)
    for i in range(count):
        for k in range(i):
            old, new = look[faces[i]], look[faces[k]]
            if old == new or label[i] != label[k]:
                continue
            if _are_one(about, slots[i], slots[k], rules.near, rules.gap):
                for other in faces:
                    if look[other] == old:
                        look[other] = new
    before = look[faces]
    for i in range(count):
        if (before == before[i]).sum() > 1:
            continue
        for k in range(count):
            several = (before == before[k]).sum() > 1
            if several and _are_one(about, slots[i], slots[k], rules.also, rules.gap):
                look[faces[i]] = before[k]
                break
    for i in range(count):
        for k in range(i):
            if look[faces[i]] != look[faces[k]] and label[i] == label[k]:
                first, second = _leads(about, slots[i], slots[k], rules.also)
                if min(first, second) <= rules.gap:
                    photos.odd[faces[i if first <= second else k]] = True


@compiled
def _are_one(about: _About, a: int, b: int, near: int, gap: int) -> bool:
    """Whether two faces of a photo may be one person, by their common witnesses."""
    who, other = about.person[a], about.person[b]
    if who >= 0 and other >= 0:
        return bool(who == other)
    if _steps(about, a, b, folding(about.matrix.shape[1])) < near:
        return False
    first, second = _leads(about, a, b, near)
    return bool((first + second) // 2 <= TOP * gap)


@compiled
def _leads(about: _About, a: int, b: int, near: int) -> tuple[int, int]:
    """Find how much nearer each of two faces of a photo is to its own than to common witnesses.

    Returns:
        The sums of similarities to its `TOP` nearest photos without those to the witnesses, in
        steps; `_APART` where too few witnesses speak for one person.
    """
    who = max(about.person[a], about.person[b])
    folded = folding(about.matrix.shape[1])
    photo, least = np.empty(2 * about.lists.width, np.int64), np.zeros(TOP, np.int64)
    own = np.zeros((2, TOP), np.int64)
    number, alone, double = 0, 0, 0
    for side in range(2):
        x, y = (a, b) if side == 0 else (b, a)
        for place in range(about.lists.width):
            at = about.lists.column[x, place]
            if about.lists.steps[x, place] < near:
                break
            if about.photo[at] == about.photo[a] or about.photo[at] < 0:
                continue
            steps = np.int64(about.lists.steps[x, place])
            steps -= (about.penalty[x] + about.penalty[at] + 1) // 2
            _keep(own[side], steps)
            if (photo[:number] == about.photo[at]).any():
                continue
            steps = min(steps, _steps(about, y, at, folded))
            if steps < near:
                continue
            if about.person[at] >= 0:
                if who >= 0 and who != about.person[at]:
                    return _APART, _APART
                who = about.person[at]
            photo[number] = about.photo[at]
            number += 1
            _keep(least, steps)
            if about.double[at]:
                double += 1
            else:
                alone += 1
    if alone < ALONE * (double + 1):
        return _APART, _APART
    return own[0].sum() - least.sum(), own[1].sum() - least.sum()


@compiled
def _steps(about: _About, a: int, b: int, folded: Floats) -> np.int64:
    """The normalised similarity of two slots."""
    cosine = fixed_product(about.matrix[a], about.matrix[b], folded)
    taken_off: np.int64 = (about.penalty[a] + about.penalty[b] + 1) // 2
    return np.int64(np.rint(cosine * STEPS)) - taken_off


@compiled
def _keep(best: Ints, steps: np.int64) -> None:
    """Keep the highest in falling order."""
    for k in range(len(best)):
        if steps > best[k]:
            steps, best[k] = best[k], steps
