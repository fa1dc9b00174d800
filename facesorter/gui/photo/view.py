"""View of one photo on a dark background, with zoom at the cursor, face boxes and name chips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from facesorter.domain import Face, FaceState
from facesorter.gui.base import theme
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.shortcuts import override_escape
from facesorter.gui.grid.face_model import shown_state
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.box_editor import BoxEditor
from facesorter.gui.photo.face_boxes import Framing, box, place_chips

LINES: Final = {
    FaceState.CONFIRMED: (theme.CONFIRMED, Qt.PenStyle.SolidLine),
    FaceState.SUGGESTED: (theme.SUGGESTED, Qt.PenStyle.DashLine),
    FaceState.UNKNOWN: (theme.UNKNOWN, Qt.PenStyle.DotLine),
}
"""Color and line style by state: the style alone is sufficient for color-blind users."""
SURE_LINE: Final = theme.CONFIRMED, Qt.PenStyle.DashLine
"""Of a suggested face that needs no confirmation."""


def chip_text(face: Face) -> str:
    """Return the text of a face's chip."""
    if face.name is None:
        return words.unnamed()
    if face.state is FaceState.SUGGESTED and not face.sure:
        return translate("Photo", "{name}?").format(name=face.name)
    return face.name


def line_of(face: Face) -> tuple[QColor, Qt.PenStyle]:
    """Return the color and style of a face's box."""
    return SURE_LINE if face.sure and face.name is not None else LINES[shown_state(face)]


