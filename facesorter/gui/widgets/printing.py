"""Printing of photos, one per page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QProgressDialog, QWidget

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.errors import Message, UnreadablePhoto
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.pictures import to_image
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.images import decode

DPI: Final = 300
"""Pixels per inch that are printed of a photo: more can't be seen at reading distance."""

Shown = tuple[str, int]
"""A photo's path, and how far it is turned, as in `Photo.turn`."""
Failures = list[tuple[str, Message]]


class Printing(QObject):
    """Prints photos through the system's print dialog. Thread: GUI; pages are made in another.

    Signals:
        done: text describing what was printed.
        _progress: photos printed; emitted in the worker thread.
    """

    done = Signal(str)
    _progress = Signal(int)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._printer: QPrinter | None = None

    def ask(self, photos: Sequence[Shown]) -> None:
        """Ask how to print photos, then print them."""
        # Kept here, since Qt's dialog doesn't own it.
        self._printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(self._printer, self._window)
        dialog.setObjectName("print")
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, False)
        dialog.accepted.connect(lambda printer: self._print(printer, list(photos), dialog))
        dialog.rejected.connect(dialog.deleteLater)
        dialog.setModal(True)  # open() would need a slot by its name
        dialog.show()

    def _print(self, printer: QPrinter, photos: list[Shown], dialog: QPrintDialog) -> None:
        token = CancelToken()
        title = translate("Printing", "Printing %Ln photo(s)…", "", len(photos))
        progress = QProgressDialog(
            title, translate("Printing", "Cancel"), 0, len(photos), self._window
        )
        progress.setWindowTitle(translate("Printing", "Print"))
        progress.setAutoClose(False)
        progress.setAutoReset(False)
        progress.canceled.connect(token.cancel)
        self._progress.connect(progress.setValue)

        def finish(failed: Failures) -> None:
            progress.deleteLater()
            dialog.deleteLater()
            message = translate("Printing", "Sent %Ln photo(s) to the printer", "", len(photos))
            if printer.outputFileName():
                name = words.file_name(printer.outputFileName())
                message = translate("Printing", "Saved %Ln photo(s) as {file}", "", len(photos))
                message = message.format(file=name)
            if token.cancelled:
                message = translate("Printing", "Printing canceled")
            elif failed:
                path, why = failed[0]
                message = f"{words.file_name(path)}: {words.sentence(why)}"
            self.done.emit(message)

        work = jobs.run(print_photos, printer, photos, token, self._progress.emit)
        self._bridge.then(work, finish, owner=self)


def print_photos(
    printer: QPrinter,
    photos: Sequence[Shown],
    token: CancelToken,
    progress: Callable[[int], object] = lambda done: None,
) -> Failures:
    """Print photos, one on each page, as large as it fits. Thread: any; blocks.

    Returns:
        The path of each photo that couldn't be read, and why; it has no page.
    """
    failed: Failures = []
    page = QRectF(printer.pageRect(QPrinter.Unit.DevicePixel))
    page.moveTo(0, 0)
    side = round(max(page.width(), page.height()) / printer.resolution() * DPI)
    painter: QPainter | None = None
    try:
        for number, (path, turn) in enumerate(photos):
            if token.cancelled:
                printer.abort()
                break
            try:
                picture = decode.load_upright(decode.read_picture(Path(path)), long_side=side)
            except UnreadablePhoto as error:
                failed.append((path, error.message))
            else:
                if painter is None:
                    painter = QPainter(printer)
                    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                else:
                    printer.newPage()
                paint(painter, page, to_image(picture).transformed(QTransform().rotate(turn)))
            progress(number + 1)
    finally:
        if painter is not None:
            painter.end()
    return failed


def paint(painter: QPainter, page: QRectF, image: QImage) -> None:
    """Paint a photo as large as a page allows, turned if it is larger that way, centered."""
    lying, page_lying = image.width() > image.height(), page.width() > page.height()
    painter.save()
    painter.translate(page.center())
    room = page.size()
    if lying != page_lying:
        painter.rotate(90)
        room = room.transposed()
    size = QSizeF(image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(-size.width() / 2, -size.height() / 2, size.width(), size.height())
    painter.drawImage(target, image)
    painter.restore()
