"""Restore files that were just moved to the trash: the undo of `trash`.

That of freedesktop.org does: each file in ``files`` has a note of the same name in ``info``
(https://specifications.freedesktop.org/trash-spec/). macOS and Windows leave it to the user.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from facesorter.errors import Message

SLACK = 2.0
"""Seconds by which a drive's clock may be behind this computer's, or round: FAT counts by two."""
_GONE = Message("The photo is no longer in the trash.")
_OCCUPIED = Message("There’s another file in its place now.")
_NO_FOLDER = Message("Its folder no longer exists.")


class _Kept(NamedTuple):
    """A file in the trash."""

    changed: float
    """When it was moved there, in seconds since 1970."""
    file: Path
    note: Path


def can_restore() -> bool:
    """Return whether this system's trash says where its files were."""
    return sys.platform not in ("win32", "darwin")


def restore(paths: Sequence[str], since: float) -> list[tuple[str, Message]]:
    """Move files from the trash back to where they were. Thread: any; blocks.

    Nothing is ever replaced: a file whose place is taken stays in the trash.

    Args:
        paths: Absolute paths that were moved to the trash.
        since: Before that, in seconds since 1970, nothing of them was moved there.

    Returns:
        The path of each file that couldn't be put back, and why.
    """
    kept: dict[str, _Kept] = {}
    for trash, top in dict.fromkeys(each for path in paths for each in _trashes(path)):
        for path, found in _moved(trash, top, since - SLACK):
            kept[path] = max(found, kept.get(path, found))
    failed = []
    for path in paths:
        why = _GONE if path not in kept else _put_back(kept[path], path)
        if why is not None:
            failed.append((path, why))
    return failed


def _trashes(path: str) -> Iterator[tuple[Path, str]]:
    """Yield the trashes in which a file may be, and what paths in their notes begin with."""
    from send2trash import plat_other as system

    yield Path(os.fsdecode(system.HOMETRASH_B)), os.fsdecode(system.XDG_DATA_HOME)
    top = os.fsdecode(system.find_mount_point(os.path.dirname(path)))
    yield Path(top, ".Trash", str(os.getuid())), top
    yield Path(top, f".Trash-{os.getuid()}"), top


def _moved(trash: Path, top: str, since: float) -> Iterator[tuple[str, _Kept]]:
    """Yield what was moved to a trash since then, by the path that it had."""
    try:
        notes = [note for note in os.scandir(trash / "info") if note.stat().st_mtime >= since]
    except OSError:
        return
    for note in notes:
        try:
            lines = Path(note.path).read_bytes().splitlines()
        except OSError:
            continue
        original = next((line[5:] for line in lines if line.startswith(b"Path=")), None)
        if original is not None and note.name.endswith(".trashinfo"):
            path = os.path.normpath(os.path.join(top, os.fsdecode(unquote_to_bytes(original))))
            file = trash / "files" / note.name.removesuffix(".trashinfo")
            yield path, _Kept(note.stat().st_mtime, file, Path(note.path))


def _put_back(kept: _Kept, path: str) -> Message | None:
    """Move a file out of the trash; return why it can't be."""
    if not os.path.isdir(os.path.dirname(path)):
        return _NO_FOLDER
    try:
        try:
            # Unlike a rename, a link never replaces what somebody puts there meanwhile.
            os.link(kept.file, path, follow_symlinks=False)
        except FileExistsError:
            return _OCCUPIED
        except FileNotFoundError:
            return _GONE
        except OSError:
            # A file system without links, such as FAT.
            if os.path.lexists(path):
                return _OCCUPIED
            os.rename(kept.file, path)
        else:
            kept.file.unlink()
        kept.note.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Message("It couldn’t be moved ({error}).", error=reason)
    return None
