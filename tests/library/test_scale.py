"""Speed on 50,000 photos with 100,000 faces: what the window asks, and what the user decides.

Run with ``pytest -m scale -s tests/library/test_scale.py``; it prints what it measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facesorter.library import grouping, queries
from facesorter.library.decisions import corrections, journal
from facesorter.library.library import Library
from facesorter.storage import backups
from facesorter.storage.database import open_reader
from tests.library import made
from tests.support.timing import milliseconds, say

PHOTOS, FACES, PEOPLE, MISSING = 50_000, 100_000, 4_000, 500
WINDOW = 150
"""Milliseconds for what the window asks now and then; on a thread of its own."""
STATUS = 30
"""Milliseconds for what the status line asks twice a second."""

pytestmark = pytest.mark.scale


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in which a few people have thousands of faces and most have a few."""
    directory = tmp_path_factory.mktemp("scale") / "library"
    library = Library(directory)
    library.transact(fill)
    library.close(snapshot=False)
    return directory


def fill(txn: Any) -> None:
    random = np.random.default_rng(0)
    run = txn.connection.executemany
    execute = txn.connection.execute
    folder = execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')").lastrowid
    days = np.datetime64("2005-01-01T12:00:00") + random.integers(0, 6e8, PHOTOS)
    run(
        "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, content_hash, width, height, "
        "orientation, taken_at, sort_at, taken_from, status) "
        "VALUES (?, ?, ?, ?, 1, ?, 4000, 3000, 1, ?6, ?6, 'exif', ?)",
        [
            (
                n + 1,
                folder,
                f"{n // 500}/IMG_{n}.jpg",
                3_000_000 + n,
                f"{n:032x}",
                str(days[n]),
                "missing" if n % (PHOTOS // MISSING) == 0 else "analysed",
            )
            for n in range(PHOTOS)
        ],
    )
    run(
        "INSERT INTO person (id, name, created_at) VALUES (?, ?, '2024')",
        [(n + 1, f"Person {n}" if n < 300 else None) for n in range(PEOPLE)],
    )
    # The first person has 2,000 faces, all suggested; the others follow a power law.
    weights = 1 / np.arange(2, PEOPLE + 1) ** 0.9
    persons = 2 + random.choice(PEOPLE - 1, FACES - 2_000, p=weights / weights.sum())
    persons = np.concatenate([np.full(2_000, 1), persons])
    persons[random.random(FACES) < 0.1] = 0
    persons[:2_000] = 1
    execute("UPDATE person SET name = NULL WHERE id = 1")
    confirmed = (persons > 1) & (persons <= 300) & (random.random(FACES) < 0.5)
    where = random.integers(1, PHOTOS + 1, FACES)
    points = made.faces.pack_landmarks(made.POINTS)
    run(
        "INSERT INTO face (id, photo_id, x, y, w, h, landmarks, detection_score, quality, origin, "
        "person_id, state, similarity) VALUES (?, ?, ?, 0.2, 0.1, 0.15, ?, 0.9, ?, 'detected', "
        "?, ?, 0.7)",
        [
            (
                n + 1,
                int(where[n]),
                float(random.random()) * 0.8,
                points,
                float(random.random()),
                int(persons[n]) or None,
                "confirmed" if confirmed[n] else "suggested" if persons[n] else "unknown",
            )
            for n in range(FACES)
        ],
    )
    model = made.embeddings.model_id(txn.connection, "made", "made", 128)
    made.library_settings.put(txn.connection, "model", model)
    vectors = made.unit(random.standard_normal((FACES, 128)))
    run(
        "INSERT INTO embedding (face_id, model_id, vector) VALUES (?, ?, ?)",
        [(n + 1, model, vectors[n].tobytes()) for n in range(FACES)],
    )


@pytest.fixture
def reader(directory: Path) -> Iterator[Any]:
    connection = open_reader(directory)
    yield connection
    connection.close()


def test_what_the_window_asks(reader: Any) -> None:
    people = queries.person_ids(reader)
    photos = queries.photo_ids(reader)
    large = people[0]
    asked: dict[str, tuple[Callable[[], Any], float]] = {
        "counts": (lambda: queries.counts(reader), STATUS),
        "photo_ids": (lambda: queries.photo_ids(reader), WINDOW),
        "photo_ids of a folder": (lambda: queries.photo_ids(reader, folder_id=1), WINDOW),
        "photo_ids of a large person": (
            lambda: queries.photo_ids(reader, person_id=large),
            WINDOW,
        ),
        "photos, 60 of them": (lambda: queries.photos(reader, photos[1000:1060]), 20),
        "cards of persons": (lambda: queries.cards(reader), WINDOW),
        "person_ids": (lambda: queries.person_ids(reader), WINDOW),
        "persons, the 60 largest": (lambda: queries.persons(reader, people[:60]), WINDOW),
        "persons, 60 small ones": (lambda: queries.persons(reader, people[-60:]), 20),
        "names": (lambda: queries.names(reader), WINDOW),
        "face_ids of a large person": (lambda: queries.face_ids(reader, person_id=large), WINDOW),
        "faces, 60 of them": (
            lambda: queries.faces(reader, queries.face_ids(reader, person_id=large)[:60]),
            WINDOW,
        ),
        "undo status": (lambda: journal.status(reader), 5),
        "is a refresh due": (lambda: grouping.is_due(reader), STATUS),
        "problems": (lambda: queries.problems(reader), 20),
    }
    took = {}
    for what, (work, limit) in asked.items():
        took[what] = (milliseconds(work), limit)
        say(what, took[what][0])
    assert not {what: pair for what, pair in took.items() if pair[0] > pair[1]}


def test_what_the_user_decides(directory: Path) -> None:
    library = Library(directory)

    def do(what: str, function: Any, *args: Any) -> float:
        took = milliseconds(lambda: library.transact(function, *args), 1)
        say(what, took)
        return took

    took = [do("name a person of 2,000 faces", corrections.name, 1, "Grandmother")]
    took.append(do("undo it", journal.undo))
    took.append(do("redo it", journal.redo))
    took.append(do("merge two of the largest", corrections.merge, 1, [2]))
    took.append(do("undo that", journal.undo))
    took.append(do("confirm one face", corrections.confirm, 3, [99_999]))
    took.append(do("reject one face", corrections.reject, 3, [99_999]))
    for _ in range(3):
        library.transact(journal.undo)
    library.close(snapshot=False)
    assert max(took) < 500


def test_what_happens_by_the_way(directory: Path) -> None:
    library = Library(directory)
    started = time.perf_counter()
    path = backups.snapshot(library.connection, directory, "daily")
    say(f"snapshot of {path.stat().st_size / 1e6:.0f} MB", (time.perf_counter() - started) * 1000)
    library.close(snapshot=False)
    say("open and close", milliseconds(lambda: Library(directory).close(snapshot=False)))
