"""Run the real program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(home: Path) -> dict[str, str]:
    """A fresh home, so that no test sees or leaves anything in the user's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    return kept | {"HOME": str(home), "LOCALAPPDATA": str(home), "APPDATA": str(home)}


def start(home: Path, *words: str | Path, **more: object) -> subprocess.Popen[str]:
    """Start ``facesorter`` with these words."""
    return subprocess.Popen(
        [sys.executable, "-m", "facesorter", *map(str, words)],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,  # type: ignore[call-overload] # passed on
    )


def run(home: Path, *words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run ``facesorter`` to its end."""
    process = start(home, *words, **more)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, err)
