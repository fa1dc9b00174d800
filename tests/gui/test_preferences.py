"""Preferences take effect at once, are kept, and say so where something is impossible here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from facesorter import paths
from facesorter.desktop import autostart
from facesorter.gui.base import desktop, theme
from facesorter.gui.base.desktop import open_page
from facesorter.gui.dialogs.preferences import Preferences
from facesorter.gui.window.main_window import MainWindow
from facesorter.images import cache_size
from facesorter.settings import Settings


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    (paths.settings_dir() / "settings.json").unlink(missing_ok=True)


def stored() -> Settings:
    return Settings.load(paths.settings_dir())


def opened(window: MainWindow) -> Preferences:
    window.commands.preferences.trigger()
    dialog = window.dialogs.opened["preferences"]
    assert isinstance(dialog, Preferences)
    return dialog


def texts(dialog: Preferences) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_choices_are_kept(qtbot: Any, window: MainWindow) -> None:
    dialog = opened(window)
    dialog.battery.click()
    dialog.updates.click()
    dialog.thorough.click()
    dialog.smallest.setValue(24)
    dialog.cache.setValue(1500)
    qtbot.waitUntil(lambda: stored().cache_megabytes == 1500)
    kept = stored()
    assert (kept.pause_on_battery, kept.check_updates, kept.thorough) == (False, True, True)
    assert kept.smallest_face == 24
    dialog.close()
    again = opened(window)
    assert again is not dialog
    assert (again.smallest.value(), again.updates.isChecked()) == (24, True)
    assert again.cache.value() == 1500 and not again.battery.isChecked()


def test_all_that_asks_anybody_is_off_at_first(window: MainWindow) -> None:
    dialog = opened(window)
    for box in (dialog.updates, dialog.background, dialog.start):
        assert not box.isChecked()
    assert dialog.battery.isChecked()


def test_other_programs_folders_are_scanned_at_once(qtbot: Any, window: MainWindow) -> None:
    dialog = opened(window)
    scans: list[bool] = []
    window.services.pipeline.scan = lambda *_: scans.append(  # type: ignore[method-assign]
        window.services.pipeline.scans_everything
    )
    dialog.everything.click()
    dialog.everything.click()
    assert scans == [True, False]
    dialog.everything.click()
    qtbot.waitUntil(lambda: stored().scan_everything)


def test_models_are_loaded_anew_once_after_the_last_change(qtbot: Any, window: MainWindow) -> None:
    class Seen:
        count = 0

    class Analyzer:
        name, sha256, dimension = "fake", "0" * 64, 4

    def load() -> Any:
        Seen.count += 1
        return Analyzer()

    window.services.pipeline._load = load
    dialog = opened(window)
    for pixels in (20, 30, 40):
        dialog.smallest.setValue(pixels)
    qtbot.waitUntil(lambda: Seen.count == 1)
    qtbot.wait(200)
    assert Seen.count == 1 and not window.services.paused


def test_without_a_tray_the_choice_is_greyed_with_a_sentence(window: MainWindow) -> None:
    dialog = opened(window)
    assert not dialog.background.isEnabled()
    assert "No system tray" in texts(dialog)
    window.tray.available = lambda: True
    dialog = opened(window)
    assert dialog.background.isEnabled() and "No system tray" not in texts(dialog)


def test_starting_with_the_system(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = autostart.XdgEntry(tmp_path / "autostart")
    monkeypatch.setattr(autostart, "here", lambda: way)
    dialog = opened(window)
    qtbot.waitUntil(dialog.start.isEnabled)
    dialog.start.click()
    qtbot.waitUntil(way.is_on)
    # This library is not the user's own one, so the entry names it.
    assert str(window.services.library_dir) in way.path.read_text(encoding="utf-8")
    dialog = opened(window)
    qtbot.waitUntil(dialog.start.isChecked)
    dialog.start.click()
    qtbot.waitUntil(lambda: not way.path.exists())


def test_a_system_that_refuses_is_told(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "autostart").write_text("no folder")
    way = autostart.XdgEntry(tmp_path / "autostart")
    monkeypatch.setattr(autostart, "here", lambda: way)
    dialog = opened(window)
    qtbot.waitUntil(dialog.start.isEnabled)
    dialog.start.click()
    qtbot.waitUntil(lambda: "couldn’t be changed" in window.status.text.text())
    assert not dialog.start.isChecked()


def test_a_sandbox_that_cannot_says_so(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autostart, "possible", lambda: False)
    dialog = opened(window)
    assert not dialog.start.isEnabled() and "can’t open at login" in texts(dialog)


def test_colours_change_at_once(window: MainWindow) -> None:
    dialog = opened(window)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.palette().color(QPalette.ColorRole.Window)
    try:
        dialog.appearance.setCurrentIndex(dialog.appearance.findData("dark"))
        assert app.palette().color(QPalette.ColorRole.Window).lightness() < 100
        tone = theme.secondary_colour(app.palette(), QPalette.ColorRole.Window)
        ground = app.palette().color(QPalette.ColorRole.Window)
        assert theme.contrast(tone, ground) >= theme.READABLE
        dialog.appearance.setCurrentIndex(dialog.appearance.findData("light"))
        assert app.palette().color(QPalette.ColorRole.Window).lightness() > 200
    finally:
        dialog.appearance.setCurrentIndex(dialog.appearance.findData("system"))
    assert app.palette().color(QPalette.ColorRole.Window) == before


def test_the_cache_is_measured_and_emptied(qtbot: Any, window: MainWindow) -> None:
    cache = window.services.cache_dir / "photo" / "ab"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "x.jpg").write_bytes(bytes(5_000_000))
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.used.text().startswith("5"))
    dialog.empty.click()
    qtbot.waitUntil(lambda: not (cache / "x.jpg").exists())
    qtbot.waitUntil(lambda: cache_size.used(window.services.cache_dir) < 1_000_000)


def test_everything_is_large_enough_and_reached_by_keys(qtbot: Any, window: MainWindow) -> None:
    dialog = opened(window)
    qtbot.waitUntil(dialog.isActiveWindow)
    for button in dialog.findChildren(QPushButton):
        if button.text().replace("&", "") != "Close":
            assert button.minimumHeight() >= theme.TARGET, button.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_only_pages_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    monkeypatch.setattr(
        desktop.QDesktopServices, "openUrl", lambda url: handed.append(url.toString())
    )
    for url in ("file:///etc/passwd", "http://example.org", "https://example.org/a", "mailto:?a=b"):
        open_page(url)
    assert handed == ["https://example.org/a", "mailto:?a=b"]
