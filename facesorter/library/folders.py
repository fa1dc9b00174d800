"""The watched folders: add one, stop watching one, note whether one can be reached."""

from __future__ import annotations

import os
from pathlib import Path

from facesorter.domain import Folder, FolderId, FolderState
from facesorter.errors import UserError
from facesorter.library.transaction import Transaction, now
from facesorter.storage import folders, photos


def add(txn: Transaction, path: str) -> Folder:
    """Watch a folder; one that was watched before comes back with all that is known of it.

    A folder inside a watched one is that one; a folder around watched ones takes them in, so that
    no photo is ever in the library twice.

    Raises:
        UserError: the folder is not there or can't be read.
    """
    wanted = os.path.abspath(os.path.expanduser(path))
    if not os.path.isdir(wanted):
        raise UserError(f"{wanted} is not a folder. Choose a folder that holds photos.")
    if not os.access(wanted, os.R_OK | os.X_OK):
        raise UserError(f"The folder {wanted} can't be read. Check its permissions.")
    known = folders.every(txn.connection)
    for folder in known:
        if folder.path == wanted or (folder.watched and _inside(wanted, folder.path)):
            folders.set_watched(txn.connection, folder.id, True)
            txn.touch(folders=[folder.id])
            return _again(txn, folder.id)
    folder_id = folders.insert(txn.connection, wanted, now())
    for folder in known:
        if _inside(folder.path, wanted):
            _take_in(txn, folder, folder_id, wanted)
    txn.touch(folders=[folder_id])
    return _again(txn, folder_id)


def stop_watching(txn: Transaction, folder_id: FolderId) -> None:
    """Hide a folder's photos and stop looking at it; nothing of it is forgotten."""
    folders.set_watched(txn.connection, folder_id, False)
    txn.touch(folders=[folder_id])


def set_state(txn: Transaction, folder_id: FolderId, state: FolderState) -> None:
    """Note that a folder can, or can't, be reached."""
    folders.set_state(txn.connection, folder_id, state)
    txn.touch(folders=[folder_id])


def set_scanned(txn: Transaction, folder_id: FolderId) -> None:
    """Note that a folder was read through just now."""
    folders.set_scanned(txn.connection, folder_id, now())
    txn.touch(folders=[folder_id])


def _again(txn: Transaction, folder_id: FolderId) -> Folder:
    folder = folders.by_id(txn.connection, folder_id)
    assert folder is not None
    return folder


def _inside(path: str, root: str) -> bool:
    return path == root or Path(root) in Path(path).parents


def _take_in(txn: Transaction, inner: Folder, outer_id: FolderId, outer_path: str) -> None:
    prefix = Path(inner.path).relative_to(outer_path).as_posix()
    for relpath, known in photos.known(txn.connection, inner.id).items():
        photos.set_place(txn.connection, known.id, outer_id, f"{prefix}/{relpath}")
        txn.touch(photos=[known.id])
    folders.delete(txn.connection, inner.id)
    txn.touch(folders=[inner.id])
