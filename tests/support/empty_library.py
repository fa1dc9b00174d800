"""An empty library, made once: the steps of its schema take longer than many a test."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from facesorter.storage import opening
from facesorter.storage.database import DATABASE_NAME

_create = opening._create


@functools.cache
def image() -> bytes:
    """The file, as the program creates it."""
    with tempfile.TemporaryDirectory() as folder:
        _create(Path(folder))
        return (Path(folder) / DATABASE_NAME).read_bytes()


def create(directory: Path) -> None:
    """Create a library as the program does, from the image."""
    path = directory / DATABASE_NAME
    path.touch(0o600)
    path.write_bytes(image())
