"""Packs in the window: terms first, then the way there, stopping, using, removing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facesorter import paths
from facesorter.app import model_switch, packs
from facesorter.errors import UserError
from facesorter.gui.dialogs.packs import PacksDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from tests.desktop.server import Site, serving
from tests.fakes import FakeAnalyzer, draw_photo
from tests.gui.conftest import World
from tests.support.archives import archive, publish

AURAFACE, BUFFALO_L = 1, 4


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    (paths.settings_dir() / "settings.json").unlink(missing_ok=True)
    monkeypatch.setattr(paths, "models_dir", lambda: tmp_path / "models")
    with serving() as made:
        publish(made, monkeypatch, archive())
        yield made


@pytest.fixture
def dialog(qtbot: Any, site: Site, window: MainWindow) -> PacksDialog:
    window.commands.models.trigger()
    made = window.dialogs.opened["models"]
    assert isinstance(made, PacksDialog)
    qtbot.waitUntil(lambda: made.list.count() == 6)
    return made


def test_the_bundled_pack_is_shown_first(dialog: PacksDialog) -> None:
    assert dialog.list.currentRow() == 0
    assert "in use" in dialog.list.item(0).text()
    assert dialog.use.text() == "In use" and not dialog.use.isEnabled()
    assert dialog.get.isHidden() and dialog.remove.isHidden() and dialog.agree.isHidden()
    assert "99.33" in dialog.gives.text() and "any use" in dialog.licence.text()


def test_a_free_pack_asks_for_no_more_than_its_terms(dialog: PacksDialog) -> None:
    dialog.list.setCurrentRow(AURAFACE)
    assert dialog.heading.text() == "auraface"
    assert "any use" in dialog.licence.text() and "huggingface.co" in dialog.licence.text()
    assert "Apache License" in dialog.terms.toPlainText()
    assert "99.65" in dialog.gives.text() and "haven’t measured" in dialog.gives.text()
    assert dialog.agree.text() == "I have read the terms and agree to them"
    assert not dialog.get.isEnabled()
    dialog.agree.setChecked(True)
    assert dialog.get.isEnabled()
    dialog.list.setCurrentRow(BUFFALO_L)
    assert "non-commercial" in dialog.agree.text() and not dialog.agree.isChecked()


def test_terms_come_before_getting(dialog: PacksDialog, site: Site) -> None:
    dialog.list.setCurrentRow(BUFFALO_L)
    assert dialog.heading.text() == "buffalo_l"
    assert "research" in dialog.licence.text()
    assert "non-commercial research" in dialog.terms.toPlainText()
    assert "haven’t measured" in dialog.gives.text() and "publisher" in dialog.gives.text()
    assert not dialog.get.isEnabled()
    dialog.get.click()
    assert site.asked == []
    dialog.agree.click()
    assert dialog.get.isEnabled()
    dialog.list.setCurrentRow(BUFFALO_L - 1)
    assert not dialog.agree.isChecked(), "an agreement is to one pack's terms"


def test_a_pack_arrives_and_goes_again(qtbot: Any, dialog: PacksDialog, site: Site) -> None:
    dialog.list.setCurrentRow(BUFFALO_L)
    dialog.agree.click()
    dialog.get.click()
    qtbot.waitUntil(lambda: not dialog.use.isHidden())
    assert len(site.asked) == 1
    assert "downloaded, " in dialog.list.item(BUFFALO_L).text()
    assert (paths.models_dir() / "buffalo_l" / "pack.json").exists()
    dialog.remove.click()
    qtbot.waitUntil(lambda: "was removed" in dialog.message.text())
    qtbot.waitUntil(lambda: dialog.use.isHidden())
    assert not (paths.models_dir() / "buffalo_l").exists()


def test_a_failure_is_told_and_what_arrived_is_gone_on_from(
    qtbot: Any, dialog: PacksDialog, site: Site
) -> None:
    site.cut_after = 700_000
    dialog.list.setCurrentRow(BUFFALO_L)
    dialog.agree.click()
    dialog.get.click()
    qtbot.waitUntil(lambda: "connection was lost" in dialog.message.text())
    qtbot.waitUntil(lambda: dialog.get.text() == "Resume Download")
    assert "partially downloaded" in dialog.list.item(BUFFALO_L).text()
    dialog.agree.click()
    dialog.get.click()
    qtbot.waitUntil(lambda: not dialog.use.isHidden())
    assert site.asked[-1][1]["Range"] == "bytes=700000-"


def test_stopping_and_closing_end_the_transfer(
    qtbot: Any, dialog: PacksDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[Any] = []

    def slow(*_: Any, token: Any, progress: Any, **__: Any) -> None:
        tokens.append(token)
        progress(3_000_000_000, 4_000_000_000)
        token.wait(10)
        token.check()

    monkeypatch.setattr(packs, "get", slow)
    dialog.list.setCurrentRow(BUFFALO_L)
    for end in (dialog.cancel.click, dialog.close):
        dialog.agree.setChecked(True)
        dialog.get.click()
        qtbot.waitUntil(lambda: dialog.bar.isVisible() and dialog.bar.value() == 750)
        assert "of" in dialog.message.text() and not dialog.cancel.isHidden()
        end()
        qtbot.waitUntil(lambda: tokens[-1].cancelled)
        if dialog.isVisible():
            qtbot.waitUntil(lambda: "Download paused" in dialog.message.text())
            assert dialog.cancel.isHidden()
    assert len(tokens) == 2


class Packs:
    """Fake packs, by the folder that the settings name."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr(model_switch, "load_analyzer", self.load)
        window.services.pipeline._load = lambda: self.load(window.services.settings)

    def load(self, settings: Settings) -> FakeAnalyzer:
        folder = settings.models_folder
        if folder.endswith("broken"):
            raise UserError("The folder doesn’t contain a usable face detector.")
        if folder:
            return FakeAnalyzer(name="mine", dimension=64, seconds=self.seconds)
        return FakeAnalyzer(name="fake")


