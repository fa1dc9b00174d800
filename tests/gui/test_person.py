"""A person's page: questions answered by key and by mouse, moving faces, going back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facesorter.domain import FaceState
from facesorter.faces.calibration import Verdict
from facesorter.gui.base.menus import Menu
from facesorter.gui.grid.face_delegate import NO, YES
from facesorter.gui.grid.face_model import describe
from facesorter.gui.grid.tile_delegate import badge_rect
from facesorter.gui.people.merge_dialog import MergeDialog
from facesorter.gui.people.person_header import Order
from facesorter.gui.people.person_page import PersonPage
from facesorter.gui.photo.view import SURE_LINE, chip_text, line_of
from facesorter.gui.widgets.comparison import ComparisonDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.library.identify import Comparison
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, library_settings
from tests.gui.conftest import World, ask, click, person, press, states
from tests.support.windows import open_person

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def anna(qtbot: Any, window: MainWindow, world: World) -> PersonPage:
    return open_person(qtbot, window, world.anna, 5)


def test_the_name_is_not_cut_off_beside_air(anna: PersonPage, window: MainWindow) -> None:
    window.resize(1100, 700)
    field = anna.header.field
    field.clear()
    QTest.qWait(50)
    wanted = field.fontMetrics().horizontalAdvance(field.placeholderText())
    assert field.contentsRect().width() > wanted + 16


def test_suggestions_come_first_under_their_question(qtbot: Any, anna: PersonPage) -> None:
    assert anna.faces.asked == 2
    titles = [section.title for section in anna.face_view._sections]
    assert titles == ["Is this Anna?", "Confirmed  ·  2019"]
    assert anna.confirm_all.isVisible() and anna.confirm_all.text() == "Confirm All 2"
    qtbot.waitUntil(lambda: anna.header.note.text() == "5 photos  ·  2019")


def test_recognized_faces_stand_apart_and_are_not_asked_about(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    def be_sure(txn: Transaction) -> int:
        found = faces.ids_in_state(txn.connection, world.anna, FaceState.SUGGESTED)
        faces.set_suggestion(txn.connection, found[0], world.anna, 0.9, sure=True)
        txn.touch(faces=[found[0]], persons=[world.anna])
        return found[0]

    sure = window.services.writer.submit(be_sure).result(10)
    page = open_person(qtbot, window, world.anna, 5)
    assert (page.faces.asked, page.faces.sure) == (1, 1) and page.faces.ids[1] == sure
    titles = [section.title for section in page.face_view._sections]
    assert titles == ["Is this Anna?", "Recognized  ·  2019", "Confirmed  ·  2019"]
    assert [year for _, year in page.bars[0].years] == ["2019", "✓"]
    assert page.confirm_all.text() == "Confirm All 1"
    row = page.faces.row_by_id(sure)
    assert row is not None and describe(row).endswith(", recognized")
    assert line_of(row.face) == SURE_LINE and chip_text(row.face) == "Anna"
    # Nobody has to answer, but both answers are possible.
    click(page.face_view, 1)
    press(page.face_view, Key.Key_Delete)
    qtbot.waitUntil(lambda: sure not in page.faces.ids)
    qtbot.waitUntil(lambda: (page.faces.asked, page.faces.sure) == (1, 0))


def test_enter_confirms_and_goes_to_the_next(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    first, second = anna.faces.ids[:2]
    click(anna.face_view, 0)
    press(anna.face_view, Key.Key_Return)
    assert anna.face_view.selected_ids() == [second]
    qtbot.waitUntil(lambda: states(window.services, world.anna)[FaceState.CONFIRMED] == 4)
    qtbot.waitUntil(lambda: anna.faces.asked == 1)
    assert first in anna.faces.ids


def test_two_faces_are_compared_side_by_side(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    pair = anna.faces.ids[:2]
    found = Comparison(0.6, 0.6, 1e-4, Verdict.SAME)
    anna._show_comparison(pair, found)
    dialog = anna.findChild(ComparisonDialog)
    assert [crop.row.face.id for crop in dialog.crops if crop.row is not None] == list(pair)
    assert dialog.verdict.text() == "The same person."
    assert "pairs of different people, about one" in dialog.rate.text()
    press(dialog, Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_menu_says_its_keys_and_does_what_it_says(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    first = anna.faces.ids[0]
    click(anna.face_view, 0)
    anna._show_menu(anna.face_view.viewport().rect().center())
    (menu,) = [each for each in anna.findChildren(Menu) if each.isVisible()]
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert [text.split("\t")[0] for text in actions] == [
        "This is Anna",
        "Not Anna",
        "Move to Another Person…",
        "Not a Face",
        "Split into Several People…",
        "Why Is This Here?",
        "Use as Cover Photo",
        "Open Photo",
        "Slideshow of All Photos",
        "Export All Photos…",
    ]
    actions["Why Is This Here?\tW"].trigger()
    assert anna.why.face_id == first
    actions["Not Anna\tDel"].trigger()
    qtbot.waitUntil(lambda: first not in anna.faces.ids)
    menu.close()
    anna.face_view.selectAll()
    anna._show_menu(anna.face_view.viewport().rect().center())
    (menu,) = [each for each in anna.findChildren(Menu) if each.isVisible()]
    assert not any("cover" in action.text() for action in menu.actions())
    menu.close()


def test_what_can_be_confirmed_is_found_in_any_order(qtbot: Any, anna: PersonPage) -> None:
    first = anna.faces.ids[:2]
    assert anna.faces.suggested_among(anna.faces.ids) == first
    assert anna.faces.suggested_among(anna.faces.ids[2:]) == []
    anna.header.set_order(Order.QUALITY)
    qtbot.waitUntil(lambda: anna.faces.is_loaded and not anna.faces.asked)
    assert set(anna.faces.suggested_among(anna.faces.ids)) == set(first)


def test_delete_rejects_for_good(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    face = anna.faces.ids[0]
    click(anna.face_view, 0)
    press(anna.face_view, Key.Key_Delete)
    qtbot.waitUntil(lambda: face not in anna.faces.ids)
    (rejected,) = ask(window.services, queries.faces, [face])
    assert rejected.person_id is None
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: face in anna.faces.ids)


@pytest.mark.parametrize("corner", [YES, NO])
def test_marks_are_pressed_with_the_mouse(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World, corner: Qt.Corner
) -> None:
    rect = anna.face_view.visualRect(anna.faces.index(1))
    square = rect.adjusted(0, 0, 0, rect.width() - rect.height())
    at = badge_rect(square, corner).center()
    QTest.mouseClick(anna.face_view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    confirmed = 4 if corner == YES else 3
    qtbot.waitUntil(
        lambda: (
            states(window.services, world.anna)
            == {FaceState.CONFIRMED: confirmed, FaceState.SUGGESTED: 1}
        )
    )


def test_confirm_all(qtbot: Any, anna: PersonPage, window: MainWindow, world: World) -> None:
    anna.confirm_all.click()
    qtbot.waitUntil(lambda: states(window.services, world.anna) == {FaceState.CONFIRMED: 5})
    qtbot.waitUntil(lambda: not anna.confirm_all.isVisible())


def test_faces_move_to_a_new_and_a_known_person(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    moved = anna.faces.ids[-1]
    click(anna.face_view, 4)
    press(anna.face_view, Key.Key_S)
    assert anna.asking.isVisible()
    QTest.keyClicks(anna.asking.field, "Eva")
    press(anna.asking.field, Key.Key_Return)
    qtbot.waitUntil(lambda: moved not in anna.faces.ids)
    (face,) = ask(window.services, queries.faces, [moved])
    assert face.name == "Eva" and face.state is FaceState.CONFIRMED
    other = anna.faces.ids[-1]
    click(anna.face_view, anna.faces.rowCount() - 1)
    press(anna.face_view, Key.Key_S)
    qtbot.waitUntil(lambda: anna.asking.field.person_named("eva") == face.person_id)
    QTest.keyClicks(anna.asking.field, "eva")
    press(anna.asking.field, Key.Key_Return)
    qtbot.waitUntil(lambda: other not in anna.faces.ids)
    assert person(window.services, face.person_id).faces == 2


def test_not_a_face(qtbot: Any, anna: PersonPage, window: MainWindow) -> None:
    face = anna.faces.ids[2]
    click(anna.face_view, 2)
    press(anna.face_view, Key.Key_Delete, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: face not in anna.faces.ids)
    assert ask(window.services, queries.faces, [face])[0].state is FaceState.IGNORED


def test_a_group_is_named_at_the_top_of_its_page(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    page = open_person(qtbot, window, world.large, 5)
    assert page.header.field.placeholderText() == "Who is this?"
    assert not page.confirm_all.isVisible()
    page.header.field.setFocus()
    QTest.keyClicks(page.header.field, "Tom")
    press(page.header.field, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.large).name == "Tom")


def test_whole_photos_and_back(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    anna.header.photos.click()
    qtbot.waitUntil(lambda: anna.photos.rowCount() == 5)
    anna.photo_view.select_row(2)
    press(anna.photo_view, Key.Key_Return)
    assert window.stack.currentWidget() is window.photo
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is anna
    assert anna.photo_view.currentIndex().row() == 2
    press(window, Key.Key_Escape)
    assert window.stack.currentWidget() is window.people


def test_a_person_who_is_gone_leads_back(qtbot: Any, window: MainWindow, world: World) -> None:
    open_person(qtbot, window, world.large, 5)
    window.actions_.merge(world.anna, [world.large])
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.people)


def test_set_cover(qtbot: Any, anna: PersonPage, window: MainWindow, world: World) -> None:
    face = anna.faces.ids[4]
    entry = anna.header.as_cover
    click(anna.face_view, 3)
    click(anna.face_view, 4, Modifier.ControlModifier)
    assert not entry.isEnabled(), "two faces are no cover"
    click(anna.face_view, 4)
    entry.trigger()
    qtbot.waitUntil(lambda: person(window.services, world.anna).cover_face_id == face)


def test_a_name_that_is_taken_leads_to_whoever_has_it_or_back_to_the_old_one(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    window.services.submit(corrections.name, world.large, "Tom").result(60)

    def ask_again() -> MergeDialog:
        anna.header.field.setFocus()
        anna.header.field.selectAll()
        QTest.keyClicks(anna.header.field, "Tom")
        press(anna.header.field, Key.Key_Return)
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), MergeDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, MergeDialog)
        return dialog

    ask_again().reject()
    assert anna.header.field.text() == "Anna"
    ask_again().yes.click()
    qtbot.waitUntil(lambda: person(window.services, world.anna) is None)
    assert window.stack.currentWidget() is anna and anna.person_id == world.large
    qtbot.waitUntil(lambda: anna.faces.rowCount() == 10)


def test_the_first_face_is_selected_in_another_order(
    qtbot: Any, anna: PersonPage, world: World
) -> None:
    anna.face_view.clearSelection()
    press(anna.face_view, Key.Key_O)
    qtbot.waitUntil(lambda: anna.face_view.selected_rows() == [0])


def test_a_person_is_hidden_from_their_page_and_shown_again(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    def entry(label: str) -> Any:
        (found,) = (e for e in anna.header.menu.menu().actions() if e.text() == label)
        return found

    entry("Hide").trigger()
    qtbot.waitUntil(lambda: person(window.services, world.anna).hidden)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Hid Anna")
    assert window.stack.currentWidget() is not anna
    assert window.actions_.undo_text() == "Undo hiding Anna"
    window.open_person(world.anna)
    qtbot.waitUntil(lambda: anna.listening)
    entry("Unhide").trigger()
    qtbot.waitUntil(lambda: not person(window.services, world.anna).hidden)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Anna is shown again")
    assert window.stack.currentWidget() is anna


def test_the_menu_of_a_narrow_window_offers_what_can_be_done(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.resize(660, 500)
    window.open_person(world.anna)
    page = window.person
    qtbot.waitUntil(lambda: page.faces.rowCount() == 5)
    menu = page.header.menu.menu()
    assert menu is not None and page.header.menu.isVisible()
    (entry,) = (each for each in menu.actions() if each.text() == "Use as Cover Photo")
    page.face_view.clearSelection()
    assert not entry.isEnabled()
    page.face_view.select_row(1)
    assert entry.isEnabled()
    page.face_view.selectAll()
    assert not entry.isEnabled()


def test_suspects_first_and_why(qtbot: Any, window: MainWindow, world: World) -> None:
    def look(txn: Any) -> list[int]:
        """Give Anna's faces looks: all alike, but for the last, which is like the large group."""
        connection = txn.connection
        model = embeddings.model_id(connection, "made", "made", 3)
        library_settings.put(connection, "model", model)
        anna = queries.face_ids(connection, person_id=world.anna)
        for at, face in enumerate(anna):
            away = at == len(anna) - 1
            vector = np.array([0.0, 1.0, 0.0] if away else [1.0, 0.01 * at, 0.0], np.float32)
            embeddings.put(connection, face, model, vector / np.linalg.norm(vector))
        for face in queries.face_ids(connection, person_id=world.large):
            embeddings.put(connection, face, model, np.array([0.0, 1.0, 0.0], np.float32))
        connection.execute("DELETE FROM embedding WHERE face_id = ?", (anna[0],))
        return anna

    # Without a refresh: these vectors are no faces.
    window.services.refresher.enabled = False
    anna = window.services.submit(look).result(60)
    window.open_person(world.anna)
    page = window.person
    qtbot.waitUntil(lambda: page.faces.rowCount() == 5)
    press(page.face_view, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: list(page.faces.ids)[:1] == [anna[-1]])
    # The one that can't be compared stands last.
    assert list(page.faces.ids)[-1] == anna[0] and page.faces.rowCount() == 5
    page.face_view.select_row(0)
    press(page.face_view, Qt.Key.Key_W)
    qtbot.waitUntil(page.why.isVisible)
    text = page.why.label.text()
    assert text.startswith("Looks more like someone unnamed.")
    press(page.face_view, Qt.Key.Key_W)
    assert not page.why.isVisible()
    page.face_view.select_row(2)
    press(page.face_view, Qt.Key.Key_W)
    qtbot.waitUntil(page.why.isVisible)
    assert "No signs of a mistake" in page.why.label.text()
    assert page.why.captions[0].text().startswith("very similar")
    press(page.face_view, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: page.faces.asked == 2)
    press(page.face_view, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.faces.asked == 2)


