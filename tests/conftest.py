"""What all tests share: no display, a home of their own, photos to work on.

Set as soon as pytest reads this file: Qt looks at its platform, and we at the user's folders, when
they are first needed, and no test may see or touch the real ones.
"""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from facesorter.app import jobs
from facesorter.storage import opening
from tests import photos
from tests.support import empty_library

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

HOME = Path(tempfile.mkdtemp(prefix="facesorter-tests-"))
"""The session's home folder; what models are prepared there serves all its tests."""
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Compiling takes some seconds, so it outlives a session; numba knows when the source changed.
COMPILED = Path(__file__).resolve().parent.parent / ".pytest_cache" / "compiled"
os.environ.setdefault("NUMBA_CACHE_DIR", str(COMPILED))
os.environ |= {
    "HOME": str(HOME),
    "USERPROFILE": str(HOME),
    "APPDATA": str(HOME / "AppData" / "Roaming"),
    "LOCALAPPDATA": str(HOME / "AppData" / "Local"),
    "XDG_DATA_HOME": str(HOME / ".local" / "share"),
    "XDG_CACHE_HOME": str(HOME / ".cache"),
    "XDG_CONFIG_HOME": str(HOME / ".config"),
    "XDG_STATE_HOME": str(HOME / ".local" / "state"),
}

# Its folder is named when this is imported, which must not be while a test has another environment.
importlib.import_module("facesorter.clustering")

# Kept, or each of the programs that tests start would compile all of it again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell has what it runs in the background ignore interrupts, and so would the programs that tests
# start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# And nohup has them ignore that the terminal closes.
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Two seconds catch an example that hangs; the usual 200 ms catch a machine that is shared.
settings.register_profile("local", deadline=2_000)
settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "local")
)


LONG = (
    "clustering/test_compiling.py",
    "cli/test_kill.py",
    "cli/test_interrupt.py",
    "app/test_watcher.py",
    "app/test_guard.py",
    "clustering/test_incremental.py",
    "test_types.py",
    "library/test_decisions_property.py",
)
"""Files whose few tests take more than ten seconds; what the first compiles serves all others."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread over several processes, long files come first: none is left with one at the end."""
    if not hasattr(config, "workerinput"):
        return
    tests = Path(__file__).parent
    order = {tests / name: at for at, name in enumerate(LONG)}
    counts = Counter(item.path for item in items)
    items.sort(key=lambda item: (order.get(item.path, len(LONG)), -counts[item.path]))


def pytest_sessionfinish() -> None:
    """Wait for work that nobody waits for: Python's end aborts what is in native code then."""
    assert jobs.finish(60), "an errand did not end"


class PatientBot(QtBot):
    """Waits for as long as a busy machine may take: pytest-qt's 5 s are not always enough."""

    def waitUntil(self, callback: Any, *, timeout: int = 30_000) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitExposed(self, widget: QWidget, *, timeout: int = 30_000) -> Any:
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """What drives windows in tests."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def copied_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Create each library as a copy of one that the program made; not so in tests/storage."""
    monkeypatch.setattr(opening, "_create", empty_library.create)


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """The larger collection of real photos; tests that ask for it are skipped without it."""
    if not photos.SHARED.is_dir():
        pytest.skip(f"the shared photos are not here ({photos.SHARED})")
    return photos.SHARED


@pytest.fixture
def sample_photos(tmp_path: Path) -> Iterator[Path]:
    """A folder with the face photos that insightface and scikit-image ship, eight faces in all.

    Nothing may change in it: that is checked when the test ends.
    """
    folder = tmp_path / "Photos of friends"
    folder.mkdir()
    shutil.copy2(photos.six_people(), folder / "six people.jpg")
    shutil.copy2(photos.six_people().with_name("Tom_Hanks_54745.png"), folder / "actor.png")
    shutil.copy2(photos.astronaut(), folder / "astronaut.png")
    before = _state(folder)
    yield folder
    assert _state(folder) == before, "a test or the program changed the photos"


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
