"""The table of shortcuts: each key does one thing, no letter removes anything, none is lost."""

from __future__ import annotations

import ast
import string
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from facesorter.app.services import Services
from facesorter.gui.base import keys
from facesorter.gui.base.keys import DESTRUCTIVE, Shortcut
from facesorter.gui.base.places import MAP, PEOPLE, PHOTOS, REVIEW, UNKNOWN
from facesorter.gui.dialogs.keyboard_map import places
from facesorter.gui.people.split_page import SplitPage
from facesorter.gui.widgets.name_field import NameField
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.library.decisions.journal import Kind
from facesorter.library.scanning import folders
from tests.gui.conftest import World, ask, click, person, press
from tests.support.windows import give_looks

Key, Modifier = Qt.Key, Qt.KeyboardModifier
GUI = Path(keys.__file__).parents[1]
LETTERS = [getattr(Key, f"Key_{letter}") for letter in string.ascii_uppercase]


def pressed(key: int, text: str = "", modifiers: Any = Modifier.NoModifier) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)


def test_every_key_does_one_thing() -> None:
    every = [QKeySequence(key).toString() for what in Shortcut for key in what.value]
    assert len(every) == len(set(every)) == len(keys._SHORTCUTS)
    for what in Shortcut:
        for key in what.sequences:
            code = key[0]  # type: ignore[index]
            event = pressed(code.key(), modifiers=code.keyboardModifiers())
            assert keys.shortcut(event) is what


def test_no_letter_alone_takes_anything_away() -> None:
    for what in DESTRUCTIVE:
        for key in what.value:
            assert len(key) > 1, f"{what.name}: {key}"


def test_letters_of_every_keyboard_begin_a_name() -> None:
    for letter in ("a", "É", "ł", "Ж", "花", "א"):
        assert keys.typed(pressed(0, letter)) == letter
    assert keys.typed(pressed(Key.Key_A, "A", Modifier.ShiftModifier)) == "A"
    # AltGr, as Windows reports it.
    alt_gr = Modifier.ControlModifier | Modifier.AltModifier
    assert keys.typed(pressed(Key.Key_L, "ł", alt_gr)) == "ł"
    for text, modifiers in (
        ("1", Modifier.NoModifier),
        (" ", Modifier.NoModifier),
        ("?", Modifier.ShiftModifier),
        ("\x01", Modifier.ControlModifier),
        ("a", Modifier.AltModifier),
        ("", Modifier.NoModifier),
    ):
        assert not keys.typed(pressed(Key.Key_A, text, modifiers))
    # A Cyrillic key is no Qt.Key, and no command.
    assert keys.shortcut(pressed(0x0416, "Ж")) is None


def test_capitals_and_digits_with_shift_mean_the_same() -> None:
    assert keys.shortcut(pressed(Key.Key_F, "F", Modifier.ShiftModifier)) is Shortcut.FAVORITE
    assert (
        keys.shortcut(pressed(Key.Key_Asterisk, "*", Modifier.ShiftModifier)) is Shortcut.FAVORITE
    )
    assert (
        keys.shortcut(pressed(Key.Key_Delete, "", Modifier.ShiftModifier)) is Shortcut.HIDE_UNNAMED
    )
    assert keys.number(pressed(Key.Key_2, "2", Modifier.ShiftModifier)) == 2
    assert keys.number(pressed(Key.Key_2, "2", Modifier.KeypadModifier)) == 2
    assert keys.number(pressed(Key.Key_0, "0")) is None


def test_backspace_is_delete_on_a_mac_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys.shortcut(pressed(Key.Key_Backspace)) is None
    monkeypatch.setattr(keys, "_ON_MAC", True)
    assert keys.shortcut(pressed(Key.Key_Backspace)) is Shortcut.REMOVE


