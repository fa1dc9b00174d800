"""Dialog that asks which application opens a photo."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLocale, QMimeDatabase, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.desktop.applications import Application, applications, outside_environment
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

WIDTH: Final = 380
HEIGHT: Final = 420


class OpenWithDialog(Dialog):
    """List of the applications that open a photo; for desktops without a dialog of their own."""

    def __init__(self, bridge: Bridge, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setWindowTitle(translate("OpenWith", "Open With"))
        theme.resize(self, WIDTH, HEIGHT)
        about = QLabel(
            translate("OpenWith", "Open {name} with:").format(name=words.file_name(path))
        )
        about.setWordWrap(True)
        about.setTextFormat(Qt.TextFormat.PlainText)
        self.list = QListWidget()
        self.list.setAccessibleName(translate("OpenWith", "Applications"))
        self.list.itemActivated.connect(self._open)
        self.list.currentItemChanged.connect(lambda: self._adapt())
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        role = QDialogButtonBox.ButtonRole
        self.open_ = buttons.addButton(translate("OpenWith", "Open"), role.AcceptRole)
        self.other = buttons.addButton(translate("OpenWith", "Other…"), role.ActionRole)
        self.open_.clicked.connect(lambda: self._open(self.list.currentItem()))
        self.other.clicked.connect(self._choose)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addWidget(self.message)
        column.addWidget(theme.dress(buttons))
        self._adapt()
        kind = QMimeDatabase().mimeTypeForFile(path, QMimeDatabase.MatchMode.MatchExtension).name()
        bridge.then(jobs.run(applications, kind, QLocale().name()), self._fill, owner=self)

    def _adapt(self) -> None:
        self.open_.setEnabled(self.list.currentItem() is not None)

    def _fill(self, found: list[Application]) -> None:
        for each in found:
            icon = QIcon(each.icon) if os.path.isabs(each.icon) else QIcon.fromTheme(each.icon)
            item = QListWidgetItem(icon, each.name)
            item.setData(Qt.ItemDataRole.UserRole, each)
            self.list.addItem(item)
        if found:
            self.list.setCurrentRow(0)
            self.list.setFocus()
        else:
            self._show_message(
                translate("OpenWith", "No application for this kind of photo was found.")
            )

    def _open(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            application: Application = item.data(Qt.ItemDataRole.UserRole)
            self._start(application.arguments(self._path))

    def _choose(self) -> None:
        dialog = QFileDialog(self, translate("OpenWith", "Choose an Application"), "/usr/bin")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda program: self._start([program, self._path]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _start(self, arguments: list[str]) -> None:
        try:
            start(arguments)
        except OSError as error:
            name = Path(arguments[0]).name
            text = translate("OpenWith", "{name} couldn’t be opened ({error}).")
            self._show_message(text.format(name=name, error=error.strerror or type(error).__name__))
        else:
            self.accept()

    def _show_message(self, text: str) -> None:
        self.message.setText(text)
        self.message.show()


def start(arguments: list[str]) -> None:
    """Start another program, which outlives this one.

    Raises:
        OSError: It can't be started.
    """
    process = subprocess.Popen(
        arguments,
        env=outside_environment(),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Whoever starts a process has to wait for its end.
    jobs.run(process.wait)
