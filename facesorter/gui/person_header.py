"""The head of a person's page: back, cover, name to edit in place, how many photos, which years."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPalette, QResizeEvent, QTransform
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QWidget

from facesorter.gui import icons, theme, words
from facesorter.gui.bridge import Bridge
from facesorter.gui.name_field import NameField
from facesorter.gui.page_header import QuietLabel
from facesorter.gui.person_model import PersonRow, person_row
from facesorter.gui.pixmaps import PixmapStore
from facesorter.gui.words import translate

COVER = 48
NARROW = 640
"""Width below which the count of photos is left away, logical px."""


class CoverLabel(QWidget):
    """A person's cover, round-cornered."""

    def __init__(self, pixmaps: PixmapStore, side: int = COVER) -> None:
        super().__init__()
        self._pixmaps, self._row = pixmaps, None  # type: PixmapStore, PersonRow | None
        self.setFixedSize(QSize(side, side))
        # A method of the widget: the connection ends with it, as one to a lambda would not.
        pixmaps.arrived.connect(self._on_arrived)

    def set_row(self, row: PersonRow | None) -> None:
        """Show this person's cover."""
        self._row = row
        self.update()

    def _on_arrived(self, kind: str, id_: int) -> None:
        cover = self._row.cover if self._row is not None else None
        if cover is not None and (cover.thumb.kind, cover.thumb.id) == (kind, id_):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.placeholder(self.palette()))
        if self._row is not None and self._row.cover is not None:
            side = round(self.width() * self.devicePixelRatio())
            pixmap = self._pixmaps.get(self._row.cover.thumb, side)
            if pixmap is not None:
                scale = self.width() / pixmap.width()
                brush = QBrush(pixmap)
                brush.setTransform(QTransform.fromScale(scale, scale))
                painter.setBrush(brush)
        painter.drawRoundedRect(QRect(0, 0, self.width(), self.height()), 8, 8)


class PersonHeader(QWidget):
    """Who this is.

    Signals:
        back: leave the page.
        named: another name was entered, and the id of the person who has it or None.
        photos_toggled: True for whole photos, False for faces.
        split_wanted: this is more than one person.
    """

    back = Signal()
    named = Signal(str, object)
    photos_toggled = Signal(bool)
    left_name = Signal()
    split_wanted = Signal()

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore) -> None:
        super().__init__()
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._name = ""
        leave = QToolButton()
        leave.setFixedSize(theme.TARGET + 4, theme.TARGET + 4)
        leave.setAutoRaise(True)
        leave.setText("←")
        leave.setAccessibleName(translate("Person", "Back"))
        leave.setToolTip(translate("Person", "Back (Esc)"))
        leave.clicked.connect(self.back)
        icons.put(leave, "arrow-left")
        self.cover = CoverLabel(pixmaps)
        self.field = NameField(bridge, pixmaps, lambda each: person_row(bridge, each))
        self.field.ends_with_focus = False
        self.field.setFont(theme.title_font())
        self.field.setMinimumWidth(120)
        self.field.setMaximumWidth(360)
        self.field.setMinimumHeight(theme.TARGET + theme.GRID)
        self.field.setToolTip(translate("Person", "Type a name and press Enter"))
        self.field.chosen.connect(self._choose)
        self.field.cancelled.connect(self._cancel)
        self.note = QuietLabel()
        self.faces = self._tab(translate("Person", "Faces"))
        self.photos = self._tab(translate("Person", "Photos"))
        self.faces.setChecked(True)
        self.split = QToolButton()
        self.split.setFixedSize(theme.TARGET + 4, theme.TARGET)
        self.split.setText("⑂")
        self.split.setAccessibleName(translate("Person", "This is more than one person…"))
        self.split.setToolTip(self.split.accessibleName())
        self.split.clicked.connect(self.split_wanted)
        icons.put(self.split, "call-split")
        tabs = QButtonGroup(self)
        tabs.addButton(self.faces)
        tabs.addButton(self.photos)
        self.photos.toggled.connect(self.photos_toggled)
        self.suspects = self._tab(translate("Person", "Suspects first"))
        self.suspects.setToolTip(translate("Person", "The most doubtful faces at the top (D)"))
        self.photos.toggled.connect(self.suspects.setDisabled)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(leave)
        row.addWidget(self.cover)
        row.addWidget(self.field, 1)
        row.addWidget(self.note)
        row.addStretch(1)
        row.addWidget(self.suspects)
        row.addWidget(self.split)
        row.addWidget(self.faces)
        row.addWidget(self.photos)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The name and the toggles come first where there is little room, as at 200 %.
        self.note.setVisible(self.width() >= NARROW)
        self.suspects.setVisible(self.width() >= NARROW)

    def set_row(self, row: PersonRow) -> None:
        """Show this person; a name being typed is left alone."""
        self.cover.set_row(row)
        if not self.field.isModified() or not self.field.hasFocus():
            self.set_name(row.person.name or "")
        self._name = row.person.name or ""
        years = words.years(row.person.first, row.person.last)
        parts = [words.photos(row.person.photos), years]
        self.note.setText("  ·  ".join(part for part in parts if part))

    def set_name(self, name: str) -> None:
        """Put a name into the field as it is in the library."""
        self._name = name
        self.field.setText(name)
        self.field.setModified(False)

    def _choose(self, name: str, other: int | None) -> None:
        self.field.setModified(False)
        self.left_name.emit()
        if name != self._name:
            self.named.emit(name, other)

    def _cancel(self) -> None:
        self.set_name(self._name)
        self.left_name.emit()

    @staticmethod
    def _tab(text: str) -> QPushButton:
        button = QPushButton(text)
        button.setCheckable(True)
        button.setMinimumHeight(theme.TARGET)
        return button