def test_no_module_reads_letters_past_the_table() -> None:
    """A key named in a page would be a second table. Arrows mean what they always do."""
    named = {f"Key_{key}" for what in Shortcut for key in what.value if len(key) == 1}
    named |= {f"Key_{letter}" for letter in string.ascii_uppercase} | {
        "Key_Delete",
        "Key_Backspace",
    }
    found = []
    for module in GUI.rglob("*.py"):
        # Fields have the system's own keys for Undo.
        if module in (Path(keys.__file__), GUI / "base" / "shortcuts.py"):
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id == "QKeySequence":
                found.append(f"{module.relative_to(GUI)}:{node.lineno} {node.id}")
            if isinstance(node, ast.Attribute) and node.attr in named:
                found.append(f"{module.relative_to(GUI)}:{node.lineno} {node.attr}")
    # The map's Ctrl+A selects everything, as in every list.
    assert [each for each in found if not each.endswith("Key_A")] == []
    assert [each.split(":")[0] for each in found] == ["map/view.py"]


def test_the_list_of_keys_shows_the_table() -> None:
    listed = {what for _, lines in places() for what, _ in lines if isinstance(what, Shortcut)}
    written = " ".join(what for _, lines in places() for what, _ in lines if isinstance(what, str))
    left = [what for what in Shortcut if what not in listed and what.value[0] not in written]
    # Alt+1 to Alt+7 are written as a range, and − with its own sign.
    assert set(left) <= {
        Shortcut.PEOPLE,
        Shortcut.REVIEW,
        Shortcut.UNKNOWN,
        Shortcut.MAP,
        Shortcut.PLACES,
        Shortcut.DECREASE,
        Shortcut.SMALLER_TILES,
        Shortcut.RESCAN,
        Shortcut.CONTINUE,
    }


# The walk through every page: each letter is pressed on what is selected there.


def _photos(qtbot: Any, window: MainWindow, world: World) -> Any:
    window.go_to(PHOTOS)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)
    click(window.photos.view, 0)
    return window.photos.view


def _people(name: str) -> Callable[[Any, MainWindow, World], Any]:
    def go(qtbot: Any, window: MainWindow, world: World) -> Any:
        window.go_to(PEOPLE)
        qtbot.waitUntil(lambda: window.people.model.rowCount() == 3)
        click(window.people.view, window.people.model.row_of(getattr(world, name)))
        return window.people.view

    return go


def _several(qtbot: Any, window: MainWindow, world: World) -> Any:
    view = _people("large")(qtbot, window, world)
    click(view, 2, Modifier.ControlModifier)
    return view


def _person(name: str) -> Callable[[Any, MainWindow, World], Any]:
    def go(qtbot: Any, window: MainWindow, world: World) -> Any:
        window.open_person(getattr(world, name))
        qtbot.waitUntil(lambda: window.person.faces.rowCount() == 5)
        click(window.person.face_view, 3)
        return window.person.face_view

    return go


def _photo(qtbot: Any, window: MainWindow, world: World) -> Any:
    window.open_photo(world.photo_ids[0], world.photo_ids)
    qtbot.waitUntil(lambda: bool(window.photo.view.faces))
    return window.photo.view


def _marking(qtbot: Any, window: MainWindow, world: World) -> Any:
    view = _photo(qtbot, window, world)
    press(view, Key.Key_D)
    press(view, Key.Key_Tab)
    assert view.editor.selected is not None
    return view


def _review(steps: int) -> Callable[[Any, MainWindow, World], Any]:
    def go(qtbot: Any, window: MainWindow, world: World) -> Any:
        window.go_to(REVIEW)
        page = window.review
        qtbot.waitUntil(lambda: page.ready is not None and page.queue.settled)
        for _ in range(steps):
            press(page, Key.Key_Right)
        qtbot.waitUntil(lambda: page.ready is not None)
        return page

    return go


def _unknown(qtbot: Any, window: MainWindow, world: World) -> Any:
    services = window.services
    faces = sorted(ask(services, queries.face_ids, person_id=world.large))
    services.submit(corrections.reject, world.large, faces).result(60)
    window.go_to(UNKNOWN)
    qtbot.waitUntil(lambda: window.unknown.faces.rowCount() == 6)
    click(window.unknown.view, 1)
    return window.unknown.view


def _map(qtbot: Any, window: MainWindow, world: World) -> Any:
    window.go_to(MAP)
    return window.map.view


