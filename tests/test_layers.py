"""Imports go one way, nothing heavy comes early."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    *(
        "numpy",
        "cv2",
        "onnxruntime",
        "onnx",
        "sklearn",
        "hdbscan",
        "insightface",
        "scipy",
        "PIL",
        "numba",
    ),
    *("pi_heif", "sqlite_utils", "skimage", "watchdog", "rawpy", "pylibjxl"),
}
"""What takes 60 ms and more to import each; some take seconds."""


def imported(code: str) -> set[str]:
    """The top names of all modules that are there after running some code in a fresh process."""
    tell = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", tell],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_a_command_needs_no_qt(tmp_path: Path) -> None:
    words = ["people", "--library", str(tmp_path)]
    code = f"from facesorter.cli.main import main; main({words})"
    present = imported(code)
    assert "facesorter" in present
    assert not present & {"PySide6", "shiboken6"}


@pytest.mark.parametrize(
    "module",
    [
        "facesorter.__main__",
        "facesorter.app.services",
        "facesorter.cli.main",
        "facesorter.gui.dialogs.export",
        "facesorter.gui.start.application",
    ],
)
def test_nothing_heavy_comes_before_a_window_or_command(module: str) -> None:
    assert not imported(f"import {module}") & HEAVY


def test_the_check_for_heavy_modules_sees_them() -> None:
    assert "numpy" in imported("import facesorter.faces.analyzer") & HEAVY
