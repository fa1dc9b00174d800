"""Verification: suggested faces that are so certain that nobody needs to be asked.

A face is compared with its person's *template*, the mean of the faces that the user confirmed.
Faces that the machine added are never part of it, however sure: one error would make the next one
likelier, and the outcome would depend on the order in which photos arrived.

The bar follows strangers. It starts from the floor of the library, which rises with how alike its
strangers are (`thresholds`); what a crowded neighbourhood adds to a similarity is taken off
(`normalisation`); and a person's bar rises above whoever stands beside them in confirmed photos,
who are surely others and often relatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.assignment import LEAST_MEMBERS
from facesorter.clustering.centroids import Centroids, lengths
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.constraints import SAME_PICTURE, Constraints, Photos, doubled
from facesorter.clustering.graph import Graph
from facesorter.clustering.groups import ALIKE_MARGIN
from facesorter.clustering.kernels import sizes
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles, Thresholds
from facesorter.clustering.similarity import STEPS, Vectors, fixed_products

LEAST_CONFIRMED = 3
"""Clear, confirmed faces that a template needs. With one or two, a third and a sixth of a person's
other faces stay below the bar anyway."""

CLEAR = 0.5
"""Quality from which a face is part of a template, and may be sure: poor faces resemble each other,
whoever they are."""

SURE = 0.10
STRICT = 0.25
"""The bar for the cosine to a template, and the stricter one for children and mixed groups, as
shares of the way from the library's floor to 1. On one half of the people of the labelled photos
the usual bar (.66) takes in 95 % of the faces of people with six confirmed, and the highest of
680,000 similarities to strangers is .50. The distance is for relatives: brothers moved together
until their templates have a cosine of .65 stay below the usual bar, at .75 one in ten passes it and
one in 500 the stricter one. Between children, strangers' cosines are .15 higher than between adults
at the same share of strangers, of which normalisation takes off some
(`tests/benchmarks/naming_flow.py`)."""

CHILD_DAYS = 14 * 365.25
"""Age in days below which a person whose date of birth is known is a child."""

MIXED = 0.25
"""Share of the faces suggested for a person that are below the usual bar from which the group may
hold somebody else: usual are .04 to .12, with a look-alike nobody named it is near .5."""

RIVAL_MARGIN = 0.10
"""Cosine by which a face must be nearer to its template than to any face of another person; as
`outliers.RIVAL_MARGIN`."""

BESIDE_MARGIN = 0.05
"""Cosine by which a face must be nearer to a template than those who stand beside the person."""

BESIDE_ODD = 0.1
"""Share of the people beside, at least one, who don't count, nearest first: the person themselves,
in a mirror or collage."""

STATED_MARGIN = 2 * ALIKE_MARGIN
"""Cosine by which a face must be nearer to the template of one of two persons stated to look alike:
twice what a suggestion needs."""

_FEW = 500
"""Faces handled in 1 ms."""


def verify(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    label: Ints,
    persons: Ints,
    quality: Singles,
    found: Thresholds,
) -> Bools:
    """Find the faces that are surely their person's.

    Confirmed faces are not among them, and neither is a face that was ever rejected, is poor, or
    shares its photo with another face of the person.

    Args:
        vectors: the embeddings.
        graph: normalised similarities.
        constraints: what the user decided.
        label: int64[n], the group of each face from 0 on, -1 for none.
        persons: int64[groups], who each group is.
        quality: float32[n].
        found: thresholds.
    """
    result = np.zeros(len(label), bool)
    confirmed, clear = constraints.person >= 0, quality >= CLEAR
    teaching = np.where(confirmed & clear, label, -1)
    templates = _Templates.of(vectors, teaching, len(persons))
    asked = clear & ~confirmed & (templates.place[label] >= 0)
    asked[list(constraints.rejected)] = False
    faces = np.flatnonzero(asked)
    if not len(faces):
        return result
    faces = faces[~doubled(label, constraints.photos)[faces]]
    group = label[faces]
    likeness = templates.likeness(faces, group)
    own = likeness - _crowding(graph, teaching, len(persons), faces, group)
    usual, strict = (found.floor + share * (1 - found.floor) for share in (SURE, STRICT))
    suggested, below = (np.bincount(g, minlength=len(persons)) for g in (group, group[own < usual]))
    careful = (below >= MIXED * suggested)[group] | _is_child(constraints, faces, persons[group])
    least = usual - BESIDE_MARGIN
    beside = _beside(templates, label, teaching, constraints.photos, least)[group]
    bar = np.maximum(np.where(careful, strict, usual), beside + BESIDE_MARGIN)
    sure = own >= bar
    faces, group, likeness = faces[sure], group[sure], likeness[sure]
    known = confirmed & (label >= 0)
    is_person = sizes(label, len(persons)) >= LEAST_MEMBERS
    is_person[label[known]] = True
    rival = _rivals(graph.lists, label, is_person, faces) / STEPS
    apart = likeness - rival >= RIVAL_MARGIN
    apart &= _stated_apart(templates, constraints.alike, persons, faces, group, likeness)
    result[faces[apart]] = True
    return result


@dataclass(frozen=True)
class _Templates:
    """The templates of the groups that have one."""

    vectors: Vectors
    place: Ints
    """int64[groups + 1], the row of each group's template or -1; -1 also for the label -1."""
    mean: Singles
    length: Floats

    @classmethod
    def of(cls, vectors: Vectors, teaching: Ints, groups: int) -> _Templates:
        """Average the teaching faces, int64[n], the group that each is a confirmed face of."""
        ready = np.flatnonzero(sizes(teaching, groups) >= LEAST_CONFIRMED)
        place = np.full(groups + 1, -1)
        place[ready] = np.arange(len(ready))
        mean = Centroids(vectors, teaching, groups).of(ready)
        return cls(vectors, place, mean, lengths(mean))

    def likeness(self, faces: Ints, group: Ints) -> Floats:
        """float64[len(faces)], the cosine of each face to the template of a group."""
        slots, at = self.vectors.order[faces], self.place[group]
        result = np.empty(len(faces))

        def loop(start: int, end: int) -> None:
            part = slice(start, end)
            result[part] = fixed_products(self.vectors.matrix, slots[part], self.mean, at[part])

        in_parts(loop, len(faces), _FEW)
        cosine: Floats = result / self.length[at]
        return cosine


