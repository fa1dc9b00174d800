"""Connects albums, tags and favorites of library, sidebar and photos page. Thread: GUI."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

from PySide6.QtCore import QObject, Signal, SignalInstance

from facesorter.domain import Album, Changes, PhotoId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.list_orders import ListOrders
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.base.places import FAVOURITES
from facesorter.gui.i18n import words
from facesorter.gui.photos.page import PhotosPage
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.window.sidebar import Sidebar
from facesorter.library import queries
from facesorter.library.decisions import labels
from facesorter.library.decisions.labels import TagsAndAlbums
from facesorter.library.search import search
from facesorter.library.search.terms import ON_THIS_DAY

REFRESH_MS: Final = 5000
"""Minimum time between two counts during background work: each takes 0.2 s in a library of 250,000
photos, during which the lists of photos wait. User changes are shown at once.
"""


def _count(conn: Connection, spoken: dict[str, int | str]) -> dict[int, int | None]:
    """Count the photos of each smart album, and at 0 of *On This Day*.

    Thread: slow query, since each is a search.
    """
    smart = {
        album.id: album.search
        for album in labels.tags_and_albums(conn).albums
        if album.search is not None
    }
    return {
        key: search.count(conn, text, spoken) for key, text in ({0: ON_THIS_DAY} | smart).items()
    }


class CollectionsReader(QObject):
    """Re-reads albums, tags and favorites when they may have changed.

    Signals:
        read: the existing albums, tags and favorites with their photo counts.
        counted: number of photos in each smart album, None if its search is no longer valid; and
            at 0 that of *On This Day*.
    """

    read = Signal(object)
    counted = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reading: LiveQuery[TagsAndAlbums] = LiveQuery(
            bridge, lambda: bridge.query(labels.tags_and_albums), self._take, REFRESH_MS, self
        )
        self._counting: LiveQuery[dict[int, int | None]] = LiveQuery(
            bridge,
            lambda: bridge.query_slow(_count, words.spoken()),
            self.counted.emit,
            REFRESH_MS,
            self,
        )
        bridge.opened.connect(self._reading.now)
        bridge.changed.connect(self._on_changed)

    def _take(self, collections: TagsAndAlbums) -> None:
        self.read.emit(collections)
        if self._counting.reading:
            self._counting.soon()
        else:
            self._counting.now()

    def _on_changed(self, changes: Changes) -> None:
        if changes.shelves or changes.marked:
            self._reading.now()
        elif changes.photos or changes.faces or changes.persons or changes.folders:
            self._reading.soon()


class Collections(QObject):
    """Lists albums and tags in the sidebar, and shows their photos.

    Signals:
        shown: the photos page shows an album or a tag and should become visible.
        gone: the album or tag shown on the photos page no longer exists.
        play_wanted: photos to play.
        export_wanted: photos to export.
    """

    shown = Signal()
    gone = Signal()
    play_wanted = Signal(list)
    export_wanted = Signal(list)

    def __init__(
        self,
        bridge: Bridge,
        sidebar: Sidebar,
        photos: PhotosPage,
        acts: LabelActions,
        orders: ListOrders,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._sidebar, self._photos = bridge, sidebar, photos
        self._orders = orders
        self.reader = CollectionsReader(bridge, self)
        self.reader.read.connect(self._take)
        self.reader.counted.connect(sidebar.set_smart_counts)
        sidebar.collection_wanted.connect(self.go)
        sidebar.play_wanted.connect(lambda key: self._with_photos(key, self.play_wanted))
        sidebar.export_wanted.connect(lambda key: self._with_photos(key, self.export_wanted))
        sidebar.renamed.connect(acts.rename)
        sidebar.deleted.connect(acts.delete)
        sidebar.photos_dropped.connect(acts.drop)
        acts.made.connect(self._name)

    def go(self, key: str) -> None:
        """Show the photos of an album or a tag by its sidebar key."""
        if self._show(key):
            self.shown.emit()

    def _with_photos(self, key: str, wanted: SignalInstance) -> None:
        """Emit a signal with the photos of an album, a tag or such as listed, if there are any."""
        found = self._sidebar.collection(key)
        if isinstance(found, Album) and found.search is not None:
            ids = self._bridge.query(search.photo_ids, found.search, words.spoken())
        elif isinstance(found, Album):
            ids = self._bridge.query(queries.photo_ids, album_id=found.id)
        elif found is not None:
            ids = self._bridge.query(queries.photo_ids, tag_id=found.id)
        else:
            ids = self._bridge.query(queries.photo_ids, favourite=True)

        def go(photos: list[PhotoId]) -> None:
            if photos:
                wanted.emit(photos)

        def sort(photos: list[PhotoId]) -> None:
            if self._orders.is_oldest_first(key):
                oldest = self._bridge.query(queries.oldest_first, photos)
                self._bridge.then(oldest, go, owner=self)
            else:
                go(photos)

        self._bridge.then(ids, sort, owner=self)

    def _show(self, key: str) -> bool:
        found = self._sidebar.collection(key)
        if found is not None:
            smart = found.search if isinstance(found, Album) else None
            self._photos.show_collection(key, found.name, smart)
        return found is not None

    def _take(self, collections: TagsAndAlbums) -> None:
        self._sidebar.set_collections(collections)
        key = self._photos.collection
        # Renamed, or its search was changed: update the page.
        if key not in ("", FAVOURITES) and not self._photos.searching and not self._show(key):
            self.gone.emit()

    def _name(self, key: str) -> None:
        """Start naming a newly created album once the sidebar lists it."""

        def listed(collections: TagsAndAlbums) -> None:
            self._sidebar.set_collections(collections)
            self._sidebar.rename(key)

        self._bridge.then(self._bridge.query(labels.tags_and_albums), listed, owner=self)
