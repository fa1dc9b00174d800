"""Page shown when the library is missing: restore a backup, start over, or quit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from facesorter.app import jobs
from facesorter.gui.base import theme
from facesorter.gui.base.page import Page
from facesorter.gui.dialogs.backups import BackupList
from facesorter.gui.i18n.words import translate
from facesorter.storage import backups
from facesorter.storage.backups import Backup

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge


class MissingLibraryPage(Page):
    """Page with options for a library whose file is missing. No file is created without a click.

    Signals:
        restore_wanted: replace the library with the backup at this path.
        start_over_wanted: move the remaining files aside and create a new library.
        quit_wanted: quit, so that the user can check the drive first.
    """

    restore_wanted = Signal(Path)
    start_over_wanted = Signal()
    quit_wanted = Signal()

    ground = QPalette.ColorRole.Window

    def __init__(self, bridge: Bridge, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(translate("Missing", "Your library is missing"))
        self.title.setFont(theme.title_font())
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = QLabel(text)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.list = BackupList()
        self.restore = QPushButton(translate("Missing", "Restore Backup"))
        self.restore.setDefault(True)
        self.restore.setEnabled(False)
        self.start_over = QPushButton(translate("Missing", "Start Over"))
        self.start_over.setToolTip(
            translate(
                "Missing",
                "Creates an empty library. What is left of the old one is kept in a folder beside "
                "it.",
            )
        )
        self.quit = QPushButton(translate("Missing", "Quit"))
        self.restore.clicked.connect(self._restore)
        self.start_over.clicked.connect(self.start_over_wanted)
        self.quit.clicked.connect(self.quit_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.quit, self.start_over, self.restore):
            button.setMinimumHeight(theme.TARGET)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(4 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.sentence)
        column.addWidget(self.list, 4)
        column.addLayout(row)
        column.addStretch(1)
        found = jobs.run(backups.backups, bridge.services.library_dir)
        bridge.then(found, self._show, owner=self)

    def _show(self, found: list[Backup]) -> None:
        self.list.show_backups(found)
        self.list.setVisible(bool(found))
        self.restore.setVisible(bool(found))
        self.restore.setEnabled(self.list.selected() is not None)

    def _restore(self) -> None:
        chosen = self.list.selected()
        if chosen is not None:
            self.restore_wanted.emit(chosen.path)
