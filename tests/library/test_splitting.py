"""A mixed person is cut by proposal, and separated in one decision."""

from __future__ import annotations

import pytest

from facesorter.errors import UserError
from facesorter.library import splitting
from facesorter.library.decisions import corrections, journal
from facesorter.library.decisions.corrections import Part
from tests.library.acts import exact
from tests.library.made import Bench, fill
from tests.support.libraries import faces_of


@pytest.fixture
def mixed() -> tuple[Bench, int, list[list[int]]]:
    """One person that is really two, of 40 and 30 faces, as the machine might have made it."""
    bench = Bench()
    with bench.database.atomic():
        first, second, _ = fill(bench.connection, people=2, each=40, per_photo=1, seed=7)
    bench.refresh()
    people = sorted(bench.column("SELECT DISTINCT person_id FROM face WHERE person_id IS NOT NULL"))
    bench.do(corrections.merge, people[0], people[1:])
    bench.do(corrections.ignore, second[30:])
    return bench, people[0], [first, second[:30]]


def test_a_proposal_is_the_two_people(mixed: tuple[Bench, int, list[list[int]]]) -> None:
    bench, person, (first, second) = mixed
    found = splitting.propose(bench.connection, person, 2)
    assert [sorted(part) for part in found] == [sorted(first), sorted(second)]
    assert [len(part) for part in splitting.propose(bench.connection, person, 5)] == sorted(
        (len(part) for part in splitting.propose(bench.connection, person, 5)), reverse=True
    )


def test_faces_without_embedding_end_the_first_part(
    mixed: tuple[Bench, int, list[list[int]]],
) -> None:
    bench, person, (first, _) = mixed
    bench.database.execute("DELETE FROM embedding WHERE face_id = ?", (first[0],))
    assert splitting.propose(bench.connection, person, 2)[0][-1] == first[0]
    bench.database.execute("DELETE FROM embedding")
    (alone,) = splitting.propose(bench.connection, person, 2)
    assert sorted(alone) == sorted(faces_of(bench, person))


def test_separating_is_one_decision(mixed: tuple[Bench, int, list[list[int]]]) -> None:
    bench, person, parts = mixed
    before = exact(bench)
    stays, other = bench.do(corrections.split_person, person, [Part(tuple(part)) for part in parts])
    assert stays == person and sorted(faces_of(bench, other)) == sorted(parts[1])
    bench.refresh(full=True)
    assert sorted(faces_of(bench, other)) == sorted(parts[1])
    assert bench.do(journal.undo).kind == "split"
    assert exact(bench) == before


def test_names_say_who_stays(mixed: tuple[Bench, int, list[list[int]]]) -> None:
    bench, person, (first, second) = mixed
    bench.do(corrections.name, person, "Anna")
    other, stays = bench.do(
        corrections.split_person, person, [Part(tuple(first), "Eva"), Part(tuple(second), "anna")]
    )
    assert stays == person and sorted(faces_of(bench, person)) == sorted(second)
    assert bench.one("SELECT name FROM person WHERE id = ?", other) == "Eva"
    # Who has the name already is that person; a first part without a name keeps the old one.
    bench.do(corrections.restore, bench.column("SELECT id FROM face WHERE state = 'ignored'"))
    half = tuple(second[:10])
    assert bench.do(
        corrections.split_person, person, [Part(tuple(second[10:])), Part(half, "EVA")]
    ) == [person, other]
    assert bench.one("SELECT name FROM person WHERE id = ?", person) == "anna"
    assert set(half) < set(faces_of(bench, other))


def test_one_name_is_one_person(mixed: tuple[Bench, int, list[list[int]]]) -> None:
    bench, person, (first, second) = mixed
    before = exact(bench)
    with pytest.raises(UserError, match="same person"):
        bench.do(
            corrections.split_person,
            person,
            [Part(tuple(first), "Eva"), Part(tuple(second), "eva")],
        )
    with pytest.raises(UserError, match="same person"):
        bench.do(corrections.split_person, person, [Part(tuple(first)), Part((999_999,))])
    assert exact(bench) == before
