"""The photo page: boxes where the faces are, chips outside them, naming, zoom and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtTest import QTest

from facesorter.domain import FaceState, Region
from facesorter.gui.photo.face_boxes import Framing, box, place_chips
from facesorter.gui.photo.view import LINES, chip_text, shown_state
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, photos, versions
from tests.gui.conftest import REGION, World, ask, person, press

Key, Modifier = Qt.Key, Qt.KeyboardModifier
sizes = st.builds(QSizeF, st.integers(10, 9000), st.integers(10, 9000))


@given(sizes, sizes)
def test_a_photo_is_fitted_and_centred(photo: QSizeF, view: QSizeF) -> None:
    rect = Framing(photo, view).rect()
    assert abs(rect.width() / rect.height() - photo.width() / photo.height()) < 1e-6 * (
        rect.width() / rect.height()
    )
    assert rect.width() <= view.width() + 1e-6 and rect.height() <= view.height() + 1e-6
    assert abs(rect.center().x() - view.width() / 2) < 1e-6
    assert abs(rect.center().y() - view.height() / 2) < 1e-6


@pytest.mark.parametrize("photo", [QSizeF(4000, 3000), QSizeF(3000, 4000)])
def test_boxes_are_fractions_of_the_upright_photo(photo: QSizeF) -> None:
    rect = Framing(photo, QSizeF(800, 600)).rect()
    place = box(Region(0.25, 0.5, 0.1, 0.2), rect)
    scale = rect.width() / photo.width()
    assert place.x() - rect.x() == pytest.approx(photo.width() * 0.25 * scale)
    assert place.y() - rect.y() == pytest.approx(photo.height() * 0.5 * scale)
    assert place.width() == pytest.approx(photo.width() * 0.1 * scale)
    assert place.height() == pytest.approx(photo.height() * 0.2 * scale)


@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(0.5, 2.0), min_size=1, max_size=6))
def test_zoom_keeps_what_is_under_the_cursor(x: float, y: float, factors: list[float]) -> None:
    framing = Framing(QSizeF(4000, 3000), QSizeF(800, 600)).zoomed(4.0, QPointF(400, 300))
    for factor in factors:
        rect = framing.rect()
        at = QPointF(100 + 600 * x, 100 + 400 * y)
        before = ((at.x() - rect.x()) / rect.width(), (at.y() - rect.y()) / rect.height())
        framing = framing.zoomed(factor, at)
        rect = framing.rect()
        assert rect.left() <= 1e-6 and rect.right() >= 800 - 1e-6
        after = ((at.x() - rect.x()) / rect.width(), (at.y() - rect.y()) / rect.height())
        if rect.left() < -1 and rect.right() > 801 and rect.top() < -1 and rect.bottom() > 601:
            assert after == pytest.approx(before, abs=1e-6)


@given(
    st.lists(
        st.builds(Region, st.floats(0, 0.8), st.floats(0, 0.8), st.just(0.1), st.just(0.15)),
        max_size=5,
    )
)
def test_chips_stay_in_sight_and_off_their_face(regions: list[Region]) -> None:
    view = QRectF(0, 0, 1000, 700)
    boxes = [box(region, view) for region in regions]
    chips = place_chips(boxes, [QSizeF(90, 26)] * len(boxes), view)
    assert all(view.contains(chip) for chip in chips)
    if len(boxes) == 1:
        assert not chips[0].intersects(boxes[0])


def open_first(qtbot: Any, window: MainWindow, row: int = 0) -> None:
    window.photos.view.select_row(row)
    press(window.photos.view, Key.Key_Return)
    view = window.photo.view
    qtbot.waitUntil(lambda: bool(view.faces) and not view._stand_in)


def test_boxes_are_drawn_where_the_faces_are(qtbot: Any, window: MainWindow, world: World) -> None:
    open_first(qtbot, window)
    view = window.photo.view
    (face,) = view.faces
    place = view.face_box(face)
    photo = view.framing.rect()
    assert place.x() == pytest.approx(photo.x() + REGION.x * photo.width(), abs=0.5)

    def reddest(drawn: Any) -> list[tuple[int, int, int]]:
        x = round(place.center().x())
        return [drawn.pixelColor(x, round(place.top()) + dy).getRgb()[:3] for dy in (-1, 0, 1)]

    wanted, style = LINES[FaceState.CONFIRMED]
    assert style is Qt.PenStyle.SolidLine

    def near(colours: list[tuple[int, int, int]]) -> bool:
        rgb = wanted.getRgb()[:3]
        return any(max(abs(a - b) for a, b in zip(c, rgb, strict=True)) < 40 for c in colours)

    assert near(reddest(view.grab().toImage()))
    press(window.photo, Key.Key_B)
    assert not near(reddest(view.grab().toImage()))


def test_styles_tell_the_states_apart(qtbot: Any, window: MainWindow, world: World) -> None:
    drawn = {}
    for row, photo in enumerate(world.photo_ids):
        (face_id,) = ask(window.services, queries.face_ids, photo_id=photo)
        (face,) = ask(window.services, queries.faces, [face_id])
        drawn[row] = (chip_text(face), LINES[shown_state(face)][1])
    assert drawn[0] == ("Anna", Qt.PenStyle.SolidLine)
    assert drawn[12] == ("Anna?", Qt.PenStyle.DashLine)
    assert drawn[4] == ("Who is this?", Qt.PenStyle.DotLine)


def test_arrows_walk_the_list_and_escape_returns(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    view = window.photos.view
    open_first(qtbot, window, 3)
    assert window.photo.head.position.text() == "4 of 14"
    press(window.photo.view, Key.Key_Right)
    assert window.photo.photo is not None and window.photo.photo.id == world.photo_ids[4]
    press(window.photo.view, Key.Key_Left)
    press(window.photo.view, Key.Key_Left)
    assert window.photo.photo.id == world.photo_ids[2]
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is window.photos
    assert view.selected_ids() == [world.photo_ids[2]]


def test_a_chip_names_a_whole_group(qtbot: Any, window: MainWindow, world: World) -> None:
    open_first(qtbot, window, 4)
    page = window.photo
    ((_, chip),) = page.view.chips()
    QTest.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=chip.center().toPoint())
    assert page.naming.field is not None
    QTest.keyClicks(page.naming.field, "Tom")
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "Tom")
    qtbot.waitUntil(lambda: chip_text(page.view.faces[0]) == "Tom")


def test_a_chip_moves_a_named_face(qtbot: Any, window: MainWindow, world: World) -> None:
    open_first(qtbot, window, 0)
    page = window.photo
    press(page.view, Key.Key_N)
    assert page.naming.field is not None and page.naming.field.text() == "Anna"
    page.naming.field.clear()
    QTest.keyClicks(page.naming.field, "Eva")
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: chip_text(page.view.faces[0]) == "Eva")
    assert person(window.services, world.anna).faces == 4


def test_the_name_of_a_suggestion_confirms_it(qtbot: Any, window: MainWindow, world: World) -> None:
    open_first(qtbot, window, 12)
    page = window.photo
    assert page.view.faces[0].state is FaceState.SUGGESTED
    page.naming.name_face(page.view.faces[0].id)
    assert page.naming.field is not None
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: page.view.faces[0].state is FaceState.CONFIRMED)


def test_a_file_that_is_gone_says_so(qtbot: Any, window: MainWindow, world: World) -> None:
    (world.folder / "photo 05.jpg").unlink()
    window.open_photo(world.photo_ids[5], world.photo_ids)
    qtbot.waitUntil(lambda: bool(window.photo.view.message))


def test_who_was_cut_away_is_said(qtbot: Any, window: MainWindow, world: World) -> None:
    photo_id = world.photo_ids[0]
    window.open_photo(photo_id, world.photo_ids)
    page = window.photo
    qtbot.waitUntil(lambda: [face.name for face in page.view.faces] == ["Anna"])
    assert not page.faces.absent.isVisible()

    def edit(txn: Transaction) -> None:
        before = versions.seen(txn.connection, photo_id)
        assert before is not None
        faces_there = [face.id for face in faces.of_photo(txn.connection, photo_id)]
        faces.move_to_photo(txn.connection, faces_there, versions.keep(txn.connection, before))
        txn.touch(photos=[photo_id], faces=faces_there)

    window.services.submit(edit).result(10)
    qtbot.waitUntil(page.faces.absent.isVisible)
    assert page.faces.absent.text() == "Not on this version: Anna" and page.view.faces == []


def test_an_edited_photo_shows_no_faces_until_it_is_read_again(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    photo_id = world.photo_ids[0]
    window.open_photo(photo_id, world.photo_ids)
    page = window.photo
    qtbot.waitUntil(lambda: [face.name for face in page.view.faces] == ["Anna"])
    window.services.pause()

    def edit(txn: Transaction) -> None:
        photos.set_pending(txn.connection, photo_id)
        txn.touch(photos=[photo_id])

    window.services.submit(edit).result(10)
    qtbot.waitUntil(lambda: page.view.faces == [])


def test_unnamed_people_in_a_photo_are_hidden(qtbot: Any, window: MainWindow, world: World) -> None:
    window.open_photo(world.photo_ids[11], list(world.photo_ids))
    window.photo._sweep()
    qtbot.waitUntil(lambda: window.toast.isVisible())
    assert window.toast.label.text() == "Hid 1 unnamed person"
    window.photo._sweep()
    qtbot.waitUntil(lambda: "no unnamed people" in window.toast.label.text())


def test_icons_on_the_dark_page_are_light(window: MainWindow) -> None:
    for button in (window.photo.head.toggle, window.photo.head.draw, *window.photo.marks.buttons):
        picture = button.icon().pixmap(20, 20).toImage()
        drawn = [
            picture.pixelColor(x, y).lightness()
            for x in range(picture.width())
            for y in range(picture.height())
            if picture.pixelColor(x, y).alpha() > 200
        ]
        assert drawn and min(drawn) > 128


def test_keys_do_nothing_to_a_photo_left_behind(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    """A photo that is no longer in the library shows nothing, and no key acts on the one before."""
    page, ids = window.photo, [world.photo_ids[4], 9999]
    window.open_photo(ids[0], ids)
    qtbot.waitUntil(lambda: bool(page.view.faces))
    page.faces.absent.setText("Not on this version: Anna")
    page.faces.absent.show()
    press(page.view, Key.Key_T)
    qtbot.waitUntil(page.marks.tags.isVisible)
    page.step(1)
    assert page.photo is None and page.faces.absent.isHidden() and page.marks.tags.isHidden()
    assert page.head.title.text() == "" and page.head.position.text() == "2 of 2"
    for key in (Key.Key_F, Key.Key_T, Key.Key_A, Key.Key_N):
        press(page.view, key)
    assert page.marks.tags.isHidden() and page.marks.albums.isHidden() and page.listening
    assert not any(photo.favourite for photo in ask(window.services, queries.photos, ids))
    press(page.view, Key.Key_Left)
    qtbot.waitUntil(lambda: page.photo is not None and bool(page.view.faces))
    assert page.head.title.text()


def test_a_name_asked_for_in_vain_is_not_asked_for_elsewhere(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    page, ids = window.photo, list(world.photo_ids)
    window.open_photo(ids[4], ids)
    press(page.view, Key.Key_N)
    assert page.faces.naming_wanted, "the faces aren't read yet"
    window._go_back()
    window.open_photo(ids[5], ids)
    qtbot.waitUntil(lambda: bool(page.view.faces))
    assert page.naming.field is None and page.listening
