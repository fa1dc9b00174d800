"""Compile all kernels once, in a process of its own.

Compilation holds the interpreter for up to a second at a time, so the window's process leaves it
to another one and finds the result in the cache.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facesorter.clustering import compiled, layout
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Snapshot

_FACES = 400
_PEOPLE = 40
_STRAY = 9
"""A face confirmed as somebody it doesn't resemble: it is compared with that whole group."""


def compile_all() -> None:
    """Group and map made-up faces, so that all inner loops are in numba's cache afterwards."""
    compiled.use_machine_code()
    snapshot = _made()
    engine = Engine()
    few = np.arange(_FACES) < _FACES - 20
    before = engine.propose(_part(snapshot, few))
    # Known thresholds, many faces more, one more and some less: the roads of a library that grows.
    later = replace(snapshot, thresholds=before.thresholds)
    engine.propose(_part(later, np.arange(_FACES) < _FACES - 1))
    engine.propose(later)
    engine.propose(_part(later, np.arange(_FACES) % 10 != 0))
    likeness = engine.likeness()
    if likeness is not None:
        layout.lay_out(likeness.neighbours, likeness.vectors)
    if (stamp := compiled.stamp()) is not None:
        stamp.touch()


def _made() -> Snapshot:
    random = np.random.default_rng(0)
    who = np.arange(_FACES) % _PEOPLE
    # Some are so unlike themselves that they are left to votes and centroids.
    noise = np.where(np.arange(_FACES) % 7 == 0, 1.6, 0.6)[:, None]
    rows = random.standard_normal((_PEOPLE, 64))[who] + noise * random.standard_normal((_FACES, 64))
    rows[_STRAY] = random.standard_normal(64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.arange(1, _FACES + 1)
    confirmed = np.where((who < 4) & (ids % 3 == 0), 1 + who, -1)
    confirmed[_STRAY] = 1
    shown = np.where(confirmed >= 0, confirmed, np.where(ids % 2 == 0, 1 + who, -1))
    undecided = ids[(who == 0) & (confirmed < 0)][:5]
    return Snapshot(
        face_ids=ids,
        embeddings=rows.astype(np.float32),
        photo_ids=random.integers(0, _FACES // 3, _FACES),
        quality=np.full(_FACES, 0.8, np.float32),
        taken=random.uniform(0, 9000, _FACES),
        confirmed=confirmed,
        shown=shown,
        rejections=np.stack([undecided, np.ones(len(undecided), np.int64)], axis=1),
        owned=np.arange(1, 5),
        births=np.array([[1, 3000]]),
        alike=np.array([[2, 3]]),
    )


def _part(snapshot: Snapshot, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Snapshot:
    assert isinstance(snapshot.embeddings, np.ndarray)
    rejections = snapshot.rejections[np.isin(snapshot.rejections[:, 0], snapshot.face_ids[kept])]
    return replace(
        snapshot,
        face_ids=snapshot.face_ids[kept],
        embeddings=snapshot.embeddings[kept],
        photo_ids=snapshot.photo_ids[kept],
        quality=snapshot.quality[kept],
        taken=snapshot.taken[kept],
        confirmed=snapshot.confirmed[kept],
        shown=snapshot.shown[kept],
        rejections=rejections,
    )
