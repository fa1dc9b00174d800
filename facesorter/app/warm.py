"""Do beforehand, or elsewhere, what would hold the interpreter and make the window stutter.

Loading a shared library from a cold disk takes long; reading the same file beforehand does not hold
the interpreter, and makes loading quick. Compiling the inner loops of grouping, once on a computer,
takes ten seconds and holds it for up to one; a process of its own holds only its own. A small
library needs nothing compiled ([Note: uncompiled]).
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
"""Seconds that compiling may take; then it is done here after all. Ten are usual."""
SLACK = 100
"""Faces that may come between counting and grouping: those of a transaction or two."""
_once = threading.Lock()


def compile_apart(token: CancelToken) -> None:
    """Have another process compile what grouping needs, if nobody did yet. Thread: not GUI.

    Raises:
        Cancelled: the token was cancelled.
    """
    read_ahead("scipy", "llvmlite", "numba")
    with _once:
        # What is imported compiles nothing as long as it is not called.
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
    """Has what grouping needs compiled by the time a library is large enough to need it.

    A few photos never start it: their people would wait ten times as long as they are scanned, and
    a short command would spend half a minute of processor time on what it never uses. Photos that
    wait to be analysed foretell a large library, so that compiling is over before it is needed.
    """

    def __init__(self, token: CancelToken) -> None:
        """Nothing starts yet; ``token`` ends what will."""
        self._token = token
        self._early: threading.Thread | None = None

    def prepare(self, faces: int, expected: int) -> None:
        """Return once this many faces can be grouped. Thread: refresh.

        Args:
            faces: how many there are.
            expected: how many there will be, as far as is known.

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
        """Wait for what was begun early; the token was cancelled."""
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
    """Read the native libraries of installed packages, without importing them. Thread: not GUI."""
    for package in packages:
        spec = None if package in sys.modules else importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec is not None else []:
            # Wheels keep what they bring along beside the package: numpy and numpy.libs.
            for place in (Path(folder), Path(f"{folder}.libs")):
                for path in sorted(place.rglob("*")):
                    if path.suffix in SUFFIXES or ".so." in path.name:
                        _read(path)


def _read(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass
