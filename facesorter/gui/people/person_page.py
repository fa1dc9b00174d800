"""Person page: faces in question, recognized and confirmed ones by year, or photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from facesorter.domain import Changes, FaceId, Person, PersonId, PhotoId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_LABELS
from facesorter.gui.grid.face_delegate import FaceDelegate
from facesorter.gui.grid.face_model import FaceModel, face_rows, photos_of
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.layout import Section
from facesorter.gui.grid.person_model import PersonRow, read_person
from facesorter.gui.grid.photo_delegate import PHOTO_TILE, PhotoDelegate
from facesorter.gui.grid.photo_model import PhotoModel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.grid.tile_delegate import CAPTION
from facesorter.gui.grid.year_bar import YearBar
from facesorter.gui.i18n.words import translate
from facesorter.gui.people.person_details import WIDTH as DETAILS_WIDTH
from facesorter.gui.people.person_details import PersonDetails
from facesorter.gui.people.person_header import Order, PersonHeader
from facesorter.gui.people.person_menu import Acts, face_menu
from facesorter.gui.people.person_sections import (
    age_at,
    all_years,
    beside,
    face_sections,
    headings,
    years_of,
)
from facesorter.gui.people.why_bar import WhyBar
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.gui.widgets.move_bar import MoveBar
from facesorter.gui.widgets.photo_details import PhotoDetailsPanel
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photo_menu import MOST_COMPARED, PhotoActs, fill
from facesorter.gui.widgets.photos_view import PhotosView
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.library import queries

if TYPE_CHECKING:
    from facesorter.library.identify import Comparison

FACE_TILE = 120


class PersonPage(Page):
    """Page of one person.

    Signals:
        export_wanted: the person whose photos to export.
        erase_wanted: erase this person for good; also the name.
    """

    export_wanted = Signal(int)
    erase_wanted = Signal(int, str)

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
        self._bridge, self._actions, self._acts = bridge, actions, acts
        self._pixmaps, self._places = pixmaps, places
        self.person_id: PersonId | None = None
        self._person: Person | None = None
        self._ages: dict[str, str] = {}
        """The person's ages by date, as far as tiles asked for them."""
        self._active = self._selects_first = False
        self.header = PersonHeader(bridge, pixmaps)
        self.header.back.connect(self.back)
        self.header.named.connect(self._name)
        self.header.left_name.connect(self._focus_grid)
        self.header.split_wanted.connect(lambda: self._leave_for(self.split_wanted))
        self.header.photos_toggled.connect(self._show_photos)
        self.asking = MoveBar(bridge, pixmaps)
        self.asking.answered.connect(self._move)
        self.asking.closed.connect(self._focus_grid)
        self.header.order_changed.connect(self._sort)
        self.header.about_wanted.connect(self._toggle_details)
        self.header.play_wanted.connect(lambda: self._leave_for(self.play_wanted))
        self.header.cover_wanted.connect(self._set_cover)
        self.header.favourite_wanted.connect(self._set_favourite)
        self.header.tags_wanted.connect(self._ask_person_tags)
        self.header.export_wanted.connect(self._export)
        self.header.slideshow_wanted.connect(self.play_all)
        self.header.map_wanted.connect(self._show_on_map)
        self.header.hide_wanted.connect(self._hide)
        self.details = PersonDetails(bridge, pixmaps, actions)
        self.details.closed.connect(self._on_details_closed)
        self.details.person_wanted.connect(self.person_wanted)
        self.details.erase.clicked.connect(self._erase)
        self.photo_details = PhotoDetailsPanel(bridge, acts)
        self.photo_details.closed.connect(self._on_details_closed)
        self._stacks = acts.stacks
        self.why = WhyBar(bridge, pixmaps)
        self.why.closed.connect(self._focus_grid)

        self.faces = FaceModel(bridge, self)
        self.face_view: GridView[FaceId] = GridView(tile=FACE_TILE)
        self.face_view.setModel(self.faces)
        delegate = FaceDelegate(pixmaps, self.face_view)
        delegate.confirmed.connect(lambda face: self._confirm([face]))
        delegate.rejected.connect(lambda face: self._reject([face]))
        delegate.caption = self.faces.caption
        self.faces.age = self._age
        self.face_view.setItemDelegate(delegate)
        self.face_view.setAccessibleName(translate("Person", "Faces"))
        self.face_view.key_filter = self._key
        self.face_view.asks_for_name = self._asks_for_name
        self.face_view.opened.connect(self._open_face)
        self.face_view.selection_changed.connect(self._on_selection)
        self.face_view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.face_view.customContextMenuRequested.connect(self._show_menu)
        self.confirm_all = QPushButton(translate("Person", "Confirm All"))
        self.confirm_all.setMinimumHeight(theme.TARGET)
        self.confirm_all.clicked.connect(self._confirm_all)
        self.confirm_all.setParent(self.face_view.viewport())
        self.confirm_all.hide()

        self.photos = PhotoModel(bridge, self)
        self.photo_view = PhotosView(tile=PHOTO_TILE)
        self._stacks.serve(self.photo_view)
        self._serve_photos()
        self.photo_view.files_of = files.dragged
        self._files = files.actions(
            self.photo_view, self.photo_view.selected_ids, self.photo_view.whole_ids
        )
        self._trash = files.ask_to_trash
        self.photo_view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.photo_view.customContextMenuRequested.connect(self._show_photo_menu)
        self.photo_view.setModel(self.photos)
        photo_delegate = PhotoDelegate(pixmaps, self.photo_view)
        photo_delegate.caption = lambda row: self._age(row.photo.taken_at)
        self.photo_view.setItemDelegate(photo_delegate)
        self.photo_view.setAccessibleName(translate("Person", "Photos"))
        self.photo_view.selection_changed.connect(self._follow_photos)
        self.photo_view.opened.connect(
            lambda photo: self.photo_wanted.emit(photo, list(self.photos.ids))
        )
        self.person_tags = LabelBar(bridge, pixmaps, Kind.PERSON_TAG)
        self.tags = LabelBar(bridge, pixmaps, Kind.TAG)
        self.albums = LabelBar(bridge, pixmaps, Kind.ALBUM)
        for labels in (self.person_tags, self.tags, self.albums):
            acts.serve(labels)
            labels.closed.connect(self._focus_grid)
        self.views = QStackedWidget()
        self.bars = [YearBar(self.face_view), YearBar(self.photo_view)]
        views: tuple[GridView[Any], ...] = (self.face_view, self.photo_view)
        for view, bar in zip(views, self.bars, strict=True):
            self.views.addWidget(beside(view, bar))
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.views, 1)
        body.addWidget(self.details)
        body.addWidget(self.photo_details)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        for labels in (self.person_tags, self.tags, self.albums):
            column.addWidget(labels)
        column.addWidget(self.asking)
        column.addWidget(self.why)
        column.addLayout(body, 1)
        for model in (self.faces, self.photos):
            for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.loaded):
                signal.connect(self._arrange)
            model.loaded.connect(self.listening_changed)
        self.faces.loaded.connect(self._on_faces_loaded)
        bridge.changed.connect(self._on_changed)

    @property
    def listening(self) -> bool:
        model = self.photos if self.header.photos.isChecked() else self.faces
        return model.is_loaded and self._person is not None

    @property
    def view(self) -> GridView[Any]:
        """The visible grid."""
        return self.photo_view if self.header.photos.isChecked() else self.face_view

    def show_person(self, person_id: PersonId) -> None:
        """Show this person's faces."""
        self.person_id = person_id
        self._person = None
        self._ages.clear()
        self._close_bars()
        self.header.faces.setChecked(True)
        self.header.set_order(Order.DATE)
        self._selects_first = False
        # Not `isVisible`: the page may still be hidden while it changes to another person.
        if self.details.is_open:
            self.details.show_person(person_id)
        self.header.set_name("")
        self._read_person()
        self.faces.show_person(person_id)
        self.photos.show_person(person_id)

    def show_name(self) -> None:
        """Show the person's name as it is stored, in place of one that was not taken over."""
        if self._person is not None:
            self.header.set_name(self._person.name or "")

    def zoom(self, steps: int) -> None:
        self.view.zoom(steps)

    def set_active(self, active: bool) -> None:
        self._active = active
        photos = self.header.photos.isChecked()
        self.faces.set_active(active and not photos)
        self.photos.set_active(active and photos)
        if active:
            self._read_person()
            if self.details.is_open:
                self.details.read()
            self._focus_grid()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _sort(self) -> None:
        if self.person_id is None:
            return
        # The first face in the new order is what the user will act on.
        self._selects_first = True
        match self.header.order.currentData():
            case Order.DOUBT:
                self.faces.show_suspects(self.person_id)
            case Order.QUALITY:
                self.faces.show_best(self.person_id)
            case _:
                self.faces.show_person(self.person_id)
        self._focus_grid()

    def _on_faces_loaded(self) -> None:
        if self._selects_first and self.faces.rowCount():
            self.face_view.select_row(0)
        self._selects_first = False

    def _toggle_details(self) -> None:
        if self.details.is_open:
            self.details.close_panel()
        elif self.person_id is not None:
            self.photo_details.hide()
            self.details.open_panel(self.person_id)
            self._make_room()

    def _on_details_closed(self) -> None:
        self._make_room()
        self._focus_grid()

    def _make_room(self) -> None:
        # A narrow window, as at 200 %, has no room for faces next to the panel.
        narrow = self.width() < ROOM_FOR_LABELS
        self.photo_details.share_room(self.views, self.width())
        if self.details.is_open and narrow:
            self.views.hide()
        self.details.setMaximumWidth(16_777_215 if narrow else DETAILS_WIDTH)

    def _age(self, taken_at: str) -> str:
        if taken_at not in self._ages:
            self._ages[taken_at] = age_at(self._person, taken_at)
        return self._ages[taken_at]

    def _explain(self) -> None:
        face = self.face_view.current_id()
        if self.why.face_id == face:
            self.why.close_bar()
        elif face is not None:
            self.why.ask(face)

    # Actions.

    def _name(self, name: str, other: PersonId | None) -> None:
        if self.person_id is not None:
            self._actions.name(self.person_id, name)

    def _confirm_all(self) -> None:
        self._confirm(list(self.faces.ids[: self.faces.asked]))

    def _confirm(self, face_ids: Sequence[FaceId]) -> None:
        if self.person_id is not None and face_ids:
            self._select_after(face_ids)
            self._actions.confirm(self.person_id, face_ids)

    def _reject(self, face_ids: Sequence[FaceId]) -> None:
        if self.person_id is not None and face_ids:
            self._select_after(face_ids)
            self._actions.reject(self.person_id, face_ids)

    def _set_favourite(self, favourite: bool) -> None:
        if self.person_id is not None:
            self._actions.set_favourites([self.person_id], favourite)

    def _ask_person_tags(self) -> None:
        if self.person_id is not None:
            self._ask(self.person_tags, [self.person_id])

    def _hide(self) -> None:
        """Hide the person and leave, or show a hidden one again."""
        person = self._person
        if person is None:
            return
        if person.hidden:
            self._actions.show([person.id], person.name)
        else:
            self._actions.hide([person.id], person.name)
            self.back.emit()

    def _settle(self, face_ids: Sequence[FaceId]) -> None:
        if self.person_id is not None:
            self._actions.mark_correct(self.person_id, face_ids)

    def _leave_for(self, signal: SignalInstance) -> None:
        if self.person_id is not None:
            signal.emit(self.person_id)

    def _ignore(self) -> None:
        face_ids = self.face_view.selected_ids()
        self._select_after(face_ids)
        self._actions.ignore(face_ids)

    def _move(self, face_ids: Sequence[FaceId], name: str, person_id: PersonId | None) -> None:
        self._select_after(face_ids)
        self._actions.move_faces(face_ids, name, person_id)

    def _on_selection(self) -> None:
        faces = not self.header.photos.isChecked()
        self.header.let_cover(faces and len(self.face_view.selected_rows()) == 1)
        # First, because reading the ids of a large selection takes longer than a frame.
        if self.asking.is_open:
            self.asking.follow(self.face_view.selected_ids())

    def _set_cover(self) -> None:
        chosen = self.face_view.selected_ids()
        if self.person_id is not None and len(chosen) == 1:
            self._actions.set_cover(self.person_id, chosen[0])

    def _open_face(self, face_id: FaceId) -> None:
        row = self.faces.row_by_id(face_id)
        if row is None:
            return
        # The faces' photos in the order shown, but only of rows already read, so that opening one
        # doesn't wait for thousands.
        self._bridge.then(
            self._bridge.query(photos_of, list(self.faces.ids)),
            lambda photos: self.open_face(row.face, photos),
            owner=self,
        )

    def _select_after(self, face_ids: Sequence[FaceId]) -> None:
        """Select the face after these, so that one key can answer one question after another."""
        rows = self.faces.rows_of(face_ids)
        if not rows:
            return
        following = max(rows) + 1
        questions = self.faces.asked
        if min(rows) < questions <= following:
            following = min(rows) - 1
        if 0 <= following < self.faces.rowCount():
            self.face_view.select_row(following)

    # Keys and menu.

    def _key(self, event: QKeyEvent) -> bool:
        chosen, letter = self.face_view.selected_ids(), keys.typed(event)
        if letter and self._asks_for_name():
            self.header.field.begin(letter)
            return True
        match keys.shortcut(event):
            case Shortcut.ACCEPT:
                suggested = self.faces.suggested_among(chosen)
                doubts = [face for face in chosen if face in self.faces.doubts]
                if not suggested and not doubts:
                    return False
                self._confirm(suggested)
                self._settle(doubts)
            case Shortcut.REMOVE:
                self._reject(chosen)
            case Shortcut.NOT_A_FACE:
                self._ignore()
            case Shortcut.EXPLAIN:
                self._explain()
            case Shortcut.SORT_BY_DOUBT:
                by_doubt = self.header.order.currentData() is Order.DOUBT
                self.header.set_order(Order.DATE if by_doubt else Order.DOUBT)
            case Shortcut.DETAILS:
                self._toggle_details()
            case Shortcut.PLAY:
                self._leave_for(self.play_wanted)
            case Shortcut.FAVORITE:
                self.header.star.click()
            case Shortcut.MOVE_TO_PERSON:
                self.asking.ask(chosen)
            case Shortcut.TAGS:
                self._ask_person_tags()
            case Shortcut.NAME:
                self.header.field.setFocus()
                self.header.field.selectAll()
            case _:
                return False
        return True

    def _toggle_photo_details(self) -> None:
        if not self.photo_details.is_open:
            self.details.close_panel()
        self.photo_details.toggle(self.photo_view.selected_ids(), self.views, self.width())

    def _follow_photos(self) -> None:
        if self.photo_details.is_open:
            self.photo_details.show_photos(self.photo_view.selected_ids(), soon=True)
        for bar in (self.tags, self.albums):
            # First, because reading the ids of a large selection takes longer than a frame.
            if bar.is_open and (ids := self.photo_view.whole_ids()) and ids != bar.ids:
                bar.set_ids(ids)

    def _asks_for_name(self) -> bool:
        """Whether the header asks who this is, so that letters begin the name."""
        return self._person is not None and self._person.name is None

    def _show_menu(self, at: QPoint) -> None:
        chosen = self.face_view.selected_ids()
        if not chosen:
            return
        suggested = self.faces.suggested_among(chosen)
        one = len(chosen) == 1
        acts = Acts(
            confirm=partial(self._confirm, suggested) if suggested else None,
            reject=partial(self._reject, chosen),
            move=partial(self.asking.ask, chosen),
            ignore=self._ignore,
            split=partial(self._leave_for, self.split_wanted),
            explain=self._explain if one else None,
            compare=partial(self._compare_faces, chosen) if len(chosen) == 2 else None,
            cover=self._set_cover if one else None,
            open_photo=partial(self._open_face, chosen[0]) if one else None,
            slideshow=self.play_all,
            export=self._export,
        )
        menu = face_menu(self, self._person.name if self._person is not None else None, acts)
        menu.popup(self.face_view.viewport().mapToGlobal(at))

    def _compare_faces(self, pair: Sequence[FaceId]) -> None:
        from facesorter.library import identify  # with what it imports, not before the first paint

        self._bridge.then(
            self._bridge.query_slow(identify.compare_faces, pair[0], pair[1]),
            partial(self._show_comparison, pair),
            owner=self,
        )

    def _show_comparison(self, pair: Sequence[FaceId], found: Comparison) -> None:
        from facesorter.gui.widgets.comparison import ComparisonDialog

        ComparisonDialog(face_rows(self._bridge, pair), found, self._pixmaps, self).open()

    def _export(self) -> None:
        if self.person_id is not None:
            self.export_wanted.emit(self.person_id)

    # Photos.

    def came_back(self, photo_id: int) -> None:
        if self.header.photos.isChecked():
            self.photo_view.reveal(self.photos.shown_as(PhotoId(photo_id)))
            return

        def done(found: list[FaceId]) -> None:
            rows = self.faces.rows_of(found)
            if rows and self.face_view.currentIndex().row() not in rows:
                self.face_view.select_row(rows[0])

        query = self._bridge.query(queries.face_ids, photo_id=PhotoId(photo_id))
        self._bridge.then(query, done, owner=self)

    def open_current(self) -> bool:
        current = self.view.current_id()
        if current is not None:
            self.view.opened.emit(current)
        return current is not None

    def play_photos(self) -> None:
        """Play the selected photos, or all from the current one if fewer than two are selected."""
        ids, start = self.photo_view.several_or_all(), self.photo_view.current_id()
        if ids:
            self.slideshow_wanted.emit(start if start in ids else 0, ids)

    def play_all(self) -> None:
        """Play all of the person's photos, newest first."""

        def done(ids: list[PhotoId]) -> None:
            if ids:
                self.slideshow_wanted.emit(0, ids)

        self._with_all(done)

    def _show_on_map(self) -> None:
        self._with_all(self._places.show_on_map)

    def _with_all(self, act: Callable[[list[PhotoId]], None]) -> None:
        """Do something with all of the person's photos, newest first."""
        query = self._bridge.query(queries.photo_ids, person_id=self.person_id)
        self._bridge.then(query, act, owner=self)

    def _compare(self) -> None:
        ids = self.photo_view.selected_ids()
        if len(ids) >= 2:
            self.compare_wanted.emit(ids)

    def photo_menu(self) -> QMenu:
        """Create the menu of the selected photos."""
        ids, whole = self.photo_view.selected_ids(), self.photo_view.whole_ids()
        rows = map(self.photos.row, self.photo_view.selected_rows())
        repeating = all(row.photo.repeats for row in rows if row is not None)
        rows = map(self.photos.row, self.photo_view.selected_rows())
        starred = all(row.photo.favourite for row in rows if row is not None)
        acts = PhotoActs(
            open=partial(self.photo_view.opened.emit, ids[0]) if len(ids) == 1 else None,
            slideshow=self.play_photos,
            compare=self._compare if 2 <= len(ids) <= MOST_COMPARED else None,
            star=partial(self._acts.toggle_star, whole),
            starred=starred,
            rate=partial(self._acts.rate, whole),
            tags=partial(self._ask_photos, self.tags),
            albums=partial(self._ask_photos, self.albums),
            place=self._ask_place,
            on_map=partial(self._places.show_on_map, whole),
            details=self._toggle_photo_details,
            stack=self._stacks.of_selected(self.photo_view),
            rotate=partial(self._acts.rotate, whole),
            repeats=(repeating, partial(self._acts.set_collage, whole)),
            files=self._files,
            trash_by_key=True,
        )
        return fill(ContextMenu(self), acts)

    def _show_photo_menu(self, at: QPoint) -> None:
        if self.photo_view.has_selection():
            self.photo_menu().popup(self.photo_view.viewport().mapToGlobal(at))

    def _serve_photos(self) -> None:
        view, acts = self.photo_view, self._acts
        view.star_wanted.connect(lambda: acts.toggle_star(view.whole_ids()))
        view.tags_wanted.connect(lambda: self._ask_photos(self.tags))
        view.albums_wanted.connect(lambda: self._ask_photos(self.albums))
        view.place_wanted.connect(self._ask_place)
        view.delete_wanted.connect(lambda: self._trash(view.whole_ids(), stacked=view.has_folded()))
        view.rotate_wanted.connect(lambda degrees: acts.rotate(view.whole_ids(), degrees))
        view.compare_wanted.connect(self._compare)
        view.slideshow_wanted.connect(self.play_photos)
        view.details_wanted.connect(self._toggle_photo_details)
        view.rated.connect(lambda stars: acts.rate(view.whole_ids(), stars))

    def _ask_place(self) -> None:
        self._places.ask(self.photo_view.whole_ids())

    def _ask_photos(self, bar: LabelBar) -> None:
        self._ask(bar, self.photo_view.whole_ids())

    def _ask(self, bar: LabelBar, ids: Sequence[int]) -> None:
        """Show the labels of the person, or of photos, in place of another bar."""
        self._close_bars()
        bar.ask(ids)

    def _close_bars(self) -> None:
        self.asking.close_bar()
        self.why.close_bar()
        for bar in (self.person_tags, self.tags, self.albums):
            bar.close_bar()

    # Changes.

    def _on_changed(self, changes: Changes) -> None:
        if self._active and self.person_id in changes.persons:
            self._read_person()

    def _erase(self) -> None:
        if self._person is not None:
            self.erase_wanted.emit(self._person.id, self._person.name or "")

    def _read_person(self) -> None:
        person_id = self.person_id
        if person_id is None:
            return

        def take(row: PersonRow | None) -> None:
            if person_id == self.person_id:
                self._take_person(row)

        read_person(self._bridge, person_id, take, self)

    def _take_person(self, row: PersonRow | None) -> None:
        if row is None:
            # Merged into another person or emptied: this person no longer exists.
            if self._active:
                self.person_id = None
                self.back.emit()
            return
        self._person = row.person
        self._ages.clear()
        self.header.set_row(row)
        self._read_dates(row.person.id)
        self._arrange()
        self.listening_changed.emit()

    def _read_dates(self, person_id: PersonId) -> None:
        def done(dates: tuple[str, str] | None) -> None:
            if person_id == self.person_id:
                self.header.set_dates(dates)

        self._bridge.then(self._bridge.query(queries.person_dates, person_id), done, owner=self)

    def _arrange(self) -> None:
        person, questions = self._person, self.faces.asked
        dated = bool(person is not None and person.birth_date)
        self.face_view.set_footer(CAPTION if dated or self.faces.doubts else 0)
        self.photo_view.set_footer(CAPTION if dated else 0)
        photo_years = years_of(self.photos.months)
        self.photo_view.set_sections(headings(person, photo_years))
        self.bars[1].set_years(photo_years)
        by_date = self.header.order.currentData() is Order.DATE
        show = bool(by_date and person is not None and person.name and questions)
        sections = face_sections(person, self.faces, asked=show)
        if not by_date:
            sections = [Section(0, self.header.order.currentText())]
        self.face_view.set_sections(sections)
        self.bars[0].set_years(all_years(self.faces) if by_date else ())
        self.confirm_all.setText(translate("Person", "Confirm All %Ln", "", questions))
        self.face_view.set_heading_widget(0, self.confirm_all if show else None)

    def _show_photos(self, photos: bool) -> None:
        self._close_bars()
        self.views.setCurrentIndex(int(photos))
        if not photos and self.photo_details.is_open:
            self.photo_details.hide()
            self._make_room()
        self._on_selection()
        self.set_active(self._active)

    def _focus_grid(self) -> None:
        if self._active and not self.asking.isVisible():
            self.view.setFocus()