def test_doubtful_faces_stand_apart_until_they_are_said_to_be_right(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    def look(txn: Any) -> list[int]:
        """All confirmed faces of Anna are alike, but for the first, which is like nobody's."""
        connection = txn.connection
        model = embeddings.model_id(connection, "made", "made", 3)
        library_settings.put(connection, "model", model)
        anna = queries.face_ids(connection, person_id=world.anna, state=FaceState.CONFIRMED)
        for at, face in enumerate(anna):
            vector = np.array([1.0, 0.01 * at, 0.0] if at else [0.0, 1.0, 0.0], np.float32)
            embeddings.put(connection, face, model, vector / np.linalg.norm(vector))
        for face in queries.face_ids(connection, person_id=world.large):
            embeddings.put(connection, face, model, np.array([0.0, 1.0, 0.0], np.float32))
        corrections.name(txn, world.large, "Eva")
        return anna

    window.services.refresher.enabled = False
    anna = window.services.submit(look).result(60)
    window.open_person(world.anna)
    page = window.person
    qtbot.waitUntil(lambda: page.faces.doubtful == 1)
    titles = [section.title for section in page.face_view._sections]
    assert titles == ["Is this Anna?", "Confirmed  ·  2019", "Doubtful"]
    assert list(page.faces.ids)[-1] == anna[0]
    assert page.bars[0].years[-1] == (4, "?")
    row = page.faces.row_by_id(anna[0])
    assert row is not None and page.faces.caption(row) == "Looks more like Eva"
    page.face_view.setFocus()
    page.face_view.select_row(4)
    press(page.face_view, Key.Key_Return)
    qtbot.waitUntil(lambda: page.faces.doubtful == 0)
    assert states(window.services, world.anna)[FaceState.CONFIRMED] == 3
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: page.faces.doubtful == 1)
