"""Map of the world: land and borders, names of cities, and photos where they were taken.

What is in sight is computed in a thread and painted where the camera is now, so that dragging never
waits. Mouse, touch and keyboard pan and zoom; the mark nearest to the middle is the keyboard's.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from facesorter.app import jobs
from facesorter.domain import PhotoId
from facesorter.gui.base import icons, keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.pinch import pinched
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.world import background
from facesorter.gui.world.background import NAMES, nearest_copy
from facesorter.gui.world.camera import WorldCamera
from facesorter.library import queries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.geo.clusters import Mark
    from facesorter.geo.gazetteer import Label
    from facesorter.library.places import Points

SIDE: Final = 48.0
"""Side of a mark, logical px: a face is recognizable, and a finger hits it."""
CELL: Final = 72.0
"""Least side of the cells in which photos are gathered, logical px; at most twice as much."""
BEYOND: Final = 0.25
"""What is computed around the visible part, as a share of it, so that dragging shows no edge."""
ROWS_AT_ONCE: Final = 60
"""Rows read at a time: 0.6 ms by id."""
STEP: Final = 80.0
"""Distance that an arrow key pans, logical px."""
AIR: Final = 64.0
"""Margin around all photos when the map is fitted to them, logical px."""


@dataclass(frozen=True)
class Scene:
    """What is in sight, as computed for one camera."""

    points: Points
    """The photos that the marks' indexes refer to; others may be on their way."""
    marks: Sequence[Mark]
    labels: Sequence[Label]
    image: QImage
    """Sea, land and borders of the area."""
    area: QRectF
    """What was looked at."""
    scale: float


@dataclass(frozen=True)
class Request:
    """What to compute a scene for."""

    points: Points
    xy: NDArray[np.float64]
    """Where the photos are, as from `geo.world.mercator`."""
    camera: WorldCamera
    palette: QPalette
    ratio: float
    """Device pixels in a logical one."""
    named: bool
    """Whether with names of cities."""


def scene(wanted: Request) -> Scene:
    """Compute what is in sight. Thread: any but the GUI's."""
    from facesorter.geo.clusters import marks
    from facesorter.geo.gazetteer import gazetteer
    from facesorter.geo.world import View

    camera = wanted.camera
    area = camera.view(BEYOND)
    # Never more than the world once.
    excess = max(0.0, area.width() - 1.0) / 2
    view = View(area.left() + excess, area.top(), area.right() - excess, area.bottom())
    # The cells change with each doubling only, so that marks don't jump at every step.
    cell = CELL / 2.0 ** math.floor(math.log2(camera.scale))
    return Scene(
        wanted.points,
        marks(wanted.xy, view, cell, (SIDE + 4) / camera.scale),
        gazetteer().largest(view, NAMES) if wanted.named else (),
        background.draw(area, camera.scale, wanted.palette, wanted.ratio),
        area,
        camera.scale,
    )


