"""The program started as a user would, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


def environment(tmp_path: Path) -> dict[str, str]:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return os.environ | home | {"QT_QPA_PLATFORM": "offscreen"}


def start(tmp_path: Path, stamp: Path) -> subprocess.Popen[bytes]:
    code = "import sys; from facesorter.__main__ import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, "--library", str(tmp_path / "library")],
        env=environment(tmp_path) | {"FACESORTER_PAINT_STAMP": str(stamp)},
    )


def wait_for(stamp: Path, seconds: float = 30) -> float:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if stamp.exists() and (text := stamp.read_text().strip()):
            return float(text)
        time.sleep(0.01)
    raise AssertionError("the window was not painted")
