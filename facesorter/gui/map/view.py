"""Map view of all faces: dots when zoomed out, pictures when zoomed in, names on top.

It paints a frame rendered in a thread (`gui.map.frames`), moved and scaled to the current view, and
draws names, face pictures and the lasso on top. Mouse, touch and keyboard zoom, drag, select with a
lasso, and move between faces.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from facesorter.domain import FaceId, FaceState, PersonId
from facesorter.gui.base import keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.pinch import pinched
from facesorter.gui.base.shortcuts import override_escape
from facesorter.gui.grid.face_model import FaceRow, describe, face_rows, shown_state
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.map import labels
from facesorter.gui.map.camera import Camera
from facesorter.gui.map.frames import (
    BEYOND,
    Crop,
    Frame,
    FramePainter,
    Prepared,
    RenderRequest,
    Tones,
    tones,
    within,
)

HIT: Final = 10.0
"""Maximum distance between a click and the mark it hits, logical px."""
ROWS_AT_ONCE: Final = 60
"""Rows read at a time: 0.6 ms by id."""
STYLES: Final = {
    FaceState.CONFIRMED: Qt.PenStyle.SolidLine,
    FaceState.SUGGESTED: Qt.PenStyle.DashLine,
    FaceState.UNKNOWN: Qt.PenStyle.DotLine,
}
STEP: Final = 60.0
"""Minimum distance between the edge and a face reached by keyboard, logical px."""


class MapView(QWidget):
    """Widget that shows the map and handles hit testing and selection.

    Signals:
        selection_changed: the set of selected faces changed.
        current_changed: the face under the keyboard cursor or the mouse, or None.
        opened: the user requested a face's photo.
        menu_wanted: the user requested a context menu at a screen position.
    """

    selection_changed = Signal()
    current_changed = Signal(object)
    opened = Signal(int)
    menu_wanted = Signal(object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(translate("Map", "Face Map"))
        self.prepared: Prepared | None = None
        self.camera = Camera(QSizeF(1, 1), QRectF(0, 0, 1, 1), 1.0)
        self.frame: Frame | None = None
        self.current: FaceId | None = None
        self._fitted = False
        self._chosen: Any = ()
        self._rows: dict[FaceId, FaceRow] = {}
        self._labels: list[labels.Label] = []
        self._widths: dict[str, float] = {}
        self._tones: Tones | None = None
        self._lasso: list[QPointF] | None = None
        self.painter_ = FramePainter(self)
        self.painter_.drawn.connect(self._take_frame)
        pixmaps.arrived.connect(self._on_arrived)
        self._read_rows = QTimer(self, singleShot=True, interval=0)
        self._read_rows.timeout.connect(self._read_some_rows)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.key_filter: Callable[[QKeyEvent], bool] | None = None
        keys.compose(self, True)
        self.lasso_on = False
        """Whether a plain drag draws a lasso."""
        self._pressed: QPointF | None = None
        self._dragged = False
        self._adding = False

    # Display.

    def show_map(self, prepared: Prepared) -> None:
        """Show a map, keeping the view and the selection."""
        self.prepared = prepared
        self.camera = replace(self.camera, bounds=prepared.bounds, spacing=prepared.spacing)
        if not self._fitted:
            self._fitted = True
            self.camera = self.camera.fitted()
        self._rows.clear()
        if len(self._chosen):
            ids = prepared.map.face_ids
            self._chosen = self._chosen[_among(self._chosen, ids)]
            self.selection_changed.emit()
        if self.current is not None and self._at(self.current) is None:
            self.set_current(None)
        self._place_labels()
        self._render()

    def selected_ids(self) -> list[FaceId]:
        """Return the selected faces."""
        return [FaceId(int(each)) for each in self._chosen]

    @property
    def selected(self) -> int:
        """Number of selected faces."""
        return len(self._chosen)

    def select(self, face_ids: Any, *, add: bool = False) -> None:
        """Select faces; ``add`` keeps the existing selection."""
        import numpy as np

        wanted = np.unique(np.asarray(face_ids, np.int64))
        self._chosen = np.union1d(self._chosen, wanted).astype(np.int64) if add else wanted
        self.selection_changed.emit()
        self._render()

    def toggle(self, face_id: FaceId) -> None:
        """Toggle the selection of a face."""
        import numpy as np

        chosen = np.asarray(self._chosen, np.int64)
        self.select(chosen[chosen != face_id] if face_id in chosen else np.append(chosen, face_id))

    def select_person_of(self, face_id: FaceId) -> None:
        """Select all faces of the person or group that a face belongs to."""
        at = self._at(face_id)
        if self.prepared is None or at is None:
            return
        person = int(self.prepared.map.person[at])
        if person >= 0:
            self.select(self.prepared.map.face_ids[self.prepared.map.person == person])
        else:
            self.select([face_id])

    def set_current(self, face_id: FaceId | None) -> None:
        """Make a face the current one."""
        if face_id == self.current:
            return
        self.current = face_id
        row = self.row(face_id) if face_id is not None else None
        # Screen readers read the focused widget's description when it changes.
        self.setAccessibleDescription(describe(row) if row is not None else "")
        self.current_changed.emit(face_id)
        self.update()

    def row(self, face_id: FaceId) -> FaceRow | None:
        """Return a face with its photo."""
        if face_id not in self._rows:
            try:
                for row in face_rows(self._bridge, [face_id]):
                    self._rows[face_id] = row
            except sqlite3.Error:
                return None
        return self._rows.get(face_id)

    # Navigation.

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom at a point, or at the center."""
        self._look(self.camera.zoomed(factor, at or QRectF(self.rect()).center()))

    def fit(self) -> None:
        """Show the whole map."""
        self._look(self.camera.fitted())

    def _look(self, camera: Camera) -> None:
        self.camera = camera
        frame = self.frame
        if frame is not None and frame.scale == camera.scale:
            # The frame extends beyond the widget; request a new one before its edge becomes
            # visible.
            air = BEYOND / 3
            view = camera.view()
            more = view.adjusted(
                -air * view.width(),
                -air * view.height(),
                air * view.width(),
                air * view.height(),
            )
            if frame.rect.contains(more):
                self.update()
                return
        self._place_labels()
        self._render()

    def _render(self) -> None:
        # Before layout, the size is not the one that will be shown.
        if self.prepared is None or self.camera.size.width() < 2:
            return
        if self._tones is None:
            self._tones = tones(self.palette())
        self.painter_.render(
            RenderRequest(
                self.prepared, self.camera, self.devicePixelRatioF(), self._tones, self._chosen
            )
        )
        self.update()

    def _place_labels(self) -> None:
        if self.prepared is not None:
            metrics = QFontMetricsF(theme.body_font(bold=True))
            self._labels = labels.choose(
                self.prepared.map.clouds, self.camera, metrics, self._widths
            )

    def _take_frame(self, frame: Frame) -> None:
        self.frame = frame
        self._read_rows.start()
        self.update()

    def _read_some_rows(self) -> None:
        frame = self.frame
        if frame is None:
            return
        wanted = [crop.face_id for crop in frame.crops if crop.face_id not in self._rows]
        try:
            found = face_rows(self._bridge, wanted[:ROWS_AT_ONCE])
        except sqlite3.Error:
            return
        for row in found:
            self._rows[row.face.id] = row
        if found and len(wanted) > ROWS_AT_ONCE:
            self._read_rows.start()
        self.update()

    # Hit testing.

    def _at(self, face_id: FaceId) -> int | None:
        if self.prepared is None:
            return None
        ids = self.prepared.map.face_ids
        at = int(ids.searchsorted(face_id))
        return at if at < len(ids) and ids[at] == face_id else None

    def place_of(self, face_id: FaceId) -> QPointF | None:
        """Return a face's position in the widget."""
        at = self._at(face_id)
        if at is None or self.prepared is None:
            return None
        x, y = self.prepared.map.xy[at].tolist()
        return self.camera.to_screen(QPointF(x, y))

    def _face(self, at: int) -> FaceId:
        assert self.prepared is not None
        return FaceId(int(self.prepared.map.face_ids[at]))

    def face_at(self, point: QPointF) -> FaceId | None:
        """Return the face whose picture or mark is at a point."""
        if self.prepared is None or self.prepared.tree is None:
            return None
        for crop, rect in self._crops_in_sight():
            if rect.contains(point):
                return crop.face_id
        there = self.camera.to_map(point)
        far, at = self.prepared.tree.query((there.x(), there.y()))
        return self._face(at) if far * self.camera.scale <= HIT else None

    def label_at(self, point: QPointF) -> labels.Label | None:
        """Return the label at a point."""
        for label in self._labels:
            if labels.place(label, self.camera).contains(point):
                return label
        return None

    def _crops_in_sight(self) -> list[tuple[Crop, QRectF]]:
        frame = self.frame
        if frame is None or not frame.side:
            return []
        side = frame.side * self.camera.scale / frame.scale
        half, view = QPointF(side / 2, side / 2), QRectF(self.rect())
        found = []
        for crop in frame.crops:
            rect = QRectF(self.camera.to_screen(crop.middle) - half, QSizeF(side, side))
            if rect.intersects(view):
                found.append((crop, rect))
        return found

    # Events.

    def resizeEvent(self, event: QResizeEvent) -> None:
        camera = replace(self.camera, size=QSizeF(self.size()))
        # If the whole map was visible, it stays so.
        whole = self._fitted and abs(self.camera.scale - self.camera.least()) < 1e-9
        self.camera = camera.fitted() if whole else camera
        self._place_labels()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tones = None
            self._render()
        elif event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._widths.clear()
            self._place_labels()
        super().changeEvent(event)

    def _on_arrived(self, kind: str, id_: int) -> None:
        frame = self.frame
        if kind != "face" or frame is None or not self.isVisible():
            return
        if any(crop.face_id == id_ for crop in frame.crops):
            self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        frame, camera = self.frame, self.camera
        if frame is not None:
            corner = camera.to_screen(frame.rect.topLeft())
            if frame.scale == camera.scale:
                ratio = self.devicePixelRatioF()
                # At whole device pixels, where the image is copied without resampling.
                whole = QPointF(round(corner.x() * ratio), round(corner.y() * ratio)) / ratio
                painter.drawImage(whole, frame.image)
            else:
                painter.drawImage(
                    QRectF(corner, camera.to_screen(frame.rect.bottomRight())), frame.image
                )
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._tones is not None:
            self._paint_crops(painter, self._tones)
            labels.paint(painter, self._labels, camera, palette, self._tones.marks)
        self._paint_current(painter)
        if self._lasso is not None and len(self._lasso) > 1:
            colour = theme.accent(palette)
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
            colour.setAlpha(40)
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF(self._lasso))

    def _paint_crops(self, painter: QPainter, shades: Tones) -> None:
        prepared = self.prepared
        if prepared is None:
            return
        palette, ratio = self.palette(), self.devicePixelRatioF()
        for crop, rect in self._crops_in_sight():
            row = self._rows.get(crop.face_id)
            pixmap = (
                self._pixmaps.get(row.thumb, round(rect.width() * ratio))
                if row is not None
                else None
            )
            if pixmap is None:
                painter.fillRect(rect, theme.placeholder(palette))
            else:
                painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
            state = shown_state(row.face) if row is not None else FaceState.UNKNOWN
            at = self._at(crop.face_id)
            colour = int(prepared.colour[at]) if at is not None else -1
            tone = shades.marks[colour] if colour >= 0 else shades.single
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 4))
            painter.drawRect(rect)
            painter.setPen(QPen(QColor.fromRgb(tone), 2, STYLES.get(state, Qt.PenStyle.DotLine)))
            painter.drawRect(rect)
            if contains(self._chosen, crop.face_id):
                painter.setPen(QPen(theme.accent(palette), 4))
                painter.drawRect(rect.adjusted(-2, -2, 2, 2))

    def _paint_current(self, painter: QPainter) -> None:
        place = self.place_of(self.current) if self.current is not None else None
        if place is None:
            return
        rect = QRectF(place - QPointF(9, 9), QSizeF(18, 18))
        for crop, shown in self._crops_in_sight():
            if crop.face_id == self.current:
                rect = shown.adjusted(-5, -5, 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 4))
        painter.drawRoundedRect(rect, 5, 5)
        style = Qt.PenStyle.DashLine if self.hasFocus() else Qt.PenStyle.DotLine
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 1.5, style))
        painter.drawRoundedRect(rect, 5, 5)

    # Mouse, touch and keyboard.

    def set_lasso(self, on: bool) -> None:
        """Make a plain drag select rather than pan."""
        self.lasso_on = on
        self._lasso = None
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.update()

    def step(self, right: int, down: int) -> None:
        """Make the next face in a direction the current one."""
        prepared = self.prepared
        if prepared is None or prepared.tree is None:
            return
        at = self._at(self.current) if self.current is not None else None
        if at is None:
            middle = self.camera.middle
            at = int(prepared.tree.query((middle.x(), middle.y()))[1])
            self._go_to(at)
            return
        xy = prepared.map.xy
        x, y = xy[at].tolist()
        n = len(xy)
        # Try the nearest faces first, and more only if all of those are in other directions.
        for count in (min(48, n), min(2_000, n)):
            others = prepared.tree.query((x, y), count)[1].reshape(-1)
            best, least = None, math.inf
            for other, (to_x, to_y) in zip(others.tolist(), xy[others].tolist(), strict=True):
                dx, dy = to_x - x, to_y - y
                ahead, aside = (dx * right, abs(dy)) if right else (dy * down, abs(dx))
                if other != at and ahead > 0 and aside <= ahead and ahead + 2 * aside < least:
                    best, least = other, ahead + 2 * aside
            if best is not None:
                self._go_to(best)
                return

    def _go_to(self, at: int) -> None:
        assert self.prepared is not None
        x, y = self.prepared.map.xy[at].tolist()
        self._look(self.camera.showing(QPointF(x, y), STEP))
        self.set_current(self._face(at))

    # Events.

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and (self._lasso or self.selected) and override_escape(event):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip_at(QPointF(event.pos())), self)
            return True
        if (pinch := pinched(event, self)) is not None:
            self.zoom(*pinch)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(ZOOM_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._dragged = event.position(), False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shift or self.lasso_on:
            self._adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(point)
            return
        by = point - self._pressed
        self._dragged = self._dragged or by.manhattanLength() > 6
        if not self._dragged:
            return
        if self._lasso is not None:
            self._lasso.append(point)
            self.update()
        else:
            self._pressed = point
            self._look(self.camera.moved(by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        line, self._lasso = self._lasso, None
        if self._dragged and line is not None:
            self._catch(line)
        elif not self._dragged:
            self._click(event.position(), event.modifiers())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        face = self.face_at(event.position())
        if face is not None:
            self.opened.emit(face)
        else:
            self.zoom(2.0, event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = QPointF(event.pos())
        face = self.current
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            face = self.face_at(point)
            label = self.label_at(point)
            if label is not None:
                self._select_person(label.cloud.person_id)
                face = None
        if face is not None:
            self.set_current(face)
            if not contains(self._chosen, face):
                self.select([face])
        if self.selected:
            self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.key_filter is not None and self.key_filter(event):
            event.accept()
            return
        ways = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, what = event.key(), keys.shortcut(event)
        if key in ways:
            self.step(*ways[Qt.Key(key)])
        elif key == Qt.Key.Key_A and control:
            if self.prepared is not None:
                self.select(self.prepared.map.face_ids)
        elif what is Shortcut.INCREASE:
            self._zoom_by_key(ZOOM_STEP**2)
        elif what is Shortcut.DECREASE:
            self._zoom_by_key(ZOOM_STEP**-2)
        elif what is Shortcut.FIT or key == Qt.Key.Key_Home:
            self.fit()
        elif what is Shortcut.ACCEPT and self.current is not None:
            self.opened.emit(self.current)
        elif key == Qt.Key.Key_Space and self.current is not None:
            self.toggle(self.current)
        elif key == Qt.Key.Key_Escape and (self._lasso or self.selected):
            self._lasso = None
            self.select([])
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if self.key_filter is not None and self.key_filter(keys.composed(event)):
            event.accept()
        else:
            super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _tip_at(self, point: QPointF) -> str:
        label = self.label_at(point)
        if label is not None:
            n = label.cloud.faces
            if label.cloud.name is None:
                return translate("Map", "%Ln unnamed face(s). Click to select.", "", n)
            return f"{label.cloud.name}\n{words.faces(n)}"
        face = self.face_at(point)
        row = self.row(face) if face is not None else None
        return describe_on_map(row) if row is not None else ""

    def _zoom_by_key(self, factor: float) -> None:
        # At the current face, so that it stays visible.
        self.zoom(factor, self.place_of(self.current) if self.current is not None else None)

    def _hover(self, point: QPointF) -> None:
        over = self.label_at(point) is not None or self.face_at(point) is not None
        if not self.lasso_on:
            hand, arrow = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
            self.setCursor(hand if over else arrow)

    def _click(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        label = self.label_at(point)
        face = self.face_at(point) if label is None else None
        if label is not None:
            self._select_person(label.cloud.person_id, add=control)
            return
        self.set_current(face)
        if face is None:
            if not control:
                self.select([])
        elif control:
            self.toggle(face)
        else:
            self.select([face])

    def _select_person(self, person_id: PersonId, *, add: bool = False) -> None:
        if self.prepared is not None:
            shown = self.prepared.map
            self.select(shown.face_ids[shown.person == person_id], add=add)

    def _catch(self, line: list[QPointF]) -> None:
        prepared, adding = self.prepared, self._adding
        if prepared is None or len(line) < 3:
            return
        points = [self.camera.to_map(point) for point in line]
        polygon = [(point.x(), point.y()) for point in points]
        self.painter_.ask(
            lambda: within(prepared, polygon), lambda found: self.select(found, add=adding)
        )


def contains(chosen: Any, face_id: FaceId) -> bool:
    """Whether a face is in a sorted array of ids."""
    if not len(chosen):
        return False
    at = int(chosen.searchsorted(face_id))
    return at < len(chosen) and int(chosen[at]) == face_id


def _among(chosen: Any, face_ids: Any) -> Any:
    """Return which of some ids are still on the map: bool[len(chosen)]."""
    import numpy as np

    return np.isin(chosen, face_ids)


def describe_on_map(row: FaceRow) -> str:
    """Describe a face and, if it has a suggestion, the similarity."""
    text = describe(row)
    if row.face.similarity is not None and row.face.name is not None:
        alike = translate("Map", "{face}\n{percent}% similar")
        return alike.format(face=text, percent=round(100 * row.face.similarity))
    return text
