"""Windows brought to where a test begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt

from facesorter.gui.base.places import PEOPLE
from facesorter.gui.people.person_page import PersonPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from facesorter.storage import embeddings
from tests.gui.conftest import ask, click


def give_looks(txn: Any, faces: list[int]) -> None:
    """The first three look like one person, the others like another."""
    model = embeddings.model_id(txn.connection, "made", "made", 8)
    random = np.random.default_rng(0)
    for number, face in enumerate(faces):
        vector = np.eye(8)[int(number >= 3)] + random.standard_normal(8) * 0.1
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        embeddings.put(txn.connection, face, model, unit)


def open_person(qtbot: Any, window: MainWindow, person_id: int, faces: int) -> PersonPage:
    window.go_to(PEOPLE)
    window.open_person(person_id)
    qtbot.waitUntil(lambda: window.person.faces.rowCount() == faces)
    return window.person


def select_photos(window: MainWindow, *rows: int) -> list[Path]:
    """Select photos in the grid; return their files."""
    view = window.photos.view
    view.setFocus()
    view.select_row(rows[0])
    for row in rows[1:]:
        click(view, row, Qt.KeyboardModifier.ControlModifier)
    found = ask(window.services, queries.photos, view.selected_ids())
    return [Path(photo.path) for photo in found]
