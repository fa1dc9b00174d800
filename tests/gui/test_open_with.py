"""Which application opens a photo: those that the desktop knows, and any other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facesorter.desktop.applications import applications, outside_environment
from facesorter.gui.dialogs.open_with import OpenWithDialog
from facesorter.gui.window.main_window import MainWindow
from tests.support.windows import select_photos as select

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems ask by themselves")


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop with one program, which writes down what it is asked to open."""
    own, system = tmp_path / "own" / "applications", tmp_path / "system" / "applications"
    own.mkdir(parents=True)
    system.mkdir(parents=True)
    program = tmp_path / "bin" / "viewer"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/opened\n')
    program.chmod(0o755)
    head = "[Desktop Entry]\nType=Application\n"
    entry = f"{head}Name=Viewer\nName[de]=Betrachter\nExec={program} --new %f\n"
    (system / "viewer.desktop").write_text(f"{entry}MimeType=image/png;image/jpeg;\n")
    (system / "other.desktop").write_text(f"{entry}MimeType=text/plain;\n")
    (system / "console.desktop").write_text(f"{entry}Terminal=true\nMimeType=image/jpeg;\n")
    (system / "gone.desktop").write_text(
        f"{head}Name=Gone\nExec=no-such-program %f\nMimeType=image/jpeg;\n"
    )
    (system / "removed.desktop").write_text(f"{entry}MimeType=image/jpeg;\n")
    (own / "removed.desktop").write_text("[Desktop Entry]\nHidden=true\n")
    (system / "broken.desktop").write_bytes(b"\xff\x00[")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "system"))
    return tmp_path


def test_only_what_opens_photos_and_is_installed_is_listed(desktop: Path) -> None:
    found = applications("image/jpeg")
    assert [each.name for each in found] == ["Viewer"]
    assert found[0].arguments("/a photo.jpg")[1:] == ["--new", "/a photo.jpg"]
    assert [each.name for each in applications("image/jpeg", "de_AT")] == ["Betrachter"]


def test_the_chosen_application_opens_the_photo(
    qtbot: Any, window: MainWindow, desktop: Path
) -> None:
    (photo,) = select(window, 1)
    action = next(each for each in window.photos.view.actions() if each.text() == "Open With…")
    action.trigger()
    qtbot.waitUntil(lambda: "open-with" in window.dialogs.opened)
    dialog = window.dialogs.opened["open-with"]
    assert isinstance(dialog, OpenWithDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: (desktop / "opened").exists())
    qtbot.waitUntil(lambda: (desktop / "opened").read_text() == f"--new\n{photo}\n")
    qtbot.waitUntil(lambda: "open-with" not in window.dialogs.opened)


def test_what_cannot_be_started_is_said(qtbot: Any, window: MainWindow, desktop: Path) -> None:
    dialog = OpenWithDialog(window.bridge, str(desktop / "a.jpg"), window)
    dialog._start([str(desktop / "nothing"), "a.jpg"])
    assert "nothing couldn’t be opened" in dialog.message.text() and dialog.message.isVisibleTo(
        dialog
    )
    dialog.close()


def test_other_programs_get_the_library_path_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/inside")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/before")
    assert outside_environment()["LD_LIBRARY_PATH"] == "/before"
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG")
    assert outside_environment()["LD_LIBRARY_PATH"] == "/inside"
    monkeypatch.setattr(sys, "_MEIPASS", "/inside", raising=False)
    assert "LD_LIBRARY_PATH" not in outside_environment()
