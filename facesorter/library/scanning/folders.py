"""Add watched folders, stop watching them, record whether they can be reached."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

from facesorter.domain import Folder, FolderId, FolderState, PhotoId
from facesorter.errors import UserError
from facesorter.library.scanning import dating
from facesorter.library.scanning.exclusions import MARKER, is_excluded
from facesorter.library.transaction import Transaction, now
from facesorter.storage import folders, photos
from facesorter.storage.file_names import to_show

SAMPLE: Final = 200
"""Photos looked for, at most, before a folder is taken for one that moved: if only one in 50 is
still there, one of 200 is found in 98 of 100 cases."""


def add(txn: Transaction, path: str) -> Folder:
    """Watch a folder; one watched before returns with everything known about it.

    A folder inside a watched one adds nothing but what was left out of it, and returns that one; if
    it is inside a folder that was left out, it is watched by itself. A folder around watched ones
    absorbs them, except in what was left out of it, and takes its own photos over from an outer
    folder that is no longer watched. So no file is ever two photos.

    Raises:
        UserError: the folder doesn't exist or can't be read.
    """
    wanted = _readable(path)
    known = folders.every(txn.connection)
    for folder in known:
        if folder.watched and (inside := _within(wanted, folder.path)) is not None:
            place = f"{inside}/" if inside else ""
            if any(place != left and place.startswith(left) for left in folder.left_out):
                continue
            for left in folder.left_out:
                if place and left.startswith(place):
                    folders.include(txn.connection, folder.id, left)
            txn.request_scan(folder.id)
            return _again(txn, folder.id)
    same = [folder for folder in known if _within(wanted, folder.path) == ""]
    folder_id = same[0].id if same else folders.insert(txn.connection, wanted, now())
    folders.set_watched(txn.connection, folder_id, True)
    folders.set_paused(txn.connection, folder_id, False)
    left_out = same[0].left_out if same else ()
    for folder in known:
        inner = _within(folder.path, wanted)
        if inner and not (folder.watched and f"{inner}/".startswith(left_out)):
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


def pause_watching(txn: Transaction, folder_id: FolderId, paused: bool) -> None:
    """Ignore changes in a folder until watching is resumed, which finds all of them."""
    folders.set_paused(txn.connection, folder_id, paused)
    txn.touch(folders=[folder_id])
    if not paused:
        txn.request_scan(folder_id)


def leave_out(txn: Transaction, folder_id: FolderId, place: str) -> None:
    """Leave a subfolder out of the library; everything known about its photos is kept.

    ``place`` is its relative path with a last "/". No photo is deleted or moved.
    """
    folders.leave_out(txn.connection, folder_id, place)
    hidden = [
        photo.id
        for relpath, photo in photos.known(txn.connection, folder_id).items()
        if relpath.startswith(place) and photo.status != "missing"
    ]
    # At once, rather than after the scan that would find it: its drive may be away.
    for photo_id in hidden:
        photos.set_missing(txn.connection, photo_id)
    txn.touch(photos=hidden)
    # A scan that is running may have passed these photos before, and records that they are there.
    txn.request_scan(folder_id)


def include(txn: Transaction, folder_id: FolderId, place: str) -> None:
    """Include a subfolder again; its photos return when the scan finds them."""
    folders.include(txn.connection, folder_id, place)
    txn.request_scan(folder_id)


def relocate(txn: Transaction, folder_id: FolderId, path: str, *, checked: bool = True) -> Folder:
    """Record that a watched folder is now elsewhere; its photos keep all that is known of them.

    ``checked=False`` takes any path, to undo a relocation.

    Raises:
        UserError: the folder can't be read, is part of another watched one or contains one, or has
            none of the photos.
    """
    wanted = _readable(path) if checked else path
    if checked:
        _check_apart(txn, folder_id, wanted)
        _check_photos(txn, folder_id, wanted)
    folders.set_path(txn.connection, folder_id, wanted)
    # Names of folders may be dates.
    dating.date(txn, [photo.id for photo in photos.known(txn.connection, folder_id).values()])
    txn.request_scan(folder_id)
    return _again(txn, folder_id)


def set_state(txn: Transaction, folder_id: FolderId, state: FolderState) -> None:
    """Record whether a folder can be reached."""
    folders.set_state(txn.connection, folder_id, state)
    txn.touch(folders=[folder_id])


def set_scanned(txn: Transaction, folder_id: FolderId) -> None:
    """Record that a folder was scanned just now."""
    folders.set_scanned(txn.connection, folder_id, now())
    txn.touch(folders=[folder_id])


def _readable(path: str) -> str:
    wanted = os.path.abspath(os.path.expanduser(path))
    if not path or not os.path.isdir(wanted):
        raise UserError(
            "{folder} isn’t a folder. Choose a folder that contains photos.",
            folder=to_show(wanted) if path else "“”",
        )
    if not os.access(wanted, os.R_OK | os.X_OK):
        raise UserError(
            "The folder {folder} can’t be read. Check its permissions.", folder=to_show(wanted)
        )
    return wanted


def _check_apart(txn: Transaction, folder_id: FolderId, wanted: str) -> None:
    for folder in folders.every(txn.connection):
        if folder.id == folder_id:
            continue
        same = _within(wanted, folder.path) == ""
        inside = folder.watched and _within(wanted, folder.path) is not None
        around = folder.watched and _within(folder.path, wanted) is not None
        if same or inside or around:
            raise UserError(
                "{folder} overlaps {other}, which is in the library already. Choose another "
                "folder.",
                folder=to_show(wanted),
                other=to_show(folder.path),
            )


def _check_photos(txn: Transaction, folder_id: FolderId, wanted: str) -> None:
    known = photos.known(txn.connection, folder_id)
    there = [relpath for relpath, photo in known.items() if photo.status != "missing"]
    sample = random.sample(there, min(SAMPLE, len(there)))
    for relpath in sample:
        try:
            if os.stat(os.path.join(wanted, *relpath.split("/"))).st_size == known[relpath].size:
                return
        except OSError:
            continue
    if sample:
        raise UserError(
            "None of the photos were found in {folder}. Choose the folder that contains them now, "
            "in the same subfolders.",
            folder=to_show(wanted),
        )


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
    known = photos.known(txn.connection, inner.id)
    for relpath, photo in known.items():
        _settle(txn, photo.id, outer_id, f"{place}/{relpath}")
    dating.date(txn, [photo.id for photo in known.values()])
    for left in inner.left_out:
        folders.leave_out(txn.connection, outer_id, f"{place}/{left}")
    folders.delete(txn.connection, inner.id)
    txn.touch(folders=[inner.id])


def _take_out(txn: Transaction, outer: Folder, inner_id: FolderId, place: str) -> None:
    """Move an outer folder's photos inside an inner folder to the inner one."""
    prefix, moved = f"{place}/", list[PhotoId]()
    for relpath, photo in photos.known(txn.connection, outer.id).items():
        if relpath.startswith(prefix):
            _settle(txn, photo.id, inner_id, relpath.removeprefix(prefix))
            moved.append(photo.id)
    dating.date(txn, moved)


def _settle(txn: Transaction, photo_id: PhotoId, folder_id: FolderId, relpath: str) -> None:
    there = photos.id_at(txn.connection, folder_id, relpath)
    if there is not None:
        # Two photos of one file, from when both folders were watched: the one in place stays, the
        # other is missing until its content turns up again.
        relpath = f".replaced/{photo_id}/{relpath.rpartition('/')[2]}"
        photos.set_missing(txn.connection, photo_id)
    photos.set_place(txn.connection, photo_id, folder_id, relpath)
    txn.touch(photos=[photo_id])
