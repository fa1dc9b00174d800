"""Preferences of this computer. Each change takes effect and is saved at once; there is no OK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from facesorter import paths
from facesorter.app import jobs
from facesorter.desktop import autostart
from facesorter.domain import Changes
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.i18n import languages, words
from facesorter.gui.i18n.words import translate
from facesorter.images import cache_size
from facesorter.library import sidecars
from facesorter.library.sidecars import Options

if TYPE_CHECKING:
    from pathlib import Path

    from facesorter.gui.base.bridge import Bridge

SETTLE_MS: Final = 800
"""Delay after the last change of analysis settings before models are reloaded."""
MEGABYTE: Final = 1_000_000


class Preferences(Dialog):
    """Preferences dialog: a short list in groups.

    Signals:
        models_wanted: the user requested the model packs dialog.
        update_wanted: the user requested a check for updates.
        power_changed: the battery setting changed.
        background_changed: whether to keep running without a window changed.
        sidecars_wanted: the user requested the sidecars dialog.
    """

    models_wanted = Signal()
    update_wanted = Signal()
    power_changed = Signal()
    background_changed = Signal()
    sidecars_wanted = Signal()

    def __init__(
        self, bridge: Bridge, parent: QWidget, *, library: Path | None, tray: bool
    ) -> None:
        """Build the list.

        Args:
            bridge: Provides settings and services.
            parent: The window.
            library: The library's folder if it is not the user's default one.
            tray: Whether this desktop has a system tray for running in the background.
        """
        super().__init__(parent)
        self.setWindowTitle(translate("Preferences", "Preferences"))
        self._bridge, self._library, self._tray = bridge, library, tray
        self._settings = bridge.services.settings
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * theme.GRID)
        self._form.setVerticalSpacing(theme.GRID)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._reload = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._reload.timeout.connect(self._look_again)
        self._add_window()
        self._add_faces()
        self._add_folders()
        self._add_stacks()
        self._add_sidecars()
        self._add_work()
        self._add_updates()
        self._add_cache()
        wheel.require_focus(self.appearance, self.language, self.smallest, self.cache)
        inside = QWidget()
        inside.setLayout(self._form)
        area = QScrollArea()
        area.setAccessibleName(self.windowTitle())
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(area, 1)
        column.addWidget(theme.dress(buttons))
        theme.slim(area)
        theme.resize(self, 620, inside.sizeHint().height() + 14 * theme.GRID)

    # Groups.

    def _add_window(self) -> None:
        self._heading(translate("Preferences", "Window"))
        self.appearance = QComboBox()
        for name, label in (
            ("system", translate("Preferences", "Use system setting")),
            ("light", translate("Preferences", "Light")),
            ("dark", translate("Preferences", "Dark")),
        ):
            self.appearance.addItem(label, name)
        self.appearance.setCurrentIndex(self.appearance.findData(self._settings.appearance))
        self.appearance.setMinimumHeight(theme.TARGET)
        self.appearance.currentIndexChanged.connect(self._change_appearance)
        self._row(translate("Preferences", "Appearance"), self.appearance)
        self.language = QComboBox()
        self.language.addItem(translate("Preferences", "Use system setting"), "")
        for code in languages.shipped():
            self.language.addItem(languages.name_of(code), code)
        self.language.setCurrentIndex(max(0, self.language.findData(self._settings.language)))
        self.language.setMinimumHeight(theme.TARGET)
        self.language.currentIndexChanged.connect(
            lambda _: self._change("language", self.language.currentData())
        )
        self._row(translate("Preferences", "Language"), self.language)
        self._note(translate("Preferences", "Takes effect after you restart facesorter."))

    def _add_faces(self) -> None:
        self._heading(translate("Preferences", "Face detection"))
        models = QPushButton(translate("Preferences", "Face Recognition Models…"))
        models.setMinimumHeight(theme.TARGET)
        models.clicked.connect(self.models_wanted)
        self._row(translate("Preferences", "Models"), models)
        self.smallest = QSpinBox()
        self.smallest.setRange(8, 1024)
        self.smallest.setSuffix(translate("Preferences", " pixels"))
        self.smallest.setValue(self._settings.smallest_face)
        self.smallest.setMinimumHeight(theme.TARGET)
        self.smallest.valueChanged.connect(lambda n: self._change("smallest_face", n, look=True))
        self._row(translate("Preferences", "Smallest face size"), self.smallest)
        self.thorough = self._check(
            "thorough", translate("Preferences", "Analyze each face twice"), look=True
        )
        self._note(
            translate(
                "Preferences",
                "About 50% slower, with slightly fewer mistakes. These settings apply to "
                "photos analyzed from now on.",
            )
        )

    def _add_folders(self) -> None:
        self._heading(translate("Preferences", "Folders"))
        self.everything = self._check(
            "scan_everything",
            translate("Preferences", "Include trash, thumbnails, and other apps’ folders"),
        )
        self.everything.toggled.connect(self._bridge.services.scan_everything)
        self._note(
            translate(
                "Preferences",
                "If off, photos in such folders are hidden. Their names are kept.",
            )
        )

    def _add_stacks(self) -> None:
        self._heading(translate("Preferences", "Photos"))
        self.stacks = self._check(
            "stacks", translate("Preferences", "Stack photos that belong together")
        )
        self.stacks.toggled.connect(self._change_stacks)
        self._note(
            translate(
                "Preferences",
                "Raw photos with their JPEGs, edited copies, and bursts are shown as one.",
            )
        )

    def _change_stacks(self, _on: bool) -> None:
        services = self._bridge.services
        services.duplicates.search_stacks()
        services.writer.changed.emit(Changes(stacks=True))  # lists of photos are read again

    def _add_sidecars(self) -> None:
        self._heading(translate("Preferences", "Sidecars"))
        self.keep = CheckBox(translate("Preferences", "Keep sidecars up to date"))
        self.keep.setMinimumHeight(theme.TARGET)
        self.keep.setEnabled(False)
        self.keep.clicked.connect(self._change_keep)
        self._form.addRow("", self.keep)
        write = QPushButton(translate("Preferences", "Write Names to Sidecars…"))
        write.setMinimumHeight(theme.TARGET)
        write.clicked.connect(self.sidecars_wanted)
        self._form.addRow("", write)
        self._note(
            translate(
                "Preferences",
                "Other programs read names, tags, and ratings from these files beside your "
                "photos. The photos aren’t changed.",
            )
        )
        self._bridge.then(self._bridge.query(sidecars.kept), self._show_kept, owner=self)

    def _add_work(self) -> None:
        self._heading(translate("Preferences", "Background activity"))
        self.background = self._check(
            "background",
            translate("Preferences", "Continue in the background when the window is closed"),
        )
        self.background.toggled.connect(lambda _: self.background_changed.emit())
        if not self._tray:
            self.background.setEnabled(False)
            self._note(translate("Preferences", "No system tray available."))
        self.start = CheckBox(translate("Preferences", "Open at login"))
        self.start.setMinimumHeight(theme.TARGET)
        self.start.setEnabled(False)
        self.start.clicked.connect(self._change_start)
        self._form.addRow("", self.start)
        if autostart.possible():
            here = jobs.run(lambda: autostart.here().is_on())
            self._bridge.then(here, self._show_start, owner=self)
        else:
            self._note(translate("Preferences", "This installation can’t open at login."))
        self.battery = self._check(
            "pause_on_battery", translate("Preferences", "Pause on battery power")
        )
        self.battery.toggled.connect(lambda _: self.power_changed.emit())

    def _add_updates(self) -> None:
        self._heading(translate("Preferences", "Updates"))
        self.updates = self._check(
            "check_updates", translate("Preferences", "Check for updates daily")
        )
        now = QPushButton(translate("Preferences", "Check Now"))
        now.setMinimumHeight(theme.TARGET)
        now.clicked.connect(self.update_wanted)
        self._form.addRow("", now)
        self._note(
            translate(
                "Preferences",
                "Checking contacts github.com to find the latest version. Nothing about "
                "you or your photos is sent.",
            )
        )

    def _add_cache(self) -> None:
        self._heading(translate("Preferences", "Thumbnails"))
        self.cache = QSpinBox()
        self.cache.setRange(100, 1_000_000)
        self.cache.setSingleStep(500)
        self.cache.setGroupSeparatorShown(True)
        self.cache.setSuffix(translate("Preferences", " MB"))
        self.cache.setValue(self._settings.cache_megabytes)
        self.cache.setMinimumHeight(theme.TARGET)
        self.cache.valueChanged.connect(lambda n: self._change("cache_megabytes", n))
        self.cache.editingFinished.connect(lambda: self._trim(self.cache.value()))
        self._row(translate("Preferences", "Maximum size"), self.cache)
        self.empty = QPushButton(translate("Preferences", "Empty"))
        self.empty.setMinimumHeight(theme.TARGET)
        self.empty.clicked.connect(lambda: self._trim(0))
        self.used = SecondaryLabel()
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.used)
        row.addWidget(self.empty)
        row.addStretch(1)
        self._row(translate("Preferences", "Used"), row)
        self._note(translate("Preferences", "Missing thumbnails are re-created when needed."))
        self._measure()

    # Changes.

    def _change(self, name: str, value: object, *, look: bool = False) -> None:
        setattr(self._settings, name, value)
        jobs.run(self._settings.save, paths.settings_dir())
        if look:
            self._reload.start()

    def _change_appearance(self, _index: int) -> None:
        self._change("appearance", self.appearance.currentData())
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.set_appearance(app, self._settings.appearance)

    def _change_start(self, on: bool) -> None:
        self._bridge.then(
            jobs.run(autostart.set_on, on, self._library),
            owner=self,
            failed=lambda error: self._start_failed(error, on),
        )

    def _show_kept(self, kept: Options | None) -> None:
        self.keep.setChecked(kept is not None)
        self.keep.setEnabled(True)

    def _change_keep(self, on: bool) -> None:
        done = self._bridge.submit(sidecars.keep, Options() if on else None)
        keeper = self._bridge.services.sidecars
        self._bridge.then(done, lambda _: keeper.look_again(), owner=self)

    def _start_failed(self, error: BaseException, on: bool) -> bool:
        self.start.setChecked(not on)
        self.start.setToolTip(words.sentence(error))
        return False

    def _show_start(self, on: bool) -> None:
        self.start.setChecked(on)
        self.start.setEnabled(True)

    def _look_again(self) -> None:
        services = self._bridge.services
        self._bridge.then(services.use_models(self._settings.models_folder), owner=self)

    def _measure(self) -> None:
        folder = self._bridge.services.cache_dir
        self._bridge.then(jobs.run(cache_size.used, folder), self._show_used, owner=self)

    def _show_used(self, count: int) -> None:
        text = translate("Preferences", "{n} MB")
        self.used.setText(text.format(n=self.locale().toString(round(count / MEGABYTE))))
        self.empty.setEnabled(count > 0)

    def _trim(self, megabytes: int) -> None:
        folder = self._bridge.services.cache_dir
        trimmed = jobs.run(cache_size.trim, folder, megabytes * MEGABYTE)
        self._bridge.then(trimmed, lambda _: self._measure(), owner=self)

    # Rows.

    def _heading(self, text: str) -> None:
        label = QLabel(text)
        label.setFont(theme.body_font(bold=True))
        if self._form.rowCount():
            label.setContentsMargins(0, 2 * theme.GRID, 0, 0)
        self._form.addRow(label)

    def _row(self, text: str, field: QWidget | QHBoxLayout) -> None:
        label = QLabel(text)
        # As high as the field, so that their text is aligned.
        label.setMinimumHeight(theme.TARGET)
        if isinstance(field, QWidget):
            label.setBuddy(field)
        self._form.addRow(label, field)

    def _note(self, text: str) -> None:
        label = SecondaryLabel()
        label.setText(text)
        label.setWordWrap(True)
        # Narrow enough to fit next to the longest label of any language.
        label.setMinimumWidth(360)
        self._form.addRow("", label)

    def _check(self, name: str, text: str, *, look: bool = False) -> CheckBox:
        box = CheckBox(text)
        box.setChecked(bool(getattr(self._settings, name)))
        box.setMinimumHeight(theme.TARGET)
        box.toggled.connect(lambda on: self._change(name, on, look=look))
        self._form.addRow("", box)
        return box
