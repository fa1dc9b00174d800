"""Kill a scan with SIGKILL, several times, and show that going on gives the same final library.

    python -m tests.benchmarks.kill_and_resume FOLDER [--photos 300] [--kills 5] [--keep DIR]

FOLDER is scanned twice: straight through, and killed and started again. The kills come after equal
shares of the photos, and the last one while the faces are grouped. Prints one JSON object; exit
code 1 when the two libraries differ. ``--photos`` takes that many photos, evenly spread, as copies.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests import command

POLL = 0.02
"""Seconds between looks at how far a scan is."""


def scan(home: Path, library: Path, folder: Path) -> subprocess.Popen[str]:
    """Start scanning ``folder`` into ``library`` with one worker."""
    return command.start(home, "scan", "--json", "--workers", "1", "--library", library, folder)


def analysed(library: Path) -> tuple[int, int]:
    """How many photos are analysed (or failed) and how many wait; zeros when there is no file."""
    path = library / "library.db"
    if not path.exists():
        return 0, 0
    connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=5)
    try:
        counts = dict(connection.execute("SELECT status, count(*) FROM photo GROUP BY 1"))
    finally:
        connection.close()
    waiting = counts.pop("pending", 0)
    return sum(counts.values()), waiting


def kill_after(process: subprocess.Popen[str], library: Path, photos: int | None) -> bool:
    """Kill when that many photos are analysed (None: all of them); False when it ended before."""
    while process.poll() is None:
        done, waiting = analysed(library)
        if done >= photos if photos is not None else done and not waiting:
            process.kill()
            process.communicate()
            return True
        time.sleep(POLL)
    process.communicate()
    return False


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a scan to end by itself; what it reported."""
    out, err = process.communicate()
    if process.returncode not in (0, 1):
        raise SystemExit(f"the scan ended with {process.returncode}: {err}")
    found: dict[str, Any] = json.loads(out)
    return found


def content(library: Path) -> dict[str, Any]:
    """What the library knows, without ids: photos, faces with their look, who is with whom."""
    connection = sqlite3.connect(library / "library.db")
    photos = connection.execute(
        "SELECT relpath, size, mtime_ns, content_hash, width, height, orientation, taken_at, "
        "taken_from, status, error FROM photo ORDER BY relpath"
    ).fetchall()
    faces, groups = {}, {}
    for relpath, person, state, vector, *place in connection.execute(
        "SELECT relpath, person_id, face.state, vector, x, y, w, h, quality, detection_score "
        "FROM face JOIN photo ON photo.id = photo_id LEFT JOIN embedding ON face_id = face.id"
    ):
        key = (relpath, *(round(value, 5) for value in place[:4]))
        look = tuple(np.round(np.frombuffer(vector, "<f4"), 4).tolist())
        assert key not in faces, "a face is there twice"
        faces[key] = (state, look, *(round(value, 4) for value in place[4:]))
        if person is not None:
            groups.setdefault(person, set()).add(key)
    (integrity,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    assert integrity == "ok", integrity
    return {"photos": photos, "faces": faces, "groups": {frozenset(g) for g in groups.values()}}


def differences(straight: dict[str, Any], killed: dict[str, Any]) -> dict[str, int]:
    """How many photos, faces and groups are in one library only, or differ."""
    return {
        "photos": len(set(straight["photos"]) ^ set(killed["photos"])),
        "faces": len(set(straight["faces"].items()) ^ set(killed["faces"].items())),
        "groups": len(straight["groups"] ^ killed["groups"]),
    }


def compare(folder: Path, work: Path, kills: int) -> dict[str, Any]:
    """Scan both ways in ``work``; what came of it."""
    total = sum(1 for path in folder.rglob("*") if path.is_file())
    started = time.monotonic()
    report = finish(scan(work, work / "straight", folder))
    seconds = time.monotonic() - started
    killed_at = []
    for number in range(1, kills + 1):
        after = total * number // kills if number < kills else None
        process = scan(work, work / "killed", folder)
        if kill_after(process, work / "killed", after):
            killed_at.append(analysed(work / "killed")[0])
    again = finish(scan(work, work / "killed", folder))
    straight, killed = content(work / "straight"), content(work / "killed")
    return {
        "photos": report["photos"],
        "faces": report["faces"],
        "people": report["people"],
        "seconds_straight": round(seconds, 1),
        "killed_after_photos": killed_at,
        "after_kills": {key: again[key] for key in ("photos", "faces", "people", "pending")},
        "differences": differences(straight, killed),
    }


def some_of(folder: Path, count: int, into: Path) -> Path:
    """Copies of ``count`` photos, evenly spread over the folder's people."""
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))
    step = max(1, len(photos) / count)
    for place in range(min(count, len(photos))):
        source = photos[int(place * step)]
        target = into / source.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    return into


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=0)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.keep or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        folder = args.folder.resolve()
        if args.photos:
            folder = some_of(folder, args.photos, work / "photos")
        found = compare(folder, work, args.kills)
    sys.stdout.write(json.dumps(found) + "\n")
    return int(any(found["differences"].values()))


if __name__ == "__main__":
    sys.exit(main())
