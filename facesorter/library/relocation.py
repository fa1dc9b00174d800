"""Find watched folders that moved together with the library, as on a removable drive."""

from __future__ import annotations

import logging
import ntpath
import os
import posixpath
from pathlib import Path

from facesorter.domain import Folder
from facesorter.errors import UserError
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import folders as folder_rows
from facesorter.storage import library_settings

log = logging.getLogger(__name__)

PLACE = "place"
"""Key of the library's own folder when it was last opened for writing."""


def has_moved(txn: Transaction, directory: Path) -> bool:
    """Return whether the library was elsewhere when it was last opened."""
    return bool(library_settings.get(txn.connection, PLACE) != os.path.abspath(directory))


def relocate_folders(txn: Transaction, directory: Path) -> list[Folder]:
    """Record where the library is, and relocate folders that kept their place relative to it.

    Only folders that aren't where they were, and only to where their photos are. Not a decision.
    """
    here = os.path.abspath(directory)
    there = library_settings.get(txn.connection, PLACE)
    library_settings.put(txn.connection, PLACE, here)
    if not isinstance(there, str) or there == here:
        return []
    found = []
    for folder in folder_rows.every(txn.connection, watched_only=True):
        moved = beside(folder.path, there, here)
        if moved is None or os.path.isdir(folder.path):
            continue
        try:
            found.append(folders.relocate(txn, folder.id, moved))
        except UserError:  # something else is there: it stays offline, and the user may relocate it
            continue
        log.info("folder %d was found again beside the library", folder.id)
    return found


def beside(folder: str, there: str, here: str) -> str | None:
    """Return where a folder is if it moved with a library from ``there`` to ``here``.

    The former paths may be those of another system. None if the two were on different drives.
    """
    path = ntpath if ntpath.splitdrive(there)[0] or "\\" in there else posixpath
    try:
        relative = path.relpath(folder, there)
    except ValueError:
        return None
    parts = relative.replace("\\", "/").split("/") if path is ntpath else relative.split("/")
    return os.path.normpath(os.path.join(here, *parts))
