"""Add watched folders, stop watching them, record whether they can be reached."""

from __future__ import annotations

import os
from pathlib import Path

from facesorter.domain import Folder, FolderId, FolderState, PhotoId
from facesorter.errors import UserError
from facesorter.library.scanning import dating
from facesorter.library.scanning.exclusions import MARKER, is_excluded
from facesorter.library.transaction import Transaction, now
from facesorter.storage import folders, photos
from facesorter.storage.file_names import to_show


def add(txn: Transaction, path: str) -> Folder:
    """Watch a folder; one watched before returns with everything known about it.

    A folder inside a watched one adds nothing and returns that one. A folder around watched ones
    absorbs them, and takes its own photos over from an outer folder that is no longer watched. So
    no file is ever two photos.

    Raises:
        UserError: the folder doesn't exist or can't be read.
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
    """Stop watching a folder and hide its photos; keep everything known about them."""
    folders.set_watched(txn.connection, folder_id, False)
    txn.touch(folders=[folder_id])


def set_state(txn: Transaction, folder_id: FolderId, state: FolderState) -> None:
    """Record whether a folder can be reached."""
    folders.set_state(txn.connection, folder_id, state)
    txn.touch(folders=[folder_id])


def set_scanned(txn: Transaction, folder_id: FolderId) -> None:
    """Record that a folder was scanned just now."""
    folders.set_scanned(txn.connection, folder_id, now())
    txn.touch(folders=[folder_id])


def _again(txn: Transaction, folder_id: FolderId) -> Folder:
    folder = folders.by_id(txn.connection, folder_id)
    assert folder is not None
    return folder


def _within(path: str, root: str) -> str | None:
    """Return ``path`` relative to ``root``, as a scan of ``root`` would; '' if they are the same.

    None if a scan would not get there: elsewhere, in a hidden folder, or in one that scans leave
    out (see `exclusions`), unless the user adds that folder by itself. Links are resolved first, so
    that two names of a folder are the same folder.
    """
    try:
        relative = Path(os.path.realpath(path)).relative_to(os.path.realpath(root))
    except ValueError:
        return None
    reached = os.path.realpath(root)
    for part in relative.parts:
        reached = os.path.join(reached, part)
        if part.startswith(".") or is_excluded(reached):
            return None
        if os.path.exists(os.path.join(reached, MARKER)):
            return None
    return "/".join(relative.parts)


def _take_in(txn: Transaction, inner: Folder, outer_id: FolderId, place: str) -> None:
    """Move all photos of an inner folder to the outer one and delete the inner one."""
    for relpath, known in photos.known(txn.connection, inner.id).items():
        _settle(txn, known.id, outer_id, f"{place}/{relpath}")
    folders.delete(txn.connection, inner.id)
    txn.touch(folders=[inner.id])


def _take_out(txn: Transaction, outer: Folder, inner_id: FolderId, place: str) -> None:
    """Move an outer folder's photos inside an inner folder to the inner one."""
    prefix = f"{place}/"
    for relpath, known in photos.known(txn.connection, outer.id).items():
        if relpath.startswith(prefix):
            _settle(txn, known.id, inner_id, relpath.removeprefix(prefix))


def _settle(txn: Transaction, photo_id: PhotoId, folder_id: FolderId, relpath: str) -> None:
    there = photos.id_at(txn.connection, folder_id, relpath)
    if there is not None:
        # Two photos of one file, from when both folders were watched: the one in place stays, the
        # other is missing until its content turns up again.
        relpath = f".replaced/{photo_id}/{relpath.rpartition('/')[2]}"
        photos.set_missing(txn.connection, photo_id)
    photos.set_place(txn.connection, photo_id, folder_id, relpath)
    dating.date(txn, [photo_id])
    txn.touch(photos=[photo_id])
