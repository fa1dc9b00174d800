"""Bar that shows, adds and removes the tags or albums of the selection."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from sqlite3 import Connection

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, PersonId
from facesorter.gui.base import icons, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.flow_layout import Flow
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.name_field import Known, NameField
from facesorter.library.decisions import labels
from facesorter.library.decisions.labels import Carried


class Kind(Enum):
    """Kind of label and of labeled items; the value is the table that links them."""

    TAG = "photo_tag"
    PERSON_TAG = "person_tag"
    ALBUM = "album_photo"


def _known(conn: Connection, kind: Kind) -> list[tuple[str, int, int]]:
    """Read the labels for completion: name, id, photos; most photos first. Thread: query."""
    held = labels.tags_and_albums(conn)
    found: list[tuple[str, int, int]]
    if kind is Kind.ALBUM:
        found = [
            (album.name, album.id, held.album_photos.get(album.id, 0))
            for album in held.albums
            if album.search is None
        ]
    else:
        found = [(tag.name, tag.id, held.tag_photos.get(tag.id, 0)) for tag in held.tags]
    return sorted(found, key=lambda each: -each[2])


class LabelField(NameField):
    """Line edit that completes existing tags or albums."""

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, kind: Kind, parent: QWidget | None = None
    ) -> None:
        super().__init__(bridge, pixmaps, parent)
        self._kind = kind
        self.ends_with_focus = False
        if kind is Kind.ALBUM:
            self.setPlaceholderText(translate("Labels", "Album"))
            self.setAccessibleName(translate("Labels", "Add to album"))
        else:
            self.setPlaceholderText(translate("Labels", "Tag"))
            self.setAccessibleName(translate("Labels", "Add tag"))

    def read_names(self) -> None:
        """Read the names for completion again."""
        reading = self._bridge.query(_known, self._kind)
        self._bridge.then(reading, self._take_labels, owner=self)

    def _take_labels(self, found: list[tuple[str, int, int]]) -> None:
        # The base class completes names of people; for a tag or an album only the name is used.
        self._take_names([(name, PersonId(label_id), n) for name, label_id, n in found])

    def _read_covers(self, wanted: Sequence[PersonId]) -> None:
        """Read nothing: these are no people."""

    def _count(self, known: Known) -> str:
        return words.photos(known.faces)

    def _icon(self, known: Known) -> QIcon:
        name = "image-album" if self._kind is Kind.ALBUM else "tag-outline"
        colour = self.palette().color(QPalette.ColorRole.Text)
        return QIcon(icons.pixmap(name, 18, colour, self.devicePixelRatio()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entered and not self.text().strip():
            self.cancelled.emit()
            return
        super().keyPressEvent(event)


class LabelBar(QFrame):
    """Bar hidden until `ask`; stays open for more until Enter or Escape in the empty field.

    Signals:
        put: the selection, and the name of a tag or album to add.
        taken: the selection, and the id of the tag or album to remove.
        closed: the bar was closed.
    """

    put = Signal(object, str)
    taken = Signal(object, int)
    closed = Signal()

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, kind: Kind, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self.kind = bridge, kind
        self.ids: list[int] = []
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.field = LabelField(bridge, pixmaps, kind)
        self.field.setMinimumWidth(120)
        self.field.setMaximumWidth(280)
        self.field.chosen.connect(self._put)
        self.field.cancelled.connect(self.close_bar)
        done = QPushButton(translate("Labels", "Done"))
        done.setMinimumHeight(theme.TARGET)
        done.clicked.connect(self.close_bar)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.label)
        row.addWidget(self.field, 1)
        row.addWidget(done)
        row.addStretch(1)
        self.flow = Flow()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(row)
        column.addWidget(self.flow)
        self.setAutoFillBackground(True)
        self.hide()
        bridge.changed.connect(self._on_changed)

    def ask(self, ids: Sequence[int]) -> None:
        """Show the labels of these items and take further ones."""
        if not ids:
            return
        self.set_ids(ids)
        self.field.reset()
        self.show()
        self.field.setFocus()

    @property
    def is_open(self) -> bool:
        """Whether the bar is shown whenever its page is."""
        return not self.isHidden()

    def set_ids(self, ids: Sequence[int]) -> None:
        """Switch to another selection; text typed for entirely other items is discarded."""
        if not set(ids) & set(self.ids):
            self.field.reset()
        self.ids = list(ids)
        n = len(self.ids)
        match self.kind:
            case Kind.TAG:
                text = translate("Labels", "Tags of %Ln photo(s)", "", n)
            case Kind.PERSON_TAG:
                text = translate("Labels", "Tags of %Ln person(s)", "", n)
            case Kind.ALBUM:
                text = translate("Labels", "Albums of %Ln photo(s)", "", n)
        self.label.setText(text)
        self._read()

    def close_bar(self) -> None:
        """Close the bar."""
        if self.is_open:
            self.hide()
            self.closed.emit()

    def _put(self, name: str, _id: object) -> None:
        self.field.reset()
        self.put.emit(list(self.ids), name)

    def _on_changed(self, changes: Changes) -> None:
        if self.isVisible() and (changes.shelves or changes.marked or changes.persons):
            self._read()
            self.field.read_names()

    def _read(self) -> None:
        ids = list(self.ids)

        def done(carried: list[Carried]) -> None:
            if ids == self.ids:
                self.flow.set_widgets([self._chip(each) for each in carried])

        self._bridge.then(
            self._bridge.query(labels.carried, self.kind.value, ids), done, owner=self
        )

    def _chip(self, carried: Carried) -> QToolButton:
        chip = QToolButton()
        text = carried.name
        if carried.holders < len(self.ids):
            # Only some of the selected items have it.
            text = translate("Labels", "{name} ({n})").format(
                name=text, n=words.number(carried.holders)
            )
        chip.setText(f"{text.replace('&', '&&')}  ✕")
        tip = translate("Labels", "Remove {name}").format(name=carried.name)
        if self.kind is Kind.ALBUM:
            tip = translate("Labels", "Remove from {name}").format(name=carried.name)
        chip.setToolTip(tip)
        chip.setAccessibleName(tip)
        chip.setMinimumHeight(theme.TARGET)
        chip.clicked.connect(lambda: self.taken.emit(list(self.ids), carried.id))
        return chip
