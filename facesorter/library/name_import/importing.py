"""Preview names from other programs, and use them: see [Note: one import]."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from facesorter import names
from facesorter.cancel import CancelToken
from facesorter.domain import Face, FaceId, FaceState, PersonId, PhotoId
from facesorter.exchange.names import OURS, PhotoNames
from facesorter.library.decisions.journal import Kind
from facesorter.library.name_import import birthdays
from facesorter.library.name_import.applying import photo_faces
from facesorter.library.name_import.birthdays import Birthday, Birthdays
from facesorter.library.name_import.judging import Conflict, Outcome, People
from facesorter.library.name_import.photo_verdicts import Verdict, judge_photo, taken_back
from facesorter.library.transaction import Transaction, now
from facesorter.names import clean
from facesorter.storage import decisions, file_names, imported_names, sidecars
from facesorter.storage.imported_names import ImportedName, Waiting

EXAMPLES: Final = 6
"""Photos shown of each kind of conflict, and faces of each person."""
CHUNK: Final = 500
"""Photos whose faces are read at once."""
SAME_PLACE: Final = 3
"""Decimals, of shares of the photo, to which places are rounded before they are compared: a program
may write a sidecar with fewer than the photo has."""
PART: Final = 5_000
"""Names written per transaction, 0.1 s."""
SUFFIX: Final = 3
"""Last parts of a path by which a photo is found that another program knows at another place, as
after a move to another computer. Fewer parts are not enough to tell albums of one name apart."""
NO_BIRTHDAYS: Final = Birthdays()


@dataclass(frozen=True, slots=True)
class Example:
    """One face of a conflict."""

    photo_id: PhotoId
    face_id: FaceId
    mine: str
    """The name that the user gave it, or ""."""
    theirs: str
    """The name that it gets if what was found goes first."""
    others: tuple[str, ...] = ()
    """Other names that were found for it."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """All conflicts of one kind."""

    kind: Conflict
    faces: int
    """Each once, whatever number of names was found for it."""
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Namesake:
    """One name in an import, and who has it here."""

    name: str
    faces: int
    """Faces that it would be given to, those still to be found or drawn included."""
    person_id: PersonId | None
    """None for somebody new."""
    face_ids: tuple[FaceId, ...] = ()
    """Some of the faces, to show."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Names as they were read, for photos of the library."""

    rows: tuple[ImportedName, ...]
    elsewhere: int = 0
    """Photos that are named there, and aren't in the library."""

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class Preview:
    """What using names would do."""

    photos: int = 0
    new_photos: int = 0
    """Photos with faces that would be named."""
    faces: int = 0
    """Named regions, wherever they lead to."""
    new_faces: int = 0
    """Faces that would be named, those to be drawn and those in photos still to be analyzed too."""
    drawn: int = 0
    """Of those, in places where no face was found."""
    waiting: int = 0
    """Of those, in photos that aren't analyzed yet."""
    known: int = 0
    """Faces that have the name already."""
    kept: int = 0
    """Faces for which the user's word stands, without a conflict: nothing is new there."""
    unplaced: int = 0
    """People who are on a photo, nobody knows where."""
    taken_back: int = 0
    """Faces whose name was removed there."""
    elsewhere: int = 0
    people: tuple[Namesake, ...] = ()
    """Those who would be named, most faces first."""
    conflicts: tuple[Disagreement, ...] = ()
    sources: tuple[tuple[str, int, int], ...] = ()
    """Source, photos, named faces."""
    births: Birthdays = NO_BIRTHDAYS
    """What contacts say."""

    @property
    def new_people(self) -> int:
        """How many people aren't in the library yet."""
        return sum(each.person_id is None for each in self.people)

    def __bool__(self) -> bool:
        """Return whether there is anything to use, or to ask."""
        found = self.new_faces or self.unplaced or self.conflicts or self.taken_back
        return bool(found or self.births.new)


