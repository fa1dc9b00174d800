"""The engine: keeps a library's similarity graph, and groups its faces at each refresh.

A refresh is a pipeline: similarities that matter (`graph`), normalised (`normalisation`),
thresholds derived from them (`thresholds`), groups under the user's constraints (`groups`), ids
(`identity`), membership confidence (`confidence`), faces that need no confirmation
(`verification`), merge candidates (`candidates`).

[Note: incremental = batch] A proposal is a pure function of the snapshot. Only similarities are
kept between refreshes, which saves comparing faces again; nothing depends on the order in which
faces arrived, because ties are broken by content.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering import thresholds
from facesorter.clustering.candidates import ask
from facesorter.clustering.collages import find_collages
from facesorter.clustering.compiled import UNCOMPILED, use_machine_code
from facesorter.clustering.confidence import confidence
from facesorter.clustering.constraints import make_constraints, photos_of
from facesorter.clustering.copies import Distinct
from facesorter.clustering.graph import GraphState
from facesorter.clustering.groups import group
from facesorter.clustering.identity import in_order_of_faces, resolve
from facesorter.clustering.neighbours import Likeness, Neighbours
from facesorter.clustering.normalisation import crowding, normalise
from facesorter.clustering.proposal import (
    FIRST_NEW,
    NOBODY,
    Floats,
    Ints,
    Proposal,
    Snapshot,
    Thresholds,
    rows_of,
)
from facesorter.clustering.verification import verify

POOR = 0.05
"""Quality below which a face never forms or bridges groups. Faces that nobody could tell apart
lie close to each other, so they would chain strangers."""


class Engine:
    """Groups a library, keeping what it compared. Thread: one at a time."""

    def __init__(self) -> None:
        self._state: GraphState | None = None

    def propose(self, snapshot: Snapshot, token: CancelToken | None = None) -> Proposal:
        """Group the faces of a library.

        Confirmed faces stay with their person, rejected ones stay away, persons that belong to
        the user are never joined, and a photo shows a person once, unless the two faces look like
        the same picture or the user confirmed both. Proposing again with ``shown`` set to the
        result gives the same result. Takes a full snapshot each time and finds out itself what is
        new or gone. From nothing it takes seconds from some thousand faces on.

        Raises:
            Cancelled: the token was cancelled.
        """
        n, known = len(snapshot.face_ids), snapshot.thresholds
        if n == 0:
            self._state = None
            nobody = np.zeros(0, np.int64)
            found = known or Thresholds(0.45, 0.65, 0.5, 0.48, 0)
            nothing = np.zeros(0, np.float32)
            return Proposal(snapshot.face_ids, nobody, nothing, np.zeros(0, bool), found)
        _choose_code(n)
        # A refresh that is cancelled leaves a state of no use.
        state, self._state = self._state, None
        state = _updated(state, snapshot, token)
        current = known if thresholds.is_current(known, n) else None
        lowest = thresholds.lowest_useful(state.vectors(), current)
        state.compare(lowest, thresholds.least_ceiling(lowest), token)
        self._state = state

        # From here on faces are numbered by content, copies as one; ``order`` are their rows.
        order = state.rows()
        rejections, distinct = _decided(snapshot, order, state)
        vectors = distinct.vectors(state.vectors())
        ceiling = thresholds.find_ceiling(vectors, distinct.graph(state.graph(lowest)), known, n)
        # As low as the next refresh will read, which knows the ceiling beforehand.
        plain = distinct.graph(state.graph(max(lowest, thresholds.lowest_for(ceiling))))
        graph = normalise(plain, crowding(plain, ceiling), ceiling)
        confirmed = distinct.highest(snapshot.confirmed[order])
        day = np.where(np.isnan(snapshot.taken), np.inf, snapshot.taken)[order]
        repeating = np.isin(snapshot.photo_ids[order], snapshot.repeating)
        photos = photos_of(distinct.photos(snapshot.photo_ids[order]), distinct.highest(repeating))
        constraints = make_constraints(
            confirmed,
            find_collages(vectors, graph, photos, confirmed, ceiling),
            rejections,
            snapshot.births,
            distinct.highest(day),
            snapshot.alike,
        )
        found = thresholds.find(vectors, constraints.photos, graph, ceiling, known, n, token)
        quality = distinct.highest(snapshot.quality[order])
        label, divided = group(vectors, graph, constraints, quality, found, token)
        owned = frozenset(snapshot.owned.tolist())
        named = resolve(label, constraints, distinct.highest(snapshot.shown[order]), owned)
        person = np.empty(n, np.int64)
        person[order] = distinct.persons(named, snapshot.confirmed[order], day, constraints.born)
        person = _in_order_of_ids(person)
        together, persons = _groups(person[order][distinct.first])
        similarity = np.empty(n, np.float32)
        similarity[order] = distinct.similarities(
            confidence(vectors, graph.lists, together), person[order]
        )
        verified = verify(vectors, graph, constraints, together, persons, quality, found)
        # Copies of a confirmed face are that very face.
        verified |= confirmed >= 0
        sure = np.empty(n, bool)
        sure[order] = verified[distinct.number]
        sure &= (snapshot.confirmed < 0) & (person != NOBODY)
        sure &= ~np.isin(snapshot.face_ids, snapshot.unsure)
        questions = ask(vectors, graph, constraints, together, persons, found, divided)
        return Proposal(snapshot.face_ids, person, similarity, sure, found, questions)

    def likeness(self) -> Likeness | None:
        """Copy the neighbour lists of the last proposal, by face id; None before the first one.

        The engine may go on while a map is made of them.
        """
        state = self._state
        if state is None:
            return None
        ids = state.face_ids[state.order]
        by_id = np.argsort(ids)
        place = np.empty(len(ids), np.int32)
        place[by_id] = np.arange(len(ids))
        # What lies lower serves votes; on a map it would pull strangers together.
        nearest = state.graph(thresholds.least_ceiling(state.lowest)).lists.neighbours()
        return Likeness(
            ids[by_id],
            Neighbours(place[nearest.column[by_id]], nearest.steps[by_id]),
            state.vectors().take(by_id),
        )

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What it keeps, for `restore`; empty when that is nothing."""
        return {} if self._state is None else self._state.arrays()

    def restore(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over what another engine kept, of the same library at any time before.

        Raises:
            ValueError: the arrays are from another version, or damaged.
        """
        self._state = GraphState.of(arrays)

    def missing(self, snapshot: Snapshot) -> Ints:
        """Rows of the faces in a snapshot whose embeddings `propose` will load."""
        _choose_code(len(snapshot.face_ids))
        rows = rows_of(snapshot.embeddings)
        state = self._state
        if state is None or state.is_bare or state.dimension != rows.dimension:
            return np.arange(len(snapshot.face_ids))
        dates = _dates(snapshot)
        known = state.find(snapshot.face_ids, rows.prints(), dates, snapshot.quality)
        return np.flatnonzero(known < 0)


def _choose_code(faces: int) -> None:
    """Use machine code for a large library ([Note: uncompiled])."""
    if faces > UNCOMPILED:
        use_machine_code()


def _updated(state: GraphState | None, snapshot: Snapshot, token: CancelToken | None) -> GraphState:
    """Bring the state's faces in line with the snapshot; new ones are not compared yet."""
    rows = rows_of(snapshot.embeddings)
    if state is None or state.dimension != rows.dimension:
        state = GraphState(rows.dimension)
    prints = rows.prints()
    dates = _dates(snapshot)
    slots = state.find(snapshot.face_ids, prints, dates, snapshot.quality)
    if state.is_bare:
        known = np.flatnonzero(slots >= 0)
        state.fill(slots[known], rows.load(known))
    stays = np.zeros(len(state.face_ids), bool)
    stays[slots[slots >= 0]] = True
    state.remove(np.flatnonzero(~stays & (state.face_ids >= 0)), token)
    new = np.flatnonzero(slots < 0)
    if len(new):
        quality = snapshot.quality[new]
        state.place(
            snapshot.face_ids[new],
            rows.load(new),
            prints[new],
            dates[new],
            quality,
            quality >= POOR,
        )
    return state


def _dates(snapshot: Snapshot) -> Floats:
    """Days without NaN; they only break ties."""
    return np.nan_to_num(snapshot.taken, nan=-1e9)


def _decided(snapshot: Snapshot, order: Ints, state: GraphState) -> tuple[Ints, Distinct]:
    """Rejections as pairs of distinct face and person, and which faces are distinct."""
    rejections = _by_position(snapshot, order)
    rejected = np.zeros(len(order), bool)
    rejected[rejections[:, 0]] = True
    core = state.graph(state.lowest).core
    counterparts = _counterparts(snapshot, order)
    distinct = Distinct.among(
        state.vectors(), core, snapshot.confirmed[order], rejected, counterparts
    )
    return np.column_stack([distinct.number[rejections[:, 0]], rejections[:, 1]]), distinct


def _by_position(snapshot: Snapshot, order: Ints) -> Ints:
    """Rejections as pairs of position by content and person; unknown faces are left out."""
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    faces, persons = snapshot.rejections.reshape(-1, 2).T
    if not len(faces):
        return np.zeros((0, 2), np.int64)
    row = np.minimum(np.searchsorted(snapshot.face_ids, faces), len(order) - 1)
    there = snapshot.face_ids[row] == faces
    return np.stack([position[row[there]], persons[there]], axis=1)


def _counterparts(snapshot: Snapshot, order: Ints) -> Ints:
    """Pairs of positions by content of faces that are one in several files of a picture."""
    if not len(snapshot.counterparts):
        return np.zeros((0, 2), np.int64)
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    faces, numbers = snapshot.counterparts.T
    row = np.minimum(np.searchsorted(snapshot.face_ids, faces), len(order) - 1)
    there = snapshot.face_ids[row] == faces
    place, numbers = position[row[there]], numbers[there]
    by_number = np.lexsort((place, numbers))
    place, numbers = place[by_number], numbers[by_number]
    same = numbers[1:] == numbers[:-1]
    return np.stack([place[:-1][same], place[1:][same]], axis=1)


def _in_order_of_ids(person: Ints) -> Ints:
    """Number new groups in the order of their first faces by id."""
    first_new = int(person.max(initial=0)) + 1
    return in_order_of_faces(
        np.where(person <= FIRST_NEW, first_new + FIRST_NEW - person, person), first_new
    )


def _groups(person: Ints) -> tuple[Ints, Ints]:
    """The group of each face from 0 on, -1 for nobody, and the person of each group, ascending."""
    lowest = min(int(person.min()), NOBODY)
    used = np.zeros(max(int(person.max()), NOBODY) + 1 - lowest, bool)
    used[person - lowest] = True
    used[NOBODY - lowest] = False
    number = np.cumsum(used) - 1
    number[NOBODY - lowest] = -1
    return number[person - lowest], np.flatnonzero(used) + lowest


def propose(snapshot: Snapshot, token: CancelToken | None = None) -> Proposal:
    """Group the faces of a library from nothing; the same result as `Engine.propose`.

    Raises:
        Cancelled: the token was cancelled.
    """
    return Engine().propose(snapshot, token)
