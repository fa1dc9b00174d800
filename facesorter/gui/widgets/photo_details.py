"""Details panel of the selected photos: their metadata, and fields for stars, title and caption."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, PhotoId
from facesorter.gui.base import icons, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.fields import Field, TextArea
from facesorter.gui.base.page_header import ROOM_FOR_LABELS
from facesorter.gui.base.shortcuts import leave_undo, override_escape
from facesorter.gui.base.tool_button import tool_button
from facesorter.gui.i18n import name_words, photo_words, words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.images.dates import DateSource, Doubt
from facesorter.images.photo_info import MOST_STARS
from facesorter.library import photo_details
from facesorter.library.photo_details import Shared

WIDTH: Final = 288
WAIT_MS: Final = 80
"""How long a selection must rest before it is read, so that arrow keys stay quick."""
QUICK: Final = 500
"""Photos that are read on the usual thread; more take longer."""

Row = tuple[str, str]
"""A label and its value."""


class TitleField(Field):
    """Field for the title of the shown photos ([Note: bound] in `gui.people.person_details`).

    Signals:
        entered: the photos whose title was changed, and the title.
    """

    entered = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._ids: tuple[PhotoId, ...] = ()
        self._saved: str | None = ""
        self.setMinimumHeight(theme.TARGET)
        self.setAccessibleName(translate("PhotoDetails", "Title"))
        self.editingFinished.connect(self.keep)

    def event(self, event: QEvent) -> bool:
        return False if leave_undo(event, self) else super().event(event)

    def bind(self, ids: tuple[PhotoId, ...]) -> None:
        """Empty the field for other photos."""
        self._ids, self._saved = ids, None
        self.setText("")
        self.setModified(False)
        self.setPlaceholderText("")

    def show_title(self, title: str | None) -> None:
        """Show the title, unless the field is being edited; None if the photos differ."""
        self._saved = title
        self.setPlaceholderText(_hint(title, translate("PhotoDetails", "Add a title")))
        if not (self.hasFocus() and self.isModified()):
            self.setText(title or "")
            self.setCursorPosition(0)

    def keep(self) -> None:
        """Emit the title if it was edited."""
        typed, edited = " ".join(self.text().split()), self.isModified()
        self.setModified(False)
        if self._ids and edited and typed != (self._saved or ""):
            self._saved = typed
            self.entered.emit(self._ids, typed)


class CaptionField(TextArea):
    """Field for the caption of the shown photos, saved when it loses focus.

    Signals:
        entered: the photos whose caption was changed, and the caption.
    """

    entered = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._ids: tuple[PhotoId, ...] = ()
        self._saved: str | None = ""
        self.setTabChangesFocus(True)
        self.setMinimumHeight(2 * theme.TARGET)
        self.setMaximumHeight(3 * theme.TARGET)
        self.setAccessibleName(translate("PhotoDetails", "Caption"))

    def bind(self, ids: tuple[PhotoId, ...]) -> None:
        """Empty the field for other photos."""
        self._ids, self._saved = ids, None
        self.setPlainText("")
        self.setPlaceholderText("")

    def show_caption(self, caption: str | None) -> None:
        """Show the caption, unless the field is being edited; None if the photos differ."""
        self._saved = caption
        self.setPlaceholderText(_hint(caption, translate("PhotoDetails", "Add a caption")))
        if not (self.hasFocus() and self.document().isModified()):
            self.setPlainText(caption or "")

    def keep(self) -> None:
        """Emit the caption if it was edited."""
        typed, edited = self.toPlainText().strip(), self.document().isModified()
        self.document().setModified(False)
        if self._ids and edited and typed != (self._saved or ""):
            self._saved = typed
            self.entered.emit(self._ids, typed)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.keep()


def _hint(value: str | None, none: str) -> str:
    return none if value is not None else translate("PhotoDetails", "Differs between these photos")


class Stars(QWidget):
    """Five stars; the one that is the rating takes it back.

    Signals:
        rated: the photos, and their new number of stars.
    """

    rated = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self._ids: tuple[PhotoId, ...] = ()
        self.rating: int | None = None
        """The stars that all photos have; None if they differ."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.buttons: list[QToolButton] = []
        for n in range(1, MOST_STARS + 1):
            text = translate("PhotoDetails", "%Ln star(s)", "", n)
            button = tool_button("star-outline", "☆", text, flat=True)
            button.setToolTip(f"{text} ({words.keys(f'Ctrl+{n}')})")
            button.clicked.connect(lambda _checked=False, n=n: self._press(n))
            self.buttons.append(button)
            row.addWidget(button)
        self.differs = Quiet(translate("PhotoDetails", "differs"))
        row.addWidget(self.differs)
        row.addStretch(1)
        self.bind(())

    def bind(self, ids: tuple[PhotoId, ...]) -> None:
        """Show no stars until those of these photos are known."""
        self._ids = ids
        self.setEnabled(bool(ids))
        self._paint(0, differs=False)

    def show_rating(self, rating: int | None) -> None:
        """Show the stars; None if the photos differ."""
        self.rating = rating
        self._paint(rating or 0, differs=rating is None)

    def _paint(self, rating: int, *, differs: bool) -> None:
        for n, button in enumerate(self.buttons, 1):
            button.setText("★" if n <= rating else "☆")
            icons.put(button, "star" if n <= rating else "star-outline")
        self.differs.setVisible(differs)
        self.setAccessibleName(translate("PhotoDetails", "%Ln star(s)", "", rating))

    def _press(self, n: int) -> None:
        if self._ids:
            self.rated.emit(self._ids, 0 if n == self.rating else n)


