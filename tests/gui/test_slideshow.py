"""Slideshow and side by side: what is shown next, what keys do, and where they end."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from facesorter import paths
from facesorter.gui.base.awake import Awake
from facesorter.gui.photo.page import PhotoPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.settings import Settings
from tests.gui.conftest import World, ask, press

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def page(window: MainWindow) -> PhotoPage:
    """The viewer, whose slideshow waits for the test and not for its timer."""
    window.photo.slideshow._timer.setSingleShot(True)
    window.services.settings.slideshow_seconds = 600
    return window.photo


def shows(qtbot: Any, page: PhotoPage, photo_id: int) -> None:
    def there() -> bool:
        return page.photo is not None and page.photo.id == photo_id and not page.view._stand_in

    qtbot.waitUntil(there)


def test_all_photos_play_from_the_current_one_and_escape_returns_to_it(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    grid, ids = window.photos.view, world.photo_ids
    grid.select_row(3)
    press(grid, Key.Key_P)
    assert window.stack.currentWidget() is page and window.isFullScreen()
    shows(qtbot, page, ids[3])
    assert page.slides.isVisible() and not page.bar.isVisible()
    assert not page.view.boxes_shown
    page.slideshow._timer.timeout.emit()
    shows(qtbot, page, ids[4])
    assert page.slides.position.text() == "5 of 14"
    press(page.view, Key.Key_Escape)
    assert window.stack.currentWidget() is window.photos and not window.isFullScreen()
    assert grid.selected_ids() == [ids[4]]
    assert not page.slideshow.active and page.view.boxes_shown


def test_a_selection_plays_in_a_circle(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    grid, ids = window.photos.view, world.photo_ids
    grid.select_row(5)
    press(grid, Key.Key_Right, Shift)
    press(grid, Key.Key_P)
    shows(qtbot, page, ids[6])
    press(page.view, Key.Key_Right)
    shows(qtbot, page, ids[5])
    press(page.view, Key.Key_Left)
    shows(qtbot, page, ids[6])


def test_space_pauses_and_time_goes_on(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    shows(qtbot, page, world.photo_ids[0])
    press(page.view, Key.Key_P)
    qtbot.waitUntil(lambda: page.slideshow._timer.isActive())
    assert page.slideshow._timer.interval() == 600_000
    press(page.view, Key.Key_Space)
    assert not page.slideshow._timer.isActive() and page.slideshow.active
    assert page.slides.play.accessibleName() == "Play (Space)"
    press(page.view, Key.Key_Space)
    assert page.slideshow._timer.isActive()
    page.slideshow.set_option("seconds", 2)
    assert page.slideshow._timer.interval() == 2000
    press(page.view, Key.Key_P)
    assert window.stack.currentWidget() is page and not page.slideshow.active
    assert not page.slideshow._timer.isActive() and page.bar.isVisible()


def test_photos_that_cannot_be_read_are_skipped(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    ids = world.photo_ids
    for number in (1, 2):
        (world.folder / f"photo {number:02}.jpg").unlink()
    window.play_photos(ids[0], ids[:4])
    shows(qtbot, page, ids[0])
    page.slideshow.step(1)
    shows(qtbot, page, ids[3])
    page.slideshow.step(-1)
    shows(qtbot, page, ids[0])
    window._go_back()
    window.play_photos(ids[1], ids[1:3])
    qtbot.waitUntil(lambda: "None of these" in page.view.message)
    assert not page.slideshow.active


def test_shuffle_shows_every_photo_once(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    window.services.settings.slideshow_shuffle = True
    window.play_photos(world.photo_ids[4], list(world.photo_ids))
    shows(qtbot, page, world.photo_ids[4])
    seen = [page.photo.id]  # type: ignore[union-attr]
    for _ in range(13):
        before = page.photo
        page.slideshow.step(1)
        qtbot.waitUntil(lambda before=before: page.photo is not before)
        seen.append(page.photo.id)  # type: ignore[union-attr]
    assert sorted(seen) == world.photo_ids != seen


def test_names_and_date_are_shown_if_wanted(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    window.play_photos(world.photo_ids[0], list(world.photo_ids))
    shows(qtbot, page, world.photo_ids[0])
    assert page.view.caption == ""
    page.slideshow.set_option("names", True)
    qtbot.waitUntil(lambda: page.view.caption.startswith("Anna"))
    assert "2019" in page.view.caption
    page.slideshow.step(-2)
    shows(qtbot, page, world.photo_ids[12])
    # Who is only suggested is not said.
    qtbot.waitUntil(lambda: bool(page.view.faces))
    assert "Anna" not in page.view.caption and "2019" in page.view.caption


def test_options_are_remembered(qtbot: Any, window: MainWindow, page: PhotoPage) -> None:
    menu = page.slides.options.menu()
    named = {each.text(): each for each in menu.actions()}
    assert named["Fade Between Photos"].isChecked() and not named["Shuffle"].isChecked()
    named["Shuffle"].trigger()
    named["8 seconds per photo"].trigger()

    def stored() -> tuple[bool, int]:
        kept = Settings.load(paths.settings_dir())
        return kept.slideshow_shuffle, kept.slideshow_seconds

    qtbot.waitUntil(lambda: stored() == (True, 8))


def test_photos_fade_unless_unwanted(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    window.play_photos(world.photo_ids[0], list(world.photo_ids))
    shows(qtbot, page, world.photo_ids[0])
    page.view._end_fade()
    middle = QPointF(page.view.rect().center()).toPoint()
    first = page.view.grab().toImage().pixelColor(middle)
    page.view._fade.setDuration(60_000)
    page.slideshow.step(4)
    shows(qtbot, page, world.photo_ids[4])
    assert page.view.grab().toImage().pixelColor(middle).hue() == pytest.approx(first.hue(), abs=9)
    page.view._end_fade()
    second = page.view.grab().toImage().pixelColor(middle)
    assert abs(second.hue() - first.hue()) > 9 or second == first
    page.slideshow.set_option("fade", False)
    page.slideshow.step(1)
    shows(qtbot, page, world.photo_ids[5])
    assert page.view._before is None


def test_a_person_plays_whole(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World
) -> None:
    window.open_person(world.anna)
    window.person.play_all()
    qtbot.waitUntil(lambda: page.slideshow.active)
    assert len(page.browsed.ids) == 5
    shows(qtbot, page, page.browsed.ids[0])
    window._go_back()
    assert window.stack.currentWidget() is window.person


def test_the_screen_is_asked_to_stay_on_only_while_it_plays(
    qtbot: Any, window: MainWindow, page: PhotoPage, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(Awake, "set_on", lambda self, on: asked.append(on))
    window.play_photos(world.photo_ids[0], list(world.photo_ids))
    shows(qtbot, page, world.photo_ids[0])
    press(page.view, Key.Key_Space)
    press(page.view, Key.Key_Space)
    press(page.view, Key.Key_Escape)
    assert asked == [True, False, True, False]


# Side by side.


def compared(qtbot: Any, window: MainWindow, count: int) -> None:
    grid = window.photos.view
    grid.select_row(0)
    for _ in range(count - 1):
        press(grid, Key.Key_Right, Shift)
    press(grid, Key.Key_C)
    page = window.compare
    assert window.stack.currentWidget() is page
    qtbot.waitUntil(lambda: all(not panel.view._stand_in for panel in page.panels))


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_up_to_four_photos_stand_side_by_side(
    qtbot: Any, window: MainWindow, world: World, count: int
) -> None:
    compared(qtbot, window, count)
    page = window.compare
    shown = min(4, count)
    assert page.ids == world.photo_ids[:shown]
    assert page.title.text() == (f"{shown} photos" if count <= 4 else "First 4 of 6 photos")
    sizes = {panel.view.size().toTuple() for panel in page.panels}
    assert max(w for w, _ in sizes) - min(w for w, _ in sizes) <= 2
    rows = {panel.y() for panel in page.panels}
    assert len(rows) == (2 if shown == 4 else 1)


def test_zoom_and_place_are_linked_until_they_are_not(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    compared(qtbot, window, 3)
    page = window.compare
    first, second, third = (panel.view for panel in page.panels)
    press(first, Key.Key_Plus)
    press(first, Key.Key_Plus)
    press(first, Key.Key_Plus)
    press(first, Key.Key_Right)
    assert first.framing.zoom == second.framing.zoom == third.framing.zoom > 1
    assert first.framing.centre == second.framing.centre != QPointF(0.5, 0.5)
    page.link.click()
    second.setFocus()
    press(second, Key.Key_0)
    assert second.framing.zoom == 1 < first.framing.zoom
    page.link.click()
    assert first.framing.zoom == third.framing.zoom == 1


def test_keys_act_on_the_photo_with_the_focus(qtbot: Any, window: MainWindow, world: World) -> None:
    compared(qtbot, window, 2)
    page, ids = window.compare, world.photo_ids
    assert page.current is page.panels[0]
    press(page.current.view, Key.Key_Right)
    assert page.current is page.panels[1]
    press(page.current.view, Key.Key_F)
    press(page.current.view, Key.Key_R)

    def second() -> Any:
        return ask(window.services, queries.photos, [ids[1]])[0]

    qtbot.waitUntil(lambda: second().favourite and second().turn == 90)
    qtbot.waitUntil(lambda: page.panels[1].view.turn == 90)
    qtbot.waitUntil(lambda: page.panels[1].caption.text().startswith("★"))
    assert page.panels[0].view.turn == 0
    press(page.panels[1].view, Key.Key_Return)
    assert window.stack.currentWidget() is window.photo
    assert window.photo.photo is not None and window.photo.photo.id == ids[1]
    press(window.photo.view, Key.Key_Escape)
    assert window.stack.currentWidget() is page and page.current is page.panels[1]
    press(page.panels[1].view, Key.Key_F11)
    assert window.isFullScreen()
    QTest.keyClick(page.panels[1].view, Key.Key_Escape)
    assert not window.isFullScreen()
    press(page.panels[1].view, Key.Key_Escape)
    assert window.stack.currentWidget() is window.photos
    assert window.photos.view.selected_ids() == ids[:2]


def test_one_photo_is_not_compared(qtbot: Any, window: MainWindow) -> None:
    window.photos.view.select_row(0)
    press(window.photos.view, Key.Key_C)
    assert window.stack.currentWidget() is window.photos
