"""Photos are analysed by turns among years and folders, new ones before all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from facesorter.app.schedule import FRESH, AnalysisOrder
from facesorter.storage import folders, photos
from tests.library.made import Bench

AT = "2026-01-01T00:00:00"
YEARS = range(2003, 2026)


class Library:
    """Two folders of photos over many years, as uneven as real ones."""

    def __init__(self, count: int = 4_000) -> None:
        self.bench = Bench()
        self.connection = self.bench.connection
        self.folders = [folders.insert(self.connection, f"/photos/{n}", AT) for n in range(2)]
        random = np.random.default_rng(1)
        share = random.pareto(1.2, len(YEARS)) + 0.05
        years = random.choice(list(YEARS), count, p=share / share.sum())
        self.year_of: dict[int, int] = {}
        self.taken: dict[int, str] = {}
        for year in sorted([*years.tolist(), *YEARS]):
            day = np.datetime64(f"{year}-01-01") + int(random.integers(0, 365))
            self.add(f"{day}T12:{int(random.integers(0, 60)):02}:00", int(random.integers(0, 2)))

    def add(self, taken: str, folder: int = 0) -> int:
        number = len(self.taken)
        photo = photos.insert(
            self.connection, self.folders[folder], f"{number}.jpg", 1, 1, taken, "exif"
        )
        self.year_of[photo], self.taken[photo] = int(taken[:4]), taken
        return photo

    def run(self, sampler: AnalysisOrder, batch: int = 64) -> Iterator[int]:
        """Draw, and do, photo after photo."""
        while drawn := sampler.draw(self.connection, batch, frozenset()):
            for photo in drawn:
                yield photo.id
                self.connection.execute(
                    "UPDATE photo SET status = 'analysed' WHERE id = ?", (photo.id,)
                )


def test_after_a_twentieth_every_year_of_every_folder_was_seen() -> None:
    library = Library()
    order = list(library.run(AnalysisOrder()))
    assert sorted(order) == sorted(library.taken)
    assert len(order) == len(library.taken), "each photo once"
    part = order[: len(order) // 20]
    assert {library.year_of[photo] for photo in part} == set(YEARS)
    seen = Counter(library.year_of[photo] for photo in part)
    sizes = Counter(library.year_of.values())
    # By the square root: the largest year has more turns than a small one, but not all of them.
    largest, smallest = sizes.most_common()[0][0], sizes.most_common()[-1][0]
    assert seen[largest] > seen[smallest]
    assert seen[largest] < 0.5 * len(part)


def test_within_a_year_of_a_folder_the_newest_come_first() -> None:
    library = Library(600)
    folder_of = dict(library.bench.all("SELECT id, folder_id FROM photo"))
    order = list(library.run(AnalysisOrder()))
    for year in YEARS:
        for folder in library.folders:
            taken = [
                library.taken[photo]
                for photo in order
                if library.year_of[photo] == year and folder_of[photo] == folder
            ]
            assert taken == sorted(taken, reverse=True)


def test_a_photo_that_is_dropped_goes_first_however_old() -> None:
    library = Library(2_000)
    sampler = AnalysisOrder()
    run = library.run(sampler)
    before = [next(run) for _ in range(100)]
    dropped = [library.add("1987-05-01T12:00:00"), library.add("2025-12-31T12:00:00")]
    sampler.look_again()
    following = [photo.id for photo in sampler.draw(library.connection, 64, frozenset())]
    assert following == dropped[::-1] and not set(before) & set(dropped)


@pytest.mark.parametrize("more", [FRESH + 1, 500])
def test_a_folder_that_is_being_added_takes_turns_like_the_rest(more: int) -> None:
    library = Library(500)
    sampler = AnalysisOrder()
    sampler.draw(library.connection, 64, frozenset())
    added = {library.add("1995-07-01T12:00:00", 1) for _ in range(more)}
    sampler.look_again()
    drawn = {photo.id for photo in sampler.draw(library.connection, 64, frozenset())}
    assert drawn & added and len(drawn - added) > 32


def test_what_is_to_be_skipped_is_never_drawn_and_does_not_hide_the_rest() -> None:
    library = Library(100)
    every = sorted(library.taken)
    left = {every[3], every[50]}
    skip = frozenset(every) - left
    sampler = AnalysisOrder()
    drawn = {photo.id for photo in sampler.draw(library.connection, 64, skip)}
    assert drawn == left
    assert sampler.draw(library.connection, 64, frozenset(every)) == []


def test_photos_without_a_real_date_are_drawn_too() -> None:
    library = Library(10)
    odd = [library.add(taken) for taken in ("2024", "0000-00-00T00:00:00", "19")]
    assert set(odd) <= set(library.run(AnalysisOrder()))
