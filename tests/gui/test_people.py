"""The people page: naming by keyboard, the merge offer, merging, hiding, undo."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from facesorter.domain import FaceState, PersonOrder
from facesorter.gui.base import actions
from facesorter.gui.base.drag import PERSONS
from facesorter.gui.base.places import PEOPLE, folder_key
from facesorter.gui.grid.person_delegate import PersonDelegate, name_rect
from facesorter.gui.grid.person_model import PersonList
from facesorter.gui.people.merge_dialog import MergeDialog
from facesorter.gui.people.people_view import PeopleView
from facesorter.gui.widgets.name_field import Known, matching
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.sidebar_entries import BADGE
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.library.scanning import folders
from facesorter.storage import faces
from tests.gui.conftest import LANDMARKS, World, ask, click, person, press, states

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def view(qtbot: Any, window: MainWindow, world: World) -> PeopleView:
    window.go_to(PEOPLE)
    shown = window.people.view
    qtbot.waitUntil(lambda: shown.people.rowCount() == 3)
    return shown


def test_cards_are_named_first_then_by_size(view: PeopleView, world: World) -> None:
    assert list(view.people.ids) == [world.anna, world.large, world.small]
    texts = [view.people.index(r).data(Qt.ItemDataRole.AccessibleTextRole) for r in range(3)]
    assert texts == ["Anna, 5 photos", "Unnamed person, 5 photos", "Unnamed person, 3 photos"]


def test_cards_and_pages_of_people_are_read_beside_the_windows_thread(
    qtbot: Any, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[str] = []
    read = queries.persons

    def watched(*args: Any, **how: Any) -> Any:
        readers.append(threading.current_thread().name)
        return read(*args, **how)

    monkeypatch.setattr(queries, "persons", watched)
    window.go_to(PEOPLE)
    people = window.people.model
    qtbot.waitUntil(lambda: [people.known_row(at) is not None for at in range(3)] == [True] * 3)
    corrected = window.services.writer.submit(corrections.name, world.large, "Zoe")
    corrected.result(60)
    qtbot.waitUntil(lambda: "Zoe" in [people.known_row(at).person.name for at in range(3)])
    window.open_person(world.large)
    qtbot.waitUntil(lambda: window.person.header.field.text() == "Zoe")
    window.play_person(world.large)
    qtbot.waitUntil(lambda: window.playback.title.text() == "Zoe")
    window.split_person(world.large)
    qtbot.waitUntil(lambda: window.split.columns[0].field.text() == "Zoe")
    assert readers and threading.main_thread().name not in readers


def test_typing_names_and_goes_on(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 1)
    QTest.keyClicks(view, "M")
    assert view.field is not None and view.field.text() == "M"
    QTest.keyClicks(view.field, "aria")
    press(view.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "Maria")
    assert states(window.services, world.large) == {FaceState.CONFIRMED: 5}
    # On to the next card without a name; Escape leaves it alone.
    assert view.delegate.editing == world.small
    press(view.field, Key.Key_Escape)
    assert view.field is None
    assert person(window.services, world.small).name is None
    qtbot.waitUntil(lambda: window.toast.isVisible())
    assert window.toast.label.text() == "Named “Maria”"
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: person(window.services, world.large).name is None)
    assert states(window.services, world.large) == {FaceState.SUGGESTED: 5}
    qtbot.waitUntil(lambda: window.commands.redo.isEnabled())
    press(window, Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "Maria")


def test_naming_goes_on_with_the_card_selected_when_people_were_found_meanwhile(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 1)
    QTest.keyClicks(view, "M")
    # While the name is typed, the last group outgrows the one being named.
    view.people.set_ids(PersonList([world.anna, world.small, world.large], 1, 3, 0))
    press(view.field, Key.Key_Return)
    assert view.delegate.editing == world.small
    assert view.selected_ids() == [world.small]
    assert list(view.people.ids) == [world.anna, world.large, world.small], "cards stay in place"
    assert view.field is not None and view.field.geometry().intersects(
        view.visualRect(view.people.index(2))
    )
    press(view.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "M")
    assert view.selected_ids() == [world.small]


def test_undo_in_an_empty_field_takes_the_name_back(
    qtbot: Any, window: MainWindow, view: PeopleView, world: World
) -> None:
    click(view, 1)
    QTest.keyClicks(view, "T")
    press(view.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "T")
    field = view.field
    assert field is not None and not field.text(), "the next card is asked about"
    QTest.keyClicks(field, "Xy")
    press(field, Key.Key_Z, Modifier.ControlModifier)
    assert not field.text() and person(window.services, world.large).name == "T"
    press(field, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: person(window.services, world.large).name is None)


def test_completion_offers_known_names(qtbot: Any, view: PeopleView, world: World) -> None:
    view.start_naming(world.large)
    field = view.field
    assert field is not None
    qtbot.waitUntil(lambda: field.person_named("ANNA") == world.anna)
    QTest.keyClicks(field, "an")
    assert field._list is not None and field._list.isVisible()
    assert field._list.item(0).text() == "Anna  ·  5 faces"
    press(field, Key.Key_Down)
    press(field, Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MergeDialog)
    dialog.reject()


def test_covers_of_offered_people_are_read_beside_the_window(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.start_naming(world.large)
    field = view.field
    assert field is not None
    qtbot.waitUntil(lambda: field.person_named("Anna") == world.anna)
    readers: list[str] = []
    real = window.services.reads.connection

    def connection() -> Connection:
        readers.append(threading.current_thread().name)
        return real()

    monkeypatch.setattr(window.services.reads, "connection", connection)
    QTest.keyClicks(field, "an")
    (offered,) = field.offers()
    assert offered.icon().isNull()
    qtbot.waitUntil(lambda: not field.offers()[0].icon().isNull())
    assert readers and threading.main_thread().name not in readers


@pytest.mark.parametrize("typed", ["Rene", "rené", "jose", "Maria", "o'b"])
def test_completion_offers_names_with_accents(typed: str) -> None:
    known = [Known("Anna", 1, 9), Known("René", 2, 5), Known("José María", 3, 4)]
    known.append(Known("Seán O’Brien", 4, 3))
    wanted = {"Rene": 2, "rené": 2, "jose": 3, "Maria": 3, "o'b": 4}[typed]
    assert [each.person_id for each in matching(known, typed)] == [wanted]


def test_completion_offers_exactly_what_was_typed_first() -> None:
    known = [Known("Renée", 1, 9), Known("René", 2, 5), Known("Rene", 3, 1)]
    assert [each.person_id for each in matching(known, "rene")] == [3, 2, 1]


@pytest.mark.parametrize("same", [True, False])
def test_a_taken_name_offers_to_merge(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World, same: bool
) -> None:
    view.start_naming(world.large, "anna")
    assert view.field is not None
    press(view.field, Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), MergeDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MergeDialog)
    (dialog.yes if same else dialog.no).click()
    if same:
        qtbot.waitUntil(lambda: person(window.services, world.large) is None)
        assert person(window.services, world.anna).faces == 10
        qtbot.waitUntil(lambda: window.toast.label.text() == "Merged 2 people into Anna")
        window.toast.button.click()
        qtbot.waitUntil(lambda: person(window.services, world.large) is not None)
    else:
        qtbot.waitUntil(lambda: person(window.services, world.large).name == "anna")
        assert person(window.services, world.anna).name == "Anna"


def test_selected_people_are_merged_the_selected_into_the_named_one(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 1)
    click(view, 0, Modifier.ControlModifier)
    press(view, Key.Key_M, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: person(window.services, world.large) is None)
    assert person(window.services, world.anna).name == "Anna"
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.small])


def test_several_unnamed_cards_are_named_at_once(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 1)
    click(view, 2, Modifier.ControlModifier)
    press(view, Key.Key_Z)
    assert view.field is not None and view.delegate.editing == world.large
    assert set(view.selected_ids()) == {world.large, world.small}, "it shows who is meant"
    QTest.keyClicks(view.field, "oe")
    press(view.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.small) is None)
    named = person(window.services, world.large)
    assert (named.name, named.faces, named.confirmed) == ("zoe", named.faces, named.faces)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Merged 2 people into zoe")
    window.actions_.undo()
    qtbot.waitUntil(lambda: person(window.services, world.small) is not None)
    assert person(window.services, world.large).name is None, "one step to undo"
    qtbot.waitUntil(lambda: view.people.rowCount() == 3)
    click(view, 1)
    click(view, 2, Modifier.ControlModifier)
    press(view, Key.Key_F2)
    assert view.field is not None
    QTest.keyClicks(view.field, "Anna")
    press(view.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.large) is None)
    assert person(window.services, world.anna).name == "Anna"
    qtbot.waitUntil(lambda: window.toast.label.text() == "Merged 3 people into Anna")


def test_a_card_dropped_on_another_merges_them(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    data = QMimeData()
    data.setData(PERSONS, QByteArray(str(world.small).encode()))
    rect = view.visualRect(view.people.index(1))
    at = QPointF(rect.center())
    args = (Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Modifier.NoModifier)
    for event in (
        QDragEnterEvent(QPoint(5, 5), *args),
        QDragMoveEvent(at.toPoint(), *args),
    ):
        QApplication.sendEvent(view.viewport(), event)
    assert view.delegate.target == world.large
    QApplication.sendEvent(view.viewport(), QDropEvent(at, *args))
    qtbot.waitUntil(lambda: person(window.services, world.small) is None)
    assert person(window.services, world.large).faces == 8
    qtbot.waitUntil(lambda: view.selected_ids() == [world.large])


@pytest.mark.parametrize(("row", "shown"), [(0, "Anna"), (1, "")])
def test_a_click_on_a_name_renames(row: int, shown: str, view: PeopleView) -> None:
    place = name_rect(view.visualRect(view.model().index(row, 0)))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert view.field is not None and view.field.hasFocus()
    assert view.field.text() == view.field.selectedText() == shown


def test_delete_hides_and_undo_shows_again(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 2)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.large])
    qtbot.waitUntil(lambda: window.toast.label.text() == "Hid 1 person")
    window.toast.button.click()
    qtbot.waitUntil(lambda: world.small in view.people.ids)


def test_three_people_are_hidden_with_one_toast_and_brought_back_with_one_undo(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    messages: list[str] = []
    window.actions_.done.connect(lambda text, *_: messages.append(text))
    click(view, 0)
    click(view, 1, Modifier.ControlModifier)
    click(view, 2, Modifier.ControlModifier)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: not view.people.ids)
    qtbot.waitUntil(lambda: window.commands.undo.text() == "Undo hiding 3 people")
    qtbot.waitUntil(lambda: bool(messages))
    assert messages == ["Hid 3 people"] == [window.toast.label.text()]
    window.toast.button.click()
    qtbot.waitUntil(lambda: len(view.people.ids) == 3)
    assert messages == ["Hid 3 people", "Undid hiding 3 people"]
    assert window.commands.undo.text() == "Undo naming Anna"


def test_three_people_become_favorites_with_one_toast_and_one_undo(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    messages: list[str] = []
    window.actions_.done.connect(lambda text, *_: messages.append(text))
    three = [world.anna, world.large, world.small]
    window.actions_.set_favourites(three, True)
    qtbot.waitUntil(lambda: all(person(window.services, each).favourite for each in three))
    qtbot.waitUntil(lambda: window.toast.label.text() == "3 people added to Favorites")
    window.actions_.undo()
    qtbot.waitUntil(lambda: len(messages) == 2)
    assert messages[1] == "Undid adding 3 people to Favorites"
    assert not any(person(window.services, each).favourite for each in three)


def test_undo_says_what_it_would_undo(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    window.actions_.merge(world.anna, [world.small])
    qtbot.waitUntil(lambda: window.commands.undo.text() == "Undo merging 2 people")
    window.actions_.undo()
    qtbot.waitUntil(lambda: window.commands.redo.text() == "Redo merging 2 people")
    assert window.commands.undo.text() == "Undo naming Anna"


def test_an_undo_that_takes_long_says_so(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PATIENCE_MS", 20)
    messages: list[str] = []
    window.actions_.done.connect(lambda text, *_: messages.append(text))
    go_on = threading.Event()
    window.services.submit(lambda _: go_on.wait(60))
    window.actions_.undo()
    qtbot.waitUntil(lambda: bool(messages))
    assert messages[0].startswith("Still working.")
    go_on.set()
    qtbot.waitUntil(lambda: messages[-1] == "Undid naming Anna")


def test_selection_and_place_outlive_a_new_order(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    click(view, 2)
    window.actions_.name(world.small, "Zoe")
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.small, world.large])
    assert view.selected_ids() == [world.small]
    assert view.current_id() == world.small


def test_the_badge_counts_what_is_worth_asking(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    qtbot.waitUntil(lambda: "3 questions" in window.sidebar._review.toolTip())


def test_hidden_people_are_shown_again_from_the_end_of_the_page(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    page = window.people
    assert not page.hidden_toggle.isVisible()
    view.select_row(2)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.large])
    qtbot.waitUntil(page.hidden_toggle.isVisible)
    window.resize(660, 420)
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(0)
    press(view, Key.Key_Tab)
    assert page.hidden_toggle.hasFocus() and bar.value() > 0, "Tab leads to what is seen"
    press(page.hidden_toggle, Key.Key_Space)
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.large, world.small])
    seen = view.viewport().rect().contains(page.hidden_toggle.geometry().center())
    assert seen, "hidden people unfold below the button that was pressed"
    bar.setValue(bar.value() + page.hidden_toggle.y() + 10 - view.viewport().height())
    view.setFocus()
    before = bar.value()
    QTest.mousePress(page.hidden_toggle, Qt.MouseButton.LeftButton, pos=QPoint(20, 5))
    assert page.hidden_toggle.hasFocus()
    assert bar.value() == before, "it stays under the pointer"
    QTest.mouseMove(page.hidden_toggle, QPoint(-20, -20))
    QTest.mouseRelease(page.hidden_toggle, Qt.MouseButton.LeftButton, pos=QPoint(-20, -20))
    assert page.header.note.text() == "2"
    view.select_row(2)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: not page.hidden_toggle.isVisible())
    assert list(view.people.ids) == [world.anna, world.large, world.small]
    assert not person(window.services, world.small).hidden


def test_unnamed_people_are_hidden_at_once_and_undo_shows_all(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    folder = window.state.folders[0].id
    menu = window.folder_actions.menu(folder_key(folder))
    next(action for action in menu.actions() if "Hide Unnamed" in action.text()).trigger()
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna])
    # Two groups, and one who was seen once.
    qtbot.waitUntil(lambda: window.toast.label.text() == "Hid 3 unnamed people")
    qtbot.waitUntil(lambda: "1 question" in window.sidebar._review.toolTip())
    window.actions_.undo()
    qtbot.waitUntil(lambda: view.people.rowCount() == 3)
    window.people.sweep.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.large])


def test_shift_and_an_arrow_over_the_edge_of_a_line_select_two(view: PeopleView) -> None:
    """The line between them is not swept up: M would make one person of all of it."""
    # Anna stands alone in her line, below are those without a name.
    view.select_row(1)
    press(view, Key.Key_Left, Modifier.ShiftModifier)
    assert view.selected_rows() == [0, 1]
    view.select_row(0)
    press(view, Key.Key_Right, Modifier.ShiftModifier)
    press(view, Key.Key_Right, Modifier.ShiftModifier)
    assert view.selected_rows() == [0, 1, 2]
    press(view, Key.Key_Left, Modifier.ShiftModifier)
    assert view.selected_rows() == [0, 1]


def test_shift_and_left_from_the_start_of_a_full_line(qtbot: Any, window: MainWindow) -> None:
    view = window.photos.view
    view.setFocus()
    first = next(
        row
        for row in range(1, 14)
        if view.visualRect(view.model().index(row, 0)).y()
        > view.visualRect(view.model().index(row - 1, 0)).y()
    )
    assert first > 2
    view.select_row(first)
    press(view, Key.Key_Left, Modifier.ShiftModifier)
    assert view.selected_rows() == [first - 1, first]
    press(view, Key.Key_Down, Modifier.ShiftModifier)
    assert len(view.selected_rows()) == first


@pytest.mark.scale
def test_fifty_thousand_people_are_there_at_once(
    qtbot: Any, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards with names and counts; pictures may follow."""
    window = empty_window

    def crowd(txn: Any) -> None:
        folder = folders.add(txn, str(tmp_path))
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
        run = txn.connection.execute
        run(
            numbers.format(20_000) + " INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, "
            "taken_at, sort_at, taken_from, status) SELECT i, ?, i || '.jpg', i, 1, '2019', "
            "'2019', 'exif', 'analysed' FROM n",
            (folder.id,),
        )
        run(
            numbers.format(50_000) + " INSERT INTO person (id, name, created_at) "
            "SELECT i, CASE WHEN i <= 300 THEN 'Anna ' || i END, '2020-01-01T00:00:00Z' FROM n"
        )
        run(
            numbers.format(150_000) + " INSERT INTO face (photo_id, x, y, w, h, landmarks, "
            "detection_score, quality, origin, person_id, state, similarity) SELECT 1 + i % 20000, "
            "0.1, 0.1, 0.2, 0.2, ?, 0.9, 0.5, 'detected', 1 + i % 50000, 'suggested', 0.7 FROM n",
            (faces.pack_landmarks(LANDMARKS),),
        )
        txn.touch(persons=[1])

    window.services.submit(crowd).result(60)
    qtbot.waitUntil(
        lambda: (counts := window.state and window.state.counts) and counts.named == 300,
    )
    painted: list[float] = []
    paint = PersonDelegate.paint_tile

    def watched(*args: Any) -> None:
        painted.append(time.process_time())
        paint(*args)

    monkeypatch.setattr(PersonDelegate, "paint_tile", watched)
    begun = time.process_time()
    window.go_to(PEOPLE)
    qtbot.waitUntil(lambda: bool(painted))
    # All threads together: 0.35 s; it was 1.7 s with the rows of all persons read first.
    assert painted[0] - begun < 1.0
    assert window.people.model.rowCount() == 50_000


