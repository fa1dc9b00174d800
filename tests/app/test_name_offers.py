"""Names are looked for in new folders, and not once the library is closed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from facesorter.app.name_importer import NameImporter
from facesorter.cancel import CancelToken
from facesorter.domain import Changes, FolderId
from tests.app.album import CountingAnalyzer, at_work, fill


class Reader:
    """Reads names until it is canceled, and a little longer."""

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.reads = 0
        self.ended = False

    def read(self, _places: list[Path], *, token: CancelToken) -> Any:
        self.reads += 1
        self.reading.set()
        while not token.cancelled:
            time.sleep(0.001)
        time.sleep(0.2)
        self.ended = True
        token.check()


def test_the_library_is_closed_after_the_search_for_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, library, reader = tmp_path / "Photos", tmp_path / "library", Reader()
    fill(root, 2)
    monkeypatch.setattr(NameImporter, "read", lambda _, *args, **kw: reader.read(*args, **kw))
    with at_work(library, CountingAnalyzer(), root, watch=True) as services:
        assert reader.reading.wait(30)
    assert reader.ended, "closed while names were read from it"
    services.name_offers.on_changed(Changes(unscanned=frozenset((FolderId(1),))))
    services.name_offers.on_scanned(FolderId(1), 2)
    assert services.name_offers.stop(0) and reader.reads == 1, "nothing begins after the end"
