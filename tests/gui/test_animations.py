"""Animations: played under the pointer in a grid, and in the viewer; nothing else moves."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication

from facesorter.app.services import Services
from facesorter.gui.grid.photo_delegate import PhotoDelegate
from facesorter.gui.window.main_window import MainWindow
from facesorter.library.transaction import Transaction
from tests.gui.conftest import HEIGHT, WIDTH, World, fill, move, press

ROW = 4
RED, BLUE = (200, 30, 30), (30, 30, 220)


@pytest.fixture
def animated(qtbot: Any, services: Services, empty_window: MainWindow, world: World) -> MainWindow:
    """A window whose photo in `ROW` is an animation of a red and a blue frame."""
    old = world.folder / f"photo {ROW:02}.jpg"
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in (RED, BLUE)]

    def make(txn: Transaction) -> None:
        fill(txn, world)
        new = old.with_suffix(".gif")
        frames[0].save(new, save_all=True, append_images=frames[1:], duration=60, loop=0)
        old.unlink()
        stat = new.stat()
        txn.connection.execute(
            "UPDATE photo SET relpath = ?, size = ?, mtime_ns = ? WHERE relpath = ?",
            (new.name, stat.st_size, stat.st_mtime_ns, old.name),
        )

    services.submit(make).result(60)
    qtbot.waitUntil(lambda: empty_window.photos.model.rowCount() == 14)
    return empty_window


def rest_on(window: MainWindow, row: int) -> None:
    view = window.photos.view
    place = view.visualRect(view.model().index(row, 0))
    move(view.viewport(), QPoint(place.center().x(), place.y() + 20))


def delegate(window: MainWindow) -> PhotoDelegate:
    found = window.photos.view.itemDelegate()
    assert isinstance(found, PhotoDelegate)
    return found


def hue(pixmap: Any) -> str:
    colour = pixmap.toImage().pixelColor(pixmap.width() // 2, pixmap.height() // 2)
    return "red" if colour.red() > 128 else "blue" if colour.blue() > 128 else "?"


def test_an_animation_plays_under_the_pointer_and_stops_when_it_leaves(
    qtbot: Any, animated: MainWindow
) -> None:
    hover = delegate(animated).hover
    qtbot.waitUntil(lambda: animated.photos.model.row(ROW) is not None)
    rest_on(animated, ROW)
    for wanted in ("red", "blue", "red"):  # over and over
        qtbot.waitUntil(
            lambda wanted=wanted: hover.pixmap is not None and hue(hover.pixmap) == wanted,
            timeout=20_000,
        )
    view = animated.photos.view
    tile = view.visualRect(view.model().index(ROW, 0))
    qtbot.waitUntil(lambda: hue(view.viewport().grab(tile)) == "blue", timeout=20_000)
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    assert hover.pixmap is None and hover.photo_id is None
    with qtbot.assertNotEmitted(hover._player.frame, wait=200):
        pass


def test_photos_do_not_play(qtbot: Any, animated: MainWindow) -> None:
    hover = delegate(animated).hover
    qtbot.waitUntil(lambda: animated.photos.model.row(ROW + 1) is not None)
    with qtbot.assertNotEmitted(hover._player.frame, wait=700):
        rest_on(animated, ROW + 1)
    assert hover.pixmap is None


def test_an_animation_plays_in_the_viewer_and_space_stops_it(
    qtbot: Any, animated: MainWindow
) -> None:
    animated.photos.view.select_row(ROW)
    press(animated.photos.view, Qt.Key.Key_Return)
    page = animated.photo
    shown: list[str] = []
    page.image.animation.frame.connect(lambda image: shown.append(image.pixelColor(9, 9).name()))
    qtbot.waitUntil(lambda: len(set(shown)) == 2, timeout=20_000)
    face = page.view.face_box(page.view.faces[0]).center()
    assert page.view.face_at(face) is None, "faces may be elsewhere on this frame"
    press(page, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.view.face_at(face) is not None)
    with qtbot.assertNotEmitted(page.image.animation.frame, wait=300):
        pass
    press(page, Qt.Key.Key_Space)
    with qtbot.waitSignal(page.image.animation.frame, timeout=20_000):
        pass
    press(page, Qt.Key.Key_N)  # names the face of the first frame
    qtbot.waitUntil(lambda: page.naming.field is not None)
    assert not page.image.animation.begun and page.view.face_at(face) is not None
    press(page.naming.field, Qt.Key.Key_Escape)
    press(page, Qt.Key.Key_Right)
    assert page.image.animation.path is None and not page.image.animation.begun
    with qtbot.assertNotEmitted(page.image.animation.frame, wait=200):
        pass
    press(page, Qt.Key.Key_Left)
    with qtbot.waitSignal(page.image.animation.frame, timeout=20_000):
        pass
    press(page, Qt.Key.Key_Escape)
    assert page.image.animation.path is None
