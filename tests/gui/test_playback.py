"""A face through the years: it plays, waits, stops, and obeys the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from facesorter.gui.people.playback_page import PlaybackPage, Speed
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import details
from tests.gui.conftest import World, ask, press
from tests.support.windows import open_person

Key = Qt.Key


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> PlaybackPage:
    window.services.submit(details.set_details, world.anna, details.Facts("2016-06-27")).result(60)
    person = open_person(qtbot, window, world.anna, 5)
    press(person.face_view, Key.Key_P)
    shown = window.playback
    assert window.stack.currentWidget() is shown and shown.hasFocus()
    qtbot.waitUntil(lambda: shown.at >= 0)
    return shown


def test_it_plays_to_the_end_and_begins_again(
    qtbot: Any, page: PlaybackPage, window: MainWindow, world: World
) -> None:
    confirmed = [row.face.id for row in page.frames]
    taken = [row.photo.taken_at for row in page.frames]
    assert len(confirmed) == 3 and taken == sorted(taken)
    every = ask(window.services, queries.face_ids, person_id=world.anna)
    assert set(confirmed) < set(every)
    assert page.playing and page.play.accessibleName() == "Pause"
    page.set_speed(Speed.FAST)
    seen = set()

    def over() -> bool:
        seen.add(page.at)
        return not page.playing

    qtbot.waitUntil(over)
    assert seen == {0, 1, 2} and page.count.text() == "3 of 3"
    assert page.slider.value() == 2
    assert page.caption.text() == "June 2019  ·  3 years"
    press(page, Key.Key_Space)
    qtbot.waitUntil(lambda: page.playing and page.at == 0)
    pixmap = page.stage.shown
    assert pixmap is not None and pixmap.width() == pixmap.height()


def test_keys_and_slider(qtbot: Any, page: PlaybackPage, window: MainWindow) -> None:
    press(page, Key.Key_Space)
    assert not page.playing
    press(page, Key.Key_Home)
    qtbot.waitUntil(lambda: page.at == 0)
    press(page, Key.Key_Right)
    qtbot.waitUntil(lambda: page.at == 1)
    press(page, Key.Key_End)
    qtbot.waitUntil(lambda: page.at == 2)
    press(page, Key.Key_Right)
    qtbot.wait(50)
    assert page.at == 2
    press(page, Key.Key_Left)
    qtbot.waitUntil(lambda: page.at == 1)
    page.slider.setValue(0)
    qtbot.waitUntil(lambda: page.at == 0)
    press(page, Key.Key_Plus)
    assert page.speed is Speed.FAST
    press(page, Key.Key_Minus)
    press(page, Key.Key_Minus)
    press(page, Key.Key_Minus)
    assert page.speed is Speed.SLOW
    page.set_playing(True)
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is window.person and not page.playing


def test_a_photo_that_is_gone_is_passed_over(qtbot: Any, window: MainWindow, world: World) -> None:
    open_person(qtbot, window, world.anna, 5)
    # The middle one of Anna's three confirmed faces.
    (world.folder / "photo 01.jpg").unlink()
    window.play_person(world.anna)
    page = window.playback
    page.set_speed(Speed.FAST)
    qtbot.waitUntil(lambda: page.at == 2 and not page.playing)
    press(page, Key.Key_Left)
    qtbot.waitUntil(lambda: page.at == 1)
    assert page.stage.sentence == "This photo can’t be displayed."


def test_nobody_to_play_is_said(qtbot: Any, window: MainWindow, world: World) -> None:
    def blind(txn: Any) -> None:
        txn.connection.execute("UPDATE face SET landmarks = zeroblob(40)")

    window.services.submit(blind).result(60)
    window.play_person(world.anna)
    page = window.playback
    qtbot.waitUntil(lambda: "No face here" in page.stage.sentence)
    assert not page.play.isEnabled() and not page.playing


def test_the_years_are_saved_as_one_animation(
    qtbot: Any, page: PlaybackPage, tmp_path: Path
) -> None:
    messages: list[str] = []
    page.done.connect(messages.append)
    page.save_animation(tmp_path / "Anna.webp")
    qtbot.waitUntil(lambda: messages[-1] == "Saved Anna.webp")
    with Image.open(tmp_path / "Anna.webp") as image:
        assert image.n_frames == len(page.frames) == 3 and image.info["loop"] == 0
    page.save_animation(tmp_path / "nowhere" / "Anna.webp")
    qtbot.waitUntil(lambda: "can’t be written" in messages[-1])
    assert page.save.isEnabled()
