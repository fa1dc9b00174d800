"""Model of the person grid: named persons, then unnamed ones, each by number of faces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, Qt

from facesorter.domain import Changes, FaceId, Person, PersonId, PersonOrder
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.face_model import FaceRow, rows_of
from facesorter.gui.grid.id_list_model import PAGE, AnyIds, Change, IdListModel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries

if TYPE_CHECKING:
    from facesorter.app.services import Services

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

    page = 1
    """Alone, for what can't wait until the card is painted: each person's faces are counted."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, parent)
        self.named = 0
        """Number of leading rows that have names."""
        self.shown = 0
        """Number of leading rows that are not hidden."""
        self._asked = False
        """Whether rows are being read for painting."""
        self._changed = 0
        """Number of changes of people so far."""
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
        services = self._bridge.services
        return [(row.person.id, row) for row in read_rows(services.reader(), services, ids)]

    def row_to_paint(self, at: int) -> PersonRow | None:
        """Return a card's content as far as it is known, and have the rest read.

        On the query thread, because everything about the 30 largest people takes 40 ms.
        """
        start = at // PAGE * PAGE
        wanted = self.unread(start, start + PAGE)
        if wanted and not self._asked:
            self._asked = True
            changed = self._changed
            query = self._bridge.query(read_rows, self._bridge.services, wanted)

            def done(rows: list[PersonRow]) -> None:
                self._asked = False
                if changed == self._changed:
                    self.take_rows(wanted, ((row.person.id, row) for row in rows))
                # Otherwise they may predate the change, and are read again by the repaint. People
                # who are gone have no rows: repainting for them would ask again, forever.
                if rows and self._ids:
                    self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

            def failed(_: BaseException) -> bool:
                self._asked = False
                return False

            self._bridge.then(query, done, owner=self, failed=failed)
        return self.known_row(at)

    def on_changed(self, changes: Changes) -> None:
        """Mark stale rows; a read in progress is discarded."""
        self._changed += bool(changes.persons or changes.marked)
        super().on_changed(changes)

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
    text = f"{name}, {words.photos(person.photos)}"
    if person.favourite:
        text = translate("People", "{person}, favorite").format(person=text)
    return text


def read_rows(conn: Connection, services: Services, ids: Sequence[PersonId]) -> list[PersonRow]:
    """Read people and their covers by id; unknown ids are skipped. Thread: the connection's."""
    persons = queries.persons(conn, ids, dated=False)
    wanted = [person.cover_face_id for person in persons if person.cover_face_id is not None]
    covers = {row.face.id: row for row in rows_of(conn, services, wanted)}
    return [PersonRow(person, covers.get(person.cover_face_id or FaceId(0))) for person in persons]


def read_person(
    bridge: Bridge,
    person_id: PersonId,
    take: Callable[[PersonRow | None], object],
    owner: QObject,
) -> None:
    """Read one person and their cover on the query thread, and pass them on. Thread: GUI."""
    query = bridge.query(read_rows, bridge.services, [person_id])
    bridge.then(query, lambda rows: take(next(iter(rows), None)), owner=owner)
