"""A list model over numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Signal

from facesorter.domain import Changes
from facesorter.gui.grid.id_list_model import IdListModel


class FakeBridge(QObject):
    changed = Signal(object)

    def then(self, future: Future[Any], done: Any = None, **_: Any) -> None:
        done(future.result())


class NumberModel(IdListModel[int, str]):
    def __init__(self) -> None:
        self.bridge = FakeBridge()
        super().__init__(self.bridge)  # type: ignore[arg-type]
        self.reads: list[list[int]] = []
        self.suffix = ""
        self.broken = False

    def fetch_rows(self, ids: Sequence[int]) -> Iterable[tuple[int, str]]:
        if self.broken:
            raise sqlite3.OperationalError("database is locked")
        self.reads.append(list(ids))
        return [(each, f"{each}{self.suffix}") for each in ids]

    def text(self, row: str, role: int) -> Any:
        return row

    def concerned(self, changes: Changes) -> tuple[Iterable[int], bool]:
        return changes.photos, bool(changes.folders)
