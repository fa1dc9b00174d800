"""The engine: keeps the similarity graph of a library and groups its faces again and again.

The road: all similarities that matter (`state`, `similarity`, `forest`, `neighbours`), less where
everybody looks alike (`crowding`, `adjusting`), thresholds out of the library (`thresholds`),
groups under the user's constraints (`groups`), ids (`identity`), questions (`questions`).

[Note: incremental = batch] A proposal is a pure function of the snapshot. What is kept between
two refreshes only saves comparing faces that were compared before, and none of it depends on the
order in which faces arrived: ties are broken by what faces are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering import thresholds as calibration
from facesorter.clustering.adjusting import adjust
from facesorter.clustering.compiled import beside
from facesorter.clustering.constraints import Constraints, make_constraints
from facesorter.clustering.crowding import crowd
from facesorter.clustering.groups import group
from facesorter.clustering.identity import in_order_of_faces, resolve
from facesorter.clustering.members import members_of, same_groups
from facesorter.clustering.memory import Memory
from facesorter.clustering.neighbours import Likeness, Neighbours
from facesorter.clustering.proposal import (
    FIRST_NEW,
    NOBODY,
    Floats,
    Ints,
    Proposal,
    Singles,
    Snapshot,
    Thresholds,
    rows_of,
)
from facesorter.clustering.questions import ask
from facesorter.clustering.state import GraphState

POOR = 0.05
"""Quality below which a face never forms or bridges groups. Faces that nobody could tell apart
lie close to each other, so they would chain strangers."""


class Engine:
    """Groups a library, remembering what it compared. Thread: one at a time."""

    def __init__(self) -> None:
        self._state: GraphState | None = None
        self._memory = Memory()

    def propose(self, snapshot: Snapshot, token: CancelToken | None = None) -> Proposal:
        """Group the faces of a library.

        Confirmed faces stay with their person, rejected ones stay away, persons that belong to
        the user are never joined, and a photo shows a person once, unless the two faces look like
        the same picture or the user confirmed both. Proposing again with ``shown`` set to the
        result gives the same result. Takes a full snapshot each time; what is new or gone since
        the last one is found out here. From nothing it takes seconds from some thousand faces on.

        Raises:
            Cancelled: the token was cancelled.
        """
        n = len(snapshot.face_ids)
        if n == 0:
            self._state = None
            nothing = snapshot.thresholds or Thresholds(0.45, 0.65, 0.5, 0.48, 0)
            nobody = np.zeros(0, np.int64)
            return Proposal(snapshot.face_ids, nobody, np.zeros(0, np.float32), nothing)
        known = snapshot.thresholds
        current = known if calibration.is_current(known, n) else None
        state, self._state = self._state, None
        # Only a refresh that came to its end leaves something that the next can build on.
        memory, self._memory = self._memory, Memory()
        state = _placed(state, snapshot, token)
        lowest = calibration.lowest_useful(state.vectors(), current)
        state.compare(lowest, calibration.least_ceiling(lowest), token)
        self._state = state
        graph, vectors, changed = state.graph(lowest), state.vectors(), state.changed()
        order, numbering = state.rows_of(snapshot.face_ids), state.numbering()
        memory.begin(numbering, changed)

        def hear() -> tuple[Constraints, Ints]:
            constraints = make_constraints(
                snapshot.confirmed[order],
                snapshot.photo_ids[order],
                _by_position(snapshot, order),
                snapshot.births,
                snapshot.taken[order],
                snapshot.alike,
            )
            memory.hear(numbering, constraints)
            return constraints, snapshot.shown[order]

        ceiling = calibration.find_ceiling(vectors, graph, known)
        # Lists are read as far as the next refresh will, which knows the ceiling beforehand.
        graph = state.graph(max(lowest, calibration.lowest_for(ceiling)))
        # What is asked for first is done first.
        ready = beside(lambda: memory.adjusted.prepare(graph, ceiling, numbering, changed))
        heard = beside(hear)
        crowds = crowd(graph, ceiling, changed, memory.crowds)
        fair, moved = adjust(graph, crowds, ready.result(), memory.adjusted)
        constraints, shown = heard.result()
        confirmed = constraints.person
        found = calibration.find(vectors, constraints.photos, fair, ceiling, known, token)
        label = group(vectors, fair, constraints, found, memory, numbering, moved, token)

        def close(groups: Ints, members: tuple[Ints, Ints]) -> Singles:
            parts = graph.lists, groups, members, changed
            return memory.closeness.of_all(vectors, *parts)

        # How sure each face is takes a while, and names rarely change who is with whom.
        sure = None
        if not memory.has_told:
            groups = int(label.max(initial=-1)) + 1
            sure = beside(lambda: close(label, members_of(label, groups)))
        person = resolve(
            label,
            confirmed,
            shown,
            constraints.rejected,
            frozenset(snapshot.owned.tolist()),
            constraints.born,
            constraints.day,
        )
        result = np.empty(n, np.int64)
        result[order] = person
        result = _in_order_of_ids(result)
        together, persons = _groups(result[order])
        told = memory.told(together, persons)
        if told is None:
            members = members_of(together, len(persons))
            before = memory.likeness, memory.mean_faces
            asked = ask(vectors, fair, constraints, together, persons, found, members, *before)
            memory.adjusted.crossing.join(fair.lists, together)
            same = sure is not None and same_groups(label, together)
            closeness = None if sure is None else sure.result()
            if closeness is None or not same:
                closeness = close(together, members)
            told = closeness, asked
            memory.keep_told(together, persons, *told)
        sureness = np.empty(n, np.float32)
        sureness[order], questions = told
        self._memory = memory
        return Proposal(snapshot.face_ids, result, sureness, found, questions)

    def likeness(self) -> Likeness | None:
        """Who looks like whom, as of the last proposal, by face id; None before the first one.

        Copies: the engine may go on while somebody draws a map of it.
        """
        state = self._state
        if state is None:
            return None
        ids = state.face_ids[state.order]
        by_id = np.argsort(ids)
        place = np.empty(len(ids), np.int32)
        place[by_id] = np.arange(len(ids))
        # What lies lower is kept for votes; on a map it would pull strangers together.
        nearest = state.graph(calibration.least_ceiling(state.lowest)).lists.neighbours()
        return Likeness(
            ids[by_id],
            Neighbours(place[nearest.column[by_id]], nearest.steps[by_id]),
            state.vectors().take(by_id),
        )

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What it remembers, for `restore`; empty when that is nothing."""
        return {} if self._state is None else self._state.arrays()

    def restore(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Remember what another engine did, of the same library at any time before.

        Raises:
            ValueError: the arrays are from another version, or damaged.
        """
        self._state = GraphState.of(arrays)

    def missing(self, snapshot: Snapshot) -> Ints:
        """Places of the faces in a snapshot whose embeddings `propose` will ask for."""
        rows = rows_of(snapshot.embeddings)
        state = self._state
        if state is None or state.is_bare or state.dimension != rows.dimension:
            return np.arange(len(snapshot.face_ids))
        dates = _dates(snapshot)
        known = state.find(snapshot.face_ids, rows.prints(), dates, snapshot.quality)
        return np.flatnonzero(known < 0)


def _placed(state: GraphState | None, snapshot: Snapshot, token: CancelToken | None) -> GraphState:
    """The state with just the snapshot's faces in it, of which the new ones are not compared."""
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
    """Days, without NaN: they break ties only."""
    return np.nan_to_num(snapshot.taken, nan=-1e9)


def _by_position(snapshot: Snapshot, order: Ints) -> Ints:
    """Rejections as pairs of canonical position and person; unknown faces are left out."""
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    faces, persons = snapshot.rejections.reshape(-1, 2).T
    if not len(faces):
        return np.zeros((0, 2), np.int64)
    row = np.minimum(np.searchsorted(snapshot.face_ids, faces), len(order) - 1)
    there = snapshot.face_ids[row] == faces
    return np.stack([position[row[there]], persons[there]], axis=1)


def _in_order_of_ids(person: Ints) -> Ints:
    """Number new groups in the order of their first faces by id, so that ties look alike too."""
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
