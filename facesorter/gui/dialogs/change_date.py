"""Change Date dialog: ways to repair the dates of photos, with a preview of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from sqlite3 import Connection
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.page_header import ElidedLabel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.typed_dates import typed_moment
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library import cameras, date_repair, queries
from facesorter.library.date_checks import Check
from facesorter.library.date_repair import Proposed, Repair, Why

AnyIndex = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()
WIDTH: Final = 640
HEIGHT: Final = 520
SETTLED_MS: Final = 200
"""Delay after the last key before the preview is made again."""
EXAMPLE: Final = "2019-05-31T14:30:00"


class Way(IntEnum):
    """The ways to repair, in the order of the list."""

    SET = 0
    SHIFT = 1
    TRUE = 2
    """Shift so that one of the photos has its true date."""
    NAME = 3
    FOLDER = 4
    SPREAD = 5
    NEIGHBOURS = 6
    KEEP = 7
    ORIGINAL = 8


_USUAL: Final = {
    Check.FUTURE: Way.TRUE,
    Check.RESET: Way.TRUE,
    Check.EARLY: Way.TRUE,
    Check.FAR: Way.NEIGHBOURS,
    Check.SAME: Way.FOLDER,
    Check.FILE: Way.SET,
}
"""The way to begin with, by what is wrong."""


class Seen(NamedTuple):
    """A preview, or why there is none."""

    proposed: list[Proposed]
    error: UserError | None = None


def _previewed(connection: Connection, ids: Sequence[PhotoId], how: Repair) -> Seen:
    try:
        return Seen(date_repair.preview(connection, ids, how))
    except UserError as error:
        return Seen([], error)


class _PreviewModel(QAbstractTableModel):
    """Photo, date now, date then."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Proposed] = []
        self._planned = False

    def show(self, rows: Sequence[Proposed], *, planned: bool) -> None:
        """Show photos with their dates; without a plan, there is no date then."""
        self.beginResetModel()
        self.rows, self._planned = list(rows), planned
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else 3

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return row.path
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            then = reason(Why.SAME)
            if self._planned:
                then = words.moment(row.after) if row.why is None else reason(row.why)
            return (file_name(row.path), words.moment(row.before), then)[index.column()]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                translate("Dates", "Photo"),
                translate("Dates", "Now"),
                translate("Dates", "Changed to"),
            )[section]
        return None


def reason(why: Why) -> str:
    """Say why a repair leaves a photo as it is."""
    match why:
        case Why.SAME:
            return translate("Dates", "No change")
        case Why.NO_DATE:
            return translate("Dates", "No change: it has no date")
        case Why.NO_TIME:
            return translate("Dates", "No change: its time isn’t known")
        case Why.NOT_IN_NAME:
            return translate("Dates", "No change: no date in the file name")
        case Why.NOT_IN_FOLDER:
            return translate("Dates", "No change: no date in the folder name")
        case Why.NO_NEIGHBOURS:
            return translate("Dates", "No change: no dates in this folder")
        case Why.FUTURE:
            return translate("Dates", "No change: the date would be impossible")


