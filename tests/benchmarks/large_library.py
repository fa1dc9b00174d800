"""Make a large library: 300,000 photos, 50,000 people, one of them with 20,000 faces.

    python -m tests.benchmarks.large_library DIR [--photos 300000] [--dimension 128]

DIR gets ``library`` and, unless ``--no-files``, ``Photos`` with a tiny file for each photo, so that
a scan finds everything as the library knows it. Embeddings are synthetic. Takes a minute or two.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from facesorter.clustering.proposal import Thresholds
from facesorter.faces.models import load_pack
from facesorter.files import content_hash
from facesorter.library import grouping
from facesorter.library.library import Library
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, library_settings
from tests.library.made import POINTS, unit

PEOPLE, LARGEST, PAIRS, NAMED = 50_000, 20_000, 50, 2_000
FACES_PER_PHOTO = 1.0
UNKNOWN = 0.1
"""Share of faces without a person."""
MISSING, FAILED = 200, 1000
"""One photo in so many is missing, and can't be read."""
SPREAD = 0.75
"""Length of the noise on a person's direction; gives cosines of about 0.64 within a person."""
PER_FOLDER = 500
DECISIONS = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--photos", type=int, default=300_000)
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--no-files", action="store_true")
    arguments = parser.parse_args()
    make(
        arguments.directory,
        photos=arguments.photos,
        dimension=arguments.dimension,
        files=not arguments.no_files,
    )


def make(directory: Path, *, photos: int, dimension: int, files: bool = True) -> None:
    """Write the library and the photos; numbers of people shrink with the photos below 300,000."""
    folder = directory / "Photos"
    folder.mkdir(parents=True)
    library = Library(directory / "library")
    library.transact(fill, folder, photos, dimension, files)
    library.close(snapshot=False)


def fill(txn: Transaction, folder: Path, photos: int, dimension: int, files: bool) -> None:
    """Write everything in one transaction."""
    random = np.random.default_rng(0)
    scale = min(1.0, photos / 300_000)
    people, largest, named = (max(60, round(n * scale)) for n in (PEOPLE, LARGEST, NAMED))
    _photos(txn, folder, photos, random, files)
    person = _persons_of_faces(round(photos * FACES_PER_PHOTO), people, largest, random)
    _people(txn, people, named, random)
    _faces(txn, person, named, photos, random)
    _embeddings(txn, person, people, dimension, random)
    pairs = random.choice(np.arange(2, people + 1), (PAIRS, 2), replace=False)
    txn.connection.executemany(
        "INSERT INTO pair (a, b, similarity) VALUES (?, ?, 0.5)", np.sort(pairs, axis=1).tolist()
    )
    _decisions(txn)
    # As after a refresh, so that none is due when the library is opened.
    thresholds = Thresholds(ceiling=0.4, floor=0.6, join=0.45, attach=0.43, n=len(person))
    library_settings.put(txn.connection, grouping.THRESHOLDS_KEY, asdict(thresholds))
    library_settings.put(txn.connection, grouping.STATE_KEY, grouping.state_of(txn.connection))


def _photos(
    txn: Transaction, folder: Path, photos: int, random: np.random.Generator, files: bool
) -> None:
    row = txn.connection.execute(
        "INSERT INTO folder (path, added_at) VALUES (?, '2024-01-01T00:00:00Z')", (str(folder),)
    )
    days = np.datetime64("2000-01-01T12:00:00") + random.integers(0, 780_000_000, photos)
    with BytesIO() as drawn:
        Image.effect_noise((48, 36), 60).convert("RGB").save(drawn, "JPEG")
        picture = drawn.getvalue()

    def rows() -> Iterator[tuple[Any, ...]]:
        for n in range(photos):
            relpath = f"{2000 + n * 25 // photos}/{n // PER_FOLDER:04}/IMG_{n:06}.jpg"
            path = folder / relpath
            content = picture + b"%d" % n
            status = "missing" if n % MISSING == 0 else "analysed"
            mtime = 1_600_000_000_000_000_000 + n
            if files and status != "missing":
                if n % PER_FOLDER == 0 or not path.parent.is_dir():
                    path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                os.utime(path, ns=(mtime, mtime))
            error = None
            if n % FAILED == 1:
                status, error = "failed", "The file is damaged."
            yield (
                *(n + 1, row.lastrowid, relpath, len(content), mtime, content_hash(content)),
                *(str(days[n]), status, error),
            )

    txn.connection.executemany(
        "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, content_hash, width, height, "
        "orientation, taken_at, sort_at, taken_from, status, error) "
        "VALUES (?, ?, ?, ?, ?, ?, 48, 36, 1, ?7, ?7, 'exif', ?, ?)",
        rows(),
    )


