"""Dialog that imports another library's decisions: what would change, and conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import PhotoId
from facesorter.gui.base import theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries
from facesorter.library.merging import merge
from facesorter.library.merging.plan import Conflict, Preview
from facesorter.library.transaction import Transaction
from facesorter.storage.file_names import to_show
from facesorter.storage.foreign import open_foreign

if TYPE_CHECKING:
    import sqlite3

    from facesorter.gui.base.bridge import Bridge

WIDTH: Final = 720
HEIGHT: Final = 480
MOST: Final = 500
"""Conflicts listed at most; the rest are counted."""


class MergeLibraryDialog(Dialog):
    """Dialog over a library file that the user chose."""

    def __init__(
        self, bridge: Bridge, actions: Actions, other: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._actions, self._other = bridge, actions, other
        self.setWindowTitle(translate("MergeLibrary", "Import Decisions"))
        theme.resize(self, WIDTH, HEIGHT)
        intro = QLabel(
            translate(
                "MergeLibrary",
                "Names, confirmed faces, and all other decisions are imported for photos that "
                "are in both libraries. Where the two disagree, the later decision counts. The "
                "other library isn’t changed, and you can undo it all at once.",
            )
        )
        intro.setWordWrap(True)
        self.message = QLabel(translate("MergeLibrary", "Comparing the libraries…"))
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.conflicts = QTreeWidget()
        theme.slim(self.conflicts)
        self.conflicts.setRootIsDecorated(False)
        self.conflicts.setUniformRowHeights(True)
        self.conflicts.setAlternatingRowColors(True)
        self.conflicts.setAccessibleName(translate("MergeLibrary", "Conflicts"))
        self.conflicts.setHeaderLabels(
            [
                translate("MergeLibrary", "About"),
                translate("MergeLibrary", "Here"),
                translate("MergeLibrary", "There"),
                translate("MergeLibrary", "Result"),
            ]
        )
        self.conflicts.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.conflicts.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        self.bring = buttons.addButton(
            translate("MergeLibrary", "Import"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.bring.setEnabled(False)
        self.bring.clicked.connect(self._bring)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(intro)
        column.addWidget(self.message)
        column.addWidget(self.conflicts, 1)
        column.addStretch()
        column.addWidget(theme.dress(buttons))
        compared = bridge.query_slow(_compare, other)
        bridge.then(compared, self._show, owner=self, failed=self._failed)

    def _show(self, found: tuple[Preview, dict[PhotoId, str]]) -> None:
        preview, names = found
        self.message.setText("\n".join(sentences(preview)))
        self.bring.setEnabled(not preview.empty)
        for each in preview.conflicts[:MOST]:
            counts = (
                translate("MergeLibrary", "Here")
                if each.here_counts
                else translate("MergeLibrary", "There")
            )
            row = QTreeWidgetItem([about(each, names), each.here, each.there, counts])
            self.conflicts.addTopLevelItem(row)
        self.conflicts.setVisible(bool(preview.conflicts))

    def _failed(self, error: BaseException) -> bool:
        self.message.setText(words.sentence(error))
        return True

    def _bring(self) -> None:
        other = self._other

        def bring(txn: Transaction) -> Preview:
            with open_foreign(other) as source:
                return merge.merge(txn, source, other.name)

        self._actions.decide(translate("MergeLibrary", "Imported decisions"), bring)
        self.accept()


def _compare(conn: sqlite3.Connection, other: Path) -> tuple[Preview, dict[PhotoId, str]]:
    with open_foreign(other) as source:
        preview = merge.preview(conn, source)
    ids = [each.photo_id for each in preview.conflicts[:MOST] if each.photo_id is not None]
    photos = queries.photos(conn, ids)
    return preview, {photo.id: to_show(Path(photo.path).name) for photo in photos}


def sentences(preview: Preview) -> Iterator[str]:
    """Yield what importing would do, a line each."""
    yield translate("MergeLibrary", "In both libraries: %Ln photo(s)", "", preview.photos)
    if preview.only_there:
        left_out = preview.only_there
        yield translate(
            "MergeLibrary", "Only in the other library, so left out: %Ln photo(s)", "", left_out
        )
    if preview.empty:
        yield translate("MergeLibrary", "There’s nothing to import.")
    if preview.faces:
        yield translate("MergeLibrary", "New names or answers: %Ln face(s)", "", preview.faces)
    if preview.new_people:
        people = len(preview.new_people)
        yield translate("MergeLibrary", "New: %Ln person(s)", "", people)
    if preview.people:
        yield translate("MergeLibrary", "Changed details: %Ln person(s)", "", preview.people)
    if preview.facts:
        yield translate("MergeLibrary", "Tags, dates, and other changes: %Ln", "", preview.facts)
    if preview.conflicts:
        yield translate("MergeLibrary", "Conflicts: %Ln", "", len(preview.conflicts))


def about(conflict: Conflict, names: dict[PhotoId, str]) -> str:
    """Return what a contradiction is about."""
    what = {
        "face": translate("MergeLibrary", "Face"),
        "name": translate("MergeLibrary", "Name"),
        "birth_date": translate("MergeLibrary", "Born"),
        "death_date": translate("MergeLibrary", "Died"),
        "notes": translate("MergeLibrary", "Notes"),
        "cover_face_id": translate("MergeLibrary", "Cover photo"),
        "hidden": translate("MergeLibrary", "Hidden"),
        "favourite": translate("MergeLibrary", "Favorite"),
        "given_date": translate("MergeLibrary", "Date"),
        "place": translate("MergeLibrary", "Place"),
        "rating": translate("MergeLibrary", "Rating"),
        "title": translate("MergeLibrary", "Title"),
        "caption": translate("MergeLibrary", "Caption"),
        "turn": translate("MergeLibrary", "Rotation"),
    }.get(conflict.about, translate("MergeLibrary", "Other"))
    where = conflict.person or ""
    if conflict.photo_id is not None:
        where = names.get(conflict.photo_id, "")
    return f"{what}: {where}" if where else what