class ChangeDateDialog(Dialog):
    """Dialog that repairs the dates of some photos, with a preview."""

    def __init__(
        self,
        bridge: Bridge,
        actions: Actions,
        photo_ids: Sequence[PhotoId],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._actions, self._all = bridge, actions, list(photo_ids)
        self._cameras: dict[PhotoId, str] = {}
        self._asked = 0
        self._how: Repair | None = None
        self._offered = ""
        """The date that was in the field at first; it changes nothing."""
        self._known: PhotoId | None = None
        """The photo by whose true date the clock is corrected; None for the first."""
        self.setWindowTitle(translate("Dates", "Change Date of %Ln Photo(s)", "", len(self._all)))
        theme.resize(self, WIDTH, HEIGHT)
        note = QLabel(
            translate(
                "Dates", "Dates are changed in facesorter only. Your photo files stay as they are."
            )
        )
        note.setWordWrap(True)
        self.way = QComboBox()
        for way, label in (
            (Way.SET, translate("Dates", "Set a date")),
            (Way.SHIFT, translate("Dates", "Correct the clock by a time difference")),
            (Way.TRUE, translate("Dates", "Correct the clock by one photo’s true date")),
            (Way.NAME, translate("Dates", "Use the date in the file name")),
            (Way.FOLDER, translate("Dates", "Use the date in the folder name")),
            (Way.SPREAD, translate("Dates", "Spread evenly between two dates")),
            (Way.NEIGHBOURS, translate("Dates", "Use the date of neighboring photos")),
            (Way.KEEP, translate("Dates", "The date is right")),
            (Way.ORIGINAL, translate("Dates", "Restore the original date")),
        ):
            self.way.addItem(label, way)
        self.camera = QComboBox()
        self.camera.addItem(translate("Dates", "All cameras"))
        self.first, self.last, self.offset = QLineEdit(), QLineEdit(), QLineEdit()
        example = words.moment(EXAMPLE[:16] + ":00")
        hint = translate("Dates", "{moment}, {month}, or {year}").format(
            moment=example, month=words.month(EXAMPLE[:7]), year=EXAMPLE[:4]
        )
        for field in (self.first, self.last):
            field.setPlaceholderText(hint)
        self.offset.setPlaceholderText("+1:00, -0:02:30, +365d 2:00")
        self.form = QFormLayout()
        self.form.addRow(translate("Dates", "Change:"), self.way)
        self.form.addRow(translate("Dates", "Camera:"), self.camera)
        self.known = ElidedLabel()
        self.form.addRow(translate("Dates", "Photo:"), self.known)
        self.form.addRow(translate("Dates", "Date:"), self.first)
        self.form.addRow(translate("Dates", "Until:"), self.last)
        self.form.addRow(translate("Dates", "Difference:"), self.offset)
        self.model = _PreviewModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        theme.slim(self.table)
        self.table.clicked.connect(self._choose_known)
        self.table.activated.connect(self._choose_known)
        self.table.setAccessibleName(translate("Dates", "Preview"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.TARGET)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        wheel.require_focus(self.way, self.camera)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.change = buttons.addButton(
            translate("Dates", "Change"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self._change)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(note)
        column.addLayout(self.form)
        column.addWidget(self.table, 1)
        column.addWidget(self.message)
        column.addWidget(theme.dress(buttons))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self._preview)
        self.way.currentIndexChanged.connect(self._adapt)
        self.camera.currentIndexChanged.connect(self._adapt)
        for field in (self.first, self.last, self.offset):
            field.textChanged.connect(self._preview_soon)
            field.returnPressed.connect(self._change)
        self.form.setRowVisible(self.camera, False)
        if len(self._all) == 1:
            self._offer_date()
        self._adapt()
        self.first.setFocus()
        bridge.then(bridge.query_slow(cameras.of, self._all), self._set_cameras, owner=self)

    @property
    def ids(self) -> list[PhotoId]:
        """The photos to change: all, or those of the chosen camera."""
        chosen = self.camera.currentData()
        if chosen is None:
            return self._all
        return [each for each in self._all if self._cameras.get(each) == chosen]

    def suggest(self, check: str) -> None:
        """Choose the way that helps most often with what is wrong."""
        self.use(_USUAL[Check(check)])

    def use(self, way: int) -> None:
        """Choose one of the ways to repair."""
        self.way.setCurrentIndex(way)

    def _set_cameras(self, known: dict[PhotoId, str]) -> None:
        self._cameras = known
        counts = Counter(known.values())
        for camera, n in counts.most_common():
            text = translate("Dates", "{camera} ({photos})")
            self.camera.addItem(text.format(camera=camera, photos=words.photos(n)), camera)
        several = len(counts) > 1 or 0 < len(known) < len(self._all)
        self.form.setRowVisible(self.camera, several)

    def _offer_date(self) -> None:
        """Offer a single photo's date for correction: often only its day or year is wrong."""
        for photo in queries.photos(self._bridge.services.reader(), self._all):
            if photo.taken_at:
                self._offered = words.moment(photo.taken_at)
                self.first.setText(self._offered)
                self.first.selectAll()

    def _adapt(self) -> None:
        way, shown = self.way.currentData(), self._fields()
        for field in (self.first, self.last, self.offset):
            self.form.setRowVisible(field, field in shown)
        label = self.form.labelForField(self.first)
        assert isinstance(label, QLabel)
        label.setText(
            translate("Dates", "From:") if way == Way.SPREAD else translate("Dates", "Date:")
        )
        self.form.setRowVisible(self.known, way == Way.TRUE)
        if way == Way.TRUE:
            self._show_known()
        self._preview()

    def _choose_known(self, index: QModelIndex) -> None:
        """Correct the clock by the photo of a row."""
        if self.way.currentData() == Way.TRUE and index.isValid():
            self._known = self.model.rows[index.row()].photo_id
            self._adapt()

    def _known_id(self) -> PhotoId:
        ids = self.ids
        return self._known if self._known is not None and self._known in ids else ids[0]

    def _show_known(self) -> None:
        reader = self._bridge.services.reader()
        for photo in queries.photos(reader, [self._known_id()]):
            self.known.setText(file_name(photo.path))

    def _fields(self) -> Sequence[QLineEdit]:
        """Return the fields that the chosen way needs."""
        match self.way.currentData():
            case Way.SET | Way.TRUE:
                return (self.first,)
            case Way.SPREAD:
                return (self.first, self.last)
            case Way.SHIFT:
                return (self.offset,)
            case _:
                return ()

    def _preview_soon(self) -> None:
        self.change.setEnabled(False)
        self._timer.start()

    def _preview(self) -> None:
        self._timer.stop()
        self._asked += 1
        self._how = None
        self.change.setEnabled(False)
        ids = self.ids
        typed = [field.text().strip() for field in self._fields()]
        if not ids or not all(typed) or (self._offered and typed == [self._offered]):
            # What it is now, until there is something to change it to.
            self._show_plan(date_repair.Shift(0), ids, plain=True)
            return
        try:
            how = self._repair()
        except UserError as error:
            self._show(Seen([], error), None, self._asked)
            return
        self._show_plan(how, ids, plain=False)

    def _show_plan(self, how: Repair, ids: Sequence[PhotoId], *, plain: bool) -> None:
        number = self._asked
        self._bridge.then(
            self._bridge.query_slow(_previewed, list(ids), how),
            lambda seen: self._show(seen, None if plain else how, number),
            owner=self,
        )

    def _repair(self) -> Repair:
        match self.way.currentData():
            case Way.SET:
                return date_repair.SetTo(typed_moment(self.first.text()))
            case Way.SHIFT:
                return date_repair.Shift(date_repair.seconds_of(self.offset.text()))
            case Way.TRUE:
                reader = self._bridge.services.reader()
                true = typed_moment(self.first.text())
                return date_repair.really_taken(reader, self._known_id(), true)
            case Way.NAME:
                return date_repair.FromName()
            case Way.FOLDER:
                return date_repair.FromFolder()
            case Way.SPREAD:
                first, last = typed_moment(self.first.text()), typed_moment(self.last.text())
                return date_repair.Spread(first, last)
            case Way.NEIGHBOURS:
                return date_repair.FromNeighbours()
            case Way.KEEP:
                return date_repair.Keep()
            case _:
                return date_repair.Original()

    def _show(self, seen: Seen, how: Repair | None, number: int) -> None:
        if number != self._asked:
            return  # something else was chosen meanwhile
        self._how = how
        if seen.error is not None:
            self.message.setText(words.sentence(seen.error))
            return
        # Those that change first: of 2,000 photos, perhaps a few don't.
        ordered = sorted(seen.proposed, key=lambda each: how is not None and each.why is not None)
        self.model.show(ordered, planned=how is not None)
        changed = sum(each.why is None for each in seen.proposed) if how is not None else 0
        self.change.setEnabled(changed > 0)
        if how is None:
            self.message.setText(translate("Dates", "Enter a date to see what would change."))
            if self.way.currentData() == Way.TRUE:
                text = translate("Dates", "Click a photo whose true date you know.")
                self.message.setText(text)
            if self.way.currentData() == Way.SHIFT:
                self.message.setText(translate("Dates", "Enter the difference, such as +1:00."))
        else:
            self.message.setText(translate("Dates", "%Ln photo(s) will change.", "", changed))

    def _change(self) -> None:
        if self._how is None or not self.change.isEnabled():
            return

        def message(n: int) -> str:
            return translate("Dates", "Changed the date of %Ln photo(s)", "", n)

        self._actions.decide(message, bind(date_repair.repair, self.ids, self._how))
        self.accept()
