"""Sidecars dialog: where and what to write, whether to keep them up to date, and a report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.base.work_dialog import WorkDialog, failures
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import queries, sidecars
from facesorter.library.sidecars import Form, Options, Report, Sidecar

WIDTH: Final = 560
HEIGHT: Final = 460


class SidecarsDialog(WorkDialog):
    """Dialog that writes the sidecars of all photos."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(translate("Sidecars", "Write"), parent)
        self._bridge = bridge
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
        self.choose.clicked.connect(
            lambda: self.choose_folder(translate("Sidecars", "Write Sidecars To"), self.folder)
        )
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        self.form_ = QComboBox()
        for form in Form:
            self.form_.addItem(form.value, form)
        self.dates = CheckBox(translate("Sidecars", "Corrected dates"))
        self.sure = CheckBox(translate("Sidecars", "Recognized faces you haven’t confirmed"))
        self.replace = CheckBox(translate("Sidecars", "Replace what other programs wrote"))
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
        self.fields = (
            *(self.where, self.row, self.form_, self.dates, self.sure, self.replace, self.keep),
        )
        self.form = QFormLayout()
        self.form.addRow(translate("Sidecars", "Write:"), self.where)
        self.form.addRow(translate("Sidecars", "Folder:"), self.row)
        self.form.addRow(translate("Sidecars", "File names:"), self.form_)
        self.form.addRow(translate("Sidecars", "Include:"), self.dates)
        self.form.addRow("", self.sure)
        self.form.addRow(self.replace)
        self.form.addRow(self.keep)
        wheel.require_focus(self.where, self.form_)
        self.buttons.accepted.connect(self._write)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(about)
        column.addLayout(self.form)
        column.addStretch(1)
        column.addWidget(self.bar)
        column.addWidget(self.message)
        column.addWidget(self.buttons)
        self._adapt()
        self._bridge.then(self._bridge.query(sidecars.kept), self._show_kept, owner=self)

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
        options, token = self._options(), self.begin()
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
        progress = self.progress(len(found))
        work = jobs.run(sidecars.run, found, options, token=token, progress=progress)
        self._bridge.then(work, partial(self._report), owner=self, failed=self._failed)

    def _report(self, report: Report) -> None:
        new, changed = len(report.written), len(report.merged)
        lines = []
        if report.cancelled:
            lines.append(translate("Sidecars", "Canceled. Sidecars already written are kept."))
        if new or not changed:
            lines.append(translate("Sidecars", "%Ln sidecar(s) written.", "", new))
        if changed:
            lines.append(translate("Sidecars", "%Ln sidecar(s) updated.", "", changed))
        if report.conflicts:
            n = len(report.conflicts)
            lines.append(
                translate(
                    "Sidecars",
                    "What another program wrote about %Ln photo(s) differs. It was kept.",
                    "",
                    n,
                )
            )
        if report.failed:
            n = len(report.failed)
            lines.append(translate("Sidecars", "%Ln sidecar(s) couldn’t be written:", "", n))
            lines += failures(report.failed)
        self.end("\n".join(lines))
        self._bridge.services.sidecars.look_again()

    def _failed(self, error: BaseException) -> bool:
        self.end(words.sentence(error))
        return True
