"""Unknown faces: look-alikes first, several named at once, hidden, and nothing left."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facesorter.domain import FaceState
from facesorter.gui.base.places import UNKNOWN
from facesorter.gui.people.unknown_page import UnknownPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import corrections
from tests.gui.conftest import World, ask, click, person, press
from tests.support.windows import give_looks

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> UnknownPage:
    """The five faces of the large group are with nobody; so is the face that stands alone."""
    services = window.services
    faces = sorted(ask(services, queries.face_ids, person_id=world.large))
    services.submit(give_looks, faces).result(60)
    services.submit(corrections.reject, world.large, faces).result(60)
    window.go_to(UNKNOWN)
    qtbot.waitUntil(lambda: window.unknown.faces.rowCount() == 6)
    return window.unknown


def test_the_most_similar_come_first(qtbot: Any, page: UnknownPage) -> None:
    known = sorted(page.faces.ids)
    row = page.faces.row_of(known[4])
    click(page.view, row)
    assert page.alike.isEnabled() and page.ask.isEnabled()
    press(page.view, Key.Key_Return)
    qtbot.waitUntil(lambda: list(page.faces.ids[:2]) in ([known[4], known[3]],))
    assert set(page.faces.ids[2:5]) == set(known[:3])


def test_the_face_that_others_are_compared_to_can_be_named_at_once(
    qtbot: Any, page: UnknownPage, window: MainWindow
) -> None:
    """Enter cleared the selection, and the name typed next went nowhere."""
    face = page.faces.ids[3]
    click(page.view, 3)
    press(page.view, Key.Key_Return)
    qtbot.waitUntil(lambda: page.faces.ids[0] == face)
    assert page.view.selected_ids() == [face] and page.view.current_id() == face
    QTest.keyClicks(page.view, "N")
    QTest.keyClicks(page.asking.field, "ora")
    press(page.asking.field, Key.Key_Return)
    qtbot.waitUntil(lambda: ask(window.services, queries.faces, [face])[0].name == "Nora")


def test_many_are_named_at_once(
    qtbot: Any, page: UnknownPage, window: MainWindow, world: World
) -> None:
    chosen = list(page.faces.ids[:3])
    click(page.view, 0)
    click(page.view, 2, Modifier.ShiftModifier)
    QTest.keyClicks(page.view, "A")
    QTest.keyClicks(page.asking.field, "nna")
    press(page.asking.field, Key.Key_Return)
    qtbot.waitUntil(lambda: page.faces.rowCount() == 3)
    assert person(window.services, world.anna).faces == 8
    assert page.view.hasFocus() and not set(chosen) & set(page.faces.ids)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: page.faces.rowCount() == 6)


def test_set_aside_to_the_last(qtbot: Any, page: UnknownPage, window: MainWindow) -> None:
    faces = list(page.faces.ids)
    press(page.view, Key.Key_A, Modifier.ControlModifier)
    press(page.view, Key.Key_Delete)
    qtbot.waitUntil(lambda: page.body.currentIndex() == 1)
    assert {f.state for f in ask(window.services, queries.faces, faces)} == {FaceState.IGNORED}
    assert window.sidebar.current_key() == UNKNOWN
