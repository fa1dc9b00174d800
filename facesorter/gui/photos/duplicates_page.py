"""Duplicates page: one group of photos that are the same picture at a time, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, Photo, PhotoId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_LABELS, ElidedLabel, PageHeader, SecondaryLabel
from facesorter.gui.base.places import DUPLICATES
from facesorter.gui.base.tool_button import MenuButton, tool_button
from facesorter.gui.grid.pixmaps import WHOLE, PixmapStore, Thumb
from facesorter.gui.i18n import photo_words, words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.library import duplicates
from facesorter.library.decisions import duplicates as decisions
from facesorter.library.duplicates import Group, Reason

LARGEST: Final = 232
"""Side of a picture, logical px: three fit beside the sidebar in a window of 1,000."""
SMALLEST: Final = 120
NARROWEST: Final = 180
"""Width of the text below a picture, logical px."""
TEXT: Final = 170
"""Height of the text below a picture, logical px; pictures are smaller where it has no room."""
REREAD_MS: Final = 1000
AT_ONCE: Final = 1
"""Photos of a group added at a time: each takes the window's thread 1 to 2 ms."""


class Tile(QAbstractButton):
    """Picture of a photo; a click opens it.

    Signals:
        opened: open the photo.
    """

    def __init__(self, pixmaps: PixmapStore, photo: Photo, thumb: Thumb, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmaps, self._thumb = pixmaps, thumb
        self._pale = photo.unplugged
        self._shape = QSizeF(photo.width or 1, photo.height or 1)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        text = translate("Duplicates", "Open {photo}").format(photo=file_name(photo.path))
        self.setAccessibleName(text)
        self.setToolTip(photo.path)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        pixmap = self._pixmaps.get(self._thumb, WHOLE)
        # Uncropped, so that what an edited copy lacks can be seen.
        shape = self._shape if pixmap is None else QSizeF(pixmap.size())
        shape = shape.scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(QPointF(), shape)
        box.moveCenter(QRectF(self.rect()).center())
        path = QPainterPath()
        path.addRoundedRect(box, theme.RADIUS, theme.RADIUS)
        painter.fillPath(path, theme.placeholder(self.palette()))
        if pixmap is not None:
            painter.save()
            painter.setClipPath(path)
            painter.setOpacity(0.5 if self._pale else 1.0)
            painter.drawPixmap(box, pixmap, QRectF(pixmap.rect()))
            painter.restore()
        if self.hasFocus() or self.underMouse():
            painter.setPen(QPen(theme.accent(self.palette()), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)


class Card(QWidget):
    """A photo of a group: picture, what tells it from the others, and whether to keep it.

    Signals:
        opened: open the photo.
        toggled: it is to be kept, or no longer.
    """

    opened = Signal(int)
    toggled = Signal()

    def __init__(
        self, pixmaps: PixmapStore, photo: Photo, thumb: Thumb, why: str, digit: int
    ) -> None:
        super().__init__()
        self.photo = photo
        self.picture = Tile(pixmaps, photo, thumb, self)
        self.picture.clicked.connect(lambda: self.opened.emit(photo.id))
        self.keep = CheckBox(translate("Duplicates", "Keep"))
        self.keep.setMinimumHeight(theme.TARGET)
        self.keep.setChecked(bool(why))
        self.keep.setAccessibleName(
            translate("Duplicates", "Keep {photo}").format(photo=file_name(photo.path))
        )
        if digit <= 9:
            self.keep.setToolTip(keys_hint(digit))
        self.keep.toggled.connect(self.toggled)
        name = ElidedLabel(file_name(photo.path))
        name.setFont(theme.body_font(bold=True))
        self.texts: list[QLabel] = [name]
        lines = [
            words.moment(photo.taken_at),
            file_name(str(PurePath(photo.path).parent)),
            _facts(photo),
            _away(photo),
            why,
        ]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.picture)
        column.addWidget(self.keep)
        column.addWidget(name)
        for line in filter(None, lines):
            label = SecondaryLabel()
            label.setText(line)
            label.setWordWrap(True)
            self.texts.append(label)
            column.addWidget(label)
        column.addStretch(1)

    def fit(self, height: int) -> None:
        """Make the picture as large as this height allows."""
        side = min(max(height - TEXT, SMALLEST), LARGEST)
        if side != self.picture.width():
            self.picture.setFixedSize(side, side)
            for label in self.texts:
                label.setFixedWidth(max(side, NARROWEST))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit(self.photo.id)


class DuplicatesPage(Page):
    """Page with the groups of duplicates, one at a time."""

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        actions: Actions,
        files: PhotoFiles,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._pixmaps = bridge, pixmaps
        self._actions, self._files = actions, files
        self._active = self._read = False
        self._leaving: set[PhotoId] = set()
        """Photos on their way to the trash, until a scan finds them gone."""
        self.groups: list[Group] = []
        self.at = 0
        """The visible group's place."""
        self.cards: list[Card] = []
        self.header = PageHeader(translate("Duplicates", "Duplicates"))
        self.back_ = tool_button(
            "chevron-left", "‹", translate("Duplicates", "Previous"), lambda: self._step(-1)
        )
        self.next = tool_button(
            "chevron-right", "›", translate("Duplicates", "Next"), lambda: self._step(1)
        )
        self.more = MenuButton(translate("Duplicates", "More"))
        menu = Menu(self)
        self.copies = menu.addAction(translate("Duplicates", "Keep One of All Identical Files…"))
        self.copies.triggered.connect(lambda _checked=False: self._clear_copies())
        self.more.setMenu(menu)
        self.header.row.addWidget(self.more)
        self.header.row.addWidget(self.back_)
        self.header.row.addWidget(self.next)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setFont(theme.body_font())
        self.area = _Area()
        self.area.resized.connect(self._fit)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        theme.slim(self.area)
        self.area.setAccessibleName(translate("Duplicates", "Photos of this group"))
        self.apart = self._button(translate("Duplicates", "Not Duplicates"), self._tell_apart)
        self.trash = self._button(translate("Duplicates", "Move the Others to Trash…"), self._clear)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.apart)
        foot.addWidget(self.trash)
        group = QWidget()
        inside = QVBoxLayout(group)
        inside.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 2 * theme.GRID)
        inside.setSpacing(2 * theme.GRID)
        inside.addWidget(self.about)
        inside.addWidget(self.area, 1)
        inside.addLayout(foot)
        self.nothing = QLabel()
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.setFont(theme.body_font())
        self.nothing.setMargin(4 * theme.GRID)
        self.body = QStackedWidget()
        self.body.addWidget(group)
        self.body.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._reading: LiveQuery[list[Group]] = LiveQuery(
            bridge,
            lambda: bridge.query_slow(duplicates.groups),
            self._take,
            REREAD_MS,
            self,
            rest=5.0,
        )
        self._more = QTimer(self, singleShot=True, interval=0)
        self._more.timeout.connect(self._add_cards)
        bridge.changed.connect(self._on_changed)
        bridge.undo_changed.connect(self._on_changed)
        files.put_back.connect(self._take_back)
        pixmaps.arrived.connect(self._repaint)
        self._show()

    @property
    def place(self) -> str:
        return DUPLICATES

    @property
    def listening(self) -> bool:
        return self._read

    def start(self) -> None:
        """Show the first group."""
        self.at = 0
        self._reading.now()

    def set_active(self, active: bool) -> None:
        self._active = active
        if active:
            self._reading.now()
            self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_note()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number, what = keys.number(event), keys.shortcut(event)
        if number is not None and number <= len(self.cards):
            self.cards[number - 1].keep.toggle()
        elif event.key() == Qt.Key.Key_Right or what is Shortcut.CONTINUE:
            self._step(1)
        elif event.key() == Qt.Key.Key_Left:
            self._step(-1)
        elif what is Shortcut.ACCEPT and self.cards:
            self._open(self.cards[0].photo.id)
        elif what is Shortcut.REMOVE and self.trash.isEnabled():
            self._clear()
        else:
            super().keyPressEvent(event)

    @property
    def group(self) -> Group | None:
        """The visible group."""
        return self.groups[self.at] if self.groups else None

    def _button(self, text: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setMinimumHeight(theme.TARGET)
        button.clicked.connect(act)
        return button

    def _on_changed(self, changes: object) -> None:
        if self._active and (not isinstance(changes, Changes) or changes):
            self._reading.soon()

    def _take(self, found: list[Group]) -> None:
        self._leaving &= {photo_id for group in found for photo_id in group.ids}
        left = [group for group in found if not self._leaving & set(group.ids)]
        before = self.group
        self.groups = left
        places = [at for at, each in enumerate(left) if before and set(each.ids) & set(before.ids)]
        self.at = places[0] if places else min(self.at, max(0, len(left) - 1))
        if self.group != before or not self._read:
            self._show()
        self._update_note()
        if not self._read:
            self._read = True
            self.listening_changed.emit()

    def _update_note(self) -> None:
        n = len(self.groups)
        note = ""
        if n:
            spare = photo_words.file_size(sum(group.spare for group in self.groups))
            text = translate("Duplicates", "{number} of {total}, {size} could be freed")
            if self.width() < ROOM_FOR_LABELS:
                text = translate("Duplicates", "{number} of {total}")
            note = text.format(number=words.number(self.at + 1), total=words.number(n), size=spare)
        self.header.note.setText(note)
        self.body.setCurrentIndex(0 if n else 1)
        self.nothing.setText(
            translate(
                "Duplicates", "No duplicates found. New photos are compared in the background."
            )
            if self._read
            else ""
        )
        self.more.setVisible(any(group.exact for group in self.groups))
        self.back_.setVisible(n > 1)
        self.next.setVisible(n > 1)
        self.back_.setEnabled(self.at > 0)
        self.next.setEnabled(self.at + 1 < n)

    def _show(self) -> None:
        group = self.group
        self.cards = []
        inside = QWidget()
        inside.setBackgroundRole(self.ground)
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.GRID)
        row.addStretch(1)
        self.area.setWidget(inside)
        if group is not None:
            self.about.setText(
                translate("Duplicates", "These files are identical.")
                if group.exact
                else translate(
                    "Duplicates", "These show the same picture: resized, saved again, or edited."
                )
            )
        self._add_cards()
        self._update_note()

    def _add_cards(self) -> None:
        """Add the next photos of the group; the rest follows once the window has had a turn."""
        group, inside = self.group, self.area.widget()
        row = inside.layout() if inside is not None else None
        if group is not None and isinstance(row, QHBoxLayout):
            first = len(self.cards)
            for at, photo in enumerate(group.photos[first : first + AT_ONCE], first):
                path = self._bridge.services.thumbnails.photo_path(photo)
                why = reasons_text(group.reasons) if at == 0 else ""
                card = Card(self._pixmaps, photo, Thumb("photo", photo.id, path), why, at + 1)
                card.opened.connect(self._open)
                card.toggled.connect(self._follow_choice)
                card.fit(self.area.height())
                self.cards.append(card)
                row.insertWidget(at, card)
            if len(self.cards) < len(group.photos):
                self._more.start()
        self._follow_choice()

    def _follow_choice(self) -> None:
        kept = [card for card in self.cards if card.keep.isChecked()]
        whole = self.group is not None and len(self.cards) == len(self.group.photos)
        possible = (
            whole and len(kept) < len(self.cards) and any(not card.photo.unplugged for card in kept)
        )
        if not possible and self.window().focusWidget() is self.trash:
            # A disabled button would hand the focus to the sidebar, where these keys don't work.
            self.setFocus()
        self.trash.setEnabled(possible)

    def _step(self, by: int) -> None:
        at = min(max(self.at + by, 0), len(self.groups) - 1)
        if self.groups and at != self.at:
            self.at = at
            self._show()

    def _open(self, photo_id: PhotoId) -> None:
        if self.group is not None:
            self.photo_wanted.emit(photo_id, list(self.group.ids))

    def _tell_apart(self) -> None:
        if self.group is None:
            return
        n = len(self.group.ids)
        message = translate("Duplicates", "Marked %Ln photo(s) as not duplicates", "", n)
        self._actions.decide(
            message,
            bind(decisions.tell_apart, list(self.group.ids)),
            written=lambda _: self._reading.now(),
        )

    def _clear(self) -> None:
        kept = [card.photo for card in self.cards if card.keep.isChecked()]
        others = [card.photo.id for card in self.cards if not card.keep.isChecked()]
        self._files.ask_to_clear(kept, others, lambda: self._leave(others))

    def _clear_copies(self) -> None:
        self._files.ask_to_clear_copies(self._leave)

    def _leave(self, ids: Sequence[PhotoId]) -> None:
        self._leaving |= set(ids)
        self._reading.now()

    def _take_back(self, ids: Sequence[PhotoId]) -> None:
        self._leaving -= set(ids)
        if self._active:
            self._reading.now()

    def _repaint(self, kind: str, photo_id: int) -> None:
        for card in self.cards if kind == "photo" else ():
            if card.photo.id == photo_id:
                card.picture.update()

    def _fit(self) -> None:
        for card in self.cards:
            card.fit(self.area.height())


