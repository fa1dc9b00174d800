"""A library with people, and the commands over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter import logs
from facesorter.library import grouping
from facesorter.library.library import Library
from tests.library import made
from tests.support.programs import Program


@pytest.fixture
def program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Program:
    """The commands over a library with three people."""
    monkeypatch.setattr(logs, "start", lambda *_args, **_options: None)
    library = Library(tmp_path / "library")
    library.transact(lambda txn: made.fill(txn.connection, people=3, each=6, per_photo=1))
    work = grouping.Applying(
        grouping.propose(library.connection), grouping.state_of(library.connection)
    )
    library.transact(grouping.apply, work)
    library.close(snapshot=False)
    return Program(tmp_path, capsys)
