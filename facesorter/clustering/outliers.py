"""Outlier scores: how likely each face of a person is wrong, to show the likeliest first.

A wrong face is unlike the others, or more like somebody else, or in a photo with a surer face of
the same person, or years away from all the rest; a face that can hardly be seen is doubtful for
that alone. Each of these adds to the score. Nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from facesorter.clustering.confidence import TOP
from facesorter.clustering.constraints import SAME_PICTURE
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS

NEAR = 0.1
"""Share of a person's faces that a face is compared with, the nearest and at least `TOP`: all would
cast doubt on everybody's childhood, and three alone could all be the same stranger."""
VOICES = 1_000
"""Maximum faces of a person that a face is compared with, evenly spread over time."""
COPY = 1e-5
"""Difference of a cosine from 1 up to which two faces are copies; different ones are never as
near."""
ALONE = 1.0
"""Likeness of a face that there is none but copies of."""
RIVALS = 48
"""Nearest faces of others among which the next best person is sought."""
RIVAL_MARGIN = 0.1
"""Cosine by which a face should be more like its own person than like any other."""
OF_RIVAL = 1.0
OF_PHOTO = 0.3
OF_TIME = 0.01
"""Weights: of a missing margin (per cosine), of a surer face in the same photo, and of each year
beyond `YEARS` to the nearest others. Unlikeness itself has the weight 1."""
YEARS = 5.0
"""Years without a photo of a person that are not unusual."""
OF_POOR = 0.05
"""Weight of missing quality. Small: the poorer a face, the lower its similarities anyway."""
_ROWS, _COLUMNS, _FIRST = 1024, 8192, 256
"""Faces compared at a time, which takes 32 MB; and of others at first, when nearly all are new."""


@dataclass(frozen=True)
class PersonFaces:
    """All faces of one person."""

    embeddings: Singles
    """float32[k, d], unit length."""
    confirmed: Bools
    """bool[k]."""
    photo_ids: Ints
    """int64[k]."""
    taken: Floats
    """float64[k], days; NaN where unknown."""
    quality: Singles
    """float32[k], 0 to 1."""


@dataclass(frozen=True)
class OutlierScores:
    """The scores of a person's faces and what they are made of, in the order of the faces."""

    score: Floats
    """float64[k]; the higher the more likely wrong, comparable between persons."""
    own: Floats
    """float64[k], mean cosine to the nearest of the person's other faces, confirmed ones first."""
    rival: Ints
    """int64[k], the person that the face is most like otherwise, -1 for none or if not sought."""
    rival_likeness: Floats
    """float64[k], mean of the highest `TOP` cosines to that person; -1 for none."""
    crowded: Bools
    """bool[k], a surer face of the person is in the same photo."""
    years: Floats
    """float64[k], years to the nearest of the others' dates; 0 where unknown."""


def outlier_scores(
    faces: PersonFaces,
    others: Iterable[tuple[Singles, Ints]],
    *,
    rows: Ints | None = None,
    sought: int | None = None,
) -> OutlierScores:
    """Score the faces of one person.

    Args:
        faces: All of the person's faces.
        others: Faces of other persons in blocks: float32[m, d], and int64[m], who they are, from 0
            on.
        rows: int64[k], which faces to score, whole photos of them; None for all.
        sought: Maximum faces to seek rivals for, those least like the person; None for all. Of a
            person with very many faces, the others are surely right.

    Thread: any. Takes ``sought`` times m dot products.
    """
    rows = np.arange(len(faces.photo_ids)) if rows is None else rows
    embeddings = faces.embeddings[rows]
    own = _own(faces, rows)
    crowded = _crowded(embeddings, faces.photo_ids[rows], own)
    years = _years(faces.taken)[rows]
    rival, likeness = np.full(len(rows), -1, np.int64), np.full(len(rows), -1.0)
    least = np.sort(np.argsort(own, kind="stable")[:sought])
    rival[least], likeness[least] = _rivals(embeddings[least], others)
    missing = np.where(rival >= 0, np.maximum(0.0, likeness + RIVAL_MARGIN - own), 0.0)
    score = (
        (1.0 - own)
        + OF_RIVAL * missing
        + OF_PHOTO * crowded
        + OF_TIME * np.maximum(0.0, years - YEARS)
        + OF_POOR * (1.0 - faces.quality[rows].astype(np.float64))
    )
    # A single face has nothing to be compared with.
    alone = len(faces.photo_ids) == 1
    return OutlierScores(
        np.zeros(len(rows)) if alone else score, own, rival, likeness, crowded, years
    )


def nearest(faces: PersonFaces, face: int, count: int) -> tuple[Ints, Floats]:
    """Return the faces of a person that one of them is most like, confirmed ones if there are any.

    Returns:
        Rows of ``faces``, nearest first, and their cosines.
    """
    cosines = (faces.embeddings @ faces.embeddings[face]).astype(np.float64)
    speaks = faces.confirmed.copy()
    speaks[face] = False
    if not speaks.any():
        speaks = np.ones(len(cosines), bool)
        speaks[face] = False
    rows = np.flatnonzero(speaks)
    rows = rows[np.argsort(-cosines[rows], kind="stable")][:count]
    return rows, cosines[rows]


