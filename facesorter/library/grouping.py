"""The link between the library and `clustering`: snapshots of the library, applying proposals.

[Note: the machine never overrules a person] `apply` writes only faces that are unknown or
suggested *at that moment*, never suggests a person rejected meanwhile or not yet born, and never
changes a name or a confirmed face. So whatever the user does during a refresh takes precedence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.domain import PersonId, is_before
from facesorter.library.decisions import relationships
from facesorter.library.review import Kind
from facesorter.library.transaction import Transaction, now
from facesorter.storage import (
    embeddings,
    faces,
    grouping_rows,
    library_settings,
    pending,
    persons,
    photos,
    questions,
    stacks,
)
from facesorter.storage.database import consistent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.engine import Engine
    from facesorter.clustering.proposal import Proposal, Snapshot

THRESHOLDS_KEY = library_settings.THRESHOLDS
MODEL_KEY = library_settings.MODEL
STATE_KEY = "grouping.state"
REFIT_GROWTH = 1.02
"""Growth since the last calculation of the thresholds that triggers the next once no photo is
pending. During a scan they only change in larger steps, so that groups stay stable."""
_WRITTEN = 0.6e-4
"""Difference up to which a similarity equals its stored value, which has four decimals."""
BATCH = 1_000
"""Faces written per transaction, which takes 20 to 50 ms."""


def propose(
    connection: sqlite3.Connection,
    engine: Engine | None = None,
    *,
    full: bool = False,
    token: CancelToken | None = None,
) -> Proposal | None:
    """Group the library's faces; None if there are none. Thread: refresh.

    The proposal contains only faces that would change.

    ``engine`` caches earlier comparisons, so that only new faces are read and compared. ``full``
    recalculates the thresholds instead of reusing those of the last refresh.
    """
    from facesorter.clustering.engine import Engine

    engine = engine or Engine()
    with consistent(connection):
        found = _snapshot(connection, full)
        if found is None:
            return None
        taken, rows = found
        # In the same transaction, because embeddings could change before the comparison.
        rows.fetch(engine.missing(taken))
    proposal = engine.propose(taken, token)
    return _without_unchanged(proposal, taken, rows)


def _without_unchanged(proposal: Proposal, taken: Snapshot, rows: _Rows) -> Proposal:
    """Reduce a proposal to the faces that would change."""
    import numpy as np

    alone = proposal.person < 0
    same = np.where(
        alone | (taken.shown < 0),
        alone & (taken.shown < 0) & np.isnan(rows.similarity),
        np.abs(proposal.similarity - rows.similarity) < _WRITTEN,
    )
    same &= proposal.sure == rows.sure
    changed = (taken.confirmed < 0) & ((proposal.person != taken.shown) | ~same)
    return replace(
        proposal,
        face_ids=proposal.face_ids[changed],
        person=proposal.person[changed],
        similarity=proposal.similarity[changed],
        sure=proposal.sure[changed],
    )


def snapshot(connection: sqlite3.Connection, *, full: bool = False) -> Snapshot | None:
    """Read the input of grouping as arrays; None if the library has no faces yet.

    Excludes ignored faces, and undecided faces of missing photos.
    """
    with consistent(connection):
        found = _snapshot(connection, full)
        if found is None:
            return None
        taken, rows = found
        ids = taken.face_ids.tolist()
        return replace(taken, embeddings=embeddings.matrix(connection, ids, rows.dimension))


class _Rows:
    """The library's embeddings, of which only those new to the engine are read."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        face_ids: NDArray[np.int64],
        prints: Sequence[bytes],
        dimension: int,
        similarity: NDArray[np.float64],
        sure: NDArray[np.bool_],
    ) -> None:
        import numpy as np

        self.similarity, self.sure = similarity, sure
        """As stored; NaN for no similarity."""
        self._connection, self._face_ids, self.dimension = connection, face_ids, dimension
        pairs = np.frombuffer(b"".join(prints), np.uint64).reshape(-1, 2)
        self._prints = pairs[:, 0] * np.uint64(0x9E3779B97F4A7C15) + pairs[:, 1]

    def prints(self) -> NDArray[np.uint64]:
        return self._prints

    def fetch(self, at: NDArray[np.int64]) -> None:
        """Read some embeddings, the only ones then available to `load`."""
        self._at = at
        ids = self._face_ids[at].tolist()
        self._read = embeddings.matrix(self._connection, ids, self.dimension)

    def load(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._read[self._at.searchsorted(at)]


def _snapshot(connection: sqlite3.Connection, full: bool) -> tuple[Snapshot, _Rows] | None:
    import numpy as np

    from facesorter.clustering.proposal import Snapshot, Thresholds

    model_id = library_settings.get(connection, MODEL_KEY)
    if model_id is None:
        return None
    columns = grouping_rows.columns_to_group(connection, model_id)
    if columns is None:
        return None
    n = len(columns.face_id)
    face_ids = np.array(columns.face_id, np.int64)
    # NULL becomes NaN, which no id is.
    shown = np.nan_to_num(np.array(columns.person_id, np.float64), nan=-1).astype(np.int64)
    confirmed = np.array(columns.state) == "confirmed"
    last = None if full else library_settings.get(connection, THRESHOLDS_KEY)
    if last and not pending.any_left(connection) and n >= REFIT_GROWTH * last["n"]:
        last = None
    vectors = _Rows(
        connection,
        face_ids,
        columns.print,
        grouping_rows.dimension(connection, model_id),
        np.array(columns.similarity, np.float64),
        np.array(columns.sure, bool),
    )
    snapshot = Snapshot(
        face_ids=face_ids,
        embeddings=vectors,
        photo_ids=np.array(columns.frame, np.int64),
        quality=np.array(columns.quality, np.float32),
        taken=days(columns.taken_at),
        confirmed=np.where(confirmed, shown, -1),
        shown=shown,
        rejections=np.array(persons.rejections(connection), np.int64).reshape(-1, 2),
        owned=np.array(persons.owned(connection), np.int64),
        thresholds=Thresholds(**last) if last else None,
        births=_births(connection),
        alike=np.array(relationships.look_alikes(connection), np.int64).reshape(-1, 2),
        repeating=_repeating(connection, columns.frame),
        unsure=np.array(sorted(questions.dismissed(connection, Kind.FACES)), np.int64),
        counterparts=np.array(stacks.counterpart_numbers(connection), np.int64).reshape(-1, 2),
    )
    return snapshot, vectors


def _repeating(connection: sqlite3.Connection, frames: Sequence[int]) -> NDArray[np.int64]:
    """Return the photos, and the frames of videos, that may show somebody twice."""
    import numpy as np

    repeating = photos.repeating(connection)
    every = np.unique(np.array(frames, np.int64)) if repeating else np.zeros(0, np.int64)
    return every[np.isin(every % grouping_rows.MOMENTS, repeating)]


def _births(connection: sqlite3.Connection) -> NDArray[np.int64]:
    """Pairs of person and day of birth; the first one possible if only month or year is known."""
    import numpy as np

    known = persons.births(connection)
    born = days([f"{date}-01-01"[:10] for date in known.values()])
    return np.column_stack([np.array(list(known), np.int64), born.astype(np.int64)])


@dataclass(frozen=True, slots=True)
class Applying:
    """A proposal being written to the library in parts.

    Frozen, because a transaction rolled back must leave no traces here.
    """

    proposal: Proposal
    state: list[int]
    """Result of `state_of` when the snapshot was taken."""
    made: Mapping[int, PersonId] = field(default_factory=dict)
    """New groups of the proposal (negative numbers) and the persons created for them."""
    done: int = 0
    moved: int = 0

    @property
    def finished(self) -> bool:
        """Whether every face of the proposal was written."""
        return self.done >= len(self.proposal.face_ids)


def apply(txn: Transaction, work: Applying, count: int = BATCH) -> Applying:
    """Write the next ``count`` faces of a proposal; return the remaining work. Thread: writer.

    In parts, so that a user action never waits long. After a crash in between, the next refresh
    does the rest: a partly written proposal is a valid state.
    """
    from facesorter.clustering.proposal import FIRST_NEW, NOBODY

    connection, proposal = txn.connection, work.proposal
    part = slice(work.done, work.done + count)
    ids = proposal.face_ids[part].tolist()
    current = grouping_rows.machine_faces(connection, ids)
    rejected = set(persons.rejections(connection))
    births = persons.births(connection)
    taken = faces.taken(connection, ids) if births else {}
    # Since the last part, the user may have merged persons, or undone what created one.
    there = persons.every_id(connection)
    made, moved = dict(work.made), work.moved
    persons_of = proposal.person[part].tolist()
    measures = zip(proposal.similarity[part].tolist(), proposal.sure[part].tolist(), strict=True)
    for face_id, person, (similarity, sure) in zip(ids, persons_of, measures, strict=True):
        if face_id not in current:
            continue
        before = current[face_id][0]
        target: PersonId | None = None
        if person <= FIRST_NEW:
            if person not in made:
                made[person] = persons.insert(connection, now())
                there.add(made[person])
            target = made[person]
        elif person != NOBODY:
            target = PersonId(person)
        if target is not None and (target not in there or (face_id, target) in rejected):
            continue
        if target in births and is_before(taken[face_id], births[target]):
            continue
        value = round(similarity, 4) if target is not None else None
        if (target, value, sure) == current[face_id]:
            continue
        faces.set_suggestion(connection, face_id, target, value, sure)
        if target != before:
            moved += 1
        if (target, sure) != (before, current[face_id][2]):
            txn.touch(faces=[face_id], persons=[before, target])
    work = replace(work, made=made, moved=moved, done=work.done + count)
    if work.finished:
        # Only at the end: a person without faces after one part may get some in the next.
        txn.touch(persons=persons.delete_empty(connection))
        txn.touch(persons=questions.set_pairs(connection, _pairs(connection, work)))
        thresholds = asdict(proposal.thresholds)
        for key, value in ((THRESHOLDS_KEY, thresholds), (STATE_KEY, work.state)):
            if library_settings.get(connection, key) != value:
                library_settings.put(connection, key, value)
    return work


def _pairs(connection: sqlite3.Connection, work: Applying) -> list[questions.Pair]:
    """The pairs of persons that a proposal asks about, if both still exist."""
    there = persons.every_id(connection)
    hidden = persons.hidden(connection)
    found: dict[tuple[PersonId, PersonId], float] = {}
    for each in work.proposal.questions:
        a, b = (work.made.get(who, PersonId(who)) for who in (each.a, each.b))
        if a != b and a in there and b in there and not (a in hidden and b in hidden):
            found.setdefault((min(a, b), max(a, b)), round(each.similarity, 4))
    return [questions.Pair(a, b, similarity) for (a, b), similarity in found.items()]


def state_of(connection: sqlite3.Connection) -> list[int]:
    """Return values that change whenever grouping may give another result.

    Newest face, newest decision, number of undone decisions, of imported names and of counterparts,
    recognizer.
    """
    return [
        *(
            connection.execute(query).fetchone()[0] or 0
            for query in (
                "SELECT max(id) FROM face",
                "SELECT max(id) FROM decision",
                "SELECT count(*) FROM decision WHERE undone_at IS NOT NULL",
                "SELECT count(*) FROM imported_name WHERE outcome IS NOT NULL",
                "SELECT count(*) FROM face_counterpart",
            )
        ),
        library_settings.get(connection, MODEL_KEY) or 0,
    ]


def is_final(connection: sqlite3.Connection) -> bool:
    """Whether the last refresh reflects the current library, including its thresholds.

    If so, the groups don't depend on the course of the scan, or on how often it was interrupted.
    """
    model_id = library_settings.get(connection, MODEL_KEY)
    last = library_settings.get(connection, THRESHOLDS_KEY)
    if model_id is None or last is None:
        return not is_due(connection)
    return not is_due(connection) and last["n"] == grouping_rows.count(connection, model_id)


def is_due(connection: sqlite3.Connection) -> bool:
    """Whether anything relevant changed since the last completely written refresh."""
    last: list[int] | None = library_settings.get(connection, STATE_KEY)
    return state_of(connection) != last


def size(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the number of faces now, and expected: about one more per pending photo."""
    (faces,) = connection.execute("SELECT count(*) FROM face").fetchone()
    return faces, faces + photos.count_pending(connection)


def days(dates: Sequence[str]) -> NDArray[np.float64]:
    """Return days since 1970 as float64; NaN for invalid dates.

    Of a date that is less precise than a day, its last day: nobody who may have been born by then
    is kept from the photo.
    """
    import numpy as np

    try:  # all at once, nearly always possible, is thirty times as fast
        seconds = np.array([text[:19] for text in dates], "datetime64[s]")
        found = np.where(np.isnat(seconds), np.nan, seconds.astype(np.int64) / 86_400)
    except ValueError:
        found = np.full(len(dates), np.nan)
        for row, text in enumerate(dates):
            try:
                found[row] = np.datetime64(text[:19], "s").astype(np.int64) / 86_400
            except ValueError:
                continue
    for row in [row for row, text in enumerate(dates) if len(text) in (4, 7)]:
        if not np.isnan(found[row]):
            after = np.datetime64(dates[row], "Y" if len(dates[row]) == 4 else "M") + 1
            found[row] = after.astype("datetime64[D]").astype(np.int64) - 1
    return found
