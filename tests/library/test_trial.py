"""A second pack on trial: nothing changes until it is used, and then every decision stays."""

from __future__ import annotations

import numpy as np
import pytest

from facesorter.errors import UserError
from facesorter.faces.analyzer import FoundFace
from facesorter.faces.reembed import Reembedded
from facesorter.library import check, grouping
from facesorter.library.decisions import corrections
from facesorter.library.models import pack_report, trial
from facesorter.library.scanning import record
from facesorter.storage import embeddings, faces, library_settings, photos, trials
from tests.library.made import Bench, fill, unit
from tests.support.libraries import decided

WIDE = 96
SECOND = ("second", "f" * 64, WIDE, "/packs/second")


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.own = fill(made.connection, people=4, each=6, strangers=3, per_photo=1)  # type: ignore[attr-defined]
    made.refresh()
    return made


def try_all(bench: Bench, owner: dict[int, int], *, lost: frozenset[int] = frozenset()) -> int:
    """The second pack looks at every photo; people are who ``owner`` says."""
    model = bench.do(trial.begin, *SECOND)
    rng = np.random.default_rng(5)
    centres = unit(rng.standard_normal((20, WIDE)))
    for photo in trials.waiting(bench.connection):
        known = faces.of_photo(bench.connection, photo.id)
        seen = []
        for face in known:
            look = unit(centres[owner[face.id]] + 0.6 * unit(rng.standard_normal(WIDE)))
            points = np.array(face.landmarks, np.float32)
            seen.append(FoundFace(face.region, points, 0.9, 0.7, look))
        missed = tuple(at for at, face in enumerate(known) if face.id in lost)
        (row,) = photos.by_ids(bench.connection, [photo.id])
        again = Reembedded(tuple(seen), missed, 0)
        ids = [face.id for face in known]
        bench.do(trial.looked, photo.id, row.content_hash, ids, again, model)
    return model


def owners(bench: Bench) -> dict[int, int]:
    own = bench.own  # type: ignore[attr-defined]
    return {face: number for number, group in enumerate(own[:4]) for face in group} | {
        face: 4 + number for number, face in enumerate(own[4])
    }


def person_of(bench: Bench, face_id: int) -> int:
    (face,) = faces.by_ids(bench.connection, [face_id])
    assert face.person_id is not None
    return face.person_id


def vectors(bench: Bench) -> list[tuple[int, int, bytes]]:
    return bench.all("SELECT face_id, model_id, vector FROM embedding ORDER BY face_id")


def test_trying_changes_nothing_that_is_shown(bench: Bench) -> None:
    shown = bench.all("SELECT id, person_id, state, quality FROM face ORDER BY id")
    before = vectors(bench)
    try_all(bench, owners(bench))
    assert bench.all("SELECT id, person_id, state, quality FROM face ORDER BY id") == shown
    assert vectors(bench) == before
    assert bench.refresh(full=True) == 0
    assert set(bench.column("SELECT status FROM photo")) == {"analysed"}
    found = trial.current(bench.connection)
    assert found is not None and (found.photos, found.waiting) == (27, 0)

    assert bench.do(trial.drop)
    assert trial.current(bench.connection) is None
    assert bench.one("SELECT count(*) FROM trial_embedding") == 0
    assert not bench.do(trial.drop)


def test_a_photo_that_changed_is_looked_at_again(bench: Bench) -> None:
    try_all(bench, owners(bench))
    assert trials.waiting(bench.connection) == []
    bench.connection.execute("UPDATE photo SET content_hash = 'other' WHERE id = 1")
    assert [photo.id for photo in trials.waiting(bench.connection)] == [1]


def test_the_pack_in_use_can_not_be_tried(bench: Bench) -> None:
    with pytest.raises(UserError, match="already in use"):
        bench.do(trial.begin, "made", "made-64", 64, "")


def test_another_trial_replaces_the_first(bench: Bench) -> None:
    try_all(bench, owners(bench))
    bench.do(trial.begin, "third", "a" * 64, 32, "/packs/third")
    assert bench.one("SELECT count(*) FROM trial_embedding") == 0
    assert len(trials.waiting(bench.connection)) == 27


