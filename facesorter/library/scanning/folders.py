"""The watched folders: add one, stop watching one, note whether one can be reached."""

from __future__ import annotations

import os
from pathlib import Path

from facesorter.domain import Folder, FolderId, FolderState, PhotoId
from facesorter.errors import UserError
from facesorter.library.transaction import Transaction, now
from facesorter.storage import folders, photos
from facesorter.storage.file_names import to_show


def add(txn: Transaction, path: str) -> Folder:
    """Watch a folder; one that was watched before comes back with all that is known of it.

    A folder inside a watched one is that one; a folder around others takes them in, and takes over
    what is known of it from one around it that is watched no more. So no file is ever two photos.

    Raises:
        UserError: the folder is not there or can't be read.
    """
    wanted = os.path.abspath(os.path.expanduser(path))
    if not os.path.isdir(wanted):
        raise UserError(
            "{folder} isn’t a folder. Choose a folder that contains photos.",
            folder=to_show(wanted),
        )
    if not os.access(wanted, os.R_OK | os.X_OK):
        raise UserError(
            "The folder {folder} can’t be read. Check its permissions.", folder=to_show(wanted)
        )
    known = folders.every(txn.connection)
    for folder in known:
        if folder.watched and _within(wanted, folder.path) is not None:
            txn.request_scan(folder.id)
            return folder
    same = [folder for folder in known if _within(wanted, folder.path) == ""]
    folder_id = same[0].id if same else folders.insert(txn.connection, wanted, now())
    folders.set_watched(txn.connection, folder_id, True)
    for folder in known:
        inner = _within(folder.path, wanted)
        if inner:
            _take_in(txn, folder, folder_id, inner)
        outer = _within(wanted, folder.path)
        if outer:
            _take_out(txn, folder, folder_id, outer)
    txn.request_scan(folder_id)
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


def _within(path: str, root: str) -> str | None:
    """Where ``path`` lies below ``root`` as a scan of ``root`` meets it; '' if they are the same.

    None where a scan never gets there: elsewhere, or in a hidden folder. Links are followed first,
    so that one folder under two names is one folder.
    """
    try:
        relative = Path(os.path.realpath(path)).relative_to(os.path.realpath(root))
    except ValueError:
        return None
    if any(part.startswith(".") for part in relative.parts):
        return None
    return "/".join(relative.parts)


def _take_in(txn: Transaction, inner: Folder, outer_id: FolderId, place: str) -> None:
    """Give all photos of a folder inside another to the latter, and forget the former."""
    for relpath, known in photos.known(txn.connection, inner.id).items():
        _settle(txn, known.id, outer_id, f"{place}/{relpath}")
    folders.delete(txn.connection, inner.id)
    txn.touch(folders=[inner.id])


def _take_out(txn: Transaction, outer: Folder, inner_id: FolderId, place: str) -> None:
    """Give the photos of a folder that lie inside another to the latter."""
    prefix = f"{place}/"
    for relpath, known in photos.known(txn.connection, outer.id).items():
        if relpath.startswith(prefix):
            _settle(txn, known.id, inner_id, relpath.removeprefix(prefix))


def _settle(txn: Transaction, photo_id: PhotoId, folder_id: FolderId, relpath: str) -> None:
    there = photos.id_at(txn.connection, folder_id, relpath)
    if there is not None:
        # Two photos of one file, from a time when both folders were watched: the one that is in
        # its place stays, the other is missing until its content turns up again.
        relpath = f".replaced/{photo_id}/{relpath.rpartition('/')[2]}"
        photos.set_missing(txn.connection, photo_id)
    photos.set_place(txn.connection, photo_id, folder_id, relpath)
    txn.touch(photos=[photo_id])
