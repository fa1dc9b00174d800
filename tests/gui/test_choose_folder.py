"""A folder is chosen: the one whose path was typed, and no other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from facesorter.gui.base.choose_folder import choose_folder


def test_one_folder_is_chosen_where_the_dialog_reports_its_parent_too(
    qtbot: Any, tmp_path: Path
) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    parent = QWidget()
    qtbot.addWidget(parent)
    chosen: list[str] = []
    choose_folder(parent, "Add Folder", chosen.append, str(tmp_path))
    dialog = parent.findChild(QFileDialog)
    dialog.filesSelected.emit([str(inner.parent), str(inner)])
    dialog.filesSelected.emit([str(inner), str(inner.parent)])
    assert chosen == [str(inner)] * 2


def test_a_typed_path_is_chosen(qtbot: Any, tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    chosen: list[str] = []
    choose_folder(parent, "Add Folder", chosen.append, str(tmp_path))
    dialog = parent.findChild(QFileDialog)
    dialog.selectFile(str(inner))
    dialog.accept()
    assert [os.path.normpath(each) for each in chosen] == [str(inner)]
