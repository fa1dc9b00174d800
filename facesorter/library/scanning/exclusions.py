"""Folders that scans leave out: trash, thumbnails, and the insides of other programs.

The list is in docs/guide.md, too. A folder that the user added is never left out itself.
"""

from __future__ import annotations

import os
from collections.abc import Collection

NAMES = frozenset(
    name.casefold()
    for name in (
        # Synology, QNAP, and other network drives: thumbnails, trash, snapshots.
        *("@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "@tmp", "@sharebin"),
        # Windows.
        *("$RECYCLE.BIN", "RECYCLER", "RECYCLED", "System Volume Information", "$WinREAgent"),
        # Linux and macOS; those with a dot are skipped as any hidden folder.
        *("lost+found", "Network Trash Folder", "Temporary Items"),
        # Nextcloud and ownCloud.
        *("files_trashbin", "files_versions"),
    )
)
"""Names of folders, in lower case."""
LIBRARIES = {
    ".photoslibrary": ("originals", "masters"),
    ".photolibrary": ("originals", "masters"),
    ".migratedphotolibrary": ("originals", "masters"),
    ".aplibrary": ("masters",),
    ".lrdata": (),
}
"""Libraries of Apple Photos, iPhoto, and Aperture, previews of Lightroom: suffix of the folder, and
the folders in it that hold the user's own photos. The rest are smaller copies of them."""
MARKER = ".nomedia"
"""A file that says, on Android: the photos in this folder aren't the user's."""


def is_excluded(path: str) -> bool:
    """Return whether scans leave out a folder, given by its path, because of its name."""
    parent, name = os.path.split(path.casefold())
    if name in NAMES:
        return True
    parent = os.path.basename(parent)
    return any(parent.endswith(suffix) and name not in kept for suffix, kept in LIBRARIES.items())


def is_marked(names: Collection[str]) -> bool:
    """Return whether a folder with these files and folders in it is marked as not the user's."""
    return MARKER in names
