"""Atomic writing and hashing of files."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

KEPT_NAME = 40
"""Characters at the end of a name that its temporary file has: of the 255 bytes that names may
have, they leave room for the rest."""

LAST_NS = 2**63 - 1
"""The largest of SQLite's integers; as nanoseconds since 1970, a day in 2262."""

STALE = 60.0
"""Seconds after which a half-written file is one that a killed program left."""

_PARTIAL = re.compile(r"\.(.+)\.\d+-\d+\.partial")

SAMPLED_HEAD = 1 << 17
"""Bytes at the start that `sample_hash` reads: a JPEG's Exif and XMP have up to 64 KiB each."""
SAMPLED_TAIL = 1 << 15
"""Bytes at the end: PNG and TIFF may have their metadata there."""
SAMPLED_PLACES, SAMPLED_BLOCK = 4, 1 << 12
"""Places between, and bytes at each."""


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = False, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path to write to, and atomically replace ``path`` by it at the end.

    A partial file never appears: not after an error, a kill or, with ``sync``, a power cut. The
    folder must exist. Several threads may write to one path; the last one wins.

    Args:
        path: The file to create or replace.
        sync: Flush the data to disk before replacing the old file; costs an fsync.
        private: Make the file readable only by its owner, if the system supports that.

    Raises:
        OSError: The disk is full or can't be written. The previous file is unchanged.
    """
    # A link stays one, unless it leads nowhere: people keep settings and sidecars elsewhere.
    path = path.resolve() if path.is_symlink() and path.exists() else path
    # Unique per thread, and in the same folder: only there is renaming atomic.
    partial = path.with_name(
        f".{path.name[-KEPT_NAME:]}.{os.getpid()}-{threading.get_ident()}.partial"
    )
    try:
        if private:
            os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        yield partial
        if sync:
            # Writable: Windows refuses to flush files opened for reading.
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes, *, sync: bool = False, private: bool = False) -> None:
    """Write a file atomically, creating its folder if needed; see `replacing`.

    Raises:
        OSError: The disk is full or can't be written. The previous file is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, sync=sync, private=private) as partial:
        partial.write_bytes(data)


def remove_partials(directory: Path, suffixes: tuple[str, ...] = ("",)) -> None:
    """Remove files that a killed program left half-written.

    Args:
        directory: Where it wrote.
        suffixes: Endings, in lower case, of the only names that it writes there.
    """
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            found = _PARTIAL.fullmatch(entry.name)
            if found is None or not found[1].lower().endswith(suffixes):
                continue
            with contextlib.suppress(OSError):
                if time.time() - entry.stat().st_mtime > STALE:
                    os.unlink(entry.path)


def modified_ns(stat: os.stat_result) -> int:
    """Return when a file was last modified, in nanoseconds since 1970, as a library can store it.

    Broken drives, clocks and programs leave times tens of thousands of years away. SQLite's
    integers end in 2262, and a single larger one would keep all photos of its batch from being
    saved.
    """
    return stored_ns(stat.st_mtime_ns)


def stored_ns(time_ns: int) -> int:
    """Return a time in nanoseconds, at most the last one that SQLite can store."""
    return max(-LAST_NS - 1, min(time_ns, LAST_NS))


def content_hash(content: Path | bytes) -> str:
    """Hash a photo's content for identification: 16 bytes of blake2b, in hexadecimal.

    Raises:
        OSError: The file can't be read.
    """
    if isinstance(content, bytes):
        return hashlib.blake2b(content, digest_size=16).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def sample_hash(content: Path | bytes) -> str:
    """Hash a file's size, ends, and some places between, to notice an edit without reading it all.

    Edits that keep a file's size and time are of its metadata, which most formats have at an end.

    Raises:
        OSError: The file can't be read.
    """
    if isinstance(content, bytes):
        return _sample(io.BytesIO(content), len(content))
    with content.open("rb") as file:
        return _sample(file, os.fstat(file.fileno()).st_size)


def _sample(file: BinaryIO, size: int) -> str:
    digest = hashlib.blake2b(str(size).encode(), digest_size=8)
    if size <= SAMPLED_HEAD + SAMPLED_TAIL:
        digest.update(file.read())
        return digest.hexdigest()
    digest.update(file.read(SAMPLED_HEAD))
    between = size - SAMPLED_HEAD - SAMPLED_TAIL
    for part in range(SAMPLED_PLACES):
        file.seek(SAMPLED_HEAD + between * part // SAMPLED_PLACES)
        digest.update(file.read(SAMPLED_BLOCK))
    file.seek(size - SAMPLED_TAIL)
    digest.update(file.read())
    return digest.hexdigest()


def sha256(content: Path | bytes) -> str:
    """Return the SHA-256 of a file or bytes, in hexadecimal.

    Raises:
        OSError: The file can't be read.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
