"""Backups in the window: what is listed, what a press does, and a library that is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from facesorter.app.services import Services
from facesorter.errors import Message
from facesorter.gui.dialogs.backups import BackupsDialog, loss
from facesorter.gui.start import application
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.missing_library import MissingLibraryPage
from facesorter.library.decisions import corrections, journal
from facesorter.library.library import Library
from facesorter.storage import backups, persons
from facesorter.storage.database import DATABASE_NAME
from tests.gui.conftest import World
from tests.library import made


@pytest.fixture
def dialog(qtbot: Any, window: MainWindow) -> BackupsDialog:
    window.commands.backups.trigger()
    (shown,) = window.findChildren(BackupsDialog)
    qtbot.waitUntil(lambda: shown.note.text() == "No backups yet.")
    return shown


def asked(qtbot: Any, dialog: BackupsDialog) -> QMessageBox:
    """Press Restore, and return the question."""
    qtbot.mouseClick(dialog.restore, Qt.MouseButton.LeftButton)

    def shown() -> list[QMessageBox]:
        return [b for b in dialog.findChildren(QMessageBox, "restore") if b.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def test_what_a_backup_lacks_is_said_in_words() -> None:
    held = backups.Holdings(120, 300, 14, 50)
    less = backups.Holdings(100, 310, 14, 20)
    assert held.beyond(less) == backups.Holdings(20, 0, 0, 30)
    assert loss(held.beyond(less)) == (
        "The library has more than this backup: 20 photos, 30 decisions. Photos are found again "
        "where their files are. Decisions you made since then are lost, unless you reapply them."
    )
    assert loss(less.beyond(held)) == (
        "It has as many photos, people, and decisions as the library."
    )


def test_backing_up_and_going_back(qtbot: Any, window: MainWindow, dialog: BackupsDialog) -> None:
    library = window.services.library_dir
    assert not dialog.restore.isEnabled()
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1)
    row = dialog.list.topLevelItem(0)
    assert [row.text(column) for column in range(1, 5)] == ["Manual", "14", "1", "1"]
    (kept,) = backups.backups(library)
    box = asked(qtbot, dialog)
    assert "It has as many photos" in box.informativeText()
    assert box.checkBox() is None
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert window.before_restart is None and window.isVisible()
    box = asked(qtbot, dialog)
    (agree,) = [b for b in box.buttons() if b.text() == "Restore"]
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(agree, Qt.MouseButton.LeftButton)
    assert window.before_restart is not None
    assert window.services.stop(10)
    started: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application.subprocess, "Popen", lambda words, **_: started.append(words))
        application._restart(library, window.before_restart)
    assert [each.reason for each in backups.backups(library)] == ["before-restore", "manual"]
    ((*_, last),) = started
    assert last == str(library.absolute()) and kept.path.exists()


def test_later_decisions_are_brought_back(
    qtbot: Any, window: MainWindow, services: Services, world: World, dialog: BackupsDialog
) -> None:
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.restore.isEnabled)
    services.submit(corrections.name, world.large, "Later").result(30)
    box = asked(qtbot, dialog)
    text = "The library has more than this backup: 1 named person, 1 decision."
    assert text in box.informativeText()
    assert not box.checkBox().isChecked()
    box.checkBox().setChecked(True)
    (agree,) = [b for b in box.buttons() if b.text() == "Restore"]
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(agree, Qt.MouseButton.LeftButton)
    assert window.before_restart is not None and services.stop(30)
    window.before_restart()
    library = Library(services.library_dir)
    assert persons.name_of(library.connection, world.large) == "Later"
    assert next(iter(backups.backups(services.library_dir))).reason == "before-restore"
    library.transact(journal.undo)
    assert persons.name_of(library.connection, world.large) is None
    library.close(snapshot=False)


@pytest.fixture(params=["missing", "linked", "emptied"])
def missing(qtbot: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MainWindow]:
    """A window whose library has gone, with a backup of twelve faces left."""
    if request.param == "linked" and sys.platform == "win32":
        pytest.skip("links need rights there")
    directory = tmp_path / "library"
    library = Library(directory)
    library.transact(lambda txn: made.fill(txn.connection, people=3, each=4, seed=1))
    library.close()
    path = directory / DATABASE_NAME
    path.unlink()
    (tmp_path / "drive").mkdir()  # where it is mounted
    if request.param == "linked":
        path.symlink_to(tmp_path / "drive" / DATABASE_NAME)
    elif request.param == "emptied":
        path.touch()
    services = Services(directory, tmp_path / "cache", watch=False)
    window = MainWindow(services)
    window.resize(1000, 700)
    with qtbot.waitExposed(window):
        window.show()
    services.start()
    qtbot.waitUntil(lambda: isinstance(window.stack.currentWidget(), MissingLibraryPage))
    yield window
    window.tray.quit()
    assert services.stop(10)
    shiboken6.delete(window)
    assert not list((tmp_path / "drive").iterdir())


def page_of(qtbot: Any, window: MainWindow) -> MissingLibraryPage:
    page = window.stack.currentWidget()
    assert isinstance(page, MissingLibraryPage)
    qtbot.waitUntil(page.restore.isEnabled)
    return page


def test_a_missing_library_is_asked_about(qtbot: Any, missing: MainWindow) -> None:
    page = page_of(qtbot, missing)
    assert page.list.topLevelItemCount() == 1
    path = missing.services.library_dir / DATABASE_NAME
    assert not path.exists() or not path.stat().st_size
    with qtbot.waitSignal(missing.closed):
        qtbot.mouseClick(page.restore, Qt.MouseButton.LeftButton)
    assert missing.before_restart is not None
    missing.before_restart()
    library = Library(missing.services.library_dir)
    assert library.connection.execute("SELECT count(*) FROM face").fetchone() == (12,)
    library.close(snapshot=False)


def test_starting_over_keeps_what_is_left(qtbot: Any, missing: MainWindow) -> None:
    page = page_of(qtbot, missing)
    with qtbot.waitSignal(missing.closed):
        qtbot.mouseClick(page.start_over, Qt.MouseButton.LeftButton)
    assert missing.before_restart is not None
    missing.before_restart()
    directory = missing.services.library_dir
    assert len(list(directory.glob("former-*/snapshots/*.db"))) == 1
    assert not backups.leftovers(directory)


def test_a_restore_that_fails_is_told(
    qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "library"
    Library(directory).close(snapshot=False)
    (tmp_path / "bad.db").write_text("Dear diary")
    told: list[str] = []
    started: list[Any] = []
    box = application.QMessageBox
    monkeypatch.setattr(box, "critical", lambda _parent, _title, text: told.append(text))
    monkeypatch.setattr(application.subprocess, "Popen", lambda words, **_: started.append(words))
    application._restart(directory, lambda: backups.restore(directory, tmp_path / "bad.db"))
    assert "damaged" in told[0] and started
    Library(directory).close(snapshot=False)


def test_a_library_that_another_computer_took_over(qtbot: Any, window: MainWindow) -> None:
    window.services.writer.taken_over.emit(Message("Another computer has it."))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "taken over") is not None)
    window.services.writer.failed.emit(Message("A failure that follows from it."))
    box = window.findChild(QMessageBox, "taken over")
    assert box.informativeText() == "Another computer has it."
    assert "follows" not in window.status.text.text()
    (leave,) = [b for b in box.buttons() if b.text() == "Quit"]
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
