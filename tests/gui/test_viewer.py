"""The viewer: zoom, full screen, turning, the way back, menus, and a drive that is away."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from facesorter.domain import FaceState, Region
from facesorter.gui.photo import loader as loading
from facesorter.gui.photo.face_boxes import Framing
from facesorter.gui.photo.page import PhotoPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import journal, rotation
from facesorter.library.transaction import Transaction
from tests.gui.conftest import HEIGHT, REGION, WIDTH, World, ask, move, press, states

Key, Button = Qt.Key, Qt.MouseButton


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> PhotoPage:
    """The viewer with the photo in row 4 of the grid."""
    window.photos.view.select_row(4)
    press(window.photos.view, Key.Key_Return)
    shown(qtbot, window.photo)
    return window.photo


def shown(qtbot: Any, page: PhotoPage) -> None:
    qtbot.waitUntil(lambda: bool(page.view.faces) and not page.view._stand_in)


def pixel(page: PhotoPage, x: float, y: float) -> Any:
    """The color drawn at a place of the photo as shown, in fractions, without boxes."""
    rect = page.view.framing.rect()
    image = page.view.picture().toImage()
    ratio = page.view.devicePixelRatioF()
    at = QPointF(rect.x() + x * rect.width(), rect.y() + y * rect.height()) * ratio
    return image.pixelColor(at.toPoint())


# Zoom.


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_actual_size_is_one_pixel_of_the_photo_per_pixel_of_the_screen(ratio: float) -> None:
    photo = QSizeF(4000, 3000)
    framing = Framing(photo, QSizeF(800, 600), ratio=ratio)
    assert framing.scale == pytest.approx(0.2 * ratio)
    actual = framing.at_actual_size(QPointF(400, 300))
    assert actual.scale == pytest.approx(1) and actual.rect().width() == 4000 / ratio
    # What is smaller than the view can be shrunk to it, and no further.
    small = Framing(QSizeF(80, 60), QSizeF(800, 600), ratio=ratio)
    assert small.zoomed(0.001, QPointF()).scale == pytest.approx(1)


def test_pixels_are_not_blurred_at_actual_size(qtbot: Any, page: PhotoPage) -> None:
    """A checkerboard of single pixels comes out as it went in."""
    board = QImage(64, 48, QImage.Format.Format_RGB32)
    for x in range(64):
        for y in range(48):
            board.setPixel(x, y, 0xFFFFFFFF if (x + y) % 2 else 0xFF000000)
    page.view.begin(QSizeF(64, 48), None)
    page.view.set_image(board)
    page.view.actual_size()
    drawn = page.view.picture().toImage()
    at = page.view._on_pixels(page.view.framing.rect()).topLeft().toPoint()
    for x, y in ((0, 0), (1, 0), (30, 21), (63, 47)):
        assert drawn.pixelColor(at.x() + x, at.y() + y).red() == (255 if (x + y) % 2 else 0)


def test_keys_zoom_and_arrows_move_what_is_zoomed(page: PhotoPage) -> None:
    view = page.view
    press(view, Key.Key_1)
    assert view.framing.scale == pytest.approx(1) and page.bar.zoom.share.text() == "100%"
    press(view, Key.Key_0)
    assert view.framing.zoom == 1
    for _ in range(4):
        press(view, Key.Key_Plus)
    zoomed, at = view.framing.zoom, page.browsed.at
    assert zoomed == pytest.approx(1.25**4)
    press(view, Key.Key_Minus)
    assert view.framing.zoom < zoomed
    before = view.framing.rect()
    press(view, Key.Key_Right)
    press(view, Key.Key_Down)
    after = view.framing.rect()
    assert after.x() < before.x() and after.y() < before.y() and page.browsed.at == at
    for _ in range(20):
        press(view, Key.Key_Right)
    assert page.browsed.at > at, "at the edge, the arrow goes to the next photo"


def test_wheel_and_pinch_zoom_at_the_pointer(page: PhotoPage) -> None:
    view = page.view
    at = QPointF(view.width() * 0.3, view.height() * 0.4)

    def under() -> tuple[float, float]:
        rect = view.framing.rect()
        return (at.x() - rect.x()) / rect.width(), (at.y() - rect.y()) / rect.height()

    view.zoom(3)
    before = under()
    wheel = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Button.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, wheel)
    assert view.framing.zoom == pytest.approx(3.75) and under() == pytest.approx(before)
    for kind, value in (
        (Qt.NativeGestureType.ZoomNativeGesture, 0.2),
        (Qt.NativeGestureType.SmartZoomNativeGesture, 0.0),
    ):
        pinch = QNativeGestureEvent(
            kind,
            QPointingDevice.primaryPointingDevice(),
            2,
            at,
            at,
            view.mapToGlobal(at),
            value,
            QPointF(),
        )
        QApplication.sendEvent(view, pinch)
        if value:
            assert view.framing.zoom == pytest.approx(4.5) and under() == pytest.approx(before)
    assert view.framing.scale == pytest.approx(1)


def test_buttons_zoom_turn_and_leave(qtbot: Any, window: MainWindow, page: PhotoPage) -> None:
    bar = page.bar
    for button in bar.buttons:
        assert button.isVisible() and button.toolTip() and button.height() >= 32
    QTest.mouseClick(bar.zoom.more, Button.LeftButton)
    assert page.view.framing.zoom == pytest.approx(1.25)
    QTest.mouseClick(bar.zoom.less, Button.LeftButton)
    QTest.mouseClick(bar.zoom.actual, Button.LeftButton)
    assert page.view.framing.scale == pytest.approx(1)
    QTest.mouseClick(bar.zoom.fit, Button.LeftButton)
    assert page.view.framing.zoom == 1
    QTest.mouseClick(bar.left, Button.LeftButton)
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.turn == 270)


def test_more_pixels_are_loaded_for_what_is_enlarged(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path
) -> None:
    path = world.folder / "photo 00.jpg"
    QImage(str(path)).scaled(3000, 2250).save(str(path))

    def enlarge(txn: Transaction) -> None:
        txn.connection.execute("UPDATE photo SET width = 3000, height = 2250 WHERE id = 1")

    window.services.submit(enlarge).result(60)
    window.open_photo(world.photo_ids[0], world.photo_ids)
    page = window.photo
    shown(qtbot, page)
    assert page.view._image.width() < 3000
    press(page.view, Key.Key_1)
    qtbot.waitUntil(lambda: page.view._image.width() == 3000)


def test_the_memory_of_loaded_photos_is_bounded(
    qtbot: Any, page: PhotoPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "KEPT_BYTES", 3 * WIDTH * HEIGHT * 4)
    for _ in range(6):
        press(page.view, Key.Key_PageDown)
        shown(qtbot, page)
    qtbot.waitUntil(lambda: not page.image.loader._loading)
    assert 1 < len(page.image.loader._images) <= 3
    assert page.photo is not None and page.image.loader.held(page.photo.id) is not None


def test_both_neighbors_are_loaded_ahead(qtbot: Any, page: PhotoPage, world: World) -> None:
    ids = world.photo_ids
    wanted = {ids[3], ids[4], ids[5]}
    qtbot.waitUntil(lambda: wanted <= set(page.image.loader._images))
    assert set(page.image.loader._images) == wanted


# Full screen.


def test_f11_and_a_double_click_fill_the_screen_and_escape_leaves(
    qtbot: Any, window: MainWindow, page: PhotoPage
) -> None:
    press(page.view, Key.Key_F11)
    assert window.isFullScreen() and not window.status.isVisible()
    qtbot.waitUntil(lambda: page.view.height() == page.height())
    press(page.view, Key.Key_Escape)
    assert not window.isFullScreen() and window.status.isVisible()
    assert window.stack.currentWidget() is page
    QTest.mouseDClick(page.view, Button.LeftButton, pos=QPoint(20, 20))
    assert window.isFullScreen()
    QTest.mouseDClick(page.view, Button.LeftButton, pos=QPoint(20, 20))
    assert not window.isFullScreen() and page.head.isVisible() and page.foot.isVisible()
    press(page.view, Key.Key_Escape)
    assert window.stack.currentWidget() is window.photos


def test_bars_hide_in_full_screen_and_come_back_with_the_pointer(
    qtbot: Any, window: MainWindow, page: PhotoPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.overlay._rest.setInterval(20)
    press(page.view, Key.Key_F11)
    qtbot.waitUntil(lambda: page.head.isHidden() and page.foot.isHidden())
    assert page.view.cursor().shape() is Qt.CursorShape.BlankCursor
    page.overlay._rest.setInterval(60_000)
    page.overlay._still = QPoint(-1, -1)
    move(page.view, QPoint(50, 60))
    assert page.head.isVisible()
    window._go_back()
    assert page.head.isVisible() and page.foot.isVisible()
    assert page.layout().indexOf(page.head) == 0


def test_bars_leave_the_details_clear_in_full_screen(
    qtbot: Any, window: MainWindow, page: PhotoPage
) -> None:
    press(page.view, Key.Key_F11)
    press(page.view, Key.Key_I)
    qtbot.waitUntil(lambda: page.details.is_open and page.view.height() == page.height())

    def top() -> int:
        return page.details.closing.mapTo(page, QPoint()).y()

    assert page.head.isVisible() and top() >= page.head.height()
    panel = page.details.viewport()
    assert panel.mapTo(page, QPoint(0, panel.height())).y() <= page.foot.y()
    press(page.view, Key.Key_F11)
    assert page.details.viewport().height() == page.details.height()


def test_a_toast_is_seen_in_full_screen(qtbot: Any, window: MainWindow, page: PhotoPage) -> None:
    press(page.view, Key.Key_F11)
    press(page.view, Key.Key_R)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.status.isVisible() and window.toast.label.text() == "Rotated 1 photo"
    window.toast.hide()
    assert not window.status.isVisible()
    window._go_back()
    assert window.status.isVisible()
    assert window.layout().indexOf(window.status) >= 0


def test_f11_opens_the_current_photo_of_a_grid(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.photos.view.select_row(2)
    press(window.photos.view, Key.Key_F11)
    assert window.stack.currentWidget() is window.photo and window.isFullScreen()
    assert window.photo.photo is not None and window.photo.photo.id == world.photo_ids[2]
    window.open_person(world.anna)
    assert not window.isFullScreen() and window.status.isVisible()
    press(window, Key.Key_F11)  # no face is selected
    assert not window.isFullScreen()
    window.go_to("photos")
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    assert not window.isFullScreen()


def test_closing_in_full_screen_does_not_begin_the_next_time_in_it(
    qtbot: Any, window: MainWindow, page: PhotoPage
) -> None:
    press(page.view, Key.Key_F11)
    window.close()
    assert not window.isFullScreen()


# The way back.


def test_coming_back_selects_the_photo_just_seen_where_the_grid_was(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    grid = window.photos.view
    before = grid.verticalScrollBar().value()
    press(page.view, Key.Key_PageDown)
    press(page.view, Key.Key_PageDown)
    press(page.view, Key.Key_Escape)
    assert grid.selected_ids() == [world.photo_ids[6]] == [grid.current_id()]
    assert grid.verticalScrollBar().value() == before


def test_coming_back_scrolls_only_to_a_photo_out_of_sight(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.resize(700, 420)
    grid = window.photos.view
    grid.set_tile(300)
    qtbot.waitUntil(lambda: grid.verticalScrollBar().maximum() > 500)
    grid.select_row(0)
    press(grid, Key.Key_Return)
    press(window.photo.view, Key.Key_End)
    press(window.photo.view, Key.Key_Escape)
    assert grid.selected_ids() == [world.photo_ids[13]]
    assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()).center())


def test_several_selected_photos_stay_selected_if_none_other_was_seen(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    grid = window.photos.view
    grid.select_row(1)
    press(grid, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    window.photos.open_current()
    press(window.photo.view, Key.Key_Escape)
    assert grid.selected_ids() == world.photo_ids[1:3]


def test_a_persons_page_selects_the_photo_just_seen(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.open_person(world.anna)
    page = window.person
    page.header.photos.setChecked(True)
    qtbot.waitUntil(lambda: page.photos.rowCount() == 5)
    page.photo_view.select_row(0)
    press(page.photo_view, Key.Key_Return)
    press(window.photo.view, Key.Key_PageDown)
    seen = window.photo.photo
    press(window.photo.view, Key.Key_Escape)
    assert seen is not None and page.photo_view.selected_ids() == [seen.id]
    page.header.faces.setChecked(True)
    qtbot.waitUntil(lambda: page.faces.rowCount() == 5)
    page.face_view.select_row(2)
    press(page.face_view, Key.Key_Return)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.photo)
    press(window.photo.view, Key.Key_PageDown)
    seen = window.photo.photo
    press(window.photo.view, Key.Key_Escape)
    assert seen is not None

    def selected() -> list[int]:
        rows = [page.faces.row_by_id(face) for face in page.face_view.selected_ids()]
        return [row.photo.id for row in rows if row is not None]

    qtbot.waitUntil(lambda: selected() == [seen.id])


# Turning.


@pytest.mark.parametrize(("key", "degrees"), [(Key.Key_R, 90), (Key.Key_L, 270)])
def test_a_photo_is_turned_with_its_faces(
    qtbot: Any, window: MainWindow, page: PhotoPage, key: Any, degrees: int
) -> None:
    before, path = page.view.faces[0].region, window.photo.photo
    assert pixel(page, REGION.x + 0.15, REGION.y + 0.2).value() > 240, "the white face"
    press(page.view, key)
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.turn == degrees)
    shown(qtbot, page)
    rect = page.view.framing.rect()
    assert rect.height() > rect.width()
    place = REGION.turned(degrees)
    face = page.view.faces[0].region
    assert (face.x, face.y, face.w, face.h) == pytest.approx((place.x, place.y, place.w, place.h))
    assert pixel(page, place.x + place.w / 2, place.y + place.h / 2).saturation() < 20
    assert pixel(page, 1 - place.x - place.w / 2, 1 - place.y - place.h / 2).saturation() > 60
    # The library still has the face where the file has it.
    (stored,) = ask(window.services, queries.faces, [page.view.faces[0].id])
    assert stored.region == before and path is not None
    window.actions_.undo()
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.turn == 0)


def test_a_turned_photo_has_a_turned_thumbnail(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    model, view = window.photos.model, window.photos.view
    row = model.row(0)
    assert row is not None
    qtbot.waitUntil(lambda: row.thumb.path.exists())
    assert QImage(str(row.thumb.path)).width() == WIDTH
    view.select_row(0)
    press(view, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    press(view, Key.Key_R)

    def turned() -> bool:
        now = model.row(0)
        return now is not None and now.photo.turn == 90 and now.thumb.path.exists()

    qtbot.waitUntil(turned)
    now = model.row(0)
    assert now is not None and now.thumb.path != row.thumb.path
    assert QImage(str(now.thumb.path)).width() == HEIGHT
    photos = ask(window.services, queries.photos, world.photo_ids[:3])
    assert [photo.turn for photo in photos] == [90, 90, 0]
    window.services.submit(journal.undo).result(60)
    qtbot.waitUntil(lambda: model.row(1).photo.turn == 0)  # type: ignore[union-attr]


def test_the_crop_of_a_face_follows_at_once(qtbot: Any, window: MainWindow, world: World) -> None:
    window.open_person(world.anna)
    faces = window.person.faces
    qtbot.waitUntil(lambda: faces.rowCount() == 5)
    row = faces.row(0)
    assert row is not None
    window.services.submit(rotation.rotate, [row.photo.id], 180).result(60)

    def path() -> Path:
        now = faces.row(0)
        assert now is not None
        return now.thumb.path

    qtbot.waitUntil(lambda: path() != row.thumb.path)
    qtbot.waitUntil(lambda: path().exists())


def test_a_box_drawn_on_a_turned_photo_is_stored_as_the_file_has_it(
    qtbot: Any, page: PhotoPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Region] = []
    services = page._bridge.services

    def describe(photo_id: int, region: Region, moment: int | None) -> Any:
        asked.append(region)
        return Future()

    monkeypatch.setattr(services, "describe_face", describe)
    press(page.view, Key.Key_R)
    qtbot.waitUntil(lambda: page.view.turn == 90)
    drawn = Region(0.7, 0.6, 0.2, 0.3)
    page.view.editor.drawn.emit(1, drawn)
    there = drawn.turned(270)
    assert asked[0].x == pytest.approx(there.x) and asked[0].h == pytest.approx(there.h)
    page.naming.end()


# Menus.


def entries(menu: QMenu) -> dict[str, Any]:
    return {each.text().split("\t")[0]: each for each in menu.actions() if each.text()}


def test_the_menu_is_that_of_the_grid_and_more(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    here = entries(page.menu_at(QPointF(2, 2)))
    window._go_back()
    window.photos.view.select_row(4)
    there = entries(window.photos.menu())
    assert set(there) - {"Open"} <= set(here)
    assert {"Actual Size", "Fit to Window", "Full Screen", "Hide Faces"} <= set(here)
    here["Rotate Right"].trigger()
    qtbot.waitUntil(
        lambda: ask(window.services, queries.photos, [world.photo_ids[4]])[0].turn == 90
    )


def test_a_right_click_on_a_face_leads_to_its_person(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.open_photo(world.photo_ids[12], list(world.photo_ids))
    page = window.photo
    shown(qtbot, page)
    at = page.view.face_box(page.view.faces[0]).center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at.toPoint(), page.view.mapToGlobal(at.toPoint())
    )
    QApplication.sendEvent(page.view, event)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    labels = entries(popup)
    assert list(labels)[:2] == ["This is Anna", "Not Anna"]
    popup.close()
    entries(page.menu_at(at))["This is Anna"].trigger()
    qtbot.waitUntil(lambda: states(window.services, world.anna)[FaceState.CONFIRMED] == 4)
    qtbot.waitUntil(lambda: page.view.faces[0].state is FaceState.CONFIRMED)
    assert "This is Anna" not in entries(page.menu_at(at))
    entries(page.menu_at(at))["Go to Anna"].trigger()
    assert window.stack.currentWidget() is window.person
    assert window.person.person_id == world.anna


def test_an_unnamed_face_is_named_from_its_menu(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    at = page.view.face_box(page.view.faces[0]).center()
    labels = entries(page.menu_at(at))
    assert "Go to This Person" in labels and "Not a Face" in labels
    labels["Name…"].trigger()
    assert page.naming.field is not None and page.naming.field.isVisible()


def test_photos_of_a_person_have_the_same_menu(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.open_person(world.anna)
    page = window.person
    page.header.photos.setChecked(True)
    qtbot.waitUntil(lambda: page.photos.rowCount() == 5)
    page.photo_view.select_row(0)
    labels = entries(page.photo_menu())
    assert {"Open", "Slideshow", "Rotate Left", "Copy", "Export…"} <= set(labels)
    labels["Rotate Left"].trigger()
    first = page.photos.ids[0]
    qtbot.waitUntil(lambda: ask(window.services, queries.photos, [first])[0].turn == 270)


# A drive that is away.


def test_a_photo_whose_drive_is_away_shows_its_thumbnail_and_names_the_folder(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    row = window.photos.model.row(0)
    assert row is not None
    qtbot.waitUntil(lambda: row.thumb.path.exists())

    def unplug(txn: Transaction) -> None:
        txn.connection.execute("UPDATE folder SET state = 'unplugged'")
        txn.touch(folders=[row.photo.folder_id])

    window.services.submit(unplug).result(60)
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    view = window.photo.view
    qtbot.waitUntil(lambda: isinstance(view._image, QImage))
    assert str(world.folder) in view.message
    image = view.picture().toImage()
    middle: QRectF = view.framing.rect()
    assert image.pixelColor(middle.center().toPoint()).value() > 150, "the photo is to be seen"
    # Turned, though its file can't be read.
    press(view, Key.Key_R)
    qtbot.waitUntil(lambda: view.turn == 90)
    qtbot.waitUntil(
        lambda: isinstance(view._image, QImage) and view._image.height() > view._image.width()
    )


def test_a_copied_picture_is_turned_and_its_file_is_not(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.services.submit(rotation.rotate, world.photo_ids[:1], 90).result(60)
    window.files.copy(world.photo_ids[:1])
    clipboard = QApplication.clipboard()
    qtbot.waitUntil(lambda: not clipboard.image().isNull())
    assert clipboard.image().size().toTuple() == (HEIGHT, WIDTH)
    assert QImage(clipboard.mimeData().urls()[0].toLocalFile()).width() == WIDTH