class WorldView(QWidget):
    """Widget that shows the map.

    Signals:
        chosen: the photos of a mark that was clicked.
    """

    chosen = Signal(object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(translate("Places", "Map of places"))
        self.camera = WorldCamera(QSizeF(1, 1), QPointF(0.5, 0.4), 256.0)
        self.scene: Scene | None = None
        self.selected: Mark | None = None
        """The mark whose photos are shown."""
        self._points: Points | None = None
        self._xy: NDArray[np.float64] | None = None
        self._fit_wanted = True
        self._computing = self._again = False
        self._named = False
        self._thumbs: dict[PhotoId, Thumb] = {}
        self._pressed: QPointF | None = None
        self._dragged = False
        self._read_thumbs = QTimer(self, singleShot=True, interval=0)
        self._read_thumbs.timeout.connect(self._read_some_thumbs)
        pixmaps.arrived.connect(self._on_arrived)
        self.grabGesture(Qt.GestureType.PinchGesture)

    # What is shown.

    def show_points(
        self, points: Points, xy: NDArray[np.float64], around: QRectF | None = None
    ) -> None:
        """Show photos; ``xy`` are their places as from `geo.world.mercator`.

        Where the map is to be fitted, it is to ``around``, a part of it, if that is given.
        """
        self._points, self._xy = points, xy
        self._thumbs.clear()
        if self._fit_wanted:
            self.fit(around)
        self._compute()

    def fit_next(self) -> None:
        """Fit the map to the photos that are shown next."""
        self._fit_wanted = True

    def fit(self, around: QRectF | None = None) -> None:
        """Show a part of the map, or all photos, or the whole world without any."""
        if self.size().width() < 2:
            return
        self._fit_wanted = False
        area = QRectF(0, 0, 1, 0.8)
        if around is not None:
            area = around
        elif self._xy is not None and len(self._xy):
            low, high = self._xy.min(axis=0).tolist(), self._xy.max(axis=0).tolist()
            area = QRectF(QPointF(*low), QPointF(*high))
        self._look(replace(self.camera, size=QSizeF(self.size())).showing(area, AIR))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom at a point, or at the center."""
        self._look(self.camera.zoomed(factor, at or QRectF(self.rect()).center()))

    def photos_of(self, mark: Mark) -> list[PhotoId]:
        """Return the photos of a mark, in the order they were given in."""
        if self.scene is None:
            return []
        return [PhotoId(each) for each in self.scene.points.photo_ids[mark.members].tolist()]

    def select(self, mark: Mark | None) -> None:
        """Mark the mark whose photos are shown."""
        self.selected = mark
        self.update()

    def _look(self, camera: WorldCamera) -> None:
        self.camera = camera
        known = self.scene
        # Beyond what was computed, or at another scale, there is more to see.
        soon = camera.view(BEYOND / 3)
        if known is None or known.scale != camera.scale or not known.area.contains(soon):
            self._compute()
        self._describe_current()
        self.update()

    def _compute(self) -> None:
        if self._points is None or self._xy is None or self.size().width() < 2:
            return
        if self._computing:
            self._again = True
            return
        self._computing, self._again = True, False
        wanted = Request(
            self._points,
            self._xy,
            self.camera,
            QPalette(self.palette()),
            self.devicePixelRatioF(),
            self._named,
        )
        found = jobs.run(scene, wanted)
        self._bridge.then(found, self._take, owner=self, failed=self._failed)

    def _failed(self, _error: BaseException) -> bool:
        self._computing = False
        return False

    def _take(self, found: Scene) -> None:
        self.scene = found
        self._computing = False
        if self._again or not self._named:
            # Names come second: the first time, they have to be read.
            self._named = True
            self._compute()
        self._read_thumbs.start()
        self._describe_current()
        self.update()

    def _read_some_thumbs(self) -> None:
        found = self.scene
        if found is None:
            return
        shown = (_shown(found, mark) for mark in found.marks)
        wanted = [each for each in shown if each not in self._thumbs][:ROWS_AT_ONCE]
        if not wanted:
            return
        services = self._bridge.services
        try:
            for photo in queries.photos(services.reader(), wanted):
                path = services.thumbnails.photo_path(photo)
                self._thumbs[photo.id] = Thumb("photo", photo.id, path)
        except sqlite3.Error:
            return
        if any(each in self._thumbs for each in wanted):
            self._read_thumbs.start()
        self.update()

    # Hit testing.

    def rect_of(self, mark: Mark) -> QRectF:
        """Return where a mark is in the widget."""
        at = nearest_copy(mark.x, mark.y, self.camera)
        return QRectF(at - QPointF(SIDE / 2, SIDE / 2), QSizeF(SIDE, SIDE))

    def mark_at(self, point: QPointF) -> Mark | None:
        """Return the mark at a point."""
        marks = self.scene.marks if self.scene is not None else ()
        return next((mark for mark in marks if self.rect_of(mark).contains(point)), None)

    def current(self) -> Mark | None:
        """Return the mark nearest to the middle of the visible part, or None if none is in it."""
        view, middle = QRectF(self.rect()), QRectF(self.rect()).center()
        marks = self.scene.marks if self.scene is not None else ()
        seen = [mark for mark in marks if view.contains(self.rect_of(mark).center())]

        def away(mark: Mark) -> float:
            by = self.rect_of(mark).center() - middle
            return math.hypot(by.x(), by.y())

        return min(seen, key=away, default=None)

    def _describe_current(self) -> None:
        mark = self.current()
        self.setAccessibleDescription(words.photos(len(mark.members)) if mark is not None else "")

    # Events.

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.camera = replace(self.camera, size=QSizeF(self.size())).held()
        if self._fit_wanted and self._xy is not None:
            self.fit()
        self._compute()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._compute()
        super().changeEvent(event)

    def _on_arrived(self, kind: str, id_: int) -> None:
        if kind == "photo" and id_ in self._thumbs and self.isVisible():
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), background.sea_colour(palette))
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        found = self.scene
        if found is None:
            return
        self._paint_background(painter, found)
        taken = [self.rect_of(mark) for mark in found.marks]
        background.paint_names(painter, found.labels, self.camera, palette, list(taken))
        current = self.current() if self.hasFocus() else None
        for mark in reversed(found.marks):
            self._paint_mark(painter, _shown(found, mark), mark, mark is current)

    def _paint_background(self, painter: QPainter, found: Scene) -> None:
        # The world goes on to the left and right, and the camera jumps back by a whole one.
        shift = round(self.camera.middle.x() - found.area.center().x())
        area = found.area.translated(shift, 0)
        corner = self.camera.to_screen(area.left(), area.top())
        if found.scale == self.camera.scale:
            # At whole device pixels, where the image is copied without resampling.
            ratio = self.devicePixelRatioF()
            whole = QPointF(round(corner.x() * ratio), round(corner.y() * ratio)) / ratio
            painter.drawImage(whole, found.image)
        else:
            other = self.camera.to_screen(area.right(), area.bottom())
            painter.drawImage(QRectF(corner, other), found.image)

    def _paint_mark(self, painter: QPainter, shown: PhotoId, mark: Mark, current: bool) -> None:
        rect, palette = self.rect_of(mark), self.palette()
        if not rect.intersects(QRectF(self.rect())):
            return
        thumb = self._thumbs.get(shown)
        pixmap = (
            self._pixmaps.get(thumb, round(SIDE * self.devicePixelRatioF()))
            if thumb is not None
            else None
        )
        painter.save()
        shape = QPainterPath()
        shape.addRoundedRect(rect, 6, 6)
        painter.fillPath(shape, theme.placeholder(palette))
        if pixmap is not None:
            painter.setClipPath(shape)
            painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
        elif thumb is not None and self._pixmaps.failed(thumb):
            side, quiet = round(SIDE / 2), theme.secondary_colour(palette)
            glyph = icons.pixmap("image-broken-variant", side, quiet, self.devicePixelRatioF())
            painter.drawPixmap(rect.center() - QPointF(side, side) / 2, glyph)
        painter.restore()
        chosen = self.selected is not None and (mark.x, mark.y) == (
            self.selected.x,
            self.selected.y,
        )
        edge = theme.accent(palette) if chosen else palette.color(QPalette.ColorRole.Base)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(edge, 3))
        painter.drawRoundedRect(rect, 6, 6)
        if current:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Text), 1.5, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), 8, 8)
        n = len(mark.members)
        if n > 1:
            self._paint_count(painter, rect, n)

    def _paint_count(self, painter: QPainter, rect: QRectF, n: int) -> None:
        font = theme.caption_font()
        painter.setFont(font)
        text = words.number(n)
        height = painter.fontMetrics().height() + 4
        width = max(height, painter.fontMetrics().horizontalAdvance(text) + 10)
        badge = QRectF(rect.right() - width + 8, rect.top() - 8, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 22, 230))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(theme.ON_DARK)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)

    # Mouse, touch and keyboard.

    def event(self, event: QEvent) -> bool:
        if (pinch := pinched(event, self)) is not None:
            self.zoom(*pinch)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(ZOOM_STEP ** (2 * notches), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            over = self.mark_at(point) is not None
            hand, arrow = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
            self.setCursor(hand if over else arrow)
            return
        by = point - self._pressed
        self._dragged = self._dragged or by.manhattanLength() > 6
        if self._dragged:
            self._pressed = point
            self._look(self.camera.moved(by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        if not self._dragged:
            self._choose(self.mark_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.zoom(2.0, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        what = keys.shortcut(event)
        act: Callable[[], None] | None = (
            {
                Shortcut.INCREASE: lambda: self.zoom(ZOOM_STEP**2),
                Shortcut.DECREASE: lambda: self.zoom(ZOOM_STEP**-2),
                Shortcut.FIT: self.fit,
                Shortcut.ACCEPT: lambda: self._choose(self.current()),
            }.get(what)
            if what is not None
            else None
        )
        if act is not None:
            act()
        elif event.key() in ways:
            across, down = ways[Qt.Key(event.key())]
            self._look(self.camera.moved(QPointF(across * STEP, down * STEP)))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _choose(self, mark: Mark | None) -> None:
        self.select(mark)
        self.chosen.emit(self.photos_of(mark) if mark is not None else [])


def _shown(scene: Scene, mark: Mark) -> PhotoId:
    """Return the photo that stands for a mark."""
    return PhotoId(int(scene.points.photo_ids[mark.members[0]]))