class PhotoDetailsPanel(QScrollArea):
    """Panel with what is known of some photos, hidden until `open_panel`.

    Its fields are bound to the photos it shows ([Note: bound] in `gui.people.person_details`).

    Signals:
        opened_changed: the user opened or closed the panel.
        closed: the panel was closed.
    """

    opened_changed = Signal(bool)
    closed = Signal()

    def __init__(self, bridge: Bridge, acts: LabelActions) -> None:
        super().__init__()
        self._bridge, self._acts = bridge, acts
        self.ids: tuple[PhotoId, ...] = ()
        self.known: Shared | None = None
        """What is shown; None while it is read."""
        self._alone = False
        """Whether there is no room beside the panel."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(WIDTH)
        self.setMaximumWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(translate("PhotoDetails", "Details"))
        self.title, self.caption, self.stars = TitleField(), CaptionField(), Stars()
        self.heading = QLabel()
        self.heading.setFont(theme.body_font(bold=True))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.none = Quiet(translate("PhotoDetails", "Select a photo to see its details."))
        self.none.setWordWrap(True)
        copying = tool_button(
            "content-copy", "⧉", translate("PhotoDetails", "Copy all details"), self.copy, flat=True
        )
        self.closing = tool_button(
            "close", "✕", translate("PhotoDetails", "Close"), self.close_panel, flat=True
        )
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(copying)
        head.addWidget(self.closing)
        self.fields = QWidget()
        edited = QVBoxLayout(self.fields)
        edited.setContentsMargins(0, 0, 0, 0)
        edited.setSpacing(theme.GRID)
        for field in (self.stars, self.title, self.caption):
            edited.addWidget(field)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(theme.GRID)
        inner = QWidget()
        inner.setBackgroundRole(QPalette.ColorRole.Window)
        inner.setAutoFillBackground(True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(self.none)
        column.addWidget(self.fields)
        column.addLayout(self.rows)
        column.addStretch(1)
        self.setWidget(inner)
        theme.slim(self)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self.read)
        self.stars.rated.connect(lambda ids, n: acts.rate(ids, n))
        self.title.entered.connect(lambda ids, text: acts.describe(ids, title=text))
        self.caption.entered.connect(lambda ids, text: acts.describe(ids, caption=text))
        bridge.changed.connect(self._on_changed)
        self._show_nothing()
        self.hide()

    def share_room(self, beside: QWidget, width: int) -> None:
        """Stand beside the photos, or in their place where a page of this width has no room.

        A page that becomes narrow, as at 200 %, shows the photos.
        """
        narrow = width < ROOM_FOR_LABELS
        if narrow and not self._alone:
            self.hide()
        self._alone = narrow
        beside.setHidden(self.is_open and narrow)
        self.setMaximumWidth(16_777_215 if narrow else WIDTH)

    @property
    def is_open(self) -> bool:
        """Whether the panel is shown whenever its page is."""
        return not self.isHidden()

    def open_panel(self, ids: Sequence[PhotoId]) -> None:
        """Show the panel with these photos; the keyboard stays where it is."""
        self.show()
        self.show_photos(ids)
        self.opened_changed.emit(True)

    def keep_clear(self, above: int, below: int) -> None:
        """Leave room for what lies over the panel, px: the bars of full screen."""
        self.setViewportMargins(0, above, 0, below)

    def toggle(self, ids: Sequence[PhotoId], beside: QWidget, width: int) -> None:
        """Open the panel for these photos, or close it; see `share_room`.

        In the place of the photos, it takes the focus from them.
        """
        if self.is_open:
            self.close_panel()
            return
        self.open_panel(ids)
        self.share_room(beside, width)
        if beside.isHidden():
            self.closing.setFocus()

    def close_panel(self) -> None:
        """Close the panel, saving the text being edited."""
        if self.is_open:
            self._keep()
            self.hide()
            self.opened_changed.emit(False)
            self.closed.emit()

    def show_photos(self, ids: Sequence[PhotoId], *, soon: bool = False) -> None:
        """Show these photos; what was typed for the previous ones is saved with them.

        ``soon``: once the selection rests.
        """
        wanted = tuple(ids)
        if wanted != self.ids:
            self._keep()
            self.ids, self.known = wanted, None
            for field in (self.title, self.caption, self.stars):
                field.bind(wanted)
        # While the details are read: that nothing is selected would be wrong then.
        self.none.setHidden(bool(wanted))
        if not wanted:
            self._timer.stop()
            self._show_nothing()
        elif soon:
            self._timer.start()
        else:
            self.read()

    def copy(self) -> None:
        """Copy everything that is shown as text."""
        if self.known is None:
            return
        given = [(translate("PhotoDetails", "Title"), self.known.title or "")]
        given.append((translate("PhotoDetails", "Caption"), self.known.caption or ""))
        if self.known.rating:
            stars = translate("PhotoDetails", "%Ln star(s)", "", self.known.rating)
            given.append((translate("PhotoDetails", "Rating"), stars))
        lines = [f"{label}: {value}" for label, value in given + rows(self.known) if value]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def read(self) -> None:
        """Read the details again."""
        self._timer.stop()
        ids = self.ids
        if not ids or not self.is_open:
            return

        def done(known: Shared) -> None:
            if ids == self.ids:
                self._show(known)

        ask = self._bridge.query if len(ids) <= QUICK else self._bridge.query_slow
        self._bridge.then(ask(photo_details.shared, list(ids), words.language()), done, owner=self)

    def _keep(self) -> None:
        self.title.keep()
        self.caption.keep()

    def _show_nothing(self) -> None:
        self.heading.setText(translate("PhotoDetails", "Details"))
        self.none.show()
        self.fields.hide()
        self._set_rows([])

    def _show(self, known: Shared) -> None:
        if not known.ids:
            self._show_nothing()
            return
        self.known = known
        text = translate("PhotoDetails", "Details")
        self.heading.setText(text if known.one else words.photos(len(known.ids)))
        self.none.hide()
        self.fields.show()
        self.stars.show_rating(known.rating)
        self.title.show_title(known.title)
        self.caption.show_caption(known.caption)
        self._set_rows(rows(known))

    def _set_rows(self, found: Sequence[Row]) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for label, value in found:
            self.rows.addWidget(_row(label, value))
        self._tone()

    def _tone(self) -> None:
        """Color what is secondary for this panel's ground, which is dark in the viewer."""
        tone = theme.secondary_colour(self.palette(), QPalette.ColorRole.Window)
        for label in self.findChildren(Quiet):
            palette = QPalette(label.palette())
            palette.setColor(QPalette.ColorRole.WindowText, tone)
            label.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "rows"):
            self._tone()

    def _on_changed(self, changes: Changes) -> None:
        if not self.isVisible() or not self.ids:
            return
        about_photos = changes.marked | changes.photos
        few = len(self.ids) <= QUICK
        concerned = bool(about_photos.intersection(self.ids)) if few else bool(about_photos)
        if concerned or changes.persons or changes.shelves:
            self._timer.start()

    def event(self, event: QEvent) -> bool:
        # Escape is also a shortcut of the window; here it closes the panel first.
        return override_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)