def _persons_of_faces(
    count: int, people: int, largest: int, random: np.random.Generator
) -> np.ndarray:
    """int64[count], ids of persons, 0 for nobody: the first has the most, all have at least two."""
    nobody = round(count * UNKNOWN)
    rest = count - nobody - largest - 2 * (people - 1)
    weights = 1 / np.arange(2, people + 1) ** 0.9
    person = np.concatenate(
        [
            np.zeros(nobody, np.int64),
            np.full(largest, 1),
            np.repeat(np.arange(2, people + 1), 2),
            2 + random.choice(people - 1, max(0, rest), p=weights / weights.sum()),
        ]
    )
    return random.permutation(person)


def _people(txn: Transaction, people: int, named: int, random: np.random.Generator) -> None:
    births = random.integers(1930, 2000, people)
    txn.connection.executemany(
        "INSERT INTO person (id, name, birth_date, pinned, created_at) "
        "VALUES (?, ?, ?, ?, '2024-01-01T00:00:00Z')",
        [
            (n + 1, f"Person {n + 1}", str(births[n]) if n % 10 == 0 else None, 1)
            if n < named
            else (n + 1, None, None, 0)
            for n in range(people)
        ],
    )


def _faces(
    txn: Transaction, person: np.ndarray, named: int, photos: int, random: np.random.Generator
) -> None:
    count = len(person)
    where = random.integers(1, photos + 1, count)
    # Nobody is in a photo twice, at least not the one who is in most.
    where[person == 1] = random.choice(photos, int((person == 1).sum()), replace=False) + 1
    confirmed = (person > 0) & (person <= named) & (random.random(count) < 0.7)
    x, quality = random.random(count) * 0.8, random.random(count) * 0.6 + 0.4
    points = faces.pack_landmarks(POINTS)
    txn.connection.executemany(
        "INSERT INTO face (id, photo_id, x, y, w, h, landmarks, detection_score, quality, origin, "
        "person_id, state, similarity) "
        "VALUES (?, ?, ?, 0.2, 0.15, 0.2, ?, 0.9, ?, 'detected', ?, ?, ?)",
        (
            (
                *(n + 1, int(where[n]), float(x[n]), points, float(quality[n])),
                int(person[n]) or None,
                "confirmed" if confirmed[n] else "suggested" if person[n] else "unknown",
                None if confirmed[n] or not person[n] else 0.7,
            )
            for n in range(count)
        ),
    )


def _embeddings(
    txn: Transaction, person: np.ndarray, people: int, dimension: int, random: np.random.Generator
) -> None:
    pack = load_pack()
    # Of another dimension it can't be the pack in use, and opening the window would analyze all.
    sha256 = pack.sha256 if pack.dimension == dimension else f"made-{dimension}"
    model = embeddings.model_id(txn.connection, pack.name, sha256, dimension)
    library_settings.put(txn.connection, grouping.MODEL_KEY, model)
    centres = unit(random.standard_normal((people + 1, dimension), np.float32))
    for start in range(0, len(person), 20_000):
        part = person[start : start + 20_000]
        noise = unit(random.standard_normal((len(part), dimension), np.float32))
        vectors = unit(np.where((part > 0)[:, None], centres[part] + SPREAD * noise, noise))
        txn.connection.executemany(
            "INSERT INTO embedding (face_id, model_id, vector) VALUES (?, ?, ?)",
            [(start + n + 1, model, row.tobytes()) for n, row in enumerate(vectors)],
        )


def _decisions(txn: Transaction) -> None:
    """Entries of the journal: names, all of them given once."""
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    txn.connection.executemany(
        "INSERT INTO decision (id, kind, args, made_at) VALUES (?, 'name', ?, ?)",
        [(n, f'[["faces", 2], ["name", "Person {n}"]]', moment) for n in range(1, DECISIONS + 1)],
    )


if __name__ == "__main__":
    main()
