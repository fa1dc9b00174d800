"""The system's trash, for photos that the user no longer wants."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from facesorter.errors import Message


def move_to_trash(
    paths: Sequence[str], progress: Callable[[int, int], object] = lambda done, total: None
) -> list[tuple[str, Message]]:
    """Move files to the trash, from which the user can restore them. Thread: any; blocks.

    A file that can't be moved there stays where it is; nothing is ever deleted. Through send2trash
    (BSD), which uses the trash of Windows, macOS and freedesktop.org, and that of a removable
    drive on the drive itself.

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
            else:
                send2trash(path)
        except TrashPermissionError:
            failed.append((path, Message("This drive has no trash, so the photo stays there.")))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            failed.append((path, Message("It couldn’t be moved ({error}).", error=reason)))
        progress(done + 1, len(paths))
    return failed
