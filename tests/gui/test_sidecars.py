"""The sidecars dialog: what it writes, what it says, and that it stays switched on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from facesorter.app.services import Services
from facesorter.exchange.xmp_document import Document
from facesorter.gui.dialogs.preferences import Preferences
from facesorter.gui.dialogs.sidecars import SidecarsDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import sidecars
from facesorter.library.sidecars import Form, Options
from tests.gui.conftest import World


def opened(qtbot: Any, window: MainWindow) -> SidecarsDialog:
    window.commands.sidecars.trigger()
    qtbot.waitUntil(lambda: "sidecars" in window.dialogs.opened)
    dialog = window.dialogs.opened["sidecars"]
    assert isinstance(dialog, SidecarsDialog)
    return dialog


def written(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.xmp"))


def test_names_are_written_into_a_folder_and_said_so(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path
) -> None:
    dialog = opened(qtbot, window)
    dialog.where.setCurrentIndex(1)
    dialog.folder.setText("")
    assert not dialog.start.isEnabled()
    dialog.folder.setText(str(tmp_path / "Sidecars"))
    dialog.form_.setCurrentIndex(1)
    dialog.start.click()
    qtbot.waitUntil(lambda: "3 sidecars written" in dialog.message.text())
    found = written(tmp_path / "Sidecars")
    assert len(found) == 3 and all(".jpg" not in path.name for path in found)
    named = {name for path in found for name in _people(path)}
    assert named == {"Anna"} and not written(world.folder)


def _people(path: Path) -> list[str]:
    return Document(path.read_bytes()).items("Iptc4xmpExt:PersonInImage")


def test_kept_up_to_date_until_switched_off(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    def kept() -> Options | None:
        return services.query(sidecars.kept).result(60)

    dialog = opened(qtbot, window)
    dialog.dates.setChecked(True)
    dialog.keep.click()
    assert kept() is None  # written first
    dialog.start.click()
    qtbot.waitUntil(lambda: "sidecars written" in dialog.message.text())
    qtbot.waitUntil(lambda: kept() == Options(dates=True))
    assert len(written(world.folder)) == 3
    dialog.close()
    again = opened(qtbot, window)
    qtbot.waitUntil(lambda: again.keep.isChecked() and again.dates.isChecked())
    assert again.form_.currentData() == Form.FULL
    window.commands.preferences.trigger()
    preferences = window.dialogs.opened["preferences"]
    assert isinstance(preferences, Preferences)
    qtbot.waitUntil(lambda: preferences.keep.isEnabled() and preferences.keep.isChecked())
    preferences.keep.click()
    qtbot.waitUntil(lambda: kept() is None)


def test_what_cannot_be_written_is_listed_and_cancel_stops(
    qtbot: Any, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, run = threading.Event(), sidecars.run

    def slow(*args: Any, **kwargs: Any) -> sidecars.Report:
        assert going.wait(60)
        return run(*args, **kwargs)

    monkeypatch.setattr(sidecars, "run", slow)
    dialog = opened(qtbot, window)
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.running and dialog.bar.maximum() > 0)
    dialog.stop.click()
    going.set()
    qtbot.waitUntil(lambda: "Canceled" in dialog.message.text())
    for path in world.folder.iterdir():
        if path.suffix in (".jpg", ".png"):
            path.with_name(f"{path.name}.xmp").write_text("no sidecar")
    again = opened(qtbot, window)
    again.start.click()
    qtbot.waitUntil(lambda: "couldn’t be written" in again.message.text())
    assert "isn’t valid" in again.message.text()
