"""Another model pack: everything the user decided stays, nothing of two packs is mixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facesorter.domain import Face, FaceState
from facesorter.faces.analyzer import FoundFace, PhotoFaces
from facesorter.library import grouping
from facesorter.library.decisions import corrections, journal
from facesorter.library.scanning import record
from facesorter.storage import embeddings, faces, photos
from tests.library.made import Bench, fill, unit
from tests.support.libraries import decided

WIDE = 96
"""Dimension of the second pack, which nothing else here has."""


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.own = fill(made.connection, people=4, each=6, strangers=3)  # type: ignore[attr-defined]
    made.refresh()
    return made


def moved(face: Face, shift: float) -> Face:
    """Where another detector puts the same face."""
    region = face.region
    return replace(face, region=replace(region, x=region.x + shift * region.w))


def analyse_again(bench: Bench, owner: dict[int, int], model_id: int, *, lost: set[int]) -> None:
    """Every photo that waits is looked at with a pack of other embeddings and other boxes."""
    rng = np.random.default_rng(5)
    centres = unit(rng.standard_normal((10, WIDE)))
    for photo_id in bench.column("SELECT id FROM photo WHERE status = 'pending'"):
        found = []
        for known in faces.of_photo(bench.connection, photo_id):
            if known.id in lost:
                continue
            off = unit(rng.standard_normal((1, WIDE)))[0] * 0.6
            look = unit((centres[owner[known.id]] + off)[None])[0]
            place = moved(known, 0.1)
            points = np.array(place.landmarks, np.float32)
            found.append(FoundFace(place.region, points, 0.9, 0.7, look))
        (photo,) = photos.by_ids(bench.connection, [photo_id])
        # The files are the same.
        seen = PhotoFaces(photo.content_hash or "", 4000, 3000, 1, {}, tuple(found), None)
        size, mtime_ns, _ = photos.file_version(bench.connection, photo.id)
        bench.do(record.analysed, photo_id, size, mtime_ns, seen, model_id)


def test_switching_keeps_every_decision_and_mixes_nothing(bench: Bench) -> None:
    own = bench.own
    owner = {face: number for number, group in enumerate(own[:4]) for face in group}
    owner |= {face: 4 + number for number, face in enumerate(own[4])}
    of = {f.id: f.person_id for f in faces.by_ids(bench.connection, [f for g in own for f in g])}
    anna, bert = of[own[0][0]], of[own[1][0]]
    bench.do(corrections.name, anna, "Anna")
    bench.do(corrections.name, bert, "Bert")
    bench.do(corrections.reject, anna, [own[0][1]])
    bench.do(corrections.ignore, [own[4][0]])
    bench.do(corrections.assign, bert, [own[2][0]])  # a mistake of the user's is a decision too
    before = decided(bench)
    first = embeddings.model_id(bench.connection, "made", "made-64", 64)

    second = bench.do(record.use_model, "second", "f" * 64, WIDE)
    assert second != first
    assert set(bench.column("SELECT status FROM photo")) == {"pending"}
    assert decided(bench) == before
    # Until photos were looked at again there is nothing to group, and nothing falls apart.
    assert bench.refresh() == 0

    # The new pack misses a face that was confirmed, and one that nobody decided about.
    lost = {own[0][2], own[4][2]}
    analyse_again(bench, owner, second, lost=lost)
    assert decided(bench) == before
    assert faces.by_ids(bench.connection, [own[4][2]]) == []
    models = bench.all("SELECT face_id, model_id FROM embedding")
    assert {face for face, model in models if model == first} == {own[0][2]}
    taken = grouping.snapshot(bench.connection)
    assert taken is not None and taken.embeddings.shape[1] == WIDE
    assert own[0][2] not in taken.face_ids

    bench.refresh()
    assert decided(bench) == before
    (rejected, placed) = faces.by_ids(bench.connection, [own[0][1], own[2][0]])
    assert rejected.person_id != anna
    assert (placed.person_id, placed.state) == (bert, FaceState.CONFIRMED)
    # What nobody decided about is grouped by the new pack's similarities.
    third = {f.person_id for f in faces.by_ids(bench.connection, own[3])}
    assert len(third) == 1 and third != {None}

    # And the journal still walks all the way back.
    assert bench.undo_all() == 5
    assert decided(bench)[0] == [] and decided(bench)[1] == []


def test_the_same_pack_again_asks_for_nothing(bench: Bench) -> None:
    first = embeddings.model_id(bench.connection, "made", "made-64", 64)
    assert bench.do(record.use_model, "renamed", "made-64", 64) == first
    assert bench.do(journal.undo).kind is None
    assert set(bench.column("SELECT status FROM photo")) == {"analysed"}
