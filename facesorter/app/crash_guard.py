"""Record which photos are being analyzed, so that none crashes the program more than once.

A crashing decoder takes the whole process with it, and the photo would be first in line at the next
start. So a small file beside the library names the photos being analyzed. Those it names at the
next start are *suspect*: each is analyzed in a process of its own (`app.isolated`), before all
others. How the program ended is no evidence: it may have been killed, or the power was cut. Only a
photo that crashed its own process `CRASHES` times is set aside, until the user tries it again.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import Any

from facesorter.domain import PhotoId

log = logging.getLogger(__name__)

FILE_NAME = "analysing.json"
CRASHES = 2
"""Crashes of its own process after which a photo is set aside. One may be bad luck, such as memory
that another program needed just then."""
_BLOCK = 512
"""Bytes; the file's length is a multiple, so that one write replaces all of what was there."""


class CrashGuard:
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
        self.suspects: dict[PhotoId, int] = {}
        """Photos to be analyzed in a process of their own, with how often that crashed."""

    def begin(self) -> None:
        """Read what the last run left. The library must be locked."""
        in_works, suspects = self._read()
        self.suspects = suspects | {photo: suspects.get(photo, 0) for photo in in_works}
        try:
            self._file = FileIO(self._path, "w+")
        except OSError as error:
            log.warning("photos in the works can't be noted: %s", error.strerror)
        self._length = 0
        self._write()

    def enter(self, photo_id: PhotoId) -> None:
        """Record that a photo is about to be analyzed in this process."""
        with self._lock:
            self._in_works[photo_id] = None
            self._write()

    def leave(self, photo_id: PhotoId) -> None:
        """Record that its analysis has ended."""
        with self._lock:
            self._in_works.pop(photo_id, None)
            self._write()

    def suspect(self, photo_ids: Iterable[PhotoId]) -> None:
        """Have photos analyzed in a process of their own, with no crashes so far."""
        with self._lock:
            self.suspects.update(dict.fromkeys(photo_ids, 0))
            self._write()

    def crashed(self, photo_id: PhotoId) -> bool:
        """Record that a photo crashed its process; return whether to set it aside."""
        with self._lock:
            self.suspects[photo_id] = self.suspects.get(photo_id, 0) + 1
            self._write()
            return self.suspects[photo_id] >= CRASHES

    def forget(self, photo_ids: Iterable[PhotoId]) -> None:
        """Drop suspects that need no process of their own any more."""
        with self._lock:
            for photo_id in photo_ids:
                self.suspects.pop(photo_id, None)
            self._write()

    def end(self) -> None:
        """Close the file, and delete it unless suspects are left."""
        with self._lock:
            self._in_works.clear()
            self._write()
            if self._file is not None:
                self._file.close()
                self._file = None
                if not self.suspects:
                    self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[list[PhotoId], dict[PhotoId, int]]:
        try:
            left: dict[str, Any] = json.loads(self._path.read_bytes())
            in_works = [PhotoId(int(photo)) for photo in left["in_works"]]
            suspects = left["suspects"]
            if isinstance(suspects, list):  # as earlier versions wrote it
                suspects = dict.fromkeys(suspects, 0)
            return in_works, {PhotoId(int(key)): int(count) for key, count in suspects.items()}
        except FileNotFoundError:
            return [], {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            log.warning("what was in the works at the last end can't be read")
            return [], {}

    def _write(self) -> None:
        if self._file is None:
            return
        text = json.dumps({"in_works": list(self._in_works), "suspects": self.suspects})
        self._length = max(self._length, -(-len(text) // _BLOCK) * _BLOCK)
        try:
            self._file.seek(0)
            self._file.write(text.ljust(self._length).encode("ascii"))
        except OSError as error:
            log.warning("photos in the works can't be noted: %s", error.strerror)
            self._file.close()
            self._file = None