def test_keys_and_menu_are_quick_with_everyone_selected(
    qtbot: Any, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a selection aren't read to find out what a key means."""
    window = empty_window

    def crowd(txn: Any) -> None:
        folders.add(txn, str(tmp_path))
        txn.connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "INSERT INTO person (id, name, created_at) "
            "SELECT i, 'Anna ' || i, '2020-01-01T00:00:00Z' FROM n"
        )
        txn.touch(persons=[1])

    window.services.submit(crowd).result(60)
    qtbot.waitUntil(lambda: window.state is not None and bool(window.state.folders))
    window.go_to(PEOPLE)
    page = window.people
    qtbot.waitUntil(lambda: page.model.rowCount() == 20_000)
    page.view.selectAll()
    read: list[int] = []
    fetch = page.model.fetch_rows

    def counted(ids: Any) -> Any:
        read.append(len(ids))
        return fetch(ids)

    monkeypatch.setattr(page.model, "fetch_rows", counted)
    press(page.view, Key.Key_F9)
    QTest.keyClicks(page.view, "w")
    page._show_menu(QPoint(20, 20))
    (menu,) = (each for each in page.findChildren(QMenu) if each.isVisible())
    labels = {action.text().split("\t")[0] for action in menu.actions()}
    assert {"Merge", "Add to Favorites", "Hide"} <= labels
    menu.close()
    assert sum(read) < 1_000


