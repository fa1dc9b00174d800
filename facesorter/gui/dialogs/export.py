"""Export dialog: options, progress, and a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.domain import PersonId, PhotoId
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.choose_folder import choose_folder, pictures
from facesorter.gui.base.desktop import show_in_folder
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.base.work_dialog import WorkDialog, failures
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.images.copy_options import QUALITY, CopyFormat, CopyOptions
from facesorter.library import export, web_pages
from facesorter.library.export import Copy, Layout, Naming, Options, Report, safe

WIDTH: Final = 520
HEIGHT: Final = 420
SIDES: Final = (3840, 2560, 1920, 1280)
"""Longest sides on offer, px: a 4K screen, a large and a usual one, mail."""
OTHER: Final = -1
"""In the place of a longest side: the one that was entered."""
ENTERED: Final = (100, 20_000)
"""Longest sides that can be entered, px."""
WEB: Final = "web"
"""In the place of a format: pages for a browser, see `library.web_pages`."""
WEB_SIDE: Final = 1920
"""Longest side of photos on web pages, px, unless another one is chosen."""


class ExportDialog(WorkDialog):
    """Dialog that exports some photos."""

    def __init__(
        self,
        bridge: Bridge,
        photo_ids: Sequence[PhotoId],
        person_ids: Sequence[PersonId],
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Create it with what was chosen the last time, as ``settings`` have it."""
        super().__init__(translate("Export", "Export"), parent)
        self._settings = settings
        self._bridge, self._ids, self._people = bridge, list(photo_ids), tuple(person_ids)
        self.setWindowTitle(translate("Export", "Export %Ln Photo(s)", "", len(self._ids)))
        theme.resize(self, WIDTH, HEIGHT)
        self._base = self._kept("folder", pictures())
        """The folder to offer; for web pages, a new one in it."""
        self._offered = True
        """Whether the field holds what was offered, not what was typed."""
        self.folder = QLineEdit()
        self.folder.setAccessibleName(translate("Export", "Folder"))
        self.folder.textChanged.connect(self._look)
        self.folder.textEdited.connect(self._note_typed)
        self.choose = QPushButton(translate("Export", "Choose…"))
        self.choose.clicked.connect(
            lambda: choose_folder(
                self, translate("Export", "Export To"), self.take_folder, self._base
            )
        )
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.format = QComboBox()
        self.format.addItem(translate("Export", "Original files"), CopyFormat.ORIGINAL)
        self.format.addItem("JPEG", CopyFormat.JPEG)
        self.format.addItem("PNG", CopyFormat.PNG)
        self.format.addItem(translate("Export", "Web pages"), WEB)
        self.title = QLineEdit(translate("Export", "Photos"))
        self.title.setAccessibleName(translate("Export", "Title"))
        self.title.textEdited.connect(self._offer)
        self.side = QComboBox()
        self.side.addItem(translate("Export", "Full size"), 0)
        for side in SIDES:
            text = translate("Export", "{side} pixels on the longer side")
            self.side.addItem(text.format(side=words.number(side)), side)
        self.side.addItem(translate("Export", "Other…"), OTHER)
        self.side.currentIndexChanged.connect(self._adapt)
        self.other = QSpinBox(minimum=ENTERED[0], maximum=ENTERED[1], value=SIDES[-1])
        self.other.setAccessibleName(translate("Export", "Longer side, in pixels"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=QUALITY)
        self.location = CheckBox(translate("Export", "Include location"))
        self.location.setChecked(True)
        self.names = CheckBox(translate("Export", "Write names into the copies"))
        self.names.setToolTip(
            translate("Export", "Other programs then show who is where in the photo.")
        )
        self.layout_ = QComboBox()
        self.layout_.addItem(translate("Export", "None"), Layout.FLAT)
        self.layout_.addItem(translate("Export", "One per person"), Layout.PERSON)
        self.layout_.addItem(translate("Export", "By year and month"), Layout.MONTH)
        self.naming = QComboBox()
        self.naming.addItem(translate("Export", "Keep"), Naming.KEPT)
        self.naming.addItem(translate("Export", "Date and time"), Naming.DATE)
        self.naming.addItem(translate("Export", "Date, time, and people"), Naming.DATE_AND_PEOPLE)
        self.fields = (
            *(self.folder, self.choose, self.format, self.title, self.side, self.other),
            self.quality,
            self.location,
            *(self.names, self.layout_, self.naming),
        )
        self.form = QFormLayout()
        self.form.addRow(translate("Export", "Folder:"), where)
        self.form.addRow("", self.note)
        self.form.addRow(translate("Export", "Format:"), self.format)
        self.form.addRow(translate("Export", "Title:"), self.title)
        # In one row: at 200 % the dialog is as high as a laptop's screen.
        sizes = QHBoxLayout()
        sizes.addWidget(self.side, 1)
        sizes.addWidget(self.other)
        self.form.addRow(translate("Export", "Size:"), sizes)
        self._sizes = sizes
        self.form.addRow(translate("Export", "JPEG quality:"), self.quality)
        self.form.addRow("", self.location)
        self.form.addRow("", self.names)
        self.form.addRow(translate("Export", "Subfolders:"), self.layout_)
        self.form.addRow(translate("Export", "File names:"), self.naming)
        wheel.require_focus(self.format, self.side, self.other, self.quality)
        wheel.require_focus(self.layout_, self.naming)
        self.folder.returnPressed.connect(self.start.click)
        self.show_ = self.buttons.addButton(
            translate("Export", "Show in Folder"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.show_.setMinimumHeight(theme.TARGET)
        self.show_.clicked.connect(lambda: show_in_folder(self.folder.text()))
        self.show_.hide()
        self.buttons.accepted.connect(self._export)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addLayout(self.form)
        column.addStretch(1)
        column.addWidget(self.bar)
        column.addWidget(self.message)
        column.addWidget(self.buttons)
        self._restore()
        self.format.currentIndexChanged.connect(self._adapt)
        self._adapt()
        self._look()

    # What was chosen the last time.

    def _kept(self, name: str, default: str) -> str:
        if self._settings is None:
            return default
        return str(self._settings.value(f"export/{name}", default))

    def _restore(self) -> None:
        for name, choice in self._choices():
            kept = self._kept(name, "")
            offered = [str(choice.itemData(row)) for row in range(choice.count())]
            choice.setCurrentIndex(offered.index(kept) if kept in offered else 0)
        for name, field in (("quality", self.quality), ("other-side", self.other)):
            kept = self._kept(name, "")
            field.setValue(int(kept) if kept.isdecimal() else field.value())
        self.location.setChecked(self._kept("location", "true") == "true")
        self.names.setChecked(self._kept("names", "false") == "true")

    def _remember(self) -> None:
        if self._settings is None:
            return
        chosen = {name: str(choice.currentData()) for name, choice in self._choices()}
        chosen |= {
            "quality": str(self.quality.value()),
            "other-side": str(self.other.value()),
            "folder": self._base,
        }
        chosen |= {
            name: "true" if box.isChecked() else "false"
            for name, box in (("location", self.location), ("names", self.names))
        }
        for name, value in chosen.items():
            self._settings.setValue(f"export/{name}", value)

    def _choices(self) -> tuple[tuple[str, QComboBox], ...]:
        return (
            *(("format", self.format), ("side", self.side)),
            *(("subfolders", self.layout_), ("file-names", self.naming)),
        )

    # The folder.

    def take_folder(self, path: str) -> None:
        """Export to a folder that was chosen; web pages to a new one in it, unless it is empty."""
        self._base, self._offered = path, True
        self._offer()
        if self.format.currentData() == WEB and os.path.isdir(path) and not os.listdir(path):
            self.folder.setText(path)

    def _note_typed(self) -> None:
        self._base, self._offered = self.folder.text().strip(), False

    def _offer(self) -> None:
        """Offer the folder that fits the format, unless another was typed."""
        if not self._offered:
            return
        title = safe(self.title.text().strip() or translate("Export", "Photos"))
        web = self.format.currentData() == WEB
        self.folder.setText(os.path.join(self._base, title) if web else self._base)

    def _adapt(self) -> None:
        form = self.format.currentData()
        encoded = form != CopyFormat.ORIGINAL
        rows: tuple[tuple[QWidget | QHBoxLayout, bool], ...] = (
            (self.title, form == WEB),
            (self._sizes, encoded),
            (self.quality, form in (CopyFormat.JPEG, WEB)),
            (self.location, encoded and form != WEB),
            (self.names, encoded),
            (self.layout_, form != WEB),
            (self.naming, form != WEB),
        )
        if form == WEB:
            if not self.side.currentData():
                self.side.setCurrentIndex(self.side.findData(WEB_SIDE))
            self.names.setText(translate("Export", "Show names"))
        else:
            self.names.setText(translate("Export", "Write names into the copies"))
        for field, wanted in rows:
            self.form.setRowVisible(field, wanted)
        self.other.setVisible(encoded and self.side.currentData() == OTHER)
        self._offer()

    def _look(self) -> None:
        text = self.folder.text().strip()
        self.start.setEnabled(bool(text) and not self.running)
        if text:
            found = self._bridge.query(export.watched_folder, Path(text))
            self._bridge.then(found, partial(self._warn, text), owner=self)

    def _warn(self, of: str, watched: str | None) -> None:
        if of == self.folder.text().strip():
            text = translate("Export", "This folder is watched: the copies will appear in Photos.")
            self.note.setText(text if watched is not None else "")
            self.form.setRowVisible(self.note, watched is not None)

    @property
    def _longest(self) -> int:
        """The chosen longest side, px; 0 for full size."""
        chosen = int(self.side.currentData())
        return self.other.value() if chosen == OTHER else chosen

    def _options(self) -> Options:
        form = CopyFormat(self.format.currentData())
        side, location = self._longest or None, self.location.isChecked()
        names = self.names.isChecked()
        if form is CopyFormat.ORIGINAL:
            side, location, names = None, True, False
        return Options(
            CopyOptions(form, side, self.quality.value(), location, names),
            Layout(self.layout_.currentData()),
            Naming(self.naming.currentData()),
            self._people,
        )

    def _web_options(self) -> web_pages.Options:
        texts = web_pages.Texts(
            self.locale().name().partition("_")[0],
            translate("Export", "All photos"),
            translate("Export", "Previous"),
            translate("Export", "Next"),
            translate("Export", "{number} of {total}"),
            translate("Export", "Photo {number}"),
        )
        title = self.title.text().strip() or translate("Export", "Photos")
        side = self._longest or web_pages.FULL
        return web_pages.Options(title, side, self.quality.value(), self.names.isChecked(), texts)

    def _export(self) -> None:
        self._remember()
        token = self.begin()
        if self.format.currentData() == WEB:
            pages = self._web_options()
            shown = self._bridge.query_slow(web_pages.plan, self._ids, pages)
            work = partial(self._run, web_pages.run, pages, token)
            self._bridge.then(shown, work, owner=self, failed=self._failed)
        else:
            options = self._options()
            copies = self._bridge.query_slow(export.plan, self._ids, options)
            work = partial(self._run, export.run, options, token)
            self._bridge.then(copies, work, owner=self, failed=self._failed)

    def _run(
        self,
        run: Callable[..., Report],
        options: Options | web_pages.Options,
        token: CancelToken,
        planned: Sequence[Copy | web_pages.Page],
    ) -> None:
        progress = self.progress(len(planned))
        destination = Path(self.folder.text().strip())
        work = jobs.run(run, planned, destination, options, token=token, progress=progress)
        self._bridge.then(work, self._report, owner=self, failed=self._failed)

    def _report(self, report: Report) -> None:
        summary = translate("Export", "%Ln photo(s) exported.", "", len(report.written))
        if report.cancelled:
            summary = translate(
                "Export", "Canceled: %Ln photo(s) exported.", "", len(report.written)
            )
        lines = [summary]
        if report.failed:
            n = len(report.failed)
            lines.append(translate("Export", "%Ln photo(s) couldn’t be exported:", "", n))
            lines += failures(report.failed)
        self.show_.setVisible(bool(report.written))
        self.end("\n".join(lines))

    def _failed(self, error: BaseException) -> bool:
        self.end(words.sentence(error))
        return True
