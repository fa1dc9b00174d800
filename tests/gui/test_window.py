"""The frame: empty start, drops, the sidebar, the status line, the models over a real library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QPalette
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from facesorter.app.progress import Progress
from facesorter.app.services import Services
from facesorter.domain import FolderState, PhotoStatus
from facesorter.errors import Message
from facesorter.gui.base import theme
from facesorter.gui.base.places import PEOPLE, folder_key
from facesorter.gui.dialogs.keyboard_map import _columns
from facesorter.gui.grid.pixmaps import WHOLE, Thumb, _Job
from facesorter.gui.i18n import words
from facesorter.gui.photo.view import LINES
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.status_bar import describe
from facesorter.library import queries
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import photos
from tests.gui.conftest import World, ask, press


def dragged(*paths: Path) -> tuple[Any, ...]:
    """Return the arguments of a drag event after its position; they must outlive the event."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def drop(window: MainWindow, paths: list[Path]) -> None:
    args = dragged(*paths)
    enter = QDragEnterEvent(QPoint(300, 300), *args)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.drop.highlight.isVisible()
    event = QDropEvent(QPointF(300, 300), *args)
    QApplication.sendEvent(window, event)
    assert event.isAccepted() and event.dropAction() == Qt.DropAction.CopyAction
    assert not window.drop.highlight.isVisible()


def paths_of(services: Services) -> list[str]:
    return [folder.path for folder in ask(services, queries.folders)]


def test_the_empty_start_says_one_sentence(empty_window: MainWindow) -> None:
    texts = [label.text() for label in empty_window.empty.findChildren(QLabel)]
    assert texts == [
        "Drop your photo folders here. Nothing is uploaded, and your photos are never modified."
    ]
    assert empty_window.empty.button.text() == "Choose Folder…"


def folder_entries(window: MainWindow) -> list[Any]:
    """The folders that the sidebar lists."""
    model = window.sidebar.folders.view.model()
    return [model.index(at) for at in range(model.rowCount())]


def test_dropped_folders_are_added(
    qtbot: Any, empty_window: MainWindow, services: Services, tmp_path: Path
) -> None:
    made = [tmp_path / "Fotos léto 2019", tmp_path / "a#b %20", tmp_path / "Ünïcode; ?"]
    for path in made:
        path.mkdir()
    drop(empty_window, made)
    qtbot.waitUntil(lambda: sorted(paths_of(services)) == sorted(map(str, made)))
    qtbot.waitUntil(lambda: empty_window.stack.currentWidget() is empty_window.photos)
    qtbot.waitUntil(lambda: len(folder_entries(empty_window)) == 3)


def test_a_dropped_file_adds_its_folder_and_says_so(
    qtbot: Any, empty_window: MainWindow, services: Services, world: World
) -> None:
    drop(empty_window, sorted(world.folder.glob("*.jpg"))[:2])
    qtbot.waitUntil(lambda: paths_of(services) == [str(world.folder)])
    qtbot.waitUntil(lambda: empty_window.toast.isVisible())
    text = f"Added {world.folder.name}, which contains the dropped files"
    assert empty_window.toast.label.text() == text
    empty_window.toast.button.click()
    qtbot.waitUntil(lambda: paths_of(services) == [])


def test_a_drag_that_leaves_takes_its_frame_along(empty_window: MainWindow) -> None:
    args = dragged(Path("/"))
    QApplication.sendEvent(empty_window, QDragEnterEvent(QPoint(5, 5), *args))
    QApplication.sendEvent(empty_window, QDragLeaveEvent())
    assert not empty_window.drop.highlight.isVisible()


def test_a_photo_of_ours_let_go_over_the_window_is_not_a_drop(window: MainWindow) -> None:
    class Own(QDragEnterEvent):
        def source(self) -> Any:
            return window.photos.view

    args = dragged(Path("/"))
    event = Own(QPoint(300, 300), *args)
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted() and not window.drop.highlight.isVisible()


def test_a_path_that_is_no_folder_is_told_in_the_status_line(
    qtbot: Any, empty_window: MainWindow, tmp_path: Path
) -> None:
    empty_window.actions_.add_folders([str(tmp_path / "nowhere")])
    qtbot.waitUntil(lambda: "isn’t a folder" in empty_window.status.text.text())