class Quiet(QLabel):
    """Secondary text, colored by the panel."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)


class Value(QTextEdit):
    """Text that can be selected and copied; a path may end its lines anywhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.setPlainText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(math.ceil(self.document().size().height()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel scrolls


def _row(label: str, value: str) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    what = Quiet(label)
    what.setFont(theme.caption_font())
    field = Value(value)
    field.setAccessibleName(label)
    what.setBuddy(field)
    column.addWidget(what)
    column.addWidget(field)
    return made


def rows(known: Shared) -> list[Row]:
    """Return what is known as labels and values, without what is unknown or differs."""
    info, one = known.info, known.one
    folder = translate("PhotoDetails", "Folder")
    found: list[Row] = []
    if one is not None:
        found.append((translate("PhotoDetails", "File"), file_name(one.photo.path)))
    if known.problem is not None:
        found.append((translate("PhotoDetails", "Problem"), words.sentence(known.problem)))
    found += [
        (folder, known.folder or ""),
        (translate("PhotoDetails", "Date"), _date(known)),
        (translate("PhotoDetails", "Stack"), _stack(known)),
        (translate("PhotoDetails", "People"), ", ".join(known.people)),
        (translate("PhotoDetails", "Names"), name_words.sources(known.names_from)),
        (translate("PhotoDetails", "Also here"), name_words.unplaced(known.names_from)),
        (translate("PhotoDetails", "Tags"), ", ".join(known.tags)),
        (translate("PhotoDetails", "Albums"), ", ".join(known.albums)),
        (translate("PhotoDetails", "Keywords"), ", ".join(info.keywords)),
        (translate("PhotoDetails", "Camera"), info.camera or ""),
        (translate("PhotoDetails", "Lens"), info.lens or ""),
        (translate("PhotoDetails", "Exposure"), photo_words.exposure(info)),
        (translate("PhotoDetails", "Place"), _place(known)),
        (translate("PhotoDetails", "Coordinates"), photo_words.coordinates(known.coordinates)),
        (translate("PhotoDetails", "Altitude"), photo_words.altitude(info)),
    ]
    if known.duration:
        found.append((translate("PhotoDetails", "Length"), words.length(known.duration)))
    if one is not None and one.pages is not None:
        found.append((translate("PhotoDetails", "Pages"), _pages(one.pages)))
    if known.pixels is not None:
        found.append((translate("PhotoDetails", "Pixels"), photo_words.pixels(*known.pixels)))
    found.append((translate("PhotoDetails", "Size"), photo_words.file_size(known.bytes)))
    return [row for row in found if row[1]]


def _pages(count: int) -> str:
    return translate("PhotoDetails", "{n}, the first is shown").format(n=words.number(count))


def _stack(known: Shared) -> str:
    if known.stack is None or known.one is None:
        return ""
    at = known.stack.ids.index(known.one.photo.id)
    text = translate("PhotoDetails", "Photo {n} of {all}").format(
        n=words.number(at + 1), all=words.number(len(known.stack.ids))
    )
    parts = [text, photo_words.role(known.stack.roles[at])]
    parts.append("" if at else photo_words.top(known.stack.reason))
    return "\n".join(filter(None, parts))


def _place(known: Shared) -> str:
    if known.place is None or known.place.city is None:
        return ""
    text = words.place(known.place)
    if known.one is None or not known.place.given:
        return text
    return f"{text}\n({photo_words.source(DateSource.GIVEN)})"


def _date(known: Shared) -> str:
    if known.one is None:
        return photo_words.span(known.first, known.last)
    photo = known.one.photo
    if not photo.taken_at:
        changed = known.dates.get(DateSource.FILE, "")
        text = translate("PhotoDetails", "File last changed: {date}")
        lines = [text.format(date=words.moment(changed))] if changed else []
        return "\n".join([words.no_date(), *lines, *_unused(known)])
    lines = [photo_words.moment(photo.taken_at, known.one.utc_offset)]
    if source := photo_words.source(photo.taken_from):
        lines.append(f"({source})")
    if photo.taken_from == DateSource.GIVEN:
        found = [(at, each) for each, at in known.dates.items() if each != DateSource.GIVEN]
        if found:
            at, each = found[0]
            text = translate("PhotoDetails", "Before: {date}, {source}")
            lines.append(text.format(date=words.moment(at), source=photo_words.source(each)))
    if doubt := photo_words.date_doubt(photo.taken_doubt):
        lines.append(doubt)
    return "\n".join([*lines, *_unused(known)])


def _unused(known: Shared) -> list[str]:
    """Say which date of the file isn't used since it is in the future."""
    if known.one is None or known.one.photo.taken_doubt != Doubt.FUTURE:
        return []
    now = datetime.datetime.now().isoformat()
    text = translate("PhotoDetails", "Not used: {date}, {source}")
    return [
        text.format(date=words.moment(at), source=photo_words.source(each))
        for each, at in known.dates.items()
        if at > now
    ][:1]
