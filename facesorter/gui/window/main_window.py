"""Main window: sidebar, current page, status bar, and overlays.

It only assembles its parts, which implement the behavior.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import FolderId, PersonId, PhotoId
from facesorter.errors import Message
from facesorter.gui.base import theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.choose_folder import choose_folder, pictures
from facesorter.gui.base.desktop import show_in_folder
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.list_orders import ListOrders
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.base.places import (
    DATES,
    DUPLICATES,
    FAVOURITES,
    FOLDER,
    MAP,
    PEOPLE,
    PHOTOS,
    PLACES,
    REVIEW,
    UNKNOWN,
    folder_key,
    folder_of,
)
from facesorter.gui.base.shortcuts import open_with_shift_f10
from facesorter.gui.grid.person_model import PersonRow, read_rows
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.map.page import MapPage
from facesorter.gui.people.merge_dialog import MergeDialog
from facesorter.gui.people.people_page import PeoplePage
from facesorter.gui.people.person_page import PersonPage
from facesorter.gui.people.playback_page import PlaybackPage
from facesorter.gui.people.split_page import SplitPage
from facesorter.gui.people.unknown_page import UnknownPage
from facesorter.gui.photo.compare_page import ComparePage
from facesorter.gui.photo.page import PhotoPage
from facesorter.gui.photos.dates_page import DatesPage
from facesorter.gui.photos.duplicates_page import DuplicatesPage
from facesorter.gui.photos.page import PhotosPage
from facesorter.gui.review.page import ReviewPage
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.gui.window.collections import Collections
from facesorter.gui.window.commands import Commands
from facesorter.gui.window.dialogs import Dialogs
from facesorter.gui.window.drop import Dropped, FolderDrop
from facesorter.gui.window.empty_page import EmptyPage
from facesorter.gui.window.folder_actions import FolderActions
from facesorter.gui.window.full_screen import FullScreen
from facesorter.gui.window.key_queue import KeyQueue
from facesorter.gui.window.library_state import LibraryState, LibraryStateReader
from facesorter.gui.window.navigation import Navigator
from facesorter.gui.window.offer_bar import OfferBar
from facesorter.gui.window.problems_panel import ProblemsPanel
from facesorter.gui.window.sidebar import Sidebar
from facesorter.gui.window.status_bar import StatusBar
from facesorter.gui.window.tray import Tray
from facesorter.gui.world.page import WorldPage
from facesorter.images.formats import is_photo
from facesorter.library import folder_tree, listings, queries
from facesorter.storage import backups
from facesorter.storage.file_names import to_show

if TYPE_CHECKING:
    from facesorter.app.name_importer import Names
    from facesorter.app.services import Services


class MainWindow(QWidget):
    """The program's only window.

    Signals:
        painted: it was painted for the first time; expensive work may start.
        closed: the user closed it.
    """

    painted = Signal()
    closed = Signal()

    def __init__(self, services: Services, settings: QSettings | None = None) -> None:
        super().__init__()
        self.setWindowTitle("facesorter")
        self.setMinimumSize(theme.room_on_screen(self).boundedTo(QSize(640, 420)))
        self._settings = settings
        self.folder_options = FolderOptions(settings, self)
        self.orders = ListOrders(settings)
        self._was_painted = False
        self._full_screen_next = False
        """Whether the photo about to be opened is shown in full screen."""
        self.before_restart: Callable[[], object] | None = None
        """Called between this run of the program and its restart."""
        self.state: LibraryState | None = None
        """State shown in the frame; None before the library was read."""
        self.problems: ProblemsPanel | None = None
        self.services = services
        self.bridge = Bridge(services, self)
        self.pixmaps = PixmapStore(services, self.bridge, self)
        self.actions_ = Actions(self.bridge, self)
        self.keys = KeyQueue(self)
        self.keys.hold(at_start=True)
        self._build_pages()
        self._build_frame()
        self.tray = Tray(self, self.bridge)
        self.dialogs = Dialogs(self, self.bridge, self.actions_, self.tray, self.toast, settings)
        self.commands = Commands(self, self.actions_, self.dialogs)
        open_with_shift_f10(self)
        self._connect_core()
        self._connect_pages()
        self._connect_frame()
        self._connect_commands()
        self._restore_geometry()

    # Parts.

    def _build_pages(self) -> None:
        bridge, pixmaps, actions = self.bridge, self.pixmaps, self.actions_
        self.blank = Page()
        self.empty = EmptyPage()
        self.labels = LabelActions(actions, self)
        self.files = PhotoFiles(bridge, self)
        self.placing = PlaceActions(bridge, actions, self)
        self.photos = PhotosPage(
            bridge,
            pixmaps,
            self.labels,
            self.files,
            self.placing,
            self.folder_options,
            self.orders,
        )
        self.people = PeoplePage(bridge, pixmaps, actions, self.labels, bridge.services.settings)
        self.person = PersonPage(bridge, pixmaps, actions, self.labels, self.files, self.placing)
        self.photo = PhotoPage(bridge, pixmaps, actions, self.labels, self.files, self.placing)
        self.compare = ComparePage(bridge, pixmaps, self.labels)
        self._share_details()
        self.review = ReviewPage(bridge, pixmaps, actions)
        self.split = SplitPage(bridge, pixmaps, actions)
        self.playback = PlaybackPage(bridge, pixmaps)
        self.unknown = UnknownPage(bridge, pixmaps, actions)
        self.map = MapPage(bridge, pixmaps, actions)
        self.world = WorldPage(bridge, pixmaps, self.labels, self.files, self.placing)
        self.duplicates = DuplicatesPage(bridge, pixmaps, actions, self.files)
        self.dates = DatesPage(bridge, pixmaps, actions, self.labels, self.files, self.placing)
        self._pages: tuple[Page, ...] = (
            *(self.blank, self.empty, self.photos, self.people, self.person, self.photo),
            *(self.compare, self.review, self.split, self.playback, self.unknown, self.map),
            *(self.world, self.duplicates, self.dates),
        )
        self._places: dict[str, tuple[Page, Callable[[], None]]] = {
            PHOTOS: (self.photos, self.photos.show_all),
            FAVOURITES: (self.photos, self.photos.show_favourites),
            PEOPLE: (self.people, self.people.start),
            REVIEW: (self.review, self.review.start),
            UNKNOWN: (self.unknown, self.unknown.start),
            MAP: (self.map, self.map.start),
            PLACES: (self.world, self.world.start),
            DUPLICATES: (self.duplicates, self.duplicates.start),
            DATES: (self.dates, self.dates.start),
        }
        self.stack = QStackedWidget()
        for page in self._pages:
            self.stack.addWidget(page)
        self.navigator = Navigator(self.stack, self)

    def _build_frame(self) -> None:
        self.sidebar = Sidebar(self.bridge, self.folder_options)
        self.status = StatusBar()
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.sidebar)
        middle.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        self._arranged = column
        self.offer = OfferBar()
        column.addWidget(self.offer)
        column.addWidget(self.status)
        self.toast = self.status.toast
        self.full_screen = FullScreen(self, column, self.navigator, self.status)
        self.drop = FolderDrop(self)

    def _connect_core(self) -> None:
        bridge, actions = self.bridge, self.actions_
        self.frame_reader = LibraryStateReader(bridge, self)
        self.frame_reader.read.connect(self._take_state)
        bridge.open_failed.connect(self._show_open_failed)
        bridge.progress.connect(self.status.set_progress)
        bridge.trial.connect(self.status.set_trial)
        bridge.opened.connect(self.services.trials.resume_interrupted)
        bridge.failed.connect(self.status.show_message)
        bridge.taken_over.connect(self._show_taken_over)
        bridge.names_found.connect(self.offer.offer)
        self.offer.wanted.connect(self._show_names)
        bridge.changed.connect(lambda changes: self.pixmaps.forget("photo", changes.photos))
        actions.done.connect(self.toast.show_message)
        self.toast.undo_offered.connect(self._offer_undo)
        self.toast.pressed.connect(lambda: actions.offer_undo(None))
        actions.same_name.connect(self._offer_merge)

    def _connect_pages(self) -> None:
        for page in self._pages:
            page.back.connect(self.navigator.back)
            page.place_wanted.connect(self.go_to)
            page.photo_wanted.connect(self.open_photo)
            page.moment_wanted.connect(self.open_moment)
            page.person_wanted.connect(self.open_person)
            page.split_wanted.connect(self.split_person)
            page.play_wanted.connect(self.play_person)
            page.slideshow_wanted.connect(self.play_photos)
            page.compare_wanted.connect(self.compare_photos)
            page.full_screen_wanted.connect(self.full_screen.set_on)
            page.listening_changed.connect(self._wait_for_page)
        self.empty.choose.connect(self.choose_folders)
        self.navigator.moved.connect(self._follow)

    def _connect_frame(self) -> None:
        side, actions = self.sidebar, self.actions_
        side.add_wanted.connect(self.choose_folders)
        side.page_wanted.connect(self.go_to)
        side.folder_wanted.connect(self.go_to_folder)
        self.folder_actions = FolderActions(self.bridge, actions, side.folders.view.folders, self)
        side.folder_menu_wanted.connect(self._show_folder_menu)
        self.folder_actions.play_wanted.connect(lambda ids: self.play_photos(PhotoId(0), ids))
        self.folder_actions.export_wanted.connect(self.files.export)
        self.files.export_wanted.connect(self.dialogs.show_export)
        self.files.dates_wanted.connect(self.dialogs.show_change_date)
        self.dates.change_wanted.connect(self.dialogs.show_change_date)
        self.files.open_with_wanted.connect(self.dialogs.show_open_with)
        self.files.done.connect(self.toast.show_message)
        self.placing.map_wanted.connect(self.show_on_map)
        self.files.trashed.connect(self.toast.show_message)
        self.playback.done.connect(self.toast.show_message)
        self.people.export_wanted.connect(self._export_people)
        self.person.erase_wanted.connect(self.dialogs.show_erase)
        self.person.export_wanted.connect(lambda person_id: self._export_people([person_id]))
        self.collections = Collections(
            self.bridge, side, self.photos, self.labels, self.orders, self
        )
        self.collections.play_wanted.connect(lambda ids: self.play_photos(PhotoId(0), ids))
        self.collections.export_wanted.connect(self.files.export)
        self.collections.shown.connect(self._show_photos)
        self.collections.gone.connect(self._leave_collection)
        self.dialogs.restore_wanted.connect(self.restore_backup)
        self.dialogs.erase_wanted.connect(self.erase)
        self.status.pause_wanted.connect(self._pause)
        self.status.problems_wanted.connect(self.show_problems)
        self.drop.dropped.connect(self._take_drop)

    def _connect_commands(self) -> None:
        commands = self.commands
        for place, action in commands.places.items():
            go = partial(self._go_by_key, place)
            action.triggered.connect(lambda _checked=False, go=go: self.keys.run(go))
        commands.add.triggered.connect(self.choose_folders)
        commands.search.triggered.connect(lambda: self.keys.run(self.start_search))
        commands.folders.triggered.connect(self.focus_folders)
        commands.enclosing.triggered.connect(self.go_to_enclosing_folder)
        commands.larger.triggered.connect(lambda: self.navigator.page.zoom(1))
        commands.smaller.triggered.connect(lambda: self.navigator.page.zoom(-1))
        commands.back.triggered.connect(self._go_back)
        commands.full_screen.triggered.connect(lambda: self.keys.run(self.toggle_full_screen))
        commands.problems.triggered.connect(self.show_problems)
        commands.dates.triggered.connect(lambda: self.go_to(DATES))
        commands.rescan.triggered.connect(lambda: self.services.rescan())
        commands.names.triggered.connect(lambda: self.dialogs.show_import_names(self.pixmaps))
        commands.quit.triggered.connect(self.tray.quit)
        self.sidebar.more.setMenu(commands.menu(self))

    # Navigation.

    def go_to(self, place: str) -> None:
        """Go to a place in the sidebar, by its key in `gui.base.places`."""
        if self.state is None or not self.state.folders:
            return
        if place.startswith(FOLDER):
            self.go_to_folder(place)
            return
        page, start = self._places[place]
        start()
        self._enter(page)

    def _go_by_key(self, place: str) -> None:
        before = self.navigator.page
        self.go_to(place)
        if self.navigator.page is before:
            # The focus was elsewhere, such as in the sidebar: the page takes it as when entered.
            before.set_active(True)

    def go_to_folder(self, key: str) -> None:
        """Show a folder's photos, by its key in `gui.base.places`."""
        folder_id, place = folder_of(key)
        for folder in self.state.folders if self.state is not None else ():
            if folder.id == folder_id:
                keys_in_list = self.sidebar.folders.view.hasFocus()
                self.photos.show_folder(folder_id, place, to_show(file_name(folder.path)))
                self._show_photos()
                if keys_in_list:
                    # The arrow keys go on from folder to folder.
                    self.sidebar.folders.view.setFocus()

    def go_to_enclosing_folder(self) -> None:
        """Show the photos of the folder that contains the one shown."""
        key = self.photos.enclosing_folder()
        if key is not None and self.navigator.page is self.photos:
            self.go_to_folder(key)

    def focus_folders(self) -> None:
        """Move keyboard focus to the folders in the sidebar."""
        view = self.sidebar.folders.view
        if self.sidebar.isVisible() and view.isVisible():
            view.take_focus()

    def show_photos_at(self, found: Sequence[tuple[PhotoId, FolderId, str]]) -> None:
        """Show photos selected: in their folder if they share one, else among all photos."""
        places = {folder_key(folder_id, place) for _, folder_id, place in found}
        if len(places) == 1:
            self.go_to_folder(places.pop())
        else:
            self.go_to(PHOTOS)
        self.photos.select(photo_id for photo_id, _, _ in found)

    def _show_folder_menu(self, key: str, at: QPoint) -> None:
        menu = self.folder_actions.menu(key)
        if menu is not None:
            menu.popup(at)

    def _show_photos(self) -> None:
        self._enter(self.photos)

    def _enter(self, page: Page) -> None:
        self.navigator.go(page, root=True)
        # If the page was visible already, its content may have changed.
        self._mark(page)
        self._wait_for_page()

    def start_search(self) -> None:
        """Move keyboard focus to the search field: that of *People*, else of *Photos*."""
        if self.state is None or not self.state.folders:
            return
        if self.navigator.page is self.people:
            self.people.start_search()
            return
        if self.navigator.page is not self.photos:
            self.navigator.go(self.photos, root=True)
        self.photos.start_search()

    def open_person(self, person_id: PersonId) -> None:
        """Open a person's page."""
        self.person.show_person(person_id)
        self.navigator.go(self.person)
        self._wait_for_page()

    def split_person(self, person_id: PersonId) -> None:
        """Open the page that splits a person into several."""
        self.navigator.go(self.split)
        self.split.show_person(person_id)

    def play_person(self, person_id: PersonId) -> None:
        """Play a person's faces through the years."""
        self.navigator.go(self.playback)
        self.playback.show_person(person_id)

    def open_photo(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        """Open a photo in full view; going back returns to exactly where it was opened."""
        full, self._full_screen_next = self._full_screen_next, False
        self.navigator.go(self.photo)
        self.photo.open(photo_id, ids)
        if full:
            self.full_screen.set_on(True)

    def open_moment(self, photo_id: PhotoId, ids: list[PhotoId], moment: int) -> None:
        """Open a video in full view, and play it from a time in milliseconds."""
        self.open_photo(photo_id, ids)
        self.photo.play_from(moment)

    def show_on_map(self, ids: list[PhotoId]) -> None:
        """Show photos with a place on the map; going back returns to where they were listed."""
        self.world.show_where(ids)
        self.navigator.go(self.world)

    def play_photos(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        """Play a slideshow from a photo, or from anywhere if its id is 0."""
        go_back = self.navigator.page is not self.photo
        self.navigator.go(self.photo)
        self.photo.play(photo_id or None, ids, go_back=go_back)

    def compare_photos(self, ids: list[PhotoId]) -> None:
        """Show a few photos side by side."""
        self.navigator.go(self.compare)
        self.compare.show_photos(ids)

    def toggle_full_screen(self) -> None:
        """Show the photo in full screen, or in the window; opens the current photo of a grid."""
        page = self.navigator.page
        if page.fills_screen:
            self.full_screen.set_on(not self.full_screen.on)
        else:
            self._full_screen_next = True
            self._full_screen_next = page.open_current() and self.navigator.page is page

    def choose_folders(self) -> None:
        """Show a dialog to choose a folder of photos."""
        title = translate("Window", "Add Folder")
        # Later the dialog begins where the user was last.
        start = pictures() if self.stack.currentWidget() is self.empty else ""
        choose_folder(self, title, lambda chosen: self.actions_.add_folders([chosen]), start)

    def add_paths(self, paths: list[str]) -> None:
        """Add folders and files from the command line, as if dropped, but without a question."""
        folders = [path for path in paths if os.path.isdir(path)]
        files = [os.path.abspath(path) for path in paths if os.path.isfile(path)]
        self._take_drop(Dropped(folders, files), opened=True)

    def _export_people(self, ids: list[PersonId]) -> None:
        found = self.bridge.query(listings.chosen, ids, None)
        self.bridge.then(found, lambda photos: self.files.export(photos, ids), owner=self)

    def _show_names(self, names: Names) -> None:
        self.dialogs.show_import_names(self.pixmaps, names)

    def show_problems(self) -> None:
        """Show the photos that could not be read."""
        if self.problems is None:
            self.problems = ProblemsPanel(self)
            self.problems.show_wanted.connect(show_in_folder)
            self.problems.retry_wanted.connect(self.services.try_again)
            self.problems.trash_wanted.connect(self.files.ask_to_trash)
        panel = self.problems
        self._read_problems(panel)
        panel.show()
        panel.raise_()
        panel.activateWindow()

    def _read_problems(self, panel: ProblemsPanel) -> None:
        self.bridge.then(self.bridge.query(queries.problems), panel.set_problems, owner=panel)
        self.bridge.then(self.bridge.query(queries.skipped), panel.set_skipped, owner=panel)

    # Incoming events.

    def _take_state(self, state: LibraryState) -> None:
        self.state = state
        self.sidebar.set_folders(state.folders)
        if state.counts is not None:
            self.sidebar.set_people(state.counts.persons)
            self.sidebar.set_questions(state.questions)
            self.status.set_counts(state.counts)
        if state.dates_to_check is not None:
            self.sidebar.set_dates_to_check(state.dates_to_check)
        page = self.navigator.page
        if not state.folders:
            self.navigator.go(self.empty, root=True)
        elif page in (self.blank, self.empty) or (
            page is self.photos
            and self.photos.folder_id not in (None, *(folder.id for folder in state.folders))
        ):
            self.go_to(PHOTOS)
        if self.problems is not None and self.problems.isVisible():
            self._read_problems(self.problems)

    def _leave_collection(self) -> None:
        if self.navigator.page is self.photos:
            self.go_to(PHOTOS)
        else:
            self.photos.show_all()

    def _take_drop(self, dropped: Dropped, *, opened: bool = False) -> None:
        """Add folders and show photos; ask about photos of other folders, unless opened."""
        self.actions_.add_folders(dropped.folders)
        if not dropped.files:
            return

        def located(found: dict[str, tuple[PhotoId, FolderId, str]]) -> None:
            coming = {os.path.dirname(f) for f in dropped.files} & set(dropped.folders)
            new = [f for f in dropped.files if f not in found and os.path.dirname(f) not in coming]
            outside = [f for f in new if is_photo(f) and not self._is_watched(f)]
            if outside and self.state is not None and self.state.folders and not opened:
                self._ask_about(outside)
                new = [f for f in new if f not in outside]
            self._add_folders_of(new)
            if found:
                self.show_photos_at(list(found.values()))

        answer = self.bridge.query(folder_tree.locate, dropped.files)
        self.bridge.then(answer, located, owner=self)

    def _is_watched(self, file: str) -> bool:
        folders = self.state.folders if self.state is not None else []
        return any(file.startswith(folder.path.rstrip(os.sep) + os.sep) for folder in folders)

    def _add_folders_of(self, files: list[str]) -> None:
        message = translate("Window", "Added {folder}, which contains the dropped files")
        for folder in dict.fromkeys(map(os.path.dirname, files)):
            self.actions_.add_folders([folder], message=message)

    def _ask_about(self, files: list[str]) -> None:
        """Ask what to do with dropped photos of folders that aren't watched."""
        box = QMessageBox(self)
        box.setObjectName("dropped")
        box.setWindowTitle("facesorter")
        box.setIcon(QMessageBox.Icon.Question)
        text = translate("Window", "%Ln photo(s) not in the library", "", len(files))
        if len(files) == 1:
            text = translate("Window", "{file} isn’t in the library.")
            text = text.format(file=file_name(files[0]))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setInformativeText(
            translate(
                "Window",
                "Add the folder to see all of its photos here. Or see who is in what you dropped, "
                "without adding anything.",
            )
        )
        role = QMessageBox.ButtonRole.AcceptRole
        add = box.addButton(translate("Window", "Add Folder"), role)
        who = box.addButton(translate("Window", "Who Is This?"), role)
        box.addButton(QMessageBox.StandardButton.Cancel)
        theme.dress(box)
        add.clicked.connect(lambda: self._add_folders_of(files))
        who.clicked.connect(lambda: self.dialogs.show_identify([Path(file) for file in files]))
        box.finished.connect(box.deleteLater)
        box.open()

    def _offer_merge(self, person_id: PersonId, other_id: PersonId, name: str) -> None:
        def ask(rows: list[PersonRow]) -> None:
            found = {row.person.id: row for row in rows}
            if person_id in found and other_id in found:
                self._ask_to_merge(found[person_id], found[other_id], name)

        query = self.bridge.query(read_rows, self.services, [person_id, other_id])
        self.bridge.then(query, ask, owner=self)

    def _ask_to_merge(self, person: PersonRow, other: PersonRow, name: str) -> None:
        person_id, other_id = person.person.id, other.person.id
        on_page = self.navigator.page is self.person and self.person.person_id == person_id

        def merge() -> None:
            if on_page:
                # Whoever is left, instead of leaving the page of a person that is gone.
                self.person.show_person(other_id)
            self.actions_.merge(other_id, [person_id])

        dialog = MergeDialog(other, person, self.pixmaps, self)
        dialog.same.connect(merge)
        dialog.different.connect(lambda: self.actions_.name(person_id, name, allow_same=True))
        dialog.rejected.connect(self.person.show_name)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _pause(self, pause: bool) -> None:
        if pause:
            self.services.pause()
        else:
            self.services.resume()

    def _offer_undo(self, back: Callable[[], None] | None) -> None:
        """Let Ctrl+Z undo what the toast reports, even if that isn't a decision."""
        if back is None:
            return  # Nothing to undo, such as a copy: what was done before it stays the last thing.
        if back == self.actions_.undo_decision:
            self.actions_.offer_undo(None)
            return

        def undo() -> None:
            self.toast.hide()
            back()

        self.actions_.offer_undo(undo)

    def _show_open_failed(self, message: Message) -> None:
        self.navigator.go(self.blank, root=True)
        self.keys.drop()
        self.sidebar.setEnabled(False)
        self.toast.hide()
        self.actions_.offer_undo(None)
        if backups.leftovers(self.services.library_dir):
            self._offer_backups(words.sentence(message))
        else:
            self.blank_message(words.sentence(message))

    def _show_taken_over(self, message: Message) -> None:
        box = QMessageBox(self)
        box.setObjectName("taken over")
        box.setWindowTitle("facesorter")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(translate("Window", "The library is open on another computer."))
        box.setInformativeText(words.sentence(message))
        box.addButton(translate("Window", "Quit"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(translate("Window", "Not Now"), QMessageBox.ButtonRole.RejectRole)
        box.accepted.connect(self.tray.quit)
        box.finished.connect(box.deleteLater)
        box.open()

    def _offer_backups(self, sentence: str) -> None:
        from facesorter.gui.window.missing_library import MissingLibraryPage

        page = MissingLibraryPage(self.bridge, sentence)
        page.restore_wanted.connect(self.restore_backup)
        page.start_over_wanted.connect(lambda: self.restart_after(self._locked(backups.start_over)))
        page.quit_wanted.connect(self.tray.quit)
        self.stack.addWidget(page)
        self.navigator.go(page, root=True)

    def restore_backup(self, path: Path, later: bool = False) -> None:
        """Quit, replace the library with the backup at ``path``, and restart.

        ``later``: then repeat the decisions that the backup lacks.
        """
        # Imported here, as all that only restoring takes: too much before the first paint.
        from facesorter.library import restoring

        directory = self.services.library_dir
        self.restart_after(lambda: restoring.restore(directory, path, later=later))

    def erase(self, person_id: PersonId | None, keep_texts: bool) -> None:
        """Quit, erase a person or all face data for good, and restart."""
        directory, cache = self.services.library_dir, self.services.cache_dir

        def run() -> None:
            from facesorter.library.library import Library  # as above

            library = Library(directory)
            try:
                library.erase(person_id, cache, keep_texts=keep_texts)
            finally:
                library.close(snapshot=False)

        self.restart_after(run)

    def _locked(self, act: Callable[[Path], object]) -> Callable[[], object]:
        def run() -> None:
            from facesorter.storage.lock import locked  # as above

            with locked(self.services.library_dir):
                act(self.services.library_dir)

        return run

    def restart_after(self, act: Callable[[], object]) -> None:
        """Quit, call a function while the library is closed, and restart."""
        self.before_restart = act
        self.tray.quit()

    def blank_message(self, sentence: str) -> None:
        """Show a sentence explaining why the page is empty."""
        label = SecondaryLabel()
        label.setText(sentence)
        label.setWordWrap(True)
        row = QHBoxLayout(self.blank)
        row.addStretch(1)
        row.addWidget(label, 4)
        row.addStretch(1)

    def _follow(self, page: Page, before: Page) -> None:
        if before is not self.blank:
            self.keys.leave()
        self._full_screen_next = False
        before.set_active(False)
        page.set_active(True)
        self.full_screen.follow(page, before)
        self._mark(page)
        self.sidebar.setVisible(page.beside_sidebar)
        if before is self.photo and self.photo.photo is not None:
            # Scrolled only once the grid has its width beside the sidebar.
            self._arranged.activate()
            page.came_back(self.photo.photo.id)
        self._wait_for_page()

    def _wait_for_page(self) -> None:
        """Keep keys while the current page can't take them, and deliver them when it can."""
        page = self.navigator.page
        if page is self.blank:
            self.keys.hold(at_start=True)
        elif page.listening:
            self.keys.release()
        else:
            self.keys.hold()

    def _mark(self, page: Page) -> None:
        if page.place is not None:
            self.sidebar.mark(page.place)

    def _go_back(self) -> None:
        if self.navigator.page.stop():
            return
        if self.full_screen.on:
            self.full_screen.set_on(False)
        elif not self.navigator.back():
            self.navigator.page.cancel()

    # Events.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.keys.watch()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self._after_first_paint)
        return handled

    def _after_first_paint(self) -> None:
        self.painted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sidebar.fit(wide=self.width() >= 860)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.tray.lets_close():
            event.ignore()
            return
        self.full_screen.set_on(False)
        if self._settings is not None:
            self._settings.setValue("geometry", self.saveGeometry())
        # Hide immediately; pending writes may take a moment longer.
        self.hide()
        self.bridge.close()
        self.pixmaps.close()
        for page in self._pages:
            page.close_page()
        self.closed.emit()
        event.accept()

    def _share_details(self) -> None:
        """Open the details on the pages of photos as they were; one choice for both."""
        panels = (self.photos.details, self.photo.details)
        if self._settings is not None and self._settings.value("details") == "open":
            for panel in panels:
                panel.show()
        for panel in panels:
            panel.opened_changed.connect(self._keep_details)

    def _keep_details(self, is_open: bool) -> None:
        for panel in (self.photos.details, self.photo.details):
            if panel.is_open != is_open:
                panel.setVisible(is_open)
        if self._settings is not None:
            self._settings.setValue("details", "open" if is_open else "closed")

    def _restore_geometry(self) -> None:
        stored = self._settings.value("geometry") if self._settings is not None else None
        if not isinstance(stored, QByteArray) or not self.restoreGeometry(stored):
            theme.resize(self, 1180, 760)
