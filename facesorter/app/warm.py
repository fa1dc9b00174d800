"""Read native libraries into the file cache before they are imported.

Loading a shared library holds the interpreter, and from a cold disk that takes long enough for the
window to stutter. Reading the same files beforehand does not hold it, and makes loading quick.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path

SUFFIXES = (".so", ".pyd", ".dylib", ".dll")
BLOCK = 1 << 20
"""Bytes read at a time."""


def read_ahead(*packages: str) -> None:
    """Read the native libraries of installed packages, without importing them. Thread: not GUI."""
    for package in packages:
        spec = None if package in sys.modules else importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec is not None else []:
            # Wheels keep what they bring along beside the package: numpy and numpy.libs.
            for place in (Path(folder), Path(f"{folder}.libs")):
                for path in sorted(place.rglob("*")):
                    if path.suffix in SUFFIXES or ".so." in path.name:
                        _read(path)


def _read(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass
