"""Sidebar: pages with their badges, albums, tags, the folders below, and Add Folder…."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Album, AlbumId, Folder, Tag
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.places import (
    ALBUM,
    DATES,
    DUPLICATES,
    FAVOURITES,
    FOLDER,
    MAP,
    NEW_ALBUM,
    PEOPLE,
    PHOTOS,
    PLACES,
    REVIEW,
    TAG,
    THIS_DAY,
    UNKNOWN,
)
from facesorter.gui.base.tool_button import MenuButton
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.folder_list import FolderPanel
from facesorter.gui.window.folder_model import FolderModel
from facesorter.gui.window.sidebar_entries import (
    BADGE,
    DROP,
    HINT,
    ICON,
    KEY,
    EntryList,
)
from facesorter.gui.window.width_grip import WidthGrip
from facesorter.library.decisions.labels import TagsAndAlbums
from facesorter.library.search.terms import ON_THIS_DAY

WIDTH: Final = 224
NARROW_WIDTH: Final = 176
"""Width of the sidebar in a small window."""
WIDEST: Final = 480
"""Width up to which the user can drag the sidebar; never more than half of the window."""
FOLDERS_SHARE: Final = 0.45
"""Share of the height that folders may take before pages, albums and tags scroll: leaves room for
a tree of years in a window of 800 px, and for the pages in one of 512 px."""


class Sidebar(QWidget):
    """Navigation list of the window.

    Signals:
        page_wanted: the key of a page, such as `PHOTOS`.
        folder_wanted: the key of a folder.
        collection_wanted: the key of an album or a tag.
        renamed: the key of an album or a tag, and its new name.
        deleted: the key of an album or a tag to delete.
        photos_dropped: the key of the drop target, or `NEW_ALBUM`, and the photos.
        add_wanted: add folders.
        play_wanted: the key of an album, a tag or such whose photos to play.
        export_wanted: the key of one whose photos to export.
        folder_menu_wanted: the key of the folder whose menu to show, and where on the screen.
    """

    page_wanted = Signal(str)
    folder_wanted = Signal(str)
    collection_wanted = Signal(str)
    renamed = Signal(str, str)
    deleted = Signal(str)
    photos_dropped = Signal(str, object)
    add_wanted = Signal()
    play_wanted = Signal(str)
    export_wanted = Signal(str)
    folder_menu_wanted = Signal(str, QPoint)

    def __init__(
        self, bridge: Bridge, options: FolderOptions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._wide = True
        self._options = options
        self.grip = WidthGrip(self)
        self.grip.dragged.connect(self._resize)
        self.grip.reset.connect(lambda: self._resize(WIDTH))
        self._folders: list[Folder] = []
        self._collections = TagsAndAlbums()
        self._smart: dict[int, int | None] = {}
        self.list = EntryList(self)
        self.list.setAccessibleName(translate("Sidebar", "Pages, albums, and tags"))
        theme.slim(self.list)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.currentItemChanged.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.list.itemChanged.connect(self._rename)
        self.list.photos_dropped.connect(self.photos_dropped)
        self._photos = self._entry(translate("Sidebar", "Photos"), PHOTOS, "image-multiple-outline")
        self._favourites = self._entry(
            translate("Sidebar", "Favorites"), FAVOURITES, "star-outline", drop=True
        )
        self._people = self._entry(translate("Sidebar", "People"), PEOPLE, "account-group-outline")
        self._review = self._entry(
            translate("Sidebar", "Review"), REVIEW, "account-question-outline"
        )
        self._entry(translate("Sidebar", "Unknown Faces"), UNKNOWN, "face-man-outline")
        self._entry(translate("Sidebar", "Face Map"), MAP, "scatter-plot-outline")
        self._entry(translate("Sidebar", "Places"), PLACES, "earth")
        self._entry(translate("Sidebar", "Duplicates"), DUPLICATES, "content-copy")
        self._dates = self._entry(
            translate("Sidebar", "Dates to Check"), DATES, "calendar-question"
        )
        self._pages = self.list.count()
        self.add = QPushButton(translate("Sidebar", "Add Folder…"))
        self.add.setMinimumHeight(theme.TARGET)
        self.add.clicked.connect(self.add_wanted)
        icons.put(self.add, "plus")
        self.more = MenuButton(translate("Sidebar", "More"))
        self.folders = FolderPanel(FolderModel(bridge, options, self), options)
        self.folders.view.folder_wanted.connect(self._go_to_folder)
        self.folders.view.customContextMenuRequested.connect(self._show_folder_menu)
        for change in (
            self.folders.view.folders.rowsInserted,
            self.folders.view.folders.rowsRemoved,
        ):
            change.connect(self._divide)
        self.folders.hide()
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        foot.addWidget(self.add, 1)
        foot.addWidget(self.more)
        self._foot = foot
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.list)
        column.addWidget(self.folders, 1)
        column.addStretch(0)
        column.addLayout(foot)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            # Icons arrive after the first paint and also need room.
            self.fit(wide=self._wide)
        return handled

    def fit(self, *, wide: bool) -> None:
        """Shrink in a narrow window, but never below the width of the button in any language."""
        self._wide = wide
        layout = self.layout()
        least = max(NARROW_WIDTH, layout.minimumSize().width() if layout is not None else 0)
        most = min(WIDEST, self.window().width() // 2)
        width = min(self._options.sidebar_width or WIDTH, most) if wide else NARROW_WIDTH
        self.setFixedWidth(max(width, least))
        self.grip.setVisible(wide)

    def _resize(self, width: int) -> None:
        self._options.sidebar_width = min(WIDEST, max(NARROW_WIDTH, width))
        self.fit(wide=self._wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.grip.follow()
        self._divide()

    def _divide(self) -> None:
        """Give the open folders the room they need, up to their share; the list above scrolls."""
        wanted = whole = self.list.sizeHint().height()
        if self._folders:
            room = self.height() - self._foot.sizeHint().height() - 4 * theme.GRID
            folders = min(self.folders.full_height(), int(room * FOLDERS_SHARE))
            wanted = min(wanted, max(self.list.minimumSizeHint().height(), room - folders))
            if wanted < whole:
                # No entry is cut in the middle.
                wanted -= wanted % self.list.sizeHintForRow(0)
        self.list.setMaximumHeight(wanted)
        self.list.updateGeometry()

    def set_collections(self, collections: TagsAndAlbums) -> None:
        """List albums and tags."""
        if collections == self._collections:
            return
        self._collections = collections
        self._rebuild()
        n = collections.favourites
        self._badge(self._favourites, n, translate("Sidebar", "%Ln favorite photo(s)", "", n))

    def set_smart_counts(self, counts: dict[int, int | None]) -> None:
        """Show the photo counts of smart albums."""
        if counts != self._smart:
            self._smart = counts
            self._rebuild()

    def set_people(self, people: int) -> None:
        """Show the number of people, as their page does."""
        self._people.setData(BADGE, words.number(people) if people else "")
        tip = translate("Sidebar", "%Ln person(s)", "", people)
        self._people.setToolTip(tip)
        self._people.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._people.text()}, {tip}")

    def set_questions(self, waiting: int) -> None:
        """Show the number of pending questions."""
        self._review.setData(BADGE, words.number(waiting) if waiting else "")
        tip = (
            translate("Sidebar", "%Ln question(s)", "", waiting)
            if waiting
            else translate("Sidebar", "No questions")
        )
        self._review.setToolTip(tip)
        self._review.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._review.text()}, {tip}")

    def set_dates_to_check(self, photos: int) -> None:
        """Show the number of photos whose date is doubtful."""
        tip = words.photos(photos) if photos else translate("Sidebar", "No dates to check")
        self._badge(self._dates, photos, tip)

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """List the watched folders."""
        if list(folders) != self._folders:
            fewer_or_more = bool(folders) != bool(self._folders)
            self._folders = list(folders)
            self.folders.view.folders.set_folders(folders)
            self.folders.setVisible(bool(folders))
            if fewer_or_more:
                self._rebuild()

    def collection(self, key: str) -> Album | Tag | None:
        """Return the album or tag with a key, or None."""
        known: Sequence[Album | Tag] = ()
        if key == THIS_DAY:
            return Album(AlbumId(0), translate("Sidebar", "On This Day"), ON_THIS_DAY)
        if key.startswith(ALBUM):
            known = self._collections.albums
        elif key.startswith(TAG):
            known = self._collections.tags
        return next((each for each in known if str(each.id) == key.partition(":")[2]), None)

    def rename(self, key: str) -> bool:
        """Start inline renaming of an album or a tag; False if there is none."""
        item = self._item(key)
        if item is None or not key.startswith((ALBUM, TAG)):
            return False
        self.list.blockSignals(True)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.list.blockSignals(False)
        self.list.scrollToItem(item)
        self.list.editItem(item)
        return True

    def _rebuild(self) -> None:
        if self.list.state() == EntryList.State.EditingState:
            # Don't remove an editor in use: the list is rebuilt when editing ends.
            delegate = self.list.itemDelegate()
            delegate.closeEditor.connect(
                self._rebuild,
                Qt.ConnectionType(
                    Qt.ConnectionType.QueuedConnection.value
                    | Qt.ConnectionType.UniqueConnection.value
                ),
            )
            return
        chosen, bar = self.current_key(), self.list.verticalScrollBar()
        scrolled = bar.value()
        self.list.blockSignals(True)
        while self.list.count() > self._pages:
            self.list.takeItem(self._pages)
        if self._folders:
            self._list_albums()
            self._list_tags()
        self._divide()
        self.list.blockSignals(False)
        self.mark(chosen)
        bar.setValue(scrolled)

    def _list_albums(self) -> None:
        collections = self._collections
        self._heading(translate("Sidebar", "Albums"), NEW_ALBUM)
        if n := self._smart.get(0):
            item = self._entry(translate("Sidebar", "On This Day"), THIS_DAY, "calendar")
            self._badge(item, n, words.photos(n))
            item.setToolTip(translate("Sidebar", "Photos taken on this day in earlier years"))
        if not collections.albums:
            self._hint(translate("Sidebar", "Drag photos here"), NEW_ALBUM)
        for album in collections.albums:
            smart = album.search is not None
            item = self._entry(
                album.name,
                f"{ALBUM}{album.id}",
                "image-filter-center-focus" if smart else "image-album",
                drop=not smart,
            )
            n = self._smart.get(album.id) if smart else collections.album_photos.get(album.id, 0)
            self._badge(item, n, words.photos(n or 0))
            if album.search is not None:
                tip = translate("Sidebar", "Smart album: {search}").format(search=album.search)
                item.setToolTip(tip)

    def _list_tags(self) -> None:
        collections = self._collections
        self._heading(translate("Sidebar", "Tags"))
        if not collections.tags:
            self._hint(translate("Sidebar", "Press T to tag photos"))
        for tag in collections.tags:
            item = self._entry(tag.name, f"{TAG}{tag.id}", "tag-outline", drop=True)
            n = collections.tag_photos.get(tag.id, 0)
            self._badge(item, n, words.photos(n))

    def mark(self, key: str) -> None:
        """Highlight the open page without navigating to it."""
        self.folders.view.mark(key if key.startswith(FOLDER) else "")
        self.list.blockSignals(True)
        if key.startswith(FOLDER):
            self.list.clearSelection()
        for at in range(self.list.count()):
            if self.list.item(at).data(KEY) == key:
                self.list.setCurrentRow(at)
        self.list.blockSignals(False)

    def current_key(self) -> str:
        """Return the key of the highlighted entry."""
        # The current item may not be selected: then a folder is.
        if chosen := self.list.selectedItems():
            return str(chosen[0].data(KEY))
        return self.folders.view.current_key() or PHOTOS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, what = self.current_key(), keys.shortcut(event)
        if what is Shortcut.NAME and event.key() == Qt.Key.Key_F2 and self.rename(key):
            return
        if what is Shortcut.REMOVE and key.startswith((ALBUM, TAG)):
            self.deleted.emit(key)
            return
        super().keyPressEvent(event)

    def _heading(self, text: str, drop: str = "") -> None:
        heading = QListWidgetItem(text, self.list)
        heading.setFlags(Qt.ItemFlag.ItemIsDropEnabled if drop else Qt.ItemFlag.NoItemFlags)
        heading.setData(DROP, drop)

    def _hint(self, sentence: str, drop: str = "") -> None:
        self._heading(sentence, drop)
        self.list.item(self.list.count() - 1).setData(HINT, True)

    def _badge(self, item: QListWidgetItem, n: int | None, tip: str) -> None:
        item.setData(BADGE, words.number(n) if n else "")
        item.setToolTip(f"{item.text()}: {tip}")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {tip}")

    def _item(self, key: str) -> QListWidgetItem | None:
        items = (self.list.item(at) for at in range(self.list.count()))
        return next((item for item in items if item.data(KEY) == key), None)

    def _entry(self, text: str, key: str, icon: str, *, drop: bool = False) -> QListWidgetItem:
        item = QListWidgetItem(text, self.list)
        item.setData(KEY, key)
        item.setData(ICON, icon)
        if drop:
            item.setData(DROP, key)
        return item

    def _rename(self, item: QListWidgetItem) -> None:
        key = item.data(KEY)
        if not (item.flags() & Qt.ItemFlag.ItemIsEditable) or not key:
            return
        found = self.collection(str(key))
        before = found.name if found is not None else ""
        after = " ".join(item.text().split())
        self.list.blockSignals(True)
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
        item.setText(before)
        self.list.blockSignals(False)
        if after and after != before:
            self.renamed.emit(str(key), after)

    def _go(self, item: QListWidgetItem | None, _previous: object = None) -> None:
        key = item.data(KEY) if item is not None else None
        if key in (PHOTOS, FAVOURITES, PEOPLE, REVIEW, UNKNOWN, MAP, PLACES, DUPLICATES, DATES):
            self.page_wanted.emit(key)
        elif key and key.startswith((ALBUM, TAG, THIS_DAY)):
            self.collection_wanted.emit(key)

    def _go_to_folder(self, key: str) -> None:
        self.list.blockSignals(True)
        self.list.clearSelection()
        self.list.blockSignals(False)
        self.folder_wanted.emit(key)

    def _show_folder_menu(self, at: QPoint) -> None:
        view = self.folders.view
        index = view.indexAt(at)
        if index.isValid():
            self.folder_menu_wanted.emit(str(index.data(KEY)), view.viewport().mapToGlobal(at))

    def _show_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        key = str(item.data(KEY) or "") if item is not None else ""
        menu = self.menu(key)
        if menu is not None:
            menu.popup(self.list.viewport().mapToGlobal(at))

    def menu(self, key: str) -> QMenu | None:
        """Create the menu of an album, a tag or such; None for other entries."""
        if not key.startswith((ALBUM, TAG, THIS_DAY, FAVOURITES)):
            return None
        menu = ContextMenu(self)
        playing = menu.addAction(translate("Sidebar", "Slideshow"))
        playing.triggered.connect(lambda: self.play_wanted.emit(key))
        exporting = menu.addAction(translate("Sidebar", "Export Photos…"))
        exporting.triggered.connect(lambda: self.export_wanted.emit(key))
        if key.startswith((ALBUM, TAG)):
            menu.addSeparator()
            renaming = menu.addAction(keys.with_key(translate("Sidebar", "Rename"), Shortcut.NAME))
            renaming.triggered.connect(lambda: self.rename(key))
            label = translate("Sidebar", "Delete Tag")
            if key.startswith(ALBUM):
                label = translate("Sidebar", "Delete Album (photos are kept)")
            deleting = menu.addAction(keys.with_key(label, Shortcut.REMOVE))
            deleting.triggered.connect(lambda: self.deleted.emit(key))
        return menu
