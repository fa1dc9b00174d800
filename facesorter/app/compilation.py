"""Warm-up work that would otherwise hold the GIL and make the window stutter.

Loading a shared library from a cold disk is slow and holds the GIL; reading the file first doesn't
hold it, and makes loading fast. Compiling the inner loops of grouping, once per computer, takes ten
seconds and holds the GIL for up to one at a time; so a subprocess does it. Small libraries need no
compiled code ([Note: uncompiled]).
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import subprocess
import sys
import threading
from pathlib import Path

from facesorter import COMPILE
from facesorter.app.priority import lower_priority
from facesorter.cancel import Cancelled, CancelToken

log = logging.getLogger(__name__)

SUFFIXES = (".so", ".pyd", ".dylib", ".dll")
BLOCK = 1 << 20
"""Bytes read at a time."""
PATIENCE = 300.0
"""Time limit in seconds for the subprocess, after which this process compiles. Ten are usual."""
SLACK = 100
"""Faces that may be added between counting and grouping: those of a transaction or two."""
_once = threading.Lock()


def compile_apart(token: CancelToken) -> None:
    """Compile the code for grouping in a subprocess, unless that was done before. Blocks.

    Thread: not the window's.

    Raises:
        Cancelled: the token was cancelled.
    """
    read_ahead("scipy", "llvmlite", "numba")
    with _once:
        # Importing these compiles nothing; only calling them would.
        from facesorter.clustering import engine, layout  # noqa: F401
        from facesorter.clustering.compiled import stamp

        done = stamp()
        if done is None or done.exists():
            return
        command = [sys.executable, COMPILE]
        if not getattr(sys, "frozen", False):
            command[1:1] = ["-m", "facesorter"]
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
            )
        except OSError as error:
            log.info("no process to compile in: %s", error)
            return
        try:
            _wait_for(child, token)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()


class Compilation:
    """Compilation of the code for grouping, started only when a library grows large enough.

    A few photos never start it: their people would appear only after ten times the duration of the
    scan, and a short command would waste half a minute of processor time. If many photos are
    pending, it starts early, so that it is done before it is needed.
    """

    def __init__(self, token: CancelToken) -> None:
        """Start nothing yet; ``token`` will cancel a compilation."""
        self._token = token
        self._early: threading.Thread | None = None

    def prepare(self, faces: int, expected: int) -> None:
        """Block until this many faces can be grouped. Thread: refresh.

        Args:
            faces: the current number of faces.
            expected: the number of faces expected once no photo is pending.

        Raises:
            Cancelled: the token was cancelled.
        """
        from facesorter.clustering.compiled import UNCOMPILED

        if faces > UNCOMPILED - SLACK:
            compile_apart(self._token)
        elif expected > UNCOMPILED and self._early is None:
            self._early = threading.Thread(target=self._compile, name="compile", daemon=True)
            self._early.start()

    def join(self) -> None:
        """Wait for a compilation started early; call after cancelling the token."""
        if self._early is not None:
            self._early.join()

    def _compile(self) -> None:
        lower_priority()
        with contextlib.suppress(Cancelled):
            compile_apart(self._token)


def _wait_for(child: subprocess.Popen[bytes], token: CancelToken) -> None:
    for _ in range(int(PATIENCE / 0.1)):
        token.check()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.1)
            return


def read_ahead(*packages: str) -> None:
    """Read native libraries of installed packages without importing. Thread: not the window's."""
    for package in packages:
        spec = None if package in sys.modules else importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec is not None else []:
            # Wheels keep bundled libraries next to the package: numpy and numpy.libs.
            for place in (Path(folder), Path(f"{folder}.libs")):
                for path in sorted(place.rglob("*")):
                    if path.suffix in SUFFIXES or ".so." in path.name:
                        _read(path)


def _read(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass
