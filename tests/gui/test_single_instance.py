"""A second start joins the first: its folders arrive there, and no second window opens."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facesorter.gui.start import single_instance
from facesorter.gui.start.single_instance import REQUESTS, FileOpens, SingleInstance
from tests.support.starting import environment, start, wait_for


def test_second_start_hands_its_folders_over(tmp_path: Path) -> None:
    photos = tmp_path / "Fotos léto #1"
    photos.mkdir()
    stamp = tmp_path / "stamp"
    first = start(tmp_path, stamp)
    try:
        wait_for(stamp)
        code = "import sys; from facesorter.__main__ import main; sys.exit(main())"
        library = tmp_path / "library"
        # A relative path: the first start has another current folder.
        words = ["--library", str(library), os.path.join(".", photos.name)]
        second = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=environment(tmp_path) | {"PYTHONPATH": os.getcwd()},
            cwd=tmp_path,
            timeout=60,
        )
        assert second.returncode == 0
        assert first.poll() is None, "the first one lives on"
        assert not list((library / REQUESTS).iterdir())
        limit = time.monotonic() + 15
        while folders(library) != [str(photos)]:
            assert time.monotonic() < limit, "the folder did not arrive"
            time.sleep(0.1)
    finally:
        first.terminate()
        first.wait(20)


def folders(library: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{library / 'library.db'}?mode=ro", uri=True)) as connection:
        return [path for (path,) in connection.execute("SELECT path FROM folder")]


def test_requests_arrive_and_are_removed(tmp_path: Path, qtbot: QtBot) -> None:
    instance = SingleInstance(tmp_path)
    assert instance.enter([])
    (tmp_path / REQUESTS).mkdir()
    (tmp_path / REQUESTS / "1.json").write_text("not JSON")
    (tmp_path / REQUESTS / "2.json").write_text('{"paths": ["/a", 7], "token": null}')
    with qtbot.waitSignal(instance.requested) as heard:
        instance.open()
    assert heard.args == [["/a"]]
    (tmp_path / REQUESTS / "3.json").write_text('{"paths": []}')
    with qtbot.waitSignal(instance.requested, timeout=8000) as heard:
        pass
    assert heard.args == [[]]
    assert not list((tmp_path / REQUESTS).glob("[23].json"))
    instance.close()


def test_window_that_does_not_answer_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "ANSWER_SECONDS", 0.2)
    # Held by this very process, which never listens: as a window that hangs.
    deaf = SingleInstance(tmp_path)
    assert deaf.enter([])
    assert SingleInstance(tmp_path).enter(["/photos"]), (
        "the library then says that it is open elsewhere"
    )
    assert not list((tmp_path / REQUESTS).iterdir()), "the request was withdrawn"
    deaf.close()
    assert SingleInstance(tmp_path).enter([])


def test_what_macos_opens_arrives(qtbot: QtBot, qapp: QApplication) -> None:
    opens = FileOpens(qapp)
    try:
        with qtbot.waitSignal(opens.requested) as heard:
            QApplication.sendEvent(qapp, QFileOpenEvent("/Users/anna/Pictures"))
        assert heard.args == [["/Users/anna/Pictures"]]
    finally:
        qapp.removeEventFilter(opens)


def test_lock_of_a_program_that_died_is_nobodys(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; "
        "from facesorter.gui.start.single_instance import SingleInstance; "
        "instance = SingleInstance(Path(sys.argv[1])); assert instance.enter([]); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / single_instance.LOCK).exists()
    assert SingleInstance(tmp_path).enter([])
