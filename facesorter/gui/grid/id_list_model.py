"""List model that holds all ids and reads rows lazily; base of photos, persons and faces.

All ids are read on the query thread and merged in at most twice a second. Rows are read by id in
pages when a view requests them, and cached; stale rows stay visible until re-read, to avoid
flicker.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from enum import Enum
from itertools import compress
from typing import Any, Final, Generic, Protocol, TypeVar

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from facesorter.domain import Changes
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.live_query import LiveQuery

log = logging.getLogger(__name__)

AnyIndex = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")
Id = TypeVar("Id", bound=int)
IdOut = TypeVar("IdOut", bound=int, covariant=True)


class Listing(Protocol[IdOut]):
    """Ordered ids, with additional data for a subclass of `IdListModel`."""

    @property
    def ids(self) -> Sequence[IdOut]:
        """The ids."""


AnyIds = list[Id] | Listing[Id]
Answer = TypeVar("Answer", bound=list[Any] | Listing[Any])

PAGE: Final = 30
"""Rows read at a time: more than a small window shows at once, 0.5 ms by id."""
KEPT_ROWS: Final = 6000
"""Maximum number of cached rows: two hundred pages, about 5 MB."""
REFRESH_MS: Final = 500
"""Minimum time between two re-reads caused by background changes."""
MOST_RUNS: Final = 12
"""Runs of inserted or removed rows announced one by one; beyond that, a reset is cheaper."""

MOST_COMPARED: Final = 20_000
"""Ids between the common ends of two lists, beyond which a reset is cheaper than finding the runs,
which takes 1 ms for 1,000."""


class Role:
    """Item roles in addition to Qt's."""

    ID: Final = Qt.ItemDataRole.UserRole + 1
    ROW: Final = Qt.ItemDataRole.UserRole + 2


class Change(Enum):
    """How `IdListModel.set_ids` applied a change."""

    NONE = 0
    RUNS = 1
    RESET = 2


