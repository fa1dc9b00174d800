"""Photos on paper: pages, what can't be read, cancel, and the dialog."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtTest import QTest

from facesorter.cancel import CancelToken
from facesorter.gui.widgets.printing import paint, print_photos
from facesorter.gui.window.main_window import MainWindow
from tests.support.windows import select_photos as select

CTRL = Qt.KeyboardModifier.ControlModifier


def to_pdf(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def pages(path: Path) -> int:
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def test_every_photo_has_a_page_but_those_that_cannot_be_read(qapp: Any, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        paths.append(str(tmp_path / f"{number}.jpg"))
        Image.new("RGB", (300, 200), (200, 40 * number, 0)).save(paths[-1])
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    paths.insert(1, str(tmp_path / "broken.jpg"))
    done: list[int] = []
    shown = [(path, 0) for path in paths]
    failed = print_photos(to_pdf(tmp_path / "out.pdf"), shown, CancelToken(), done.append)
    assert [path for path, _ in failed] == [paths[1]]
    assert pages(tmp_path / "out.pdf") == 3 and done == [1, 2, 3, 4]


def test_canceled_before_the_end_prints_no_more(qapp: Any, tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    Image.new("RGB", (300, 200)).save(path)
    token, done = CancelToken(), []

    def progress(count: int) -> None:
        done.append(count)
        token.cancel()

    print_photos(to_pdf(tmp_path / "out.pdf"), [(str(path), 90)] * 5, token, progress)
    assert done == [1]


@pytest.mark.parametrize(("width", "height"), [(200, 100), (100, 200), (100, 100)])
def test_a_photo_fills_the_page_as_far_as_its_shape_allows(
    qapp: Any, width: int, height: int
) -> None:
    page = QImage(200, 400, QImage.Format.Format_RGB32)
    page.fill(QColor("white"))
    photo = QImage(width, height, QImage.Format.Format_RGB32)
    photo.fill(QColor("red"))
    painter = QPainter(page)
    paint(painter, QRectF(0, 0, 200, 400), photo)
    painter.end()
    red = [
        (x, y)
        for x in range(200)
        for y in range(400)
        if page.pixelColor(x, y).red() > 128 > page.pixelColor(x, y).green()
    ]
    right, bottom = max(x for x, _ in red), max(y for _, y in red)
    left, top = min(x for x, _ in red), min(y for _, y in red)
    wanted = (200, 400) if width != height else (200, 200)
    assert abs(right - left + 1 - wanted[0]) <= 1 and abs(bottom - top + 1 - wanted[1]) <= 1
    assert abs(left + right - 199) <= 1 and abs(top + bottom - 399) <= 1, "centered"


def test_the_selection_is_printed_by_its_key(
    qtbot: Any, window: MainWindow, tmp_path: Path
) -> None:
    select(window, 0, 1)
    messages: list[str] = []
    window.files.done.connect(messages.append)
    QTest.keyClick(window.photos.view, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: bool(window.findChildren(QPrintDialog)))
    dialog = window.findChildren(QPrintDialog)[0]
    printer = dialog.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    dialog.accepted.emit(printer)
    qtbot.waitUntil(lambda: messages == ["Saved 2 photos as out.pdf"])
    assert pages(tmp_path / "out.pdf") == 2
