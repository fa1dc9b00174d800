"""Blocks of face crops as buttons, large enough to judge at arm's length.

All cards of a window have crops of the same size, so that the layout doesn't change from one
question to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from facesorter.domain import FaceId
from facesorter.gui.base import icons, theme
from facesorter.gui.grid.face_model import FaceRow, describe
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate

SMALLEST: Final = 140
"""Minimum size of a crop that can be judged at arm's length, logical px."""
LARGEST: Final = 232
GAP: Final = 6
"""Logical px; with it three of the smallest crops fit next to the sidebar at 200 %."""
MARKED: Final = 0.35
"""Opacity of a crop marked as someone else."""


def side_for(count: int, width: int, height: int) -> int:
    """Return the side at which ``count`` crops fill an area best, within limits."""
    best = SMALLEST
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        side = min((width + GAP) // columns - GAP, (height + GAP) // rows - GAP)
        best = max(best, side)
    return min(best, LARGEST)


class Crop(QAbstractButton):
    """Button that shows one face; checked means "not this one", if it is markable.

    Signals:
        opened: the user requested the face's photo.
    """

    opened = Signal(object)

    def __init__(self, pixmaps: PixmapStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmaps = pixmaps
        self.row: FaceRow | None = None
        self.digit = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.toggled.connect(self._describe)

    def set_row(self, row: FaceRow, *, markable: bool, digit: int) -> None:
        """Show a face; ``digit`` is the key that marks it, 0 for none."""
        self.row, self.digit = row, digit
        self.setCheckable(markable)
        self.setChecked(False)
        self._describe()
        self.update()

    def _describe(self, _checked: bool = False) -> None:
        if self.row is None:
            return
        text = describe(self.row)
        if self.isChecked():
            text = translate("Review", "{face}, marked as someone else").format(face=text)
        self.setAccessibleName(text)
        self.setToolTip(text)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.row is not None and not self.isCheckable():
            self.opened.emit(self.row)
        else:
            super().mouseDoubleClickEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        path = QPainterPath()
        path.addRoundedRect(box, theme.RADIUS, theme.RADIUS)
        painter.fillPath(path, theme.placeholder(self.palette()))
        if self.row is not None:
            side = round(self.width() * self.devicePixelRatio())
            pixmap = self._pixmaps.get(self.row.thumb, side) or self._pixmaps.any_size(
                self.row.thumb
            )
            if pixmap is not None:
                painter.save()
                painter.setClipPath(path)
                painter.setOpacity(MARKED if self.isChecked() else 1.0)
                painter.drawPixmap(self.rect(), pixmap)
                painter.restore()
        if self.digit and self.isCheckable():
            self._paint_digit(painter)
        if self.isChecked():
            size = self.width() // 3
            at = QPoint((self.width() - size) // 2, (self.height() - size) // 2)
            colour = self.palette().text().color()
            mark = icons.pixmap("close", size, colour, self.devicePixelRatio())
            painter.drawPixmap(at, mark)
        if self.hasFocus() or (self.underMouse() and self.isCheckable()):
            painter.setPen(QPen(theme.accent(self.palette()), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)

    def _paint_digit(self, painter: QPainter) -> None:
        disc = QRect(GAP, GAP, 22, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.DARK_GROUND)
        painter.drawEllipse(disc)
        painter.setFont(theme.caption_font())
        painter.setPen(theme.ON_DARK)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self.digit))


class CropBlock(QWidget):
    """Block of faces in centered rows.

    Signals:
        marked: the set of marked faces may have changed.
        opened: the user requested a face's photo; the `FaceRow`.
    """

    marked = Signal()
    opened = Signal(object)

    def __init__(self, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmaps = pixmaps
        self._crops: list[Crop] = []
        self._shown = 0
        self.side = SMALLEST
        pixmaps.arrived.connect(self._on_arrived)

    @property
    def crops(self) -> list[Crop]:
        """The visible crops."""
        return self._crops[: self._shown]

    @property
    def wrong(self) -> list[FaceId]:
        """The marked faces."""
        return [c.row.face.id for c in self.crops if c.row is not None and c.isChecked()]

    def set_rows(self, rows: Sequence[FaceRow], *, markable: bool, digits: bool = True) -> None:
        """Show faces; with ``digits``, the first nine show the key that marks them."""
        while len(self._crops) < len(rows):
            crop = Crop(self._pixmaps, self)
            crop.toggled.connect(self.marked)
            crop.opened.connect(self.opened)
            self._crops.append(crop)
        self._shown = len(rows)
        for at, crop in enumerate(self._crops):
            if at < len(rows):
                crop.set_row(rows[at], markable=markable, digit=at + 1 if digits and at < 9 else 0)
            crop.setVisible(at < len(rows))
        self._place()

    def set_side(self, side: int) -> None:
        """Set the size of the crops."""
        if side != self.side:
            self.side = side
            self._place()

    def columns(self) -> int:
        """Return the number of crops per row."""
        fitting = max(1, (self.width() + GAP) // (self.side + GAP))
        rows = -(-max(1, self._shown) // fitting)
        # Evenly filled rows: twelve in rows of five would leave two orphans.
        return -(-max(1, self._shown) // rows)

    def heightForWidth(self, width: int) -> int:
        fitting = max(1, (width + GAP) // (self.side + GAP))
        rows = -(-max(1, self._shown) // fitting)
        return rows * (self.side + GAP) - GAP

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.heightForWidth(max(1, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.side, self.heightForWidth(max(self.side, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _place(self) -> None:
        columns = self.columns()
        for at, crop in enumerate(self.crops):
            row, column = divmod(at, columns)
            in_row = min(columns, self._shown - row * columns)
            left = (self.width() - in_row * (self.side + GAP) + GAP) // 2
            crop.setGeometry(
                left + column * (self.side + GAP), row * (self.side + GAP), self.side, self.side
            )
        self.updateGeometry()

    def _on_arrived(self, kind: str, id_: int) -> None:
        for crop in self.crops:
            if crop.row is not None and (crop.row.thumb.kind, crop.row.thumb.id) == (kind, id_):
                crop.update()
