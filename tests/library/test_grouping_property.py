"""Grouping in the library: decisions undone leave no trace, whichever came first."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facesorter.library.decisions import corrections
from tests.library.acts import Act, Player, exact
from tests.library.made import Bench, small
from tests.support.acting import LIBRARIES, ONLY_DECISIONS
from tests.support.examples import examples

FACES = st.lists(st.integers(0, 60), min_size=2, max_size=2, unique=True)
KINDS = st.sampled_from(("confirm", "reject", "ignore"))
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def partition(bench: Bench) -> set[frozenset[int]]:
    """Who is with whom; ids of groups that nobody named may change with the order of decisions."""
    together: dict[int | None, set[int]] = {}
    for face, person in bench.all("SELECT id, person_id FROM face"):
        together.setdefault(person, set()).add(face)
    return {frozenset(faces) for person, faces in together.items() if person is not None}


@settings(max_examples=examples(50), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), ONLY_DECISIONS)
def test_decisions_undone_leave_the_groups_as_they_were(seed: int, steps: list[Act]) -> None:
    bench = small(seed)
    bench.refresh(full=True)
    before = partition(bench)
    Player(bench).play(steps)
    bench.refresh()
    bench.undo_all()
    bench.refresh(full=True)
    assert partition(bench) == before


@settings(max_examples=examples(50), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), FACES, KINDS, KINDS)
def test_decisions_about_different_faces_commute(
    seed: int, numbers: list[int], first: str, second: str
) -> None:
    one, other = small(seed), small(seed)
    ids = one.column("SELECT id FROM face ORDER BY id")
    faces = [ids[number % len(ids)] for number in numbers]
    acts = list(zip((first, second), faces, strict=True))
    for bench, order in ((one, acts), (other, acts[::-1])):
        for kind, face in order:
            person = bench.one("SELECT person_id FROM face WHERE id = ?", face)
            if kind == "ignore":
                bench.do(corrections.ignore, [face])
            elif person is not None:
                bench.do(getattr(corrections, kind), person, [face])
    if faces[0] != faces[1]:
        assert exact(one) == exact(other)
        one.refresh()
        other.refresh()
        assert partition(one) == partition(other)


def test_a_photo_that_goes_missing_and_comes_back_finds_its_people() -> None:
    bench = small(1)
    bench.refresh(full=True)
    person = bench.one("SELECT person_id FROM face WHERE person_id IS NOT NULL ORDER BY id")
    bench.do(corrections.name, person, "Anna")
    bench.refresh()
    before = bench.all("SELECT id, state, person_id FROM face ORDER BY id")
    for photo in bench.column("SELECT id FROM photo"):
        with bench.database.atomic():
            bench.connection.execute("UPDATE photo SET status = 'missing' WHERE id = ?", (photo,))
        bench.refresh()
        with bench.database.atomic():
            bench.connection.execute("UPDATE photo SET status = 'analysed' WHERE id = ?", (photo,))
        bench.refresh()
        assert bench.all("SELECT id, state, person_id FROM face ORDER BY id") == before
