"""Record which photos are being analyzed, so that a photo crashes the program at most twice.

A crashing decoder takes the whole process with it, and the photo would be first in line at the next
start. So a small file beside the library names the photos being analyzed. Those it names at the
next start are *suspect*: analyzed alone, before all others. One that was alone when the program
died again is quarantined and skipped. Photos that were merely being analyzed when the computer was
switched off pass this check.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

from facesorter.domain import PhotoId

log = logging.getLogger(__name__)

FILE_NAME = "analysing.json"
_BLOCK = 512
"""Bytes; the file's length is a multiple, so that one write replaces all of what was there."""


class Guard:
    """The file of photos being analyzed. If it can't be written, only the protection is lost.

    Written without fsync: it must survive the death of the process, and a power cut is no evidence
    against a photo. Thread: any.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._length = 0
        self._in_works: dict[PhotoId, None] = {}
        self._alone = False
        self.suspects: dict[PhotoId, None] = {}
        """Photos to be analyzed alone."""

    def begin(self) -> list[PhotoId]:
        """Read what the last run left; returns photos to quarantine. The library must be locked."""
        in_works, suspects, alone = self._read()
        quarantined = [photo for photo in in_works if alone and photo in suspects]
        self.suspects = dict.fromkeys(
            photo for photo in [*suspects, *in_works] if photo not in quarantined
        )
        try:
            self._file = FileIO(self._path, "w+")
        except OSError as error:
            log.warning("photos in the works can't be noted: %s", error.strerror)
        self._length = 0
        # Those stay suspect until their row is written.
        self.suspects.update(dict.fromkeys(quarantined))
        self._write()
        return quarantined

    def enter(self, photo_id: PhotoId, *, alone: bool) -> None:
        """Record that a photo is about to be analyzed."""
        with self._lock:
            self._in_works[photo_id] = None
            self._alone = alone
            self._write()

    def leave(self, photo_id: PhotoId, *, survived: bool = True) -> None:
        """Record that its analysis has ended; one that survived is no longer suspect."""
        with self._lock:
            self._in_works.pop(photo_id, None)
            if survived:
                self.suspects.pop(photo_id, None)
            self._write()

    def forget(self, photo_ids: Iterable[PhotoId]) -> None:
        """Drop suspects that need not be analyzed alone any more."""
        with self._lock:
            for photo_id in photo_ids:
                self.suspects.pop(photo_id, None)
            self._write()

    def end(self) -> None:
        """Close the file, empty."""
        with self._lock:
            self._in_works.clear()
            self._write()
            if self._file is not None:
                self._file.close()
                self._file = None
                if not self.suspects:
                    self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[list[PhotoId], list[PhotoId], bool]:
        try:
            left = json.loads(self._path.read_bytes())
            lists = [
                [PhotoId(int(photo)) for photo in left[key]] for key in ("in_works", "suspects")
            ]
            return lists[0], lists[1], bool(left["alone"])
        except FileNotFoundError:
            return [], [], False
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("what was in the works at the last end can't be read")
            return [], [], False

    def _write(self) -> None:
        if self._file is None:
            return
        text = json.dumps(
            {
                "in_works": list(self._in_works),
                "suspects": list(self.suspects),
                "alone": self._alone,
            }
        )
        self._length = max(self._length, -(-len(text) // _BLOCK) * _BLOCK)
        try:
            self._file.seek(0)
            self._file.write(text.ljust(self._length).encode("ascii"))
        except OSError as error:
            log.warning("photos in the works can't be noted: %s", error.strerror)
            self._file.close()
            self._file = None