class PhotoView(QWidget):
    """Widget that shows an image and its faces.

    Signals:
        face_pressed: a face's box or chip was clicked.
        detail_wanted: zoomed in beyond the loaded resolution; the required long side in device px.
    """

    face_pressed = Signal(int)
    detail_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._image: QImage | QPixmap | None = None
        self._stand_in = False
        self.message = ""
        self.framing = Framing(QSizeF(), QSizeF())
        self.faces: list[Face] = []
        self.boxes_shown = True
        self.active_face: int | None = None
        self._pressed: QPointF | None = None
        self._dragged = False
        self.editor = BoxEditor(self, self)

    # Display.

    def begin(self, size: QSizeF, stand_in: QPixmap | QImage | None) -> None:
        """Prepare for a photo of this size; show a thumbnail until the photo is loaded."""
        self.framing = Framing(size, QSizeF(self.size()))
        self._image, self._stand_in, self.message = stand_in, True, ""
        self.faces, self.active_face = [], None
        self.update()

    def set_image(self, image: QImage) -> None:
        """Show the loaded photo."""
        if self.framing.photo.isEmpty():
            self.framing = Framing(QSizeF(image.size()), QSizeF(self.size()))
        self._image, self._stand_in = image, False
        self.update()

    def set_message(self, sentence: str) -> None:
        """Show why the photo can't be displayed."""
        self.message = sentence
        self.update()

    def set_faces(self, faces: Sequence[Face]) -> None:
        """Set the faces with boxes; ignored faces are omitted."""
        self.faces = [face for face in faces if face.state is not FaceState.IGNORED]
        self.editor.faces_read()
        self.update()

    def show_boxes(self, shown: bool) -> None:
        """Show or hide boxes and chips."""
        self.boxes_shown = shown
        self.update()

    # Geometry.

    def face_box(self, face: Face) -> QRectF:
        """Return a face's box in widget coordinates."""
        return box(self.editor.region_of(face), self.framing.rect())

    def name_of(self, face: Face) -> str:
        """Return the text of a face's chip."""
        return chip_text(face)

    def chip_at(self, point: QPointF) -> Face | None:
        """Return the face whose chip is at a point."""
        if not self.boxes_shown:
            return None
        chips = ((face, chip.adjusted(-4, -4, 4, 4)) for face, chip in self.chips())
        return next((face for face, chip in chips if chip.contains(point)), None)

    def chips(self) -> list[tuple[Face, QRectF]]:
        """Return the visible chips and their rectangles."""
        view = QRectF(self.rect())
        faces = [face for face in self.faces if self.face_box(face).intersects(view)]
        metrics = QFontMetricsF(theme.body_font())
        height = max(24.0, metrics.height() + 6)
        widths = [metrics.horizontalAdvance(chip_text(face)) + 2 * theme.GRID for face in faces]
        sizes = [QSizeF(width, height) for width in widths]
        places = place_chips([self.face_box(face) for face in faces], sizes, view)
        return list(zip(faces, places, strict=True))

    def face_at(self, point: QPointF) -> Face | None:
        """Return the face whose chip or box is at a point."""
        if not self.boxes_shown:
            return None
        if (named := self.chip_at(point)) is not None:
            return named
        found = [face for face in self.faces if self.face_box(face).contains(point)]
        return min(found, key=lambda face: face.region.w * face.region.h, default=None)

    def long_side(self) -> int:
        """Return the displayed length of the photo's longer side in device px."""
        rect = self.framing.rect()
        return round(max(rect.width(), rect.height()) * self.devicePixelRatioF())

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom at a point, or at the center."""
        self.framing = self.framing.zoomed(factor, at or QRectF(self.rect()).center())
        self._changed()

    def fit(self) -> None:
        """Show the whole photo."""
        self.framing = Framing(self.framing.photo, QSizeF(self.size()))
        self._changed()

    def _changed(self) -> None:
        image = self._image
        if isinstance(image, QImage) and not self._stand_in:
            held = max(image.width(), image.height())
            if self.long_side() > held * 1.1:
                self.detail_wanted.emit(self.long_side())
        self.update()

    # Events.

    def event(self, event: QEvent) -> bool:
        # Escape is also a shortcut of the window; during a drawing it cancels that first.
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and self.editor.wants_escape() and override_escape(event):
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.editor.step(forward) or super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.framing = self.framing.resized(QSizeF(self.size()))
        self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(ZOOM_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = None, False
            if not self.editor.press(event):
                self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.editor.move(event):
            return
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            by = event.position() - self._pressed
            if self._dragged or by.manhattanLength() > 6:
                self._dragged = True
                self._pressed = event.position()
                self.framing = self.framing.moved(by)
                self.update()
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shape = self.editor.cursor(event.position(), control)
        if shape is None:
            over = self.face_at(event.position()) is not None
            shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.editor.release(event):
            return
        pressed, self._pressed = self._pressed, None
        face = self.face_at(event.position())
        if pressed is not None and not self._dragged and face is not None:
            self.face_pressed.emit(face.id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.editor.active:
            return
        if self.framing.zoom > 1:
            self.fit()
        else:
            self.zoom(3.0, event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.DARK_GROUND)
        painter.setRenderHints(
            QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing
        )
        rect = self.framing.rect()
        if isinstance(self._image, QImage):
            painter.drawImage(rect, self._image)
        elif self._image is not None:
            # A thumbnail is the central square of the photo.
            side = min(rect.width(), rect.height())
            middle = QRectF(0, 0, side, side)
            middle.moveCenter(rect.center())
            painter.drawPixmap(middle, self._image, QRectF(self._image.rect()))
        if self.message:
            painter.setPen(theme.ON_DARK)
            painter.setFont(theme.body_font())
            room = self.rect().adjusted(48, 48, -48, -48)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self.message)
        elif self.boxes_shown:
            self._paint_faces(painter)
        if not self.message:
            self.editor.paint(painter)

    def _paint_faces(self, painter: QPainter) -> None:
        shadow = QColor(0, 0, 0, 150)
        for face in self.faces:
            colour, style = line_of(face)
            place = self.face_box(face)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            # A dark line underneath keeps the light one visible on snow and white shirts.
            painter.setPen(QPen(shadow, 3.5))
            painter.drawRoundedRect(place, 4, 4)
            pen = QPen(colour, 3 if face.id == self.active_face else 1.8, style)
            painter.setPen(pen)
            painter.drawRoundedRect(place, 4, 4)
        painter.setFont(theme.body_font())
        for face, chip in self.chips():
            colour, _ = line_of(face)
            painter.setPen(QPen(colour, 1))
            painter.setBrush(QColor(20, 20, 22, 215))
            painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
            painter.setPen(theme.ON_DARK)
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, chip_text(face))