def _own(faces: PersonFaces, rows: Ints) -> Floats:
    result = np.zeros(len(rows))
    speaks = faces.confirmed if faces.confirmed.sum() > 1 else np.ones(len(faces.confirmed), bool)
    voices = np.flatnonzero(speaks)
    if len(voices) > VOICES:
        by_date = voices[np.argsort(faces.taken[voices], kind="stable")]
        voices = np.sort(by_date[np.linspace(0, len(voices) - 1, VOICES).astype(np.int64)])
    wanted = min(max(TOP, int(np.ceil(NEAR * len(voices)))), max(1, len(voices) - 1))
    speaking = faces.embeddings[voices]
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        cosines = faces.embeddings[part] @ speaking.T
        # A face does not speak for itself.
        place = np.searchsorted(voices, part)
        itself = (place < len(voices)) & (voices[np.minimum(place, len(voices) - 1)] == part)
        cosines[np.flatnonzero(itself), place[itself]] = -1.0
        # Nor do its copies: a mistake in a backup folder, too, is none the truer.
        cosines[cosines > 1 - COPY] = -1.0
        best = np.partition(cosines, -wanted, axis=1)[:, -wanted:].astype(np.float64)
        counted = (best > -1.0).sum(axis=1)
        mean = np.where(best > -1.0, best, 0.0).sum(axis=1) / np.maximum(counted, 1)
        result[start : start + _ROWS] = np.where(counted > 0, mean, ALONE)
    return result


class _Nearest:
    """The `RIVALS` nearest of others' faces, for each of some faces, found block by block."""

    def __init__(self, faces: Singles) -> None:
        self._faces, self._seen = faces, 0
        self.cosines = np.full((len(faces), RIVALS), -np.inf, np.float32)
        """Nearest first; -inf where there are fewer."""
        self.persons = np.full((len(faces), RIVALS), -1, np.int64)

    def add(self, others: Singles, persons: Ints) -> None:
        at = 0
        while at < len(others):
            # About as many as were seen before: then about `RIVALS` of them are nearer.
            end = at + min(max(_FIRST, self._seen), _COLUMNS)
            for start in range(0, len(self._faces), _ROWS):
                self._merge(slice(start, start + _ROWS), others[at:end], persons[at:end])
            self._seen += end - at
            at = end

    def _merge(self, part: slice, others: Singles, persons: Ints) -> None:
        known, who = self.cosines[part], self.persons[part]
        cosines = self._faces[part] @ others.T
        # Of one dimension: ten times as fast as with two.
        row, column = divmod(np.flatnonzero(cosines > known[:, -1:]), len(persons))
        if not len(row):
            return
        count = len(known)
        rows = np.r_[np.repeat(np.arange(count), RIVALS), row]
        values = np.r_[known.ravel(), cosines[row, column]]
        order = np.lexsort((-values, rows))
        rank = np.arange(len(rows)) - np.searchsorted(rows[order], np.arange(count))[rows[order]]
        order = order[rank < RIVALS]
        self.cosines[part] = values[order].reshape(count, RIVALS)
        self.persons[part] = np.r_[who.ravel(), persons[column]][order].reshape(count, RIVALS)


def _rivals(faces: Singles, others: Iterable[tuple[Singles, Ints]]) -> tuple[Ints, Floats]:
    rival, likeness = np.full(len(faces), -1, np.int64), np.full(len(faces), -1.0)
    near, every = _Nearest(faces), [np.zeros(0, np.int64)]
    for embeddings, whose in others:
        near.add(embeddings, whose)
        every.append(whose)
    wanted = np.minimum(np.bincount(np.concatenate(every)), TOP).tolist()
    for row, (cosines, persons) in enumerate(
        zip(near.cosines.tolist(), near.persons.tolist(), strict=True)
    ):
        top: dict[int, list[float]] = {}
        last = 0.0
        for cosine, person in zip(cosines, persons, strict=True):
            if person >= 0:
                last = cosine
                if len(best := top.setdefault(person, [])) < wanted[person]:
                    best.append(cosine)
        for person, best in top.items():
            # Of a person of whom fewer are near, the rest is at most as near as the last seen.
            mean = (sum(best) + (wanted[person] - len(best)) * last) / wanted[person]
            if mean > likeness[row]:
                rival[row], likeness[row] = person, mean
    return rival, likeness


def _crowded(embeddings: Singles, photo_ids: Ints, own: Floats) -> Bools:
    result = np.zeros(len(photo_ids), bool)
    _, inverse, count = np.unique(photo_ids, return_inverse=True, return_counts=True)
    for photo in np.flatnonzero(count > 1).tolist():
        faces = np.flatnonzero(inverse == photo)
        surest = faces[np.lexsort((-own[faces],))[0]]
        alike = (embeddings[faces] @ embeddings[surest]) * STEPS
        # The same picture twice, as in a collage, is no conflict.
        result[faces] = (faces != surest) & (alike < SAME_PICTURE)
    return result


def _years(taken: Floats) -> Floats:
    result = np.zeros(len(taken))
    known = np.flatnonzero(~np.isnan(taken))
    if len(known) < 2:
        return result
    order = known[np.argsort(taken[known], kind="stable")]
    gaps = np.diff(taken[order]) / 365.25
    result[order] = np.minimum(np.r_[np.inf, gaps], np.r_[gaps, np.inf])
    return result
