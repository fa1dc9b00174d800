"""Photos page: a large grid by month, of all photos, a folder, an album, or a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import FolderId, PhotoId
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.list_orders import ListOrders
from facesorter.gui.base.menus import ContextMenu, Menu
from facesorter.gui.base.page import Page
from facesorter.gui.base.page_header import ROOM_FOR_TOOLS, PageHeader, SecondaryLabel
from facesorter.gui.base.places import (
    ALBUM,
    FAVOURITES,
    FOUND,
    PHOTOS,
    TAG,
    THIS_DAY,
    album_of,
    folder_key,
    tag_of,
)
from facesorter.gui.base.tool_button import MenuButton, tool_button
from facesorter.gui.grid.layout import Section
from facesorter.gui.grid.photo_delegate import PHOTO_TILE, PhotoDelegate
from facesorter.gui.grid.photo_model import PhotoModel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.grid.year_bar import YearBar
from facesorter.gui.grid.zoom_slider import ZoomSlider
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photos.folder_bar import FolderBar, Part
from facesorter.gui.photos.nothing_found import NothingFound
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.gui.widgets.photo_details import PhotoDetailsPanel
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photo_menu import MOST_COMPARED, PhotoActs, fill
from facesorter.gui.widgets.photos_view import PhotosView
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.gui.widgets.search_field import SearchField
from facesorter.library import folder_tree

WIDE: Final = 860
"""Width from which there is room for the text of the button next to the search field."""


class PhotosPage(Page):
    """Page with a grid of photos."""

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
        files: PhotoFiles,
        places: PlaceActions,
        options: FolderOptions,
        orders: ListOrders,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._acts, self._places = acts, places
        self._options, self._orders = options, orders
        options.photos_changed.connect(self._read_folder_again)
        self.model = PhotoModel(bridge, self)
        self.tags = LabelBar(bridge, pixmaps, Kind.TAG)
        self.albums = LabelBar(bridge, pixmaps, Kind.ALBUM)
        for bar in (self.tags, self.albums):
            acts.serve(bar)
            bar.closed.connect(self._focus_photos)
        self.view = PhotosView(tile=PHOTO_TILE)
        self.view.setModel(self.model)
        self.view.setItemDelegate(PhotoDelegate(pixmaps, self.view))
        self.view.setAccessibleName(translate("Photos", "Photos"))
        self.view.opened.connect(self._open)
        self.view.star_wanted.connect(self.star_selected)
        self.view.tags_wanted.connect(lambda: self._ask(self.tags))
        self.view.albums_wanted.connect(lambda: self._ask(self.albums))
        self.view.place_wanted.connect(self._ask_place)
        self.view.delete_wanted.connect(self._delete)
        self.view.rotate_wanted.connect(self.rotate_selected)
        self.view.compare_wanted.connect(self.compare)
        self.view.slideshow_wanted.connect(self.play)
        self.details = PhotoDetailsPanel(bridge, acts)
        self.details.closed.connect(self._on_details_closed)
        self.view.details_wanted.connect(self.toggle_details)
        self.view.rated.connect(lambda given: acts.rate(self.view.whole_ids(), given))
        self._stacks = acts.stacks
        acts.stacks.serve(self.view)
        self.view.selection_changed.connect(self._follow_selection)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.files_of = files.dragged
        self._photo_files = files
        self._files = files.actions(self.view, self.view.selected_ids, self.view.whole_ids)
        self.header = PageHeader(translate("Photos", "Photos"))
        self.field = SearchField(bridge)
        self.field.searched.connect(self._search)
        self.field.left.connect(self._focus_photos)
        self.save = QToolButton()
        self.save.setText(translate("Photos", "Save as Smart Album"))
        self.save.setToolTip(translate("Photos", "Save this search in the sidebar"))
        self.save.setAccessibleName(self.save.text())
        self.save.setMinimumSize(theme.TARGET, theme.TARGET)
        icons.put(self.save, "content-save-outline")
        self.save.clicked.connect(lambda: acts.save_search(self.field.text().strip()))
        self.save.hide()
        self.slides = tool_button(
            "play-box-outline", "▶", keys.tip(translate("Photos", "Slideshow"), Shortcut.PLAY)
        )
        self.slides.clicked.connect(self.play)
        self.sort = MenuButton(translate("Photos", "Sort Photos"))
        icons.put(self.sort, "sort-variant")
        self.sort.setMenu(self._sort_menu())
        self.slider = ZoomSlider(self.view)
        self.header.row.addWidget(self.field, 4)
        self.header.row.addWidget(self.save)
        self.header.row.addWidget(self.sort)
        self.header.row.addWidget(self.slides)
        self.header.row.addWidget(self.slider)
        self.nothing = NothingFound()
        self.nothing.replaced.connect(self._replace)
        self.body = QStackedWidget()
        self.body.addWidget(self.view)
        self.body.addWidget(self.nothing)
        self.empty = SecondaryLabel()
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(4 * theme.GRID)
        self.body.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        self.folder_bar = FolderBar(options)
        self.folder_bar.path.wanted.connect(self.place_wanted)
        self.folder_bar.hide()
        column.addWidget(self.folder_bar)
        column.addWidget(self.tags)
        column.addWidget(self.albums)
        self.years = YearBar(self.view, to_scale=True)
        self._grid = QWidget()
        beside = QHBoxLayout(self._grid)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.body, 1)
        beside.addWidget(self.years)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._grid, 1)
        row.addWidget(self.details)
        column.addLayout(row, 1)
        self.folder_id: FolderId | None = None
        self.folder_place = ""
        """Place in the watched folder; see `library.folder_tree`."""
        self._wanted: set[PhotoId] = set()
        """Photos to select once they are listed."""
        self.collection = ""
        """Sidebar key of the visible album, tag or favorites; "" for folders."""
        self._smart: str | None = None
        """The visible smart album's search."""
        self._title = ""
        self._started = False
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(self._arrange)
        self._arranged: Sequence[tuple[int, str]] | None = None
        """The months by which the photos are arranged."""
        self._read = False
        """Whether the photos have been read: before that, an empty grid has no meaning."""
        self.model.loaded.connect(self._note_read)
        self.model.loaded.connect(self.listening_changed)

    @property
    def place(self) -> str:
        """The sidebar entry of the visible photos."""
        if self.collection or self.folder_id is None:
            return self.collection or PHOTOS
        return folder_key(self.folder_id, self.folder_place)

    def show_all(self) -> None:
        """Show all photos."""
        self._show_folder(None, "", translate("Photos", "Photos"))

    def show_favourites(self) -> None:
        """Show the favorites."""
        self.show_collection(FAVOURITES, translate("Photos", "Favorites"))

    def show_folder(self, folder_id: FolderId, place: str, name: str) -> None:
        """Show a folder's photos; no effect if already shown. ``name`` is the watched one's."""
        parts = [
            Part(folder_tree.place_name(each) or name, folder_key(folder_id, each))
            for each in folder_tree.parents(place)
        ]
        self.folder_bar.path.set_parts(parts)
        self._show_folder(folder_id, place, parts[-1].name)

    def enclosing_folder(self) -> str | None:
        """Return the key of the folder that contains the one shown; None without one."""
        parts = self.folder_bar.path.parts
        shown = self.folder_id is not None and not self.searching
        return parts[-2].key if shown and len(parts) > 1 else None

    def select(self, ids: Iterable[PhotoId]) -> None:
        """Select photos and scroll to them, once they are listed."""
        self._wanted = set(ids)
        if self.model.is_loaded:
            self._select_wanted()

    def _select_wanted(self) -> None:
        rows = self.model.rows_of(self.model.all_shown_as(self._wanted))
        self._wanted = set()
        self.view.select_rows(rows)
        # For what comes next, such as a key that marks them.
        self.view.setFocus()

    def _show_folder(self, folder_id: FolderId | None, place: str, title: str) -> None:
        self._title = title
        same = (folder_id, place) == (self.folder_id, self.folder_place) and not self.collection
        if self._started and same and not self.searching:
            return
        self._started, self.collection, self._smart = True, "", None
        self.folder_id, self.folder_place = folder_id, place
        self.field.forget()
        self._read_all()

    def _read_folder_again(self) -> None:
        if self.folder_id is not None and not self.searching:
            self._read_all()

    def show_collection(self, key: str, title: str, smart: str | None = None) -> None:
        """Show an album, a tag or the favorites by sidebar key; ``smart`` is a search."""
        self._title = title
        if key == self.collection and smart == self._smart and not self.searching:
            self.header.title.setText(title)
            return
        self._started, self.folder_id, self.collection, self._smart = True, None, key, smart
        self.folder_place = ""
        self.field.forget()
        self._read_all()

    @property
    def searching(self) -> bool:
        """Whether the page shows search results."""
        return bool(self.field.text().strip())

    def start_search(self) -> None:
        """Move keyboard focus to the search field."""
        self.field.setFocus()
        self.field.selectAll()

    def cancel(self) -> bool:
        """Clear the search; False if there is none."""
        if not self.searching:
            return False
        self.field.clear()
        self._focus_photos()
        return True

    @property
    def listening(self) -> bool:
        return self.model.is_loaded

    def zoom(self, steps: int) -> None:
        self.view.zoom(steps)

    def set_active(self, active: bool) -> None:
        self.model.set_active(active)
        if active:
            self._focus_photos()
            # The details may have been opened in the viewer meanwhile.
            self._follow_selection()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # At 200 % the field needs the room; Ctrl and + also resizes the pictures.
        self.slider.setVisible(self.width() >= ROOM_FOR_TOOLS)
        self.slides.setVisible(self.width() >= ROOM_FOR_TOOLS)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if self.width() < WIDE:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly
        self.save.setToolButtonStyle(style)
        self._make_room()

    # Order.

    @property
    def _order_key(self) -> str:
        """The list shown, as `ListOrders` knows it."""
        return FOUND if self.searching else self.collection or PHOTOS

    @property
    def _oldest(self) -> bool:
        return self._orders.is_oldest_first(self._order_key)

    def _sort_menu(self) -> Menu:
        menu = Menu(self)
        group = QActionGroup(menu)
        for text, oldest in (
            (translate("Photos", "Newest First"), False),
            (translate("Photos", "Oldest First"), True),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.triggered.connect(lambda _=False, oldest=oldest: self._sort(oldest))
        newest, oldest_first = menu.actions()
        menu.aboutToShow.connect(
            lambda: (oldest_first if self._oldest else newest).setChecked(True)
        )
        return menu

    def _sort(self, oldest: bool) -> None:
        """Show the listed photos in another order, from the top."""
        if oldest == self._oldest:
            return
        self._orders.set_oldest_first(self._order_key, oldest)
        self.view.verticalScrollBar().setValue(0)
        if self.searching:
            self.model.show_search(self.field.text().strip(), oldest=oldest)
        else:
            self._read_all()

    def _open(self, photo_id: PhotoId) -> None:
        self.photo_wanted.emit(photo_id, list(self.model.ids))

    def _search(self, text: str) -> None:
        if not text:
            self._read_all()
            return
        self.header.title.setText(translate("Photos", "Search"))
        self.folder_bar.hide()
        self.save.show()
        self.sort.show()
        # Results start at the top, regardless of the scroll position among all photos.
        self.view.verticalScrollBar().setValue(0)
        self.model.show_search(text, oldest=self._oldest)

    def _read_all(self) -> None:
        self.header.title.setText(self._title)
        self.save.hide()
        self.folder_bar.setVisible(self.folder_id is not None)
        # The bar of a folder has its own.
        self.sort.setVisible(self.folder_id is None)
        self._read = False
        oldest = self._oldest
        self.body.setCurrentWidget(self.view)
        if self._smart is not None:
            self.model.show_search(self._smart, oldest=oldest)
        elif self.collection.startswith(ALBUM):
            self.model.show_collection(album_id=album_of(self.collection), oldest=oldest)
        elif self.collection.startswith(TAG):
            self.model.show_collection(tag_id=tag_of(self.collection), oldest=oldest)
        elif self.collection == FAVOURITES:
            self.model.show_collection(favourite=True, oldest=oldest)
        elif self.folder_id is not None:
            deep, order = self._options.deep, self._options.photo_order
            self.model.show_folder(self.folder_id, self.folder_place, deep=deep, order=order)
        else:
            self.model.show_all(oldest=oldest)

    # Viewing.

    def came_back(self, photo_id: int) -> None:
        self.view.reveal(self.model.shown_as(PhotoId(photo_id)))

    def open_current(self) -> bool:
        photo_id = self.view.current_id()
        if photo_id is not None:
            self._open(photo_id)
        return photo_id is not None

    def play(self) -> None:
        """Play the selected photos, or all from the current one if fewer than two are selected."""
        ids, start = self.view.several_or_all(), self.view.current_id()
        if ids:
            self.slideshow_wanted.emit(start if start in ids else 0, ids)

    def compare(self) -> None:
        """Show the selected photos side by side."""
        ids = self.view.selected_ids()
        if len(ids) >= 2:
            self.compare_wanted.emit(ids)

    def rotate_selected(self, degrees: int) -> None:
        """Rotate the selected photos for viewing."""
        self._acts.rotate(self.view.whole_ids(), degrees)

    # Tags, albums, favorites.

    def star_selected(self) -> None:
        """Add the selected photos to the favorites, or remove them if all are."""
        self._acts.toggle_star(self.view.whole_ids())

    def _delete(self) -> None:
        """Remove the selected photos from the visible album or tag, else move them to the trash."""
        if self._is_collection:
            self.remove_selected()
        else:
            ids, stacked = self.view.whole_ids(), self.view.has_folded()
            self._photo_files.ask_to_trash(ids, stacked=stacked)

    @property
    def _is_collection(self) -> bool:
        """Whether an album, a tag or the favorites are shown, from which photos can be removed."""
        return bool(self.collection) and self._smart is None and not self.searching

    def remove_selected(self) -> None:
        """Remove the selected photos from the visible album or tag."""
        ids = self.view.whole_ids()
        if not ids or not self._is_collection:
            return
        if self.collection.startswith(ALBUM):
            self._acts.remove_from_album(album_of(self.collection), ids)
        elif self.collection.startswith(TAG):
            self._acts.untag(ids, tag_of(self.collection))
        elif self.collection == FAVOURITES:
            self._acts.star(ids, False)

    def _ask_place(self) -> None:
        self._places.ask(self.view.whole_ids())

    def _ask(self, bar: LabelBar) -> None:
        for other in (self.tags, self.albums):
            if other is not bar:
                other.hide()
        bar.ask(self.view.whole_ids())

    def toggle_details(self) -> None:
        """Open or close the details of the selected photos."""
        self.details.toggle(self.view.selected_ids(), self._grid, self.width())

    def _on_details_closed(self) -> None:
        self._make_room()
        self._focus_photos()

    def _make_room(self) -> None:
        self.details.share_room(self._grid, self.width())

    def _follow_selection(self) -> None:
        if self.details.is_open:
            self.details.show_photos(self.view.selected_ids(), soon=True)
        for bar in (self.tags, self.albums):
            # First, because reading 100,000 selected ids takes longer than a frame.
            if bar.is_open and (ids := self.view.whole_ids()) and ids != bar.ids:
                bar.set_ids(ids)

    def menu(self) -> QMenu:
        """Create the menu of the selected photos."""
        ids, whole = self.view.selected_ids(), self.view.whole_ids()
        rows = map(self.model.row, self.view.selected_rows())
        repeating = all(row.photo.repeats for row in rows if row is not None)
        rows = map(self.model.row, self.view.selected_rows())
        starred = all(row.photo.favourite for row in rows if row is not None)
        acts = PhotoActs(
            open=(lambda: self._open(ids[0])) if len(ids) == 1 else None,
            slideshow=self.play,
            compare=self.compare if 2 <= len(ids) <= MOST_COMPARED else None,
            star=self.star_selected,
            starred=starred,
            tags=lambda: self._ask(self.tags),
            albums=lambda: self._ask(self.albums),
            place=self._ask_place,
            on_map=lambda: self._places.show_on_map(whole),
            rate=lambda stars: self._acts.rate(whole, stars),
            details=self.toggle_details,
            rotate=self.rotate_selected,
            stack=self._stacks.of_selected(self.view),
            repeats=(repeating, lambda wanted: self._acts.set_collage(whole, wanted)),
            files=self._files,
            trash_by_key=not self._is_collection,
            remove_from_collection=(self._title, self.remove_selected)
            if self._is_collection
            else None,
        )
        return fill(ContextMenu(self), acts)

    def _show_menu(self, at: QPoint) -> None:
        if self.view.has_selection():
            self.menu().popup(self.view.viewport().mapToGlobal(at))

    def _replace(self, before: str, after: str) -> None:
        """Replace a mistyped word and repeat the search."""
        self.field.set_search(self.field.text().replace(before, after))
        self.field.setFocus()

    def _focus_photos(self) -> None:
        if self.body.currentWidget() is self.view:
            self.view.setFocus()
            if self.searching and not self.view.has_selection():
                # The tile with the focus frame is the one that keys act on.
                self.view.select_row(max(0, self.view.currentIndex().row()))

    def _arrange(self) -> None:
        n = self.model.rowCount()
        self._arranged = self.model.months
        self.header.note.setText(words.number(self.model.count) if n else "")
        self.slides.setEnabled(n > 0)
        if self.collection == THIS_DAY and not self.searching:
            headings = [
                Section(row, words.year_ago(month[:4]))
                for row, month in self.model.months
                if row < n and month
            ]
        else:
            headings = [each for each in self.model.headings if each.start < n]
        self.view.set_sections(headings)
        years: dict[str, int] = {}
        for row, month in self.model.months:
            if row < n and month:
                years.setdefault(month[:4], row)
        self.years.set_years([(row, year) for year, row in years.items()])
        self._show_body()

    def _show_body(self) -> None:
        """Show the photos, or why there are none."""
        # What can't be searched for would be an album that never shows anything.
        self.save.setEnabled(self.model.error is None)
        if self.model.rowCount():
            self.body.setCurrentWidget(self.view)
        elif self.searching or (self._smart is not None and self.model.error is not None):
            self.nothing.show_reason(self.field.text().strip(), self.model.error)
            self.body.setCurrentWidget(self.nothing)
        elif self.collection or self._read:
            self.empty.setText(self._why_empty())
            self.body.setCurrentWidget(self.empty)
        else:
            self.body.setCurrentWidget(self.view)

    def _note_read(self) -> None:
        self._read = True
        if self._arranged is self.model.months:
            self._show_body()
        else:
            # Photos may have other dates in the same order.
            self._arrange()
        if self._wanted:
            self._select_wanted()

    def _why_empty(self) -> str:
        if not self.collection and self.folder_id is None:
            return translate("Photos", "No photos yet. They’ll appear as your folders are scanned.")
        if not self.collection and not self._options.deep:
            return translate(
                "Photos",
                "There are no photos in this folder itself. Turn on With Subfolders to see those "
                "in its subfolders.",
            )
        if not self.collection:
            return translate("Photos", "There are no photos in this folder.")
        if self._smart is not None:
            text = translate("Photos", "No photos match “{search}”.")
            return text.format(search=self._smart)
        if self.collection == FAVOURITES:
            return translate("Photos", "Photos that you mark with F or * appear here.")
        if self.collection.startswith(TAG):
            return translate(
                "Photos",
                "No photos have this tag yet. Drag photos onto it, or select photos and press T.",
            )
        return translate(
            "Photos", "This album is empty. Drag photos onto it, or select photos and press A."
        )
