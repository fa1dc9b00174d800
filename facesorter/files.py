"""Write a file whole or not at all, and hash what is in one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = False, private: bool = False) -> Iterator[Path]:
    """Yield a path to write to; what was written there takes the place of ``path`` at the end.

    Nobody ever sees half a file: not after an error, a kill or, with ``sync``, a power cut. The
    folder has to exist. Several threads may write to one path; the last one's file stays.

    Args:
        path: The file to write or replace.
        sync: Have the data on the disk before the old file goes; costs an fsync.
        private: Let nobody but the owner read it, where the system knows such rights.

    Raises:
        OSError: the disk is full, or refuses. What was there before is still there.
    """
    # A name of this thread's own, in the same folder: only there is renaming atomic.
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        if private:
            os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        yield partial
        if sync:
            # Writable: Windows refuses to flush what was opened for reading.
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes, *, sync: bool = False, private: bool = False) -> None:
    """Write a file whole or not at all, and make its folder if need be; see `replacing`.

    Raises:
        OSError: the disk is full, or refuses. What was there before is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, sync=sync, private=private) as partial:
        partial.write_bytes(data)


def content_hash(content: Path | bytes) -> str:
    """The identity of a photo's content: blake2b of its bytes, 16 bytes, in hexadecimal.

    Raises:
        OSError: the file can't be read.
    """
    if isinstance(content, bytes):
        return hashlib.blake2b(content, digest_size=16).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def sha256(content: Path | bytes) -> str:
    """SHA-256 of a file or of bytes, in hexadecimal.

    Raises:
        OSError: the file can't be read.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
