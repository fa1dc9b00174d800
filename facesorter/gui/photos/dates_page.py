"""Page of photos with a doubtful date, by reason, with a repair for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, PhotoId
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import (
    ROOM_FOR_LABELS,
    ROOM_FOR_TOOLS,
    PageHeader,
    SecondaryLabel,
)
from facesorter.gui.base.places import DATES
from facesorter.gui.grid.photo_delegate import PHOTO_TILE, PhotoDelegate
from facesorter.gui.grid.photo_model import Listed, PhotoModel, by_month
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.grid.zoom_slider import ZoomSlider
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.grid_actions import GridActions
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.photo_details import PhotoDetailsPanel
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photos_view import PhotosView
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.library import date_checks, date_repair
from facesorter.library.date_checks import Check

SETTLED_MS = 1_000
"""Delay after a change before all dates are looked through again."""


class DatesPage(Page):
    """Page with a list of reasons and a grid of the photos to check.

    Signals:
        change_wanted: the photos whose date to change, and the `Check` they are listed for.
    """

    change_wanted = Signal(list, str)

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        actions: Actions,
        acts: LabelActions,
        files: PhotoFiles,
        places: PlaceActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._actions = bridge, actions
        self.found: Mapping[Check, list[PhotoId]] = {}
        self._active = self._read = False
        self.model = PhotoModel(bridge, self)
        self.view = PhotosView(tile=PHOTO_TILE)
        self.view.setModel(self.model)
        self.view.setItemDelegate(PhotoDelegate(pixmaps, self.view))
        self.view.setAccessibleName(translate("Dates", "Photos to check"))
        self.view.opened.connect(self._open)
        self.view.selection_changed.connect(self._show_chosen)
        self.grid = GridActions(self, self.view, bridge, pixmaps, acts, files, places)
        self.grid.first = self._offer_right
        self.grid.details = self.toggle_details
        self.view.details_wanted.connect(self.toggle_details)
        self.details = PhotoDetailsPanel(bridge, acts)
        self.details.closed.connect(self._on_details_closed)
        self.header = PageHeader(translate("Dates", "Dates to Check"))
        self.slider = ZoomSlider(self.view)
        self.header.row.addWidget(self.slider)
        self.reasons = QComboBox()
        self.reasons.setMinimumHeight(theme.TARGET)
        self.reasons.setAccessibleName(translate("Dates", "Reason"))
        self.reasons.currentIndexChanged.connect(self._show_reason)
        wheel.require_focus(self.reasons)
        self.change = QPushButton(translate("Dates", "Change Date…"))
        self.right = QPushButton(translate("Dates", "Date Is Right"))
        for button in (self.change, self.right):
            button.setMinimumHeight(theme.TARGET)
        self.change.clicked.connect(
            lambda: self.change_wanted.emit(self._chosen(), self.reasons.currentData())
        )
        self.right.clicked.connect(self._keep)
        self.why = SecondaryLabel()
        self.why.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.change)
        buttons.addWidget(self.right)
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.reasons, 1)
        row.addLayout(buttons)
        explained = QHBoxLayout()
        explained.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        explained.addWidget(self.why)
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(explained)
        column.addWidget(self.grid.tags)
        column.addWidget(self.grid.albums)
        beside = QHBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self.view, 1)
        beside.addWidget(self.details)
        column.addLayout(beside, 1)
        self.none = QLabel(" ")
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.none.setWordWrap(True)
        self.none.setFont(theme.body_font())
        self.body = QStackedWidget()
        self.body.addWidget(self.none)
        self.body.addWidget(listed)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.body, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self._look)
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(self._arrange)
        bridge.changed.connect(self._on_changed)

    @property
    def place(self) -> str:
        return DATES

    @property
    def listening(self) -> bool:
        return self._read

    def start(self) -> None:
        """Look through all dates."""
        self._look()

    def zoom(self, steps: int) -> None:
        self.view.zoom(steps)

    def set_active(self, active: bool) -> None:
        self._active = active
        self.model.set_active(active)
        if active:
            self.view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.slider.setVisible(self.width() >= ROOM_FOR_TOOLS)
        # At 200 % the reason needs a line of its own.
        directions = QBoxLayout.Direction
        wide = self.width() >= ROOM_FOR_LABELS
        self._row.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._make_room()

    def _on_changed(self, changes: Changes) -> None:
        if self._active and (changes.photos or changes.marked or changes.folders):
            self._timer.start()

    def _look(self) -> None:
        self._bridge.then(self._bridge.query_slow(date_checks.find), self._set_found, owner=self)

    def _set_found(self, found: Mapping[Check, list[PhotoId]]) -> None:
        same = found == self.found and self._read
        self.found, self._read = found, True
        self.listening_changed.emit()
        if same:
            return
        before = self.reasons.currentData()
        self.reasons.blockSignals(True)
        self.reasons.clear()
        for check, ids in found.items():
            text = translate("Dates", "{reason} ({photos})")
            self.reasons.addItem(
                text.format(reason=title(check), photos=words.photos(len(ids))), check
            )
        self.reasons.setCurrentIndex(max(0, self.reasons.findData(before)))
        self.reasons.blockSignals(False)
        self.none.setText(translate("Dates", "All dates look right."))
        self.body.setCurrentIndex(1 if found else 0)
        total = sum(map(len, found.values()))
        self.header.note.setText(words.number(total) if total else "")
        self._show_reason()

    def _show_reason(self) -> None:
        key = self.reasons.currentData()
        check = None if key is None else Check(key)
        ids = self.found.get(check, []) if check is not None else []
        self.why.setText(explanation(check) if check is not None else "")
        self.right.setVisible(check is not Check.FILE)
        self.model.set_source(lambda: self._bridge.query(_listed, ids), keep=True)
        self._show_chosen()

    def _chosen(self) -> list[PhotoId]:
        """Return the selected photos, or all of the reason if none is."""
        return list(self.view.selected_ids() or self.model.ids)

    def _keep(self) -> None:
        ids = self._chosen()

        def message(n: int) -> str:
            return translate("Dates", "Marked the date of %Ln photo(s) as right", "", n)

        self._actions.decide(message, bind(date_repair.repair, ids, date_repair.Keep()))

    def _open(self, photo_id: PhotoId) -> None:
        self.photo_wanted.emit(photo_id, list(self.model.ids))

    def came_back(self, photo_id: int) -> None:
        self.view.reveal(PhotoId(photo_id))

    def _offer_right(self, menu: QMenu) -> None:
        if self.right.isVisible():
            right = menu.addAction(translate("Dates", "Date Is Right"))
            right.triggered.connect(lambda _checked=False: self._keep())
            menu.addSeparator()

    def toggle_details(self) -> None:
        """Open or close the details of the selected photos."""
        self.details.toggle(self.view.selected_ids(), self.view, self.width())

    def _on_details_closed(self) -> None:
        self._make_room()
        self.view.setFocus()

    def _make_room(self) -> None:
        self.details.share_room(self.view, self.width())

    def _show_chosen(self) -> None:
        if self.details.is_open:
            self.details.show_photos(self.view.selected_ids(), soon=True)
        all_of_them = not self.view.has_selection()
        self.change.setText(
            translate("Dates", "Change All…") if all_of_them else translate("Dates", "Change Date…")
        )
        self.right.setText(
            translate("Dates", "All Are Right")
            if all_of_them
            else translate("Dates", "Date Is Right")
        )

    def _arrange(self) -> None:
        n = self.model.rowCount()
        self.view.set_sections([each for each in self.model.headings if each.start < n])


def _listed(connection: Connection, ids: Sequence[PhotoId]) -> Listed:
    return by_month(connection, list(ids), stacked=False)


def title(check: Check) -> str:
    """Name a reason to check dates."""
    match check:
        case Check.FUTURE:
            return translate("Dates", "In the future")
        case Check.RESET:
            return translate("Dates", "Clock was reset")
        case Check.EARLY:
            return translate("Dates", "Before the camera came out")
        case Check.FAR:
            return translate("Dates", "Far from others in the folder")
        case Check.SAME:
            return translate("Dates", "Many at the same second")
        case Check.FILE:
            return translate("Dates", "No date")


def explanation(check: Check) -> str:
    """Explain a reason to check dates, and what helps."""
    match check:
        case Check.FUTURE:
            return translate(
                "Dates",
                "The camera’s clock was ahead, so its date isn’t used. If you know when one of the "
                "photos was taken, correct the clock by it.",
            )
        case Check.RESET:
            return translate(
                "Dates",
                "Cameras go back to this day when their battery runs out. If you know when one "
                "of the photos was taken, correct the clock by it.",
            )
        case Check.EARLY:
            return translate(
                "Dates",
                "These cameras came out later. Either their clock was wrong, or somebody "
                "photographed old prints and entered their dates.",
            )
        case Check.FAR:
            return translate(
                "Dates",
                "These dates are years away from the others in the folder.",
            )
        case Check.SAME:
            return translate(
                "Dates",
                "This many photos can’t be taken in one second. It may be when they were "
                "copied or exported.",
            )
        case Check.FILE:
            return translate(
                "Dates",
                "These photos have no date. Even a year is enough to put them in order.",
            )
