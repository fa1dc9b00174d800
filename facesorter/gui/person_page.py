"""A person's page: faces to confirm, confirmed faces, or the photos they are in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from facesorter.domain import Changes, Person
from facesorter.gui import theme, words
from facesorter.gui.actions import Actions
from facesorter.gui.bridge import Bridge
from facesorter.gui.face_delegate import FaceDelegate
from facesorter.gui.face_model import FaceModel, is_question
from facesorter.gui.grid_layout import Section
from facesorter.gui.grid_view import GridView
from facesorter.gui.person_header import PersonHeader
from facesorter.gui.person_model import person_row
from facesorter.gui.photo_delegate import PhotoDelegate
from facesorter.gui.photo_model import PhotoModel
from facesorter.gui.photos_page import TILE as PHOTO_TILE
from facesorter.gui.pixmaps import PixmapStore
from facesorter.gui.someone_else import SomeoneElseBar
from facesorter.gui.why_bar import WhyBar
from facesorter.gui.words import translate

FACE_TILE = 120


class PersonPage(QWidget):
    """One person.

    Signals:
        back: leave the page.
        photo_wanted: a photo's id and the ids of the list it is opened from.
        split_wanted: the person is more than one.
    """

    back = Signal()
    split_wanted = Signal(int)
    photo_wanted = Signal(int, object)

    def __init__(
        self, bridge: Bridge, pixmaps: PixmapStore, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._bridge, self._actions = bridge, actions
        self.person_id: int | None = None
        self._person: Person | None = None
        self._active = False
        self.header = PersonHeader(bridge, pixmaps)
        self.header.back.connect(self.back)
        self.header.named.connect(self._name)
        self.header.left_name.connect(self._focus_grid)
        self.header.split_wanted.connect(self._split)
        self.header.photos_toggled.connect(self._show_photos)
        self.asking = SomeoneElseBar(bridge, pixmaps)
        self.asking.answered.connect(self._move)
        self.asking.closed.connect(self._focus_grid)
        self.header.suspects.toggled.connect(self._sort)
        self.why = WhyBar(bridge, pixmaps)
        self.why.closed.connect(self._focus_grid)

        self.faces = FaceModel(bridge, self)
        self.face_view = GridView(tile=FACE_TILE)
        self.face_view.setModel(self.faces)
        delegate = FaceDelegate(pixmaps, self.face_view)
        delegate.confirmed.connect(lambda face: self._confirm([face]))
        delegate.rejected.connect(lambda face: self._reject([face]))
        self.face_view.setItemDelegate(delegate)
        self.face_view.setAccessibleName(translate("Person", "Faces"))
        self.face_view.key_filter = self._key
        self.face_view.opened.connect(self._open_face)
        self.face_view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.face_view.customContextMenuRequested.connect(self._show_menu)
        self.confirm_all = QPushButton(translate("Person", "Confirm all"))
        self.confirm_all.setMinimumHeight(theme.TARGET)
        self.confirm_all.clicked.connect(self._confirm_all)
        self.confirm_all.setParent(self.face_view.viewport())
        self.confirm_all.hide()

        self.photos = PhotoModel(bridge, self)
        self.photo_view = GridView(tile=PHOTO_TILE)
        self.photo_view.setModel(self.photos)
        self.photo_view.setItemDelegate(PhotoDelegate(pixmaps, self.photo_view))
        self.photo_view.setAccessibleName(translate("Person", "Photos"))
        self.photo_view.opened.connect(
            lambda photo: self.photo_wanted.emit(photo, list(self.photos.ids))
        )
        self.views = QStackedWidget()
        self.views.addWidget(self.face_view)
        self.views.addWidget(self.photo_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.asking)
        column.addWidget(self.why)
        column.addWidget(self.views, 1)
        for signal in (self.faces.modelReset, self.faces.rowsInserted, self.faces.rowsRemoved):
            signal.connect(self._arrange)
        self.faces.loaded.connect(self._arrange)
        bridge.changed.connect(self._on_changed)

    @property
    def view(self) -> GridView:
        """The grid in sight."""
        return self.photo_view if self.header.photos.isChecked() else self.face_view

    def show_person(self, person_id: int) -> None:
        """Show this person's faces."""
        self.person_id = person_id
        self._person = None
        self.asking.close_bar()
        self.why.close_bar()
        self.header.faces.setChecked(True)
        self.header.suspects.setChecked(False)
        self.header.set_name("")
        self._read_person()
        self.faces.show_person(person_id)
        self.photos.show_person(person_id)

    def set_active(self, active: bool) -> None:
        """Follow changes while in sight."""
        self._active = active
        photos = self.header.photos.isChecked()
        self.faces.set_active(active and not photos)
        self.photos.set_active(active and photos)
        if active:
            self._read_person()
            self._focus_grid()

    def _sort(self, suspects: bool) -> None:
        if self.person_id is not None:
            self.faces.show_person(self.person_id, suspects_first=suspects)
            self._focus_grid()

    def _explain(self) -> None:
        face = self.face_view.current_id()
        if self.why.face_id == face:
            self.why.close_bar()
        elif face is not None:
            self.why.ask(face)

    # Acts.

    def _name(self, name: str, other: int | None) -> None:
        if self.person_id is not None:
            self._actions.name(self.person_id, name)

    def _confirm_all(self) -> None:
        self._confirm(list(self.faces.ids[: self.faces.suggested]))

    def _confirm(self, face_ids: Sequence[int]) -> None:
        if self.person_id is not None and face_ids:
            self._select_after(face_ids)
            self._actions.confirm(self.person_id, face_ids)

    def _reject(self, face_ids: Sequence[int]) -> None:
        if self.person_id is not None and face_ids:
            self._select_after(face_ids)
            self._actions.reject(self.person_id, face_ids)

    def _split(self) -> None:
        if self.person_id is not None:
            self.split_wanted.emit(self.person_id)

    def _ignore(self) -> None:
        face_ids = self.face_view.selected_ids()
        self._select_after(face_ids)
        self._actions.ignore(face_ids)

    def _move(self, face_ids: Sequence[int], name: str, person_id: int | None) -> None:
        self._select_after(face_ids)
        self._actions.someone_else(face_ids, name, person_id)

    def _set_cover(self) -> None:
        face = self.face_view.current_id()
        if self.person_id is not None and face is not None:
            self._actions.set_cover(self.person_id, face)

    def _open_face(self, face_id: int) -> None:
        row = self.faces.row_by_id(face_id)
        if row is None:
            return
        # The photos of the faces in the order shown, as far as they have been read, lest opening
        # one wait for thousands.
        self._bridge.then(
            self._bridge.query(_photos_of, list(self.faces.ids)),
            lambda photos: self.photo_wanted.emit(row.photo.id, photos),
            owner=self,
        )

    def _select_after(self, face_ids: Sequence[int]) -> None:
        """Select the face after these, so that one key answers question after question."""
        rows = [row for each in face_ids if (row := self.faces.row_of(each)) >= 0]
        if not rows:
            return
        following = max(rows) + 1
        questions = self.faces.suggested
        if min(rows) < questions <= following:
            following = min(rows) - 1
        if 0 <= following < self.faces.rowCount():
            self.face_view.select_row(following)

    # Keys and menu.

    def _key(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        chosen = self.face_view.selected_ids()
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                questions = self._questions(chosen)
                if not questions:
                    return False
                self._confirm(questions)
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self._reject(chosen)
            case Qt.Key.Key_X:
                self._ignore()
            case Qt.Key.Key_W:
                self._explain()
            case Qt.Key.Key_D:
                self.header.suspects.toggle()
            case Qt.Key.Key_S:
                self.asking.ask(chosen)
            case Qt.Key.Key_N | Qt.Key.Key_F2:
                self.header.field.setFocus()
                self.header.field.selectAll()
            case _:
                return False
        return True

    def _questions(self, face_ids: Sequence[int]) -> list[int]:
        rows = [self.faces.row_by_id(each) for each in face_ids]
        return [row.face.id for row in rows if row is not None and is_question(row)]

    def _show_menu(self, at: QPoint) -> None:
        chosen = self.face_view.selected_ids()
        if not chosen:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        questions = self._questions(chosen)
        name = self._person.name if self._person is not None else None
        if questions and name:
            said = translate("Person", "This is {name}").format(name=name)
            menu.addAction(said + words.keys("\tEnter")).triggered.connect(
                lambda: self._confirm(questions)
            )
        if name:
            said = translate("Person", "Not {name}").format(name=name)
        else:
            said = translate("Person", "Not this person")
        menu.addAction(said + words.keys("\tDel")).triggered.connect(lambda: self._reject(chosen))
        menu.addAction(translate("Person", "Someone else…") + "\tS").triggered.connect(
            lambda: self.asking.ask(chosen)
        )
        menu.addAction(translate("Person", "Not a face") + "\tX").triggered.connect(self._ignore)
        menu.addSeparator()
        more = translate("Person", "This is more than one person…")
        menu.addAction(more).triggered.connect(self._split)
        if len(chosen) == 1:
            said = translate("Person", "Why is this here?")
            menu.addAction(said + "\tW").triggered.connect(self._explain)
            menu.addAction(translate("Person", "Use as cover")).triggered.connect(self._set_cover)
            menu.addAction(translate("Person", "Open photo")).triggered.connect(
                lambda: self._open_face(chosen[0])
            )
        menu.popup(self.face_view.viewport().mapToGlobal(at))

    # What changes.

    def _on_changed(self, changes: Changes) -> None:
        if self._active and self.person_id in changes.persons:
            self._read_person()

    def _read_person(self) -> None:
        row = None if self.person_id is None else person_row(self._bridge, self.person_id)
        if row is None:
            # Merged into another or emptied: there is nobody to show any more.
            if self._active and self.person_id is not None:
                self.person_id = None
                self.back.emit()
            return
        self._person = row.person
        self.header.set_row(row)
        self._arrange()

    def _arrange(self) -> None:
        person, questions, count = self._person, self.faces.suggested, self.faces.rowCount()
        sections: list[Section] = []
        if self.header.suspects.isChecked():
            self.face_view.set_sections([Section(0, translate("Person", "Most doubtful first"))])
            self.face_view.set_heading_widget(0, None)
            return
        if person is not None and person.name:
            if questions:
                asked = translate("Person", "Is this {name}?").format(name=person.name)
                sections.append(Section(0, asked))
            if questions < count:
                sections.append(Section(questions, translate("Person", "Confirmed")))
        self.face_view.set_sections(sections)
        show = bool(person is not None and person.name and questions)
        self.confirm_all.setText(translate("Person", "Confirm all %Ln", "", questions))
        self.face_view.set_heading_widget(0, self.confirm_all if show else None)

    def _show_photos(self, photos: bool) -> None:
        self.asking.close_bar()
        self.why.close_bar()
        self.views.setCurrentWidget(self.photo_view if photos else self.face_view)
        self.set_active(self._active)

    def _focus_grid(self) -> None:
        if self._active and not self.asking.isVisible():
            self.view.setFocus()


def _photos_of(conn: object, face_ids: list[int]) -> list[int]:
    """Return the photos of faces, each once, in their order. Thread: query."""
    from facesorter.library import queries

    found = queries.faces(conn, face_ids)  # type: ignore[arg-type]
    return list(dict.fromkeys(face.photo_id for face in found))