def test_models_are_lawful(qtbot: Any, window: MainWindow, world: World) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    testers = [
        QAbstractItemModelTester(model, mode)
        for model in (
            window.photos.model,
            window.people.model,
            window.person.faces,
            window.person.photos,
            window.sidebar.folders.view.model(),
        )
    ]
    window.go_to(PEOPLE)
    qtbot.waitUntil(lambda: window.people.model.rowCount() == 3)
    window.open_person(world.anna)
    qtbot.waitUntil(lambda: window.person.faces.rowCount() == 5)
    window.person.header.photos.click()
    qtbot.waitUntil(lambda: window.person.photos.rowCount() == 5)
    window.actions_.merge(world.anna, [world.large])
    qtbot.waitUntil(lambda: window.person.photos.rowCount() == 10)
    assert all(testers)


def test_an_unplugged_folder_is_greyed_and_explained(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    (folder,) = ask(services, queries.folders)
    # Gone for real: the watcher finds a folder that is there again.
    world.folder.rename(world.folder.with_name("elsewhere"))
    services.submit(folders.set_state, folder.id, FolderState.UNPLUGGED).result(60)
    qtbot.waitUntil(
        lambda: "isn’t available" in folder_entries(window)[0].data(Qt.ItemDataRole.ToolTipRole)
    )
    qtbot.waitUntil(lambda: window.photos.model.row(0).photo.unplugged)
    text = window.photos.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "drive isn’t connected" in text


def test_problems_are_counted_and_listed(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    def fail(txn: Transaction) -> None:
        photos.set_failed(
            txn.connection, world.photo_ids[0], Message("The file ends too early."), None
        )
        txn.touch(photos=world.photo_ids[:1])

    assert not window.status.problems.isVisible()
    services.submit(fail).result(60)
    qtbot.waitUntil(lambda: window.status.problems.isVisible())
    assert window.status.problems.text() == "1 problem"
    window.status.problems.click()
    panel = window.problems
    assert panel is not None
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert panel.model.index(0, 0).data() == "photo 00.jpg"
    assert panel.model.index(0, 1).data() == "The file ends too early."
    tip = window.photos.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "The file ends too early." in tip
    panel.set_problems([])
    assert "No problems" in panel.intro.text()
    assert not panel.table.isVisible() and not panel.show_button.isVisible()


def test_problems_are_tried_again_or_thrown_away(
    qtbot: Any,
    window: MainWindow,
    services: Services,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = world.photo_ids[:3]

    def fail(txn: Transaction) -> None:
        for photo_id in bad:
            photos.set_failed(txn.connection, photo_id, Message("It ended."), None)
        txn.touch(photos=bad)

    services.pause()
    services.submit(fail).result(60)
    window.show_problems()
    panel = window.problems
    assert panel is not None
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3)
    tried = panel.model.problems[1].photo_id
    panel.select([1])
    panel.set_problems(list(reversed(panel.model.problems)))
    assert panel._selected() == {tried}, "the selection stays with its photo"
    panel.retry_button.click()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    (photo,) = ask(services, queries.photos, [tried])
    assert photo.status is PhotoStatus.PENDING and photo.error is None
    asked: list[list[int]] = []
    monkeypatch.setattr(window.files, "_trash", asked.append)
    panel.select([0])
    (broken,) = panel._selected()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Tab)
    assert not panel.table.hasFocus(), "the keyboard reaches the buttons"
    panel.trash_button.setFocus()
    panel.trash_button.click()
    box = window.findChild(QMessageBox, "trash")
    assert box is not None and not asked, "never without asking"
    box.accept()
    assert asked == [[broken]]
    qtbot.waitUntil(panel.trash_button.hasFocus)


def test_thumbnails_arrive(qtbot: Any, window: MainWindow) -> None:
    view = window.photos.view
    row = window.photos.model.row(0)
    assert row is not None
    qtbot.waitUntil(lambda: window.pixmaps.get(row.thumb, 160) is not None)
    at = view.visualRect(window.photos.model.index(0)).center()
    colour = view.viewport().grab().toImage().pixelColor(at)
    assert colour.lightness() > 150


def test_progress_is_told_in_the_status_line(qtbot: Any, window: MainWindow) -> None:
    text = describe(
        Progress(
            phase="analysing",
            found=48_210,
            analysed=12_408,
            pending=35_802,
            faces=9_120,
            rate=11.34,
            seconds_left=3_160.0,
        )
    )
    assert text == (
        f"{words.number(48_210)} photos found  ·  {words.number(12_408)} analyzed  ·  "
        f"{words.number(9_120)} faces  ·  {words.rate(11.34)} photos per second  ·  "
        "about 53 minutes left"
    )
    # Where there is no room, how much is left is told rather than how quickly it goes.
    window.resize(640, 420)
    now = Progress("analysing", 48_210, 12_408, 35_802, 0, 9_120, 11.34, 3_160.0)
    window.status.set_progress(now)
    window.status.set_progress(now)
    assert window.status.text.text().endswith("about 53 minutes left")
    assert "per second" not in window.status.text.text()
    window.status.set_progress(Progress(phase="paused", found=2, pending=1))
    assert window.status.pause.text() == "Resume"
    window.status.pause.click()
    qtbot.waitUntil(lambda: not window.services.paused)


@pytest.mark.parametrize("text", ["Named Maria", "Kept 12 people also found elsewhere. " * 3])
def test_what_was_done_is_told_without_covering_anything(window: MainWindow, text: str) -> None:
    status, toast = window.status, window.toast

    def settle() -> None:
        # Without events, which would bring the progress of the library.
        for widget in (status, window):
            layout = widget.layout()
            assert layout is not None
            layout.activate()

    for width in (640, 1200):
        window.resize(width, 500)
        QApplication.processEvents()
        status.set_progress(Progress(phase="analysing", found=48_210, analysed=12_408, pending=9))
        status.set_problems(3)
        settle()
        page = window.stack.geometry()
        toast.show_message(text, lambda: None)
        settle()
        assert status.rect().contains(toast.geometry())
        for other in (status.bar, status.problems, status.pause):
            assert other.isVisible() and not other.geometry().intersects(toast.geometry())
        label = toast.label
        assert label.height() >= label.heightForWidth(label.width())
        if text == "Named Maria":
            assert window.stack.geometry() == page
        toast.hide()
        settle()
        assert window.stack.geometry() == page
    toast.show_message(text)
    status.show_message("The disk is full.")
    assert not toast.isVisible() and status.text.text() == "The disk is full."


@pytest.mark.parametrize("stored", [False, True], ids=["first", "restored"])
def test_the_window_is_not_larger_than_its_screen(
    qapp: QApplication, services: Services, tmp_path: Path, stored: bool
) -> None:
    room = QApplication.primaryScreen().availableGeometry()
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    if stored:
        large = QWidget()
        large.setGeometry(-200, 3000, 2 * room.width(), 2 * room.height())
        settings.setValue("geometry", large.saveGeometry())
        shiboken6.delete(large)
    window = MainWindow(services, settings)
    window.show()
    # Qt lets the edge of a restored window's frame stand out.
    assert room.adjusted(-2, -2, 2, 2).contains(window.frameGeometry())
    window.close()
    shiboken6.delete(window)


def test_ctrl_z_does_what_a_notification_offers_only_if_that_is_undo(window: MainWindow) -> None:
    done: list[str] = []
    undo, newest = window.commands.undo, window.actions_.undo_text()
    window.toast.show_message("Moved 1 photo to the trash", lambda: done.append("put back"))
    assert undo.text() == "Undo"
    undo.trigger()
    assert done == ["put back"] and undo.text() == newest
    window.toast.show_message("Undid naming Anna", lambda: done.append("named again"), "Redo")
    assert undo.text() == newest
    window.toast.button.click()
    assert done == ["put back", "named again"]


def test_the_largest_picture_stands_in_for_another_size(window: MainWindow, tmp_path: Path) -> None:
    thumb, store = Thumb("photo", 1, tmp_path / "1.jpg"), window.pixmaps
    for side in (64, 320, 160, WHOLE):
        store._on_decoded(_Job(thumb, side), QImage(side or 1000, 8, QImage.Format.Format_RGB32))
    found = store.any_size(thumb)
    assert found is not None and found.width() == 320


def test_long_work_gives_a_sign_of_life(qapp: QApplication) -> None:
    text = describe(Progress("analysing", 2_000, 0, 2_000, preparing=True))
    assert text.startswith("Preparing face recognition  ·  ")
    now = Progress("analysing", 200, 12, 188, slow_photo="/home/x/choir.jpg")
    assert describe(now).endswith("still analyzing choir.jpg")
    searching = Progress("searching", 200, 200, unsearched=120, seconds_left=90)
    assert describe(searching).startswith("Looking for small faces: 120 photos left")
    assert describe(searching).endswith("left")
    assert "preparing to group" in describe(Progress("grouping", 200, 200, preparing=True))


def test_a_library_without_photos_says_so(
    qtbot: Any, empty_window: MainWindow, tmp_path: Path
) -> None:
    window = empty_window
    (tmp_path / "Empty").mkdir()
    window.services.submit(folders.add, str(tmp_path / "Empty")).result(60)
    page = window.photos
    qtbot.waitUntil(lambda: page.body.currentWidget() is page.empty)
    assert page.empty.text() == "No photos yet. They’ll appear as your folders are scanned."


def test_the_list_of_keys_stands_in_columns_of_like_height() -> None:
    assert _columns([14, 8, 7, 12, 9, 9, 9], 1) == [range(7)]
    assert _columns([14, 8, 7, 12, 9, 9, 9], 2) == [range(3), range(3, 7)]
    assert _columns([14, 8, 7, 12, 9, 9, 9], 3) == [range(1), range(1, 4), range(4, 7)]


def test_times_are_rough() -> None:
    assert words.time_left(5) == "less than a minute left"
    assert words.time_left(90) == "about 2 minutes left"
    assert words.time_left(2 * 3600 + 44 * 60) == "about 2 hours 40 minutes left"
    assert words.years("2003-01-01", "2026-01-01") == "2003–2026"


def test_pause_and_resume(qtbot: Any, window: MainWindow) -> None:
    window.status.pause_wanted.emit(True)
    qtbot.waitUntil(lambda: window.services.paused)
    window.status.pause_wanted.emit(False)
    qtbot.waitUntil(lambda: not window.services.paused)


def test_everything_to_press_has_a_name_and_is_large_enough(window: MainWindow) -> None:
    for kind in (QPushButton, QToolButton):
        for button in window.findChildren(kind):
            if button.objectName().startswith("qt_"):
                continue
            name = button.accessibleName() or button.text()
            assert name, button
            least = max(button.minimumHeight(), button.minimumSize().height())
            assert least >= theme.TARGET, name


@pytest.mark.parametrize(("ground", "text"), [("white", "black"), ("#2d2d2d", "#f0f0f0")])
def test_quiet_text_is_readable(qapp: QApplication, ground: str, text: str) -> None:
    palette = QPalette()
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        palette.setColor(role, QColor(ground))
    palette.setColor(QPalette.ColorRole.Text, QColor(text))
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        tone = theme.secondary_colour(palette, role)
        assert theme.contrast(tone, palette.color(role)) >= theme.READABLE
    for colour, _ in LINES.values():
        assert theme.contrast(colour, theme.DARK_GROUND) >= theme.READABLE


def test_stopping_a_folder_leads_back_to_the_start(
    qtbot: Any, window: MainWindow, services: Services
) -> None:
    (folder,) = ask(services, queries.folders)
    window.go_to_folder(folder_key(folder.id))
    window.actions_.stop_watching(folder.id, folder.path)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.empty)
    assert os.path.isdir(folder.path)


def test_a_library_that_cannot_be_opened_says_why(qtbot: Any, tmp_path: Path) -> None:
    directory = tmp_path / "library"
    directory.mkdir()
    (directory / "library.db").write_bytes(b"this is no database" * 500)
    services = Services(directory, tmp_path / "cache", watch=False)
    window = MainWindow(services)
    with qtbot.waitExposed(window):
        window.show()
    services.start()
    qtbot.waitUntil(lambda: bool(window.blank.findChildren(QLabel)))
    assert window.blank.findChildren(QLabel)[0].text()
    window.close()
    shiboken6.delete(window)
    services.stop(5)


def test_home_selects_the_first_photo_though_it_is_current_already(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    view = window.photos.view
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)
    view.select_row(0)
    view.clearSelection()
    press(view, Qt.Key.Key_Home)
    assert list(view.selected_rows()) == [0]
