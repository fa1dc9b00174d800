"""Sidecars dialog: where and what to write, whether to keep them up to date, and what was done."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries, sidecars
from facesorter.library.sidecars import Form, Options, Report, Sidecar

WIDTH: Final = 560
HEIGHT: Final = 460
SHOWN_MS: Final = 100
"""Least time between two steps of the progress bar."""
MOST_FAILURES: Final = 20
"""Photos whose sidecar couldn't be written, by name; of more, their number is given."""


class SidecarsDialog(Dialog):
    """Dialog that writes the sidecars of all photos.

    Signals:
        _progress: sidecars looked at, and all; emitted in the worker thread.
    """

    _progress = Signal(int, int)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.token: CancelToken | None = None
        """Cancels the writing in progress."""
        self._began = 0.0
        self.setWindowTitle(translate("Sidecars", "Write Names to Sidecars"))
        theme.resize(self, WIDTH, HEIGHT)
        about = QLabel(
            translate(
                "Sidecars",
                "Sidecars are small files with names, tags, ratings, titles, and captions that "
                "other programs read. Your photos aren’t changed, and what other programs wrote "
                "into sidecars stays.",
            )
        )
        about.setWordWrap(True)
        self.where = QComboBox()
        self.where.addItem(translate("Sidecars", "Beside the photos"), False)
        self.where.addItem(translate("Sidecars", "In a folder"), True)
        self.where.currentIndexChanged.connect(self._adapt)
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        place = Path(QStandardPaths.writableLocation(documents)) / "Sidecars"
        self.folder = QLineEdit(str(place))
        self.folder.setAccessibleName(translate("Sidecars", "Folder"))
        self.folder.textChanged.connect(self._look)
        self.choose = QPushButton(translate("Sidecars", "Choose…"))
        self.choose.clicked.connect(self._choose)
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        self.form_ = QComboBox()
        for form in Form:
            self.form_.addItem(form.value, form)
        self.dates = CheckBox(translate("Sidecars", "Corrected dates"))
        self.sure = CheckBox(translate("Sidecars", "Faces that need no confirmation"))
        self.replace = CheckBox(translate("Sidecars", "Replace what other programs say"))
        self.replace.setToolTip(
            translate(
                "Sidecars", "Where another program names a face or rates a photo differently."
            )
        )
        self.keep = CheckBox(translate("Sidecars", "Keep sidecars up to date"))
        self.keep.setToolTip(
            translate("Sidecars", "Writes changes in the background while facesorter is open.")
        )
        self.keep.clicked.connect(self._change_keep)
        self.fields: tuple[QWidget, ...] = (
            *(self.where, self.row, self.form_, self.dates, self.sure, self.replace, self.keep),
        )
        """What the user may change until the writing begins."""
        self.form = QFormLayout()
        self.form.addRow(translate("Sidecars", "Write:"), self.where)
        self.form.addRow(translate("Sidecars", "Folder:"), self.row)
        self.form.addRow(translate("Sidecars", "File names:"), self.form_)
        self.form.addRow(translate("Sidecars", "Include:"), self.dates)
        self.form.addRow("", self.sure)
        self.form.addRow(self.replace)
        self.form.addRow(self.keep)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(translate("Sidecars", "Progress"))
        self.bar.hide()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        wheel.require_focus(self.where, self.form_)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        role = QDialogButtonBox.ButtonRole
        self.start = buttons.addButton(translate("Sidecars", "Write"), role.AcceptRole)
        self.stop = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._write)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(about)
        column.addLayout(self.form)
        column.addStretch(1)
        column.addWidget(self.bar)
        column.addWidget(self.said)
        column.addWidget(theme.dress(buttons))
        self._progress.connect(self._show_progress)
        self._adapt()
        self._bridge.then(self._bridge.query(sidecars.kept), self._show_kept, owner=self)

    @property
    def running(self) -> bool:
        """Whether sidecars are being written."""
        return self.token is not None

    def reject(self) -> None:
        """Cancel the writing in progress, whose report follows; otherwise close."""
        if self.token is not None:
            self.token.cancel()
        else:
            super().reject()

    def _show_kept(self, kept: Options | None) -> None:
        if kept is None:
            return
        self.where.setCurrentIndex(self.where.findData(kept.folder is not None))
        if kept.folder is not None:
            self.folder.setText(str(kept.folder))
        self.form_.setCurrentIndex(self.form_.findData(kept.form))
        self.dates.setChecked(kept.dates)
        self.sure.setChecked(kept.sure)
        self.replace.setChecked(kept.replace)
        self.keep.setChecked(True)

    def _adapt(self) -> None:
        self.form.setRowVisible(self.row, bool(self.where.currentData()))
        self._look()

    def _look(self) -> None:
        there = not self.where.currentData() or bool(self.folder.text().strip())
        self.start.setEnabled(there and not self.running)

    def _choose(self) -> None:
        dialog = QFileDialog(self, translate("Sidecars", "Write Sidecars To"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _options(self) -> Options:
        elsewhere = bool(self.where.currentData())
        return Options(
            Path(self.folder.text().strip()) if elsewhere else None,
            Form(self.form_.currentData()),
            self.dates.isChecked(),
            self.sure.isChecked(),
            self.replace.isChecked(),
        )

    def _change_keep(self, on: bool) -> None:
        """Take effect at once when switched off; switched on, with what is written."""
        if not on:
            self._bridge.then(self._bridge.submit(sidecars.keep, None), owner=self)

    def _write(self) -> None:
        options, token = self._options(), CancelToken()
        self.token, self._began = token, time.monotonic()
        for field in self.fields:
            field.setEnabled(False)
        # Otherwise the focus moves on to Cancel, which a second Enter would press.
        self.setFocus()
        self.start.hide()
        self.bar.setRange(0, 0)
        self.bar.show()
        if self.keep.isChecked():
            kept = self._bridge.submit(sidecars.keep, options)
            self._bridge.then(kept, owner=self)
        planned = self._bridge.query_slow(
            lambda conn: sidecars.plan(conn, queries.photo_ids(conn), options)
        )
        self._bridge.then(
            planned,
            lambda found: self._run(found, options, token),
            owner=self,
            failed=self._failed,
        )

    def _run(self, found: list[Sidecar], options: Options, token: CancelToken) -> None:
        self.bar.setRange(0, len(found))
        last = [0.0]

        def progress(done: int, total: int) -> None:
            now = time.monotonic()
            if now - last[0] >= SHOWN_MS / 1000 or done == total:
                last[0] = now
                self._progress.emit(done, total)

        work = jobs.run(sidecars.run, found, options, token=token, progress=progress)
        self._bridge.then(work, partial(self._report), owner=self, failed=self._failed)

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setValue(done)
        spent = time.monotonic() - self._began
        if self.running and spent > 2 and done:
            self.said.setText(words.time_left(spent / done * (total - done)))

    def _report(self, report: Report) -> None:
        new, changed = len(report.written), len(report.merged)
        lines = []
        if report.cancelled:
            lines.append(translate("Sidecars", "Canceled. What was written stays."))
        if new or not changed:
            lines.append(translate("Sidecars", "%Ln sidecar(s) written.", "", new))
        if changed:
            lines.append(translate("Sidecars", "%Ln sidecar(s) updated.", "", changed))
        if report.conflicts:
            n = len(report.conflicts)
            lines.append(
                translate(
                    "Sidecars",
                    "Another program says something else about %Ln photo(s). It was left as it is.",
                    "",
                    n,
                )
            )
        if report.failed:
            n = len(report.failed)
            lines.append(translate("Sidecars", "%Ln sidecar(s) couldn’t be written:", "", n))
            some = report.failed[:MOST_FAILURES]
            lines += [f"{words.file_name(path)}: {words.sentence(why)}" for path, why in some]
            if n > len(some):
                lines.append("…")
        self._end("\n".join(lines))
        self._bridge.services.sidecars.look_again()

    def _failed(self, error: BaseException) -> bool:
        self._end(words.sentence(error))
        return True

    def _end(self, said: str) -> None:
        self.token = None
        self.bar.hide()
        self.said.setText(said)
        self.stop.setText(translate("Sidecars", "Close"))
        self.stop.setFocus()