PEOPLE = ((1, 2), (1, 3), (2, 3), (1,), (2,), (3,), (1, 2, 3))


@pytest.fixture
def fake_packs(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Packs:
    return Packs(window, monkeypatch)


@pytest.fixture
def known(
    qtbot: Any, fake_packs: Packs, window: MainWindow, world: World, tmp_path: Path
) -> MainWindow:
    """A window over a library whose faces a first pack really saw."""
    for number, people in enumerate(PEOPLE):
        draw_photo(tmp_path / "drawn" / f"{number}.png", people, number=number)
    services = window.services
    services.submit(folders.add, str(tmp_path / "drawn")).result(60)
    services.rescan()
    services.wait_idle()
    return window


def press(button: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def row(window: MainWindow, query: str) -> Any:
    return window.services.query(lambda conn: conn.execute(query).fetchone()).result(60)


def start(qtbot: Any, dialog: PacksDialog, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    dialog._switch(str(folder), "Folder")


DECIDED = "SELECT group_concat(id || state || person_id) FROM face WHERE state = 'confirmed'"


def test_a_pack_is_tried_reported_used_and_gone_back_from(
    qtbot: Any, known: MainWindow, dialog: PacksDialog, tmp_path: Path
) -> None:
    decided = row(known, DECIDED)
    used = row(known, "SELECT value FROM setting WHERE key = 'model'")
    start(qtbot, dialog, tmp_path / "mine")
    panel = dialog.trial
    qtbot.waitUntil(lambda: panel.use.isVisible())
    assert dialog.pages.currentWidget() is panel and "mine" in panel.heading.text()
    text = panel.report.text()
    assert "stay with the same person" in text and "would be" in text and "confirmed" in text
    assert row(known, "SELECT value FROM setting WHERE key = 'model'") == used
    assert Settings.load(paths.settings_dir()).models_folder == ""
    assert "test finished" in known.status.text.text()

    press(panel.use)
    qtbot.waitUntil(lambda: "mine is in use" in dialog.message.text())
    assert Settings.load(paths.settings_dir()).models_folder == str(tmp_path / "mine")
    assert row(known, DECIDED) == decided
    known.services.wait_idle()
    assert row(known, DECIDED) == decided

    qtbot.waitUntil(lambda: dialog.turn.isVisible())
    press(dialog.turn)
    qtbot.waitUntil(lambda: panel.use.isVisible() and panel.use.text() == "Switch Back")
    press(panel.use)
    qtbot.waitUntil(lambda: "fake is in use" in dialog.message.text())
    assert Settings.load(paths.settings_dir()).models_folder == ""
    assert row(known, DECIDED) == decided


def test_the_old_pack_is_kept(
    qtbot: Any, known: MainWindow, dialog: PacksDialog, tmp_path: Path
) -> None:
    start(qtbot, dialog, tmp_path / "mine")
    qtbot.waitUntil(lambda: dialog.trial.use.isVisible())
    press(dialog.trial.keep)
    qtbot.waitUntil(lambda: "Nothing was changed" in dialog.message.text())
    assert dialog.pages.currentIndex() == 0
    qtbot.waitUntil(lambda: dialog.turn.isHidden())
    assert row(known, "SELECT count(*) FROM trial_embedding") == (0,)


def test_a_trial_is_stopped_and_gone_on_with(
    qtbot: Any, known: MainWindow, dialog: PacksDialog, fake_packs: Packs, tmp_path: Path
) -> None:
    fake_packs.seconds = 0.4
    start(qtbot, dialog, tmp_path / "mine")
    panel = dialog.trial
    qtbot.waitUntil(lambda: "of" in panel.message.text() and panel.stop.isVisible())
    qtbot.waitUntil(lambda: row(known, "SELECT count(*) FROM trial_photo")[0] > 0)
    qtbot.waitUntil(lambda: "Testing a model pack" in known.status.text.text())
    press(panel.stop)
    qtbot.waitUntil(lambda: panel.resume_button.isVisible())
    done = row(known, "SELECT count(*) FROM trial_photo")[0]
    known.services.trials.resume_interrupted()
    assert row(known, "SELECT 1") == (1,) and not known.services.trials.state.running
    fake_packs.seconds = 0.0
    press(panel.resume_button)
    qtbot.waitUntil(lambda: panel.use.isVisible())
    assert row(known, "SELECT count(*) FROM trial_photo")[0] > done > 0


def test_a_trial_goes_on_after_a_restart(
    qtbot: Any, known: MainWindow, dialog: PacksDialog, fake_packs: Packs, tmp_path: Path
) -> None:
    fake_packs.seconds = 0.4
    start(qtbot, dialog, tmp_path / "mine")
    trials = known.services.trials
    qtbot.waitUntil(lambda: trials.state.done > 0)
    assert trials.close(10)
    trials._closing = False
    fake_packs.seconds = 0.0
    known.bridge.opened.emit()
    qtbot.waitUntil(lambda: dialog.trial.use.isVisible())


def test_models_that_cannot_be_used_leave_the_former_ones(
    qtbot: Any, fake_packs: Packs, window: MainWindow, dialog: PacksDialog, tmp_path: Path
) -> None:
    start(qtbot, dialog, tmp_path / "broken")
    qtbot.waitUntil(lambda: "usable face detector" in dialog.message.text())
    assert window.services.settings.models_folder == ""
    assert not window.services.paused
    assert Settings.load(paths.settings_dir()).models_folder == ""


def test_a_library_without_analysed_faces_switches_at_once(
    qtbot: Any, fake_packs: Packs, window: MainWindow, dialog: PacksDialog, tmp_path: Path
) -> None:
    start(qtbot, dialog, tmp_path / "mine")
    qtbot.waitUntil(lambda: "is now in use" in dialog.message.text())
    assert Settings.load(paths.settings_dir()).models_folder == str(tmp_path / "mine")


def test_nothing_switches_faces_without_a_trial(known: MainWindow, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Test the new one first"):
        known.services.use_models(str(tmp_path)).result(60)
    assert known.services.settings.models_folder == ""
