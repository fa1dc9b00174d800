"""What is typed for a person, a photo or faces is never stored with others that are shown since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from facesorter.gui.base.places import PEOPLE, PHOTOS, PLACES, REVIEW, UNKNOWN
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import corrections, details, labels, relationships
from facesorter.library.decisions.details import Facts
from tests.gui.conftest import World, ask, person, press
from tests.support.windows import open_person

Key = Qt.Key


@pytest.fixture
def two(window: MainWindow, world: World) -> World:
    """Anna and Tom."""
    window.services.submit(corrections.name, world.large, "Tom").result(60)
    return world


def facts(window: MainWindow, person_id: int) -> Facts:
    found: Facts = ask(window.services, details.of, person_id)
    return found


def settle(window: MainWindow) -> None:
    """Wait until what was submitted so far is written and shown."""
    window.services.submit(lambda _: None).result(60)
    ask(window.services, lambda _: None)
    QApplication.processEvents()


def type_for_anna(qtbot: Any, window: MainWindow, world: World, field: str, text: str) -> Any:
    """Type in a field of Anna's panel, without Enter."""
    page = open_person(qtbot, window, world.anna, 5)
    page.face_view.setFocus()
    press(page.face_view, Key.Key_I)
    qtbot.waitUntil(lambda: page.details._known is not None)
    typed = getattr(page.details, field)
    typed.setFocus()
    QTest.keyClicks(typed, text)
    return page.details


@pytest.mark.parametrize("directly", [True, False], ids=["from person to person", "by People"])
@pytest.mark.parametrize(
    ("field", "text", "column"),
    [("born", "1970", "birth_date"), ("died", "2019", "death_date"), ("notes", "cello", "notes")],
)
def test_the_panel_left_open_shows_the_next_person(
    qtbot: Any, window: MainWindow, two: World, field: str, text: str, column: str, directly: bool
) -> None:
    panel = type_for_anna(qtbot, window, two, field, text)
    if not directly:
        window.go_to(PEOPLE)
    window.open_person(two.large)
    assert panel.is_open and panel.person_id == two.large
    qtbot.waitUntil(lambda: panel._known is not None)
    typed = getattr(panel, field)
    shown = typed.toPlainText() if isinstance(typed, QPlainTextEdit) else typed.text()
    assert shown == ""
    # What was typed belongs to Anna; what is typed now belongs to Tom.
    qtbot.waitUntil(lambda: getattr(facts(window, two.anna), column) == text)
    assert facts(window, two.large) == Facts()
    panel.born.setFocus()
    QTest.keyClicks(panel.born, "1950")
    press(panel.born, Key.Key_Return)
    qtbot.waitUntil(lambda: facts(window, two.large).birth_date == "1950")
    assert facts(window, two.anna).birth_date == ("1970" if field == "born" else None)


