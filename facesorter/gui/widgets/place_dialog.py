"""Dialog that asks where photos were taken: a search over the cities of the world."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import places

if TYPE_CHECKING:
    from facesorter.geo.gazetteer import City

MOST: Final = 50
"""Cities offered; who doesn't find theirs among them types more, or the country after a comma."""
USUAL: Final = 20
"""Cities of the library's photos offered before anything is typed."""
WAIT_MS: Final = 120
"""How long typing must pause before a search starts."""
_POINT: Final = re.compile(r"\s*([-−+]?\d+(?:\.\d+)?)\s*[,;\s]\s*([-−+]?\d+(?:\.\d+)?)\s*")


class Choice(NamedTuple):
    """A place on offer."""

    text: str
    latitude: float
    longitude: float
    name: str
    city: int | None = None
    """Its number in GeoNames; None for a point."""


def choices(connection: sqlite3.Connection, typed: str, language: str) -> list[Choice]:
    """Find places by name, or the point whose coordinates were typed; for "" those of most photos.

    Thread: slow query.
    """
    from facesorter.geo.gazetteer import gazetteer

    if not typed:
        return [_choice(city, language) for city in places.most_used(connection, USUAL)]
    point = point_in(typed)
    if point is not None:
        found = gazetteer().city(gazetteer().nearest(*point))
        shown = f"{point[0]:.4f}, {point[1]:.4f}"
        name = found.name if found is not None else ""
        return [Choice(f"{shown} ({name})" if name else shown, *point, name or shown)]
    return [_choice(city, language) for city in gazetteer().search(typed, MOST)]


def warm(_connection: sqlite3.Connection) -> None:
    """Read all names, which takes a second, while the user types the first letters."""
    from facesorter.geo.gazetteer import gazetteer

    gazetteer().search("a", 1)


def _choice(city: City, language: str) -> Choice:
    text = described(city, language)
    return Choice(text, city.latitude, city.longitude, city.name, city.id)


def described(city: City, language: str) -> str:
    """Return a city with its region and country."""
    from facesorter.geo.gazetteer import gazetteer

    parts = (city.name, city.region, gazetteer().country(city.country, language))
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def point_in(typed: str) -> tuple[float, float] | None:
    """Return latitude and longitude from "41.89, 12.49", or None."""
    match = _POINT.fullmatch(typed)
    if match is None:
        return None
    latitude, longitude = (float(part.replace("−", "-")) for part in match.groups())
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


class PlaceDialog(Dialog):
    """Dialog with a field, the places that fit, and buttons.

    Signals:
        placed: the `Choice` that was made.
        nowhere: the photos have no place.
        cleared: what the files say counts.
    """

    placed = Signal(object)
    nowhere = Signal()
    cleared = Signal()

    def __init__(self, bridge: Bridge, photos: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._searching = False
        self._answered = ""
        self.setWindowTitle(translate("Places", "Set Place"))
        theme.resize(self, 460, 440)
        asked = QLabel(translate("Places", "Place of %Ln photo(s)", "", photos))
        asked.setFont(theme.body_font(bold=True))
        self.field = QLineEdit()
        theme.make_room(self.field)
        self.field.setMinimumHeight(theme.TARGET)
        self.field.setPlaceholderText(translate("Places", "City, or latitude and longitude"))
        self.field.setAccessibleName(self.field.placeholderText())
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Places", "Places found"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.slim(self.list)
        self.note = SecondaryLabel()
        self.note.setWordWrap(True)
        self._note = translate(
            "Places", "Places are set in facesorter only. Your photo files stay as they are."
        )
        self._show_message(self._note)
        self.set_button = QPushButton(translate("Places", "Set Place"))
        self.none_button = QPushButton(translate("Places", "No Place"))
        self.none_button.setToolTip(translate("Places", "Ignore any place stored in these files"))
        self.clear_button = QPushButton(translate("Places", "Use Place in File"))
        self.clear_button.setToolTip(
            translate("Places", "Remove the place set here and use the one in the file")
        )
        box = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        box.addButton(self.clear_button, role.ResetRole)
        box.addButton(self.none_button, role.ResetRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel)
        box.addButton(self.set_button, role.AcceptRole)
        box.rejected.connect(self.reject)
        self.set_button.clicked.connect(self._place)
        self.none_button.clicked.connect(lambda: self._end(self.nowhere))
        self.clear_button.clicked.connect(lambda: self._end(self.cleared))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(asked)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addWidget(self.note)
        column.addWidget(theme.dress(box))
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._search)
        self.field.textChanged.connect(self._timer.start)
        self.list.itemDoubleClicked.connect(lambda _item: self._place())
        self.list.currentRowChanged.connect(lambda _row: self._arrange())
        self._arrange()
        self.field.setFocus()
        self._ask("")
        bridge.query_slow(warm)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.field.hasFocus():
            step = 1 if key == Qt.Key.Key_Down else -1
            row = self.list.currentRow() + step
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            self.field.hasFocus() or self.list.hasFocus()
        ):
            # What is listed may answer an earlier text.
            if self._answered == self.field.text().strip():
                self._place()
        else:
            super().keyPressEvent(event)

    def _show_message(self, text: str) -> None:
        self.note.setText(text)

    def _search(self) -> None:
        typed = self.field.text().strip()
        if self._searching or typed == self._answered:
            return
        self._ask(typed)

    def _ask(self, typed: str) -> None:
        self._searching = True

        def take(found: list[Choice]) -> None:
            self._searching = False
            if typed == self.field.text().strip():
                self._show(typed, found)
            else:
                self._search()

        def failed(_error: BaseException) -> bool:
            self._searching = False
            return False

        asked = self._bridge.query_slow(choices, typed, words.language())
        self._bridge.then(asked, take, owner=self, failed=failed)

    def _show(self, typed: str, found: list[Choice]) -> None:
        self._answered = typed
        self.list.clear()
        for choice in found:
            row = QListWidgetItem(choice.text)
            row.setData(Qt.ItemDataRole.UserRole, choice)
            self.list.addItem(row)
        if typed:
            self.list.setCurrentRow(0)
        if found or not typed:
            self._show_message(self._note)
        else:
            self._show_message(
                translate("Places", "No place is named “{name}”.").format(name=typed)
            )
        self._arrange()

    def _arrange(self) -> None:
        self.set_button.setEnabled(self.list.currentItem() is not None)

    def _place(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.placed.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()

    def _end(self, signal: object) -> None:
        signal.emit()  # type: ignore[attr-defined]
        self.accept()
