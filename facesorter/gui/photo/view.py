"""View of one photo on a dark background, with zoom at the cursor, face boxes and name chips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from facesorter.domain import Face, FaceState
from facesorter.gui.base import keys, theme
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import ZOOM_STEP
from facesorter.gui.base.pinch import pinched
from facesorter.gui.base.shortcuts import is_plain, override_escape
from facesorter.gui.grid.face_model import shown_state
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.box_editor import ARROWS, BoxEditor
from facesorter.gui.photo.face_boxes import Framing, box, place_chips

PAN: Final = 0.2
"""How far a key moves a zoomed photo, relative to the shorter side of the view."""
FADE_MS: Final = 700
"""Duration of the fade between two photos of a slideshow."""
DETAIL_MS: Final = 120
"""Delay after zooming before more pixels are loaded, so that turning the wheel loads them once."""
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
    if is_asked(face):
        return translate("Photo", "{name}?").format(name=face.name)
    return face.name


def is_asked(face: Face) -> bool:
    """Whether it is still in question whose face it is."""
    return face.state is FaceState.SUGGESTED and not face.sure


def line_of(face: Face) -> tuple[QColor, Qt.PenStyle]:
    """Return the color and style of a face's box."""
    return SURE_LINE if face.sure and face.name is not None else LINES[shown_state(face)]