def test_what_is_no_date_is_dropped_with_its_person(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    panel = type_for_anna(qtbot, window, two, "born", "yesterday")
    window.open_person(two.large)
    settle(window)
    assert panel.born.text() == "" and not panel.wrong.isVisible()
    assert facts(window, two.anna) == facts(window, two.large) == Facts()


def test_a_refusal_is_shown_to_nobody_else(qtbot: Any, window: MainWindow, two: World) -> None:
    window.services.submit(details.set_details, two.anna, Facts("2000")).result(60)
    panel = type_for_anna(qtbot, window, two, "died", "1990")
    window.open_person(two.large)
    settle(window)
    assert panel.wrong.isHidden() and panel.died.text() == ""


def test_a_relative_waiting_for_the_names_is_not_the_next_persons(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    panel = type_for_anna(qtbot, window, two, "relative", "Tom")
    panel.relative._read = False
    press(panel.relative, Key.Key_Return)
    window.open_person(two.small)
    panel.relative.read_names()
    settle(window)
    assert panel.relative.text() == ""
    for each in (two.anna, two.large, two.small):
        assert ask(window.services, relationships.of, each) == []


def test_a_name_in_the_header_stays_with_its_person(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    page = open_person(qtbot, window, two.anna, 5)
    page.header.field.setFocus()
    page.header.field.selectAll()
    QTest.keyClicks(page.header.field, "Mar")
    window.open_person(two.small)
    assert page.header.field.text() == ""
    press(page.header.field, Key.Key_Return)
    settle(window)
    assert person(window.services, two.anna).name == "Anna"
    assert person(window.services, two.small).name is None


def test_labels_typed_for_a_photo_stay_with_it(qtbot: Any, window: MainWindow, two: World) -> None:
    first, second = two.photo_ids[:2]
    for bar, known in (
        (window.photo.marks.tags, lambda found: found.tags),
        (window.photo.marks.albums, lambda found: found.albums),
    ):
        window.open_photo(first, [first, second])
        window.photo.marks._ask(bar)
        QTest.keyClicks(bar.field, "beach")
        window.photo.step(1)
        assert bar.ids == [window.photo.photo.id] and bar.field.text() == ""
        window.photo.step(-1)
        QTest.keyClicks(bar.field, "beach")
        window.go_to(PHOTOS)
        window.open_photo(second, [second])
        assert bar.ids == [second] and bar.field.text() == ""
        settle(window)
        assert known(ask(window.services, labels.tags_and_albums)) == ()


def test_labels_typed_beside_the_map_stay_with_their_photo(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    page = window.world
    window.go_to(PLACES)
    qtbot.waitUntil(lambda: page.found is not None)
    page.show_photos(two.photo_ids[:2])
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    for bar in (page.grid.tags, page.grid.albums):
        page.photos.select_row(0)
        page.grid._ask(bar)
        QTest.keyClicks(bar.field, "beach")
        page.photos.select_row(1)
        assert bar.ids == page.photos.selected_ids() and bar.field.text() == ""
    settle(window)
    found = ask(window.services, labels.tags_and_albums)
    assert found.tags == found.albums == ()


def test_a_face_being_named_stays_with_its_photo(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    window.open_photo(two.photo_ids[11], two.photo_ids[11:13])
    qtbot.waitUntil(lambda: len(window.photo.view.faces) == 1)
    window.photo.naming.name_face(window.photo.view.faces[0].id)
    field = window.photo.naming.field
    assert field is not None
    QTest.keyClicks(field, "Eva")
    window.photo.step(1)
    assert window.photo.naming.field is None and not field.isVisible()
    press(window.photo.view, Key.Key_Return)
    settle(window)
    assert "Eva" not in [name for name, *_ in ask(window.services, queries.names)]


def unknown(qtbot: Any, window: MainWindow, world: World) -> Any:
    loose = ask(window.services, queries.face_ids, person_id=world.small)
    window.services.submit(corrections.reject, world.small, loose).result(60)
    window.go_to(UNKNOWN)
    qtbot.waitUntil(lambda: window.unknown.faces.rowCount() >= 3)
    return window.unknown, window.unknown.view


def of_person(qtbot: Any, window: MainWindow, world: World) -> Any:
    page = open_person(qtbot, window, world.anna, 5)
    return page, page.face_view


@pytest.mark.parametrize("opened", [unknown, of_person])
def test_the_name_bar_follows_the_selection(
    qtbot: Any, window: MainWindow, two: World, opened: Callable[..., Any]
) -> None:
    page, view = opened(qtbot, window, two)
    bar = page.asking
    view.select_row(0)
    bar.ask(view.selected_ids())
    QTest.keyClicks(bar.field, "Eva")
    view.select_row(1)
    assert bar._faces == view.selected_ids() and bar.field.text() == ""
    # A face more is still the same question.
    QTest.keyClicks(bar.field, "Eva")
    view.selectAll()
    assert set(bar._faces) == set(view.selected_ids()) and bar.field.text() == "Eva"
    view.clearSelection()
    assert bar._faces and bar.field.text() == "Eva"


def test_a_card_being_named_keeps_its_person(qtbot: Any, window: MainWindow, two: World) -> None:
    window.go_to(PEOPLE)
    view = window.people.view
    qtbot.waitUntil(lambda: window.people.model.rowCount() == 3)
    view.start_naming(two.small)
    assert view.field is not None
    QTest.keyClicks(view.field, "Eva")
    window.open_person(two.large)
    window.go_to(PEOPLE)
    assert view.field is None
    settle(window)
    assert person(window.services, two.small).name is None
    assert person(window.services, two.large).name == "Tom"


def test_a_name_typed_on_a_card_of_review_stays_with_it(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    window.go_to(REVIEW)
    page = window.review
    qtbot.waitUntil(lambda: page.ready is not None and page.queue.settled)
    first = page.ready
    page.candidates.field.setFocus()
    QTest.keyClicks(page.candidates.field, "Eva")
    page.queue.step(1)
    qtbot.waitUntil(lambda: page.ready not in (None, first))
    assert page.candidates.field.text() == ""


def test_names_of_a_split_are_not_the_next_persons(
    qtbot: Any, window: MainWindow, two: World
) -> None:
    window.split_person(two.anna)
    fields = [column.field for column in window.split.columns]
    for field in fields:
        field.setText("typed")
    window.navigator.back()
    window.split_person(two.large)
    assert not any(field.text() for field in fields)
    qtbot.waitUntil(lambda: [field.text() for field in fields] == ["Tom", "", "", "", ""])


def test_every_field_of_the_window_is_walked_here(window: MainWindow) -> None:
    """A new field has to be added to the walk above."""
    walked = [
        *(window.person.details.born, window.person.details.died, window.person.details.notes),
        *(window.person.details.relative, window.person.header.field, window.person.asking.field),
        *(window.photo.marks.tags.field, window.photo.marks.albums.field),
        *(window.photos.tags.field, window.photos.albums.field, window.people.tags.field),
        *(window.person.tags.field, window.person.albums.field, window.person.person_tags.field),
        # Those of *Dates to Check* are of the same class.
        *(bar.field for page in (window.world, window.dates) for bar in page.grid.bars),
        *(window.unknown.asking.field, window.map.asking.field, window.review.candidates.field),
        *(column.field for column in window.split.columns),
    ]
    # Those of photos are walked in `tests.gui.test_photo_details`.
    for owner in (window.photos, window.photo, window.dates):
        walked += [owner.details.title, owner.details.caption]
    walked += [window.person.photo_details.title, window.person.photo_details.caption]
    # Searches belong to no person, photo or face.
    free = [window.photos.field, window.people.field, window.world.field]
    fields: list[QWidget] = [*window.findChildren(QLineEdit), *window.findChildren(QPlainTextEdit)]
    assert {field for field in fields if not _is_part(field)} == {*walked, *free}


def _is_part(field: QWidget) -> bool:
    """Whether a field is part of another control, such as a spin box."""
    return field.objectName().startswith("qt_")
