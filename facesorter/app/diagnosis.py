"""Problem reports: versions, speeds, and the log, without personal names or paths."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from facesorter import NAME, __version__, logs
from facesorter.errors import UserError
from facesorter.library import queries
from facesorter.settings import Settings
from facesorter.storage.database import DATABASE_NAME, open_reader, plain_words

PACKAGES = (
    "PySide6-Essentials",
    "PySide6-Addons",
    "numpy",
    "scipy",
    "numba",
    "opencv-python-headless",
    "onnxruntime",
    "insightface",
    "hdbscan",
    "pillow",
    "pi-heif",
    "rawpy",
    "pylibjxl",
    "sqlite-utils",
)
DATA = (
    ("YuNet (face detector)", "MIT", "models/opencv-zoo/LICENSE-YuNet"),
    ("SFace (face recogniser)", "Apache-2.0", "models/opencv-zoo/LICENSE-SFace"),
    ("GeoNames (cities)", "CC-BY-4.0", "places/LICENSE-GeoNames"),
    ("Unicode CLDR (names of countries)", "Unicode-3.0", "places/LICENSE-CLDR"),
    ("Natural Earth (map)", "Public domain", "places/README.md"),
)
"""Models and data that come with the program: name, license, and its text in the resources."""
REPEATS = 3
"""Runs per stage when measuring speed; the fastest counts."""
LOG_LINES = 120
"""Log lines in a report: usually enough for the last start and the errors after it."""
SHORTEST = 3
"""Minimum length of a login or computer name to replace; shorter ones occur in ordinary words."""


def examine(library_dir: Path, settings: Settings) -> dict[str, Any]:
    """Collect versions, processors, speeds, and the library's size. Blocks for several seconds."""
    return {
        "facesorter": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "analysis_threads": settings.worker_count,
        "sqlite": sqlite3.sqlite_version,
        "providers": _providers(),
        "packages": {name: _version(name) for name in PACKAGES},
        "pack": _pack(settings),
        "stage_ms": _speeds(),
        "library": _library(library_dir),
    }


def as_text(found: dict[str, Any]) -> str:
    """Format the result of `examine` as lines of text."""
    lines = []
    for key, value in found.items():
        if isinstance(value, dict):
            lines.append(f"{key}:")
            lines += [f"  {name}: {entry}" for name, entry in value.items()]
        else:
            lines.append(f"{key}: {value}")
    return "\n".join(lines)


def report(library_dir: Path, settings: Settings) -> str:
    """Compose the text of a problem report; nothing is sent.

    If the library or models can't be read, the report says so instead of failing. Blocks for
    several seconds; thread: a worker.
    """
    try:
        found = as_text(examine(library_dir, settings))
    except (UserError, OSError, sqlite3.Error, ImportError) as error:
        found = f"facesorter: {__version__}\nsystem: {platform.platform()}\nfailed: {error}"
    names, folders = _own_words(library_dir)
    clean = Cleaner(names, folders)
    log = "\n".join(clean(line) for line in _last_lines(library_dir / "logs" / logs.LOG_NAME))
    return f"{clean(found)}\n\nThe last lines of the log:\n{log or '(empty)'}\n"


class Cleaner:
    """A filter that replaces personal names and paths in a text by placeholders."""

    def __init__(self, names: list[str], folders: list[str]) -> None:
        """Prepare the patterns.

        Args:
            names: The names of the library's persons.
            folders: The paths of the watched folders.
        """
        home = str(Path.home())
        replaced = [(re.escape(folder) + r"[^\n'\"<>|]*", "[folder]") for folder in folders]
        # Any other path in the home folder, up to the next space or delimiter.
        replaced.append((re.escape(home) + r"[^\s'\"<>|:,;)]*", "[home]"))
        replaced.append((r"(?:~|/(?:home|Users|media|mnt|run/media))/[^\s'\"<>|:,;)]+", "[path]"))
        replaced.append((r"\b[A-Za-z]:\\\\?[^\n'\"<>|:]*", "[path]"))
        for word, placeholder in ((_login(), "[user]"), (platform.node(), "[computer]")):
            if len(word) >= SHORTEST and word != NAME:
                replaced.append((rf"\b{re.escape(word)}\b", placeholder))
        longest_first = sorted(names, key=len, reverse=True)
        replaced += [(rf"(?<!\w){re.escape(name)}(?!\w)", "[person]") for name in longest_first]
        own = str(Path(__file__).parents[2])
        self._own = re.compile(re.escape(own) + r"[/\\]?")
        self._replaced = [
            (re.compile(what, re.IGNORECASE), placeholder) for what, placeholder in replaced
        ]

    def __call__(self, text: str) -> str:
        """Return ``text`` with placeholders."""
        # Tracebacks keep paths within our own code: they are harmless, and needed.
        text = self._own.sub("", text)
        for pattern, placeholder in self._replaced:
            text = pattern.sub(placeholder, text)
        return text


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _own_words(library_dir: Path) -> tuple[list[str], list[str]]:
    """Names of persons and paths of folders to keep out of a report."""
    try:
        with _reader(library_dir) as connection:
            names = [name for name, *_ in queries.names(connection)]
            return names, [folder.path for folder in queries.folders(connection)]
    except (UserError, OSError, sqlite3.Error):
        return [], []


def _last_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return []


@contextmanager
def _reader(directory: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(directory)) as connection, plain_words(directory / DATABASE_NAME):
        yield connection


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _pack(settings: Settings) -> dict[str, Any]:
    from facesorter.faces.models import load_pack

    folder = settings.models_folder
    analyzer = load_pack(Path(folder) if folder else None)
    return {
        "name": analyzer.name,
        "dimension": analyzer.dimension,
        "sha256": analyzer.sha256,
    }


def _providers() -> dict[str, Any]:
    """Execution providers of onnxruntime in the order tried, and those that the models use."""
    from facesorter.faces.models import load_pack
    from facesorter.faces.runtime import providers

    used = getattr(load_pack(), "providers", {})
    return {"tried": providers(), "used": used}


def _speeds() -> dict[str, float]:
    """Milliseconds per stage for a synthetic 12-megapixel photo and a crop of it."""
    import io

    import numpy as np
    from PIL import Image

    from facesorter.faces.models import load_pack
    from facesorter.images.decode import load_upright

    noise = np.random.default_rng(0).integers(0, 255, (375, 500, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((4000, 3000)).save(buffer, "JPEG", quality=90)
    data = buffer.getvalue()
    picture = load_upright(data, long_side=1280)
    analyzer = load_pack()
    crop = np.ascontiguousarray(picture.pixels[:640, :640])
    return {
        "decode_12_megapixels": _best(lambda: load_upright(data, long_side=1280)),
        "detect_1280": _best(lambda: analyzer.analyse(picture.pixels)),
        "detect_640": _best(lambda: analyzer.analyse(crop)),
    }


def _best(work: Any) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(min(times) * 1000, 1)


def _library(directory: Path) -> dict[str, Any] | None:
    path = directory / DATABASE_NAME
    if not path.exists():
        return None
    with _reader(directory) as connection:
        counts = queries.counts(connection)
        folders = queries.folders(connection)
    return {
        "bytes": path.stat().st_size,
        "photos": counts.photos,
        "pending": counts.pending,
        "unsearched": counts.unsearched,
        "problems": counts.problems,
        "faces": counts.faces,
        "people": counts.persons,
        "named": counts.named,
        "folders": len(folders),
        "unplugged": sum(folder.state == "unplugged" for folder in folders),
    }
