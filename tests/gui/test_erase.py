"""Erasing in the window: what goes is listed, nothing happens unless agreed, then it restarts."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from facesorter.gui.dialogs.erase import EraseDialog
from facesorter.gui.start import application
from facesorter.gui.window.main_window import MainWindow
from facesorter.library.library import Library
from facesorter.storage import backups
from tests.gui.conftest import World


def listed(dialog: EraseDialog) -> list[str]:
    return [dialog.going.item(row).text() for row in range(dialog.going.count())]


def test_a_person_is_erased_from_the_details(qtbot: Any, window: MainWindow, world: World) -> None:
    window.open_person(world.anna)
    qtbot.waitUntil(lambda: window.person.header.field.text() == "Anna")
    window.person.header.about.click()
    qtbot.mouseClick(window.person.details.erase, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(EraseDialog)
    assert dialog.question.text() == "Erase Anna for good?"
    assert not dialog.erase.isEnabled()
    qtbot.waitUntil(dialog.erase.isEnabled)
    assert listed(dialog)[:2] == [
        "5 faces, with everything recognition needs",
        "1 person, with name, dates, and notes",
    ]
    buttons = dialog.findChild(QDialogButtonBox)
    buttons.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert window.before_restart is None and window.isVisible()
    window.dialogs.show_erase(world.anna, "Anna")
    dialog = window.findChildren(EraseDialog)[-1]
    dialog.texts.click()
    qtbot.waitUntil(dialog.erase.isEnabled)
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(dialog.erase, Qt.MouseButton.LeftButton)
    assert window.before_restart is not None
    assert window.services.stop(10)
    started: list[Any] = []
    directory = window.services.library_dir
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application.subprocess, "Popen", lambda words, **_: started.append(words))
        application._restart(directory, window.before_restart)
    assert len(started) == 1
    library = Library(directory)
    names = library.connection.execute("SELECT name FROM person WHERE name IS NOT NULL").fetchall()
    (left,) = library.connection.execute("SELECT count(*) FROM face").fetchone()
    library.close(snapshot=False)
    assert names == [] and left == 9
    assert [each.reason for each in backups.backups(directory)] == ["after-erase"]


def test_all_face_data_is_offered_in_the_menu(qtbot: Any, window: MainWindow) -> None:
    window.commands.erase.trigger()
    (dialog,) = window.findChildren(EraseDialog)
    qtbot.waitUntil(dialog.erase.isEnabled)
    assert "14 faces" in listed(dialog)[0] and "4 people" in listed(dialog)[1]
    assert dialog.question.text() == "Erase all face data for good?"
