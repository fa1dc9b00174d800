"""Photos on the map of the world, and places given to them in the window."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from facesorter.app.services import Services
from facesorter.domain import PhotoId
from facesorter.gui.base.places import PHOTOS, PLACES
from facesorter.gui.widgets.photo_details import rows
from facesorter.gui.widgets.place_dialog import PlaceDialog, point_in
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import places, queries
from facesorter.library.decisions.labels import tags_and_albums
from facesorter.library.search import search
from facesorter.library.transaction import Transaction
from tests.gui.conftest import World, ask, move

ROME, BERLIN, FIJI = (41.89, 12.48), (52.51, 13.40), (-16.78, 179.9)
ROME_ID = 3169070


def record(services: Services, world: World) -> None:
    """Three photos in Rome, two in Berlin, one on Fiji; the others have no place."""
    there = [ROME, ROME, ROME, BERLIN, BERLIN, FIJI]

    def act(txn: Transaction) -> None:
        for photo, place in zip(world.photo_ids, there, strict=False):
            places.record(txn.connection, PhotoId(photo), place)
        txn.touch(photos=[PhotoId(photo) for photo in world.photo_ids])

    # A scan reads the files themselves, which say nothing.
    assert services.pipeline.wait_idle(60)
    services.writer.submit(act).result(60)


@pytest.fixture
def mapped(qtbot: Any, window: MainWindow, world: World) -> MainWindow:
    record(window.services, world)
    window.go_to(PLACES)
    page = window.world
    qtbot.waitUntil(lambda: page.found is not None and page.map.scene is not None, timeout=60_000)
    qtbot.waitUntil(lambda: len(marks(window)) == 3 and bool(labels(window)), timeout=60_000)
    return window


def marks(window: MainWindow) -> list[list[int]]:
    """The photos of each mark."""
    scene = window.world.map.scene
    view = window.world.map
    return [view.photos_of(mark) for mark in scene.marks] if scene is not None else []


def labels(window: MainWindow) -> list[str]:
    scene = window.world.map.scene
    return [label.name for label in scene.labels] if scene is not None else []


def place_of(window: MainWindow, photo: int) -> int | None:
    found = ask(window.services, places.locations, [PhotoId(photo)]).get(PhotoId(photo))
    return found.place if found is not None else None


def test_photos_stand_where_they_were_taken(mapped: MainWindow, world: World) -> None:
    a, b, c, d, e, f, *_ = world.photo_ids
    assert sorted(map(sorted, marks(mapped))) == [[a, b, c], [d, e], [f]]
    assert mapped.world.header.note.text() == "6 photos"
    assert mapped.sidebar.current_key() == PLACES
    view = mapped.world.map
    for mark in view.scene.marks:
        assert view.rect().contains(view.rect_of(mark).center().toPoint())


def test_a_click_shows_the_photos_and_escape_closes_them(
    qtbot: Any, mapped: MainWindow, world: World
) -> None:
    page, view = mapped.world, mapped.world.map
    rome = view.scene.marks[0]
    at = view.rect_of(rome).center().toPoint()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: list(page.model.ids) == world.photo_ids[:3])
    assert page.side.isVisible() and page.caption.text() == "3 photos"
    page.photos.setFocus()
    page.photos.select_row(1)
    QTest.keyClick(page.photos, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: mapped.navigator.page is mapped.photo)
    mapped._go_back()
    assert mapped.navigator.page is page and page.side.isVisible()
    assert page.photos.selected_ids() == [world.photo_ids[1]]
    mapped._go_back()
    assert mapped.navigator.page is page and not page.side.isVisible()


def test_photos_beside_the_map_take_all_that_photos_take(
    qtbot: Any, mapped: MainWindow, world: World
) -> None:
    page, (first, second, _) = mapped.world, world.photo_ids[:3]
    page.show_photos([PhotoId(each) for each in world.photo_ids[:3]])
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    page.photos.setFocus()
    page.photos.select_row(0)
    QTest.keyClick(page.photos, Qt.Key.Key_F)
    QTest.keyClick(page.photos, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: ask(mapped.services, search.photo_ids, "favorite rating:4") == [first])
    QTest.keyClick(page.photos, Qt.Key.Key_T)
    assert page.grid.tags.isVisible()
    QTest.keyClicks(page.grid.tags.field, "sea")
    QTest.keyClick(page.grid.tags.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tags(mapped) == ["sea"])
    row = page.model.row(0)
    assert row is not None and row.photo.rating == 4
    assert "4 stars" in page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    page.photos.select_row(1)
    qtbot.waitUntil(lambda: page.grid.tags.ids == [second])
    labels = {action.text().partition("\t")[0] for action in page.grid.menu().actions()}
    wanted = {"Open", "Slideshow", "Add to Favorites", "Rating", "Tags…", "Add to Album…"}
    assert labels >= wanted | {"Set Place…", "Rotate Left", "Export…", "Move to Trash…"}
    page.show_photos([])
    assert not page.grid.tags.isVisible()


def test_photos_beside_the_map_go_to_the_trash_and_come_back(
    qtbot: Any, mapped: MainWindow, world: World
) -> None:
    page, ids = mapped.world, [PhotoId(each) for each in world.photo_ids[:3]]
    page.show_photos(ids)
    qtbot.waitUntil(lambda: page.model.ids == ids)
    page.photos.opened.emit(ids[1])
    mapped.files.moved.emit([ids[1]])
    mapped._go_back()
    qtbot.waitUntil(lambda: page.model.ids == [ids[0], ids[2]])
    assert page.caption.text() == "2 photos"
    mapped.files.put_back.emit([ids[1]])
    qtbot.waitUntil(lambda: page.model.ids == ids)
    assert page.caption.text() == "3 photos"
    mapped.files.moved.emit(ids)
    assert not page.side.isVisible()
    mapped.files.put_back.emit(ids)
    qtbot.waitUntil(lambda: page.model.ids == ids)
    assert page.side.isVisible()
    mapped.files.moved.emit(ids[:1])
    page.cancel()
    mapped.files.put_back.emit(ids[:1])
    assert not page.side.isVisible(), "the user closed them"


def tags(window: MainWindow) -> list[str]:
    found = ask(window.services, tags_and_albums)
    return [tag.name for tag in found.tags]


def test_the_keyboard_pans_zooms_and_opens(qtbot: Any, mapped: MainWindow, world: World) -> None:
    page, view = mapped.world, mapped.world.map
    view.setFocus()
    before = view.camera
    QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera.scale > 2 * before.scale
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.camera.middle.x() != before.middle.x()
    QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.camera.scale == pytest.approx(before.scale)
    qtbot.waitUntil(lambda: view.current() is not None)
    QTest.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.side.isVisible())
    assert set(page.model.ids) <= set(world.photo_ids)


def test_the_wheel_zooms_where_the_pointer_is_and_a_drag_pans(mapped: MainWindow) -> None:
    view = mapped.world.map
    at = QPointF(120, 200)
    before = view.camera.to_map(at)
    event = QWheelEvent(
        at,
        QPointF(view.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    after = view.camera.to_map(at)
    assert after.x() == pytest.approx(before.x()) or after.x() == pytest.approx(before.x() % 1)
    middle = view.camera.middle
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, pos=QPoint(300, 200))
    move(view, QPoint(340, 230), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(view, left, pos=QPoint(340, 230))
    assert view.camera.middle != middle
    assert not mapped.world.side.isVisible(), "a drag is no click"


def test_a_search_narrows_the_map_down(qtbot: Any, mapped: MainWindow, world: World) -> None:
    page = mapped.world
    page.show_search("Italy")
    qtbot.waitUntil(lambda: [sorted(each) for each in marks(mapped)] == [world.photo_ids[:3]])
    page.show_search("Anna")
    qtbot.waitUntil(lambda: [sorted(each) for each in marks(mapped)] == [world.photo_ids[:3]])
    page.show_search("zzz")
    qtbot.waitUntil(lambda: page.body.currentWidget() is page.message)
    assert "zzz" in page.message.text()


def test_an_empty_map_says_how_to_fill_it(qtbot: Any, window: MainWindow) -> None:
    window.go_to(PLACES)
    page = window.world
    qtbot.waitUntil(lambda: page.found is not None)
    assert page.body.currentWidget() is page.message
    assert page.message.text().endswith("press G.")


def dialog_of(window: MainWindow) -> PlaceDialog | None:
    return window.findChild(PlaceDialog, "place")


def test_a_place_is_given_searched_and_taken_back(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    grid = window.photos.view
    grid.setFocus()
    grid.selectAll()
    QTest.keyClick(grid, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: dialog_of(window) is not None)
    dialog = dialog_of(window)
    assert dialog is not None
    QTest.keyClicks(dialog.field, "roma, ital")
    qtbot.waitUntil(lambda: dialog.list.count() > 0, timeout=60_000)
    assert dialog.list.item(0).text() == "Rome, Lazio, Italy"
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: place_of(window, world.photo_ids[5]) == ROME_ID)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Place of 14 photos set to Rome")
    window.photos.field.set_search("place:Rome")
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)
    QTest.keyClick(grid, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: dialog_of(window) not in (None, dialog))
    again = dialog_of(window)
    assert again is not None
    qtbot.waitUntil(lambda: again.list.count() == 1)
    assert again.list.item(0).text() == "Rome, Lazio, Italy", "offered before anything is typed"
    assert not again.set_button.isEnabled(), "but not chosen"
    again.reject()
    window.photos.field.set_search("place:Ro")
    assert window.actions_.undo_text() == "Undo setting the place of 14 photos"
    window.actions_.undo()
    qtbot.waitUntil(lambda: place_of(window, world.photo_ids[5]) is None)


def test_a_place_is_given_to_the_photo_being_viewed(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    photo = world.photo_ids[1]
    window.open_photo(PhotoId(photo), [PhotoId(each) for each in world.photo_ids])
    texts = [action.text() for action in window.photo.menu_at(QPointF(1, 1)).actions()]
    assert any(text.startswith("Set Place…") for text in texts)
    window.photo.details.open_panel([PhotoId(photo)])
    QTest.keyClick(window.photo, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: dialog_of(window) is not None)
    dialog = dialog_of(window)
    assert dialog is not None
    dialog.field.setText("41.89, 12.48")
    qtbot.waitUntil(lambda: dialog.set_button.isEnabled(), timeout=60_000)
    dialog.set_button.click()
    qtbot.waitUntil(lambda: place_of(window, photo) == ROME_ID)
    panel = window.photo.details

    def shown() -> dict[str, str]:
        return dict(rows(panel.known)) if panel.known is not None else {}

    qtbot.waitUntil(lambda: shown().get("Place") == "Rome, Lazio, Italy\n(entered by you)")
    assert shown()["Coordinates"] == "41.89000, 12.48000"


def test_no_place_and_back_to_that_in_the_file(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    record(window.services, world)
    photo = world.photo_ids[0]
    for button, expected in (("none_button", None), ("clear_button", ROME_ID)):
        window.placing.ask([PhotoId(photo)])
        qtbot.waitUntil(lambda: dialog_of(window) is not None)
        getattr(dialog_of(window), button).click()
        qtbot.waitUntil(lambda expected=expected: place_of(window, photo) == expected)
        qtbot.waitUntil(lambda: dialog_of(window) is None)


def test_nothing_fits_and_coordinates_do(qtbot: Any, window: MainWindow, world: World) -> None:
    window.placing.ask([PhotoId(world.photo_ids[0])])
    dialog = dialog_of(window)
    assert dialog is not None
    dialog.field.setText("qqqqq")
    qtbot.waitUntil(lambda: "qqqqq" in dialog.note.text(), timeout=60_000)
    assert not dialog.set_button.isEnabled()
    dialog.field.setText("52.51, 13.40")
    qtbot.waitUntil(lambda: dialog.set_button.isEnabled(), timeout=60_000)
    assert dialog.list.item(0).text() == "52.5100, 13.4000 (Berlin)"
    dialog.set_button.click()
    qtbot.waitUntil(lambda: place_of(window, world.photo_ids[0]) == 2950159)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("41.89, 12.49", (41.89, 12.49)),
        ("−33.9;151.2", (-33.9, 151.2)),
        ("41.89 12.49", (41.89, 12.49)),
        ("91, 0", None),
        ("Rome", None),
        ("12", None),
    ],
)
def test_coordinates_are_understood(typed: str, expected: tuple[float, float] | None) -> None:
    assert point_in(typed) == expected


def test_photos_and_people_are_shown_on_the_map(
    qtbot: Any, mapped: MainWindow, world: World
) -> None:
    page, photos = mapped.world, mapped.photos
    mapped.go_to(PHOTOS)
    qtbot.waitUntil(lambda: set(world.photo_ids) == set(photos.model.ids))
    fiji = world.photo_ids[5]
    photos.select([PhotoId(fiji)])
    entry(photos.menu(), "Show on Map").trigger()
    qtbot.waitUntil(lambda: mapped.navigator.page is page and list(page.model.ids) == [fiji])
    assert page.side.isVisible() and page.header.note.text() == "6 photos"
    assert abs(page.map.camera.middle.x() - (FIJI[1] + 180) / 360) < 0.01
    mapped._go_back()
    assert mapped.navigator.page is photos, "back to where the photo was listed"
    photos.select([PhotoId(world.photo_ids[6])])
    entry(photos.menu(), "Show on Map").trigger()
    qtbot.waitUntil(lambda: "has a place" in mapped.toast.label.text())
    assert mapped.navigator.page is photos
    mapped.open_person(world.large)
    qtbot.waitUntil(lambda: mapped.person.faces.rowCount() > 0)
    entry(mapped.person.header.menu.menu(), "Show on Map").trigger()
    qtbot.waitUntil(lambda: mapped.navigator.page is page)
    of_person = set(ask(mapped.services, queries.photo_ids, person_id=world.large))
    shown = of_person & set(world.photo_ids[:6])
    qtbot.waitUntil(lambda: set(page.model.ids) == shown != set())


def entry(menu: QMenu | None, label: str) -> QAction:
    assert menu is not None
    return next(each for each in menu.actions() if each.text().partition("\t")[0] == label)
