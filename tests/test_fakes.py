"""The drawn photos and their analyzer are worth relying on."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from facesorter.app.services import Services
from facesorter.domain import Face
from facesorter.faces.analyzer import FaceAnalyzer, analyse_photo
from facesorter.library import listings
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from tests.fakes import MOST_PEOPLE, FakeAnalyzer, draw_photo

PEOPLE = [3, 575, 24, 301, 3]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_every_person_is_read_back(tmp_path: Path, suffix: str) -> None:
    analyzer: FaceAnalyzer = FakeAnalyzer()
    seen = analyse_photo(draw_photo(tmp_path / f"a{suffix}", PEOPLE), analyzer)
    assert seen.error is None
    assert len(seen.faces) == len(PEOPLE)
    own = np.stack([FakeAnalyzer(noise=0).embedding(p, 0) for p in range(MOST_PEOPLE)])
    looks = np.stack([face.embedding for face in seen.faces])
    assert sorted((looks @ own.T).argmax(axis=1).tolist()) == sorted(PEOPLE)
    assert np.allclose(np.linalg.norm(looks, axis=1), 1, atol=1e-6)


def test_photos_of_the_same_people_differ_and_repeat(tmp_path: Path) -> None:
    first, other, again = (
        analyse_photo(draw_photo(tmp_path / name, [7], number=n), FakeAnalyzer())
        for name, n in (("a.png", 1), ("b.png", 2), ("c.png", 1))
    )
    assert first.content_hash == again.content_hash != other.content_hash
    assert np.array_equal(first.faces[0].embedding, again.faces[0].embedding)
    similarity = float(first.faces[0].embedding @ other.faces[0].embedding)
    assert 0.6 < similarity < 0.95


def test_a_date_is_kept(tmp_path: Path) -> None:
    path = draw_photo(tmp_path / "a.jpg", [1], taken="2019:06:12 10:00:00")
    assert analyse_photo(path, FakeAnalyzer()).dates == {"exif-original": "2019-06-12T10:00:00"}


def every_face(connection: sqlite3.Connection) -> list[tuple[Face, str]]:
    return list(listings.faces(connection, person_id=None, photo_id=None))


def test_a_library_of_drawn_photos_groups_into_its_people(tmp_path: Path) -> None:
    people = [5, 100, 200, 300]
    for number in range(12):
        pair = [people[number % 4], people[(number + 1) % 4]]
        draw_photo(tmp_path / "photos" / f"{number}.png", pair, number=number)
    analyzer = FakeAnalyzer()
    services = Services(
        tmp_path / "library",
        tmp_path / "cache",
        Settings(workers=2),
        watch=False,
        load=lambda: analyzer,
    )
    services.start().result(30)
    try:
        services.submit(folders.add, str(tmp_path / "photos")).result(30)
        services.rescan()
        services.pipeline.wait_idle(60)
        services.refresh_now()
        services.wait_idle()
        found = services.query(every_face).result(30)
    finally:
        assert services.stop(30)
    assert analyzer.photos == 12
    groups: dict[int | None, set[int]] = {}
    for face, path in found:
        number = int(Path(path).stem)
        left = face.region.x < 0.3
        person = people[(number if left else number + 1) % 4]
        groups.setdefault(face.person_id, set()).add(person)
    assert sorted(groups.values(), key=sorted) == [{person} for person in people]