def test_the_page_and_its_badge_count_the_same_people(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    entry = window.sidebar._people
    window.go_to(PEOPLE)
    for act in (
        lambda: None,
        lambda: window.actions_.hide([world.small]),
        lambda: window.actions_.name(world.once, "Eva"),
        lambda: window.actions_.hide([world.anna]),
    ):
        act()
        window.services.submit(lambda _: None).result(10)
        shown = ask(window.services, queries.person_ids)
        qtbot.waitUntil(lambda: entry.data(BADGE) == str(len(shown)))  # noqa: B023
        qtbot.waitUntil(lambda: window.people.header.note.text() == str(len(shown)))  # noqa: B023
    assert entry.toolTip() == "2 people"


def test_people_are_found_and_sorted(
    qtbot: Any, view: PeopleView, window: MainWindow, world: World
) -> None:
    page = window.people
    for who, name in ((world.large, "Zoë"), (world.small, "Ben Smith")):
        ask_name = window.services.submit(corrections.name, who, name)
        ask_name.result(30)
    qtbot.waitUntil(lambda: view.people.named == 3)
    page.sort_by(PersonOrder.NAME)
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.anna, world.small, world.large])
    assert window.services.settings.people_order == "name"
    press(window, Key.Key_F, Modifier.ControlModifier)
    assert page.field.hasFocus()
    QTest.keyClicks(page.field, "smi")
    qtbot.waitUntil(lambda: list(view.people.ids) == [world.small])
    press(page.field, Key.Key_Return)
    assert view.hasFocus() and view.selected_ids() == [world.small]
    page.field.setFocus()
    QTest.keyClicks(page.field, "x")
    qtbot.waitUntil(lambda: page._nobody.isVisible())
    assert "smix" in page._nobody.text()
    press(page.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: len(view.people.ids) == 3)
    assert not page.field.text()
