"""What the window looks like after each act of the user, and with 0, 1, 50 and 50,000 people.

`tests.screenshots` calls this; acts are keys and clicks sent to the window.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from facesorter.domain import Person
from facesorter.library import queries
from facesorter.library.review import Kind
from tests.library.acts import State, decided

if TYPE_CHECKING:
    from tests.screenshots import Camera

Key, Modifier = Qt.Key, Qt.KeyboardModifier
NAMES: Final = (
    "Anna",
    "Zoë",
    "Łukasz Wiśniewski",
    "Grandmother Elisabeth Maria Theresia",
    "Иван",
    "Ștefan",
    "李小龍",
    "عائشة",
    "Bo",
    "Jean-Luc",
)
MOST_ANSWERS: Final = 40
"""Questions answered to see the page without any; a larger library has more of them."""


def acts(camera: Camera) -> None:
    """Do one act of each kind with keys and clicks; see in the library that it was done."""
    on_people(camera)
    on_a_person(camera)
    review(camera)
    split(camera)
    draw(camera)
    elsewhere(camera)


def on_people(camera: Camera) -> None:
    """Name, be asked about a name that is taken, merge, hide."""
    window = camera.window
    people = window.people.view

    def unnamed() -> list[int]:
        rows = [window.people.model.row(at) for at in range(window.people.model.rowCount())]
        return [r.person.id for r in rows if r and not r.person.name and not r.person.hidden]

    def type_name(person: int, name: str) -> None:
        people.setFocus()
        people.select_row(window.people.model.row_of(person))
        QTest.keyClicks(people, name[0])
        camera.until(lambda: people.field is not None)
        QTest.keyClicks(people.field, name[1:])
        QTest.keyClick(people.field, Key.Key_Return)

    window.go_to("people")
    camera.until(lambda: len(unnamed()) >= 4, 60)
    camera.rest(0.5)
    menu = window.people.sweep.menu()
    left = window.people.sweep.width() - menu.sizeHint().width()
    menu.popup(window.people.sweep.mapToGlobal(QPoint(left, window.people.sweep.height())))
    camera.rest(0.3)
    camera.shoot("menu-strangers")
    menu.close()
    menu = window.sidebar.more.menu()
    menu.popup(window.mapToGlobal(QPoint(0, 0)))
    camera.rest(0.3)
    camera.shoot("menu-more")
    menu.close()

    first, second = unnamed()[:2]
    type_name(first, "Grandpa")
    _toast(camera, "act-named")
    people.end_naming()
    assert _person(camera, first).name == "Grandpa"
    assert _person(camera, first).suggested == 0, "naming confirms what is shown"

    type_name(second, "Grandpa")
    camera.until(lambda: _dialog(window) is not None, 20)
    camera.rest(1.0)
    offered = _dialog(window)
    assert offered is not None
    camera.shoot_widget("act-merge-offer", offered)
    offered.reject()
    camera.rest(0.3)
    assert _person(camera, second).name is None

    people.setFocus()
    people.select_row(window.people.model.named)
    larger, smaller = unnamed()[:2]
    faces = _person(camera, larger).faces + _person(camera, smaller).faces
    QTest.keyClick(people, Key.Key_Right, Modifier.ShiftModifier)
    camera.rest(0.2)
    QTest.keyClick(people, Key.Key_M, Modifier.ControlModifier)
    _toast(camera, "act-merged")
    merged = _person(camera, larger)
    assert merged.faces == merged.confirmed == faces
    assert not _exists(camera, smaller)
    camera.merged = larger

    last = unnamed()[-1]
    people.select_row(window.people.model.row_of(last))
    QTest.keyClick(people, Key.Key_Delete)
    _toast(camera, "act-hide")
    assert _person(camera, last).hidden
    window.people.hidden_toggle.click()
    camera.rest(1.0)
    camera.shoot("people-hidden")
    window.people.hidden_toggle.click()


def on_a_person(camera: Camera) -> None:
    """Confirm, reject, ask why, say more about somebody, play the years."""
    window, page = camera.window, camera.window.person
    shown = camera.person_called(camera.names[-1])
    window.open_person(shown)
    camera.until(lambda: page.faces.rowCount() > 2)
    page.face_view.setFocus()
    before = _person(camera, shown)
    assert before.suggested >= 2
    page.face_view.select_row(0)
    QTest.keyClick(page.face_view, Key.Key_Return)
    _toast(camera, "act-confirmed")
    # How many are suggested isn't known: other faces may have joined after the confirmation.
    assert _person(camera, shown).confirmed == before.confirmed + 1
    camera.until(camera.idle)
    page.face_view.select_row(0)
    face = page.face_view.current_id()
    QTest.keyClick(page.face_view, Key.Key_Delete)
    _toast(camera, "act-rejected")
    rejected = "SELECT count(*) FROM rejection WHERE person_id = ? AND face_id = ?"
    assert _value(camera, rejected, shown, face) == 1
    assert _value(camera, "SELECT person_id IS ? FROM face WHERE id = ?", shown, face) == 0

    page.face_view.select_row(1)
    QTest.keyClick(page.face_view, Key.Key_W)
    camera.until(page.why.isVisible, 30)
    camera.rest(0.7)
    camera.shoot("why")
    QTest.keyClick(page.face_view, Key.Key_W)
    page.header.order.setCurrentIndex(1)
    camera.rest(1.5)
    camera.shoot("suspects")
    page.header.order.setCurrentIndex(0)
    QTest.keyClick(page.face_view, Key.Key_I)
    camera.rest(0.7)
    camera.shoot("about-person")
    born, kin = page.details.born, page.details.relative
    born.setFocus()
    QTest.keyClicks(born, "2011")
    QTest.keyClick(born, Key.Key_Return)
    kin.setFocus()
    camera.until(lambda: kin.person_named(camera.names[0]) is not None, 20)
    QTest.keyClicks(kin, camera.names[0])
    QTest.keyClick(kin, Key.Key_Return)
    camera.until(lambda: _value(camera, "SELECT count(*) FROM relation") == 1, 20)
    window.toast.hide()
    camera.rest(0.7)
    camera.shoot("about-person-filled")
    page.face_view.setFocus()
    QTest.keyClick(page.face_view, Key.Key_I)
    QTest.keyClick(page.face_view, Key.Key_P)
    camera.until(lambda: window.playback.at >= 0, 60)
    camera.rest(1.0)
    camera.shoot("playback")
    QTest.keyClick(window.playback, Key.Key_Escape)
    camera.rest(0.3)


def split(camera: Camera) -> None:
    """Take the two apart who were merged."""
    window, page = camera.window, camera.window.split
    window.split_person(camera.merged)
    camera.until(lambda: bool(page.columns[1].ids), 60)
    camera.rest(1.0)
    camera.shoot("split")
    parts = [len(column.ids) for column in page.columns[:2]]
    QTest.mouseClick(page.accept, Qt.MouseButton.LeftButton)
    _toast(camera, "act-split")
    ids = "SELECT count(*) FROM face WHERE person_id = ?"
    assert _value(camera, ids, camera.merged) in parts
    assert _value(camera, ids, camera.merged) < sum(parts)


def draw(camera: Camera) -> None:
    """Draw a face that the machine missed, and name it."""
    window, view = camera.window, camera.window.photo.view
    window.go_to("photos")
    window.open_photo(camera.photo_with_most_faces(), list(window.photos.model.ids))
    camera.until(lambda: len(view.faces) > 1 and not view._stand_in)
    camera.rest(0.5)
    drawn = "SELECT count(*) FROM face JOIN person ON person.id = person_id WHERE origin = 'drawn'"
    assert _value(camera, drawn) == 0
    start = QPoint(view.width() // 3, view.height() // 2)
    side = min(view.width(), view.height()) // 6
    _drag(view, start, start + QPoint(side, side))
    camera.until(lambda: window.photo.naming.field is not None, 30)
    camera.rest(0.5)
    camera.shoot("act-drawn-name")
    QTest.keyClicks(window.photo.naming.field, "Teddy")
    QTest.keyClick(window.photo.naming.field, Key.Key_Return)
    _toast(camera, "act-drawn")
    assert _value(camera, drawn + " AND name = 'Teddy'") == 1


def review(camera: Camera) -> None:
    """Answer a question of each kind, and take an answer back; see what stands when all are."""
    window, page = camera.window, camera.window.review
    camera.services.submit(_alike).result()
    window.go_to("review")
    seen: set[Kind] = set()
    while True:
        camera.until(lambda: page.ready is not None or not page.queue.waiting, 30)
        kinds = [question.kind for question in page.queue.waiting]
        news = [at for at, kind in enumerate(kinds) if kind not in seen]
        if not news:
            break
        for _ in range(page.queue.at, news[0]):
            QTest.keyClick(page, Key.Key_Right)
        camera.until(lambda: page.ready is not None, 30)
        camera.rest(1.2)
        if page.ready is None or (kind := page.ready.card.question.kind) in seen:
            continue
        seen.add(kind)
        camera.shoot(f"review-{kind.value}")
        waiting, key = len(page.queue.waiting), page.ready.card.question.key
        QTest.keyClick(page, Key.Key_Delete if kind is Kind.NAME else Key.Key_Space)
        camera.rest(0.5)
        assert key not in {each.key for each in page.queue.waiting}, waiting
        if len(seen) == 1:
            camera.shoot("review-answered")
            QTest.keyClick(window, Key.Key_Z, Modifier.ControlModifier)
            camera.until(lambda key=key: key in {each.key for each in page.queue.waiting}, 20)
    for _ in range(MOST_ANSWERS):
        if not page.queue.waiting:
            break
        QTest.keyClick(page, Key.Key_Space)
        camera.rest(0.4)
    if not page.queue.waiting:
        camera.until(page.nothing.isVisible, 30)
        window.toast.hide()
        camera.rest(0.5)
        camera.shoot("review-nothing")


def elsewhere(camera: Camera) -> None:
    """A search without an answer, and the dialogs that are left."""
    window = camera.window
    window.start_search()
    QTest.keyClicks(window.photos.field, "Nobody 1850")
    QTest.keyClick(window.photos.field, Key.Key_Return)
    camera.rest(1.5)
    camera.shoot("nothing-found")
    window.photos.field.clear()
    for name, show in (
        ("keyboard", window.commands.show_keys),
        ("about", window.commands.show_about),
        ("help", window.dialogs.show_guide),
        ("problems", window.show_problems),
        ("backups", window.dialogs.show_backups),
    ):
        _shoot_dialog(camera, name, show)


def decisions(camera: Camera) -> State:
    """What the user decided, as the property tests of undo look at it."""
    return camera.services.query(lambda conn: decided(_Rows(conn))).result()


def undo_all(camera: Camera, before: State) -> None:
    """Take everything back with Ctrl+Z, and compare the library with what it was."""
    window = camera.window
    people = window.people.view
    window.go_to("people")
    camera.rest(0.5)
    # Dialogs took the activity with them, and shortcuts are the active window's.
    window.activateWindow()
    camera.until(window.isActiveWindow, 20)
    people.setFocus()
    assert decisions(camera) != before
    pressed = 0
    while window.actions_.status.undo_kind is not None:
        assert pressed < 1000
        made = window.actions_.status
        QTest.keyClick(people, Key.Key_Z, Modifier.ControlModifier)
        pressed += 1
        camera.until(lambda made=made: window.actions_.status is not made, 20)
    assert pressed > 15
    _toast(camera, "act-all-undone")
    now = decisions(camera)
    for field, was, there in zip(State._fields, before, now, strict=True):
        assert was == there, field
    sys.stdout.write(f"{camera.suffix or 'plain'}: {pressed} decisions undone, state as before\n")


def _alike(txn: Any) -> None:
    """Have two persons look alike to the machine, as a refresh may find them."""
    first, second = queries.person_ids(txn.connection, smallest=3)[-2:]
    txn.connection.execute(
        "INSERT OR REPLACE INTO pair (a, b, similarity) VALUES (?, ?, 0.5)",
        (min(first, second), max(first, second)),
    )
    txn.touch(persons=[first, second])


class _Rows:
    """As much of a test's bench as the view of a library's state asks for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def all(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _person(camera: Camera, person_id: int) -> Person:
    (found,) = camera.services.query(queries.persons, [person_id]).result()
    return found


def _exists(camera: Camera, person_id: int) -> bool:
    return bool(camera.services.query(queries.persons, [person_id]).result())


def _value(camera: Camera, query: str, *values: object) -> Any:
    row = camera.services.query(lambda conn: conn.execute(query, values).fetchone()).result()
    return row[0]


def _toast(camera: Camera, name: str) -> None:
    camera.until(camera.window.toast.isVisible, 20)
    camera.rest(1.0)
    camera.shoot(name)
    camera.window.toast.hide()


def crowds(camera: Camera) -> None:
    """Show the pages of a library without photos, then with 1, 50 and 50,000 people."""
    from facesorter.app.services import Services
    from facesorter.gui.window.main_window import MainWindow
    from facesorter.library.scanning import folders

    empty = camera.temporary / "Empty"
    empty.mkdir()
    for number in (0, 1, 50, 50_000):
        place = camera.temporary / f"library-{number}"
        services = Services(place, camera.temporary / f"cache-{number}", watch=False)
        window = MainWindow(services)
        window.resize(camera.window.size())
        window.painted.connect(services.start)
        window.show()
        camera.until(lambda window=window: window.stack.currentWidget() is window.empty)
        services.submit(folders.add, str(empty)).result(30)
        services.submit(_people, number).result(60)
        camera.until(lambda window=window: window.state is not None and bool(window.state.folders))
        camera.rest(1.0)
        pages = ("people",) if number else ("photos", "people", "review", "unknown", "map")
        for page in pages:
            window.go_to(page)
            camera.rest(2.0)
            window.toast.hide()
            camera.shoot_widget(f"{number}-{page}", window)
        window.tray.quit()
        services.stop(10)


def _people(txn: Any, number: int) -> None:
    rows = [
        (
            at + 1,
            None if at % 3 == 2 else f"{NAMES[at % len(NAMES)]} {at // len(NAMES) or ''}".strip(),
        )
        for at in range(number)
    ]
    txn.connection.executemany(
        "INSERT INTO person (id, name, created_at) VALUES (?, ?, '2020-01-01T00:00:00Z')", rows
    )
    txn.touch(persons=[1])


def _dialog(window: QWidget) -> QDialog | None:
    return next((each for each in window.findChildren(QDialog) if each.isVisible()), None)


def _shoot_dialog(camera: Camera, name: str, show: Callable[[], object]) -> None:
    show()
    camera.until(lambda: _dialog(camera.window) is not None, 20)
    camera.rest(0.7)
    dialog = _dialog(camera.window)
    assert dialog is not None
    camera.shoot_widget(name, dialog)
    dialog.close()
    camera.rest(0.3)


def _drag(view: QWidget, start: QPoint, end: QPoint) -> None:
    left, control = Qt.MouseButton.LeftButton, Modifier.ControlModifier
    QTest.mousePress(view, left, control, start)
    for share in (0.3, 0.6, 1.0):
        at = start + (end - start) * share
        # What QTest makes of a move has no button on the offscreen platform.
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(view.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            left,
            control,
        )
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, left, control, end)
