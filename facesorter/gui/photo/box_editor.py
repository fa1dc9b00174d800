"""Creating, moving, resizing and deleting face boxes on a photo, by mouse and keyboard.

A change is a draft until the pointer is released or Enter is pressed. From then on it is *pending*:
shown in its new place while its face is being analyzed, until it is stored in the library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)

from facesorter.domain import Face, FaceId, Region
from facesorter.gui.base import keys, theme
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo import box_grips
from facesorter.gui.photo.box_grips import Grip
from facesorter.gui.photo.face_boxes import Framing, box

CLICK: Final = 8.0
"""Minimum side of a drawn box, px: anything smaller was meant as a click."""
STEP: Final = 4.0
"""How far an arrow key moves or resizes a box, px of the view: zooming in makes it finer."""

ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Where the arrows lead: right and down."""


@dataclass
class Draft:
    """A box being drawn or changed."""

    region: Region
    face_id: FaceId | None = None
    """The face that the box belongs to; None for a new one."""


class Canvas(Protocol):
    """Interface required of the widget that shows the photo."""

    @property
    def faces(self) -> Sequence[Face]:
        """The faces whose boxes are drawn."""

    @property
    def framing(self) -> Framing:
        """The photo's placement in the widget."""

    def rect(self) -> QRect:
        """The widget's own area."""

    def update(self) -> None:
        """Schedule a repaint."""

    def show_boxes(self, shown: bool) -> None:
        """Show or hide boxes."""

    def name_of(self, face: Face) -> str:
        """Return the name shown for a face."""

    def chip_at(self, point: QPointF) -> Face | None:
        """Return the face whose name is at a point."""

    def face_at(self, point: QPointF) -> Face | None:
        """Return the face whose name or box is at a point."""


