"""check and doctor: is the library whole, and what does this computer offer."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from argparse import ArgumentParser, Namespace
from importlib import metadata
from pathlib import Path
from typing import Any

from facesorter import __version__, paths
from facesorter.cli.output import count, reader, result
from facesorter.library import check, queries
from facesorter.library.library import Library
from facesorter.settings import Settings
from facesorter.storage.database import DATABASE_NAME, snapshot

PACKAGES = (
    "PySide6-Essentials",
    "numpy",
    "scipy",
    "opencv-python-headless",
    "onnxruntime",
    "insightface",
    "hdbscan",
    "numba",
    "pillow",
    "pi-heif",
    "sqlite-utils",
)
REPEATS = 3
"""Runs of each stage when its speed is measured; the best one counts."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "check", parents=[shared], help="prove that the library and the originals are whole"
    )
    command.add_argument("--repair", action="store_true", help="mend what can be mended")
    command.add_argument(
        "--no-originals", action="store_true", help="don't read the photos themselves"
    )
    command.set_defaults(run=run_check)
    command = commands.add_parser(
        "doctor", parents=[shared], help="versions, processors, speeds: for a report of a problem"
    )
    command.set_defaults(run=run_doctor)


def run_check(args: Namespace) -> int:
    """Check the library; exit code 1 when something is broken."""
    mended = _repair(args) if args.repair else 0
    with reader(args) as connection:
        findings = list(check.library_findings(connection))
        photos = None
        if not any(finding.kind == "file" for finding in findings):
            photos = queries.counts(connection).photos
            if not args.no_originals:
                findings += check.original_findings(connection)
    found = {
        "ok": not findings,
        "photos": photos,
        "mended": mended,
        "findings": [{"kind": f.kind, "text": f.text} for f in findings],
    }
    lines = [f"{finding.kind}: {finding.text}" for finding in findings]
    if mended:
        lines.insert(0, f"{count(mended, 'row')} mended; 'facesorter scan' does the rest.")
    if findings:
        lines.append("Something is broken.")
        if any(finding.repairable for finding in findings):
            lines.append("'facesorter check --repair' mends what can be mended.")
    else:
        lines.append(f"All is well: {count(photos or 0, 'photo')}.")
    result(args, found, "\n".join(lines))
    return 1 if findings else 0


def _repair(args: Namespace) -> int:
    """Mend what can be mended, after a snapshot; a file that is itself broken is left alone."""
    with reader(args) as connection:
        findings = list(check.library_findings(connection))
    if not any(finding.repairable for finding in findings):
        return 0
    library = Library(args.library)
    try:
        snapshot(library.connection, args.library, "before-repair")
        mended, _ = library.transact(check.repair)
    finally:
        library.close()
    return int(mended)


def run_doctor(args: Namespace) -> int:
    """Say what a report of a problem needs, without the paths of photos."""
    settings = Settings.load(paths.settings_dir())
    found: dict[str, Any] = {
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
        "library": _library(args.library),
    }
    lines = []
    for key, value in found.items():
        if isinstance(value, dict):
            lines.append(f"{key}:")
            lines += [f"  {name}: {entry}" for name, entry in value.items()]
        else:
            lines.append(f"{key}: {value}")
    result(args, found, "\n".join(lines))
    return 0


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
    """What onnxruntime offers, in the order in which it is tried, and what the models run on."""
    from facesorter.faces.models import load_pack
    from facesorter.faces.runtime import providers

    used = getattr(load_pack(), "providers", {})
    return {"tried": providers(), "used": used}


def _speeds() -> dict[str, float]:
    """Milliseconds of each stage on a made-up 12-megapixel photo and one aligned crop."""
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
    with reader(Namespace(library=directory)) as connection:
        counts = queries.counts(connection)
        folders = queries.folders(connection)
    return {
        "bytes": path.stat().st_size,
        "photos": counts.photos,
        "pending": counts.pending,
        "problems": counts.problems,
        "faces": counts.faces,
        "people": counts.persons,
        "named": counts.named,
        "folders": len(folders),
        "unplugged": sum(folder.state == "unplugged" for folder in folders),
    }
