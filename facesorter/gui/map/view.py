"""The map under mouse, fingers and keyboard: zoom, drag, lasso, and from face to face."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QToolTip, QWidget

from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.shortcuts import override_escape
from facesorter.gui.grid.face_model import FaceRow, describe
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.map.canvas import MapCanvas, contains
from facesorter.gui.map.frames import (
    within,
)

STEP: Final = 60.0
"""Logical px between the edge and a face that was reached by key."""


class MapView(MapCanvas):
    """The map as one uses it.

    Signals:
        opened: a face's photo is wanted.
        menu_wanted: a menu at a point of the screen.
    """

    opened = Signal(int)
    menu_wanted = Signal(object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(bridge, pixmaps, parent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.key_filter: Callable[[QKeyEvent], bool] | None = None
        self.lasso_on = False
        """Whether a plain drag draws a lasso."""
        self._pressed: QPointF | None = None
        self._dragged = False
        self._adding = False

    def set_lasso(self, on: bool) -> None:
        """Have a plain drag select instead of move."""
        self.lasso_on = on
        self._lasso = None
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.update()

    def step(self, right: int, down: int) -> None:
        """Point at the next face in a direction."""
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
        # The nearest ones first; more only where all of them lie in other directions.
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
        self.set_current(int(self.prepared.map.face_ids[at]))

    # Events.

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and (self._lasso or self.selected) and override_escape(event):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._said_at(QPointF(event.pos())), self)
            return True
        elif isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(1 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                at = QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint()))
                self.zoom(pinch.scaleFactor(), at)
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
        key = event.key()
        if key in ways:
            self.step(*ways[Qt.Key(key)])
        elif key == Qt.Key.Key_A and control:
            if self.prepared is not None:
                self.select(self.prepared.map.face_ids)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by_key(ZOOM_STEP**2)
        elif key == Qt.Key.Key_Minus:
            self._zoom_by_key(ZOOM_STEP**-2)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        elif key == Qt.Key.Key_Space and self.current is not None:
            self.toggle(self.current)
        elif key == Qt.Key.Key_Escape and (self._lasso or self.selected):
            self._lasso = None
            self.select([])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _said_at(self, point: QPointF) -> str:
        label = self.label_at(point)
        if label is not None:
            n = label.cloud.faces
            if label.cloud.name is None:
                return translate("Map", "%Ln unnamed face(s). Click to select.", "", n)
            return f"{label.cloud.name}\n{words.faces(n)}"
        face = self.face_at(point)
        row = self.row(face) if face is not None else None
        return said(row) if row is not None else ""

    def _zoom_by_key(self, factor: float) -> None:
        # At the face that the keyboard points at, so that it stays in sight.
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

    def _select_person(self, person_id: int, *, add: bool = False) -> None:
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


def said(row: FaceRow) -> str:
    """Say a face and, where the machine thought of somebody, how alike it is."""
    text = describe(row)
    if row.face.similarity is not None and row.face.name is not None:
        alike = translate("Map", "{face}\n{percent}% similar")
        return alike.format(face=text, percent=round(100 * row.face.similarity))
    return text
