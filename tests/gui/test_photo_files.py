"""Photos out of the window: opened, shown, copied, dragged, exported."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt
from PySide6.QtGui import QDrag, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facesorter.app.services import Services
from facesorter.domain import FolderState, PhotoId
from facesorter.gui.base import drag
from facesorter.gui.base.choose_folder import pictures
from facesorter.gui.base.drag import PHOTOS
from facesorter.gui.dialogs.export import ExportDialog
from facesorter.gui.widgets import photo_files
from facesorter.gui.window.main_window import MainWindow
from facesorter.images import copying
from facesorter.images.copy_options import CopyFormat
from facesorter.library.export import Layout
from facesorter.library.transaction import Transaction
from facesorter.storage import folders as folder_rows
from tests.gui.conftest import World
from tests.support.windows import select_photos as select

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def dialog_of(qtbot: Any, window: MainWindow) -> ExportDialog:
    qtbot.waitUntil(lambda: "export" in window.dialogs.opened)
    dialog = window.dialogs.opened["export"]
    assert isinstance(dialog, ExportDialog)
    return dialog


def test_copied_files_and_the_picture_of_one(qtbot: Any, window: MainWindow, world: World) -> None:
    files = select(window, 0, 2)
    QTest.keyClick(window.photos.view, Qt.Key.Key_C, CTRL)
    clipboard = QGuiApplication.clipboard()

    def urls() -> list[Path]:
        data = clipboard.mimeData()
        return [] if data is None else [Path(url.toLocalFile()) for url in data.urls()]

    qtbot.waitUntil(lambda: sorted(urls()) == sorted(files))
    assert not clipboard.mimeData().hasImage()
    files = select(window, 1)
    QTest.keyClick(window.photos.view, Qt.Key.Key_C, CTRL)
    qtbot.waitUntil(lambda: urls() == files and clipboard.mimeData().hasImage())
    assert (clipboard.image().width(), clipboard.image().height()) == (320, 240)
    # Unlike the program, a test run ends Python before Qt, which then would destroy what is copied.
    clipboard.clear()


def test_a_drag_carries_files_for_others_and_ids_for_us(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, seen = select(window, 0, 1), []

    class Caught(QDrag):
        def setMimeData(self, data: QMimeData) -> None:
            seen.append(([Path(url.toLocalFile()) for url in data.urls()], data.hasFormat(PHOTOS)))
            super().setMimeData(data)

        def exec(self, action: Any) -> None:
            """Nothing is under the pointer."""

    monkeypatch.setattr(drag, "QDrag", Caught)
    window.photos.view.startDrag(Qt.DropAction.CopyAction)
    assert seen == [(files, True)]


def test_keys_open_a_photo_and_its_folder(
    qtbot: Any, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, Path]] = []
    apps = [True, False]

    def open_by(name: str, path: str) -> bool:
        opened.append((name, Path(path)))
        return apps[0]

    for name in ("open_file", "show_in_folder"):
        monkeypatch.setattr(photo_files, name, partial(open_by, name))
    (file,) = select(window, 3)
    QTest.keyClick(window.photos.view, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: opened == [("open_file", file)])
    window.open_photo(window.photos.view.selected_ids()[0], [])
    QTest.keyClick(window.photo.view, Qt.Key.Key_R, CTRL | SHIFT)
    qtbot.waitUntil(lambda: opened[1:] == [("show_in_folder", file)])
    apps.reverse()
    QTest.keyClick(window.photo.view, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(
        lambda: f"No app on this computer opens {file.name}" in window.toast.label.text()
    )
    file.rename(file.with_name("elsewhere"))
    QTest.keyClick(window.photo.view, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: f"{file.name} isn’t there" in window.toast.label.text())
    assert len(opened) == 3


def test_the_selection_is_exported_smaller(qtbot: Any, window: MainWindow, tmp_path: Path) -> None:
    files = select(window, 0, 1, 2)
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    assert "3" in dialog.windowTitle()
    assert dialog.side.isHidden()
    dialog.format.setCurrentIndex(dialog.format.findData(CopyFormat.JPEG))
    assert not dialog.side.isHidden() and dialog.form.isRowVisible(dialog.quality)
    dialog.folder.setText(str(tmp_path / "out"))
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "3 photos exported" in dialog.message.text())
    assert dialog.show_.isVisible() and not dialog.bar.isVisible()
    made = sorted((tmp_path / "out").iterdir())
    assert [path.stem for path in made] == sorted(file.stem for file in files)
    dialog.stop.click()
    qtbot.waitUntil(lambda: "export" not in window.dialogs.opened)


def test_a_second_enter_does_not_cancel(qtbot: Any, window: MainWindow, tmp_path: Path) -> None:
    select(window, 0, 1)
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.start.setFocus()
    for _ in range(2):
        QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.message.text()) and not dialog.running)
    assert "2 photos exported" in dialog.message.text() and "Canceled" not in dialog.message.text()
    assert dialog.focusWidget() is dialog.stop


def test_the_selection_becomes_web_pages(qtbot: Any, window: MainWindow, tmp_path: Path) -> None:
    select(window, 0, 2)
    window.files.export(window.photos.view.selected_ids())
    dialog = dialog_of(qtbot, window)
    dialog.format.setCurrentIndex(dialog.format.findData("web"))
    assert not dialog.naming.isVisible() and dialog.title.isVisible()
    dialog.title.setText("Summer")
    dialog.folder.setText(str(tmp_path / "Pages"))
    dialog.start.click()
    qtbot.waitUntil(lambda: "2 photos exported" in dialog.message.text())
    index = (tmp_path / "Pages" / "index.html").read_text(encoding="utf-8")
    assert "<h1>Summer</h1>" in index and index.count("<img") == 2


def test_a_person_is_exported_into_a_folder_with_the_name(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path
) -> None:
    window.people.export_wanted.emit([world.anna])
    dialog = dialog_of(qtbot, window)
    dialog.layout_.setCurrentIndex(dialog.layout_.findData(Layout.PERSON))
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.start.click()
    qtbot.waitUntil(lambda: "photos exported" in dialog.message.text())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Anna"]
    assert len(list((tmp_path / "out" / "Anna").iterdir())) == 5


def test_a_watched_folder_is_named_before_anything_is_written(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path
) -> None:
    select(window, 0)
    window.photos.menu().actions()
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    dialog.folder.setText(str(world.folder / "copies"))
    qtbot.waitUntil(lambda: "watched" in dialog.note.text())
    dialog.folder.setText(str(tmp_path / "elsewhere"))
    qtbot.waitUntil(lambda: not dialog.note.text())


def test_closing_cancels_and_says_what_was_done(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying.converted
    select(window, 0, 1, 2)
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    dialog.format.setCurrentIndex(dialog.format.findData(CopyFormat.PNG))
    dialog.folder.setText(str(tmp_path / "out"))

    def closing(*args: Any, **more: Any) -> bytes:
        # As if the user closed the dialog while the first photo is made.
        dialog.token.cancel()
        return real(*args, **more)

    monkeypatch.setattr(copying, "converted", closing)
    dialog.start.click()
    qtbot.waitUntil(lambda: "Canceled: 1 photo exported" in dialog.message.text())
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".png"]


def test_what_fails_is_named(qtbot: Any, window: MainWindow, world: World, tmp_path: Path) -> None:
    files = select(window, 0, 1)
    files[0].unlink()
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.start.click()
    qtbot.waitUntil(lambda: "couldn’t be exported" in dialog.message.text())
    assert files[0].name in dialog.message.text() and "1 photo exported" in dialog.message.text()


def test_delete_asks_before_photos_go_to_the_trash(
    qtbot: Any, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def pretend(paths: list[str]) -> list[object]:
        asked.append(paths)
        return []

    monkeypatch.setattr("facesorter.desktop.trash.move_to_trash", pretend)
    files = select(window, 0, 1)
    for answer in (Qt.Key.Key_Return, Qt.Key.Key_Escape, "Move to Trash"):
        QTest.keyClick(window.photos.view, Qt.Key.Key_Delete)
        box = window.findChild(QMessageBox, "trash")
        assert box is not None and "2 photos" in box.text()
        if isinstance(answer, str):
            (button,) = [each for each in box.buttons() if each.text() == answer]
            button.click()
        else:
            # Whoever answers questions without reading them keeps the photos.
            QTest.keyClick(box, answer)
        qtbot.waitUntil(lambda: window.findChild(QMessageBox, "trash") is None)
    qtbot.waitUntil(lambda: bool(asked))
    assert [sorted(map(Path, paths)) for paths in asked] == [sorted(files)]
    qtbot.waitUntil(lambda: "Moved 2 photos to the trash" in window.toast.label.text())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it to the user")
@pytest.mark.parametrize("by", ["button", "key", "key later"])
def test_photos_come_back_from_the_trash(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    undo = window.commands.undo
    before = undo.text()
    assert before != "Undo", "there is a decision that Undo would undo"
    trash = os.fsencode(tmp_path / "Trash")
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", trash)
    files = select(window, 0, 1)
    window.files.ask_to_trash(window.photos.view.selected_ids())
    box = window.findChild(QMessageBox, "trash")
    assert box is not None
    next(each for each in box.buttons() if each.text() == "Move to Trash").click()
    qtbot.waitUntil(lambda: "Moved 2 photos to the trash" in window.toast.label.text())
    assert not any(file.exists() for file in files) and window.toast.button.isVisible()
    assert undo.text() == "Undo"
    if by == "button":
        window.toast.button.click()
    elif by == "key":
        undo.trigger()
    else:
        window.toast.show_message("Copied 1 photo")
        window.toast.hide()
        undo.trigger()
    qtbot.waitUntil(lambda: "Put back 2 photos" in window.toast.label.text())
    assert all(file.exists() for file in files) and not window.toast.button.isVisible()
    assert undo.text() == before, "the decision stays"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it to the user")
def test_a_decision_after_the_trash_is_undone_first_and_the_trash_no_more(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(tmp_path / "Trash"))
    undo, before = window.commands.undo, window.commands.undo.text()
    (file,) = select(window, 0)
    window.files.ask_to_trash(window.photos.view.selected_ids())
    box = window.findChild(QMessageBox, "trash")
    assert box is not None
    next(each for each in box.buttons() if each.text() == "Move to Trash").click()
    qtbot.waitUntil(lambda: undo.text() == "Undo")
    window.labels.rate(window.photos.model.ids[:1], 4)
    qtbot.waitUntil(lambda: undo.text() not in ("Undo", before))
    undo.trigger()
    qtbot.waitUntil(lambda: undo.text() == before)
    assert not file.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it to the user")
def test_the_photo_shown_goes_to_the_trash_and_the_next_one_comes(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(tmp_path / "Trash"))
    select(window, 1)
    QTest.keyClick(window.photos.view, Qt.Key.Key_Return)
    page = window.photo
    qtbot.waitUntil(lambda: window.stack.currentWidget() is page and page.photo is not None)
    assert page.photo is not None
    gone, following = page.photo.id, page.browsed.ids[2]
    n = len(page.browsed.ids)
    assert any(act.text() == "Move to Trash…\tDel" for act in page.menu_at(QPointF()).actions())
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    box = window.findChild(QMessageBox, "trash")
    assert box is not None and "1 photo" in box.text()
    next(each for each in box.buttons() if each.text() == "Move to Trash").click()
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.id == following)
    assert gone not in page.browsed.ids and len(page.browsed.ids) == n - 1
    qtbot.waitUntil(window.toast.button.isVisible)
    window.toast.button.click()
    qtbot.waitUntil(lambda: page.photo is not None and page.photo.id == gone)
    assert len(page.browsed.ids) == n


def test_a_photo_that_was_left_while_its_file_was_moved_is_dropped_from_the_list(
    window: MainWindow,
) -> None:
    select(window, 1)
    QTest.keyClick(window.photos.view, Qt.Key.Key_Return)
    page, ids = window.photo, list(window.photo.browsed.ids)
    page.step(1)
    window.files.moved.emit([ids[1]])
    assert page.photo is not None and page.photo.id == ids[2]
    assert page.head.position.text() == f"2 of {len(ids) - 1}"
    page.step(-1)
    assert page.photo.id == ids[0]
    window.files.put_back.emit([ids[1]])
    assert page.browsed.ids == ids and page.photo.id == ids[1]


def test_delete_asks_in_search_results_too_and_says_so_in_the_menu(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    page = window.photos
    page.field.set_search("Anna")
    qtbot.waitUntil(lambda: 0 < page.model.rowCount() < 14)
    select(window, 0)
    assert any(act.text() == "Move to Trash…\tDel" for act in page.menu().actions())
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    box = window.findChild(QMessageBox, "trash")
    assert box is not None
    box.reject()


def test_photos_of_an_absent_drive_stay(
    qtbot: Any, window: MainWindow, world: World, services: Services
) -> None:
    files = select(window, 0)
    services.submit(_unplug).result(60)
    window.files.ask_to_trash(window.photos.view.selected_ids())
    box = window.findChild(QMessageBox, "trash")
    assert box is not None
    next(each for each in box.buttons() if each.text() == "Move to Trash").click()
    qtbot.waitUntil(lambda: "drive isn’t connected" in window.toast.label.text())
    assert files[0].exists()


def _unplug(txn: Transaction) -> None:
    for folder in folder_rows.every(txn.connection):
        folder_rows.set_state(txn.connection, folder.id, FolderState.UNPLUGGED)


def test_enter_in_the_folder_exports(qtbot: Any, window: MainWindow, tmp_path: Path) -> None:
    select(window, 0)
    QTest.keyClick(window.photos.view, Qt.Key.Key_E, CTRL)
    dialog = dialog_of(qtbot, window)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.folder.setText(str(tmp_path / "out"))
    QTest.keyClick(dialog.folder, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.message.text()) and not dialog.running)
    assert "1 photo exported" in dialog.message.text()


def test_the_next_export_begins_with_the_last_choices(
    qtbot: Any, window: MainWindow, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    first = ExportDialog(window.bridge, [PhotoId(1)], (), settings, window)
    assert first.folder.text() == pictures()
    first.format.setCurrentIndex(first.format.findData("web"))
    assert first.folder.text() == str(Path(pictures()) / "Photos"), "a folder of their own"
    first.title.setText("")
    QTest.keyClicks(first.title, "Rome: day 1")
    assert Path(first.folder.text()).parent == Path(pictures())
    assert Path(first.folder.text()).name.startswith("Rome")
    (tmp_path / "full" / "inside").mkdir(parents=True)
    first.take_folder(str(tmp_path / "full"))
    assert Path(first.folder.text()).parent == tmp_path / "full"
    first.take_folder(str(tmp_path / "full" / "inside"))
    assert first.folder.text() == str(tmp_path / "full" / "inside"), "empty already"
    first.format.setCurrentIndex(first.format.findData(CopyFormat.JPEG))
    assert not first.side.isHidden() and first.other.isHidden()
    first.side.setCurrentIndex(first.side.findText("Other…"))
    assert not first.other.isHidden()
    first.other.setValue(150)
    first.names.setChecked(True)
    first.location.setChecked(False)
    first.folder.clear()
    QTest.keyClicks(first.folder, str(tmp_path / "typed"))
    first.start.click()
    qtbot.waitUntil(lambda: not first.running and bool(first.message.text()))
    again = ExportDialog(window.bridge, [PhotoId(1)], (), settings, window)
    assert again.folder.text() == str(tmp_path / "typed")
    assert again.format.currentData() == CopyFormat.JPEG and again.other.value() == 150
    (made,) = (tmp_path / "typed").iterdir()
    assert max(QImage(str(made)).size().toTuple()) == 150
    assert again.names.isChecked() and not again.location.isChecked()
