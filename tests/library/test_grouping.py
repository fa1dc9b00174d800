"""Proposals on their way into the library: the user's word stands, ids stay, kills are mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facesorter.library import grouping
from facesorter.library.decisions import collages, corrections, journal
from facesorter.library.library import Library
from facesorter.storage import faces, grouping_rows, persons
from facesorter.storage.database import open_reader
from tests.library import acts
from tests.library.made import Bench, fill
from tests.support.libraries import faces_of, groups


def fresh(seed: int = 0) -> Bench:
    """A library whose faces were never grouped."""
    bench = Bench()
    with bench.database.atomic():
        fill(bench.connection, people=4, each=6, strangers=2, spread=0.6, seed=seed)
    return bench


def begin(bench: Bench) -> grouping.Applying:
    proposal = grouping.propose(bench.connection)
    assert proposal is not None
    return grouping.Applying(proposal, grouping.state_of(bench.connection))


def finish(bench: Bench, work: grouping.Applying, part: int = 3) -> grouping.Applying:
    while not work.finished:
        work = bench.do(grouping.apply, work, part)
    return work


def suggestions(bench: Bench) -> list[tuple[int, int | None]]:
    return bench.all("SELECT id, person_id FROM face ORDER BY id")


def test_parts_of_any_size_give_the_same() -> None:
    whole, parts = fresh(), fresh()
    whole.refresh()
    finish(parts, begin(parts), 1)
    assert suggestions(whole) == suggestions(parts)
    assert whole.column("SELECT id FROM person") == parts.column("SELECT id FROM person")


def test_ids_of_persons_stay_over_refreshes() -> None:
    bench = fresh()
    bench.refresh()
    before = suggestions(bench)
    for full in (False, True, False):
        assert bench.refresh(full=full) == 0
        assert suggestions(bench) == before
    bench.do(corrections.name, groups(bench)[0], "Anna")
    assert bench.refresh(full=True) == 0
    assert suggestions(bench) == before


def test_what_the_user_did_since_the_snapshot_stands() -> None:
    bench = fresh()
    bench.refresh()
    first, second, third, fourth = groups(bench)[:4]
    a, b, c = faces_of(bench, first)[:3]
    with bench.database.atomic():  # so that the proposal wants to put all of them back
        for face in (a, b, c):
            faces.set_suggestion(bench.connection, face, None, None)
    work = begin(bench)
    assert {a, b, c} <= {
        face
        for face, person in zip(work.proposal.face_ids, work.proposal.person, strict=True)
        if person == first
    }
    bench.do(corrections.assign, second, [a])
    bench.do(corrections.reject, first, [b])
    bench.do(corrections.ignore, [c])
    bench.do(corrections.name, third, "Carla")
    bench.do(corrections.hide, fourth)
    decided = acts.decided(bench)
    finish(bench, work)
    assert acts.decided(bench) == decided
    state = acts.exact(bench)
    assert state.faces[a] == ("confirmed", second)
    assert state.faces[b] == ("unknown", None)
    assert state.faces[c] == ("ignored", None)


def test_a_person_merged_away_between_parts_is_not_written_to() -> None:
    bench = fresh()
    work = bench.do(grouping.apply, begin(bench), 12)
    one, other = groups(bench)[:2]
    bench.do(corrections.merge, one, [other])
    finish(bench, work)
    assert not persons.exists(bench.connection, other)
    assert not faces_of(bench, other)
    assert not bench.all("PRAGMA foreign_key_check")
    bench.refresh()
    assert bench.refresh() == 0


def test_an_undo_between_parts() -> None:
    bench = fresh()
    bench.refresh()
    person = bench.do(corrections.move_to_new_person, faces_of(bench, groups(bench)[0])[:3])
    work = bench.do(grouping.apply, begin(bench), 5)
    bench.do(journal.undo)
    finish(bench, work)
    assert not persons.exists(bench.connection, person)
    assert not bench.all("PRAGMA foreign_key_check")


def test_a_group_that_is_emptied_in_one_part_and_filled_in_the_next_keeps_its_id() -> None:
    bench = fresh()
    bench.refresh()
    first, second = groups(bench)[:2]
    work = begin(bench)
    assert not len(work.proposal.face_ids)
    taken = grouping.snapshot(bench.connection)
    assert taken is not None
    rows = np.flatnonzero((taken.shown == first) | (taken.shown == second))
    proposal = replace(
        work.proposal,
        face_ids=taken.face_ids[rows],
        person=first + second - taken.shown[rows],
        sure=np.zeros(len(rows), bool),
        similarity=np.full(len(rows), 0.5, np.float32),
    )
    work = grouping.Applying(proposal, work.state)
    was_first, was_second = faces_of(bench, first), faces_of(bench, second)
    finish(bench, work, 1)
    assert faces_of(bench, first) == was_second
    assert faces_of(bench, second) == was_first


def test_an_interrupted_proposal_is_mended_by_the_next_refresh() -> None:
    bench, straight = fresh(), fresh()
    straight.refresh()
    work = begin(bench)
    for _ in range(2):
        work = bench.do(grouping.apply, work, 5)
    assert grouping.is_due(bench.connection)
    with bench.database.atomic():  # one that was made and then emptied by another's analysis
        persons.insert(bench.connection, "2024")
    bench.refresh()
    assert not grouping.is_due(bench.connection)

    def parts(of: Bench) -> set[frozenset[int]]:
        return {frozenset(faces_of(of, person)) for person in groups(of)}

    assert parts(bench) == parts(straight)
    assert not bench.all(
        "SELECT id FROM person WHERE NOT EXISTS (SELECT 1 FROM face WHERE person_id = person.id)"
    )


def test_a_part_that_is_rolled_back_is_written_again() -> None:
    bench, straight = fresh(), fresh()
    straight.refresh()
    work = begin(bench)

    def fail(txn: object) -> None:
        grouping.apply(txn, work, 7)  # type: ignore[arg-type] # given by the bench
        raise RuntimeError

    for _ in range(2):
        try:
            bench.do(fail)
        except RuntimeError:
            continue
    assert work.done == 0 and not work.made
    finish(bench, work, 7)
    assert suggestions(bench) == suggestions(straight)


def test_persons_that_the_user_spoke_of_are_never_deleted() -> None:
    bench = fresh()
    bench.refresh()
    spoken_of, rejected_from, unspoken = groups(bench)[:3]
    bench.do(corrections.confirm, spoken_of, faces_of(bench, spoken_of)[:1])
    bench.do(journal.undo)
    bench.do(corrections.reject, rejected_from, faces_of(bench, unspoken)[:1])
    with bench.database.atomic():
        for person in (spoken_of, rejected_from, unspoken):
            for face in faces_of(bench, person):
                faces.set_suggestion(bench.connection, face, None, None)
        gone = persons.delete_empty(bench.connection)
    assert unspoken in gone
    assert not {spoken_of, rejected_from} & set(gone)
    assert bench.do(journal.redo).kind is None
    assert bench.do(journal.undo).skipped == 0
    bench.do(journal.undo)
    assert bench.do(journal.redo).skipped == 0


def test_the_similarity_of_a_face_that_is_with_nobody_is_none() -> None:
    bench = fresh()
    bench.refresh()
    person = groups(bench)[0]
    bench.do(corrections.reject, person, faces_of(bench, person)[:1])
    bench.refresh()
    assert not bench.all("SELECT id FROM face WHERE state = 'unknown' AND similarity IS NOT NULL")


def test_a_refresh_is_due_after_what_may_change_it() -> None:
    bench = fresh()
    assert grouping.is_due(bench.connection)
    bench.refresh()
    assert not grouping.is_due(bench.connection)
    bench.do(corrections.ignore, [1])
    assert grouping.is_due(bench.connection)
    bench.refresh()
    bench.do(journal.undo)
    assert grouping.is_due(bench.connection)


def test_a_snapshot_is_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A face that is deleted while the snapshot is read was there, or was not."""
    library = Library(tmp_path)
    library.transact(lambda txn: fill(txn.connection, people=3, each=4))
    reader = open_reader(tmp_path)
    read = grouping_rows.columns_to_group

    def read_and_delete(*args: Any) -> Any:
        rows = read(*args)
        library.transact(lambda txn: faces.delete(txn.connection, [1, 2]))
        return rows

    monkeypatch.setattr(grouping_rows, "columns_to_group", read_and_delete)
    taken = grouping.snapshot(reader)
    assert taken is not None and len(taken.face_ids) == len(taken.embeddings) == 12
    assert not reader.in_transaction
    monkeypatch.undo()
    after = grouping.snapshot(reader)
    assert after is not None and len(after.face_ids) == 10
    reader.close()
    library.close(snapshot=False)


def test_a_photo_shows_somebody_more_than_once_if_the_user_says_so() -> None:
    bench = Bench()
    with bench.database.atomic():
        fill(bench.connection, people=1, each=4, per_photo=1, spread=0.6)
        face, other, *_ = bench.column("SELECT id FROM face ORDER BY id")
        (photo,) = bench.column("SELECT photo_id FROM face WHERE id = ?", face)
        bench.connection.execute("UPDATE face SET photo_id = ? WHERE id = ?", (photo, other))

    def persons_there() -> list[int | None]:
        bench.refresh()
        return bench.column("SELECT person_id FROM face WHERE photo_id = ? ORDER BY id", photo)

    # Two others are too few to tell a mirror from a twin.
    assert len(set(persons_there())) == 2
    bench.do(collages.set_collage, [photo])
    assert len(set(persons_there())) == 1
    bench.do(journal.undo)
    assert len(set(persons_there())) == 2
    bench.do(journal.redo)
    bench.do(collages.set_collage, [photo], False)
    assert len(set(persons_there())) == 2