def gather(
    connection: sqlite3.Connection, found: Iterable[tuple[str | os.PathLike[str], PhotoNames]]
) -> Gathered:
    """Assign what readers found to the library's photos. Thread: any.

    Photos are found by path, else by the end of it, if that means one photo only. Sidecars
    that this library keeps up to date are skipped: they hold its own decisions and suggestions.
    """
    places, own = _Places(connection), sidecars.kept(connection)
    rows: list[ImportedName] = []
    elsewhere = set()
    for path, photo_names in found:
        photo_id = places.find(os.fspath(path))
        if photo_id is None:
            elsewhere.add(os.fspath(path))
        elif photo_names.program != OURS or photo_id not in own:
            rows += rows_of(photo_id, photo_names)
    return Gathered(tuple(dict.fromkeys(rows)), len(elsewhere))


def rows_of(photo_id: PhotoId, photo_names: PhotoNames) -> list[ImportedName]:
    """Return the names imported for a photo, as rows."""
    rows = [
        ImportedName(
            photo_id,
            clean(region.name),
            region.source.value,
            photo_names.program,
            float(region.x),
            float(region.y),
            float(region.w),
            float(region.h),
            region.frame.value,
            region.applied_to[0] if region.applied_to else None,
            region.applied_to[1] if region.applied_to else None,
            photo_names.rotation,
        )
        for region in photo_names.regions
    ]
    rows += [
        ImportedName(photo_id, cleaned, source.value, photo_names.program)
        for name, source in photo_names.people
        if (cleaned := clean(name))
    ]
    return rows


