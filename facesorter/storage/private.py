"""Keep what the library knows from other users of the computer.

Faces and names are nobody else's business: the library's folder is for its owner alone (0700), and
so are the files in it (0600), also where an earlier version made them readable. Windows keeps the
user's folders apart by itself.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

OURS = ("library.db", "library.lock", "grouping.npz", "map.npz", "analysing.json")
"""How the names begin of files in a library's folder that hold what is known of people."""
FOLDERS = ("snapshots", "logs", "models", "", "former-", "damaged-")
"""How the names begin of the folders there."""


def make_private(directory: Path) -> None:
    """Take away from others what they may do with the library in ``directory``.

    The folder itself only where nothing but a library is in it: a user may have chosen one that
    holds other things for others. A disk without such rights is left as it is.
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
    """Set the rights of a file or folder, unless they are that narrow already."""
    with contextlib.suppress(OSError):
        now = path.stat().st_mode & 0o777
        if now & ~mode:
            path.chmod(now & mode)
