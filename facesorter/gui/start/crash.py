"""Handler for errors in the window's own code: writes a crash log and keeps the window open."""

from __future__ import annotations

import datetime
import faulthandler
import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from facesorter import __version__

log = logging.getLogger(__name__)

KEPT_LOGS: Final = 20
"""Maximum number of crash logs, so that a repeating fault doesn't fill the disk."""
NATIVE_LOG: Final = "crash-native.log"

_native: IO[str] | None = None


def install(directory: Path, tell: Callable[[Path | None], None]) -> None:
    """Write a crash log for every unexpected exception, and call ``tell`` with its path.

    ``tell`` may be called from any thread. If the folder isn't writable, only the log is lost.
    """

    def on_exception(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("Unexpected error", exc_info=(kind, error, trace))
        tell(write(directory, error))

    def on_thread_exception(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
    _start_faulthandler(directory)


def write(directory: Path, error: BaseException) -> Path | None:
    """Write a crash log and return its path, or None if it can't be written."""
    now = datetime.datetime.now().astimezone()
    text = "".join(
        [
            f"facesorter {__version__}, Python {platform.python_version()}, "
            f"{platform.platform()}, {now.isoformat(timespec='seconds')}\n\n",
            *traceback.format_exception(error),
        ]
    ).replace(str(Path.home()), "~")
    path = directory / f"crash-{now:%Y%m%d-%H%M%S-%f}.log"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        old = sorted(directory.glob("crash-2*.log"))
        for each in old[:-KEPT_LOGS]:
            each.unlink(missing_ok=True)
    except OSError:
        log.exception("The crash log could not be written")
        return None
    return path


def _start_faulthandler(directory: Path) -> None:
    """Write a stack trace to a file when native code crashes, which Python can't catch."""
    global _native
    if faulthandler.is_enabled():
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _native = (directory / NATIVE_LOG).open("a", encoding="utf-8")
    except OSError:
        if sys.stderr is not None:
            faulthandler.enable()
        return
    faulthandler.enable(_native)
