"""Places page: the map of all photos or a search, and the photos at the marker that was clicked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, PhotoId
from facesorter.errors import UserError
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.live_query import LiveQuery
from facesorter.gui.base.page import ZOOM_STEP, Page
from facesorter.gui.base.page_header import ROOM_FOR_TOOLS, PageHeader, SecondaryLabel
from facesorter.gui.base.places import PLACES
from facesorter.gui.grid.photo_delegate import PhotoDelegate
from facesorter.gui.grid.photo_model import PhotoModel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.grid_actions import GridActions
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photos_view import PhotosView
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.gui.widgets.search_field import SearchField
from facesorter.gui.world.view import WorldView
from facesorter.library import places, queries
from facesorter.library.search import search

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REFRESH_MS: Final = 2000
"""Minimum time between two reads during background work, each of which takes 0.2 s with 100,000
photos. User changes are shown at once."""
TILE: Final = 120
"""Side of the photos beside the map, logical px: two in a row."""
BESIDE: Final = 300
"""Width of these photos beside the map, or their height below it, logical px."""
WIDE: Final = 760
"""Width of the page from which there is room for them beside the map."""


class Located(NamedTuple):
    """Photos with a place, ready to be shown."""

    points: places.Points
    xy: NDArray[np.float64]
    photos: int
    """How many were looked at, with a place or not."""
    error: UserError | None
    """Why the search failed."""
    wanted: Sequence[PhotoId] = ()
    """Of those to show beside the map, the ones on it."""
    around: QRectF | None = None
    """Where these are on the map."""


def located(
    conn: sqlite3.Connection,
    text: str,
    spoken: dict[str, int | str],
    wanted: Sequence[PhotoId] = (),
) -> Located:
    """Find the photos of a search, or all, that have a place. Thread: query.

    ``wanted`` are photos to show beside the map.
    """
    from facesorter.geo.world import mercator

    failure: UserError | None = None
    ids: Sequence[PhotoId] = ()
    try:
        ids = search.photo_ids(conn, text, spoken) if text else queries.photo_ids(conn)
    except UserError as error:
        failure = error
    points = places.points(conn, ids)
    xy = mercator(points.latitude, points.longitude)
    found = Located(points, xy, len(ids), failure)
    if not wanted:
        return found
    there = {photo: row for row, photo in enumerate(points.photo_ids.tolist())}
    known = [each for each in wanted if each in there]
    some = xy[[there[each] for each in known]]
    if not known:
        return found
    low, high = some.min(axis=0).tolist(), some.max(axis=0).tolist()
    return found._replace(wanted=known, around=QRectF(QPointF(*low), QPointF(*high)))


class WorldPage(Page):
    """Page with the map of the world."""

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
        files: PhotoFiles,
        places: PlaceActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._active = False
        self._searched = ""
        self._wanted: list[PhotoId] = []
        """Photos to show beside the map once it is read."""
        self.found: Located | None = None
        """What the map shows; None before it was read."""
        self.map = WorldView(bridge, pixmaps)
        self.map.chosen.connect(self.show_photos)
        self._build_header()
        self._build_photos(pixmaps)
        self.grid = GridActions(self, self.photos, bridge, pixmaps, acts, files, places)
        self._beside: list[PhotoId] = []
        """Photos that were put beside the map, also those that went to the trash since."""
        self._trashed: set[PhotoId] = set()
        files.moved.connect(self._drop)
        files.put_back.connect(self._take_back)
        self._build_rest()
        self._reading: LiveQuery[Located] = LiveQuery(
            bridge,
            lambda: bridge.query(located, self._searched, words.spoken(), self._wanted),
            self._take,
            REFRESH_MS,
            self,
        )
        bridge.changed.connect(self._on_changed)

    def _build_header(self) -> None:
        self.header = PageHeader(translate("Places", "Places"))
        self.field = SearchField(self._bridge)
        self.field.searched.connect(self._search)
        self.field.left.connect(self.map.setFocus)
        self.header.row.addWidget(self.field, 4)
        self.tools: list[QToolButton] = []
        for text, icon, name, act in (
            ("−", "minus", translate("Map", "Smaller (−)"), lambda: self.zoom(-2)),
            ("+", "plus", translate("Map", "Larger (+)"), lambda: self.zoom(2)),
            ("▣", "fit-to-page-outline", translate("Map", "Zoom to fit (0)"), self.map.fit),
        ):
            tool = QToolButton()
            tool.setFixedSize(theme.TARGET, theme.TARGET)
            tool.setText(text)
            icons.put(tool, icon)
            tool.setAccessibleName(name)
            tool.setToolTip(name)
            tool.clicked.connect(lambda _checked=False, act=act: act())
            self.header.row.addWidget(tool)
            self.tools.append(tool)

    def _build_photos(self, pixmaps: PixmapStore) -> None:
        self.model = PhotoModel(self._bridge, self)
        self.photos = PhotosView(tile=TILE)
        self.photos.setModel(self.model)
        self.photos.setItemDelegate(PhotoDelegate(pixmaps, self.photos))
        self.photos.setAccessibleName(translate("Places", "Photos taken here"))
        self.photos.opened.connect(self._open)
        self.caption = QLabel()
        self.caption.setFont(theme.body_font(bold=True))
        self.close_photos = QToolButton()
        self.close_photos.setFixedSize(theme.TARGET, theme.TARGET)
        self.close_photos.setText("×")
        icons.put(self.close_photos, "close")
        self.close_photos.setAccessibleName(translate("Places", "Close"))
        self.close_photos.setToolTip(self.close_photos.accessibleName())
        self.close_photos.clicked.connect(lambda: self.show_photos([]))
        head = QHBoxLayout()
        head.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID // 2, theme.GRID // 2)
        head.addWidget(self.caption, 1)
        head.addWidget(self.close_photos)
        self.side = QWidget()
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.photos, 1)
        self.side.hide()

    def _build_rest(self) -> None:
        self.message = SecondaryLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMargin(4 * theme.GRID)
        self.credit = SecondaryLabel()
        self.credit.setFont(theme.caption_font())
        self.credit.setText(translate("Places", "Places: GeoNames · Map: Natural Earth"))
        self.credit.setContentsMargins(theme.GRID, 2, theme.GRID, 2)
        shown = QWidget()
        self.both = QBoxLayout(QBoxLayout.Direction.LeftToRight, shown)
        self.both.setContentsMargins(0, 0, 0, 0)
        self.both.setSpacing(0)
        self.both.addWidget(self.map, 1)
        self.both.addWidget(self.side)
        self.body = QStackedWidget()
        self.body.addWidget(shown)
        self.body.addWidget(self.message)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.grid.tags)
        column.addWidget(self.grid.albums)
        column.addWidget(self.body, 1)
        column.addWidget(self.credit)
        stops = (self.field, *self.tools, self.map, self.close_photos, self.photos)
        for one, other in pairwise(stops):
            self.setTabOrder(one, other)

    # Display.

    @property
    def place(self) -> str:
        return PLACES

    def start(self) -> None:
        """Show all photos."""
        self.field.forget()
        self._show("")

    def show_search(self, text: str) -> None:
        """Show the photos of a search."""
        self.field.set_search(text)

    def show_where(self, photo_ids: list[PhotoId]) -> None:
        """Show all photos, from near these, with these beside the map."""
        self.field.forget()
        self._show("", photo_ids)

    def zoom(self, steps: int) -> None:
        self.map.zoom(ZOOM_STEP**steps)

    def cancel(self) -> bool:
        """Close the photos beside the map, or clear the search; False if there is neither."""
        if self.side.isVisible():
            self.show_photos([])
            return True
        if self.field.text().strip():
            self.field.clear()
            return True
        return False

    def set_active(self, active: bool) -> None:
        self._active = active
        self.model.set_active(active)
        if active:
            self._reading.now()
            self.map.setFocus()

    def show_photos(self, ids: list[PhotoId]) -> None:
        """Show photos beside the map; none close them."""
        self.grid.close_bars()
        self._beside, self._trashed = list(ids), set()
        self._describe_side()
        if ids:
            self.model.show_ids(self._list_beside)
            self.photos.verticalScrollBar().setValue(0)

    def _list_beside(self) -> Future[list[PhotoId]]:
        answer: Future[list[PhotoId]] = Future()
        answer.set_result([each for each in self._beside if each not in self._trashed])
        return answer

    def _describe_side(self) -> None:
        """Open the side where the photos are, or close it if there are none."""
        n = len(self._list_beside().result())
        self.caption.setText(words.photos(n))
        self.side.setVisible(n > 0)
        if not n:
            self.map.select(None)
            if self._active:
                self.map.setFocus()

    def _search(self, text: str) -> None:
        self._show(text)

    def _show(self, text: str, wanted: Sequence[PhotoId] = ()) -> None:
        self._searched, self._wanted = text, list(wanted)
        self.show_photos([])
        self.map.fit_next()
        self._reading.cancel()
        self._reading.now()

    def _on_changed(self, changes: Changes) -> None:
        if not self._active or not (changes.photos or changes.folders or changes.marked):
            return
        if changes.decided:
            self._reading.now()
        else:
            self._reading.soon()

    def _take(self, found: Located) -> None:
        self.found = found
        n = len(found.points.photo_ids)
        if found.wanted:
            self._wanted = []
            self.show_photos(list(found.wanted))
            # The map is fitted to the room that the photos beside it leave.
            self.both.activate()
            self.map.fit_next()
        self.map.show_points(found.points, found.xy, found.around)
        self.header.note.setText(words.photos(n) if n else "")
        self.body.setCurrentIndex(0 if n else 1)
        self.credit.setVisible(n > 0)
        for tool in self.tools:
            tool.setEnabled(n > 0)
        self.message.setText(self._why_empty(found))

    def _why_empty(self, found: Located) -> str:
        if found.error is not None:
            return words.sentence(found.error)
        if self._searched:
            return translate("Places", "None of these photos has a place.")
        return translate(
            "Places",
            "No photos with a place yet. Photos taken with a phone usually have one. To place "
            "others, select them in Photos and press {key}.",
        ).format(key=keys.shown(Shortcut.PLACE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        direction = QBoxLayout.Direction
        self.both.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        unlimited = 16_777_215
        self.side.setFixedWidth(BESIDE) if wide else self.side.setMaximumWidth(unlimited)
        if wide:
            self.side.setMinimumHeight(0)
            self.side.setMaximumHeight(unlimited)
        else:
            self.side.setMinimumWidth(0)
            self.side.setFixedHeight(min(BESIDE, self.height() // 2))
        for tool in self.tools:
            tool.setVisible(self.width() >= ROOM_FOR_TOOLS)

    # Actions.

    def _open(self, photo_id: PhotoId) -> None:
        self.photo_wanted.emit(photo_id, list(self.model.ids))

    def came_back(self, photo_id: int) -> None:
        if self.side.isVisible():
            self.photos.reveal(PhotoId(photo_id))

    def _drop(self, gone: list[PhotoId]) -> None:
        """Drop photos whose files went to the trash from those beside the map."""
        trashed = set(gone).intersection(self._beside)
        if trashed:
            self._trashed |= trashed
            self._describe_side()
            self.model.refresh()

    def _take_back(self, back: list[PhotoId]) -> None:
        """List photos beside the map again that came back from the trash."""
        if not self._trashed.isdisjoint(back):
            self._trashed.difference_update(back)
            self._describe_side()
            self.model.refresh()
