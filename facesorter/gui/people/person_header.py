"""Header of a person's page: back button, cover, editable name, photo count and years."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QPainter, QPaintEvent, QPalette, QResizeEvent, QTransform
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from facesorter.domain import Person, PersonId
from facesorter.gui.base import icons, keys, theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.page_header import ROOM_FOR_LABELS, SecondaryLabel, Toggle
from facesorter.gui.base.tool_button import LARGE, MenuButton, back_button, tool_button
from facesorter.gui.grid.person_model import PersonRow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.name_field import NameField
from facesorter.library.decisions import details

COVER = 48
NAME = 120
"""Least width of the name, logical px."""
NAME_BESIDE_NOTE = 200
"""Least width of the name next to photo count and years, logical px."""
NAME_IN_NARROW = 72
"""Least width of the name in a narrow window, logical px."""


class Order(Enum):
    """Sort order of a person's faces."""

    DATE = "date"
    DOUBT = "doubt"
    QUALITY = "quality"


class CoverLabel(QWidget):
    """A person's cover with rounded corners."""

    def __init__(self, pixmaps: PixmapStore, side: int = COVER) -> None:
        super().__init__()
        self._pixmaps, self._row = pixmaps, None  # type: PixmapStore, PersonRow | None
        self.setFixedSize(QSize(side, side))
        # A bound method of the widget: unlike a lambda's, its connection ends with the widget.
        pixmaps.arrived.connect(self._on_arrived)

    def set_row(self, row: PersonRow | None) -> None:
        """Show this person's cover."""
        self._row = row
        if row is not None:
            self.setAccessibleName(row.person.name or words.unnamed())
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
    """Header with the person's name and the page's controls.

    Signals:
        back: leave the page.
        named: a new name was entered, and the id of the person who already has it or None.
        photos_toggled: True for whole photos, False for faces.
        split_wanted: this is more than one person.
        about_wanted: whether to show the details panel.
        play_wanted: play the faces through the years.
        cover_wanted: use the selected face as cover.
        tags_wanted: show the person's tags.
        export_wanted: export the person's photos.
        slideshow_wanted: play the person's photos.
        map_wanted: show the person's photos on the map.
        hide_wanted: hide the person, or show a hidden one again.
        favourite_wanted: True to add the person to the favorites, False to remove them.
        order_changed: the sort order was changed.
    """

    back = Signal()
    named = Signal(str, object)
    photos_toggled = Signal(bool)
    left_name = Signal()
    split_wanted = Signal()
    about_wanted = Signal()
    play_wanted = Signal()
    cover_wanted = Signal()
    favourite_wanted = Signal(bool)
    tags_wanted = Signal()
    export_wanted = Signal()
    slideshow_wanted = Signal()
    map_wanted = Signal()
    hide_wanted = Signal()
    order_changed = Signal()

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore) -> None:
        super().__init__()
        self._person: Person | None = None
        self._dates: tuple[str, str] | None = None
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._name = ""
        leave = back_button(translate("Person", "Back"), translate("Person", "Back (Esc)"))
        leave.clicked.connect(self.back)
        self._leave = leave
        self.cover = CoverLabel(pixmaps)
        self.field = NameField(bridge, pixmaps)
        self.field.ends_with_focus = False
        self.field.setFont(theme.title_font())
        self.field.setMinimumWidth(NAME)
        self.field.setMaximumWidth(360)
        self.field.setMinimumHeight(theme.TARGET + theme.GRID)
        self.field.setToolTip(translate("Person", "Type a name and press Enter"))
        self.field.chosen.connect(self._choose)
        self.field.cancelled.connect(self._cancel)
        self.note = SecondaryLabel()
        self.faces = self._tab(translate("Person", "Faces"))
        self.photos = self._tab(translate("Person", "Photos"))
        self.faces.setChecked(True)
        self.star = _tool("star-outline", "☆", translate("Person", "Favorite"))
        self.star.setCheckable(True)
        self.star.clicked.connect(self.favourite_wanted)
        self.about = _tool("information-outline", "i", translate("Person", "Details…"))
        self.about.clicked.connect(self.about_wanted)
        self.play = _tool("play", "▶", translate("Person", "Through the years"))
        self.play.clicked.connect(self.play_wanted)
        more = translate("Person", "Split into Several People…")
        self.split = _tool("call-split", "⑂", more)
        self.split.clicked.connect(self.split_wanted)
        self.order = QComboBox()
        wheel.require_focus(self.order)
        self.order.setMinimumHeight(theme.TARGET)
        self.order.setAccessibleName(translate("Person", "Sort by"))
        self.order.addItem(translate("Person", "Date"), Order.DATE)
        self.order.addItem(translate("Person", "Doubtful first"), Order.DOUBT)
        self.order.addItem(translate("Person", "Best quality"), Order.QUALITY)
        self.order.currentIndexChanged.connect(self.order_changed)
        self.menu = MenuButton(translate("Person", "More"), width=LARGE)
        self.menu.setAccessibleName(translate("Person", "Actions for this person"))
        icons.put(self.menu, "dots-horizontal")
        self.menu.setMenu(self._menu())
        self._show_keys(True)
        self.let_cover(False)
        tabs = QButtonGroup(self)
        tabs.addButton(self.faces)
        tabs.addButton(self.photos)
        self.photos.toggled.connect(self.photos_toggled)
        self.photos.toggled.connect(self.order.setDisabled)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(leave)
        row.addWidget(self.cover)
        # Most of the remaining width: an elided name is worse than less white space.
        row.addWidget(self.field, 4)
        row.addWidget(self.star)
        row.addWidget(self.note)
        self._gap = row.count()
        row.addStretch(1)
        row.addWidget(self.order)
        for button in (self.about, self.play, self.split, self.menu):
            row.addWidget(button)
        row.addWidget(self.faces)
        row.addWidget(self.photos)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        """Show what there is room for, in this language and font; name and toggles come first."""
        tools = (self.star, self.order, self.about, self.play, self.split)
        always = (self._leave, self.cover, self.menu, self.faces, self.photos)
        wide = self.width() >= ROOM_FOR_LABELS and self._fits(NAME, *always, *tools)
        self.note.setVisible(wide and self._fits(NAME_BESIDE_NOTE, *always, *tools, self.note))
        for each in tools:
            each.setVisible(wide)
        for act in self._for_narrow:
            act.setVisible(not wide)
        self.field.setMinimumWidth(NAME if wide else NAME_IN_NARROW)
        self.field.setFont(theme.title_font() if wide else theme.body_font(bold=True))
        row = self.layout()
        if isinstance(row, QHBoxLayout):
            row.setStretch(self._gap, 1 if wide else 0)

    def _fits(self, name: int, *widgets: QWidget) -> bool:
        """Whether these widgets fit next to a name of this width."""
        needed = [max(each.minimumWidth(), each.minimumSizeHint().width()) for each in widgets]
        # With the gap that is stretched, there is a space after each of them and the name.
        return 3 * theme.GRID + name + sum(needed) + theme.GRID * (len(needed) + 1) <= self.width()

    def let_cover(self, possible: bool) -> None:
        """Enable *Use as Cover Photo* while a single face is selected."""
        self.as_cover.setEnabled(possible)
        label, hint = self.as_cover.text(), translate("Person", "Select a face first")
        self.as_cover.setToolTip(label if possible else f"{label}\n{hint}")

    def set_order(self, order: Order) -> None:
        """Set the sort order."""
        self.order.setCurrentIndex(self.order.findData(order))

    def _menu(self) -> QMenu:
        """Create the menu of rarer actions, and of controls that don't fit into a narrow window."""
        menu = Menu(self)
        self._for_narrow: list[QAction] = []
        menu.setToolTipsVisible(True)
        for button in (self.about, self.play, self.split, self.star):
            act = menu.addAction(button.accessibleName())
            act.triggered.connect(button.click)
            self._for_narrow.append(act)
        self._for_narrow.append(menu.addSeparator())
        self.as_cover = menu.addAction(translate("Person", "Use as Cover Photo"))
        self.as_cover.triggered.connect(lambda: self.cover_wanted.emit())
        self._tags_entry = menu.addAction(translate("People", "Tags…"))
        self._tags_entry.triggered.connect(lambda: self.tags_wanted.emit())
        playing = menu.addAction(translate("Person", "Slideshow of All Photos"))
        playing.triggered.connect(lambda: self.slideshow_wanted.emit())
        mapping = menu.addAction(translate("Places", "Show on Map"))
        mapping.triggered.connect(lambda: self.map_wanted.emit())
        exporting = menu.addAction(translate("People", "Export Photos…"))
        exporting.triggered.connect(lambda: self.export_wanted.emit())
        self._hide_entry = menu.addAction(translate("People", "Hide"))
        self._hide_entry.triggered.connect(lambda: self.hide_wanted.emit())
        self._for_narrow.append(menu.addSeparator())
        for at in range(self.order.count()):
            act = menu.addAction(self.order.itemText(at))
            act.triggered.connect(lambda _checked=False, at=at: self.order.setCurrentIndex(at))
            self._for_narrow.append(act)
        return menu

    def set_row(self, row: PersonRow) -> None:
        """Show this person; a name being typed is left alone."""
        self.cover.set_row(row)
        if not self.field.isModified() or not self.field.hasFocus():
            self.set_name(row.person.name or "")
        self._name = row.person.name or ""
        self._show_keys(bool(row.person.name))
        hidden = row.person.hidden
        label = translate("People", "Unhide") if hidden else translate("People", "Hide")
        self._hide_entry.setText(label)
        self.star.setChecked(row.person.favourite)
        icons.put(self.star, "star" if row.person.favourite else "star-outline")
        if self._person is None or self._person.id != row.person.id:
            self._dates = None
        self._person = row.person
        self._update_note()

    def set_dates(self, dates: tuple[str, str] | None) -> None:
        """Set when the person's first and last photo were taken."""
        self._dates = dates
        self._update_note()

    def _update_note(self) -> None:
        person = self._person
        if person is not None:
            years = words.years(*self._dates) if self._dates is not None else ""
            parts = [words.photos(person.photos), years, _life(person)]
            self.note.setText("  ·  ".join(part for part in parts if part))
            self._fit()

    def _show_keys(self, letters: bool) -> None:
        """Set tooltips with keys; without a name, letters begin the name instead."""
        for button, what in (
            (self.star, Shortcut.FAVORITE),
            (self.about, Shortcut.DETAILS),
            (self.play, Shortcut.PLAY),
        ):
            text = button.accessibleName()
            button.setToolTip(keys.tip(text, what) if letters else text)
        text = translate("People", "Tags…")
        self._tags_entry.setText(keys.with_key(text, Shortcut.TAGS) if letters else text)
        text = translate("Person", "Sort by ({key}: doubtful first)")
        text = text.format(key=keys.shown(Shortcut.SORT_BY_DOUBT))
        self.order.setToolTip(text if letters else self.order.accessibleName())

    def set_name(self, name: str) -> None:
        """Set the field to the name stored in the library."""
        self._name = name
        self.field.setText(name)
        # A name too long for the field shows its beginning.
        self.field.setCursorPosition(0)
        self.field.setModified(False)

    def _choose(self, name: str, other: PersonId | None) -> None:
        self.field.setModified(False)
        self.left_name.emit()
        if name != self._name:
            self.named.emit(name, other)

    def _cancel(self) -> None:
        self.set_name(self._name)
        self.left_name.emit()

    @staticmethod
    def _tab(text: str) -> QPushButton:
        button = Toggle(text)
        button.setMinimumHeight(theme.TARGET)
        return button


def _tool(icon: str, text: str, name: str) -> QToolButton:
    return tool_button(icon, text, name, width=LARGE)


def _life(person: Person) -> str:
    """Return the person's life dates, such as "1931–2004", or their current age."""
    birth, death = person.birth_date, person.death_date
    if birth and death:
        return f"{birth[:4]}–{death[:4]}"
    if death:
        return translate("Person", "died {year}").format(year=death[:4])
    age = details.age(birth, datetime.now().isoformat())
    if age is None or (age.exact and not age.months):
        return words.age(age)
    return translate("Person", "{age} old").format(age=words.age(age))
