"""The log: a rotating file beside the library, warnings on the terminal.

Above DEBUG nothing we log holds the path of a photo (we log ids); a filter shortens home folders in
what libraries say.
"""

from __future__ import annotations

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
    """Replaces the home folder by ``~``, so that a log sent with a report names nobody."""

    def __init__(self) -> None:
        super().__init__()
        self._home = str(Path.home())

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.DEBUG:
            record.msg, record.args = record.getMessage().replace(self._home, "~"), ()
        return True


class _LateFile(logging.handlers.RotatingFileHandler):
    """Makes its folder with its first line: where there is no library, asking leaves nothing."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def start(directory: Path, *, verbose: bool = False) -> None:
    """Log to ``directory``; a folder that can't be written only costs the file.

    ``verbose`` logs all there is, to the terminal too: paths of photos among it.
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
