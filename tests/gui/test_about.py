"""*About* shows the version and the licence of whatever the program is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from facesorter import __version__, paths
from facesorter.gui.dialogs.about import About, flowing, parts


def test_built_program_shows_what_was_collected(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"name": "one", "version": "1.0", "licence": "MIT", "text": "Do as you like."},
        {"name": "two", "version": "", "licence": "", "text": "Keep this notice."},
    ]
    (tmp_path / "licences.json").write_text(json.dumps(rows), encoding="utf-8")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    dialog = About()
    qtbot.addWidget(dialog)
    assert [dialog.list.item(row).text() for row in range(2)] == ["one 1.0 – MIT", "two"]
    assert dialog.text.toPlainText() == "Do as you like."
    dialog.list.setCurrentRow(1)
    assert dialog.text.toPlainText() == "Keep this notice."


def test_checkout_shows_the_models(qtbot: QtBot) -> None:
    assert {part.licence for part in parts()} >= {"MIT", "Apache-2.0"}
    assert all(len(part.text) > 500 for part in parts())
    dialog = About()
    qtbot.addWidget(dialog)
    assert any(__version__ in label.text() for label in dialog.findChildren(QLabel))


def test_lines_of_a_licence_flow() -> None:
    long = "Permission is hereby granted, free of charge, to any person obtaining"
    text = f"MIT License\n\nCopyright (c) Somebody\n\n  {long}\n  a copy of it.\n\n* one\n* two\n"
    assert flowing(text) == (
        f"MIT License\n\nCopyright (c) Somebody\n\n{long} a copy of it.\n\n* one\n* two"
    )