def test_the_report_tells_where_packs_disagree(bench: Bench) -> None:
    own = bench.own  # type: ignore[attr-defined]
    anna, bert = person_of(bench, own[0][0]), person_of(bench, own[1][0])
    bench.do(corrections.name, anna, "Anna")
    bench.do(corrections.name, bert, "Bert")
    wrong = own[0][5]
    third, fourth = person_of(bench, own[2][0]), person_of(bench, own[3][0])
    owner = owners(bench)
    owner[wrong] = owner[own[1][0]]  # confirmed as Anna, but the second pack sees Bert
    for face in own[3]:
        owner[face] = owner[own[2][0]]  # it takes the unnamed two for one
    before = decided(bench)
    try_all(bench, owner, lost=frozenset({own[4][0], own[0][1]}))
    report = pack_report.make(bench.connection)
    assert decided(bench) == before

    assert report.faces == 27
    assert [doubtful.face_id for doubtful in report.doubtful] == [wrong]
    assert (report.doubtful[0].person_id, report.doubtful[0].rival_id) == (anna, bert)
    joined = {frozenset(person for person, _ in parts.faces) for parts in report.joins}
    assert joined == {frozenset({third, fourth})}
    assert report.splits == ()
    # Anna's face stays with her whatever the pack thinks; only the joined ones move.
    assert {move.face_id for move in report.moves} in (set(own[2]), set(own[3]))
    assert report.used.same_pairs == report.tried.same_pairs == 2 * 15
    assert (report.used.dimension, report.tried.dimension) == (64, WIDE)
    # 36 pairs of strangers say nothing of one stranger in a hundred.
    assert all(recognised is None for _, recognised in report.used.recognised)
    # A confirmed face that it does not find stays anyway.
    assert (report.trial.extra, report.trial.lost) == (0, 1)


def test_figures_tell_the_better_pack(bench: Bench) -> None:
    own = bench.own  # type: ignore[attr-defined]
    for number, group in enumerate(own[:4]):
        bench.do(corrections.name, person_of(bench, group[0]), f"Name {number}")
    mixed = owners(bench)
    for group in own[:4]:
        mixed[group[0]] = 9  # this pack takes four different people for one
    try_all(bench, mixed)
    taken = grouping.snapshot(bench.connection)
    assert taken is not None
    pair = pack_report._with_trial(bench.connection, taken, trial.current(bench.connection))
    assert pair is not None
    good, bad = (dict(pack_report.figures("x", each).recognised) for each in pair)
    assert good == {1e-2: None, 1e-3: None}  # 216 pairs
    pack_report_fewest, pack_report.LEAST_PAIRS = pack_report.LEAST_PAIRS, 2
    try:
        good, bad = (dict(pack_report.figures("x", each).recognised) for each in pair)
    finally:
        pack_report.LEAST_PAIRS = pack_report_fewest
    assert good[1e-2] == 1.0
    assert bad[1e-2] is not None and bad[1e-2] < 0.8


def test_a_person_in_two_parts_is_told(bench: Bench) -> None:
    own = bench.own  # type: ignore[attr-defined]
    owner = owners(bench)
    for face in own[2][:3]:
        owner[face] = 12
    try_all(bench, owner)
    (split,) = pack_report.make(bench.connection).splits
    assert split.person_id == person_of(bench, own[2][0])
    assert sorted(faces for _, faces in split.faces) == [3, 3]


