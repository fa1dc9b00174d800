"""Speed of searches on 250,000 photos with 500,000 faces.

Run with ``pytest -m scale -s tests/library/test_search_scale.py``; it prints what it measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facesorter.library.decisions import labels
from facesorter.library.library import Library
from facesorter.library.search import search
from facesorter.storage import photo_info
from facesorter.storage.database import open_reader
from tests.library import made
from tests.support.timing import milliseconds, say

PHOTOS, FACES, PEOPLE, NAMED = 250_000, 500_000, 20_000, 300
LIMIT = 200
"""Milliseconds of an answer (features.md, section 5)."""
BROAD, BROAD_LIMIT = 150_000, 600
"""More photos than this are no answer that anybody looks through; they may take longer."""
SEARCHES = (
    "",
    "Anna",
    "Anna and Tom",
    "only Anna Tom",
    "only Anna",
    "Anna not Tom",
    "Anna or Tom",
    "not Anna",
    "2019",
    "June 2019",
    "June",
    "2005-2015",
    "not 2019",
    "unnamed",
    "Anna unnamed",
    "faces:3",
    "faces>2",
    "Anna faces>2",
    "2019 faces:0",
    "pending",
    "failed",
    "Trip 17",
    "Trip",
    "Anna Trip",
    "An",
    "person 2",
    "not Trip 17",
    "Beach",
    "tag:beach Anna",
    "not Beach",
    "Family",
    "Family 2019",
    "album:Best",
    "Best of all 2015",
    "favourite",
    "favourite Anna",
    "Stars at sea",
    "only Anna favourite",
    "Beach or Best of all",
    "not favourite",
    "camera:nikon",
    "lens:105mm",
    "camera:canon Anna",
    "rating>=4",
    "rating:0 2019",
    "not rating>0 2019",
    "keyword:harbor",
    "keyword:nothing",
    "caption:opera",
    "title:opera",
    "file:IMG_12345",
    "format:raw",
    "format:jpeg 2019",
    "size>3240KB",
    "pixels>13MP",
    "doubtful",
    "harbor",
    "harbor Anna rating>=4",
)

pytestmark = pytest.mark.scale


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    directory: Path = tmp_path_factory.mktemp("search") / "library"
    library = Library(directory)
    library.transact(fill)
    library.close(snapshot=False)
    connection = open_reader(directory)
    yield connection
    connection.close()


def fill(txn: Any) -> None:
    random = np.random.default_rng(0)
    run, execute = txn.connection.executemany, txn.connection.execute
    folder = execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')").lastrowid
    days = np.datetime64("2003-01-01T12:00:00") + random.integers(0, 7e8, PHOTOS)
    run(
        "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, content_hash, width, height, "
        "orientation, taken_at, sort_at, taken_from, status) "
        "VALUES (?, ?, ?, ?, 1, ?, 4000, 3000, 1, ?6, ?6, 'exif', ?)",
        (
            (
                n + 1,
                folder,
                f"{2003 + n // 12_000}/Trip {n // 250}/IMG_{n}.jpg",
                3_000_000 + n,
                f"{n:032x}",
                str(days[n]),
                "pending" if n % 50 == 0 else "analysed",
            )
            for n in range(PHOTOS)
        ),
    )
    describe(txn, random)
    label(txn, random)
    names = ["Anna", "Tom", *(f"Person {n}" for n in range(NAMED - 2))]
    run(
        "INSERT INTO person (id, name, created_at) VALUES (?, ?, '2024')",
        [(n + 1, names[n] if n < NAMED else None) for n in range(PEOPLE)],
    )
    # The first have tens of thousands of faces each, as in a real family; the rest a few.
    weights = 1 / np.arange(1, PEOPLE + 1) ** 0.9
    owner = 1 + random.choice(PEOPLE, FACES, p=weights / weights.sum())
    owner[random.random(FACES) < 0.1] = 0
    where = np.sort(random.integers(1, PHOTOS + 1, FACES))
    points = made.faces.pack_landmarks(made.POINTS)
    run("INSERT INTO person_tag (person_id, tag_id) VALUES (?, 2)", [(n,) for n in range(1, 9)])
    run(
        "INSERT INTO face (id, photo_id, x, y, w, h, landmarks, detection_score, quality, origin, "
        "person_id, state, similarity) VALUES (?, ?, 0.1, 0.2, 0.1, 0.15, ?, 0.9, 0.5, "
        "'detected', ?, ?, 0.7)",
        (
            (
                n + 1,
                int(where[n]),
                points,
                int(owner[n]) or None,
                "suggested" if owner[n] else ("unknown" if n % 3 else "ignored"),
            )
            for n in range(FACES)
        ),
    )


def describe(txn: Any, random: Any) -> None:
    """What files say: three cameras, words on every fourth photo, stars on every tenth."""
    cameras = [("Canon", "Canon EOS R6", "RF50mm F1.8"), ("NIKON", "NIKON D70s", "105mm F2.8")]
    cameras.append(("Apple", "iPhone 12 Pro", "back triple camera 4.2mm f/1.6"))
    chosen = random.integers(0, 3, PHOTOS)
    txn.connection.executemany(
        "INSERT INTO photo_info (photo_id, rule, make, model, lens, rating, title, caption, "
        "keywords, inside) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                n + 1,
                *cameras[chosen[n]],
                n % 6 if n % 10 == 0 else None,
                f"Opera {n}" if n % 400 == 0 else None,
                f"An evening at the opera, number {n}, by the water" if n % 40 == 0 else None,
                "Sydney\nharbor\nsea" if n % 16 == 0 else "Sydney" if n % 4 == 0 else None,
                "{}" * 100,
            )
            for n in range(PHOTOS)
        ),
    )
    photo_info.refresh_search(txn.connection, range(1, PHOTOS + 1))


def label(txn: Any, random: Any) -> None:
    """A tag on a fifth of the photos, two hundred small ones, an album of 50,000, favourites."""
    run, execute = txn.connection.executemany, txn.connection.execute
    run(
        "INSERT INTO tag (id, name, created_at) VALUES (?, ?, '2024')",
        [(1, "Beach"), (2, "Family"), *((n, f"Tag {n}") for n in range(3, 203))],
    )
    run(
        "INSERT OR IGNORE INTO photo_tag (photo_id, tag_id) VALUES (?, ?)",
        [(int(n), 1) for n in random.integers(1, PHOTOS + 1, PHOTOS // 5)]
        + [(int(n), 3 + int(n) % 200) for n in random.integers(1, PHOTOS + 1, PHOTOS // 5)],
    )
    execute("INSERT INTO album (id, name, created_at) VALUES (1, 'Best of all', '2024')")
    execute("INSERT INTO album VALUES (2, 'Stars at sea', 'favourite Beach', '2024')")
    run(
        "INSERT OR IGNORE INTO album_photo (photo_id, album_id) VALUES (?, 1)",
        [(int(n),) for n in random.integers(1, PHOTOS + 1, PHOTOS // 5)],
    )
    execute("UPDATE photo SET favourite = 1 WHERE id % 40 = 0")


def test_searches_answer_at_once(reader: Any) -> None:
    slow = {}
    for text in SEARCHES:
        found = len(search.photo_ids(reader, text))
        took = milliseconds(lambda text=text: search.photo_ids(reader, text))
        say(f"{text!r}: {found:,} photos", took)
        if took > (BROAD_LIMIT if found > BROAD else LIMIT):
            slow[text] = took
    say("the sidebar's tags and albums", milliseconds(lambda: labels.tags_and_albums(reader)))
    say("a smart album's count", milliseconds(lambda: search.count(reader, "favourite Beach")))
    say("what may be typed", milliseconds(lambda: search.suggestions(reader)))
    assert not slow