def _crowding(graph: Graph, teaching: Ints, groups: int, faces: Ints, group: Ints) -> Floats:
    """Cosine that normalisation subtracts: half of the face's, half of its template's mean."""
    if graph.penalty is None:
        return np.zeros(len(faces))
    taught = teaching >= 0
    total = np.bincount(teaching[taught], graph.penalty[taught], groups)
    mean = total / np.maximum(sizes(teaching, groups), 1)
    result: Floats = (graph.penalty[faces] + mean[group]) / 2 / STEPS
    return result


def _is_child(constraints: Constraints, faces: Ints, person: Ints) -> Bools:
    """Whether each face is that of a child, by date of birth; a photo without date may be."""
    born = np.full(len(person), -np.inf)
    known = person < len(constraints.born)
    born[known] = constraints.born[person[known]]
    day = constraints.day[faces]
    result: Bools = (day < born + CHILD_DAYS) | (np.isinf(day) & np.isfinite(born))
    return result


def _beside(
    templates: _Templates, label: Ints, teaching: Ints, photos: Photos, least: float
) -> Floats:
    """float64[groups], the highest likeness of people beside the person, -1 if it is below least.

    The nearest `BESIDE_ODD` and the same face seen twice don't count.
    """
    groups = len(templates.place) - 1
    pairs = np.empty((len(photos.faces), 2), np.int64)
    pairs = pairs[: _find_beside(label, teaching, templates.place, photos, pairs)]
    other, confirmed = pairs.T
    group = label[confirmed]
    odd = np.maximum(np.floor(BESIDE_ODD * np.bincount(group, minlength=groups)), 1)
    likeness = templates.likeness(other, group)
    near = np.flatnonzero(likeness >= least)
    cosines = templates.vectors.cosines(other[near], confirmed[near])
    near = near[cosines < SAME_PICTURE / STEPS]
    group, likeness = group[near], likeness[near]
    order = np.lexsort((-likeness, group))
    count = np.bincount(group, minlength=groups)
    start = np.cumsum(count) - count
    odd = odd.astype(np.int64)
    some = np.flatnonzero(count > odd)
    result = np.full(groups, -1.0)
    result[some] = likeness[order][start[some] + odd[some]]
    return result


@compiled
def _find_beside(label: Ints, teaching: Ints, place: Ints, photos: Photos, pairs: Ints) -> int:
    """Write faces beside a confirmed one that has a template, and that one; return how many.

    Each face comes at most once, beside the first that qualifies.
    """
    count = 0
    for photo in range(len(photos.start) - 1):
        for i in range(photos.start[photo], photos.start[photo + 1]):
            other = photos.faces[i]
            for k in range(photos.start[photo], photos.start[photo + 1]):
                face = photos.faces[k]
                group = teaching[face]
                if group >= 0 and place[group] >= 0 and label[other] != group:
                    pairs[count, 0] = other
                    pairs[count, 1] = face
                    count += 1
                    break
    return count


def _rivals(lists: Lists, label: Ints, is_person: Bools, faces: Ints) -> Ints:
    """int64[len(faces)], steps of the nearest listed face of another person, 0 for none."""
    slots, labels = lists.order[faces], lists.by_slot(label, -1)
    result = np.zeros(len(faces), np.int64)

    def loop(start: int, end: int) -> None:
        _find_rivals(lists, labels, is_person, slots[start:end], result[start:end])

    in_parts(loop, len(faces))
    return result


@compiled
def _find_rivals(lists: Lists, label: Ints, is_person: Bools, slots: Ints, result: Ints) -> None:
    for row in range(len(slots)):
        slot = slots[row]
        for place in range(lists.width):
            steps = np.int64(lists.steps[slot, place])
            if steps < lists.lowest:
                break
            other = label[lists.column[slot, place]]
            if other >= 0 and other != label[slot] and is_person[other]:
                result[row] = steps
                break


def _stated_apart(
    templates: _Templates, alike: Ints, persons: Ints, faces: Ints, group: Ints, likeness: Floats
) -> Bools:
    """Whether faces are clearly nearer to their person than to a stated twin or sibling."""
    result = np.ones(len(faces), bool)
    for pair in alike.tolist():
        for person, other in (pair, pair[::-1]):
            own, theirs = np.flatnonzero(persons == person), np.flatnonzero(persons == other)
            concerned = np.flatnonzero(np.isin(group, own))
            if not len(theirs) or templates.place[theirs[0]] < 0:
                # Nothing to tell them apart by.
                result[concerned] = False
            elif len(concerned):
                beside = templates.likeness(faces[concerned], np.repeat(theirs, len(concerned)))
                result[concerned] &= likeness[concerned] - beside >= STATED_MARGIN
    return result
