"""Taking a person apart: the proposal in columns, faces moved between them, one step to undo."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facesorter.gui.base.drag import FACES
from facesorter.gui.base.places import PEOPLE
from facesorter.gui.people.split_page import SplitPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from tests.gui.conftest import World, ask, click, person, press
from tests.support.windows import give_looks

Key = Qt.Key


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> SplitPage:
    faces = ask(window.services, queries.face_ids, person_id=world.large)
    window.services.submit(give_looks, sorted(faces)).result(60)
    window.go_to(PEOPLE)
    window.open_person(world.large)
    qtbot.waitUntil(lambda: window.person.faces.rowCount() == 5)
    window.person.header.split.click()
    qtbot.waitUntil(lambda: len(window.split.columns[1].ids) == 2)
    return window.split


def columns(page: SplitPage) -> list[list[int]]:
    return [sorted(part.face_ids) for part in page.parts()]


def test_two_presses_separate_and_one_undo_joins(
    qtbot: Any, page: SplitPage, window: MainWindow, world: World
) -> None:
    first, second = columns(page)
    assert (len(first), len(second)) == (3, 2)
    assert page.columns[0].note.text() == "3 faces"
    assert not page.columns[2].isVisible()
    press(page.accept, Key.Key_Space)
    assert window.stack.currentWidget() is window.person
    qtbot.waitUntil(lambda: sorted(window.person.faces.ids) == first)
    (moved,) = {face.person_id for face in ask(window.services, queries.faces, second)}
    assert moved != world.large
    qtbot.waitUntil(lambda: "Split into 2 people" in window.toast.label.text())
    assert window.toast.isVisible()
    press(window, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: person(window.services, world.large).faces == 5)
    assert person(window.services, moved) is None


def test_names_are_given_with_it(
    qtbot: Any, page: SplitPage, window: MainWindow, world: World
) -> None:
    _, second = columns(page)
    QTest.keyClicks(page.columns[0].field, "Tom")
    QTest.keyClicks(page.columns[1].field, "Anna")
    page.accept.click()
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "Tom")
    faces = ask(window.services, queries.faces, second)
    assert {face.person_id for face in faces} == {world.anna}


def test_faces_are_moved_by_key_and_by_drag(page: SplitPage) -> None:
    first, second = columns(page)
    stack = page.columns[0].stack
    stack.setFocus()
    click(stack, 0)
    stray = stack.current_id()
    assert stray is not None
    press(stack, Key.Key_2)
    assert columns(page) == [sorted(set(first) - {stray}), sorted([*second, stray])]
    data = QMimeData()
    data.setData(FACES, QByteArray(f"{stray}".encode()))
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    stack.dropEvent(drop)
    assert drop.isAccepted() and columns(page) == [first, second]


def test_the_mouse_drags_faces_and_keys_reach_everything(
    page: SplitPage, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = page.columns[0].stack
    assert stack.hasFocus(), "where the page says what to do first"
    dragged: list[list[int]] = []
    monkeypatch.setattr(stack, "startDrag", lambda _: dragged.append(stack.selected_ids()))
    port, at = stack.viewport(), stack.visualRect(stack.model().index(1, 0)).center()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=at)
    for step in (30, 60):
        moved = QPointF(at) + QPointF(step, 0)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            moved,
            port.mapToGlobal(moved),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(port, event)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at)
    assert dragged[:1] == [[stack.faces.ids[1]]]
    # Tab goes through names and faces, column by column.
    page.columns[0].field.setFocus()
    passed = []
    for _ in range(4):
        press(QApplication.focusWidget(), Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    assert passed == [stack, page.columns[1].field, page.columns[1].stack, page.accept]


def test_more_people_and_an_empty_column(qtbot: Any, page: SplitPage) -> None:
    page.counts.button(3).click()
    assert not page.accept.isEnabled()
    qtbot.waitUntil(lambda: page.accept.isEnabled())
    assert len(columns(page)) == 3 and page.columns[2].isVisible()
    everything = [face for part in columns(page) for face in part]
    page.move_faces(everything, 0)
    assert not page.accept.isEnabled() and page.columns[1].note.text() == "Drag faces here"


def test_escape_changes_nothing(page: SplitPage, window: MainWindow, world: World) -> None:
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is window.person
    assert person(window.services, world.large).faces == 5
