"""Groups of faces, not yet people, from similarities and constraints.

The constrained forest (`constrained_forest`) is cut into groups (`hierarchy`), those of look-alikes
are divided (`tight_parts`), doubtful single members are released, and unassigned faces are placed
(`assignment`).
"""

from __future__ import annotations

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.assignment import Targets, by_centroid, by_vote
from facesorter.clustering.confidence import CLEAR, TOP, confidence, evidence, resembles_few
from facesorter.clustering.constrained_forest import grow
from facesorter.clustering.constraints import SAME_PICTURE, Constraints, Photos, doubled
from facesorter.clustering.forest import nearest_link
from facesorter.clustering.graph import Graph
from facesorter.clustering.hierarchy import select
from facesorter.clustering.kernels import numbered, sizes
from facesorter.clustering.neighbours import Lists
from facesorter.clustering.proposal import Floats, Ints, Singles, Thresholds
from facesorter.clustering.similarity import Vectors, to_steps
from facesorter.clustering.thresholds import BELOW_CEILING, VOTE_ABOVE
from facesorter.clustering.tight_parts import divide

OWNED_BELOW_FLOOR = 0.05
"""Cosine below the floor down to which a single face is linked to a person with confirmed faces.
Confirmed faces hold together however unlike they are, so weaker links would sweep in whatever
hangs on any of them: of such additions 95 in 121 were wrong, above it none."""

ALIKE_MARGIN = 0.10
"""Cosine by which a face must be nearer to one of two persons stated to look alike: twice
what a vote needs. Not measured, for lack of an open set of twins."""

VISIBLE = 0.6
"""Sum of the qualities of a group: how many of its faces are likely recognizable. Below it were a
pair of a car and a toy rabbit, and three of labelled photos, all wrong; no group of families,
pairs, crowds or labelled people was."""

_BLOCK = 1024
"""Faces compared with a person in one go."""


def group(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    quality: Singles,
    found: Thresholds,
    token: CancelToken | None = None,
) -> tuple[Ints, Ints]:
    """Group faces, without naming the groups.

    Args:
        vectors: the embeddings.
        graph: normalised similarities.
        constraints: what may not be broken.
        quality: float32[n], 0 to 1.
        found: thresholds.
        token: polled between steps; raises `Cancelled`.

    Returns:
        int64[n], group of each face from 0 on, or -1, and int64[p, 2], pairs of faces whose groups
        were linked but look like two people.
    """
    confirmed = constraints.person
    ceiling, floor = to_steps(found.ceiling), to_steps(found.floor)
    join = to_steps(found.join)
    edges = grow(graph, constraints, ceiling=ceiling, floor=floor, join=join, token=token)
    label = select(graph.n, edges, ceiling=ceiling, floor=floor)
    label, divided = divide(vectors, label, edges, floor)
    label = _with_confirmed(label, confirmed)
    label = _release_weak(label, edges, graph, confirmed, quality, found)
    label = one_per_photo(vectors, graph.lists, label, constraints.photos, confirmed)
    label = _drop_unclear(label, confirmed, quality)
    if token is not None:
        token.check()
    whose = np.full(int(label.max(initial=-1)) + 1, -1)
    whose[label[confirmed >= 0]] = confirmed[confirmed >= 0]
    targets = Targets(
        label,
        owned=whose >= 0,
        needed=np.where(whose >= 0, join, to_steps(found.ceiling + VOTE_ABOVE)),
        born=np.where(whose >= 0, constraints.born[whose], -np.inf),
        lowest=to_steps(found.ceiling - BELOW_CEILING),
        ceiling=ceiling,
    )
    unassigned = label < 0
    unassigned[list(constraints.rejected)] = False
    label = by_vote(graph, targets, unassigned, constraints, quality)
    label = by_centroid(vectors, graph, targets, label, unassigned & (label < 0), constraints)
    return _tell_apart(vectors, label, confirmed, whose, constraints.alike), divided


def _with_confirmed(label: Ints, confirmed: Ints) -> Ints:
    """Give persons whose confirmed faces are in no group one of their own."""
    result = label.copy()
    stray = np.flatnonzero((confirmed >= 0) & (label < 0))
    persons = np.unique(confirmed[stray], return_inverse=True)[1]
    result[stray] = label.max(initial=-1) + 1 + persons
    return result


def _release_weak(
    label: Ints,
    edges: Ints,
    graph: Graph,
    confirmed: Ints,
    quality: Singles,
    found: Thresholds,
) -> Ints:
    """Release unconfirmed faces that are linked to their group too weakly.

    The link of a pair has nothing else to support it, and at the ceiling strangers have such links,
    too, so a pair needs more. In a larger group the mean of the nearest three (two, where there are
    no more) must reach the ceiling: a stranger may resemble one of a group, hardly three, and a
    face that resembles three needs no outstanding link. The end of a chain, near fewer, must
    resemble its neighbour all the more. Against a rule for the nearest alone BCubed F of the
    labelled photos rose by .0012, and the decisions to complete them fell by 6. Of a clear face
    that is near three, more is asked (`confidence.resembles_few`).
    """
    best = nearest_link(len(label), edges)
    size = sizes(label)
    at = np.maximum(label, 0)
    held = np.zeros(len(size), bool)
    held[label[confirmed >= 0]] = True
    needed = np.where(size > 2, to_steps(found.join), to_steps(found.attach))
    # A person with a single face is a pair like any other.
    needed[held & (size > 2)] = to_steps(found.floor - OWNED_BELOW_FLOOR)
    weak = (label >= 0) & (confirmed < 0) & (best < needed[at])
    judged = (label >= 0) & (confirmed < 0) & (size[at] > 2) & ~held[at]
    several = np.flatnonzero(judged & (best < to_steps(found.floor)))
    ceiling = to_steps(found.ceiling)
    mean, known = evidence(graph, label, several)
    weak[several[known]] = mean[known] < ceiling
    clear = several[known & (quality[several] >= CLEAR)]
    weak[clear[resembles_few(graph, label, clear, label[clear], ceiling)]] = True
    return np.where(weak, -1, label)


def one_per_photo(
    vectors: Vectors, lists: Lists, label: Ints, photos: Photos, confirmed: Ints
) -> Ints:
    """Leave each group at most one face per photo, the surest; confirmed faces all stay.

    Faces at least as similar as `constraints.SAME_PICTURE` to all that stay are the same face seen
    twice, and stay, too, as do those that may be the same person (`collages`).

    Returns:
        int64[n], labels with the surplus faces at -1.
    """
    result = label.copy()
    shared = np.flatnonzero(doubled(label, photos))
    if not len(shared):
        return result
    sure = confidence(vectors, lists, label, shared)
    order = np.lexsort(
        (shared, -sure[shared], confirmed[shared] < 0, photos.of[shared], label[shared])
    )
    kept: list[int] = []
    place = (-1, -1)
    for face in shared[order].tolist():
        here = (int(label[face]), int(photos.of[face]))
        if here != place:
            place, kept = here, [face]
        elif confirmed[face] >= 0 or _may_be_one(vectors, photos, face, np.asarray(kept)):
            kept.append(face)
        else:
            result[face] = -1
    return result


def _may_be_one(vectors: Vectors, photos: Photos, face: int, others: Ints) -> bool:
    """Whether a face may be the same person as others in its photo."""
    others = others[photos.look[others] != photos.look[face]]
    return not len(others) or vectors.steps(face, others).min() >= SAME_PICTURE


def _drop_unclear(label: Ints, confirmed: Ints, quality: Singles) -> Ints:
    """Dissolve groups of one or of hardly visible faces, unless a face is confirmed.

    The others are numbered in the order of first faces.
    """
    size = sizes(label)
    grouped = np.flatnonzero(label >= 0)
    clear = np.bincount(label[grouped], quality[grouped], len(size)) >= VISIBLE
    stays = (size >= 2) & clear
    stays[label[confirmed >= 0]] = True
    return numbered(np.where((label >= 0) & stays[label], label, -1))


def _tell_apart(vectors: Vectors, label: Ints, confirmed: Ints, whose: Ints, alike: Ints) -> Ints:
    """Take unconfirmed faces away from persons who look alike, unless one is clearly nearer.

    Args:
        vectors: the embeddings.
        label: int64[n], group of each face, -1 for none.
        confirmed: int64[n], the confirmed person, or -1.
        whose: int64[groups], the confirmed person of each group, or -1.
        alike: int64[r, 2], pairs of persons.

    Returns:
        int64[n], labels with the faces that could be either at -1.
    """
    result = label.copy()
    for pair in alike.tolist():
        groups = [np.flatnonzero(whose == person) for person in pair]
        if not all(len(each) for each in groups):
            continue
        first, second = (np.flatnonzero(label == each[0]) for each in groups)
        for own, other in ((first, second), (second, first)):
            asked = own[confirmed[own] < 0]
            lead = _mean_of_nearest(vectors, asked, own) - _mean_of_nearest(vectors, asked, other)
            result[asked[lead < ALIKE_MARGIN]] = -1
    return result


def _mean_of_nearest(vectors: Vectors, faces: Ints, members: Ints) -> Floats:
    """Mean of the `TOP` highest cosines of each face to others of a group, -1 without others."""
    rows, mean = vectors.take(members), np.full(len(faces), -1.0)
    for start in range(0, len(faces), _BLOCK):
        part = faces[start : start + _BLOCK]
        cosines = (vectors.take(part) @ rows.T).astype(np.float64)
        cosines[part[:, None] == members] = -np.inf
        best = np.sort(cosines, axis=1)[:, -TOP:]
        there = np.isfinite(best)
        total = np.where(there, best, 0).sum(axis=1)
        mean[start : start + _BLOCK] = np.where(
            there.any(axis=1), total / np.maximum(there.sum(axis=1), 1), -1.0
        )
    return mean
