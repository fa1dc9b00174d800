"""The system's trash, for photos that the user no longer wants."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from facesorter.domain import Photo
from facesorter.errors import Message, UserError

_FIXED = 3  # DRIVE_FIXED of the Windows headers
_NO_TRASH = Message("This drive has no trash, so the photo stays there.")


def move_photos(photos: Sequence[Photo]) -> list[tuple[str, Message]]:
    """Move the files of photos to the trash, as `move_to_trash`; not those of absent drives."""
    away = Message("The drive isn’t connected.")
    failed = [(photo.path, away) for photo in photos if photo.unplugged]
    return failed + move_to_trash([photo.path for photo in photos if not photo.unplugged])


def require_kept(kept: Sequence[Photo]) -> None:
    """Make sure that the photo for whose sake duplicates are moved is there, as it is known.

    Raises:
        UserError: None of these files is: the library may not know yet what happened on the disk.
    """
    if any(_as_known(photo) for photo in kept):
        return
    raise UserError(
        "The photo to keep has moved or changed, or its drive isn’t connected. Nothing was moved."
    )


def removable(kept: Photo, others: Sequence[Photo]) -> list[Photo]:
    """Return the copies that may go because one is kept: none unless it is there, as it is known.

    A copy that was changed since stays, and so does the kept file itself under another path.
    """
    there = _as_known(kept)
    if there is None:
        return []
    states = [(other, _as_known(other)) for other in others]
    return [other for other, state in states if state and not os.path.samestat(state, there)]


def _as_known(photo: Photo) -> os.stat_result | None:
    """Return the state of a photo's file; None if it can't be read or was changed."""
    try:
        stat = os.stat(photo.path)
    except OSError:
        return None
    known = (stat.st_size, stat.st_mtime_ns) == (photo.size, photo.mtime_ns)
    return stat if known else None


def move_to_trash(
    paths: Sequence[str], progress: Callable[[int, int], object] = lambda done, total: None
) -> list[tuple[str, Message]]:
    """Move files to the trash, from which the user can restore them. Thread: any; blocks.

    A file that can't be moved there stays where it is. Through send2trash (BSD), which uses the
    trash of Windows, macOS and freedesktop.org, and that of a removable drive on the drive itself.
    Windows itself deletes at once from network drives, memory cards and sticks, which have no
    trash: files there are refused.

    Args:
        paths: Absolute paths.
        progress: Called after each file with the number done and the total.

    Returns:
        The path of each file that couldn't be moved, and why.
    """
    from send2trash import send2trash
    from send2trash.exceptions import TrashPermissionError

    failed: list[tuple[str, Message]] = []
    for done, path in enumerate(paths):
        try:
            if not os.path.lexists(path):
                failed.append((path, Message("The file no longer exists.")))
            elif _drive_type(path) not in (None, _FIXED):
                failed.append((path, _NO_TRASH))
            else:
                send2trash(path)
        except TrashPermissionError:
            failed.append((path, _NO_TRASH))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            failed.append((path, Message("It couldn’t be moved ({error}).", error=reason)))
        progress(done + 1, len(paths))
    return failed


def _drive_type(path: str) -> int | None:
    """Return Windows' type of the drive that a file is on, 0 if unknown; None on other systems."""
    if sys.platform == "win32":
        import ctypes

        root = ctypes.create_unicode_buffer(1 << 15)
        kernel = ctypes.windll.kernel32
        folder = os.path.realpath(os.path.dirname(path))
        found = kernel.GetVolumePathNameW(folder, root, len(root))
        return int(kernel.GetDriveTypeW(root.value)) if found else 0
    return None
