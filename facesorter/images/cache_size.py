"""Size limit of the thumbnail cache, enforced by deleting the oldest files.

Thumbnails can be recreated, so files that vanish meanwhile or can't be deleted are ignored.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

KEEP: Final = 0.9
"""Share of the limit that remains after trimming, so that not every start has to trim."""


def used(folder: Path) -> int:
    """Return the total size in bytes of all files below a folder.

    Blocks: about a second per 100,000 files.
    """
    return sum(size for _, size, _ in _files(folder))


def trim(folder: Path, most: int) -> int:
    """Delete the least recently modified files of a folder that exceeds ``most`` bytes.

    Does nothing below the limit; above it, at most `KEEP` of the limit remains.

    Returns:
        Number of bytes freed.
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
    """Yield modification time, size in bytes and path of every file."""
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
