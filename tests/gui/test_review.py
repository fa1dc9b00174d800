"""The review page by keyboard: every kind of question, undo, and zero."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facesorter.domain import FaceState
from facesorter.gui.review.page import ReviewPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries, review
from facesorter.library.decisions import corrections
from facesorter.library.review import Kind
from facesorter.storage import mixed, questions
from tests.gui.conftest import World, ask, person, press, states

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> ReviewPage:
    """The page over three questions: who are five, who are three, are two faces Anna."""
    shown = window.review
    press(window, Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert window.stack.currentWidget() is shown
    until_shown(qtbot, shown, Kind.NAME, world.large)
    # The cards behind it too: a key that comes before its card answers nothing.
    settle(qtbot, shown)
    return shown


def until_shown(qtbot: Any, page: ReviewPage, kind: Kind, person_id: int) -> None:
    def there() -> bool:
        ready = page.ready
        return (
            ready is not None
            and ready.card.question.kind is kind
            and ready.card.question.person_id == person_id
        )

    qtbot.waitUntil(there)


def settle(qtbot: Any, page: ReviewPage) -> None:
    """Wait until everything is written and read."""
    qtbot.waitUntil(lambda: page.queue.settled)


def test_naming_confirming_and_zero_by_keys_alone(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    assert page.header.title.text() == "Who is this?"
    assert page.left.text() == "3 left, about 1 minute"
    assert len(page.first.crops) == 5
    assert all(crop.accessibleName() and crop.width() >= 140 for crop in page.first.crops)
    press(page, Key.Key_Return)
    assert page.candidates.field.hasFocus()
    QTest.keyClicks(page.candidates.field, "Maria Jukes")
    press(page.candidates.field, Key.Key_Return)
    # The next card is there at once, before anything was written.
    assert page.ready is not None and page.ready.card.question.person_id == world.small
    assert page.hasFocus() and page.candidates.field.text() == ""
    press(page, Key.Key_Delete)
    until_shown(qtbot, page, Kind.FACES, world.anna)
    assert page.header.title.text() == "Is this Anna?"
    press(page, Key.Key_2)
    assert page.first.crops[1].isChecked()
    assert page.bar.buttons["yes"].accessibleName() == "Yes, Except 1"
    yes, no = (row.face.id for row in page.ready.faces)
    press(page, Key.Key_Return)
    settle(qtbot, page)
    assert page.nothing.isVisible()
    assert page.nothing.text() == "All done. 2 people account for 64% of the faces."
    # There is a way on: the faces that are with nobody.
    assert page.unknown.isVisible()
    assert person(window.services, world.large).name == "Maria Jukes"
    assert person(window.services, world.small).hidden
    faces = {f.id: f for f in ask(window.services, queries.faces, [yes, no])}
    assert faces[yes].state is FaceState.CONFIRMED and faces[yes].person_id == world.anna
    assert faces[no].person_id is None
    qtbot.waitUntil(lambda: "No questions" in window.sidebar._review.toolTip())
    page.unknown.click()
    assert window.stack.currentWidget() is window.unknown


def test_undo_brings_the_question_back(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    press(page, Key.Key_Space)
    press(page, Key.Key_Delete, Modifier.ControlModifier)
    settle(qtbot, page)
    until_shown(qtbot, page, Kind.FACES, world.anna)
    assert person(window.services, world.small) is None, "three faces are ignored"
    press(window, Key.Key_Z, Modifier.ControlModifier)
    until_shown(qtbot, page, Kind.NAME, world.small)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    until_shown(qtbot, page, Kind.NAME, world.large)
    settle(qtbot, page)
    assert len(page.queue.waiting) == 3
    assert states(window.services, world.large) == {FaceState.SUGGESTED: 5}


def test_arrows_leave_questions_unanswered(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    settle(qtbot, page)
    press(page, Key.Key_Right)
    until_shown(qtbot, page, Kind.NAME, world.small)
    press(page, Key.Key_Right)
    until_shown(qtbot, page, Kind.FACES, world.anna)
    press(page, Key.Key_Right)
    until_shown(qtbot, page, Kind.FACES, world.anna)
    press(page, Key.Key_Left)
    until_shown(qtbot, page, Kind.NAME, world.small)
    # News of others do not pull the card away.
    window.actions_.name(world.large, "Bob")
    qtbot.waitUntil(lambda: len(page.queue.waiting) == 2)
    until_shown(qtbot, page, Kind.NAME, world.small)


@pytest.mark.parametrize(("key", "merged"), [(Key.Key_Return, True), (Key.Key_Delete, False)])
def test_same_person(
    key: Key, merged: bool, qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    def doubt(txn: Any) -> None:
        questions.set_pairs(txn.connection, [questions.Pair(world.anna, world.large, 0.5)])
        txn.touch(persons=[world.anna, world.large])

    window.services.submit(doubt).result(60)
    qtbot.waitUntil(lambda: len(page.queue.waiting) == 4)
    press(page, Key.Key_Right)
    until_shown(qtbot, page, Kind.SAME, world.anna)
    assert page.strips.first_name.text() == "Anna"
    assert page.strips.second_name.text() == "Unnamed"
    assert len(page.first.crops) == 5 and len(page.second.crops) == 5
    press(page, key)
    settle(qtbot, page)
    assert (person(window.services, world.large) is None) is merged
    left = {q.kind for q in ask(window.services, review.questions_open)}
    assert Kind.SAME not in left


def test_a_candidate_is_picked_by_its_digit(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    # These faces have no embeddings, so the machine offers nobody; the page takes what it is told.
    assert page.ready is not None
    row = page.ready.people[world.large]
    card = page.ready.card
    from dataclasses import replace

    from facesorter.gui.grid.person_model import read_rows

    services = window.services
    (anna,) = services.query(read_rows, services, [world.anna]).result(60)
    offered = page.ready._replace(
        card=replace(card, candidates=(world.anna,)),
        people={world.large: row, world.anna: anna},
    )
    page.candidates.set_ready(offered)
    assert page.candidates.buttons[0].text() == "1  Anna"
    press(page, Key.Key_1)
    settle(qtbot, page)
    assert person(window.services, world.large) is None
    assert states(window.services, world.anna)[FaceState.CONFIRMED] == 8


def test_undo_counts_decisions_not_answers(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    # Meanwhile somebody else gave the same answer, so that this one decides nothing.
    window.services.submit(corrections.hide, world.large).result(60)
    press(page, Key.Key_Delete)
    settle(qtbot, page)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: not person(window.services, world.large).hidden)
    assert person(window.services, world.anna).name == "Anna"


def test_wrong_faces_are_marked_before_naming(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    wrong = page.first.crops[1]
    assert wrong.isCheckable() and wrong.digit == 0
    QTest.mouseClick(wrong, Qt.MouseButton.LeftButton)
    assert wrong.isChecked() and page.bar.buttons["yes"].accessibleName() == "Name All but 1"
    assert wrong.row is not None
    face = wrong.row.face.id
    press(page, Key.Key_Return)
    QTest.keyClicks(page.candidates.field, "Maria")
    press(page.candidates.field, Key.Key_Return)
    settle(qtbot, page)
    assert states(window.services, world.large) == {FaceState.CONFIRMED: 4}
    assert ask(window.services, queries.faces, [face])[0].person_id is None
    # A mark does not stay on the card that follows.
    assert not any(crop.isChecked() for crop in page.first.crops)
    QTest.mouseClick(page.first.crops[0], Qt.MouseButton.LeftButton)
    press(page, Key.Key_Delete)
    settle(qtbot, page)
    assert person(window.services, world.small).hidden
    assert states(window.services, world.small) == {FaceState.CONFIRMED: 2}
    press(window, Key.Key_Z, Modifier.ControlModifier)
    until_shown(qtbot, page, Kind.NAME, world.small)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    until_shown(qtbot, page, Kind.NAME, world.large)
    settle(qtbot, page)
    assert states(window.services, world.large) == {FaceState.SUGGESTED: 5}


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Delete, Key.Key_Space])
def test_a_mixed_group(
    key: Key, qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    def look(txn: Any) -> None:
        faces = queries.face_ids(txn.connection, person_id=world.large)
        mixed.put(txn.connection, [mixed.MixedLook(world.large, 5, 0.1, tuple(sorted(faces[:3])))])
        txn.touch(persons=[world.large])

    window.services.submit(look).result(60)
    qtbot.waitUntil(lambda: len(page.queue.waiting) == 4)
    # The card in sight stands; going away and back begins with what is worth most.
    window.go_to("people")
    window.go_to("review")
    until_shown(qtbot, page, Kind.MIXED, world.large)
    assert page.header.title.text() == "Is this one person?"
    assert len(page.first.crops) == 2 and len(page.second.crops) == 3
    assert page.strips.second_name.text() == "3 faces that may be someone else"
    assert not page.bar.buttons["no_face"].isEnabled()
    press(page, key)
    if key is Key.Key_Delete:
        assert window.stack.currentWidget() is window.split
        assert window.split.person_id == world.large
        press(window, Key.Key_Escape)
        assert window.stack.currentWidget() is page
        until_shown(qtbot, page, Kind.MIXED, world.large)
        return
    until_shown(qtbot, page, Kind.NAME, world.large)
    settle(qtbot, page)
    assert Kind.MIXED not in {q.kind for q in ask(window.services, review.questions_open)}
    press(window, Key.Key_Z, Modifier.ControlModifier)
    until_shown(qtbot, page, Kind.MIXED, world.large)


def test_in_a_low_window_two_strips_stand_side_by_side(
    qtbot: Any, page: ReviewPage, window: MainWindow, world: World
) -> None:
    def doubt(txn: Any) -> None:
        questions.set_pairs(txn.connection, [questions.Pair(world.anna, world.large, 0.5)])
        txn.touch(persons=[world.anna, world.large])

    window.services.submit(doubt).result(60)
    qtbot.waitUntil(lambda: len(page.queue.waiting) == 4)
    press(page, Key.Key_Right)
    until_shown(qtbot, page, Kind.SAME, world.anna)
    first, second = page.first, page.second
    qtbot.waitUntil(lambda: second.y() > first.y() and second.x() == first.x())
    window.resize(640, 420)
    qtbot.waitUntil(lambda: second.y() == first.y() and second.x() > first.x())
    # The title has the room then, and is whole.
    title = page.header.title
    assert page.left.text() == f"{len(page.queue.waiting)} left"
    assert title.fontMetrics().horizontalAdvance(title.text()) <= title.width()
    view = page.area.viewport()
    for block in (first, second):
        crop = block.crops[0]
        assert crop.mapTo(view, crop.rect().center()).y() < view.height()
    # A question about one group has all the width again.
    press(page, Key.Key_Left)
    until_shown(qtbot, page, Kind.NAME, world.large)
    qtbot.waitUntil(lambda: first.width() > 0.8 * view.width())


def test_one_slow_answer_does_not_set_the_pace(page: ReviewPage) -> None:
    page.queue.waiting = page.queue.waiting[:1] * 24
    for pace, expected in ((None, "2 minutes"), (55.0, "2 minutes"), (55.0, "2 minutes")):
        if pace is not None:
            page._paces.append(pace)
        page._count()
        assert page.left.text() == f"24 left, about {expected}"
    # Whoever is always slow is believed in the end.
    page._paces.extend([55.0] * 8)
    page._count()
    assert page.left.text() == "24 left, about 22 minutes"
