"""Packs in the window: terms first, then the way there, stopping, using, removing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facesorter import paths
from facesorter.app import packs
from facesorter.errors import UserError
from facesorter.gui.main_window import MainWindow
from facesorter.gui.packs_dialog import PacksDialog
from facesorter.settings import Settings
from tests.app.test_packs import archive, publish
from tests.desktop.server import Site, serving

BUFFALO_L = 3


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
    made = window.desk._open["models"]
    assert isinstance(made, PacksDialog)
    qtbot.waitUntil(lambda: made.list.count() == 5)
    return made


def test_the_bundled_pack_is_shown_first(dialog: PacksDialog) -> None:
    assert dialog.list.currentRow() == 0
    assert "in use" in dialog.list.item(0).text()
    assert dialog.use.text() == "In use" and not dialog.use.isEnabled()
    assert dialog.get.isHidden() and dialog.remove.isHidden() and dialog.agree.isHidden()
    assert "99.33" in dialog.gives.text() and "every use" in dialog.licence.text()


def test_terms_come_before_getting(dialog: PacksDialog, site: Site) -> None:
    dialog.list.setCurrentRow(BUFFALO_L)
    assert dialog.heading.text() == "buffalo_l"
    assert "research only" in dialog.licence.text()
    assert "non-commercial research" in dialog.terms.toPlainText()
    assert "not measured" in dialog.gives.text() and "publisher" in dialog.gives.text()
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
    qtbot.waitUntil(lambda: not dialog.use.isHidden(), timeout=10_000)
    assert len(site.asked) == 1
    assert "here" in dialog.list.item(BUFFALO_L).text()
    assert (paths.models_dir() / "buffalo_l" / "pack.json").exists()
    dialog.remove.click()
    qtbot.waitUntil(lambda: "is removed" in dialog.said.text())
    qtbot.waitUntil(lambda: dialog.use.isHidden())
    assert not (paths.models_dir() / "buffalo_l").exists()


def test_a_failure_is_told_and_what_arrived_is_gone_on_from(
    qtbot: Any, dialog: PacksDialog, site: Site
) -> None:
    site.cut_after = 700_000
    dialog.list.setCurrentRow(BUFFALO_L)
    dialog.agree.click()
    dialog.get.click()
    qtbot.waitUntil(lambda: "broke off" in dialog.said.text(), timeout=10_000)
    qtbot.waitUntil(lambda: dialog.get.text() == "Go on getting it")
    assert "partly here" in dialog.list.item(BUFFALO_L).text()
    dialog.agree.click()
    dialog.get.click()
    qtbot.waitUntil(lambda: not dialog.use.isHidden(), timeout=10_000)
    assert site.asked[-1][1]["Range"] == "bytes=700000-"


def test_stopping_and_closing_end_the_transfer(
    qtbot: Any, dialog: PacksDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[Any] = []

    def slow(*_: Any, token: Any, tell: Any, **__: Any) -> None:
        tokens.append(token)
        tell(3_000_000_000, 4_000_000_000)
        token.wait(10)
        token.check()

    monkeypatch.setattr(packs, "get", slow)
    dialog.list.setCurrentRow(BUFFALO_L)
    for end in (dialog.cancel.click, dialog.close):
        dialog.agree.setChecked(True)
        dialog.get.click()
        qtbot.waitUntil(lambda: dialog.bar.isVisible() and dialog.bar.value() == 750)
        assert "of" in dialog.said.text() and not dialog.cancel.isHidden()
        end()
        qtbot.waitUntil(lambda: tokens[-1].cancelled)
        if dialog.isVisible():
            qtbot.waitUntil(lambda: "What arrived is kept" in dialog.said.text())
            assert dialog.cancel.isHidden()
    assert len(tokens) == 2


def test_models_that_cannot_be_used_leave_the_former_ones(
    qtbot: Any, dialog: PacksDialog, window: MainWindow
) -> None:
    def load() -> Any:
        raise UserError("The model folder holds no face detector.")

    window.services.pipeline._load = load
    dialog._switch("/nowhere", "The folder")
    qtbot.waitUntil(lambda: "no face detector" in dialog.said.text(), timeout=10_000)
    assert window.services.settings.models_folder == ""
    assert not window.services.paused
    assert Settings.load(paths.settings_dir()).models_folder == ""


def test_using_a_pack_is_kept(qtbot: Any, dialog: PacksDialog, window: MainWindow) -> None:
    class Analyzer:
        name, sha256, dimension = "fake", "1" * 64, 4

    window.services.pipeline._load = lambda: Analyzer()  # type: ignore[assignment, return-value]
    dialog._switch("/models/mine", "The folder")
    qtbot.waitUntil(lambda: "is in use now" in dialog.said.text(), timeout=10_000)
    assert Settings.load(paths.settings_dir()).models_folder == "/models/mine"
    waiting = window.services.query(
        lambda conn: conn.execute("SELECT count(*) FROM photo WHERE status = 'pending'").fetchone()
    ).result(5)
    assert waiting[0] >= 0
    assert "fake" in window.services.query(
        lambda conn: [row[0] for row in conn.execute("SELECT name FROM model")]
    ).result(5)


def test_a_comparison_has_its_place(dialog: PacksDialog) -> None:
    assert dialog.report.isHidden()
    dialog.show_report("97 % agree.")
    assert not dialog.report.isHidden() and dialog.report.text() == "97 % agree."
    dialog.show_report("")
    assert dialog.report.isHidden()
