"""Analysis of one photo in a process of its own, so that a crash ends only that process.

It also tells a file that crashes the analysis from a program that was killed: the process that is
left sees how the other one ended. The two talk through files in a private folder.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import ANALYSE_APART
from facesorter.app.analyse_file import Stale, analyse_file
from facesorter.app.priority import lower_priority
from facesorter.cancel import CancelToken
from facesorter.domain import PhotoId
from facesorter.errors import Message, UserError
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.settings import Settings
from facesorter.storage import pending
from facesorter.storage.database import open_reader
from facesorter.storage.pending import Pending

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, PhotoFaces

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds after the end of the process before it counts as a crash: whoever kills the program or
logs out ends both processes, in any order."""
POLL = 0.1
"""Seconds between looks at the process, and at its parent."""
_JOB, _BEGUN, _RESULT = "job.json", "begun", "result"
_ASKED_TO_END = frozenset(
    -getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
) | {0xC000013A, 0x40010004}
"""Exit codes of processes that were asked to end; on Windows by Ctrl+C, and by logging off."""


class Crashed(Exception):  # noqa: N818 - a condition, like Cancelled
    """The process died of the analysis."""


class Unproven(Exception):  # noqa: N818 - a condition, like Cancelled
    """The process didn't get as far as the analysis, or was asked to end: no evidence."""


class IsolatedAnalysis:
    """Analyzes photos in processes of their own. Thread: analysis; blocks."""

    def __init__(
        self,
        library_dir: Path,
        cache_dir: Path,
        settings: Settings,
        command: Sequence[str] | None = None,
    ) -> None:
        self._library_dir, self._cache_dir, self._settings = library_dir, cache_dir, settings
        self._command = list(command or _own_command())

    def analyse(self, photo: Pending, sha256: str, token: CancelToken) -> PhotoFaces:
        """Return what `analyse_file` returns.

        Args:
            photo: The file, as the last scan saw it.
            sha256: The model pack in use.
            token: Polled; the process is killed when it is cancelled.

        Raises:
            Crashed: the process died during the analysis.
            Unproven: the process couldn't be used, or was asked to end.
            Stale, UserError: as from `analyse_file`.
            Cancelled: the token was cancelled.
        """
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix="apart-", dir=self._cache_dir, ignore_cleanup_errors=True
        ) as name:
            folder = Path(name)
            job = {
                "library": str(self._library_dir),
                "cache": str(self._cache_dir),
                "photo": photo.id,
                "sha256": sha256,
                "settings": asdict(self._settings),
                "parent": os.getpid(),
            }
            (folder / _JOB).write_text(json.dumps(job), encoding="utf-8")
            code = self._run(folder, token)
            if (folder / _RESULT).exists():
                return _unpacked((folder / _RESULT).read_bytes())
            begun = (folder / _BEGUN).exists()
        log.warning("the process that analyzed a photo apart ended with %s", code)
        if token.wait(GRACE):
            token.check()
        if not begun or code in _ASKED_TO_END:
            raise Unproven
        raise Crashed

    def _run(self, folder: Path, token: CancelToken) -> int:
        """Run the process to its end; return its exit code."""
        try:
            child = subprocess.Popen(
                [*self._command, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
            )
        except OSError as error:
            log.warning("no process for an analysis apart: %s", error)
            raise Unproven from error
        try:
            while child.poll() is None:
                if token.wait(POLL):
                    token.check()
            return child.returncode
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()


def _own_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, ANALYSE_APART]
    return [sys.executable, "-m", "facesorter", ANALYSE_APART]


def _unpacked(data: bytes) -> PhotoFaces:
    """Return the result of the process, or raise what it raised."""
    kind, value = pickle.loads(data)  # written by our own process, in a folder of our own
    if kind == "stale":
        raise Stale
    if kind == "unproven":
        raise Unproven
    if kind == "user error":
        raise UserError(value)
    if kind == "error":
        raise RuntimeError(value)
    result: PhotoFaces = value
    return result


# In the other process.


def run(folder: Path, load: Callable[[Settings], FaceAnalyzer]) -> int:
    """Do the job in a folder; return the exit code. This is the whole other process."""
    job = json.loads((folder / _JOB).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with, args=(job["parent"],), daemon=True).start()
    lower_priority()
    found: tuple[str, Any]
    try:
        found = ("faces", _analyse(job, folder, load))
    except Stale:
        found = ("stale", None)
    except Unproven:
        found = ("unproven", None)
    except UserError as error:
        found = ("user error", Message.of(error))
    except Exception as error:  # passed to the parent
        found = ("error", f"{type(error).__name__}: {error}")
    partial = folder / "partial"
    partial.write_bytes(pickle.dumps(found))
    partial.replace(folder / _RESULT)
    return 0


def _analyse(
    job: dict[str, Any], folder: Path, load: Callable[[Settings], FaceAnalyzer]
) -> PhotoFaces:
    known = set(Settings.__dataclass_fields__)
    settings = Settings(**{key: value for key, value in job["settings"].items() if key in known})
    analyzer = load(settings)
    if analyzer.sha256 != job["sha256"]:
        raise Unproven
    connection = open_reader(Path(job["library"]))
    try:
        photos = pending.among(connection, [PhotoId(job["photo"])])
        if not photos:
            raise Stale
        (folder / _BEGUN).touch()
        cache = ThumbnailCache(Path(job["cache"]) / "thumbnails")
        return analyse_file(photos[0], analyzer, connection, cache, CancelToken())
    finally:
        connection.close()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, which can't read the result any more."""
    while os.name == "nt" or os.getppid() == parent:
        time.sleep(POLL)
    os._exit(0)
