"""digiKam reads our sidecars: names, places of faces, tags, ratings and words, in its database.

``python -m tests.benchmarks.digikam_reads`` makes photos in all eight orientations with sidecars,
lets digiKam scan them in a home of its own under Xvfb, and compares its SQLite files with what was
written. ``digikam``, ``xvfb-run`` and ``dbus-run-session`` must be installed. Exit code 1 if
anything differs.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from PIL import Image

from facesorter.domain import Given, NamedRegion, Region
from facesorter.exchange import region_frames
from facesorter.exchange.sidecar import Content, merge

SIZE = (1200, 800)
REGION, OTHER = Region(0.1, 0.2, 0.15, 0.3), Region(0.6, 0.37, 0.0713, 0.0917)
LONGEST = 120.0
"""Seconds that digiKam has for a start and a scan."""
SETTINGS = """
[General Settings]
Version=7.9.0

[Metadata Settings]
Use XMP Sidecar For Reading=true
Use Compatible File Name=false
Save Tags=true

[Album Settings]
Scan At Start=true

[Database Settings]
Database Type=QSQLITE
Database Name={db}
Database Name Face={db}
Database Name Similarity={db}
Database Name Thumbnails={db}
Internal Database Server=false
"""


def photos(folder: Path) -> dict[str, Content]:
    """Make photos with sidecars; returns what each sidecar says."""
    folder.mkdir()
    made = {}
    for orientation in range(1, 9):
        path = folder / f"{orientation}.jpg"
        tags = Image.Exif()
        tags[0x0112] = orientation
        Image.effect_noise(SIZE, 30 + orientation).convert("RGB").save(path, exif=tags)
        content = Content(
            (NamedRegion(f"Anna {orientation}", REGION), NamedRegion("Élodie O’Neill", OTHER)),
            Given(orientation % 6, f"Title {orientation}", f"Caption {orientation}"),
            ("Holiday",),
            "2003-04-05T06:07:08",
            orientation,
            SIZE,
        )
        path.with_name(f"{path.name}.xmp").write_bytes(merge(b"", content).data)
        made[path.name] = content
    return made


def run(home: Path, until: str) -> None:
    """Start digiKam, wait until a query on its database finds something, and end it."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "QT_LOGGING_RULES": "*=false",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",  # its map page doesn't start as root otherwise
    }
    child = subprocess.Popen(
        [
            *("xvfb-run", "-a", "-s", "-screen 0 1280x900x24", "dbus-run-session", "--"),
            *("digikam", "--database-directory", home / "db"),
        ],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + LONGEST
        while time.monotonic() < end and child.poll() is None:
            time.sleep(1)
            try:
                with closing(_open(home)) as database:
                    if database.execute(until).fetchone()[0]:
                        time.sleep(5)
                        return
            except sqlite3.Error:
                continue
        raise SystemExit("digiKam didn't come so far")
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(30)


def _open(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'db' / 'digikam4.db'}?mode=ro", uri=True)


def wrong(home: Path, contents: dict[str, Content]) -> list[str]:
    """Compare digiKam's database with what was written."""
    found = []
    with closing(_open(home)) as database:
        for name, each in contents.items():
            (image,) = database.execute("SELECT id FROM Images WHERE name = ?", [name]).fetchone()
            rows = database.execute(
                "SELECT Tags.name, value FROM ImageTagProperties JOIN Tags ON Tags.id = tagid "
                "WHERE imageid = ? AND property = 'tagRegion'",
                [image],
            ).fetchall()
            sideways = region_frames.is_sideways(each.orientation)
            width, height = (SIZE[1], SIZE[0]) if sideways else SIZE
            there = {}
            for person, rect in rows:
                x, y, w, h = (int(number) for number in re.findall(r'"(-?\d+)"', rect))
                there.setdefault(person, []).append(
                    Region(x / width, y / height, w / width, h / height)
                )
            if sum(map(len, there.values())) != len(each.people):
                found.append(f"{name}: {rows}")
            for person in each.people:
                overlap = max(
                    (region.overlap(person.region) for region in there.get(person.name, ())),
                    default=0.0,
                )
                if overlap < 0.95:
                    found.append(f"{name}: {person.name} {overlap:.3f}")
            tags = {
                row[0]
                for row in database.execute(
                    "SELECT name FROM ImageTags JOIN Tags ON Tags.id = tagid WHERE imageid = ?",
                    [image],
                )
            }
            if not {"Holiday", *(person.name for person in each.people)} <= tags:
                found.append(f"{name}: tags {tags}")
            rating, taken = database.execute(
                "SELECT rating, creationDate FROM ImageInformation WHERE imageid = ?", [image]
            ).fetchone()
            words = {
                row[0]
                for row in database.execute(
                    "SELECT comment FROM ImageComments WHERE imageid = ?", [image]
                )
            }
            if max(rating, 0) != each.given.rating:
                found.append(f"{name}: rating {rating}")
            if not taken.startswith("2003-04-05T06:07:08"):
                found.append(f"{name}: date {taken}")
            if not {each.given.title, each.given.caption} <= words:
                found.append(f"{name}: words {words}")
    return found


def main() -> int:
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        contents = photos(home / "photos")
        for name in (".config", "db"):
            (home / name).mkdir()
        (home / ".config" / "digikamrc").write_text(SETTINGS.format(db=home / "db"))
        run(home, "SELECT count(*) FROM Settings")
        with closing(sqlite3.connect(home / "db" / "digikam4.db")) as database, database:
            database.execute(
                "INSERT INTO AlbumRoots (label, status, type, identifier, specificPath) "
                "VALUES ('photos', 0, 1, ?, '/')",
                [f"volumeid:?path={home / 'photos'}"],
            )
        run(home, f"SELECT count(*) = {len(contents)} FROM ImageInformation")
        found = wrong(home, contents)
        print(f"{len(contents)} photos in eight orientations: {found or 'everything as written'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
