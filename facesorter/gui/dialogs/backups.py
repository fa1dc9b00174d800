"""Backups dialog: shows what each backup contains, creates and restores them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QMessageBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.storage import backups
from facesorter.storage.backups import Backup, Holdings

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge

WIDTH: Final = 680
HEIGHT: Final = 420
NUMBERS: Final = range(2, 6)
"""Columns of numbers."""


class BackupList(QTreeWidget):
    """List of backups, newest first; unreadable ones are grayed out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.slim(self)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAccessibleName(translate("Backups", "Backups"))
        self.setHeaderLabels(
            [
                translate("Backups", "Date"),
                translate("Backups", "Reason"),
                translate("Backups", "Photos"),
                translate("Backups", "People"),
                translate("Backups", "Decisions"),
                translate("Backups", "Size"),
            ]
        )
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        for column in NUMBERS:
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        self._found: list[Backup] = []

    def show_backups(self, found: Sequence[Backup]) -> None:
        """List backups and select the newest readable one."""
        self._found = list(found)
        self.clear()
        for backup in self._found:
            self.addTopLevelItem(_row(backup))
        for row, backup in enumerate(self._found):
            if backup.holdings is not None:
                self.setCurrentIndex(self.model().index(row, 0))
                break

    def selected(self) -> Backup | None:
        """The selected backup, if it can be restored."""
        row = self.currentIndex().row()
        if 0 <= row < len(self._found) and self._found[row].holdings is not None:
            return self._found[row]
        return None


class BackupsDialog(Dialog):
    """Dialog with the backups of the open library.

    Signals:
        restore_wanted: the user agreed to restore the backup at this path, and whether to repeat
            what was decided since; the program has to close the library first.
    """

    restore_wanted = Signal(Path, bool)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Backups", "Backups"))
        theme.resize(self, WIDTH, HEIGHT)
        self._bridge, self._library = bridge, bridge.services.library_dir
        intro = QLabel(
            translate(
                "Backups",
                "facesorter backs up its library daily and before upgrades: names, decisions, and "
                "everything else it knows about your photos. The photos themselves are not part "
                "of it.",
            )
        )
        intro.setWordWrap(True)
        self.list = BackupList()
        self.note = QLabel()
        self.note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.make = buttons.addButton(translate("Backups", "Back Up Now"), role)
        self.restore = buttons.addButton(translate("Backups", "Restore…"), role)
        self.make.clicked.connect(self._make)
        self.restore.clicked.connect(self._ask)
        self.restore.setEnabled(False)
        self.list.currentItemChanged.connect(
            lambda *_: self.restore.setEnabled(self.list.selected() is not None)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(intro)
        column.addWidget(self.list, 1)
        column.addWidget(self.note)
        column.addWidget(theme.dress(buttons))
        self._read()

    def _read(self) -> None:
        self._bridge.then(jobs.run(backups.backups, self._library), self._show, owner=self)

    def _show(self, found: list[Backup]) -> None:
        self.list.show_backups(found)
        self.restore.setEnabled(self.list.selected() is not None)
        self.note.setText("" if found else translate("Backups", "No backups yet."))

    def _make(self) -> None:
        self.make.setEnabled(False)
        library = self._library
        made = self._bridge.query_slow(lambda conn: backups.snapshot(conn, library, "manual"))
        self._bridge.then(made, self._made, owner=self, failed=self._failed)

    def _made(self, _: Path) -> None:
        self.make.setEnabled(True)
        self._read()

    def _failed(self, error: BaseException) -> bool:
        self.make.setEnabled(True)
        self.note.setText(words.sentence(error))
        return True

    def _ask(self) -> None:
        chosen = self.list.selected()
        if chosen is None:
            return
        self.restore.setEnabled(False)
        now = self._bridge.query_slow(backups.holdings_of)
        self._bridge.then(
            now, lambda held: self._confirm(chosen, held), owner=self, failed=self._failed
        )

    def _confirm(self, chosen: Backup, now: Holdings) -> None:
        self.restore.setEnabled(True)
        lost = now.beyond(chosen.holdings) if chosen.holdings is not None else now
        confirm_restore(
            self, chosen, lost, lambda later: self.restore_wanted.emit(chosen.path, later)
        )


def confirm_restore(
    parent: QWidget, chosen: Backup, lost: Holdings, agreed: Callable[[bool], object]
) -> None:
    """Ask for confirmation to restore a backup; call ``agreed`` if given.

    It is told whether to repeat what was decided since the backup.
    """
    box = QMessageBox(parent)
    box.setObjectName("restore")
    box.setWindowTitle(translate("Backups", "Restore Backup"))
    box.setText(
        translate("Backups", "Restore the backup of {date}?").format(date=moment(chosen.made_at))
    )
    kept = translate(
        "Backups",
        "The current library is backed up first, so you can come back to it. facesorter restarts.",
    )
    box.setInformativeText(f"{loss(lost)}\n\n{kept}")
    later = QCheckBox(translate("Backups", "Reapply later decisions"))
    if lost.decisions:
        box.setCheckBox(later)
    box.addButton(translate("Backups", "Restore"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    theme.dress(box)
    box.accepted.connect(lambda: agreed(later.isChecked()))
    box.finished.connect(box.deleteLater)
    box.open()


def loss(lost: Holdings) -> str:
    """Say what the library holds and a backup lacks."""
    parts = []
    if lost.photos:
        parts.append(translate("Backups", "%Ln photo(s)", "", lost.photos))
    if lost.people:
        parts.append(translate("Backups", "%Ln named person(s)", "", lost.people))
    if lost.decisions:
        parts.append(translate("Backups", "%Ln decision(s)", "", lost.decisions))
    if not parts:
        return translate("Backups", "It has as many photos, people, and decisions as the library.")
    text = translate("Backups", "The library has more than this backup: {what}.").format(
        what=", ".join(parts)
    )
    if lost.photos:
        text += " " + translate("Backups", "Photos are found again where their files are.")
    if lost.decisions:
        text += " " + translate(
            "Backups", "Decisions you made since then are lost, unless you reapply them."
        )
    return text


def moment(made_at: str) -> str:
    """Format a date and time in the locale's style."""
    parsed = QDateTime.fromString(made_at, Qt.DateFormat.ISODate)
    text: str = QLocale().toString(parsed, QLocale.FormatType.ShortFormat)
    return text


def reason(name: str) -> str:
    """Return why a backup was made."""
    return {
        "daily": translate("Backups", "Daily"),
        "manual": translate("Backups", "Manual"),
        "before-upgrade": translate("Backups", "Before an upgrade"),
        "before-repair": translate("Backups", "Before a repair"),
        "before-restore": translate("Backups", "Before a restore"),
    }.get(name, name)


def _row(backup: Backup) -> QTreeWidgetItem:
    held = backup.holdings
    counts = (
        [words.number(n) for n in (held.photos, held.people, held.decisions)]
        if held is not None
        else [translate("Backups", "Unreadable"), "", ""]
    )
    size = f"{QLocale().toString(backup.bytes / 1e6, 'f', 1)} MB"
    row = QTreeWidgetItem([moment(backup.made_at), reason(backup.reason), *counts, size])
    row.setToolTip(0, str(backup.path))
    row.setSizeHint(1, QSize(0, theme.TARGET))
    for column in NUMBERS:
        row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if held is None:
        row.setDisabled(True)
    return row
