"""What the window looks like after each act of the user, and with 0, 1, 50 and 50,000 people.

`tests.screenshots` calls this; acts are keys and clicks sent to the window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

if TYPE_CHECKING:
    from tests.screenshots import Camera

Key, Modifier = Qt.Key, Qt.KeyboardModifier
NAMES: Final = (
    "Anna", "Zoë", "Łukasz Wiśniewski", "Grandmother Elisabeth Maria Theresia", "Иван", "Ștefan",
    "李小龍", "عائشة", "Bo", "Jean-Luc",
)  # fmt: skip


def acts(camera: Camera) -> None:
    """Do one act of each kind, and take a picture of what the window says then."""
    window = camera.window
    press = QTest.keyClick
    people = window.people.view

    def unnamed() -> list[int]:
        rows = [window.people.model.row(at) for at in range(window.people.model.rowCount())]
        return [r.person.id for r in rows if r and not r.person.name and not r.person.hidden]

    def toast(name: str) -> None:
        camera.until(window.toast.isVisible, 20)
        camera.rest(1.0)
        camera.shoot(name)
        window.toast.hide()

    def to_people() -> None:
        window.go_to("people")
        camera.until(lambda: len(unnamed()) >= 2, 60)
        camera.rest(0.5)

    to_people()
    daughter = next(
        row.person.id
        for at in range(window.people.model.rowCount())
        if (row := window.people.model.row(at)) and row.person.name == "Daughter"
    )
    people.select_row(window.people.model.named)
    QTest.keyClicks(people, "G")
    camera.until(lambda: people.field is not None)
    QTest.keyClicks(people.field, "randpa")
    press(people.field, Key.Key_Return)
    toast("act-named")
    people.end_naming()
    window.actions_.name(unnamed()[0], "Grandpa")
    camera.until(lambda: _dialog(window) is not None, 20)
    camera.rest(1.0)
    offered = _dialog(window)
    assert offered is not None
    camera.shoot_widget("act-merge-offer", offered)
    offered.reject()
    people.setFocus()
    people.select_row(window.people.model.named)
    press(people, Key.Key_Right, Modifier.ShiftModifier)
    camera.rest(0.2)
    press(people, Key.Key_M)
    toast("act-merged")
    (merged,) = people.selected_ids()
    people.select_row(window.people.model.shown - 1)
    press(people, Key.Key_Delete)
    toast("act-set-aside")
    window.people.aside.click()
    camera.rest(1.0)
    camera.shoot("people-aside")
    window.people.aside.click()

    window.open_person(daughter)
    page = window.person
    camera.until(lambda: page.faces.rowCount() > 2)
    page.face_view.setFocus()
    for key, name in ((Key.Key_Return, "act-confirmed"), (Key.Key_Delete, "act-rejected")):
        page.face_view.select_row(0)
        press(page.face_view, key)
        toast(name)
    page.face_view.select_row(1)
    press(page.face_view, Key.Key_W)
    camera.until(page.why.isVisible, 30)
    camera.rest(0.7)
    camera.shoot("why")
    press(page.face_view, Key.Key_W)
    press(page.face_view, Key.Key_I)
    camera.rest(0.7)
    camera.shoot("about-person")
    press(page.face_view, Key.Key_I)
    press(page.face_view, Key.Key_P)
    camera.until(lambda: window.playback.at >= 0, 60)
    camera.rest(1.0)
    camera.shoot("playback")
    press(window.playback, Key.Key_Escape)
    camera.rest(0.3)
    window.split_person(merged)
    camera.until(lambda: bool(window.split.columns[1].ids), 60)
    camera.rest(1.0)
    camera.shoot("split")
    press(window, Key.Key_Escape)
    camera.rest(0.3)

    window.go_to("photos")
    window.open_photo(camera.photo_with_most_faces(), list(window.photos.model.ids))
    view = window.photo.view
    camera.until(lambda: len(view.faces) > 1 and not view._stand_in)
    camera.rest(0.5)
    start = QPoint(view.width() // 4, view.height() // 2)
    end = start + QPoint(view.width() // 12, view.width() // 10)
    _drag(view, start, end)
    camera.until(lambda: window.photo._field is not None, 30)
    camera.rest(0.5)
    camera.shoot("act-drawn-name")
    QTest.keyClicks(window.photo._field, "Teddy")
    press(window.photo._field, Key.Key_Return)
    toast("act-drawn")

    window.go_to("review")
    seen = set()
    for _ in range(12):
        camera.rest(1.2)
        ready = window.review._ready
        if ready is None:
            break
        kind = ready.card.question.kind.value
        if kind not in seen:
            seen.add(kind)
            camera.shoot(f"review-{kind}")
        press(window.review, Key.Key_J)
    while window.review._ready is not None:
        press(window.review, Key.Key_Space)
        camera.rest(0.4)
    camera.until(window.review.nothing.isVisible, 30)
    window.toast.hide()
    camera.rest(0.5)
    camera.shoot("review-nothing")

    window.start_search()
    QTest.keyClicks(window.photos.field, "Nobody 1850")
    press(window.photos.field, Key.Key_Return)
    camera.rest(1.5)
    camera.shoot("nothing-found")
    window.photos.field.clear()
    for name, show in (
        ("keyboard", window.commands.show_keys),
        ("about", window.commands.show_about),
        ("help", window.desk.show_guide),
        ("problems", window.show_problems),
    ):
        _shoot_dialog(camera, name, show)

    window.go_to("people")
    camera.rest(0.5)
    # Dialogs took the activity with them, and shortcuts are the active window's.
    window.activateWindow()
    camera.rest(0.5)
    people.setFocus()
    for _ in range(200):
        if window.actions_.status.undo_kind is None:
            break
        press(people, Key.Key_Z, Modifier.ControlModifier)
        camera.rest(0.25)
    assert window.actions_.status.undo_kind is None
    toast("act-all-undone")


def crowds(camera: Camera) -> None:
    """Show the pages of a library without photos, then with 1, 50 and 50,000 people."""
    from facesorter.app.services import Services
    from facesorter.gui.main_window import MainWindow
    from facesorter.library import folders

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
        camera.until(
            lambda window=window: window._facts is not None and bool(window._facts.folders)
        )
        camera.rest(1.0)
        pages = ("people",) if number else ("photos", "people", "review", "unknown", "map")
        for page in pages:
            window.go_to(page)
            camera.rest(2.0)
            window.toast.hide()
            camera.shoot_widget(f"{number}-{page}", window)
        window.background.quit()
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
            QEvent.Type.MouseMove, QPointF(at), QPointF(view.mapToGlobal(at)),
            Qt.MouseButton.NoButton, left, control,
        )  # fmt: skip
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, left, control, end)
