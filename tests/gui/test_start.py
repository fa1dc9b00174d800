"""Start-up and close: painted quickly, nothing heavy before, nothing lost after."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facesorter.gui.start import crash
from tests.support.starting import environment, start, wait_for

HEAVY = {
    "numpy",
    "cv2",
    "onnxruntime",
    "sklearn",
    "hdbscan",
    "insightface",
    "PIL",
    "sqlite_utils",
    "scipy",
    "onnx",
    "numba",
}

PROBE = """
import sys
from pathlib import Path
from facesorter.gui.start import application
from facesorter.gui.window.main_window import MainWindow

def report():
    names = {name.partition(".")[0] for name in sys.modules}
    Path(sys.argv[2]).write_text("\\n".join(sorted(names)))

shown = MainWindow._after_first_paint
def first(window):
    report()
    shown(window)
    from PySide6.QtCore import QTimer
    QTimer.singleShot(200, window.close)
MainWindow._after_first_paint = first
sys.exit(application.run(Path(sys.argv[1]), []))
"""


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    names = tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "library"), str(names)],
        env=environment(tmp_path),
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    imported = set(names.read_text().split())
    assert "PySide6" in imported
    assert imported & HEAVY == set()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on a terminal")
def test_ending_the_session_closes_properly(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    begun = time.monotonic()
    process = start(tmp_path, stamp)
    try:
        painted = wait_for(stamp)
        # Generous here, since tests share the machine; the real figure is in test_start_speed.
        assert painted - begun < 10
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
    assert (tmp_path / "library" / "library.db").exists()


@pytest.mark.slow
def test_the_window_is_painted_within_a_second(tmp_path: Path) -> None:
    best = 99.0
    for attempt in range(3):
        stamp = tmp_path / f"stamp{attempt}"
        begun = time.monotonic()
        process = start(tmp_path, stamp)
        try:
            best = min(best, wait_for(stamp) - begun)
        finally:
            process.terminate()
            process.wait(15)
    assert best < 1.0


def test_crash_logs_name_nobody_and_do_not_pile_up(tmp_path: Path) -> None:
    for _ in range(crash.KEPT_LOGS + 5):
        try:
            raise ValueError(f"{Path.home()}/photos")
        except ValueError as error:
            path = crash.write(tmp_path / "logs", error)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert "ValueError: ~" in text and str(Path.home()) + "/" not in text.replace(__file__, "")
    assert len(list((tmp_path / "logs").glob("crash-*.log"))) == crash.KEPT_LOGS


def test_a_log_that_cannot_be_written_is_no_second_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert crash.write(blocked / "logs", ValueError("x")) is None