class _Area(QScrollArea):
    """Scroll area that tells of its size.

    Signals:
        resized: it has another size.
    """

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


def keys_hint(digit: int) -> str:
    """Return the tooltip of a check box that a digit key toggles."""
    return translate("Duplicates", "Press {key} to choose whether to keep it").format(key=digit)


def reasons_text(reasons: Sequence[Reason]) -> str:
    """Say why a photo is the best of its group."""
    texts = {
        Reason.PRESENT: translate("Duplicates", "its drive is connected"),
        Reason.PIXELS: translate("Duplicates", "most pixels"),
        Reason.METADATA: translate("Duplicates", "has the camera’s date"),
        Reason.FORMAT: translate("Duplicates", "saved without loss"),
        Reason.QUALITY: translate("Duplicates", "least compressed"),
        Reason.NAME: translate("Duplicates", "original name"),
        Reason.DECISIONS: translate("Duplicates", "a favorite"),
        Reason.FIRST: translate("Duplicates", "added first"),
    }
    return translate("Duplicates", "Suggested: {reasons}").format(
        reasons=", ".join(texts[reason] for reason in reasons)
    )


def _facts(photo: Photo) -> str:
    kind = PurePath(photo.path).suffix.lstrip(".").upper()
    size = photo_words.file_size(photo.size)
    pixels = f"{words.number(photo.width or 0)} × {words.number(photo.height or 0)}"
    return " · ".join((pixels, size, kind))


def _away(photo: Photo) -> str:
    return translate("Duplicates", "The drive isn’t connected") if photo.unplugged else ""
