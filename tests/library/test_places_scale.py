"""Speed of searches by place, and of the map, with 100,000 photos in 400 cities.

Run with ``pytest -m scale -s tests/library/test_places_scale.py``; it prints what it measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QSizeF
from PySide6.QtGui import QGuiApplication, QPalette

from facesorter.geo.gazetteer import gazetteer
from facesorter.gui.world.camera import WorldCamera
from facesorter.gui.world.page import located
from facesorter.gui.world.view import Request, scene
from facesorter.library import places
from facesorter.library.decisions import places as decisions
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.library.search import search
from facesorter.storage import places as rows
from facesorter.storage.database import open_reader
from tests.support.timing import milliseconds, say

PHOTOS, CITIES = 100_000, 400
ROME = 3169070
SEARCH_LIMIT, MAP_LIMIT = 200, 300
"""Milliseconds, once the cities were read."""

pytestmark = pytest.mark.scale


def fill(txn: Any, folder: str) -> None:
    """Photos around cities of all sizes, most of them in a few; some placed by hand."""
    connection = txn.connection
    folder_id = folders.add(txn, folder).id
    rng = np.random.default_rng(7)
    known = gazetteer()
    # Rome, Italy's other cities, and cities anywhere.
    chosen = np.concatenate(
        [np.flatnonzero(known.ids == ROME), rng.choice(len(known.ids), CITIES - 1, replace=False)]
    )
    at = chosen[np.minimum(rng.geometric(0.02, PHOTOS) - 1, CITIES - 1)]
    connection.executemany(
        "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, taken_at, sort_at, taken_from, "
        "status) VALUES (?, ?, ?, 1, 1, ?4, ?4, 'exif-original', 'analysed')",
        [
            (n + 1, folder_id, f"Trip {n // 300}/{n}.jpg", f"{2005 + n // 5000}-{1 + n % 12:02}-01")
            for n in range(PHOTOS)
        ],
    )
    for n, city in enumerate(at.tolist()):
        north, east = rng.normal(0, 0.02, 2)
        rows.put(
            connection,
            n + 1,
            float(known.latitude[city] + north),
            float(known.longitude[city] + east),
            int(known.ids[city]),
        )
    decisions.set_city(txn, range(1, PHOTOS, 50), ROME)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    directory: Path = tmp_path_factory.mktemp("places") / "library"
    photos = tmp_path_factory.mktemp("photos")
    library = Library(directory)
    library.transact(fill, str(photos))
    library.close(snapshot=False)
    connection = open_reader(directory)
    yield connection
    connection.close()


@pytest.mark.parametrize("text", ["Rome", "Italy", "place:Rome", "Rome 2010", "not Italy", "Ro"])
def test_searches_by_place(reader: Any, text: str) -> None:
    places.warm()
    search.photo_ids(reader, "place:Rome")
    spent = milliseconds(lambda: search.photo_ids(reader, text))
    say(f"{text}: {len(search.photo_ids(reader, text)):,} photos", spent)
    assert spent < SEARCH_LIMIT


def test_the_map(reader: Any) -> None:
    application = QGuiApplication.instance() or QGuiApplication([])
    assert application is not None
    places.warm()
    found = located(reader, "", {})
    reading = milliseconds(lambda: located(reader, "", {}))
    spent = {}
    for name, middle, scale in (
        ("world", QPointF(0.5, 0.4), 1280.0),
        ("Europe", QPointF(0.54, 0.35), 6000.0),
        ("Rome", QPointF(0.5347, 0.3717), 256.0 * 2**10),
    ):
        camera = WorldCamera(QSizeF(1056, 690), middle, scale)
        wanted = Request(found.points, found.xy, camera, QPalette(), 1.0, named=True)
        scene(wanted)
        spent[name] = milliseconds(lambda wanted=wanted: scene(wanted))
    say(f"{len(found.points.photo_ids):,} photos read", reading)
    for name, took in spent.items():
        say(f"{name} drawn", took)
    assert reading + spent["world"] < MAP_LIMIT
