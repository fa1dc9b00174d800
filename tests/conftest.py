"""What all tests share: no display, a home of their own, photos to work on.

Set before anything else is imported, since Qt and the folders of a user are read at import or at
first use, and no test may see or touch the real ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HOME = Path(tempfile.mkdtemp(prefix="facesorter-tests-"))
"""The session's home folder; what models are prepared there serves all its tests."""

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
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

# Two seconds catch an example that hangs; the usual 200 ms catch a machine that is shared.
settings.register_profile("local", deadline=2_000)
settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "local")
)


def pytest_unconfigure() -> None:
    """Take the session's home away."""
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """The larger collection of real photos; tests that ask for it are skipped without it."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    found = Path(os.environ.get("FACESORTER_SHARED") or beside) / "photos"
    if not found.is_dir():
        pytest.skip(f"the shared photos are not here ({found})")
    return found


@pytest.fixture
def sample_photos(tmp_path: Path) -> Iterator[Path]:
    """A folder with the face photos that insightface and scikit-image ship, eight faces in all.

    Nothing may change in it: that is checked when the test ends.
    """
    insightface, skimage = _package("insightface"), _package("skimage")
    folder = tmp_path / "Photos of friends"
    folder.mkdir()
    shutil.copy2(insightface / "data" / "images" / "t1.jpg", folder / "six people.jpg")
    shutil.copy2(insightface / "data" / "images" / "Tom_Hanks_54745.png", folder / "actor.png")
    shutil.copy2(skimage / "data" / "astronaut.png", folder / "astronaut.png")
    before = _state(folder)
    yield folder
    assert _state(folder) == before, "a test or the program changed the photos"


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
