"""Model of the person grid: named persons, then unnamed ones, each by number of faces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QObject, Qt

from facesorter.domain import Changes, FaceId, Person, PersonId, PersonOrder
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.face_model import FaceRow, face_rows
from facesorter.gui.grid.id_list_model import AnyIds, Change, IdListModel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries

FEWEST_FACES: Final = 2
"""Faces that an unnamed person needs for a card: a single one has none to be compared with."""


class PersonRow(NamedTuple):
    """A person, without dates, and their cover face."""

    person: Person
    cover: FaceRow | None


class PersonList(NamedTuple):
    """Ids and counts for the people page."""

    ids: list[PersonId]
    named: int
    """Number of leading ids that have names."""
    shown: int
    """Number of leading ids that are not hidden."""
    hidden: int
    """Number of hidden persons, whether or not they are among the ids."""


def list_persons(
    conn: Connection,
    include_hidden: bool = False,
    order: PersonOrder = PersonOrder.FACES,
    matching: str = "",
) -> PersonList:
    """Read the persons that get a card; ``include_hidden`` appends hidden ones. Thread: query."""
    cards = queries.cards(conn, smallest=FEWEST_FACES, order=order, matching=matching)
    ids = cards.seen + cards.hidden if include_hidden else cards.seen
    return PersonList(ids, cards.named, len(cards.seen), len(cards.hidden))


class PersonModel(IdListModel[PersonId, PersonRow]):
    """Persons by id; rows are `PersonRow`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self.named = 0
        """Number of leading rows that have names."""
        self.shown = 0
        """Number of leading rows that are not hidden."""
        self.hidden_count = 0
        """Number of hidden persons; they have rows only if requested."""

    def show_all(
        self,
        include_hidden: bool = False,
        order: PersonOrder = PersonOrder.FACES,
        matching: str = "",
        *,
        keep: bool = False,
    ) -> None:
        """Show all persons that get a card; with ``include_hidden``, hidden ones come last.

        ``order`` and ``matching`` are as for `queries.cards`, ``keep`` as for `set_source`.
        """
        self.set_source(
            lambda: self._bridge.query(list_persons, include_hidden, order, matching), keep=keep
        )

    def set_ids(self, ids: AnyIds[PersonId]) -> Change:
        """Set the ids together with the number of named persons."""
        if isinstance(ids, PersonList) and not self._held:
            # While held, the whole list waits, and passes through here later.
            self.named, self.shown, self.hidden_count = ids.named, ids.shown, ids.hidden
            ids = ids.ids
        return super().set_ids(ids)

    def fetch_rows(self, ids: Sequence[PersonId]) -> Iterable[tuple[PersonId, PersonRow]]:
        persons = queries.persons(self._bridge.services.reader(), ids, dated=False)
        wanted = [person.cover_face_id for person in persons if person.cover_face_id is not None]
        covers = {row.face.id: row for row in face_rows(self._bridge, wanted)}
        return [
            (person.id, PersonRow(person, covers.get(person.cover_face_id or FaceId(0))))
            for person in persons
        ]

    def concerned(self, changes: Changes) -> tuple[Iterable[PersonId], bool]:
        stale = set(changes.persons)
        if changes.marked:
            # A turned photo has other crops of its faces.
            rows = self._rows.items()
            covers = [(each, row.cover) for each, row in rows if row.cover is not None]
            stale |= {each for each, cover in covers if cover.photo.id in changes.marked}
        return stale, bool(changes.persons)

    def text(self, row: PersonRow, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return row.person.name or ""
        return describe(row.person)


def describe(person: Person) -> str:
    """Describe a person: "Anna, 214 photos"."""
    name = person.name or translate("People", "Unnamed person")
    said = f"{name}, {words.photos(person.photos)}"
    if person.favourite:
        said = translate("People", "{person}, favorite").format(person=said)
    return said


def person_row(bridge: Bridge, person_id: PersonId) -> PersonRow | None:
    """Read one person and their cover by id. Thread: GUI."""
    persons = queries.persons(bridge.services.reader(), [person_id], dated=False)
    if not persons:
        return None
    cover_id = persons[0].cover_face_id
    covers = face_rows(bridge, [cover_id]) if cover_id is not None else []
    return PersonRow(persons[0], covers[0] if covers else None)
