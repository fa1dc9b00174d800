"""Measure how soon a fresh computer shows the first people, and what that costs.

    python tests/benchmarks/first_people.py [--photos FOLDER] [--checkout FOLDER ...]
    python tests/benchmarks/first_people.py --sizes 50 200 500 1000

Each run is a new process with an empty home folder that scans a copy of the photos from the command
line; ``--checkout`` measures other states of the program, in the order given, with this Python.
Prints one JSON object each: photos analysed in ``scan_s`` seconds, the first person after
``first_person_s``, both since the process began; ``cpu_s`` of processor time, children included.

``--sizes`` prints what grouping made-up libraries from nothing costs uncompiled, the ground for
`facesorter.clustering.compiled.UNCOMPILED`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("FACESORTER_SHARED", ROOT.parent / "shared"))
ANALYSED = "SELECT count(*) > 0 AND sum(status = 'pending') = 0 FROM photo"
PEOPLE = "SELECT count(*) FROM person"
TICK = 0.02


def main() -> int:
    """Run what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, default=SHARED / "photos" / "families")
    parser.add_argument("--checkout", type=Path, nargs="*", default=[ROOT])
    parser.add_argument("--sizes", type=int, nargs="*")
    args = parser.parse_args()
    if args.sizes:
        for faces in args.sizes:
            print(json.dumps(uncompiled(faces)), flush=True)
        return 0
    for checkout in args.checkout:
        print(json.dumps({"checkout": checkout.name} | first_people(checkout, args.photos)))
    return 0


def first_people(checkout: Path, photos: Path) -> dict[str, float]:
    """Scan a copy of a folder in a fresh home; times in seconds."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        home.mkdir()
        shutil.copytree(photos, home / "photos", copy_function=shutil.copyfile)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "NUMBA_"))}
        library = home / "library"
        words = ["-m", "facesorter", "scan", str(home / "photos"), "--library", str(library)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        program = subprocess.Popen(
            [sys.executable, *words],
            cwd=checkout,
            env=kept | {"HOME": str(home), "PYTHONPATH": str(checkout)},
            stdout=subprocess.DEVNULL,
        )
        scanned = person = 0.0
        while program.poll() is None:
            time.sleep(TICK)
            present = time.monotonic() - started
            scanned = scanned or present * _ask(library, ANALYSED)
            person = person or present * (_ask(library, PEOPLE) > 0)
        ended = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        people = _ask(library, PEOPLE)
    times = {"scan_s": scanned, "first_person_s": person, "end_s": ended, "cpu_s": used}
    return {name: round(value, 2) for name, value in times.items()} | {"people": people}


def _ask(library: Path, query: str) -> int:
    for path in library.glob("*.db"):
        try:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)
            try:
                return int(connection.execute(query).fetchone()[0] or 0)
            finally:
                connection.close()
        except sqlite3.Error:
            return 0  # not made yet, or locked for a moment
    return 0


def uncompiled(faces: int) -> dict[str, float]:
    """Processor seconds of grouping made-up faces as plain Python, from nothing and with one more.

    A tenth as many people, embeddings of 512 dimensions.
    """
    import numpy as np

    from facesorter.clustering import engine as engines
    from facesorter.clustering.proposal import Snapshot

    engines.UNCOMPILED = sys.maxsize
    random = np.random.default_rng(1)
    people = max(4, faces // 10)
    rows = random.standard_normal((people, 512))[np.arange(faces) % people]
    rows += 0.9 * random.standard_normal(rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    engine, times, found = engines.Engine(), [], None
    for n in (faces - 1, faces):
        nobody = np.full(n, -1)
        snapshot = Snapshot(
            face_ids=np.arange(n),
            embeddings=rows[:n].astype(np.float32),
            photo_ids=np.arange(n) // 2,
            quality=np.full(n, 0.9, np.float32),
            taken=np.full(n, np.nan),
            confirmed=nobody,
            shown=nobody,
            rejections=np.zeros((0, 2), np.int64),
            owned=np.zeros(0, np.int64),
            thresholds=found,
        )
        started = time.process_time()
        found = engine.propose(snapshot).thresholds
        times.append(round(time.process_time() - started, 2))
    return {"faces": faces, "from_nothing_cpu_s": times[0], "one_more_cpu_s": times[1]}


if __name__ == "__main__":
    sys.exit(main())
