"""Keep the library private from other users of the computer.

Only the owner can access the library's folder (0700) and its files (0600), including files that an
earlier version made readable. Windows protects the user's folders by itself.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

OURS = ("library.db", "library.lock", "grouping.npz", "map.npz", "analysing.json")
"""Prefixes of files in a library's folder that hold data about people."""
FOLDERS = ("snapshots", "logs", "models", "", "former-", "damaged-")
"""Prefixes of such folders."""


def make_private(directory: Path) -> None:
    """Restrict the library in ``directory`` to its owner.

    The folder itself only if it holds nothing but a library: the user may share other files in it.
    Does nothing on a disk without permissions.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        entries = list(directory.iterdir())
        ours = [entry for entry in entries if entry.name.startswith(OURS)]
        folders = [
            directory / name for name in ("snapshots", "logs") if (directory / name).is_dir()
        ]
        folders += [entry for entry in entries if entry.name.startswith(("former-", "damaged-"))]
        others = len(entries) - len(ours) - len(folders)
        for folder in folders:
            restrict(folder, 0o700)
        for file in [*ours, *(file for folder in folders for file in folder.iterdir())]:
            if file.is_file() and not file.is_symlink():
                restrict(file, 0o600)
        if not others:
            restrict(directory, 0o700)


def restrict(path: Path, mode: int) -> None:
    """Set the permissions of a file or folder unless they are already as strict."""
    with contextlib.suppress(OSError):
        now = path.stat().st_mode & 0o777
        if now & ~mode:
            path.chmod(now & mode)
