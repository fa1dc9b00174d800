"""From a snapshot of the library to a proposal: who each face is with. The only entry point.

The road: all similarities that matter (`similarity`, `forest`), less where everybody looks alike
(`crowding`), thresholds out of the library (`thresholds`), a forest that the user's decisions
shape (`constraints`), groups (`hierarchy`), doubtful single members loosened and loose faces
placed (`attach`), ids (`identity`).

Everything is a pure function of the snapshot, and none of it depends on the order in which faces
arrived: faces are put into an order of their own content first.
"""

from __future__ import annotations

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering import thresholds as calibration
from facesorter.clustering.attach import closeness, drop_single, one_per_photo, vote
from facesorter.clustering.constraints import Constraints, grow, make_constraints
from facesorter.clustering.crowding import adjust, crowd
from facesorter.clustering.forest import Graph, build, nearest_link
from facesorter.clustering.hierarchy import select
from facesorter.clustering.identity import resolve
from facesorter.clustering.proposal import (
    FIRST_NEW,
    NOBODY,
    Ints,
    Proposal,
    Question,
    Singles,
    Snapshot,
    Thresholds,
)
from facesorter.clustering.questions import ask
from facesorter.clustering.similarity import content_order, to_steps

__all__ = [
    "FIRST_NEW",
    "NOBODY",
    "Proposal",
    "Question",
    "Snapshot",
    "Thresholds",
    "propose",
]

POOR = 0.05
"""Quality below which a face never forms or bridges groups. Faces that nobody could tell apart
lie close to each other, so they would chain strangers."""

OWNED_BELOW_FLOOR = 0.05
"""Cosine below the floor down to which a single face is linked to a person with confirmed faces.
Confirmed faces hold together however unlike they are, so weaker links would sweep in whatever
hangs on any of them: of such additions 95 in 121 were wrong, above it none."""


def propose(snapshot: Snapshot, token: CancelToken | None = None) -> Proposal:
    """Group the faces of a library.

    Confirmed faces stay with their person, rejected ones stay away, persons that belong to the
    user are never joined, and a photo shows a person once, unless the two faces look like the
    same picture or the user confirmed both. Proposing again with ``shown`` set to the result
    gives the same result. Thread: any; takes seconds from some thousand faces on.

    Raises:
        Cancelled: the token was cancelled.
    """
    n = len(snapshot.face_ids)
    if n == 0:
        nothing = snapshot.thresholds or Thresholds(0.45, 0.65, 0.5, 0.48, 0)
        return Proposal(snapshot.face_ids, np.zeros(0, np.int64), np.zeros(0, np.float32), nothing)
    order = content_order(
        snapshot.embeddings, np.nan_to_num(snapshot.taken, nan=-1e9), snapshot.quality
    )
    embeddings = np.ascontiguousarray(snapshot.embeddings[order], np.float32)
    confirmed, shown = snapshot.confirmed[order], snapshot.shown[order]
    constraints = make_constraints(
        confirmed, snapshot.photo_ids[order], _by_position(snapshot, order)
    )
    known = snapshot.thresholds if calibration.is_current(snapshot.thresholds, n) else None
    graph = build(
        embeddings,
        snapshot.quality[order] >= POOR,
        calibration.lowest_useful(embeddings, known),
        token,
    )
    ceiling = calibration.find_ceiling(embeddings, graph, snapshot.thresholds)
    fair = adjust(graph, crowd(embeddings, graph, ceiling, token))
    found = calibration.find(constraints.photo, fair, ceiling, snapshot.thresholds, token)
    label = group(embeddings, fair, constraints, found, token)
    person = resolve(
        label, confirmed, shown, constraints.rejected, frozenset(snapshot.owned.tolist())
    )
    # Only now is it known who is with whom; how sure each face is refers to that.
    together = np.where(person == NOBODY, -1, np.unique(person, return_inverse=True)[1])
    sureness = closeness(embeddings, graph.neighbours, together)
    questions = ask(embeddings, fair, constraints, person, found)
    back = np.empty(n, np.int64)
    back[order] = np.arange(n)
    person, questions = _renumber(person[back], questions)
    return Proposal(snapshot.face_ids, person, sureness[back], found, questions)


