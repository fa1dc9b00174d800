"""Decisions of another library in the window: what would change is shown, then brought in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from facesorter.gui.dialogs.merge_library import MergeLibraryDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.library.decisions import corrections, details
from facesorter.library.library import Library
from tests.gui.conftest import World


def test_decisions_are_shown_brought_in_and_undone(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path, monkeypatch: Any
) -> None:
    window.services.submit(details.update_details, world.anna, birth_date="1950").result(10)
    other = tmp_path / "other"
    other.mkdir()
    source = window.services.library_dir
    for name in ("library.db", "library.db-wal"):
        if (source / name).exists():
            shutil.copy(source / name, other / name)
    library = Library(other)
    library.transact(corrections.name, world.large, "Bernd")
    library.close(snapshot=False)
    window.services.submit(corrections.name, world.large, "Bernhard").result(10)
    chosen = str(other / "library.db")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (chosen, ""))
    window.commands.merge_library.trigger()
    (dialog,) = window.findChildren(MergeLibraryDialog)
    qtbot.waitUntil(lambda: dialog.conflicts.topLevelItemCount() == 1)
    row = dialog.conflicts.topLevelItem(0)
    assert [row.text(column) for column in range(4)] == [
        "Name: Bernhard",
        "Bernhard",
        "Bernd",
        "Here",
    ]
    assert "In both libraries: 14 photos" in dialog.message.text()
    assert not dialog.bring.isEnabled(), "what was decided here is later"
    dialog.reject()
    library = Library(other)
    library.transact(corrections.name, world.small, "Carla")
    library.close(snapshot=False)
    window.commands.merge_library.trigger()
    dialog = window.findChildren(MergeLibraryDialog)[-1]
    qtbot.waitUntil(dialog.bring.isEnabled)
    qtbot.mouseClick(dialog.bring, Qt.MouseButton.LeftButton)

    def names() -> set[str]:
        query = "SELECT name FROM person WHERE name IS NOT NULL"
        return {row[0] for row in window.services.reader().execute(query)}

    qtbot.waitUntil(lambda: names() == {"Anna", "Bernhard", "Carla"})
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: names() == {"Anna", "Bernhard"})


def test_a_file_that_is_no_library_is_refused_in_the_dialog(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "library.db").write_text("no database")
    chosen = str(tmp_path / "library.db")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (chosen, ""))
    window.commands.merge_library.trigger()
    (dialog,) = window.findChildren(MergeLibraryDialog)
    qtbot.waitUntil(lambda: "isn’t a facesorter library" in dialog.message.text())
    assert not dialog.bring.isEnabled()
