"""Two hundred photos copied, renamed, moved, edited and deleted, with the program open and closed.

Names and decisions stay, nothing is analysed twice, no photo is there twice; seconds later the
library equals the disk.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from facesorter.app import pipeline
from facesorter.app.services import Services
from facesorter.faces.analyzer import PhotoFaces
from facesorter.files import content_hash
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from tests.app.album import CountingAnalyzer, draw, in_order, on_disk, rows, until

COUNT = 200
GOAL = 5.0
"""Seconds from the last act on a file until the library equals the disk."""


class Walk:
    """A library over two watched folders, and how often each content was analysed."""

    def __init__(self, base: Path, load: Callable[[], Any] | None) -> None:
        self.library = base / "library"
        self.roots = [base / "Photos", base / "Phone"]
        self.load = load
        self.analyses: Counter[str] = Counter()
        self.services: Services | None = None

    @contextmanager
    def open(self) -> Iterator[Services]:
        services = Services(
            self.library, self.library / "cache", Settings(workers=2), load=self.load
        )
        real = pipeline.analyse_file

        def analyse(photo: Any, *more: Any) -> PhotoFaces:
            seen = real(photo, *more)
            self.analyses[seen.content_hash] += 1
            return seen

        pipeline.analyse_file = analyse
        services.start().result(60)
        self.services = services
        try:
            yield services
        finally:
            pipeline.analyse_file = real
            self.services = None
            started = time.monotonic()
            assert services.stop(30)
            assert time.monotonic() - started < 5

    def settled(self) -> bool:
        assert not {"failed"} & set(self.statuses())
        return in_order(self.library, *self.roots)

    def statuses(self) -> list[str]:
        return [row[0] for row in rows(self.library, "SELECT DISTINCT status FROM photo")]

    def named(self) -> dict[str, int]:
        """Confirmed faces by name, in photos that are there and in those that are not."""
        return dict(
            rows(
                self.library,
                "SELECT name, count(*) FROM face JOIN person ON person.id = person_id "
                "WHERE face.state = 'confirmed' AND name IS NOT NULL GROUP BY name",
            )
        )

    def decisions(self) -> list[Any]:
        # A face that an edit cut away is on the photo's earlier version.
        return rows(
            self.library,
            "SELECT face.id, coalesce(version_of, photo.id), state, person_id FROM face "
            "JOIN photo ON photo.id = photo_id WHERE state IN ('confirmed', 'ignored') "
            "ORDER BY face.id",
        ) + rows(self.library, "SELECT face_id, person_id FROM rejection ORDER BY 1, 2")

    def names_by_content(self) -> dict[str, str]:
        """The name that the face of each content on the disk bears, where it was confirmed."""
        return dict(
            rows(
                self.library,
                "SELECT content_hash, person.name FROM photo JOIN face ON face.photo_id = photo.id "
                "JOIN person ON person.id = face.person_id WHERE face.state = 'confirmed' "
                "AND person.name IS NOT NULL AND photo.status = 'analysed'",
            )
        )


def people(walk: Walk) -> None:
    """Name the four largest groups, reject a face, ignore another."""
    with walk.open() as services:
        for root in walk.roots:
            services.submit(folders.add, str(root)).result()
        until(lambda: bool(rows(walk.library, "SELECT 1 FROM photo")))
        services.wait_idle()
        ids = queries.person_ids(services.reader())[:4]
        assert len(ids) == 4
        for number, person_id in enumerate(ids):
            services.submit(corrections.name, person_id, f"Person {number}").result()
        first, second = queries.face_ids(services.reader(), person_id=ids[3])[:2]
        services.submit(corrections.reject, ids[3], [first]).result()
        services.submit(corrections.ignore, [second]).result()
        services.wait_idle()


def upset(roots: list[Path], edit: Callable[[Path, int], None], salt: int) -> set[str]:
    """Copy, rename, move, edit and delete; returns the contents that were edited or deleted."""
    one, other = roots
    files = sorted(path for path in on_disk(*roots))
    lost = set()
    for number, name in enumerate(files[:COUNT]):
        path = Path(name)
        kind = number % 5
        if kind == 0:
            shutil.copy(path, other / f"copy {salt} {path.name}")
        elif kind == 1:
            path.rename(path.with_name(f"renamed {salt} {path.name}"))
        elif kind == 2:
            target = (other if one in path.parents else one) / f"moved {salt}" / path.parent.name
            target.mkdir(parents=True, exist_ok=True)
            path.rename(target / path.name)
        elif kind == 3:
            lost.add(content_hash(path))
            edit(path, 10_000 + 1_000 * salt + number)
        elif number % 10 == 4:
            lost.add(content_hash(path))
            path.unlink()
    # Folders renamed, and a swap.
    folder = next(path for path in sorted(one.iterdir()) if path.is_dir())
    folder.rename(one / f"folder of {salt}")
    away = one.with_name("away")
    one.rename(away)
    time.sleep(1.2)
    away.rename(one)
    return lost


@pytest.mark.parametrize("photos", ["drawn", pytest.param("real", marks=pytest.mark.slow)])
def test_watching_open_and_closed(tmp_path: Path, photos: str, request: Any) -> None:
    load: Callable[[], Any] | None = None
    edit: Callable[[Path, int], None]
    one, other = tmp_path / "Photos", tmp_path / "Phone"
    if photos == "drawn":
        analyzer = CountingAnalyzer()
        load = lambda: analyzer  # noqa: E731
        for number in range(COUNT):
            root = one if number % 3 else other
            draw(root / f"folder {number % 7}" / f"{number}.png", number, number % 8, day=number)
        edit = lambda path, number: draw(path, number, number % 8) and None  # noqa: E731
    else:
        _copy_real(request.getfixturevalue("shared_photos") / "labelled", one, other)
        edit = _edit_real
    walk = Walk(tmp_path, load)
    people(walk)
    assert walk.settled()
    assert set(walk.analyses.values()) == {1}
    named, decided = walk.named(), walk.decisions()
    assert len(named) == 4 and sum(named.values()) > 20

    print(f"\n{photos}:")
    with walk.open() as services:
        services.pipeline.wait_idle(30)
        before = walk.names_by_content()
        started = time.monotonic()
        lost = upset(walk.roots, edit, 1)
        acted = time.monotonic() - started
        took = until(walk.settled, 60)
        print(f"open: {acted:.1f} s of acts, in order {took:.1f} s after the last")
        services.wait_idle()
        _check(walk, named, decided, before, lost)
        assert took < (GOAL if photos == "drawn" else 60)

    before = walk.names_by_content()
    lost = upset(walk.roots, edit, 2)
    with walk.open() as services:
        took = until(walk.settled, 60)
        print(f"closed: in order {took:.1f} s after the start")
        services.wait_idle()
        _check(walk, named, decided, before, lost)
        services.rescan()
        services.wait_idle()
        assert walk.settled()
    print(f"{sum(walk.analyses.values())} analyses of {len(walk.analyses)} contents")
    assert set(walk.analyses.values()) == {1}, "analysed twice"


def _check(
    walk: Walk, named: dict[str, int], decided: list[Any], before: dict[str, str], lost: set[str]
) -> None:
    assert walk.named() == named, "a name was lost"
    assert walk.decisions() == decided, "a decision was changed"
    kept = {content: name for content, name in before.items() if content not in lost}
    after = walk.names_by_content()
    assert kept.items() <= after.items(), "a name left its content"
    assert set(walk.analyses.values()) == {1}, "analysed twice"


def _copy_real(source: Path, one: Path, other: Path) -> None:
    """The photos of the people with the most, so that there are groups to be named."""
    people = sorted(source.iterdir(), key=lambda folder: -len(os.listdir(folder)))
    files = [path for folder in people for path in sorted(folder.iterdir())[:25]][:COUNT]
    for number, path in enumerate(files):
        target = (one if number % 3 else other) / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _edit_real(path: Path, number: int) -> None:
    from PIL import Image, ImageEnhance

    with Image.open(path) as image:
        edited = ImageEnhance.Brightness(image.convert("RGB")).enhance(1.1 + number % 7 / 100)
    edited.save(path, quality=92)
