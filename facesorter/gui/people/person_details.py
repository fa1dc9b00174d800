"""Details panel of a person: dates, notes and relatives. Changes are saved immediately."""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, PersonId
from facesorter.errors import UserError
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.fields import Field, TextArea
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.base.shortcuts import leave_undo, override_escape
from facesorter.gui.base.tool_button import tool_button
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.typed_dates import typed_date
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.name_field import NameField
from facesorter.library.decisions import details, relationships
from facesorter.library.decisions.details import Facts
from facesorter.library.decisions.relationships import Relationship, Relative

WIDTH: Final = 272
EXAMPLE: Final = "1987-05-31"


class Known(NamedTuple):
    """Data shown in the panel."""

    facts: Facts
    relatives: list[Relative]


def read(conn: Connection, person_id: PersonId) -> Known:
    """Read a person's details. Thread: query."""
    return Known(details.of(conn, person_id), relationships.of(conn, person_id))


class DateField(Field):
    """Input field for a person's date in the locale's format, a month, or a year.

    Signals:
        entered: the person whose date was changed, and "2019-05-31", "2019-05", "2019" or "".
        refused: the text is not a date; the reason, or "" once it is one.
    """

    entered = Signal(int, str)
    refused = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._person_id: PersonId | None = None
        self._date = ""
        self.setAccessibleName(name)
        self.setMinimumHeight(theme.TARGET)
        hint = translate("Details", "{day}, or {year}")
        self.setPlaceholderText(hint.format(day=words.date(EXAMPLE), year=EXAMPLE[:4]))
        self.editingFinished.connect(self.keep)
        self.textEdited.connect(lambda _: self.refused.emit(""))

    def event(self, event: QEvent) -> bool:
        return False if leave_undo(event, self) else super().event(event)

    def set_person(self, person_id: PersonId) -> None:
        """Empty the field for another person, whose date isn't known yet."""
        self._person_id, self._date = person_id, ""
        self.setText("")
        self.setModified(False)

    def set_date(self, date: str | None) -> None:
        """Show a date, unless the field is being edited."""
        self._date = date or ""
        # A text that was refused stays, to be corrected.
        if not self.isModified():
            self.setText(words.date(date))

    def keep(self) -> None:
        """Emit the date if it was edited."""
        if self._person_id is None:
            return
        typed = typed_date(self.text())
        try:
            date = details.clean_date(typed) or ""
        except UserError as error:
            text = words.sentence(error)
            if not details.STORED.fullmatch(typed):
                text = translate(
                    "Details", "“{text}” isn’t a date. Type one like {day}, or {year}."
                )
                text = text.format(
                    text=self.text().strip(), day=words.date(EXAMPLE), year=EXAMPLE[:4]
                )
            self.refused.emit(text)
            return
        self.refused.emit("")
        self.setModified(False)
        if date != self._date:
            self._date = date
            self.entered.emit(self._person_id, date)
        self.setText(words.date(date))


