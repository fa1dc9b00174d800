"""Folders: the tree in the sidebar, the photos of a folder, and what its menu does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from facesorter.app.services import Services
from facesorter.domain import FolderState
from facesorter.gui.base.folder_options import FolderOptions
from facesorter.gui.base.places import MAP, PEOPLE, PHOTOS, folder_key
from facesorter.gui.dialogs import identify
from facesorter.gui.photos.folder_bar import Breadcrumb, Part
from facesorter.gui.window.drop import Dropped
from facesorter.gui.window.folder_list import arrow_place
from facesorter.gui.window.folder_model import OPEN
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.sidebar_entries import BADGE, INDENT, MARK
from facesorter.library import folder_tree, queries
from facesorter.library.folder_tree import Order, PhotoOrder
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from tests.gui.conftest import World, ask, insert, press

Key = Qt.Key
PLACES = {"2018/a.jpg": 3, "2018/Sea/b.jpg": 2, "2018/Sea/c.jpg": 2, "2019/d.jpg": 1}


@pytest.fixture
def nested(services: Services, window: MainWindow, world: World, qtbot: Any) -> MainWindow:
    """The window, over a library that has subfolders too."""

    def fill(txn: Transaction) -> None:
        (folder,) = queries.folders(txn.connection)
        for number, place in enumerate(PLACES):
            path = world.folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(next(world.folder.glob("*.jpg")), path)
            stat = path.stat()
            made = insert(txn, folder.id, place, stat, f"{place[:4]}-01-0{number + 1}T12:00:00")
            txn.touch(photos=[made])

    services.submit(fill).result(60)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 18)
    qtbot.waitUntil(lambda: rows(window)[0][1] == "18")
    return window


def tree(window: MainWindow) -> Any:
    return window.sidebar.folders.view


def rows(window: MainWindow) -> list[tuple[str, str]]:
    model = tree(window).model()
    every = (model.index(at) for at in range(model.rowCount()))
    return [(index.data(), index.data(BADGE)) for index in every]


def root(window: MainWindow) -> Any:
    assert window.state is not None
    return window.state.folders[0]


def open_row(qtbot: Any, window: MainWindow, row: int) -> None:
    view = tree(window)
    before = view.model().rowCount()
    view.folders.set_open(row, True)
    qtbot.waitUntil(lambda: view.model().rowCount() > before)


def shown(window: MainWindow) -> set[str]:
    model = window.photos.model
    paths = (model.row(at).photo.path for at in range(model.rowCount()))
    start = root(window).path
    return {os.path.relpath(path, start).replace(os.sep, "/") for path in paths}


def test_opened_by_its_arrow(nested: MainWindow, qtbot: Any) -> None:
    view = tree(nested)
    index = view.model().index(0)
    assert index.data(OPEN) is False
    QTest.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        arrow_place(view.visualRect(index), index.data(INDENT)).center(),
    )
    qtbot.waitUntil(lambda: [name for name, _ in rows(nested)][1:] == ["2018", "2019"])
    assert rows(nested)[1:] == [("2018", "3"), ("2019", "1")]
    assert nested.photos.place == PHOTOS, "only opened, not shown"


def test_a_click_shows_a_folder_with_its_subfolders_or_without(
    nested: MainWindow, qtbot: Any
) -> None:
    open_row(qtbot, nested, 0)
    view = tree(nested)
    QTest.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        view.visualRect(view.model().index(1)).center(),
    )
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 3)
    assert shown(nested) == {"2018/a.jpg", "2018/Sea/b.jpg", "2018/Sea/c.jpg"}
    bar = nested.photos.folder_bar
    assert bar.isVisible()
    bar.deep.click()
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 1)
    assert shown(nested) == {"2018/a.jpg"}
    nested.go_to(PHOTOS)
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 18)
    assert not bar.isVisible()


def test_each_part_of_the_path_leads_there(nested: MainWindow, qtbot: Any) -> None:
    folder = root(nested).id
    nested.go_to_folder(folder_key(folder, "2018/Sea/"))
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 2)
    path = nested.photos.folder_bar.path
    assert [part.name for part in path.parts] == [
        nested.sidebar.folders.view.model().index(0).data(),
        "2018",
        "Sea",
    ]
    # The folders around it were opened, and it is highlighted.
    qtbot.waitUntil(lambda: nested.sidebar.current_key() == folder_key(folder, "2018/Sea/"))
    path.buttons[1].click()
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 3)
    assert nested.sidebar.current_key() == folder_key(folder, "2018/")
    nested.commands.enclosing.trigger()
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 18)
    assert nested.photos.place == folder_key(folder)


def test_keys_alone(nested: MainWindow, qtbot: Any) -> None:
    nested.go_to(PEOPLE)
    nested.commands.folders.trigger()
    view = tree(nested)
    qtbot.waitUntil(view.hasFocus)
    assert nested.navigator.page is nested.people, "focus alone shows nothing"
    press(view, Key.Key_Right)
    qtbot.waitUntil(lambda: len(rows(nested)) == 3)
    press(view, Key.Key_Down)
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 3)
    assert view.hasFocus(), "the next arrow goes on in the tree"
    press(view, Key.Key_Right)
    qtbot.waitUntil(lambda: len(rows(nested)) == 4)
    press(view, Key.Key_Right)
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 2)
    press(view, Key.Key_Left)
    press(view, Key.Key_Left)
    assert len(rows(nested)) == 3
    press(view, Key.Key_Left)
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 18)


def test_closing_keeps_the_photos_of_a_folder_inside(nested: MainWindow, qtbot: Any) -> None:
    folder = root(nested).id
    nested.go_to_folder(folder_key(folder, "2018/Sea/"))
    qtbot.waitUntil(lambda: len(rows(nested)) == 4)
    tree(nested)._close(0)
    assert len(rows(nested)) == 1
    assert nested.photos.place == folder_key(folder, "2018/Sea/")
    open_row(qtbot, nested, 0)
    assert len(rows(nested)) == 4, "those inside are open as they were"
    assert nested.sidebar.current_key() == folder_key(folder, "2018/Sea/")


def test_new_photos_are_counted_in_place(
    nested: MainWindow, services: Services, world: World, qtbot: Any
) -> None:
    open_row(qtbot, nested, 0)
    folder = root(nested).id
    (world.folder / "2018.5").mkdir()
    shutil.copy(next(world.folder.glob("*.jpg")), world.folder / "2018.5" / "e.jpg")
    tree(nested).setCurrentIndex(tree(nested).model().index(2))
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 1)
    services.pipeline.scan([folder])
    qtbot.waitUntil(lambda: [name for name, _ in rows(nested)][1:] == ["2018", "2018.5", "2019"])
    assert nested.sidebar.current_key() == folder_key(folder, "2019/")


def test_orders(nested: MainWindow, qtbot: Any) -> None:
    open_row(qtbot, nested, 0)
    newest = next(
        action
        for action in nested.sidebar.folders.sorting.menu().actions()
        if "Newest" in action.text()
    )
    newest.trigger()
    qtbot.waitUntil(lambda: [name for name, _ in rows(nested)][1:] == ["2019", "2018"])
    nested.go_to_folder(folder_key(root(nested).id, "2018/"))
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 3)
    model = nested.photos.model
    by_date = list(model.ids)
    _, oldest, by_name = nested.photos.folder_bar.sorting.menu().actions()
    oldest.trigger()
    qtbot.waitUntil(lambda: list(model.ids) == by_date[::-1])
    assert nested.photos.folder_bar.sorting.text() == "Oldest First"
    by_name.trigger()
    qtbot.waitUntil(lambda: [title for _, title in model.headings] == ["", "Sea"])
    names = [model.index(at).data() for at in range(3)]
    assert names == ["a.jpg", "b.jpg", "c.jpg"]


def test_the_first_photos_of_a_folder_are_read_beside_the_window(
    nested: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, read = nested.photos.model, list[object]()
    fetch = model.fetch_rows
    monkeypatch.setattr(model, "fetch_rows", lambda ids: read.extend(ids) or fetch(ids))
    for _ in range(20):
        nested.go_to_folder(folder_key(root(nested).id, ""))
        qtbot.waitUntil(lambda: model.is_loaded and model.rowCount() == 18)
        read.clear()
        changes = model._changes
        nested.go_to_folder(folder_key(root(nested).id, "2018/"))
        qtbot.waitUntil(lambda: model.is_loaded and model.rowCount() == 3)
        nested.photos.view.viewport().repaint()
        if model._changes == changes:  # else the scan has changed something meanwhile
            break
    assert not read and all(model.known_row(at) is not None for at in range(3))


def test_choices_are_kept(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    options = FolderOptions(settings)
    options.deep, options.order = False, Order.PHOTOS
    options.photo_order = PhotoOrder.OLDEST
    options.keep_opened({"folder:1/", "folder:1/2018/"})
    settings.sync()
    again = FolderOptions(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    assert (again.deep, again.order) == (False, Order.PHOTOS)
    assert again.photo_order is PhotoOrder.OLDEST
    assert again.opened() == {"folder:1/", "folder:1/2018/"}


def entry(menu: Any, text: str) -> Any:
    return next(action for action in menu.actions() if text in action.text())


def test_watching_is_paused_and_resumed(nested: MainWindow, qtbot: Any) -> None:
    key = folder_key(root(nested).id)
    menu = nested.folder_actions.menu(key)
    entry(menu, "Pause Watching").trigger()
    qtbot.waitUntil(lambda: root(nested).paused)
    qtbot.waitUntil(lambda: tree(nested).model().index(0).data(MARK) == "pause")
    nested.toast.button.click()
    qtbot.waitUntil(lambda: not root(nested).paused)


def test_the_photos_of_a_folder_are_played_and_exported(nested: MainWindow, qtbot: Any) -> None:
    folder = root(nested).id
    photos = ask(nested.services, folder_tree.oldest_first, folder, "2018/")
    wanted: list[list[int]] = []
    nested.files.export_wanted.connect(lambda ids, _people: wanted.append(ids))
    menu = nested.folder_actions.menu(folder_key(folder, "2018/"))
    entry(menu, "Export Photos").trigger()
    qtbot.waitUntil(lambda: wanted == [photos] != [[]])
    entry(menu, "Slideshow").trigger()
    qtbot.waitUntil(lambda: nested.navigator.page is nested.photo)
    assert nested.photo.slideshow.active


def test_a_folder_is_left_out_and_included_again(nested: MainWindow, qtbot: Any) -> None:
    folder = root(nested).id
    entry(nested.folder_actions.menu(folder_key(folder, "2018/")), "Exclude").trigger()
    qtbot.waitUntil(lambda: root(nested).left_out == ("2018/",))
    qtbot.waitUntil(lambda: nested.photos.model.rowCount() == 15)
    inner = entry(nested.folder_actions.menu(folder_key(folder)), "Include Again").menu()
    inner.actions()[0].trigger()
    qtbot.waitUntil(lambda: root(nested).left_out == ())


def test_relocated(nested: MainWindow, world: World, qtbot: Any) -> None:
    moved = world.folder.with_name("Moved")
    world.folder.rename(moved)
    nested.folder_actions.relocate(root(nested), str(moved))
    qtbot.waitUntil(lambda: root(nested).path == str(moved))
    qtbot.waitUntil(lambda: rows(nested)[0][0] == "Moved")
    nested.toast.button.click()
    qtbot.waitUntil(lambda: root(nested).path == str(world.folder))


def test_dropped_photos_of_the_library_are_shown_selected(
    nested: MainWindow, world: World, qtbot: Any
) -> None:
    files = [str(world.folder / "2018" / "Sea" / name) for name in ("b.jpg", "c.jpg")]
    nested.drop.dropped.emit(Dropped([], files))
    qtbot.waitUntil(lambda: len(nested.photos.view.selected_ids()) == 2)
    assert nested.photos.place == folder_key(root(nested).id, "2018/Sea/")
    nested.drop.dropped.emit(Dropped([], [files[0], str(world.folder / "2019" / "d.jpg")]))
    qtbot.waitUntil(lambda: nested.photos.place == PHOTOS)
    qtbot.waitUntil(lambda: len(nested.photos.view.selected_ids()) == 2)
    assert len(ask(nested.services, queries.folders)) == 1


@pytest.fixture
def outside(tmp_path: Path, world: World) -> Path:
    """A photo of a folder that isn't watched."""
    path = tmp_path / "Downloads" / "stranger.jpg"
    path.parent.mkdir()
    shutil.copy(next(world.folder.glob("*.jpg")), path)
    return path