class BoxEditor(QObject):
    """Editing of boxes by pointer and keyboard. Thread: GUI.

    Signals:
        drawn: a new box was drawn; its token and region.
        changed: a face's box was changed; token, face and region.
        removed: the user requested to remove a face's box.
        named: the user requested to name a face.
        mode_changed: drawing was switched on or off.
    """

    drawn = Signal(int, object)
    changed = Signal(int, int, object)
    removed = Signal(int)
    named = Signal(int)
    mode_changed = Signal(bool)

    def __init__(self, view: Canvas, speaker: QObject) -> None:
        """Start with drawing off; ``speaker`` owns the editor and is read by screen readers."""
        super().__init__(speaker)
        self._view, self._speaker = view, speaker
        self.active = False
        """Whether boxes can be edited without Ctrl."""
        self.selected: FaceId | None = None
        self.draft: Draft | None = None
        self.ready: Callable[[], bool] = lambda: True
        """Asked before the pointer draws or changes a box: whether the picture holds still."""
        self.pending: dict[int, Draft] = {}
        """Released drafts that are not in the library yet, by token."""
        self._done: dict[int, FaceId | None] = {}
        self._tokens = count()
        self._grip: Grip | None = None
        self._band = False
        self._from = QPointF()
        self._before: Region | None = None

    # Interface for the page.

    def set_active(self, active: bool) -> None:
        """Switch drawing on or off; a changed box is kept, an unfinished one is discarded."""
        if active == self.active:
            return
        if not active:
            self.finish()
            self.selected = None
        self.active = active
        if active:
            self._view.show_boxes(True)
            self._announce(
                translate(
                    "Drawing",
                    "Marking faces. Press {key} for a new box, Tab to select the next one.",
                ).format(key=keys.shown(Shortcut.NEW_BOX))
            )
        self.mode_changed.emit(active)
        self._view.update()

    def begin(self) -> None:
        """Reset for another photo."""
        self.finish()
        self.selected = None
        self.pending.clear()
        self._done.clear()

    def finish(self) -> None:
        """End the edit in progress: keep a changed box, discard a new one not yet submitted."""
        draft = self.draft
        self._grip, self._band = None, False
        if draft is not None and draft.face_id is not None:
            self._commit()
        self.draft = None

    def settle(self, token: int, face_id: FaceId | None) -> None:
        """Mark a pending box as stored under this face, or (None) as rejected."""
        if token not in self.pending:
            return
        self._done[token] = face_id
        self.faces_read()

    def faces_read(self) -> None:
        """Drop drafts that the faces just read already include, to avoid flicker."""
        there = {face.id for face in self._view.faces}
        for token, face_id in list(self._done.items()):
            if face_id is None or face_id in there:
                draft = self.pending.pop(token, None)
                del self._done[token]
                was_chosen = draft is not None and self.selected == draft.face_id
                if face_id is not None and self.active and was_chosen:
                    self.selected = face_id
        chosen = self.selected
        # The faces may be read before it is reported which of them is the changed one.
        if chosen is not None and chosen not in there and not self._is_pending(chosen):
            self.selected = None
        self._view.update()

    # Geometry.

    def region_of(self, face: Face) -> Region:
        """Return a face's current region, changed or not."""
        for draft in (self.draft, *self.pending.values()):
            if draft is not None and draft.face_id == face.id:
                return draft.region
        return face.region

    def box_of(self, region: Region) -> QRectF:
        """Return a region's rectangle in the view."""
        return box(region, self._view.framing.rect())

    def _selected_face(self) -> Face | None:
        return next((face for face in self._view.faces if face.id == self.selected), None)

    def _is_pending(self, face_id: FaceId) -> bool:
        return any(draft.face_id == face_id for draft in self.pending.values())

    # Mouse.

    def press(self, event: QMouseEvent) -> bool:
        """Start drawing or changing a box; False if the press is not handled."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not (self.active or control) or self._view.framing.photo.isEmpty():
            return False
        if not self.ready():
            return True
        at = event.position()
        if self.draft is not None and self.draft.face_id is None and not control:
            grip = box_grips.grip_at(self.box_of(self.draft.region), at)
            if grip is not None:
                self._take(grip, at, self.draft.region)
                return True
        self.finish()
        face = self._selected_face()
        if face is not None and not control:
            grip = box_grips.grip_at(self.box_of(face.region), at)
            if grip is not None and not self._is_pending(face.id):
                self.draft = Draft(face.region, face.id)
                self._take(grip, at, face.region)
                return True
        if self.active and not control:
            if self._view.chip_at(at) is not None:
                return False
            under = self._view.face_at(at)
            if under is not None and not self._is_pending(under.id):
                self.selected = under.id
                self.draft = Draft(under.region, under.id)
                self._take(Grip.MOVE, at, under.region)
                return True
        # The new box is the one that Delete and the handles refer to, none that was there before.
        self.selected = None
        self._band, self._from = True, at
        self._view.update()
        return True

    def _take(self, grip: Grip, at: QPointF, region: Region) -> None:
        self._grip, self._from, self._before = grip, at, region
        self._view.update()

    def move(self, event: QMouseEvent) -> bool:
        """Continue the edit in progress; False if there is none."""
        at, photo = event.position(), self._view.framing.rect()
        if self._band:
            region = box_grips.between(self._from, at, photo)
            self.draft = Draft(region) if region is not None else None
        elif self._grip is not None and self.draft is not None and self._before is not None:
            by = at - self._from
            self.draft.region = box_grips.dragged(
                self._before, self._grip, by.x() / photo.width(), by.y() / photo.height()
            )
        else:
            return False
        self._view.update()
        return True

    def release(self, event: QMouseEvent) -> bool:
        """Finish the edit in progress; False if there is none."""
        if self._band:
            self._band = False
            draft = self.draft
            place = self.box_of(draft.region) if draft is not None else QRectF()
            if min(place.width(), place.height()) >= CLICK:
                self._commit()
            else:
                self.draft = None
        elif self._grip is not None:
            self._grip = None
            if self.draft is not None and self.draft.face_id is not None:
                self._commit()
        else:
            return False
        self._view.update()
        return True

    def cursor(self, at: QPointF, control: bool) -> Qt.CursorShape | None:
        """Return the cursor shape at a point, or None if the editor has none to set."""
        if not (self.active or control):
            return None
        shown = self._selected_face()
        region = shown.region if shown is not None else None
        if self.draft is not None:
            region = self.draft.region
        if region is not None and not control:
            grip = box_grips.grip_at(self.box_of(region), at)
            if grip is not None:
                return box_grips.CURSORS[grip]
        if self.active and not control and self._view.face_at(at) is not None:
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.CrossCursor

    # Keyboard.

    def wants_escape(self) -> bool:
        """Whether Escape cancels something here before it leaves the page."""
        return self.active or self.draft is not None or self._band

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key that edits boxes; False if it has no meaning here."""
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        what = keys.shortcut(event)
        if key == Qt.Key.Key_Escape and self.wants_escape():
            self._escape()
        elif key in ARROWS and self._shown_region() is not None and self.active:
            self._nudge(key, shift)
        elif what is Shortcut.ACCEPT and self.draft is not None:
            self._commit()
        elif what in (Shortcut.ACCEPT, Shortcut.NAME) and self.selected is not None:
            self.named.emit(self.selected)
        elif what in (Shortcut.REMOVE, Shortcut.NOT_A_FACE) and self.selected is not None:
            self.draft = None
            self.removed.emit(self.selected)
        elif what is Shortcut.NEW_BOX:
            self.set_active(True)
            self.new_box()
        else:
            return False
        self._view.update()
        return True

    def new_box(self) -> None:
        """Add a box at the center of the visible area, to be moved and resized by keyboard."""
        self.finish()
        view = self._view
        region = box_grips.in_the_middle(view.framing.rect(), QRectF(view.rect()))
        if region is not None:
            self.selected = None
            self.draft = Draft(region)
            text = translate(
                "Drawing",
                "New box. Use the arrow keys to move it, Shift with the arrow keys to "
                "resize it, and Enter to save it.",
            )
            self._announce(text)

    def step(self, forward: bool) -> bool:
        """Select the next or previous box; False past the last, so that focus moves on."""
        if not self.active:
            return False
        ids = [face.id for face in self._view.faces if not self._is_pending(face.id)]
        at = ids.index(self.selected) if self.selected in ids else (-1 if forward else len(ids))
        at += 1 if forward else -1
        self.finish()
        self.selected = ids[at] if 0 <= at < len(ids) else None
        face = self._selected_face()
        if face is not None:
            self._announce(
                translate("Drawing", "{name}’s face").format(name=self._view.name_of(face))
            )
        self._view.update()
        return self.selected is not None

    def _shown_region(self) -> Region | None:
        if self.draft is not None:
            return self.draft.region
        face = self._selected_face()
        return face.region if face is not None and not self._is_pending(face.id) else None

    def _nudge(self, key: int, size: bool) -> None:
        region, photo = self._shown_region(), self._view.framing.rect()
        if region is None or photo.isEmpty():
            return
        across, down = ARROWS[Qt.Key(key)]
        dx, dy = across * STEP / photo.width(), down * STEP / photo.height()
        if size:
            region = box_grips.grown(region, 2 * dx, 2 * dy)
        else:
            region = box_grips.moved(region, dx, dy)
        self.draft = Draft(region, self.draft.face_id if self.draft else self.selected)

    def _escape(self) -> None:
        if self.draft is not None or self._band:
            self.draft, self._band, self._grip = None, False, None
        elif self.selected is not None:
            self.selected = None
        else:
            self.set_active(False)

    # Submitting.

    def _commit(self) -> None:
        draft, self.draft = self.draft, None
        if draft is None:
            return
        face = next((f for f in self._view.faces if f.id == draft.face_id), None)
        if draft.face_id is not None and (face is None or face.region == draft.region):
            return
        token = next(self._tokens)
        self.pending[token] = draft
        if draft.face_id is None:
            self.drawn.emit(token, draft.region)
        else:
            self.changed.emit(token, draft.face_id, draft.region)

    # Painting.

    def paint(self, painter: QPainter) -> None:
        """Paint drafts, pending boxes, and the handles of the selected box."""
        waiting = [draft.region for draft in self.pending.values()]
        for region in waiting:
            self._paint_box(painter, self.box_of(region), Qt.PenStyle.DashLine)
        if self.draft is not None:
            self._paint_box(painter, self.box_of(self.draft.region), Qt.PenStyle.SolidLine)
        region_now = self._shown_region()
        if region_now is not None and not self._band and (self.active or self.draft is not None):
            painter.setPen(QPen(QColor(0, 0, 0, 190), 1))
            painter.setBrush(theme.ON_DARK)
            half = box_grips.HANDLE / 2
            for at in box_grips.handles(self.box_of(region_now)).values():
                painter.drawRect(QRectF(at - QPointF(half, half), at + QPointF(half, half)))
        if self.active:
            self._paint_hint(painter)

    def _paint_box(self, painter: QPainter, place: QRectF, style: Qt.PenStyle) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 4))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QPen(theme.ON_DARK, 2, style))
        painter.drawRoundedRect(place, 4, 4)

    def _paint_hint(self, painter: QPainter) -> None:
        if self.draft is not None and not self._band and self._grip is None:
            hint = translate(
                "Drawing", "Arrow keys: move · Shift+arrow keys: resize · Enter: save · Esc: cancel"
            )
        elif self.selected is not None:
            hint = translate("Drawing", "Drag the box or its handles. Press Delete to remove it.")
        else:
            hint = translate("Drawing", "Drag around a face to mark it, or press {key}").format(
                key=keys.shown(Shortcut.NEW_BOX)
            )
        painter.setFont(theme.body_font())
        view = QRectF(self._view.rect())
        room = view.adjusted(theme.GRID, 0, -theme.GRID, 0)
        text = painter.boundingRect(
            room, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, hint
        )
        place = text.adjusted(-2 * theme.GRID, -theme.GRID // 2, 2 * theme.GRID, theme.GRID // 2)
        place = place.intersected(view.adjusted(2, 0, -2, 0))
        place.moveTop(theme.GRID)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 22, 215))
        painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.ON_DARK)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, hint)

    def _announce(self, text: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._speaker, text))
