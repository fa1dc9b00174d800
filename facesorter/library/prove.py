"""Prove that the originals are unchanged since they were first read. Writes nothing."""

from __future__ import annotations

import datetime
import html
import os
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facesorter.cancel import CancelToken
from facesorter.domain import FolderState
from facesorter.files import content_hash, modified_ns
from facesorter.storage import folders, photos
from facesorter.storage.file_names import to_show
from facesorter.storage.photos import CHUNK


@dataclass
class Proof:
    """What was found. Paths are as they are shown."""

    made_at: str
    """Local time, "2026-11-28T15:04:05"."""
    photos: int
    """Photos of the library that were to be looked at."""
    same: int = 0
    """Content, size, and time are those that were seen first."""
    edited: list[str] = field(default_factory=list)
    """Size or time differ: another program saved them, and the next scan reads them again."""
    changed: list[str] = field(default_factory=list)
    """The content differs, although size and time don't: a failing disk, or a silent edit."""
    missing: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    offline: int = 0
    """Photos in folders that aren't connected."""

    @property
    def whole(self) -> bool:
        """Whether no original is other than it should be."""
        return not (self.changed or self.missing or self.unreadable)


def prove(
    connection: sqlite3.Connection,
    token: CancelToken | None = None,
    sample: int | None = None,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> Proof:
    """Compare originals with their hash and time of first sight: all, or a random sample.

    ``progress`` is called with photos done, and all. Thread: any but the window's.

    Raises:
        Cancelled: the token was cancelled.
    """
    away = {
        folder.id
        for folder in folders.every(connection)
        if folder.state is FolderState.UNPLUGGED or not os.path.isdir(folder.path)
    }
    rows = connection.execute(
        "SELECT id FROM photo WHERE content_hash IS NOT NULL AND status != 'missing' ORDER BY id"
    )
    ids = [row[0] for row in rows]
    if sample is not None and sample < len(ids):
        ids = sorted(random.sample(ids, sample))
    now = datetime.datetime.now().isoformat(timespec="seconds")
    found = Proof(now, len(ids))
    done = 0
    for start in range(0, len(ids), CHUNK):
        for photo in photos.by_ids(connection, ids[start : start + CHUNK]):
            if token is not None:
                token.check()
            if photo.folder_id in away:
                found.offline += 1
            else:
                _look(found, photo.path, photo.size, photo.mtime_ns, photo.content_hash)
            done += 1
            progress(done, len(ids))
    return found


def _look(found: Proof, path: str, size: int, mtime_ns: int, digest: str | None) -> None:
    try:
        about = os.stat(path)
        if (about.st_size, modified_ns(about)) != (size, mtime_ns):
            found.edited.append(to_show(path))
        elif content_hash(Path(path)) == digest:
            found.same += 1
        else:
            found.changed.append(to_show(path))
    except FileNotFoundError:
        found.missing.append(to_show(path))
    except OSError:
        found.unreadable.append(to_show(path))


def as_html(title: str, parts: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return a page with a heading and lines for each part; needs nothing from anywhere else."""
    body = "".join(
        f"<h2>{html.escape(heading)}</h2>"
        + "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        for heading, lines in parts
    )
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title></head>"
        f'<body style="font-family: sans-serif"><h1>{html.escape(title)}</h1>{body}</body></html>'
    )
