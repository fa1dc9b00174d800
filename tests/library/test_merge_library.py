"""Two libraries that decided differently become the same, whichever takes in the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facesorter.library import transaction
from facesorter.library.decisions import journal
from facesorter.library.decisions.merge_library import merge, preview
from tests.library import acts
from tests.library.acts import Act, Player
from tests.library.made import Bench, small
from tests.support.acting import LIBRARIES, NUMBERS

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
LEFT_OUT = {"race"}
"""Acts that do what only the machine does in between."""
KINDS = tuple(kind for kind in acts.DECISIONS if kind not in LEFT_OUT)
TURNS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.builds(
            Act,
            st.sampled_from((*KINDS, *KINDS, "undo", "redo")),
            NUMBERS,
            NUMBERS,
            st.lists(NUMBERS, max_size=4).map(tuple),
        ),
    ),
    min_size=2,
    max_size=14,
)
"""Decisions on either of two computers, in the order of time."""


@contextmanager
def clock() -> Iterator[None]:
    """A second for each look at the clock, so that there is an order."""
    ticks = itertools.count()

    def now() -> str:
        seconds = next(ticks)
        return (
            f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000+00:00"
        )

    with mock.patch.object(transaction, "now", now), mock.patch.object(journal, "now", now):
        yield


def renumbered(seed: int) -> Bench:
    """The same photos on another computer, which found the same faces and groups by itself."""
    bench = small(seed)
    connection = bench.connection
    connection.execute("PRAGMA foreign_keys = off")
    connection.execute("UPDATE face SET id = id + 5000, person_id = person_id + 700")
    connection.execute("UPDATE embedding SET face_id = face_id + 5000")
    connection.execute("UPDATE person SET id = id + 700, created_at = '2020-02-02'")
    connection.execute("UPDATE person SET first_cover_id = first_cover_id + 5000")
    connection.execute("UPDATE pair SET a = a + 700, b = b + 700")
    connection.execute("UPDATE photo SET id = id + 900")
    connection.execute("UPDATE face SET photo_id = photo_id + 900")
    connection.commit()
    connection.execute("PRAGMA foreign_keys = on")
    assert not bench.all("PRAGMA foreign_key_check")
    return bench


def result(bench: Bench) -> dict[str, Any]:
    """All that was said, in words that don't depend on ids."""
    face = {
        row[0]: row[1:]
        for row in bench.all(
            "SELECT face.id, content_hash, x, y, w, h FROM face JOIN photo ON photo.id = photo_id"
        )
    }
    photo = dict(bench.all("SELECT id, content_hash FROM photo"))
    confirmed = bench.all("SELECT id, person_id FROM face WHERE state = 'confirmed'")
    shown: dict[int, Any] = {}
    for person, name in bench.all("SELECT id, name FROM person"):
        own = tuple(sorted(face[f] for f, p in confirmed if p == person))
        if own or name:
            shown[person] = (name or "", own)
    links = bench.all("SELECT face_id, person_id FROM rejection")
    return {
        "confirmed": {face[f]: shown[p] for f, p in confirmed},
        "ignored": {
            face[row[0]] for row in bench.all("SELECT id FROM face WHERE state = 'ignored'")
        },
        "rejected": {(face[f], shown[p]) for f, p in links if p in shown},
        "people": sorted(
            (shown[p], *map(str, rest))
            for p, *rest in bench.all(
                "SELECT id, hidden, birth_date, death_date, notes, favourite FROM person"
            )
            if p in shown and shown[p][1]
        ),
        "covers": {
            shown[p]: face.get(c)
            for p, c in bench.all("SELECT id, cover_face_id FROM person")
            if p in shown and shown[p][1]
        },
        "photos": bench.all(
            "SELECT content_hash, favourite, repeats, given_date, rating, title, caption, turn, "
            "given_place, given_latitude, given_longitude FROM photo ORDER BY 1"
        ),
        "tags": {
            (photo[p], name)
            for p, name in bench.all(
                "SELECT photo_id, name FROM photo_tag JOIN tag ON tag.id = tag_id"
            )
        },
        "albums": {
            (photo[p], name)
            for p, name in bench.all(
                "SELECT photo_id, name FROM album_photo JOIN album ON album.id = album_id"
            )
        },
        "relations": {
            (frozenset((shown[a], shown[b])) if kind != "parent" else (shown[a], shown[b]), kind)
            for a, b, kind in bench.all("SELECT a, b, kind FROM relation")
            if a in shown and b in shown and shown[a][1] and shown[b][1]
        },
    }


def take_in(here: Bench, there: Bench) -> None:
    """Merge, and prove that one undo takes all of it back, and redo brings it again."""
    before = acts.decided(here)
    with here.database.atomic():
        pass
    done = here.do(merge, there.connection, "other")
    for query in ("PRAGMA foreign_key_check", "PRAGMA integrity_check"):
        assert here.all(query) in ([], [("ok",)])
    assert not here.all(
        "SELECT * FROM face JOIN rejection ON rejection.face_id = face.id "
        "AND rejection.person_id = face.person_id WHERE state = 'confirmed'"
    )
    after = result(here)
    if not done.empty and here.all("SELECT 1 FROM decision WHERE kind = 'merge-library'"):
        undone = here.do(journal.undo)
        assert (undone.kind, undone.skipped) == (journal.Kind.MERGE_LIBRARY, 0)
        assert acts.decided(here)[:1] == before[:1]
        assert here.do(journal.redo).skipped == 0
        assert result(here) == after


def check_both_orders(first: Bench, second: Bench, turns: list[tuple[int, Act]]) -> None:
    with clock():
        players = Player(first), Player(second)
        for who, act in turns:
            players[who].play([act])
        images = [bench.connection.serialize() for bench in (first, second)]
        one, two = (Bench(image) for image in images)
        take_in(one, second)
        take_in(two, first)
        assert result(one) == result(two)
        # Nothing is left to be said.
        assert preview(one.connection, two.connection).empty
        assert preview(two.connection, one.connection).empty


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), TURNS)
def test_copies_that_went_their_own_ways(seed: int, turns: list[tuple[int, Act]]) -> None:
    check_both_orders(small(seed), small(seed), turns)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), TURNS)
def test_libraries_of_two_computers(seed: int, turns: list[tuple[int, Act]]) -> None:
    check_both_orders(small(seed), renumbered(seed), turns)
