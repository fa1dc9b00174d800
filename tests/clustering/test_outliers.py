"""Outlier scores don't depend on how others' faces come, nor much on what is left out."""

from __future__ import annotations

import numpy as np

from facesorter.clustering import outliers
from facesorter.clustering.outliers import OutlierScores, PersonFaces, outlier_scores
from tests.clustering.libraries import unit

FIELDS = ("score", "own", "rival", "rival_likeness", "crowded", "years")


def person(faces: int, *, strangers: int = 0, d: int = 64, seed: int = 0) -> PersonFaces:
    """A person of whom the first faces are strangers'."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(1, d)) + 0.8 * random.normal(size=(faces, d))
    rows[:strangers] = random.normal(size=(strangers, d))
    return PersonFaces(
        unit(rows),
        np.ones(faces, bool),
        random.integers(0, faces * 4 // 5, faces),
        random.uniform(0, 9000, faces),
        np.ones(faces, np.float32),
    )


def others(count: int, d: int = 64, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    persons = random.integers(1, count // 4, count)
    centres = random.normal(size=(count, d))
    return unit(centres[persons] + 0.8 * random.normal(size=(count, d))), persons


def same(a: OutlierScores, b: OutlierScores, rows: np.ndarray) -> None:
    for field in FIELDS:
        assert np.allclose(getattr(a, field)[rows], getattr(b, field), atol=1e-6), field


def test_blocks_make_no_difference() -> None:
    faces, (vectors, persons) = person(300), others(3000)
    whole = outlier_scores(faces, [(vectors, persons)])
    cuts = np.sort(np.random.default_rng(2).integers(0, 3000, 9))
    parts = zip(np.split(vectors, cuts), np.split(persons, cuts), strict=True)
    same(whole, outlier_scores(faces, parts), np.arange(300))
    nearest = (faces.embeddings @ vectors.T).argmax(axis=1)
    assert (whole.rival == persons[nearest]).mean() > 0.5
    assert (whole.rival > 0).all()


def test_faces_of_a_photo_alone_have_the_scores_they_have_among_all() -> None:
    faces, theirs = person(300), others(500)
    whole = outlier_scores(faces, [theirs])
    photo = np.bincount(faces.photo_ids).argmax()
    rows = np.flatnonzero(faces.photo_ids == photo)
    assert len(rows) > 1
    same(whole, outlier_scores(faces, [theirs], rows=rows), rows)


def test_rivals_are_sought_for_the_faces_least_like_the_others() -> None:
    faces, theirs = person(400, strangers=10), others(500)
    whole = outlier_scores(faces, [theirs])
    some = outlier_scores(faces, [theirs], sought=20)
    assert (some.rival >= 0).sum() == 20
    sought = np.flatnonzero(some.rival >= 0)
    assert set(range(10)) <= set(sought.tolist())
    assert (some.rival[sought] == whole.rival[sought]).all()
    assert np.argsort(-some.score)[:10].tolist() == np.argsort(-whole.score)[:10].tolist()


def test_of_many_faces_a_part_says_the_same() -> None:
    """The share that is nearest is found among faces from all years."""
    faces = person(outliers.VOICES * 5, strangers=20)
    few = outlier_scores(faces, []).own
    part = np.arange(0, len(few), 50)
    cosines = faces.embeddings[part] @ faces.embeddings.T
    cosines[np.arange(len(part)), part] = -1
    all_ = np.sort(cosines, axis=1)[:, -round(outliers.NEAR * len(few)) :].mean(axis=1)
    assert np.abs(few[part] - all_).max() < 0.03
    assert few[:20].max() < few[20:].min()


def test_without_others_nobody_is_a_rival() -> None:
    scores = outlier_scores(person(20), [])
    assert (scores.rival == -1).all()
    assert (scores.rival_likeness == -1).all()
