"""The second round: small faces of analyzed photos, at rest and without touching what is known."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from facesorter.app.queue import CLOSER_AHEAD
from facesorter.domain import Region
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.storage.database import DATABASE_NAME
from facesorter.storage.pending import MOST_SEARCHES
from tests.app.album import CountingAnalyzer, at_work, draw, fill, rows, settle, until

SMALL = [Region(0.02, 0.02, 0.1, 0.1), Region(0.85, 0.85, 0.1, 0.1)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "Photos"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def analyzer() -> CountingAnalyzer:
    analyzer = CountingAnalyzer()
    analyzer.small = SMALL
    return analyzer


def write(library: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(library / DATABASE_NAME)) as connection, connection:
        connection.execute(statement, values)


def faces(library: Path) -> list[Any]:
    return rows(library, "SELECT photo_id, x, y, w, h FROM face ORDER BY 1, 2")


def test_every_photo_is_searched_once(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    fill(root, 12)
    with at_work(library, analyzer, root) as services:
        settle(services)
        assert queries.counts(services.reader()).unsearched == 0
    assert set(analyzer.searched.values()) == {1}
    assert len(faces(library)) == 12 * 3
    assert rows(library, "SELECT count(*) FROM embedding") == [(36,)]
    with at_work(library, analyzer) as services:
        settle(services)
    assert set(analyzer.searched.values()) == {1}
    assert len(faces(library)) == 12 * 3


def test_a_photo_without_small_faces_is_not_searched(root: Path, library: Path) -> None:
    fill(root, 3)
    analyzer = CountingAnalyzer()
    with at_work(library, analyzer, root) as services:
        settle(services)
    assert not analyzer.searched
    assert rows(library, "SELECT DISTINCT searched FROM photo") == [(1,)]


def test_without_the_search_photos_wait_for_it(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    """As a library made before: its faces come in the background, all else stays."""
    fill(root, 6)
    with at_work(library, analyzer, root) as services:
        services.pipeline.searches = False
        settle(services)
        assert queries.counts(services.reader()).unsearched == 6
        assert services.pipeline.phase == "idle"
        ids = [row[0] for row in rows(library, "SELECT id FROM face ORDER BY id")]
        services.submit(corrections.move_to_new_person, ids[:2], "Anna").result()
        services.submit(corrections.ignore, ids[2:3]).result()
    decided = rows(library, "SELECT * FROM face ORDER BY id")
    assert {"confirmed", "ignored"} < {value for row in decided for value in row}
    with at_work(library, analyzer) as services:
        settle(services)
    assert rows(library, "SELECT * FROM face WHERE id <= ? ORDER BY id", ids[-1]) == decided
    added = rows(library, "SELECT state, person_id FROM face WHERE id > ?", ids[-1])
    assert added == [("unknown", None)] * 12


def test_stopped_in_a_search_it_goes_on_with_the_rest(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    fill(root, 10)
    begun = threading.Event()
    with at_work(library, analyzer, root, workers=1) as services:

        def act(number: int) -> None:
            if sum(analyzer.searched.values()) == 4:
                begun.set()
                services.pipeline.token.wait(20)

        analyzer.act_searching = act
        services.rescan()
        assert begun.wait(20)
        assert services.pipeline.phase == "searching"
        assert queries.counts(services.reader()).unsearched == 7
    analyzer.act_searching = lambda number: None
    assert rows(library, "SELECT searched, count(*) FROM photo GROUP BY 1") == [(0, 7), (1, 3)]
    with at_work(library, analyzer) as services:
        settle(services)
    assert sorted(analyzer.searched.values()) == [1] * 9 + [2]
    assert len(faces(library)) == 10 * 3


def test_killed_searches_are_repeated_but_not_forever(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    fill(root, 3)
    with at_work(library, analyzer, root) as services:
        services.pipeline.searches = False
        settle(services)
    # What a process leaves that died in the middle of a search, once and again and again.
    write(library, "UPDATE photo SET searched = -1 WHERE id = 1")
    write(library, "UPDATE photo SET searched = ? WHERE id = 2", -MOST_SEARCHES)
    with at_work(library, analyzer) as services:
        settle(services)
        assert queries.counts(services.reader()).unsearched == 0
    assert sum(analyzer.searched.values()) == 2
    assert rows(library, "SELECT photo_id, count(*) FROM face GROUP BY 1") == [
        (1, 3),
        (2, 1),
        (3, 3),
    ]


def test_new_photos_come_before_the_rest_of_the_round(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    fill(root, 12)
    hold, begun = threading.Event(), threading.Event()
    scans: list[int] = []

    def act(number: int) -> None:
        begun.set()
        hold.wait(20)

    analyzer.act_searching = act
    with at_work(library, analyzer, root, workers=1) as services:
        services.pipeline.scanned.connect(lambda folder, differences: scans.append(differences))
        services.rescan()
        assert begun.wait(20)
        draw(root / "new.png", 900, day=-3000)
        services.rescan()
        until(lambda: len(scans) == 2)
        analyzer.act = lambda number: seen.append(sum(analyzer.searched.values()))
        seen: list[int] = []
        hold.set()
        assert services.pipeline.wait_idle(30)
    # At most those that were read ahead come before it.
    assert len(seen) == 1 and seen[0] <= CLOSER_AHEAD < 12
    assert len(analyzer.searched) == 13


def test_a_pause_stops_the_round(root: Path, library: Path, analyzer: CountingAnalyzer) -> None:
    fill(root, 12)
    with at_work(library, analyzer, root, workers=1) as services:
        analyzer.act_searching = lambda number: services.pause()
        services.rescan()
        until(lambda: services.paused)
        assert services.pipeline.wait_idle(20)
        assert services.pipeline.phase == "paused"
        assert len(analyzer.searched) == 1
        analyzer.act_searching = lambda number: None
        services.resume()
        assert services.pipeline.wait_idle(30)
    assert len(analyzer.searched) == 12


def test_a_search_of_a_changed_file_adds_nothing(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    (path,) = fill(root, 1)

    def act(number: int) -> None:
        if number == 0:
            draw(path, 5, day=9)

    analyzer.act_searching = act
    with at_work(library, analyzer, root, workers=1) as services:
        settle(services)
    assert analyzer.searched == {0: 1, 5: 1}
    assert len(faces(library)) == 3


def test_an_unreadable_photo_keeps_its_faces(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    fill(root, 2)

    def act(number: int) -> None:
        if number == 1:
            raise MemoryError

    analyzer.act_searching = act
    with at_work(library, analyzer, root) as services:
        settle(services)
        counts = queries.counts(services.reader())
    assert (counts.unsearched, counts.problems, counts.faces) == (0, 0, 4)


def test_a_copy_is_as_searched_as_its_source(
    root: Path, library: Path, analyzer: CountingAnalyzer
) -> None:
    (path,) = fill(root, 1)
    with at_work(library, analyzer, root) as services:
        settle(services)
        (root / "copy.png").write_bytes(path.read_bytes())
        settle(services)
    assert analyzer.searched == {0: 1}
    assert len(faces(library)) == 6
