"""The map under a real mouse and keyboard: lasso, name, undo, zoom, from face to face."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facesorter.domain import FaceState
from facesorter.gui.base.places import MAP
from facesorter.gui.map import labels
from facesorter.gui.map.page import MapPage
from facesorter.gui.map.view import MapView
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import face_map, queries
from facesorter.library.decisions import corrections
from facesorter.storage import embeddings, library_settings
from tests.gui.conftest import World, ask, move, person, press

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton

PLACES = {"anna": (0.0, 0.0), "large": (10.0, 0.0), "small": (0.0, 8.0), "once": (10.0, 8.0)}


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> MapPage:
    """Four groups in four corners, each face 1 apart from the next."""
    services = window.services
    ids, xy = [], []
    for name, (x, y) in PLACES.items():
        for number, face in enumerate(
            ask(services, queries.face_ids, person_id=getattr(world, name))
        ):
            ids.append(face)
            xy.append((x + number % 3, y + number // 3))
    order = np.argsort(ids)
    places = np.array(xy)[order]
    face_map.save(
        services.library_dir,
        face_map.Places(np.array(ids)[order], places, places.astype(np.float32), 1.0),
    )
    window.go_to(MAP)
    qtbot.waitUntil(lambda: window.map.view.frame is not None)
    qtbot.waitUntil(lambda: not window.map.drawing)
    return window.map


def spot(view: MapView, x: float, y: float) -> QPoint:
    return view.camera.to_screen(QPointF(x, y)).toPoint()


def lasso(view: MapView, corners: list[QPoint], modifiers: Any = Modifier.ShiftModifier) -> None:
    QTest.mousePress(view, Button.LeftButton, modifiers, corners[0])
    for corner in [*corners[1:], corners[0]]:
        move(view, corner, Button.LeftButton, modifiers)
    QTest.mouseRelease(view, Button.LeftButton, modifiers, corners[0])


def around(view: MapView, name: str) -> list[QPoint]:
    x, y = PLACES[name]
    return [
        spot(view, x - 0.7, y - 0.7),
        spot(view, x + 2.7, y - 0.7),
        spot(view, x + 2.7, y + 1.7),
        spot(view, x - 0.7, y + 1.7),
    ]


def test_a_lasso_selects_and_naming_persists_and_is_undone(
    qtbot: Any, page: MapPage, window: MainWindow, world: World
) -> None:
    view, services = page.view, window.services
    before = sorted(ask(services, queries.face_ids, person_id=world.large))
    lasso(view, around(view, "large"))
    qtbot.waitUntil(lambda: view.selected_ids() == before)
    assert page.ask.isEnabled() and page.header.note.text() == "5 selected"
    QTest.keyClicks(view, "B")
    QTest.keyClicks(page.asking.field, "erta")
    press(page.asking.field, Key.Key_Return)
    qtbot.waitUntil(
        lambda: any(cloud.name == "Berta" for cloud in view.prepared.map.clouds),
    )
    found = ask(services, queries.faces, before)
    assert {(face.name, face.state) for face in found} == {("Berta", FaceState.CONFIRMED)}
    assert any(label.text == "Berta" for label in view._labels)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(
        lambda: all(cloud.name != "Berta" for cloud in view.prepared.map.clouds),
    )
    assert sorted(ask(services, queries.face_ids, person_id=world.large)) == before
    # The selection outlives what became of it.
    assert view.selected_ids() == before


def test_the_lasso_button_and_adding(qtbot: Any, page: MapPage, world: World) -> None:
    view = page.view
    QTest.mouseClick(page.lasso, Button.LeftButton)
    assert view.lasso_on
    lasso(view, around(view, "small"), Modifier.NoModifier)
    qtbot.waitUntil(lambda: view.selected == 3)
    lasso(view, around(view, "large"), Modifier.ControlModifier)
    qtbot.waitUntil(lambda: view.selected == 8)
    press(view, Key.Key_L, Modifier.ControlModifier)
    assert not view.lasso_on and not page.lasso.isChecked()
    press(view, Key.Key_Escape)
    assert view.selected == 0 and not page.ask.isEnabled()


def test_drag_moves_and_the_wheel_zooms_at_the_cursor(page: MapPage) -> None:
    view = page.view
    fitted = view.camera
    at = QPointF(spot(view, 10, 0))
    wheel = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Button.NoButton,
        Modifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, wheel)
    assert view.camera.scale == pytest.approx(fitted.scale * 1.25**2)
    there = view.camera.to_screen(QPointF(10, 0))
    assert (there - at).manhattanLength() < 1.5
    QTest.mousePress(view, Button.LeftButton, pos=at.toPoint())
    move(view, at.toPoint() + QPoint(-40, 25), Button.LeftButton)
    QTest.mouseRelease(view, Button.LeftButton, pos=at.toPoint() + QPoint(-40, 25))
    moved = view.camera.to_screen(QPointF(10, 0)) - there
    assert (moved - QPointF(-40, 25)).manhattanLength() < 0.1
    assert view.selected == 0
    press(view, Key.Key_0)
    assert view.camera.scale == pytest.approx(fitted.scale)


def test_a_click_on_a_face_and_on_a_name(page: MapPage, world: World, window: MainWindow) -> None:
    view = page.view
    faces = ask(window.services, queries.face_ids, person_id=world.large)
    QTest.mouseClick(view, Button.LeftButton, pos=spot(view, 10, 0))
    assert view.selected_ids() == [faces[0]] and view.current == faces[0]
    QTest.mouseClick(view, Button.LeftButton, Modifier.ControlModifier, spot(view, 11, 0))
    assert view.selected == 2
    QTest.mouseClick(view, Button.LeftButton, Modifier.ControlModifier, spot(view, 11, 0))
    assert view.selected_ids() == [faces[0]]
    label = next(label for label in view._labels if label.text == "Anna")
    middle = labels.place(label, view.camera).center().toPoint()
    QTest.mouseClick(view, Button.LeftButton, pos=middle)
    anna = ask(window.services, queries.face_ids, person_id=world.anna)
    assert view.selected_ids() == sorted(anna)
    QTest.mouseClick(view, Button.LeftButton, pos=spot(view, 6, 4))
    assert view.selected == 0


def test_from_face_to_face_by_key(qtbot: Any, page: MapPage, window: MainWindow) -> None:
    view = page.view
    view.set_current(int(view.prepared.map.face_ids[0]))
    x, y = view.prepared.map.xy[0]
    for key, step in ((Key.Key_Right, (1, 0)), (Key.Key_Down, (0, 1)), (Key.Key_Left, (-1, 0))):
        press(view, key)
        x, y = x + step[0], y + step[1]
        at = view._at(view.current)
        assert view.prepared.map.xy[at].tolist() == [x, y]
        assert view.accessibleDescription() and view.accessibleDescription() == page.about.text()
    press(view, Key.Key_Space)
    assert view.selected_ids() == [view.current]
    scale = view.camera.scale
    press(view, Key.Key_Plus)
    assert view.camera.scale > scale
    press(view, Key.Key_Minus)
    assert view.camera.scale == pytest.approx(scale)
    press(view, Key.Key_A, Modifier.ControlModifier | Modifier.ShiftModifier)
    chosen = view.prepared.map.person[np.isin(view.prepared.map.face_ids, view.selected_ids())]
    assert len(chosen) > 1 and len(set(chosen.tolist())) == 1
    press(view, Key.Key_A, Modifier.ControlModifier)
    assert view.selected == len(view.prepared.map.face_ids)
    press(view, Key.Key_Return)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.photo)
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is page


def test_ignoring_and_hiding(qtbot: Any, page: MapPage, window: MainWindow, world: World) -> None:
    view, services = page.view, window.services
    n = len(view.prepared.map.face_ids)
    QTest.mouseClick(view, Button.LeftButton, pos=spot(view, 10, 8))
    (face,) = view.selected_ids()
    press(view, Key.Key_Delete, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: len(view.prepared.map.face_ids) == n - 1)
    assert ask(services, queries.faces, [face])[0].state is FaceState.IGNORED
    assert view.selected == 0
    # Everybody is selected; only those without a name are hidden.
    press(view, Key.Key_A, Modifier.ControlModifier)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(
        lambda: {cloud.name for cloud in view.prepared.map.clouds} == {"Anna"},
    )
    assert person(services, world.large).hidden and not person(services, world.anna).hidden
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: len(view.prepared.map.face_ids) == n - 1)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: len(view.prepared.map.face_ids) == n)


def test_pictures_appear_from_near_and_tell_states_apart(qtbot: Any, page: MapPage) -> None:
    view = page.view
    view._look(view.camera.zoomed(30, view.camera.to_screen(QPointF(0, 0))))
    qtbot.waitUntil(lambda: view.frame.side > 0 and view.frame.scale == view.camera.scale)
    qtbot.waitUntil(lambda: all(crop.face_id in view._rows for crop in view.frame.crops))
    sides = [rect for _, rect in view._crops_in_sight()]
    assert sides
    for at, rect in enumerate(sides):
        assert not any(rect.intersects(other) for other in sides[:at])
    crop, rect = view._crops_in_sight()[0]
    QTest.mouseClick(view, Button.LeftButton, pos=rect.center().toPoint())
    assert view.selected_ids() == [crop.face_id]


def test_no_faces_is_a_sentence(qtbot: Any, window: MainWindow) -> None:
    window.go_to(MAP)
    qtbot.waitUntil(lambda: not window.map.drawing)
    qtbot.waitUntil(lambda: "No faces yet" in window.map.message.text())
    assert window.map.body.currentIndex() == 1 and not window.map.lasso.isEnabled()
    assert window.sidebar.current_key() == MAP


def test_the_map_is_drawn_when_it_is_wanted_and_kept(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    """The whole road: nothing was compared yet, so groups are refreshed first."""
    services = window.services
    faces = ask(services, queries.face_ids)
    services.submit(_looks, faces).result(60)
    window.go_to(MAP)
    view = window.map.view
    qtbot.waitUntil(lambda: view.prepared is not None, timeout=60_000)
    qtbot.waitUntil(lambda: view.frame is not None)
    assert view.prepared.map.face_ids.tolist() == sorted(faces)
    assert face_map.load(services.library_dir) is not None
    # Who is no longer on it leaves; nobody who stays moves.
    before = places(view)
    services.submit(corrections.ignore, faces[:1]).result(60)
    qtbot.waitUntil(lambda: faces[0] not in view.prepared.map.face_ids)
    del before[faces[0]]
    assert places(view) == before


def places(view: MapView) -> dict[int, list[float]]:
    shown = view.prepared.map
    return dict(zip(shown.face_ids.tolist(), shown.xy.tolist(), strict=True))


def _looks(txn: Any, faces: list[int]) -> None:
    model = embeddings.model_id(txn.connection, "made", "made", 16)
    random = np.random.default_rng(0)
    for number, face in enumerate(sorted(faces)):
        vector = np.eye(16)[number // 5] + random.standard_normal(16) * 0.1
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        embeddings.put(txn.connection, face, model, unit)
    library_settings.put(txn.connection, "model", model)
