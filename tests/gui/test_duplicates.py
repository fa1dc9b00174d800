"""The duplicates page: groups, what goes to the trash, what is said of it, and undo."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facesorter.app.services import Services
from facesorter.gui.base.places import DUPLICATES
from facesorter.gui.grid.pixmaps import WHOLE, Thumb
from facesorter.gui.photos.duplicates_page import DuplicatesPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import duplicates, queries
from facesorter.library.decisions import labels
from facesorter.library.transaction import Transaction
from tests.gui.conftest import World, ask


def make_same(txn: Transaction, *groups: list[int]) -> None:
    for first, *others in groups:
        for photo in others:
            txn.connection.execute(
                "UPDATE photo SET content_hash = "
                "(SELECT content_hash FROM photo WHERE id = ?) WHERE id = ?",
                (first, photo),
            )
        txn.touch(photos=[first, *others])


@pytest.fixture
def page(qtbot: Any, window: MainWindow, services: Services, world: World) -> DuplicatesPage:
    """The page with two groups, of two and of three photos."""
    ids = world.photo_ids
    services.submit(make_same, ids[0:2], ids[2:5]).result(60)
    window.go_to(DUPLICATES)
    qtbot.waitUntil(lambda: len(window.duplicates.groups) == 2)
    return window.duplicates


def show(qtbot: Any, page: DuplicatesPage, ids: list[int]) -> None:
    """Go to the group of these photos with the keys."""
    for _ in page.groups:
        if page.group and set(page.group.ids) == set(ids):
            break
        QTest.keyClick(page, Qt.Key.Key_Right)
    assert page.group and set(page.group.ids) == set(ids)
    qtbot.waitUntil(lambda: len(page.cards) == len(ids))


def test_nothing_found_is_said(qtbot: Any, window: MainWindow) -> None:
    window.go_to(DUPLICATES)
    qtbot.waitUntil(lambda: "No duplicates" in window.duplicates.nothing.text())
    assert window.duplicates.nothing.isVisible()


def test_groups_are_side_by_side_with_the_best_suggested(
    qtbot: Any, page: DuplicatesPage, world: World
) -> None:
    show(qtbot, page, world.photo_ids[2:5])
    assert [card.keep.isChecked() for card in page.cards] == [True, False, False]
    assert "identical" in page.about.text() and "of 2" in page.header.note.text()
    assert page.trash.isEnabled()
    for digit in (Qt.Key.Key_2, Qt.Key.Key_3):
        QTest.keyClick(page, digit)
    assert not page.trash.isEnabled(), "nothing is left to move"
    for digit in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        QTest.keyClick(page, digit)
    assert not page.trash.isEnabled(), "none would be left"


def test_not_duplicates_is_one_decision_and_undone(
    qtbot: Any, page: DuplicatesPage, window: MainWindow, world: World
) -> None:
    show(qtbot, page, world.photo_ids[2:5])
    QTest.mouseClick(page.apart, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.groups) == 1)
    qtbot.waitUntil(lambda: "not duplicates" in window.commands.undo.text())
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: len(page.groups) == 2)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it to the user")
def test_the_others_go_to_the_trash_and_what_was_known_stays(
    qtbot: Any,
    page: DuplicatesPage,
    window: MainWindow,
    services: Services,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    trash = tmp_path / "Trash"
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(trash))
    show(qtbot, page, world.photo_ids[0:2])
    assert page.group is not None
    kept, gone = page.group.ids
    services.submit(labels.add_tag, "Beach", [gone]).result(60)
    paths = [Path(photo.path) for photo in page.group.photos]

    def answer(button: QMessageBox.ButtonRole) -> None:
        qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is not None)
        box = window.findChild(QMessageBox, "trash")
        (wanted,) = (b for b in box.buttons() if box.buttonRole(b) == button)
        QTest.mouseClick(wanted, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is None)

    QTest.keyClick(page, Qt.Key.Key_Delete)
    answer(QMessageBox.ButtonRole.RejectRole)
    assert all(path.exists() for path in paths) and len(page.groups) == 2
    QTest.mouseClick(page.trash, Qt.MouseButton.LeftButton)
    answer(QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(lambda: not paths[1].exists())
    qtbot.waitUntil(lambda: len(page.groups) == 1)
    assert window.focusWidget() is page, "whose keys go on working"
    assert paths[0].exists() and os.listdir(trash / "files") == [paths[1].name]
    qtbot.waitUntil(lambda: len(page.groups) == 1)
    tagged = ask(services, queries.photo_ids, tag_id=1)
    assert kept in tagged
    qtbot.waitUntil(lambda: "to the trash" in window.toast.label.text())
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: kept not in ask(services, queries.photo_ids, tag_id=1))
    assert paths[1].exists(), "one undo takes back both"
    qtbot.waitUntil(lambda: len(page.groups) == 2)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it to the user")
def test_one_of_all_identical_files_is_kept_in_one_decision(
    qtbot: Any,
    page: DuplicatesPage,
    window: MainWindow,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(tmp_path / "Trash"))
    best = [group.photos[0] for group in page.groups]
    others = [photo for group in page.groups for photo in group.photos[1:]]
    services.submit(labels.add_tag, "Beach", [photo.id for photo in others]).result(60)
    # A copy that was edited since it was listed is none any more.
    large = next(group for group in page.groups if len(group.photos) == 3)
    others.remove(large.photos[2])
    edited = Path(large.photos[2].path)
    edited.write_bytes(b"edited")
    page.copies.trigger()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is not None)
    box = window.findChild(QMessageBox, "trash")
    assert "2" in box.text() and "B" in box.informativeText()
    assert all(Path(photo.path).exists() for photo in others)
    (go,) = (b for b in box.buttons() if box.buttonRole(b) == QMessageBox.ButtonRole.AcceptRole)
    QTest.mouseClick(go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not any(Path(photo.path).exists() for photo in others))
    assert all(Path(photo.path).exists() for photo in best) and edited.exists()
    kept = {photo.id for photo in best}
    qtbot.waitUntil(lambda: kept <= set(ask(services, queries.photo_ids, tag_id=1)))
    qtbot.waitUntil(lambda: "to the trash" in window.toast.label.text())
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: not kept & set(ask(services, queries.photo_ids, tag_id=1)))
    assert all(Path(photo.path).exists() for photo in others)


def test_pictures_are_not_cropped(qtbot: Any, page: DuplicatesPage) -> None:
    card = page.cards[0]
    thumb = Thumb("photo", card.photo.id, page._bridge.services.thumbnails.photo_path(card.photo))
    qtbot.waitUntil(lambda: page._pixmaps.get(thumb, WHOLE) is not None)
    pixmap = page._pixmaps.get(thumb, WHOLE)
    assert pixmap is not None and card.photo.width and card.photo.height
    assert pixmap.width() * card.photo.height == pixmap.height() * card.photo.width
    seen = card.picture.grab().toImage()
    ground, middle = seen.pixel(seen.width() // 2, 3), seen.pixel(seen.rect().center())
    assert ground != middle, "a wide photo leaves room above it"
    assert ground == seen.pixel(seen.width() // 2, seen.height() - 4)


def test_nothing_moves_when_the_photo_to_keep_is_not_there(
    qtbot: Any,
    page: DuplicatesPage,
    window: MainWindow,
    services: Services,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved: list[str] = []
    monkeypatch.setattr("send2trash.send2trash", moved.append)
    show(qtbot, page, world.photo_ids[0:2])
    assert page.group is not None
    Path(page.group.photos[0].path).unlink()
    messages: list[str] = []
    window.bridge.failed.connect(messages.append)
    QTest.mouseClick(page.trash, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is not None)
    box = window.findChild(QMessageBox, "trash")
    box.buttons()[0].click()
    qtbot.waitUntil(lambda: bool(messages))
    assert "Nothing was moved" in messages[0] and not moved
    assert len(ask(services, duplicates.groups)) == 2


def test_enter_opens_a_photo_and_comes_back(
    qtbot: Any, page: DuplicatesPage, window: MainWindow, world: World
) -> None:
    show(qtbot, page, world.photo_ids[2:5])
    QTest.keyClick(page, Qt.Key.Key_Return)
    assert window.stack.currentWidget() is window.photo
    window.commands.back.trigger()
    assert window.stack.currentWidget() is page
    assert page.group is not None and set(page.group.ids) == set(world.photo_ids[2:5])
