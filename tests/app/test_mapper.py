"""The map follows the library once somebody looked at it, and only then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from facesorter.app.services import Services
from facesorter.library import face_map, queries
from facesorter.library.decisions import corrections
from tests.library import made


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    services.start().result(60)
    yield services
    assert services.stop(20)


def fill(services: Services, seed: int = 0) -> None:
    services.submit(
        lambda txn: made.fill(txn.connection, people=3, each=6, per_photo=1, seed=seed)
    ).result(60)


def drawn(services: Services) -> threading.Event:
    happened = threading.Event()
    services.mapper.drawn.connect(happened.set)
    return happened


def test_it_is_drawn_when_wanted_and_anew_after_a_refresh(services: Services) -> None:
    fill(services)
    services.refresh_now()
    assert services.refresher.wait_idle(30)
    time.sleep(0.2)
    assert face_map.load(services.library_dir) is None
    happened, shares = drawn(services), []
    services.mapper.progress.connect(shares.append)
    services.mapper.want()
    assert happened.wait(60)
    first = face_map.load(services.library_dir)
    assert first is not None and len(first.face_ids) == 18
    assert shares and shares == sorted(shares)
    happened.clear()
    services.mapper._not_before = 0.0
    faces = services.query(queries.face_ids).result(60)
    services.submit(corrections.ignore, faces[:1]).result(60)
    services.mapper.want()
    services.refresh_now()
    limit = time.monotonic() + 60
    while len(face_map.load(services.library_dir).face_ids) != 17:  # type: ignore[union-attr]
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_nothing_was_compared_yet(services: Services) -> None:
    """After a start nothing is due, so the map itself asks for a refresh."""
    fill(services)
    happened = drawn(services)
    services.mapper.want()
    assert happened.wait(60)
    assert face_map.load(services.library_dir) is not None


def test_a_library_without_faces_is_told_once(services: Services) -> None:
    count, happened = [0], drawn(services)

    def counted(*_: object) -> None:
        count[0] += 1

    services.refresher.refreshed.connect(counted)
    services.mapper.want()
    assert happened.wait(20)
    time.sleep(0.5)
    assert count[0] == 1
    assert face_map.load(services.library_dir) is None


def test_stopping_cancels_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(services)
    services.refresh_now()
    assert services.refresher.wait_idle(30)
    begun = threading.Event()

    def endless(before: object, likeness: object, token: object, told: object) -> None:
        begun.set()
        while True:
            token.check()  # type: ignore[attr-defined]
            time.sleep(0.01)

    monkeypatch.setattr(face_map, "renew", endless)
    services.mapper.want()
    assert begun.wait(20)
    started = time.monotonic()
    services.mapper.stop()
    assert time.monotonic() - started < 2