class PhotoView(QWidget):
    """Widget that shows an image and its faces.

    Faces, boxes and the editor's regions are those of the photo as shown: turned by `turn`.

    Signals:
        face_pressed: a face's box or chip was clicked.
        detail_wanted: zoomed in beyond the loaded resolution; the required long side in device px.
        framed: zoomed, moved or resized; by the user if True.
        double_clicked: the photo was double-clicked.
    """

    face_pressed = Signal(int)
    detail_wanted = Signal(int)
    framed = Signal(bool)
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._image: QImage | QPixmap | None = None
        self._image_turn = 0
        self._stand_in = False
        self.message = ""
        self.caption = ""
        """Names shown below the photo when boxes aren't."""
        self.covered = 0
        """Height at the bottom edge that bars may cover, logical px."""
        self.turn = 0
        """Degrees clockwise that the photo is turned, as in `Photo.turn`."""
        self.framing = Framing(QSizeF(), QSizeF())
        self.faces: list[Face] = []
        self._moves = False
        """Whether a frame of an animation is shown, on which faces may be elsewhere."""
        self.boxes_shown = True
        self.active_face: int | None = None
        self._pressed: QPointF | None = None
        self._dragged = False
        self._before: QPixmap | None = None
        self._fade = QVariantAnimation(self, duration=FADE_MS, startValue=0.0, endValue=1.0)
        self._fade.valueChanged.connect(self.update)
        self._fade.finished.connect(self._end_fade)
        self._detail = QTimer(self, singleShot=True, interval=DETAIL_MS)
        self._detail.timeout.connect(self._ask_for_detail)
        self._asked = 0
        """Size asked for with `detail_wanted`; a photo may have no more pixels than it gave."""
        self.editor = BoxEditor(self, self)

    # Display.

    def begin(self, size: QSizeF, stand_in: QPixmap | QImage | None, turn: int = 0) -> None:
        """Prepare for a photo; show something smaller until it is loaded.

        Args:
            size: Of the photo in its file, px.
            stand_in: A thumbnail, turned already, or an image as in `set_image`.
            turn: As in `Photo.turn`.
        """
        self.turn = turn
        shown = size.transposed() if turn in (90, 270) else size
        self.framing = Framing(shown, QSizeF(self.size()), ratio=self.devicePixelRatioF())
        self._image, self._stand_in, self.message = stand_in, True, ""
        self._moves = False
        self._image_turn = turn if isinstance(stand_in, QImage) else 0
        self.faces, self.active_face, self.caption = [], None, ""
        self._detail.stop()
        self._asked = 0
        self.update()
        self.framed.emit(False)

    def set_image(self, image: QImage) -> None:
        """Show the loaded photo, as its file has it."""
        if self.framing.photo.isEmpty():
            self.begin(QSizeF(image.size()), None, self.turn)
        self._image, self._image_turn, self._stand_in = image, self.turn, False
        self._moves = False
        self._detail.start()
        self.update()

    @property
    def has_photo(self) -> bool:
        """Whether the loaded photo is shown, rather than a stand-in or a message."""
        return self._image is not None and not self._stand_in and not self.message

    def set_frame(self, image: QImage) -> None:
        """Show a frame of an animation, as its file has it, in place of the photo and its faces."""
        if not self._stand_in:
            self._image, self._moves = image, True
            self.update()

    def set_thumbnail(self, image: QImage) -> None:
        """Show a thumbnail of the whole photo, turned already, in place of the photo."""
        if self.framing.photo.isEmpty():
            self.begin(QSizeF(image.size()), None)
        self._image, self._image_turn, self._stand_in = image, 0, True
        self.update()

    def set_message(self, sentence: str) -> None:
        """Show why the photo can't be displayed."""
        self.message = sentence
        self.update()

    def set_caption(self, text: str) -> None:
        """Show a line of text below the photo."""
        self.caption = text
        self.update()

    def set_faces(self, faces: Sequence[Face]) -> None:
        """Set the faces as the library has them; ignored faces are omitted."""
        self.faces = [
            replace(face, region=face.region.turned(self.turn))
            for face in faces
            if face.state is not FaceState.IGNORED
        ]
        self.editor.faces_read()
        self.update()

    def show_boxes(self, shown: bool) -> None:
        """Show or hide boxes and chips."""
        self.boxes_shown = shown
        self.update()

    def _shows_faces(self) -> bool:
        return self.boxes_shown and not self._moves

    def picture(self) -> QPixmap:
        """Return what is shown of the photo, without faces and texts."""
        shown = QPixmap(self.size() * self.devicePixelRatioF())
        shown.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(shown)
        self._paint_photo(painter)
        painter.end()
        return shown

    def fade_from(self, before: QPixmap) -> None:
        """Fade from what was shown before to the photo."""
        self._before = before
        self._fade.stop()
        self._fade.start()

    def _end_fade(self) -> None:
        self._before = None
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
        if not self._shows_faces():
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
        if not self._shows_faces():
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
        self._frame(self.framing.zoomed(factor, at or QRectF(self.rect()).center()))

    def actual_size(self, at: QPointF | None = None) -> None:
        """Show one pixel of the photo per device pixel."""
        self._frame(self.framing.at_actual_size(at or QRectF(self.rect()).center()))

    def fit(self) -> None:
        """Show the whole photo."""
        self._frame(replace(self.framing, zoom=1.0, centre=QPointF(0.5, 0.5)))

    def pan(self, across: int, down: int) -> bool:
        """Move what is in sight a step right or down, or left or up; False if it is at an edge."""
        step = min(self.width(), self.height()) * PAN
        before = self.framing.rect()
        self._frame(self.framing.moved(QPointF(-across * step, -down * step)))
        after = self.framing.rect()
        return (after.topLeft() - before.topLeft()).manhattanLength() > 0.5

    def key(self, event: QKeyEvent) -> bool:
        """Zoom by a key, or move an enlarged photo by an arrow; False if the key does neither."""
        match keys.shortcut(event):
            case Shortcut.INCREASE:
                self.zoom(ZOOM_STEP)
            case Shortcut.DECREASE:
                self.zoom(1 / ZOOM_STEP)
            case Shortcut.FIT:
                self.fit()
            case Shortcut.ACTUAL_SIZE:
                self.actual_size()
            case _ if event.key() in ARROWS and is_plain(event):
                return self.pan(*ARROWS[Qt.Key(event.key())])
            case _:
                return False
        return True

    def follow(self, other: Framing) -> None:
        """Take over zoom and place from another view."""
        self.framing = self.framing.like(other)
        self._changed()

    def _frame(self, framing: Framing) -> None:
        """Show another part of the photo, as the user asked."""
        self.framing = framing
        self._changed()
        self.framed.emit(True)

    def _changed(self) -> None:
        self._detail.start()
        self.update()

    def _ask_for_detail(self) -> None:
        image = self._image
        if isinstance(image, QImage) and not self._stand_in:
            held, photo = max(image.width(), image.height()), self.framing.photo
            wanted = min(self.long_side(), round(max(photo.width(), photo.height())))
            if wanted > max(held, self._asked):
                self._asked = wanted
                self.detail_wanted.emit(self.long_side())

    # Events.

    def event(self, event: QEvent) -> bool:
        # Escape is also a shortcut of the window; during a drawing it cancels that first.
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and self.editor.wants_escape() and override_escape(event):
            return True
        if isinstance(event, QNativeGestureEvent) and self._touchpad(event):
            return True
        if (pinch := pinched(event, self)) is not None:
            self.zoom(*pinch)
            return True
        return super().event(event)

    def _touchpad(self, event: QNativeGestureEvent) -> bool:
        """Handle a double tap on a touchpad."""
        if event.gestureType() != Qt.NativeGestureType.SmartZoomNativeGesture:
            return False
        self.toggle_actual_size(event.position())
        return True

    def toggle_actual_size(self, at: QPointF | None = None) -> None:
        """Change between actual size and the whole photo."""
        if abs(self.framing.scale - 1) < 0.01:
            self.fit()
        else:
            self.actual_size(at)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.editor.step(forward) or super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.framing = self.framing.resized(QSizeF(self.size()), self.devicePixelRatioF())
        self._before = None
        self._changed()
        self.framed.emit(False)

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
                self._frame(self.framing.moved(by))
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
        if not self.editor.active and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._before is not None:
            painter.drawPixmap(0, 0, self._before)
            painter.setOpacity(float(self._fade.currentValue() or 0.0))
            painter.drawPixmap(0, 0, self.picture())
            painter.setOpacity(1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            self._paint_photo(painter)
        if self.message:
            self._paint_message(painter)
        elif self._shows_faces():
            self._paint_faces(painter)
        if self.caption:
            self._paint_band(painter, self.caption)
        if not self.message:
            self.editor.paint(painter)

    def _paint_photo(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme.DARK_GROUND)
        painter.setRenderHints(
            QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing
        )
        rect = self._on_pixels(self.framing.rect())
        if isinstance(self._image, QImage):
            painter.save()
            painter.translate(rect.center())
            painter.rotate(self._image_turn)
            size = rect.size().transposed() if self._image_turn in (90, 270) else rect.size()
            half = QPointF(size.width() / 2, size.height() / 2)
            painter.drawImage(QRectF(-half, size), self._image)
            painter.restore()
        elif self._image is not None:
            # A thumbnail is the central square of the photo.
            side = min(rect.width(), rect.height())
            middle = QRectF(0, 0, side, side)
            middle.moveCenter(rect.center())
            painter.drawPixmap(middle, self._image, QRectF(self._image.rect()))

    def _on_pixels(self, rect: QRectF) -> QRectF:
        """Align a place with the screen's pixels, so that nothing is blurred at actual size."""
        ratio = self.devicePixelRatioF()
        left, top = round(rect.x() * ratio) / ratio, round(rect.y() * ratio) / ratio
        return QRectF(left, top, rect.width(), rect.height())

    def _paint_message(self, painter: QPainter) -> None:
        if self._image is not None:
            self._paint_band(painter, self.message)
            return
        painter.setPen(theme.ON_DARK)
        painter.setFont(theme.body_font())
        room = self.rect().adjusted(48, 48, -48, -48)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.message)

    def _paint_band(self, painter: QPainter, text: str) -> None:
        """Paint a text at the bottom, readable on any photo."""
        painter.setFont(theme.body_font())
        room = QRectF(self.rect()).adjusted(3 * theme.GRID, 0, -3 * theme.GRID, 0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        place = painter.boundingRect(room, int(flags), text)
        place.adjust(-2 * theme.GRID, -theme.GRID, 2 * theme.GRID, theme.GRID)
        place.moveBottom(self.height() - self.covered - 2 * theme.GRID)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 22, 215))
        painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.ON_DARK)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

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