def test_using_keeps_decisions_and_leads_back(bench: Bench) -> None:
    own = bench.own  # type: ignore[attr-defined]
    anna, bert = person_of(bench, own[0][0]), person_of(bench, own[1][0])
    bench.do(corrections.name, anna, "Anna")
    bench.do(corrections.reject, anna, [own[0][1]])
    bench.do(corrections.ignore, [own[4][0]])
    bench.do(corrections.assign, bert, [own[2][0]])
    before, first = decided(bench), vectors(bench)
    quality = bench.all("SELECT id, quality FROM face ORDER BY id")
    model = try_all(bench, owners(bench))

    assert bench.do(trial.use, "") == 0
    assert decided(bench) == before
    assert library_settings.get(bench.connection, record.MODEL_KEY) == model
    assert {row[1] for row in vectors(bench)} == {model}
    assert set(bench.column("SELECT DISTINCT quality FROM face")) == {0.7}
    taken = grouping.snapshot(bench.connection)
    assert taken is not None and taken.thresholds is None
    assert taken.embeddings.shape == (26, WIDE)
    bench.refresh(full=True)
    assert decided(bench) == before

    back = trial.current(bench.connection)
    assert back is not None and (back.name, back.folder, back.waiting) == ("made", "", 0)
    assert bench.do(trial.use, "/packs/second") == 0
    assert vectors(bench) == first
    assert bench.all("SELECT id, quality FROM face ORDER BY id") == quality
    bench.refresh(full=True)
    assert decided(bench) == before
    # And the journal still walks all the way back.
    assert bench.undo_all() == 4


def test_photos_seen_differently_or_not_at_all_wait(bench: Bench) -> None:
    own = bench.own  # type: ignore[attr-defined]
    lost = own[4][0]
    try_all(bench, owners(bench), lost=frozenset({lost}))
    (face,) = faces.by_ids(bench.connection, [lost])
    unseen = next(p for p in bench.column("SELECT id FROM photo") if p != face.photo_id)
    bench.connection.execute("DELETE FROM trial_photo WHERE photo_id = ?", (unseen,))
    bench.connection.execute(
        "DELETE FROM trial_embedding WHERE face_id IN (SELECT id FROM face WHERE photo_id = ?)",
        (unseen,),
    )
    report = pack_report.make(bench.connection)
    assert (report.trial.waiting, report.faces) == (1, 26)
    assert bench.do(trial.use, "") == 2
    pending = bench.column("SELECT id FROM photo WHERE status = 'pending' ORDER BY id")
    assert pending == sorted([face.photo_id, unseen])


def test_a_result_of_the_former_pack_comes_too_late(bench: Bench) -> None:
    first = embeddings.model_id(bench.connection, "made", "made-64", 64)
    try_all(bench, owners(bench))
    bench.do(trial.use, "")
    before = vectors(bench)
    (photo,) = photos.by_ids(bench.connection, [1])
    known = faces.of_photo(bench.connection, 1)
    from facesorter.faces.analyzer import PhotoFaces

    look = unit(np.ones((1, 64)))[0]
    found = [
        FoundFace(face.region, np.array(face.landmarks, np.float32), 0.9, 0.7, look)
        for face in known
    ]
    seen = PhotoFaces(str(photo.content_hash), 4000, 3000, 1, {}, tuple(found), None)
    size, mtime_ns, _ = photos.file_version(bench.connection, 1)
    bench.do(record.analysed, 1, size, mtime_ns, seen, first)
    assert vectors(bench) == before


def test_a_report_needs_a_trial(bench: Bench) -> None:
    with pytest.raises(UserError, match="No model pack is being tested"):
        pack_report.make(bench.connection)
    with pytest.raises(UserError, match="No model pack is being tested"):
        bench.do(trial.use, "")
    bench.do(trial.begin, *SECOND)
    with pytest.raises(UserError, match="hasn’t analyzed any faces"):
        pack_report.make(bench.connection)


def test_a_pack_that_is_used_outright_is_on_trial_no_more(bench: Bench) -> None:
    try_all(bench, owners(bench))
    bench.do(record.use_model, *SECOND[:3])
    assert trial.current(bench.connection) is None
    assert bench.one("SELECT count(*) FROM trial_embedding") == 0
    assert set(bench.column("SELECT status FROM photo")) == {"pending"}


def test_check_finds_and_mends_a_broken_trial(bench: Bench) -> None:
    def broken() -> list[check.Finding]:
        found = check.library_findings(bench.connection)
        return [each for each in found if "pack being tested" in str(each.message)]

    try_all(bench, owners(bench))
    assert broken() == []
    bench.connection.execute("UPDATE trial_embedding SET vector = x'00' WHERE face_id = 3")
    (finding,) = broken()
    assert finding.repairable and "face 3" in str(finding.message)
    bench.do(check.repair)
    assert broken() == []
