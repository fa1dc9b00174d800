"""The system's trash, for photos that the user no longer wants."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from facesorter.domain import Photo
from facesorter.errors import Message, UserError
from facesorter.files import modified_ns

_FIXED = 3  # DRIVE_FIXED of the Windows headers
_NO_TRASH = Message("This drive has no trash, so the photo stays there.")
_THE_KEPT_ONE = Message("This is the file of the photo to keep, under another path.")
_CHANGED = Message("The file has changed since it was compared.")


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
    if any(_is_as_known(photo) for photo in kept):
        return
    raise UserError(
        "The photo to keep has moved or changed, or its drive isn’t connected. Nothing was moved."
    )


def removable(kept: Photo, others: Sequence[Photo]) -> list[Photo]:
    """Return the copies that may go because one is kept: none unless it is there, as it is known.

    What `move_duplicates` refuses is left out.
    """
    if not _is_as_known(kept):
        return []
    return [
        other for other in others if _is_as_known(other) and not _is_one_file(other.path, kept.path)
    ]


def move_duplicates(photos: Sequence[Photo], kept: Sequence[Photo]) -> list[tuple[str, Message]]:
    """Move the files of duplicates of kept photos to the trash, as `move_photos`.

    Two kinds of file stay: one that has changed since it was compared, and the very file of a kept
    photo, which has two paths where a drive or folder is mounted twice, or by a link.
    """
    failed, moved = list[tuple[str, Message]](), list[Photo]()
    for photo in photos:
        if any(_is_one_file(photo.path, each.path) for each in kept):
            failed.append((photo.path, _THE_KEPT_ONE))
        elif _is_as_known(photo) is False:
            failed.append((photo.path, _CHANGED))
        else:
            moved.append(photo)
    return failed + move_photos(moved)


def _is_as_known(photo: Photo) -> bool | None:
    """Return whether a file is the one that the library knows; None if it can't be reached."""
    try:
        stat = os.stat(photo.path)
    except OSError:
        return None
    return (stat.st_size, modified_ns(stat)) == (photo.size, photo.mtime_ns)


def _is_one_file(one: str, other: str) -> bool:
    """Return whether one path is gone when the file at the other is moved away; not a hard link."""
    try:
        stat = os.stat(one)
        if not os.path.samestat(stat, os.stat(other)):
            return False
        if stat.st_nlink <= 1:
            return True
        same_name = os.path.basename(one).casefold() == os.path.basename(other).casefold()
        return same_name and os.path.samefile(os.path.dirname(one), os.path.dirname(other))
    except OSError:
        return False


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