def _split(qtbot: Any, window: MainWindow, world: World) -> Any:
    split(qtbot, window, world)
    click(window.split.columns[0].stack, 0)
    return window.split.columns[0].stack


def _playback(qtbot: Any, window: MainWindow, world: World) -> Any:
    window.play_person(world.anna)
    return window.playback


def split(qtbot: Any, window: MainWindow, world: World) -> SplitPage:
    faces = ask(window.services, queries.face_ids, person_id=world.large)
    window.services.submit(give_looks, sorted(faces)).result(60)
    window.split_person(world.large)
    qtbot.waitUntil(lambda: len(window.split.columns[1].ids) == 2)
    return window.split


WALK = {
    "photos": _photos,
    "people, named": _people("anna"),
    "people, unnamed": _people("large"),
    "people, several": _several,
    "person, named": _person("anna"),
    "person, unnamed": _person("large"),
    "photo": _photo,
    "photo, marking": _marking,
    "review, name": _review(0),
    "review, faces": _review(2),
    "unknown": _unknown,
    "map": _map,
    "split": _split,
    "playback": _playback,
}


@pytest.mark.parametrize("place", WALK)
def test_letters_decide_nothing_anywhere(
    place: str, qtbot: Any, window: MainWindow, world: World
) -> None:
    """But for favorites, which F marks and unmarks, and turns, which change only the view."""
    focus = WALK[place](qtbot, window, world)
    people = ask(window.services, queries.persons, [world.anna, world.large, world.small])
    faces = ask(window.services, queries.face_ids)
    before = ask(window.services, queries.faces, faces)
    # What the world itself was made by.
    made = {Kind.NAME, Kind.REJECT}
    kinds: dict[Kind | None, bool] = {}

    def decided(status: Any) -> None:
        kinds[status.undo_kind] = True

    window.actions_.undo_status.connect(decided)
    for key in LETTERS:
        QTest.keyClick(focus, key)
        # Whatever opened closes again: a field, a bar, a drawing, the page of another key.
        other = QApplication.focusWidget()
        if other is not None and other is not focus:
            QTest.keyClick(other, Key.Key_Escape)
        if window.navigator.page is not focus and not window.navigator.page.isAncestorOf(focus):
            press(window, Key.Key_Escape)
        focus.setFocus()
    window.services.submit(lambda txn: None).result(60)
    qtbot.wait(50)
    assert set(kinds) <= {None, Kind.FAVOURITE, Kind.STAR, Kind.UNSTAR, Kind.ROTATE, *made}
    assert ask(window.services, queries.faces, faces) == before
    now = ask(window.services, queries.persons, [world.anna, world.large, world.small])
    assert [(p.name, p.hidden, p.faces) for p in now] == [
        (p.name, p.hidden, p.faces) for p in people
    ]


@pytest.mark.parametrize(
    "place",
    ["people, unnamed", "person, unnamed", "review, name", "unknown", "split"],
)
def test_where_a_name_is_asked_for_letters_begin_it(
    place: str, qtbot: Any, window: MainWindow, world: World
) -> None:
    """``xenia`` marked faces as no faces, ``juan`` undid a name."""
    for name in ("xenia", "juan"):
        focus = WALK[place](qtbot, window, world)
        focus.setFocus()
        for letter in name:
            QTest.keyClicks(QApplication.focusWidget(), letter)
        field = QApplication.focusWidget()
        assert field.text() == name  # type: ignore[union-attr]
        QTest.keyClick(field, Key.Key_Escape)
        if place == "split":
            field.clear()  # type: ignore[union-attr]
        if place == "unknown":
            break


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("people, unnamed", True),
        ("people, named", False),
        ("person, unnamed", True),
        ("person, named", False),
        ("review, name", True),
        ("review, faces", False),
        ("unknown", True),
        ("photos", False),
    ],
)
def test_names_may_begin_with_letters_of_two_keys(
    place: str, asked: bool, qtbot: Any, window: MainWindow, world: World
) -> None:
    """An accent before its letter, and other scripts: an input method composes them."""
    focus = WALK[place](qtbot, window, world)
    focus.setFocus()
    assert focus.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled) is asked
    composed = QInputMethodEvent()
    composed.setCommitString("É")
    QApplication.sendEvent(focus, composed)
    field = QApplication.focusWidget()
    assert (isinstance(field, NameField) and field.text() == "É") is asked


