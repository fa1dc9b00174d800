"""What stacks cost in a library of 100,000 photos: finding them, and listing photos with them.

``python -m tests.benchmarks.stacks [PHOTOS]``. A third are raw photos with their JPEGs, a tenth
frames of bursts of five, one in fifty has an edited copy; 100 photos to a folder, two faces each.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

import numpy as np
from sqlite_utils import Database

from facesorter.library import queries, stacks
from facesorter.library.transaction import Transaction
from facesorter.storage import fingerprints
from facesorter.storage import stacks as rows
from facesorter.storage.migrations import migrations

T = TypeVar("T")
POINTS = b"\0" * 40


def timed(what: str, act: Callable[[], T], best_of: int = 1) -> T:
    """Do something, and print how long it took at best."""
    took = []
    for _ in range(best_of):
        started = time.perf_counter()
        answer = act()
        took.append(time.perf_counter() - started)
    print(f"{what:60} {min(took) * 1000:8,.0f} ms")
    return answer


def names(count: int) -> list[tuple[str, int]]:
    """File names of photos in the order taken, with the second each was taken in."""
    found: list[tuple[str, int]] = []
    number = second = 0
    random = np.random.default_rng(0)
    while len(found) < count:
        folder = f"{len(found) // 100:05}/"
        kind, number = random.random(), number + 1
        second += 600
        stem = f"{folder}IMG_{number % 10_000:04}"
        if kind < 0.2:
            found += [(f"{stem}.CR2", second), (f"{stem}.JPG", second)]
        elif kind < 0.225:
            for frame in range(5):
                found.append((f"{folder}IMG_{(number + frame) % 10_000:04}.JPG", second + frame))
            number += 4
        elif kind < 0.24:
            found += [(f"{stem}.JPG", second), (f"{folder}IMG_E{number % 10_000:04}.JPG", second)]
        else:
            found.append((f"{stem}.JPG", second))
    return found[:count]


def fill(connection: sqlite3.Connection, count: int) -> None:
    """Write photos, their cameras, fingerprints and faces."""
    connection.execute(
        "INSERT INTO folder (id, path, added_at) VALUES (1, '/photos', '2020-01-01')"
    )
    random = np.random.default_rng(1)
    start = np.datetime64("2005-01-01T10:00:00")
    scene, last = random.integers(0, 256, 576).astype(np.float64), -100
    photos, infos, prints, faces = [], [], [], []
    for at, (name, second) in enumerate(dict(names(count)).items(), 1):
        taken = str(start + np.timedelta64(second, "s"))
        if second - last > 10:
            scene = random.integers(0, 256, 576).astype(np.float64)
        last = second
        pixels = np.clip(scene + random.normal(0, 4, 576), 0, 255).astype(np.uint8).tobytes()
        dates = json.dumps({"exif-original": taken})
        photos.append((at, name, at, taken, f"hash{at}", dates))
        infos.append((at,))
        prints.append((f"hash{at}", pixels))
        faces += [(at, 0.2, POINTS), (at, 0.6, POINTS)]
    connection.executemany(
        "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, taken_at, sort_at, taken_from, "
        "status, content_hash, dates, width, height) "
        "VALUES (?, 1, ?, ?, 1, ?4, ?4, 'exif-original', 'analysed', ?, ?, 4000, 3000)",
        photos,
    )
    connection.executemany(
        "INSERT INTO photo_info (photo_id, rule, make, model) VALUES (?, 1, 'Canon', 'R6')", infos
    )
    connection.executemany(
        "INSERT INTO fingerprint (content_hash, pixels, compared) VALUES (?, ?, 1)", prints
    )
    connection.executemany(
        "INSERT INTO face (photo_id, x, y, w, h, landmarks, detection_score, quality, origin, "
        "state) VALUES (?, ?, 0.2, 0.1, 0.2, ?, 0.9, 0.7, 'detected', 'unknown')",
        faces,
    )


def main(count: int) -> None:
    """Print the table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        database = Database(connection, recursive_triggers=False)
        migrations.apply(database)
        fill(connection, count)

        def do(act: Callable[..., Any], *args: Any) -> Any:
            with database.atomic():
                return act(Transaction(database), *args)

        ids = timed("photos listed, before", lambda: queries.photo_ids(connection), 5)
        timed("their months", lambda: queries.months(connection, ids), 3)
        gone, new = timed("stacks of all folders", lambda: stacks.search(connection))
        timed("written", lambda: do(stacks.record, gone, new))
        found = timed("faces that are the same", lambda: stacks.search_counterparts(connection))
        timed("written", lambda: do(stacks.record_counterparts, *found))
        timed("a search in which nothing is new", lambda: stacks.search(connection))
        timed("faces, nothing new", lambda: stacks.search_counterparts(connection))
        timed("copies and stacks counted", lambda: fingerprints.copies_differ(connection))
        (place, *_) = rows.places_of(connection, [count // 2])
        timed("a search of one folder", lambda: stacks.search(connection, place), 3)
        timed("faces of one folder", lambda: stacks.search_counterparts(connection, place), 3)
        folded = timed("photos folded", lambda: stacks.fold(connection, ids), 5)
        timed("their months", lambda: queries.months(connection, folded.ids), 3)
        timed(
            "one stack read",
            lambda: stacks.every(connection, folded.stacks[next(iter(folded.stacks))]),
            3,
        )
        timed(
            "counterparts of 1,000 faces",
            lambda: rows.counterparts(connection, list(range(1, 1001))),
            3,
        )
        print(f"{len(ids):,} photos, {len(folded.stacks):,} stacks, {len(new):,} photos in them")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
