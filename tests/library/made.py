"""Small libraries made through storage: photos without files, faces with synthetic embeddings.

They live in memory and start from a template per seed, so that a property test can have hundreds.
"""

from __future__ import annotations

import functools
import sqlite3
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from sqlite_utils import Database

from facesorter.domain import Region
from facesorter.library import grouping
from facesorter.library.decisions import journal
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, folders, library_settings, persons, photos
from tests.support import empty_library

DIMENSION = 64
POINTS = [[0.3, 0.4], [0.6, 0.4], [0.45, 0.5], [0.35, 0.6], [0.55, 0.6]]
AT = "2024-05-01T12:00:00"


class Bench:
    """A library in memory with `Library.transact`'s manners."""

    def __init__(self, image: bytes | None = None) -> None:
        # In a cycle it may be collected, and so closed, in a worker thread of a later test.
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        # Python 3.13 warns of a connection that merely goes out of sight.
        weakref.finalize(self, connection.close)
        connection.deserialize(image or empty_library.image())
        connection.execute("PRAGMA foreign_keys = on")
        self.database = Database(connection, recursive_triggers=False)

    @property
    def connection(self) -> sqlite3.Connection:
        return self.database.conn

    def do(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.database.atomic():
            txn = Transaction(self.database)
            result = function(txn, *args, **kwargs)
            persons.keep_covers(self.connection, txn.changes().persons)
            return result

    def refresh(self, *, full: bool = False, part: int = grouping.BATCH) -> int:
        state = grouping.state_of(self.connection)
        proposal = grouping.propose(self.connection, full=full)
        if proposal is None:
            return 0
        work = grouping.Applying(proposal, state)
        while not work.finished:
            work = self.do(grouping.apply, work, part)
        return work.moved

    def undo_all(self, refresh_every: int = 0) -> int:
        """How many decisions were undone."""
        steps = 0
        while (result := self.do(journal.undo)).kind is not None:
            assert result.skipped == 0, result
            steps += 1
            if refresh_every and steps % refresh_every == 0:
                self.refresh(full=True)
        return steps

    def all(self, query: str, *values: Any) -> list[Any]:
        return self.connection.execute(query, values).fetchall()

    def column(self, query: str, *values: Any) -> list[Any]:
        return [row[0] for row in self.connection.execute(query, values)]

    def one(self, query: str, *values: Any) -> Any:
        return self.connection.execute(query, values).fetchone()[0]


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def fill(  # noqa: PLR0913 - one keyword for each property of the data
    connection: sqlite3.Connection,
    *,
    people: int,
    each: int,
    strangers: int = 0,
    between: int = 0,
    per_photo: int = 3,
    spread: float = 0.75,
    seed: int = 0,
    dimension: int = DIMENSION,
) -> list[list[int]]:
    """Write photos and faces; returns the face ids of each person, then of all others.

    ``spread`` is the length of the noise on a unit centre: 0.75 gives cosines of about 0.64 within
    a person. ``between`` faces lie half-way between two people, ``strangers`` lie anywhere.
    """
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((people, dimension)))

    def noise(count: int) -> np.ndarray:
        return unit(random.standard_normal((count, dimension))) * spread

    vectors = [unit(centre + noise(each)) for centre in centres]
    if between:
        pairs = random.integers(0, people, (between, 2))
        vectors.append(unit(centres[pairs[:, 0]] + centres[pairs[:, 1]] + noise(between)))
    if strangers:
        vectors.append(unit(random.standard_normal((strangers, dimension))))
    owner = np.repeat(np.arange(len(vectors)), [len(part) for part in vectors])
    stacked = np.concatenate(vectors)
    order = random.permutation(len(stacked))
    model = embeddings.model_id(connection, "made", f"made-{dimension}", dimension)
    library_settings.put(connection, "model", model)
    folder = folders.insert(connection, f"/photos/{seed}", AT)
    found: list[list[int]] = [[] for _ in range(people + 1)]
    for start in range(0, len(order), per_photo):
        day = int(random.integers(0, 3650))
        taken = str(np.datetime64("2010-01-01T10:00:00") + np.timedelta64(day, "D"))
        photo = photos.insert(connection, folder, f"{start}.jpg", 1000 + start, 1, taken, "exif")
        photos.set_analysed(
            connection,
            photo,
            content_hash=f"{seed}-{start}",
            width=4000,
            height=3000,
            orientation=1,
        )
        for place, row in enumerate(order[start : start + per_photo].tolist()):
            region = Region(0.05 + 0.9 * place / per_photo, 0.2, 0.8 / per_photo, 0.3)
            quality = 0.4 + 0.6 * float(random.random())
            face = faces.insert(connection, photo, region, POINTS, 0.95, quality)
            embeddings.put(connection, face, model, stacked[row])
            found[min(int(owner[row]), people)].append(face)
    return found


@functools.cache
def template(seed: int) -> bytes:
    """A random small library, grouped once, as the bytes of its file."""
    bench = Bench()
    random = np.random.default_rng(seed)
    with bench.database.atomic():
        fill(
            bench.connection,
            people=int(random.integers(3, 6)),
            each=int(random.integers(3, 7)),
            strangers=int(random.integers(0, 4)),
            between=int(random.integers(0, 4)),
            per_photo=int(random.integers(1, 4)),
            spread=float(random.uniform(0.5, 0.95)),
            seed=seed,
        )
    bench.refresh()
    return bench.connection.serialize()


def small(seed: int = 0) -> Bench:
    """A fresh copy of a template."""
    return Bench(template(seed))
