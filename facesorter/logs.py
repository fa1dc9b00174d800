"""Logging: a rotating file next to the library, warnings on the terminal.

Above DEBUG our messages never contain photo paths (we log ids); a filter shortens home folders in
messages of third-party libraries.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import sys
from io import TextIOWrapper
from pathlib import Path

from facesorter import __version__

LOG_NAME = "facesorter.log"
LOG_BYTES = 1_000_000
LOG_COUNT = 3
_FULL = logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")


class _NoHome(logging.Filter):
    """Filter that replaces the home folder by ``~``, so that reported logs contain no user name."""

    def __init__(self) -> None:
        super().__init__()
        self._home = ""
        with contextlib.suppress(RuntimeError):  # this user has none
            home = Path.home()
            if home != Path(home.anchor):  # of services: "/", which is in every path
                self._home = str(home)

    def filter(self, record: logging.LogRecord) -> bool:
        if self._home and record.levelno > logging.DEBUG:
            record.msg, record.args = record.getMessage().replace(self._home, "~"), ()
        return True


class _LateFile(logging.handlers.RotatingFileHandler):
    """Handler that creates its folder with the first line, so that reading creates no library."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def start(directory: Path, *, verbose: bool = False) -> None:
    """Start logging to ``directory``; if it can't be written, only the file is missing.

    ``verbose`` logs everything, also to the terminal, including photo paths.
    """
    root = logging.getLogger("facesorter")
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    if any(isinstance(h, logging.handlers.RotatingFileHandler) for h in root.handlers):
        return
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.DEBUG if verbose else logging.ERROR)
    if verbose:
        terminal.setFormatter(_FULL)
    terminal.addFilter(_NoHome())
    root.addHandler(terminal)
    file = _LateFile(
        directory / LOG_NAME,
        maxBytes=LOG_BYTES,
        backupCount=LOG_COUNT,
        encoding="utf-8",
        delay=True,
    )
    file.setFormatter(_FULL)
    file.addFilter(_NoHome())
    root.addHandler(file)
    root.debug("facesorter %s, Python %s, logging to %s", __version__, sys.version, directory)


def erase(directory: Path) -> list[Path]:
    """Delete all logs in a folder; return those that can't be deleted. Logging goes on after it."""
    for handler in logging.getLogger("facesorter").handlers:
        if isinstance(handler, _LateFile):
            handler.close()  # opened again by the next line
    left = []
    for path in directory.glob("*.log*"):
        try:
            path.unlink(missing_ok=True)
        except OSError:
            left.append(path)
    return left
