"""Model of the folders in the sidebar: the rows of a tree that are in sight, as a flat list.

A tree view asks for every row of a folder that is opened, which takes 0.3 s for 50,000; a list view
of equal rows asks for those it paints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from facesorter.domain import Changes, Folder, FolderId, FolderState
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.base.places import folder_key, folder_of
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.sidebar_entries import BADGE, ICON, INDENT, KEY, MARK, PALE
from facesorter.library import folder_tree
from facesorter.library.folder_tree import FolderTree, Order, Subfolder
from facesorter.storage.file_names import to_show

REFRESH_MS: Final = 3000
"""Minimum time between two reads during background work; user changes are shown at once."""
REST: Final = 5.0
"""Pause between two reads during background work, as a multiple of the duration of one."""
STEP: Final = 14
"""Indentation of a level, logical px."""
DEEPEST: Final = 6
"""Levels that are indented; names of deeper folders need the room."""
TWISTY: Final = 16
"""Width of the arrow that opens a folder, logical px."""

OPEN: Final = Qt.ItemDataRole.UserRole + 20
"""Whether a folder is open; None if it contains none."""

AnyIndex = QModelIndex | QPersistentModelIndex


class Row(NamedTuple):
    """A folder in sight."""

    folder: Subfolder
    level: int
    open: bool

    @property
    def key(self) -> str:
        """Its sidebar key."""
        return folder_key(self.folder.folder_id, self.folder.place)


def rows_below(
    tree: FolderTree, folder: Subfolder, level: int, opened: frozenset[str], order: Order
) -> list[Row]:
    """Return a folder and what is in sight below it."""
    row = Row(folder, level, folder.opens and folder_key(folder.folder_id, folder.place) in opened)
    found = [row]
    if row.open:
        for child in tree.children(folder.folder_id, folder.place, order):
            found += rows_below(tree, child, level + 1, opened, order)
    return found


def all_rows(tree: FolderTree, opened: frozenset[str], order: Order) -> list[Row]:
    """Return all folders in sight. Thread: query, since a folder may contain 50,000."""
    roots = [each for root in tree.roots if (each := tree.get(root.id)) is not None]
    found: list[Row] = []
    for root in folder_tree.in_order(roots, order):
        found += rows_below(tree, root, 0, opened, order)
    return found


class FolderModel(QAbstractListModel):
    """The folders in sight. Thread: GUI."""

    def __init__(
        self, bridge: Bridge, options: FolderOptions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._options = bridge, options
        self._rows: list[Row] = []
        self._folders: dict[FolderId, Folder] = {}
        self._tree: FolderTree | None = None
        self._opened = options.opened()
        self._reading: LiveQuery[tuple[FolderTree, list[Row]]] = LiveQuery(
            bridge, self._read, self._take, REFRESH_MS, self, rest=REST
        )
        bridge.changed.connect(self._on_changed)
        options.order_changed.connect(self._reading.now)

    # Content.

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """Set the watched folders, which are shown at once; their photos are counted next."""
        before = self._folders
        self._folders = {folder.id: folder for folder in folders}
        if self._folders == before:
            return
        if self._folders.keys() != before.keys():
            kept = {row.folder.folder_id for row in self._rows}
            rows = [row for row in self._rows if row.folder.folder_id in self._folders]
            tree = FolderTree.uncounted([f for f in folders if f.id not in kept])
            self._set_rows(rows + all_rows(tree, frozenset(), Order.NAME))
            self._reading.now()
        elif self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def folder(self, folder_id: FolderId) -> Folder | None:
        """Return a watched folder."""
        return self._folders.get(folder_id)

    def row_of(self, key: str) -> int:
        """Return the row of a folder, -1 if it isn't in sight."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def at(self, row: int) -> Row | None:
        """Return the content of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def parent_of(self, row: int) -> int:
        """Return the row of the folder that contains the one in a row, -1 without one."""
        level = self._rows[row].level
        return next((at for at in range(row - 1, -1, -1) if self._rows[at].level < level), -1)

    def set_open(self, row: int, wanted: bool) -> None:
        """Open or close a folder; what it contains appears as soon as it is known."""
        found = self.at(row)
        if found is None or found.open == wanted or not found.folder.opens:
            return
        if wanted:
            self._opened.add(found.key)
        else:
            self._opened.discard(found.key)
        self._options.keep_opened(self._opened)
        self._rows[row] = found._replace(open=wanted)
        self.dataChanged.emit(self.index(row), self.index(row))
        if wanted:
            self._open(found)
        else:
            end = row + 1
            while end < len(self._rows) and self._rows[end].level > found.level:
                end += 1
            self._splice(row + 1, end, [])

    def reveal(self, key: str) -> None:
        """Open the folders that contain one, so that it is in sight soon."""
        folder_id, place = folder_of(key)
        above = {folder_key(folder_id, each) for each in folder_tree.parents(place)[:-1]}
        if above <= self._opened:
            return
        self._opened |= above
        self._options.keep_opened(self._opened)
        self._reading.now()

    # Qt's interface.

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.at(index.row())
        if row is None:
            return None
        root = self._folders.get(row.folder.folder_id) if not row.folder.place else None
        unplugged = root is not None and root.state is FolderState.UNPLUGGED
        paused = root is not None and root.paused
        if role == Qt.ItemDataRole.DisplayRole:
            return row.folder.name
        if role == KEY:
            return row.key
        if role == BADGE:
            return words.number(row.folder.photos) if row.folder.photos else ""
        if role == ICON:
            return "folder-outline"
        if role == INDENT:
            return STEP * min(row.level, DEEPEST) + TWISTY - theme.GRID // 2
        if role == OPEN:
            return row.open if row.folder.opens else None
        if role == PALE:
            return self._is_unplugged(row)
        if role == MARK:
            return "eject" if unplugged else "pause" if paused else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._described(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    # Internals.

    def _is_unplugged(self, row: Row) -> bool:
        root = self._folders.get(row.folder.folder_id)
        return root is not None and root.state is FolderState.UNPLUGGED

    def _described(self, row: Row) -> str:
        root = self._folders.get(row.folder.folder_id)
        if root is None:
            return row.folder.name
        path = to_show(folder_tree.place_path(root, row.folder.place))
        lines = [path, words.photos(row.folder.photos)]
        if root.state is FolderState.UNPLUGGED:
            text = translate(
                "Sidebar",
                "{folder} isn’t available. Connect the drive to see its photos again. "
                "Names are kept.",
            )
            lines = [text.format(folder=path)]
        if root.paused and not row.folder.place:
            lines.append(translate("Sidebar", "Watching is paused: changes aren’t noticed."))
        return "\n".join(lines)

    def _spoken(self, row: Row) -> str:
        parts = [row.folder.name]
        if row.folder.opens:
            opened = translate("Sidebar", "open", "folder")
            closed = translate("Sidebar", "closed", "folder")
            parts.append(opened if row.open else closed)
        if row.level:
            parts.append(translate("Sidebar", "level {n}").format(n=row.level + 1))
        return ", ".join([*parts, self._described(row)])

    def _on_changed(self, changes: Changes) -> None:
        if changes.photos or changes.folders:
            if changes.decided or changes.folders:
                self._reading.now()
            else:
                self._reading.soon()

    def _read(self) -> Any:
        opened, order = frozenset(self._opened), self._options.order

        def read(connection: Any) -> tuple[FolderTree, list[Row]]:
            tree = folder_tree.read(connection, dated=order is Order.DATE)
            return tree, all_rows(tree, opened, order)

        return self._bridge.query_slow(read)

    def _take(self, found: tuple[FolderTree, list[Row]]) -> None:
        self._tree, rows = found
        self._set_rows([row for row in rows if row.folder.folder_id in self._folders])

    def _open(self, row: Row) -> None:
        tree, opened, order = self._tree, frozenset(self._opened), self._options.order
        if tree is None:
            return

        def take(found: list[Row]) -> None:
            at = self.row_of(row.key)
            here = self.at(at)
            waiting = here is not None and here.open and self._tree is tree
            below = self.at(at + 1)
            if waiting and (below is None or below.level <= row.level):
                self._splice(at + 1, at + 1, found[1:])

        answer = self._bridge.query(
            lambda _: rows_below(tree, row.folder, row.level, opened, order)
        )
        self._bridge.then(answer, take, owner=self)

    def _set_rows(self, rows: list[Row]) -> None:
        """Replace what differs, so that selection and scroll position stay."""
        before, after = [row.key for row in self._rows], [row.key for row in rows]
        if before != after:
            most = min(len(before), len(after))
            head = next((n for n in range(most) if before[n] != after[n]), most)
            tail = next(
                (n for n in range(most - head) if before[-1 - n] != after[-1 - n]), most - head
            )
            self._splice(head, len(before) - tail, rows[head : len(after) - tail])
        changed = [
            at for at, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new
        ]
        self._rows = list(rows)
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def _splice(self, start: int, end: int, rows: Sequence[Row]) -> None:
        if end > start:
            self.beginRemoveRows(QModelIndex(), start, end - 1)
            del self._rows[start:end]
            self.endRemoveRows()
        if rows:
            self.beginInsertRows(QModelIndex(), start, start + len(rows) - 1)
            self._rows[start:start] = rows
            self.endInsertRows()