def dropped_box(qtbot: Any, window: MainWindow, *files: Path) -> QMessageBox:
    window.drop.dropped.emit(Dropped([], [str(file) for file in files]))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "dropped") is not None)
    return window.findChild(QMessageBox, "dropped")


def choose(qtbot: Any, box: QMessageBox, text: str) -> None:
    (button,) = [each for each in box.buttons() if each.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_dropped_photo_of_another_folder_is_asked_about(
    nested: MainWindow, outside: Path, qtbot: Any
) -> None:
    services = nested.services
    box = dropped_box(qtbot, nested, outside)
    assert box.text() == "stranger.jpg isn’t in the library."
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert len(ask(services, queries.folders)) == 1
    qtbot.waitUntil(lambda: nested.findChild(QMessageBox, "dropped") is None)
    choose(qtbot, dropped_box(qtbot, nested, outside), "Add Folder")
    qtbot.waitUntil(lambda: len(ask(services, queries.folders)) == 2)
    assert str(outside.parent) in [each.path for each in ask(services, queries.folders)]


def test_who_is_on_a_dropped_photo_without_adding_it(
    nested: MainWindow, outside: Path, world: World, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(
        identify, "rows", lambda _services, files, _token: asked.extend(files) or []
    )
    known = world.folder / "2019" / "d.jpg"
    choose(qtbot, dropped_box(qtbot, nested, known, outside), "Who Is This?")
    qtbot.waitUntil(lambda: asked == [outside])
    qtbot.waitUntil(lambda: len(nested.photos.view.selected_ids()) == 1)
    assert len(ask(nested.services, queries.folders)) == 1


def test_a_new_photo_of_a_watched_folder_and_an_opened_one_are_not_asked_about(
    nested: MainWindow, outside: Path, world: World, qtbot: Any
) -> None:
    nested.add_paths([str(outside)])
    qtbot.waitUntil(lambda: len(ask(nested.services, queries.folders)) == 2)
    assert nested.findChild(QMessageBox, "dropped") is None
    assert nested._is_watched(str(world.folder / "2018" / "new.jpg"))
    assert not nested._is_watched(f"{world.folder} 2/new.jpg")


def test_a_long_path_leaves_the_last_folder_in_sight(qtbot: Any) -> None:
    path = Breadcrumb()
    qtbot.addWidget(path)
    names = ("Family pictures", "2018", "Summer holidays", "Sea")
    path.set_parts([Part(name, f"folder:1/{at}/") for at, name in enumerate(names)])
    path.resize(1000, 40)
    path.show()
    assert all(button.isVisible() for button in path.buttons)
    assert not path.more.isVisible()
    path.resize(200, 40)
    assert not path.buttons[0].isVisible() and path.buttons[-1].isVisible()
    hidden = [button for button in path.buttons if not button.isVisible()]
    assert [action.text() for action in path.more.menu().actions()] == [
        button.text() for button in hidden
    ]
    with qtbot.waitSignal(path.wanted) as heard:
        path.more.menu().actions()[0].trigger()
    assert heard.args == ["folder:1/0/"]


def test_folders_of_an_unplugged_drive(
    nested: MainWindow, services: Services, world: World, qtbot: Any
) -> None:
    # Gone for real: the watcher finds a folder that is there again.
    world.folder.rename(world.folder.with_name("elsewhere"))
    services.submit(folders.set_state, root(nested).id, FolderState.UNPLUGGED).result(60)
    index = tree(nested).model().index(0)
    qtbot.waitUntil(lambda: index.data(MARK) == "eject")
    assert "Connect the drive" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_tab_alone_shows_nothing(nested: MainWindow, qtbot: Any) -> None:
    tree(nested).setFocus()
    qtbot.waitUntil(tree(nested).hasFocus)
    assert nested.photos.place == PHOTOS
    nested.go_to_folder(folder_key(root(nested).id, "2018/"))
    nested.sidebar.list.setFocus()
    qtbot.waitUntil(nested.sidebar.list.hasFocus)
    assert nested.photos.place == folder_key(root(nested).id, "2018/")
    press(nested.sidebar.list, Key.Key_Return)
    qtbot.waitUntil(lambda: nested.photos.place == PHOTOS)


def test_open_folders_get_room_in_the_sidebar_and_pages_scroll(
    nested: MainWindow, qtbot: Any
) -> None:
    sidebar, view = nested.sidebar, nested.sidebar.folders.view
    nested.resize(1000, 560)
    assert view.folders.rowCount() == 1
    closed = sidebar.list.height()
    view.folders.set_open(0, True)
    row = view.sizeHintForRow(0)
    qtbot.waitUntil(lambda: view.height() >= 3 * row)
    assert view.folders.rowCount() == 3 and sidebar.list.height() < closed
    assert sidebar.list.verticalScrollBar().maximum() > 0, "the last pages can be reached"
    assert sidebar.list.height() % sidebar.list.sizeHintForRow(0) == 0, "no entry is cut"
    sidebar.mark(MAP)
    assert (
        sidebar.list.viewport()
        .rect()
        .contains(sidebar.list.visualItemRect(sidebar.list.currentItem()))
    )


def test_the_sidebar_is_dragged_to_another_width_that_is_kept(nested: MainWindow) -> None:
    sidebar, grip = nested.sidebar, nested.sidebar.grip
    nested.resize(1200, 700)
    usual = sidebar.width()
    start = grip.rect().center()
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=start)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(start.x() + 100, start.y()),
        grip.mapToGlobal(QPointF(start.x() + 100, start.y())),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(grip, event)
    assert abs(sidebar.width() - usual - 100) <= 5
    assert nested.folder_options.sidebar_width == sidebar.width()
    nested.resize(1300, 700)
    assert abs(sidebar.width() - usual - 100) <= 5, "it stays"
    assert grip.geometry().right() == sidebar.rect().right()
    QTest.mouseDClick(grip, Qt.MouseButton.LeftButton)
    assert sidebar.width() == usual