class NotesField(TextArea):
    """Text field for notes on a person, saved when it loses focus.

    Signals:
        entered: the person whose notes were changed, and the notes.
    """

    entered = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self._person_id: PersonId | None = None
        self._notes = ""
        self.setTabChangesFocus(True)
        self.setMinimumHeight(3 * theme.TARGET)
        self.setAccessibleName(translate("Details", "Notes"))
        self.setPlaceholderText(translate("Details", "Add a note"))

    def set_person(self, person_id: PersonId) -> None:
        """Empty the field for another person, whose notes aren't known yet."""
        self._person_id, self._notes = person_id, ""
        self.setPlainText("")

    def set_notes(self, notes: str | None) -> None:
        """Show notes, unless the field is being edited."""
        self._notes = notes or ""
        if not (self.hasFocus() and self.document().isModified()):
            self.setPlainText(self._notes)

    def keep(self) -> None:
        """Emit the text if it was changed."""
        typed = self.toPlainText().strip()
        if self._person_id is not None and typed != self._notes:
            self._notes = typed
            self.entered.emit(self._person_id, typed)
        self.document().setModified(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.keep()


class ErrorLabel(QLabel):
    """Sentence below a field that says why its text isn't accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()

    def show_message(self, sentence: str) -> None:
        """Show a sentence; an empty one hides it."""
        self.setText(sentence)
        self.setVisible(bool(sentence))


class PersonDetails(QScrollArea):
    """Panel with a person's details, hidden until `open_panel`.

    [Note: bound] A field belongs to the person or photo that it shows: it names them when it emits
    what was typed, and is emptied when another one is shown. So nothing typed for one is stored
    with another, however late it arrives.

    Signals:
        closed: the panel was closed.
        person_wanted: the user requested a relative's page.
    """

    closed = Signal()
    person_wanted = Signal(int)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions) -> None:
        super().__init__()
        self._bridge, self._actions = bridge, actions
        self.person_id: PersonId | None = None
        self._known: Known | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.born = DateField(translate("Details", "Born"))
        self.died = DateField(translate("Details", "Died"))
        self.notes = NotesField()
        self.wrong = ErrorLabel()
        self.wrong_relative = ErrorLabel()
        self.relatives = QVBoxLayout()
        self.relatives.setSpacing(theme.GRID // 2)
        self.relationship = QComboBox()
        wheel.require_focus(self.relationship)
        for each in Relationship:
            self.relationship.addItem(words.relationship(each), each)
        self.relationship.setMinimumHeight(theme.TARGET)
        self.relationship.setAccessibleName(translate("Details", "Relationship"))
        self.relative = NameField(bridge, pixmaps)
        self.relative.ends_with_focus = False
        self.relative.waits_for_names = True
        self.relative.setPlaceholderText(translate("Details", "Name"))
        self.relative.setAccessibleName(translate("Details", "Relative’s name"))
        inner = QWidget()
        inner.setBackgroundRole(QPalette.ColorRole.Window)
        inner.setAutoFillBackground(True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        head = QHBoxLayout()
        title = QLabel(translate("Details", "Details"))
        title.setFont(theme.body_font(bold=True))
        head.addWidget(title, 1)
        head.addWidget(_small_button("close", translate("Details", "Close"), self.close_panel))
        column.addLayout(head)
        for label, field in (
            (translate("Details", "Born"), self.born),
            (translate("Details", "Died"), self.died),
        ):
            column.addWidget(_label(label, field))
            column.addWidget(field)
        column.addWidget(self.wrong)
        column.addWidget(_label(translate("Details", "Notes"), self.notes))
        column.addWidget(self.notes)
        column.addWidget(_label(translate("Details", "Relatives"), self.relative))
        column.addLayout(self.relatives)
        adding = QHBoxLayout()
        adding.addWidget(self.relationship)
        adding.addWidget(self.relative, 1)
        column.addLayout(adding)
        column.addWidget(self.wrong_relative)
        column.addStretch(1)
        self.erase = QPushButton(translate("Details", "Erase This Person…"))
        self.erase.setMinimumHeight(theme.TARGET)
        self.erase.setToolTip(
            translate("Details", "Erases faces, name, and everything else, for good")
        )
        column.addWidget(self.erase)
        self.setWidget(inner)
        theme.slim(self)
        self.born.entered.connect(lambda person, date: self._state(person, birth_date=date))
        self.died.entered.connect(lambda person, date: self._state(person, death_date=date))
        self.notes.entered.connect(lambda person, notes: self._state(person, notes=notes))
        for date in (self.born, self.died):
            date.refused.connect(self.wrong.show_message)
        self.relative.chosen.connect(self._relate)
        self.relative.cancelled.connect(self.relative.reset)
        self.relative.textEdited.connect(lambda _: self.wrong_relative.show_message(""))
        bridge.changed.connect(self._on_changed)
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether the panel is shown whenever its page is."""
        return not self.isHidden()

    def open_panel(self, person_id: PersonId) -> None:
        """Show a person's details and take keyboard focus."""
        self.show_person(person_id)
        self.show()
        self.born.setFocus()

    def show_person(self, person_id: PersonId) -> None:
        """Show a person's details; what was typed for the previous one is saved with them."""
        if person_id != self.person_id:
            self._keep()
            self.person_id, self._known = person_id, None
            self.wrong.show_message("")
            self.wrong_relative.show_message("")
            for field in (self.born, self.died, self.notes):
                field.set_person(person_id)
            self.relative.reset()
            self.relative.excluded = {person_id}
            self._show_relatives([])
        self.read()

    def close_panel(self) -> None:
        """Close the panel, saving the text being edited."""
        if self.is_open:
            self._keep()
            self.hide()
            self.closed.emit()

    def _keep(self) -> None:
        for date in (self.born, self.died):
            if date.isModified():
                date.keep()
        self.notes.keep()

    def read(self) -> None:
        """Read the details again."""
        person_id = self.person_id
        if person_id is None:
            return

        def done(known: Known) -> None:
            if person_id == self.person_id:
                self._show(known)

        # If the person was merged into another in the meantime, the page itself leaves.
        self._bridge.then(
            self._bridge.query(read, person_id), done, owner=self, failed=lambda _: True
        )

    def _show(self, known: Known) -> None:
        before, self._known = self._known, known
        self.born.set_date(known.facts.birth_date)
        self.died.set_date(known.facts.death_date)
        self.notes.set_notes(known.facts.notes)
        if before is None or before.relatives != known.relatives:
            self._show_relatives(known.relatives)

    def _show_relatives(self, relatives: list[Relative]) -> None:
        while (item := self.relatives.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for each in relatives:
            self.relatives.addWidget(self._relative_row(each))

    def _relative_row(self, relative: Relative) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        what = SecondaryLabel()
        what.setText(words.relationship(relative.relationship))
        name = relative.name or translate("Details", "Unnamed")
        who = QToolButton()
        who.setText(who.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 120))
        who.setToolTip(name)
        who.setAutoRaise(True)
        who.setMinimumHeight(theme.TARGET)
        who.setAccessibleName(f"{what.text()}: {name}")
        who.clicked.connect(lambda: self.person_wanted.emit(relative.person_id))
        row.addWidget(what)
        row.addWidget(who)
        row.addStretch(1)
        text = translate("Details", "Remove relationship with {name}").format(name=name)
        row.addWidget(_small_button("close", text, lambda: self._unrelate(relative.person_id)))
        return line

    # Actions.

    def _state(self, person_id: PersonId, **changes: str) -> None:
        def refused(sentence: str) -> None:
            if person_id == self.person_id:
                self.wrong.show_message(sentence)
                self.read()

        self._actions.set_details(person_id, changes, refused=refused)

    def _relate(self, name: str, other: PersonId | None) -> None:
        person_id = self.person_id
        if other is None:
            text = translate("Details", "There’s no one else named {name}.").format(name=name)
            self.wrong_relative.show_message(text)
            return
        if person_id is None:
            return

        def over(sentence: str) -> None:
            if person_id == self.person_id:
                self.wrong_relative.show_message(sentence)
                if not sentence and self.relative.text() == name:
                    self.relative.reset()

        self._actions.relate(
            person_id, Relationship(self.relationship.currentData()), other, over=over
        )

    def _unrelate(self, other: PersonId) -> None:
        if self.person_id is not None:
            self._actions.unrelate(self.person_id, other)

    def _on_changed(self, changes: Changes) -> None:
        if self.isVisible() and changes.persons:
            self.read()

    def event(self, event: QEvent) -> bool:
        # Escape is also a shortcut of the window; here it closes the panel first.
        return override_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)


def _label(text: str, buddy: QWidget) -> QLabel:
    label = SecondaryLabel()
    label.setText(text)
    label.setBuddy(buddy)
    return label


def _small_button(icon: str, label: str, act: Callable[[], object]) -> QToolButton:
    return tool_button(icon, "✕", label, act, flat=True)