class _Places:
    """The library's photos by path."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._exact: dict[str, PhotoId] = {}
        self._caseless: dict[str, PhotoId | None] = {}
        self._ends: dict[tuple[str, ...], PhotoId | None] = {}
        # Row by row: SQLite would read all rows in the order of an index that lacks these columns.
        rows = connection.execute(
            "SELECT photo.id, folder.path, relpath FROM photo NOT INDEXED "
            "JOIN folder ON folder.id = folder_id WHERE status != 'missing'"
        )
        for photo_id, folder, relpath in rows:
            path = f"{file_names.from_text(folder)}/{file_names.from_text(relpath)}"
            self._exact[os.path.normpath(path)] = photo_id
            key, end = _normal(path), _end(path)
            self._caseless[key] = None if key in self._caseless else photo_id
            self._ends[end] = None if end in self._ends else photo_id

    def find(self, path: str) -> PhotoId | None:
        found = self._exact.get(os.path.normpath(path))
        if found is None:
            found = self._caseless.get(_normal(path))
        return self._ends.get(_end(path)) if found is None else found


def _normal(path: str) -> str:
    return names.caseless(os.path.normpath(path).replace("\\", "/")) if path else ""


def _end(path: str) -> tuple[str, ...]:
    return tuple(_normal(path).split("/")[-SUFFIX:])


@dataclass
class _Conflicts:
    """Conflicts of one kind, in the making."""

    faces: set[FaceId] = field(default_factory=set)
    undrawn: int = 0
    """Regions where no face was found."""
    examples: dict[FaceId, Example] = field(default_factory=dict)

    def add(self, imported: ImportedName, face: Face | None) -> None:
        if face is None:
            self.undrawn += 1
            return
        self.faces.add(face.id)
        shown = self.examples.get(face.id)
        if shown is not None:
            self.examples[face.id] = replace(shown, others=(*shown.others, imported.name))
        elif len(self.examples) < EXAMPLES:
            mine = face.name if face.state is FaceState.CONFIRMED and face.name else ""
            self.examples[face.id] = Example(imported.photo_id, face.id, mine, imported.name)

    def found(self, kind: Conflict) -> Disagreement:
        count = len(self.faces) + self.undrawn
        return Disagreement(kind, count, tuple(self.examples.values()))


@dataclass
class _Tally:
    """A preview in the making."""

    counts: dict[str, int] = field(default_factory=dict)
    people: dict[str, tuple[str, int, PersonId | None, list[FaceId]]] = field(default_factory=dict)
    conflicts: dict[Conflict, _Conflicts] = field(default_factory=dict)
    photos: set[PhotoId] = field(default_factory=set)
    known: set[FaceId] = field(default_factory=set)
    unplaced: set[tuple[PhotoId, str]] = field(default_factory=set)

    def add(self, what: str, count: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + count

    def name(self, name: str, person_id: PersonId | None, face_id: FaceId | None) -> None:
        key = names.fold(name)
        spelled, count, person, shown = self.people.get(key, (name, 0, person_id, []))
        if face_id is not None and len(shown) < EXAMPLES:
            shown.append(face_id)
        self.people[key] = (spelled, count + 1, person if person is not None else person_id, shown)

    def verdict(self, verdict: Verdict) -> None:
        imported, face = verdict.waiting.imported, verdict.face
        if verdict.conflict is not None:
            self.conflicts.setdefault(verdict.conflict, _Conflicts()).add(imported, face)
        elif verdict.outcome is None or verdict.outcome is Outcome.NAMED:
            self.photos.add(imported.photo_id)
            self.add("new_faces")
            self.add("drawn", verdict.outcome is None)
            self.name(imported.name, verdict.person_id, face.id if face else None)
        elif verdict.outcome is Outcome.ON_PHOTO:
            self.unplaced.add((imported.photo_id, names.fold(imported.name)))
        elif face is not None and verdict.outcome is Outcome.SAME:
            # Else two sources only say the same.
            if face.name is not None and names.same(face.name, imported.name):
                self.known.add(face.id)
        elif imported.name and verdict.outcome is Outcome.KEPT:
            self.add("kept")


def preview(
    connection: sqlite3.Connection,
    gathered: Gathered,
    token: CancelToken | None = None,
    progress: Callable[[int, int], None] | None = None,
    births: Birthdays = NO_BIRTHDAYS,
) -> Preview:
    """Find out what using names would do, without doing it. Thread: any, with its own connection.

    Args:
        connection: The library.
        gathered: From `gather`.
        token: To stop by.
        progress: Told of photos done, and of all.
        births: From `birthdays.find`.

    Raises:
        Cancelled: The token was cancelled.
    """
    people, usual = People(connection), imported_names.usual_frames(connection)
    by_photo: dict[PhotoId, list[Waiting]] = {}
    for number, row in enumerate(gathered.rows):
        by_photo.setdefault(row.photo_id, []).append(Waiting(number, 0, None, row))
    tally, ids = _Tally(), sorted(by_photo)
    for at in range(0, len(ids), CHUNK):
        if token is not None:
            token.check()
        part = ids[at : at + CHUNK]
        known = photo_faces(connection, part)
        for photo_id in part:
            if photo_id not in known:
                _wait(tally, people, photo_id, by_photo[photo_id])
                continue
            verdicts = judge_photo(
                by_photo[photo_id],
                known[photo_id],
                lambda each: people.named(each.imported.name),
                usual=usual,
            )
            for each in verdicts:
                tally.verdict(each)
            tally.add("taken_back", len(taken_back(known[photo_id], verdicts)))
        if progress is not None:
            progress(min(at + CHUNK, len(ids)), len(ids))
    found = sorted(tally.people.values(), key=lambda each: (-each[1], names.fold(each[0])))
    return Preview(
        photos=len(ids),
        new_photos=len(tally.photos),
        faces=sum(1 for row in gathered.rows if row.name and row.x is not None),
        known=len(tally.known),
        unplaced=len(tally.unplaced - _on_photos(connection, ids)),
        elsewhere=gathered.elsewhere,
        people=tuple(Namesake(*each[:3], tuple(each[3])) for each in found),
        conflicts=tuple(
            tally.conflicts[kind].found(kind) for kind in Conflict if kind in tally.conflicts
        ),
        sources=_sources(gathered.rows),
        births=births,
        **tally.counts,
    )


def _on_photos(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> set[tuple[PhotoId, str]]:
    """Return who is known to be on photos, nobody knows where, by earlier imports."""
    rows = imported_names.on_photos(connection, photo_ids)
    return {(photo_id, names.fold(name)) for photo_id, name, *_ in rows}


def _wait(tally: _Tally, people: People, photo_id: PhotoId, rows: Sequence[Waiting]) -> None:
    """Count names of a photo that isn't analyzed yet.

    Several kinds of region in a file name the same faces: of a person, those of one kind count.
    So do a photo and its sidecar: the same place counts once.
    """
    placed: dict[str, dict[str, set[tuple[float, ...]]]] = {}
    spelled: dict[str, str] = {}
    for each in rows:
        key = names.fold(each.imported.name)
        if each.imported.name and each.imported.x is None:
            tally.unplaced.add((photo_id, key))
        elif each.imported.name:
            spelled.setdefault(key, each.imported.name)
            box = (each.imported.x, each.imported.y, each.imported.w, each.imported.h)
            place = tuple(round(value or 0.0, SAME_PLACE) for value in box)
            placed.setdefault(key, {}).setdefault(each.imported.source, set()).add(place)
    for key, kinds in placed.items():
        meant = people.named(spelled[key])
        for _ in range(max(map(len, kinds.values()))):
            tally.photos.add(photo_id)
            tally.add("new_faces")
            tally.add("waiting")
            tally.name(spelled[key], meant[0] if meant else None, None)


def _sources(rows: Sequence[ImportedName]) -> tuple[tuple[str, int, int], ...]:
    photos: dict[str, set[PhotoId]] = {}
    faces: dict[str, int] = {}
    for row in rows:
        photos.setdefault(row.source, set()).add(row.photo_id)
        faces[row.source] = faces.get(row.source, 0) + bool(row.name and row.x is not None)
    return tuple((source, len(photos[source]), faces[source]) for source in sorted(photos))


def use(
    txn: Transaction,
    gathered: Gathered,
    source: str,
    theirs: Collection[Conflict] = (),
    faces: int = 0,
    births: Sequence[Birthday] = (),
) -> int | None:
    """Use names and dates of birth: the user's decision. Return the import's id, if it has names.

    The names wait for `applying.apply`. Thread: writer; of many names, `stage` and `add` in parts,
    then `decide`, hold it for less long: 50,000 regions take half a second.

    Args:
        txn: The transaction.
        gathered: From `gather`.
        source: Where they are from, as `exchange.names.Source`, or "files" for several.
        theirs: Kinds of conflict in which they go before the user's decisions here.
        faces: How many faces are named, according to the preview, for the words of Undo.
        births: Dates for people who have none.
    """
    if not gathered:
        if births:
            about = (("faces", faces), ("source", source), ("birthdays", len(births)))
            with txn.decision(Kind.IMPORT_NAMES, about):
                birthdays.give(txn, births)
        return None
    import_id = stage(txn, source, theirs)
    add(txn, import_id, gathered.rows)
    decide(txn, import_id, source, faces, births)
    return import_id


def stage(txn: Transaction, source: str, theirs: Collection[Conflict] = ()) -> int:
    """Begin an import that isn't in effect before `decide`; return its id. Thread: writer."""
    values = [each.value for each in theirs]
    return imported_names.insert_import(txn.connection, source, now(), values)


def add(txn: Transaction, import_id: int, rows: Iterable[ImportedName]) -> None:
    """Add names to an import begun by `stage`. Thread: writer."""
    imported_names.insert(txn.connection, import_id, rows)


def drop_undecided(txn: Transaction) -> int:
    """Delete a part of imports that were begun and never decided, as the program was killed.

    Thread: writer. Returns how many rows were deleted; 0 once there are none.
    """
    return imported_names.delete_undecided(txn.connection, PART)


def decide(
    txn: Transaction,
    import_id: int,
    source: str,
    faces: int = 0,
    births: Sequence[Birthday] = (),
) -> None:
    """Put an import into effect, as the user's decision; see `use`. Thread: writer."""
    connection = txn.connection
    about: tuple[tuple[str, str | int], ...] = (("faces", faces), ("source", source))
    if births:
        about += (("birthdays", len(births)),)
    with txn.decision(Kind.IMPORT_NAMES, about):
        txn.update("name_import", [import_id], {"used": 1})
        birthdays.give(txn, births)
    decision = decisions.newest_done(connection)
    assert decision is not None
    imported_names.set_decision(connection, import_id, decision.id)