# Keys that come too early.


def through_the_system(window: MainWindow, key: Any, modifiers: Any = Modifier.NoModifier) -> None:
    """Press a key as the window system reports it: for the window, whatever has the focus."""
    QTest.keyClick(window.windowHandle(), key, modifiers)


@contextmanager
def queries_late(window: MainWindow) -> Iterator[None]:
    """Keep the query thread busy, as a large library does."""
    go_on = threading.Event()
    window.services.query(lambda _: go_on.wait(10))
    try:
        yield
    finally:
        go_on.set()


def test_the_key_of_the_page_shown_gives_it_the_focus_back(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.go_to("people")
    window.sidebar.list.setFocus()
    through_the_system(window, Key.Key_2, Modifier.AltModifier)
    assert window.people.view.hasFocus()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the system's own key does it")
def test_shift_f10_opens_the_context_menu_of_what_has_the_focus(
    qtbot: Any, window: MainWindow
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() > 0)
    window.photos.view.setFocus()
    window.photos.view.select_row(0)
    QTest.keyClick(window.photos.view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu) and menu.actions()[0].text() == "Open"
    menu.close()


def test_what_is_typed_before_the_page_is_read_names_its_first_card(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with queries_late(window):
        through_the_system(window, Key.Key_2, Modifier.AltModifier)
        assert window.stack.currentWidget() is window.people
        for key in (Key.Key_Home, Key.Key_Right, Key.Key_X, Key.Key_E, Key.Key_N):
            through_the_system(window, key)
        assert window.people.model.rowCount() == 0 and window.people.view.field is None
    qtbot.waitUntil(lambda: window.people.view.field is not None)
    assert window.people.view.field.text() == "xen"
    assert window.people.view.delegate.editing == world.large


def test_a_page_that_is_left_before_it_is_read_takes_its_keys_along(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with queries_late(window):
        through_the_system(window, Key.Key_2, Modifier.AltModifier)
        for key in (Key.Key_Home, Key.Key_Delete):
            through_the_system(window, key)
        # Leaving waits for nothing.
        through_the_system(window, Key.Key_1, Modifier.AltModifier)
        assert window.stack.currentWidget() is window.photos
    qtbot.waitUntil(lambda: window.photos.listening)
    assert not window.keys.holding
    through_the_system(window, Key.Key_2, Modifier.AltModifier)
    qtbot.waitUntil(lambda: window.people.model.rowCount() == 3)
    assert not person(window.services, world.anna).hidden


def test_letters_between_two_cards_name_the_second(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page = _review(0)(qtbot, window, world)
    with queries_late(window):
        # As if the next card had not been prepared in time.
        (upcoming,) = (q for q in page.queue.waiting if q.person_id == world.small)
        del page.queue._ready[upcoming.key]
        through_the_system(window, Key.Key_Space)
        assert page.ready is None and not page.listening
        for key in (Key.Key_J, Key.Key_U, Key.Key_A, Key.Key_N):
            through_the_system(window, key)
        assert page.ready is None and not page.candidates.field.text()
    qtbot.waitUntil(lambda: page.candidates.field.text() == "juan")
    through_the_system(window, Key.Key_Return)
    qtbot.waitUntil(lambda: person(window.services, world.small).name == "juan")


def test_places_wanted_before_the_library_is_open_are_gone_to(qtbot: Any, tmp_path: Path) -> None:
    home = tmp_path / "photos"
    home.mkdir()
    first = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    first.start().result(60)
    first.submit(folders.add, str(home)).result(60)
    assert first.stop(60)
    services = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    window = MainWindow(services)
    try:
        with qtbot.waitExposed(window):
            window.show()
        assert window.stack.currentWidget() is window.blank
        through_the_system(window, Key.Key_2, Modifier.AltModifier)
        services.start().result(60)
        qtbot.waitUntil(lambda: window.stack.currentWidget() is window.people)
    finally:
        window.tray.quit()
        shiboken6.delete(window)
        assert services.stop(60)
