"""Ctrl+C or a logout during a scan: soon over, what was done is kept, the next run goes on."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests import command
from tests.app.album import fill, rows, statuses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="another kind of signal there")


@pytest.mark.parametrize(
    ("watch", "number"),
    [(False, "SIGINT"), (True, "SIGTERM")],
)
def test_interrupting_a_scan(tmp_path: Path, watch: bool, number: str) -> None:
    root, library = tmp_path / "Photos", tmp_path / "library"
    fill(root, 25)
    words = ["--library", library, "scan", root, "--workers", "1"]
    scan = command.start(tmp_path, *words, *(["--watch"] if watch else []))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if (library / "library.db").exists() and _analysed(library) >= 5:
            break
    scan.send_signal(getattr(signal, number))
    started = time.monotonic()
    try:
        _, err = scan.communicate(timeout=30)
    finally:
        scan.kill()
    assert time.monotonic() - started < 20
    assert scan.returncode == 130, err
    assert "interrupted" in err and "Traceback" not in err
    assert not list(library.glob("*-wal")), "the file alone is the library"
    assert not (library / "analysing.json").exists(), "no photo is blamed for it"
    kept = _analysed(library)
    assert kept >= 5
    ids = rows(library, "SELECT id, relpath FROM photo ORDER BY id")
    again = command.run(tmp_path, *words)
    assert again.returncode == 0, again.stderr
    assert set(statuses(library).values()) == {"analysed"}
    assert rows(library, "SELECT id, relpath FROM photo ORDER BY id") == ids


def _analysed(library: Path) -> int:
    try:
        found = rows(library, "SELECT count(*) FROM photo WHERE status = 'analysed'")
    except Exception:  # being made this very moment
        return 0
    return int(found[0][0])


def test_a_closed_terminal_ends_a_scan_in_order(tmp_path: Path) -> None:
    fill(tmp_path / "Photos", 5)
    library = tmp_path / "library"
    scan = command.start(tmp_path, "scan", tmp_path / "Photos", "--watch", "--library", library)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (library / "library.db").exists():
        time.sleep(0.05)
    time.sleep(0.5)
    for number in (signal.SIGHUP, signal.SIGTERM):  # as a desktop that logs out
        scan.send_signal(number)
    try:
        _, err = scan.communicate(timeout=30)
    finally:
        scan.kill()
    assert scan.returncode == 130, err
    assert not list(library.glob("*-wal")), "the file alone is the library"