def group(
    embeddings: Singles,
    graph: Graph,
    constraints: Constraints,
    found: Thresholds,
    token: CancelToken | None = None,
) -> Ints:
    """Group faces, without naming the groups.

    Args:
        embeddings: float32[n, d], unit length.
        graph: their similarities, adjusted for crowds.
        constraints: what may not be broken.
        found: thresholds.
        token: polled between steps; raises `Cancelled`.

    Returns:
        int64[n], group of each face from 0 on, or -1.
    """
    confirmed = constraints.person
    ceiling, floor = to_steps(found.ceiling), to_steps(found.floor)
    lo, hi, steps = grow(graph, constraints, ceiling=ceiling, floor=floor, token=token)
    label = select(graph.n, lo, hi, steps, ceiling=ceiling, floor=floor)
    label = _with_confirmed(label, confirmed)
    held = np.zeros(int(label.max(initial=-1)) + 1, bool)
    held[label[confirmed >= 0]] = True
    needed = np.where(held, to_steps(found.floor - OWNED_BELOW_FLOOR), to_steps(found.join))
    label = _loosen(label, lo, hi, steps, needed, confirmed)
    sureness = closeness(embeddings, graph.neighbours, label)
    label = one_per_photo(embeddings, label, constraints.photo, confirmed, sureness)
    label = drop_single(label, confirmed)
    if token is not None:
        token.check()
    loose = label < 0
    loose[list(constraints.rejected)] = False
    held = np.zeros(int(label.max(initial=-1)) + 1, bool)
    held[label[confirmed >= 0]] = True
    return vote(
        graph.neighbours,
        label,
        constraints.photo,
        loose,
        least=np.where(held, to_steps(found.join), to_steps(found.attach)),
        lowest=to_steps(found.ceiling - calibration.BELOW_CEILING),
    )


def _by_position(snapshot: Snapshot, order: Ints) -> Ints:
    """Rejections as pairs of canonical position and person; unknown faces are left out."""
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    faces, persons = snapshot.rejections.reshape(-1, 2).T
    row = np.minimum(np.searchsorted(snapshot.face_ids, faces), len(order) - 1)
    there = snapshot.face_ids[row] == faces
    return np.stack([position[row[there]], persons[there]], axis=1)


def _with_confirmed(label: Ints, confirmed: Ints) -> Ints:
    """Give persons whose confirmed faces ended in no group one of their own."""
    result = label.copy()
    stray = np.flatnonzero((confirmed >= 0) & (label < 0))
    persons = np.unique(confirmed[stray], return_inverse=True)[1]
    result[stray] = label.max(initial=-1) + 1 + persons
    return result


def _loosen(label: Ints, lo: Ints, hi: Ints, steps: Ints, needed: Ints, confirmed: Ints) -> Ints:
    """Take out unconfirmed faces that hang on a group of three or more by a weak link alone."""
    best = nearest_link(len(label), lo, hi, steps)
    size = np.bincount(label[label >= 0], minlength=1)
    at = np.maximum(label, 0)
    weak = (label >= 0) & (size[at] > 2) & (confirmed < 0)
    weak[weak] = best[weak] < needed[label[weak]]
    return np.where(weak, -1, label)


def _renumber(person: Ints, questions: tuple[Question, ...]) -> tuple[Ints, tuple[Question, ...]]:
    """Number new groups in the order of their first faces by id, so that ties look alike too."""
    new = np.unique(person[person <= FIRST_NEW])
    if not len(new):
        return person, questions
    where = np.flatnonzero(person <= FIRST_NEW)
    _, seen = np.unique(person[where], return_index=True)
    ranks = np.empty(len(new), np.int64)
    ranks[np.argsort(seen)] = np.arange(len(new))
    result = person.copy()
    result[where] = FIRST_NEW - ranks[np.searchsorted(new, person[where])]
    names = dict(zip(new.tolist(), (FIRST_NEW - ranks).tolist(), strict=True))
    return result, tuple(
        Question(q.kind, names.get(q.a, q.a), names.get(q.b, q.b), q.similarity) for q in questions
    )