class IdListModel(QAbstractListModel, Generic[Id, Row]):
    """List model with eager ids and lazy rows. Thread: GUI.

    Subclasses provide the texts of a row and decide which parts of a `Changes` affect them.

    Signals:
        ids_changed: the ids were read and differ from before.
        loaded: the ids were read, whether for the first time or not.
    """

    ids_changed = Signal()
    loaded = Signal()

    page = PAGE
    """Rows that are read at a time in the GUI thread."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._ids: list[Id] = []
        self._rows: OrderedDict[Id, Row] = OrderedDict()
        self._stale: set[Id] = set()
        # Separate from the stale rows: a blinking caret repaints its corner, which re-reads rows
        # before the view was notified to repaint all of them.
        self._unannounced = False
        self._list_ids: Callable[[], Future[Any]] | None = None
        self._ids_wanted = False
        self._active = False
        self._held = False
        self._changes = 0
        """Number of changes of the library so far."""
        self._waiting_ids: AnyIds[Id] | None = None
        self.is_loaded = False
        """Whether the ids of the current source were read."""
        self._reading: LiveQuery[AnyIds[Id]] = LiveQuery(
            bridge, self._begin_reading, self._take, REFRESH_MS, self
        )
        bridge.changed.connect(self.on_changed)

    # Implemented by subclasses.

    def fetch_rows(self, ids: Sequence[Id]) -> Iterable[tuple[Id, Row]]:
        """Read rows by id, omitting missing ones. At most a few ms: it runs in the GUI thread."""
        return ()

    def text(self, row: Row, role: int) -> Any:
        """Return the display, tooltip or accessible text of a row."""
        return ""

    def concerned(self, changes: Changes) -> tuple[Iterable[Id], bool]:
        """Return which ids have stale rows, and whether the list of ids may have changed."""
        return (), False

    # The list of ids.

    def set_source(
        self, list_ids: Callable[[], Future[Answer]] | None, *, keep: bool = False
    ) -> None:
        """Switch to another list: empty at first, filled when the future of ``list_ids()`` is done.

        With ``keep``, the old list stays until then, which avoids flicker while the user types a
        search.
        """
        self._reading.cancel()
        self._list_ids = list_ids
        self.is_loaded = list_ids is None
        self._waiting_ids = None
        self._held = False
        if not keep:
            self._replace([])
            self._rows.clear()
        self._ids_wanted = list_ids is not None
        if self._active:
            self._refresh()

    def set_active(self, active: bool) -> None:
        """Follow changes only while active; reactivation catches up with missed ones."""
        self._active = active
        if active and (self._ids_wanted or self._unannounced):
            self._refresh()

    def hold(self, held: bool) -> None:
        """Freeze the order while the user types into a tile."""
        self._held = held
        if not held and self._waiting_ids is not None:
            ids, self._waiting_ids = self._waiting_ids, None
            self.set_ids(ids)

    def on_changed(self, changes: Changes) -> None:
        """Mark stale rows; re-read soon, or immediately after a user action."""
        self._changes += 1
        stale, ids_too = self.concerned(changes)
        held = {each for each in stale if each in self._rows}
        self._stale |= held
        self._unannounced = self._unannounced or bool(held)
        self._ids_wanted = self._ids_wanted or ids_too
        if not self._active or not (self._unannounced or self._ids_wanted):
            return
        if changes.decided:
            self._refresh()
        else:
            self._reading.soon()

    def refresh(self) -> None:
        """Read the ids again."""
        self._ids_wanted = True
        if self._active:
            self._refresh()

    def set_ids(self, ids: AnyIds[Id]) -> Change:
        """Set the ids, announcing inserted and removed runs if those describe the change."""
        if self._held:
            self._waiting_ids = ids
            return Change.NONE
        ids = ids if isinstance(ids, list) else list(ids.ids)
        if ids == self._ids:
            return Change.NONE
        change = Change.RUNS if self._apply_runs(ids) else Change.RESET
        if change is Change.RESET:
            self._replace(ids)
        self.ids_changed.emit()
        return change

    @property
    def ids(self) -> Sequence[Id]:
        """The ids shown, in order; must not be modified."""
        return self._ids

    def row_of(self, wanted: Id) -> int:
        """Return the row of an id, or -1: 3 ms among 300,000. For several, see `rows_of`."""
        try:
            return self._ids.index(wanted)
        except ValueError:
            return -1

    def rows_of(self, wanted: Iterable[Id]) -> list[int]:
        """Return the rows of ids, in order; ids that aren't listed are skipped."""
        chosen = set(wanted)
        if len(chosen) <= 1:
            return [row for each in chosen if (row := self.row_of(each)) >= 0]
        return list(compress(range(len(self._ids)), map(chosen.__contains__, self._ids)))

    def row(self, at: int) -> Row | None:
        """Return a row's content: fresh if it can be read, otherwise the cached one."""
        if not 0 <= at < len(self._ids):
            return None
        wanted = self._ids[at]
        if wanted not in self._rows or wanted in self._stale:
            self._read_page(at)
        found = self._rows.get(wanted)
        if found is not None:
            self._rows.move_to_end(wanted)
        return found

    def row_to_paint(self, at: int) -> Row | None:
        """Return what a view paints of a row; None shows a tile that is still empty."""
        return self.row(at)

    def known_row(self, at: int) -> Row | None:
        """Return a row's content as it was last read, or None."""
        return self._rows.get(self._ids[at]) if 0 <= at < len(self._ids) else None

    def unread(self, start: int, end: int) -> list[Id]:
        """Return which of the rows have no content, or that from before a change."""
        ids = self._ids[start:end]
        return [each for each in ids if each not in self._rows or each in self._stale]

    def take_rows(self, wanted: Iterable[Id], rows: Iterable[tuple[Id, Row]]) -> None:
        """Keep the content of the ``wanted`` rows, as far as it was found."""
        self._rows.update(rows)
        self._stale.difference_update(wanted)
        while len(self._rows) > KEPT_ROWS:
            self._rows.popitem(last=False)

    def take_first_rows(self, rows: Sequence[tuple[Id, Row]], changes: int) -> None:
        """Keep the content of rows that was read with the list, unless it may be outdated.

        ``changes`` is how many there had been when the list was asked for.
        """
        if changes == self._changes:
            self.take_rows([each for each, _ in rows], rows)

    def row_by_id(self, wanted: Id) -> Row | None:
        """Return the content of the row with this id, or None if it isn't listed."""
        return self.row(self.row_of(wanted))

    # Qt's interface.

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Role.ID:
            return self._ids[index.row()]
        if role == Role.ROW:
            return self.row_to_paint(index.row())
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            row = self.row(index.row())
            return "" if row is None else self.text(row, role)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        # Never reads a row, so that Ctrl+A over 100,000 rows is instant (as in Anki's table).
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        shown = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        # Whether tiles are dragged is up to the view: `setDragEnabled`.
        return shown | Qt.ItemFlag.ItemIsDragEnabled

    # Internals.

    def _refresh(self) -> None:
        self._announce_stale()
        self._reading.now()

    def _announce_stale(self) -> None:
        unannounced, self._unannounced = self._unannounced, False
        if unannounced and self._ids:
            # Visible rows are re-read when painted, the others when scrolled to.
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def _begin_reading(self) -> Future[Any] | None:
        self._announce_stale()
        if not (self._ids_wanted and self._active and self._list_ids is not None):
            return None
        self._ids_wanted = False
        return self._list_ids()

    def _take(self, ids: AnyIds[Id]) -> None:
        self.set_ids(ids)
        self.is_loaded = True
        self.loaded.emit()

    def _read_page(self, at: int) -> None:
        start = at // self.page * self.page
        wanted = self.unread(start, start + self.page)
        try:
            self.take_rows(wanted, self.fetch_rows(wanted))
        except sqlite3.Error as error:
            # The database is busy or being replaced: keep the current content; the next paint
            # retries.
            log.info("Rows could not be read just now: %s", error)
            self._unannounced = True

    def _replace(self, ids: list[Id]) -> None:
        if not ids and not self._ids:
            return
        self.beginResetModel()
        self._ids = list(ids)
        self.endResetModel()

    def _apply_runs(self, ids: list[Id]) -> bool:
        """Remove, then insert, run by run; False if the remaining ids changed order."""
        if not self._ids or not ids:
            return False
        # Most changes affect a few rows in one place: common leading and trailing parts are skipped
        # by comparing slices, which for 100,000 ids takes 1 ms instead of 50.
        head = _alike(self._ids, ids)
        tail = _alike(self._ids[head:][::-1], ids[head:][::-1])
        before, after = self._ids[head : len(self._ids) - tail], ids[head : len(ids) - tail]
        if before and after and len(before) + len(after) > MOST_COMPARED:
            return False
        old, new = set(before), set(after)
        if [each for each in before if each in new] != [each for each in after if each in old]:
            return False
        removals = runs_of([head + at for at, each in enumerate(before) if each not in new])
        inserts = runs_of([head + at for at, each in enumerate(after) if each not in old])
        if len(removals) + len(inserts) > MOST_RUNS:
            return False
        for first, last in reversed(removals):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._ids[first : last + 1]
            self.endRemoveRows()
        for first, last in inserts:
            self.beginInsertRows(QModelIndex(), first, last)
            self._ids[first:first] = ids[first : last + 1]
            self.endInsertRows()
        return True


def runs_of(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Merge ascending rows into (first, last) runs."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _alike(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of two lists' common prefix, by bisection."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
