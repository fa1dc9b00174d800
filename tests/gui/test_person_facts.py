"""What is known of a person, in the window: panel, star, ages, years."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtTest import QTest

from facesorter.domain import Person, PersonId
from facesorter.gui.base.places import PEOPLE
from facesorter.gui.grid.id_list_model import Role
from facesorter.gui.grid.tile_delegate import CAPTION
from facesorter.gui.i18n import words
from facesorter.gui.i18n.typed_dates import typed_date
from facesorter.gui.people.person_header import Order
from facesorter.gui.people.person_page import PersonPage
from facesorter.gui.people.person_sections import headings, years_of
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import corrections, details, relationships
from facesorter.library.decisions.details import Age, Facts
from tests.gui.conftest import World, ask, click, person, press, redate
from tests.support.windows import open_person

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def anna(qtbot: Any, window: MainWindow, world: World) -> PersonPage:
    return open_person(qtbot, window, world.anna, 5)


def known(window: MainWindow, person_id: int) -> Facts:
    found: Facts = ask(window.services, details.of, person_id)
    return found


def type_into(field: Any, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    press(field, Key.Key_Return)


def test_a_birth_brings_ages_and_takes_back_what_cannot_be(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    anna.face_view.setFocus()
    press(anna.face_view, Key.Key_I)
    panel = anna.details
    qtbot.waitUntil(lambda: panel.isVisible() and panel._known is not None)
    assert panel.born.hasFocus()
    early = anna.faces.ids[1]
    row = anna.faces.row_by_id(early)
    assert row is not None
    before = row.photo.taken_at[:10]
    # The day after the older of the two suggestions, which are older than all confirmed ones.
    later = f"{before[:8]}{int(before[8:]) + 1:02}"
    type_into(panel.born, words.date(later))
    qtbot.waitUntil(lambda: known(window, world.anna).birth_date == later)
    qtbot.waitUntil(lambda: anna.faces.rowCount() == 4)
    assert early not in anna.faces.ids
    qtbot.waitUntil(lambda: panel.born.text() == words.date(later))
    qtbot.waitUntil(lambda: anna.face_view._footer == CAPTION)
    role = Qt.ItemDataRole.AccessibleTextRole
    qtbot.waitUntil(lambda: anna.faces.data(anna.faces.index(0), role).endswith(", newborn"))
    qtbot.waitUntil(lambda: anna.header.note.text().count("·") == 2)
    press(window, Key.Key_Z, Modifier.ControlModifier)
    anna.face_view.setFocus()
    press(window, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: anna.faces.rowCount() == 5)
    qtbot.waitUntil(lambda: panel.born.text() == "")
    qtbot.waitUntil(lambda: anna.face_view._footer == 0)


def test_what_is_no_date_is_said_and_nothing_kept(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    anna.header.about.click()
    panel = anna.details
    qtbot.waitUntil(lambda: panel._known is not None)
    type_into(panel.born, "yesterday")
    assert panel.wrong.isVisible() and "“yesterday” isn’t a date" in panel.wrong.text()
    assert panel.born.text() == "yesterday"
    QTest.keyClicks(panel.born, " or today")
    assert not panel.wrong.isVisible(), "it is about a text that is no longer there"
    type_into(panel.born, "1990")
    qtbot.waitUntil(lambda: known(window, world.anna).birth_date == "1990")
    assert not panel.wrong.isVisible()
    type_into(panel.died, "1980")
    qtbot.waitUntil(lambda: panel.wrong.isVisible())
    assert "before the date of birth" in panel.wrong.text()
    assert known(window, world.anna).death_date is None
    qtbot.waitUntil(lambda: panel.died.text() == "")


def test_notes_are_kept_when_the_panel_is_left(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    press(anna.face_view, Key.Key_I)
    panel = anna.details
    press(panel.born, Key.Key_Escape)
    assert not panel.isVisible() and window.stack.currentWidget() is anna
    press(anna.face_view, Key.Key_I)
    qtbot.waitUntil(lambda: panel._known is not None)
    panel.notes.setFocus()
    QTest.keyClicks(panel.notes, "plays the cello")
    press(panel.notes, Key.Key_Escape)
    assert not panel.isVisible()
    qtbot.waitUntil(lambda: known(window, world.anna).notes == "plays the cello")
    assert anna.face_view.hasFocus()


def test_who_types_faster_than_names_are_read_is_understood(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    window.services.submit(corrections.name, world.large, "Tom").result(60)
    press(anna.face_view, Key.Key_I)
    panel = anna.details
    panel.relative.setFocus()
    QTest.keyClicks(panel.relative, "Tom")
    press(panel.relative, Key.Key_Return)
    qtbot.waitUntil(lambda: panel.relatives.count() == 1)
    assert not panel.wrong.isVisible()
    assert [each.person_id for each in ask(window.services, relationships.of, world.anna)] == [
        world.large
    ]


def test_relatives_are_added_opened_and_removed(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    window.services.submit(corrections.name, world.large, "Tom").result(60)
    press(anna.face_view, Key.Key_I)
    panel = anna.details
    panel.relative.setFocus()
    qtbot.waitUntil(lambda: panel.relative.person_named("Tom") is not None)
    QTest.keyClicks(panel.relative, "Nobody")
    press(panel.relative, Key.Key_Return)
    wrong = panel.wrong_relative
    assert wrong.isVisible() and "no one else named Nobody" in wrong.text()
    assert wrong.y() > panel.relative.y() and not panel.wrong.isVisible()
    # The name stays, to be corrected; nobody is their own relative.
    assert panel.relative.text() == "Nobody"
    panel.relative.selectAll()
    QTest.keyClicks(panel.relative, "Ann")
    assert not panel.relative.offering and not wrong.isVisible()
    QTest.keyClicks(panel.relative, "a")
    press(panel.relative, Key.Key_Return)
    assert wrong.isVisible() and "no one else named Anna" in wrong.text()
    panel.relationship.setCurrentIndex(panel.relationship.findData(relationships.Relationship.TWIN))
    panel.relative.clear()
    QTest.keyClicks(panel.relative, "Tom")
    press(panel.relative, Key.Key_Return)
    qtbot.waitUntil(lambda: panel.relatives.count() == 1)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Relationship added")
    # The field has nothing of its own to undo.
    assert panel.relative.text() == "" and not panel.relative.isUndoAvailable()
    (found,) = ask(window.services, relationships.of, world.anna)
    assert (found.relationship, found.person_id) == (relationships.Relationship.TWIN, world.large)
    line = panel.relatives.itemAt(0).widget()
    buttons = line.findChildren(type(anna.header.about))
    names = [button.accessibleName() for button in buttons]
    assert names == ["Twin: Tom", "Remove relationship with Tom"]
    buttons[0].click()
    qtbot.waitUntil(lambda: window.person.header.field.text() == "Tom")
    qtbot.waitUntil(lambda: panel.relatives.count() == 1)
    line = panel.relatives.itemAt(0).widget()
    line.findChildren(type(anna.header.about))[1].click()
    qtbot.waitUntil(lambda: panel.relatives.count() == 0)
    assert ask(window.services, relationships.of, world.anna) == []


def test_favourites_by_star_and_by_key(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    window.services.submit(corrections.name, world.small, "Eva").result(60)
    anna.face_view.setFocus()
    press(anna.face_view, Key.Key_F)
    qtbot.waitUntil(lambda: person(window.services, world.anna).favourite)
    qtbot.waitUntil(anna.header.star.isChecked)
    anna.header.star.click()
    qtbot.waitUntil(lambda: not person(window.services, world.anna).favourite)
    window.go_to(PEOPLE)
    model, view = window.people.model, window.people.view
    qtbot.waitUntil(lambda: list(model.ids)[:2] == [world.anna, world.small])
    click(view, 1)
    press(view, Key.Key_F)
    qtbot.waitUntil(lambda: list(model.ids)[:2] == [world.small, world.anna])
    text = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Eva, 3 photos, favorite"


def test_years_head_the_faces_and_lead_to_them(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    def spread(txn: Any) -> None:
        """One photo a year, the newest in 2019."""
        for at, photo in enumerate(world.photo_ids):
            redate(txn, photo, f"{2019 - at}-06-01T12:00:00")
        details.set_details(txn, world.anna, Facts("2018-01-01"))

    window.services.submit(spread).result(60)
    page = open_person(qtbot, window, world.anna, 3)
    titles = [section.title for section in page.face_view._sections]
    assert titles == ["2019  ·  12 months – 23 months", "2018", "2017"]
    bar = page.bars[0]
    assert bar.isVisible() and [year for _, year in bar.years] == ["2019", "2018", "2017"]
    window.resize(700, 420)
    bar.setFocus()
    press(bar, Key.Key_Down)
    assert bar.current() == 1 and bar.accessibleDescription() == "2018"
    rows = page.face_view.rows_in_sight()
    assert bar.years[1][0] in rows
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(9, round(bar._tops()[2]) + 9))
    assert bar.current() == 2
    page.face_view.verticalScrollBar().setValue(0)
    page.header.set_order(Order.QUALITY)
    qtbot.waitUntil(lambda: page.faces.rowCount() == 3)
    qtbot.waitUntil(lambda: not bar.isVisible())
    rows = [page.faces.index(at).data(Role.ROW) for at in range(3)]
    qualities = [row.face.quality for row in rows]
    assert qualities == sorted(qualities, reverse=True)
    best = ask(window.services, queries.best_first, world.anna)
    assert list(page.faces.ids) == best


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (None, ""),
        (Age(0, 0, True), "newborn"),
        (Age(0, 1, True), "1 month"),
        (Age(1, 23, True), "23 months"),
        (Age(2, 24, True), "2 years"),
        (Age(0, 0, False), "under 1 year"),
        (Age(3, 36, False), "about 3 years"),
    ],
)
def test_ages_in_words(age: Age | None, text: str, qapp: Any) -> None:
    assert words.age(age) == text


def test_photos_without_a_date_are_headed_so(qapp: Any) -> None:
    found = headings(None, years_of([(0, "2019-06"), (3, "")]))
    assert [section.title for section in found] == ["2019", "No date"]


@pytest.mark.parametrize(
    ("birth", "death", "year", "text"),
    [
        ("1960-06-12", None, "2015", "2015  ·  54–55 years"),
        ("1960-01-01", None, "2015", "2015  ·  55 years"),
        ("1960", None, "2015", "2015  ·  about 55 years"),
        ("1960-06", None, "2015", "2015  ·  54–55 years"),
        ("1960-06-12", "2015-03-01", "2015", "2015  ·  54 years"),
        ("1960-06-12", "2015", "2015", "2015  ·  54–55 years"),
        ("1960-06-12", None, "1960", "1960"),
        ("1960-06-12", "2014", "2015", "2015"),
        ("2014-06-12", None, "2015", "2015  ·  6 months – 18 months"),
        ("2013-06-12", None, "2015", "2015  ·  18 months – 2 years"),
    ],
)
def test_a_year_is_headed_by_the_ages_of_its_faces(
    birth: str, death: str | None, year: str, text: str, qapp: Any
) -> None:
    anna = Person(
        *(PersonId(1), "Anna", 2, 2, 0, 2, None, None, None, False, False),
        birth_date=birth,
        death_date=death,
    )
    (section,) = headings(anna, [(0, year)])
    assert section.title == text


@pytest.fixture
def locale() -> Iterator[Callable[[str], None]]:
    before = QLocale()
    yield lambda name: QLocale.setDefault(QLocale(name))
    QLocale.setDefault(before)


@pytest.mark.parametrize("name", ["en_US", "en_GB", "de_DE", "fr_FR", "ro_RO", "ru_RU", "ja_JP"])
@pytest.mark.parametrize("date", ["", "1987", "1987-05", "1987-05-31", "1987-05-04"])
def test_dates_are_read_as_they_are_written(
    date: str, name: str, locale: Callable[[str], None]
) -> None:
    locale(name)
    assert typed_date(words.date(date)) == date
    assert typed_date(date) == date
    # Of nothing, "No date" is said.
    assert not date or typed_date(words.day(date)) == date


@pytest.mark.parametrize(
    ("name", "typed", "date"),
    [
        ("en_US", "6/12/1970", "1970-06-12"),
        ("en_GB", "6/12/1970", "1970-12-06"),
        ("sv_SE", "12-6-1970", "1970-06-12"),
        ("en_US", "13/6/1970", "1970-06-13"),
        ("en_US", "12.6.1970", "1970-06-12"),
        ("de_DE", "12.6.1970", "1970-06-12"),
        ("de_DE", "12. Juni 1970", "1970-06-12"),
        ("de_DE", "Juni 1970", "1970-06"),
        ("de_DE", "6/1970", "1970-06"),
        ("de_DE", "March 1970", "1970-03"),
        ("en_US", "June 12th, 1970", "1970-06-12"),
        ("en_US", "jun 1970", "1970-06"),
        ("en_US", " 1970 ", "1970"),
        ("en_US", "1970/6/12", "1970-06-12"),
        ("fr_FR", "1er aout 1970", "1970-08-01"),
        ("ru_RU", "12 июня 1970 г.", "1970-06-12"),
        ("ro_RO", "iunie 1970", "1970-06"),
    ],
)
def test_dates_are_read_as_people_type_them(
    name: str, typed: str, date: str, locale: Callable[[str], None]
) -> None:
    locale(name)
    assert typed_date(typed) == date


@pytest.mark.parametrize(
    "typed", ["12.6.70", "31.2.1970", "-1970", "1970 1971", "ju 1970", "yesterday", "13/13/1970"]
)
def test_what_could_be_two_dates_or_none_is_left(typed: str, qapp: Any) -> None:
    assert typed_date(typed) == typed


def test_a_relative_who_cannot_be_keeps_the_typed_name(
    qtbot: Any, anna: PersonPage, window: MainWindow, world: World
) -> None:
    def name_parent(txn: Any) -> None:
        corrections.name(txn, world.large, "Tom")
        corrections.name(txn, world.small, "Eva")
        relationships.relate(txn, world.anna, relationships.Relationship.CHILD, world.large)
        relationships.relate(txn, world.large, relationships.Relationship.CHILD, world.small)

    window.services.submit(name_parent).result(10)
    press(anna.face_view, Key.Key_I)
    panel = anna.details
    qtbot.waitUntil(lambda: panel.relatives.count() == 1)
    panel.relationship.setCurrentIndex(
        panel.relationship.findData(relationships.Relationship.PARENT)
    )
    panel.relative.setFocus()
    QTest.keyClicks(panel.relative, "Eva")
    press(panel.relative, Key.Key_Return)
    wrong = panel.wrong_relative
    qtbot.waitUntil(lambda: "own ancestor" in wrong.text())
    assert wrong.isVisible() and panel.relative.text() == "Eva" and not panel.wrong.isVisible()
