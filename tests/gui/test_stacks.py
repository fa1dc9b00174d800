"""Stacks in the window: one tile that unfolds, acts on all of it, and the strip in the viewer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facesorter.app.services import Services
from facesorter.gui.base.places import PHOTOS
from facesorter.gui.grid.photo_delegate import stack_rect
from facesorter.gui.photos.page import PhotosPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries, stacks
from facesorter.library.transaction import Transaction
from facesorter.storage.stacks import Row
from tests.gui.conftest import World, ask


def make_stack(txn: Transaction, ids: list[int]) -> None:
    """Stack photos as the search does: an edited copy, the camera's picture and its raw file."""
    roles = ("edited", "picture", "raw")
    stacks.record(
        txn,
        [],
        [Row(each, min(ids), at, ids[0], roles[at], "edited") for at, each in enumerate(ids)],
    )


@pytest.fixture
def page(qtbot: Any, window: MainWindow, services: Services, world: World) -> PhotosPage:
    """Photos, of which the third to fifth are one stack, the fourth on top."""
    window.go_to(PHOTOS)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == len(world.photo_ids))
    services.submit(make_stack, of_stack(world)).result(60)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == len(world.photo_ids) - 2)
    return window.photos


def of_stack(world: World) -> list[int]:
    return [world.photo_ids[at] for at in (3, 2, 4)]


def current(page: PhotosPage, photo_id: int) -> None:
    page.view.select_row(page.model.row_of(photo_id))


def test_a_click_on_the_badge_unfolds_in_place_and_folds(
    qtbot: Any, page: PhotosPage, world: World
) -> None:
    top, *beneath = of_stack(world)
    assert page.header.note.text() == str(len(world.photo_ids)), "no photo is out of the count"
    current(page, world.photo_ids[0])
    before = list(page.model.ids)

    def press() -> None:
        tile = page.view.visualRect(page.model.index(page.model.row_of(top)))
        at = stack_rect(tile, 3).center()
        QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    press()
    at = before.index(top)
    assert list(page.model.ids) == [*before[: at + 1], *beneath, *before[at + 1 :]]
    press()
    assert list(page.model.ids) == before
    text = page.model.data(page.model.index(at), Qt.ItemDataRole.AccessibleTextRole)
    assert "stack of 3 photos" in text


def test_a_key_unfolds_and_months_stay_right(qtbot: Any, page: PhotosPage, world: World) -> None:
    top = of_stack(world)[0]
    months = list(page.model.months)
    current(page, top)
    QTest.keyClick(page.view, Qt.Key.Key_U)
    assert page.model.rowCount() == len(world.photo_ids)
    assert [title for _, title in page.model.months] == [title for _, title in months]
    current(page, of_stack(world)[2])
    QTest.keyClick(page.view, Qt.Key.Key_U)
    assert page.view.current_id() == top, "the one beneath which the current photo went"


def test_a_folded_stack_is_marked_whole_and_an_unfolded_one_photo_by_photo(
    qtbot: Any, page: PhotosPage, services: Services, world: World
) -> None:
    top, other, _ = of_stack(world)

    def starred() -> set[int]:
        found = services.query(queries.photos, world.photo_ids).result(60)
        return {photo.id for photo in found if photo.favourite}

    current(page, top)
    QTest.keyClick(page.view, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: starred() == set(of_stack(world)))
    QTest.keyClick(page.view, Qt.Key.Key_U)
    current(page, other)
    QTest.keyClick(page.view, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: starred() == {*of_stack(world)} - {other})


def test_a_folded_stack_is_unstacked_whole(
    qtbot: Any, page: PhotosPage, services: Services, world: World
) -> None:
    current(page, of_stack(world)[0])
    entries = [each.text().split("\t")[0] for each in page.menu().actions()]
    assert "Unstack 3 Photos" in entries
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(page.view, Qt.Key.Key_G, control | shift)
    qtbot.waitUntil(lambda: page.model.rowCount() == len(world.photo_ids))
    assert [len(page.model.stack_of(each)) for each in of_stack(world)] == [1, 1, 1]


def test_the_trash_asks_about_all_photos_of_a_stack(
    qtbot: Any, page: PhotosPage, window: MainWindow, world: World
) -> None:
    current(page, of_stack(world)[0])
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    box = window.findChild(QMessageBox, "trash")
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is not None)
    box = window.findChild(QMessageBox, "trash")
    assert box is not None and "3 photos" in box.text()
    assert "stack" in box.informativeText()
    box.reject()


def test_stacked_by_hand_put_on_top_unstacked_and_undone(
    qtbot: Any, page: PhotosPage, window: MainWindow, services: Services, world: World
) -> None:
    a, b = world.photo_ids[6:8]
    page.view.select_rows([page.model.row_of(each) for each in (a, b)])
    QTest.keyClick(page.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(page.model.stack_of(a)) == 2)
    assert page.model.rowCount() == len(world.photo_ids) - 3
    top, beneath = page.model.stack_of(a)
    current(page, top)
    QTest.keyClick(page.view, Qt.Key.Key_U)
    current(page, beneath)
    entries = {each.text().split("\t")[0]: each for each in page.menu().actions()}
    entries["Put on Top of Stack"].trigger()
    qtbot.waitUntil(lambda: page.model.stack_of(a) == (beneath, top))
    QTest.keyClick(
        page.view,
        Qt.Key.Key_G,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.waitUntil(lambda: len(page.model.stack_of(a)) == 1)
    for _ in range(3):
        window.actions_.undo()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(world.photo_ids) - 2)
    assert len(page.model.stack_of(a)) == 1


def test_the_viewer_shows_the_stack_as_a_strip(
    qtbot: Any, page: PhotosPage, window: MainWindow, services: Services, world: World
) -> None:
    ids = of_stack(world)
    current(page, ids[0])
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    viewer = window.photo
    qtbot.waitUntil(lambda: viewer.strip.ids == ids)
    assert viewer.strip.isVisible() and viewer.strip.buttons[ids[0]].isChecked()
    assert "edited" in viewer.strip.buttons[ids[0]].accessibleName()
    QTest.mouseClick(viewer.strip.buttons[ids[2]], Qt.MouseButton.LeftButton)
    assert viewer.photo is not None and viewer.photo.id == ids[2]
    QTest.keyClick(viewer, Qt.Key.Key_U)
    assert viewer.photo.id == ids[0]
    QTest.keyClick(viewer, Qt.Key.Key_U)
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.photo.id not in ids
    qtbot.waitUntil(lambda: not viewer.strip.isVisible())
    QTest.keyClick(viewer, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: viewer.strip.ids == ids)
    QTest.keyClick(viewer, Qt.Key.Key_U)
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.navigator.page is page)
    assert page.view.current_id() == ids[0], "the tile of the photo seen last"


def test_without_stacks_every_photo_has_a_tile(
    qtbot: Any, page: PhotosPage, window: MainWindow, services: Services, world: World
) -> None:
    services.settings.stacks = False
    page.model.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(world.photo_ids))


def test_a_search_that_finds_a_part_of_a_stack_shows_that(
    qtbot: Any, page: PhotosPage, services: Services, world: World
) -> None:
    raw = of_stack(world)[2]
    name = Path(ask(services, queries.photos, [raw])[0].path).name
    page.field.set_search(f'file:"{name}"')
    qtbot.waitUntil(lambda: list(page.model.ids) == [raw])
    assert page.model.stack_of(raw) == (raw,)
