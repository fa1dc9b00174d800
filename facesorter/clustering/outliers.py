"""Outlier scores: how likely each face of a person is wrong, to show the likeliest first.

A wrong face is unlike the others, or more like somebody else, or in a photo with a surer face of
the same person, or years away from all the rest; a face that can hardly be seen is doubtful for
that alone. Each of these adds to the score. Nothing is decided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facesorter.clustering.confidence import TOP
from facesorter.clustering.constraints import SAME_PICTURE
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS

NEAR = 0.1
"""Share of a person's faces that a face is compared with, the nearest and at least `TOP`: all would
cast doubt on everybody's childhood, and three alone could all be the same stranger."""
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
_ROWS = 512


@dataclass(frozen=True)
class OutlierScores:
    """The scores of a person's faces and what they are made of, in the order of the faces."""

    score: Floats
    """float64[k]; the higher the more likely wrong, comparable between persons."""
    own: Floats
    """float64[k], mean cosine to the nearest of the person's other faces, confirmed ones first."""
    rival: Ints
    """int64[k], the person that the face is most like otherwise, -1 for none."""
    rival_likeness: Floats
    """float64[k], mean of the highest `TOP` cosines to that person; -1 for none."""
    crowded: Bools
    """bool[k], a surer face of the person is in the same photo."""
    years: Floats
    """float64[k], years to the nearest of the others' dates; 0 where unknown."""


def outlier_scores(
    embeddings: Singles,
    confirmed: Bools,
    photo_ids: Ints,
    taken: Floats,
    quality: Singles,
    others: Singles,
    other_persons: Ints,
) -> OutlierScores:
    """Score all faces of one person.

    Args:
        embeddings: float32[k, d], unit length, of the person's faces.
        confirmed: bool[k].
        photo_ids: int64[k].
        taken: float64[k], days; NaN where unknown.
        quality: float32[k], 0 to 1.
        others: float32[m, d], faces of other persons.
        other_persons: int64[m], who those are, from 0 on.

    Thread: any. Takes k times m dot products: a second for 1,000 against 100,000 faces.
    """
    k = len(embeddings)
    own = _own(embeddings, confirmed)
    rival, likeness = _rivals(embeddings, others, other_persons)
    crowded = _crowded(embeddings, photo_ids, own, confirmed)
    years = _years(taken)
    missing = np.where(rival >= 0, np.maximum(0.0, likeness + RIVAL_MARGIN - own), 0.0)
    score = (
        (1.0 - own)
        + OF_RIVAL * missing
        + OF_PHOTO * crowded
        + OF_TIME * np.maximum(0.0, years - YEARS)
        + OF_POOR * (1.0 - quality.astype(np.float64))
    )
    # A single face has nothing to be compared with.
    return OutlierScores(score if k > 1 else np.zeros(k), own, rival, likeness, crowded, years)


def nearest(embeddings: Singles, confirmed: Bools, face: int, count: int) -> tuple[Ints, Floats]:
    """Return the faces of a person that one of them is most like, confirmed ones if there are any.

    Returns:
        Rows of ``embeddings``, nearest first, and their cosines.
    """
    cosines = (embeddings @ embeddings[face]).astype(np.float64)
    speaks = confirmed.copy()
    speaks[face] = False
    if not speaks.any():
        speaks = np.ones(len(embeddings), bool)
        speaks[face] = False
    rows = np.flatnonzero(speaks)
    rows = rows[np.argsort(-cosines[rows], kind="stable")][:count]
    return rows, cosines[rows]


def _own(embeddings: Singles, confirmed: Bools) -> Floats:
    k = len(embeddings)
    result = np.zeros(k)
    speaks = confirmed if confirmed.sum() > 1 else np.ones(k, bool)
    voices = np.flatnonzero(speaks)
    wanted = min(max(TOP, int(np.ceil(NEAR * len(voices)))), max(1, len(voices) - 1))
    for start in range(0, k, _ROWS):
        rows = np.arange(start, min(start + _ROWS, k))
        cosines = (embeddings[rows] @ embeddings[voices].T).astype(np.float64)
        # A face does not speak for itself.
        place = np.searchsorted(voices, rows)
        itself = (place < len(voices)) & (voices[np.minimum(place, len(voices) - 1)] == rows)
        cosines[np.flatnonzero(itself), place[itself]] = -1.0
        best = -np.sort(-cosines, axis=1)[:, :wanted]
        result[rows] = best.mean(axis=1)
    return result


def _rivals(embeddings: Singles, others: Singles, persons: Ints) -> tuple[Ints, Floats]:
    k = len(embeddings)
    rival, likeness = np.full(k, -1, np.int64), np.full(k, -1.0)
    if not len(others):
        return rival, likeness
    _, inverse, size = np.unique(persons, return_inverse=True, return_counts=True)
    for start in range(0, k, _ROWS):
        cosines = embeddings[start : start + _ROWS] @ others.T
        count = min(RIVALS, cosines.shape[1])
        near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        for row, columns in enumerate(near):
            values = cosines[row, columns].astype(np.float64)
            order = np.argsort(-values, kind="stable")
            groups, values = inverse[columns[order]], values[order]
            best = -1.0
            for group in dict.fromkeys(groups.tolist()):
                top = values[groups == group][: min(TOP, int(size[group]))]
                # Of a person of whom fewer are near, the rest is at most as near as the last seen.
                missing = min(TOP, int(size[group])) - len(top)
                mean = (top.sum() + missing * values[-1]) / (len(top) + missing)
                if mean > best:
                    best, found = mean, columns[order][groups == group][0]
                    rival[start + row], likeness[start + row] = persons[found], mean
    return rival, likeness


def _crowded(embeddings: Singles, photo_ids: Ints, own: Floats, confirmed: Bools) -> Bools:
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
