"""How much the thumbnails take, and the oldest gone when that is too much.

Every one can be made again, so a file that vanishes meanwhile, or won't go, is no failure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

KEEP: Final = 0.9
"""Share of the limit that is left after trimming, so that it does not happen at every start."""


def used(folder: Path) -> int:
    """Bytes of all files below a folder. Blocks: about a second per 100,000 files."""
    return sum(size for _, size, _ in _files(folder))


def trim(folder: Path, most: int) -> int:
    """Delete the files longest unchanged until at most ``most`` bytes remain; returns bytes freed.

    Nothing happens below the limit; beyond it, `KEEP` of it remains.
    """
    files = sorted(_files(folder))
    total = sum(size for _, size, _ in files)
    if total <= most:
        return 0
    freed = 0
    for _, size, path in files:
        if total - freed <= most * KEEP:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
            freed += size
    return freed


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Time of change, size and path of every file."""
    waiting = [os.fspath(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                with contextlib.suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    yield stat.st_mtime, stat.st_size, entry.path
