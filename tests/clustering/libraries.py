"""Made-up libraries for the grouping tests: small random ones, and the prototype's large ones."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facesorter.clustering.compiled import use_machine_code, uses_machine_code
from facesorter.clustering.graph import GraphState
from facesorter.clustering.proposal import Proposal, Snapshot, Thresholds
from facesorter.clustering.similarity import content_order, digests

SHARED = Path(os.environ.get("FACESORTER_SHARED", Path(__file__).parents[3] / "shared"))

FROZEN = Thresholds(ceiling=0.40, floor=0.60, join=0.45, attach=0.43, n=1_000_000)
"""Thresholds that no small library moves."""


@contextmanager
def machine_code(wanted: bool) -> Iterator[None]:
    """Run kernels as machine code, or as plain Python, for a while."""
    before = uses_machine_code()
    use_machine_code(wanted)
    try:
        yield
    finally:
        use_machine_code(before)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_snapshot(embeddings: np.ndarray, **fields: Any) -> Snapshot:
    """A snapshot of faces that nobody touched, each in a photo of its own unless said."""
    n = len(embeddings)
    nobody = np.full(n, -1, np.int64)
    given: dict[str, Any] = {
        "face_ids": np.arange(100, 100 + n, dtype=np.int64),
        "embeddings": np.asarray(embeddings, np.float32),
        "photo_ids": np.arange(n, dtype=np.int64),
        "quality": np.full(n, 0.9, np.float32),
        "taken": np.full(n, np.nan),
        "confirmed": nobody,
        "shown": nobody,
        "rejections": np.zeros((0, 2), np.int64),
        "owned": np.zeros(0, np.int64),
        "thresholds": FROZEN,
    }
    return Snapshot(**{**given, **fields})


def people(*shares: tuple[int, ...], d: int = 16) -> np.ndarray:
    """Exact directions: each tuple gives the axes whose sum a face points to."""
    rows = np.zeros((len(shares), d))
    for row, axes in enumerate(shares):
        for axis in axes:
            rows[row, axis] += 1
    return unit(rows)


def random_library(seed: int, *, grid: int = 0) -> tuple[Snapshot, np.ndarray]:
    """A small library with close people, shared photos, poor faces, and the user's decisions.

    ``grid`` > 0 rounds the coordinates coarsely, so that similarities tie and faces are equal.
    """
    random = np.random.default_rng(seed)
    n, d = int(random.integers(2, 60)), 12
    truth = random.integers(0, max(1, n // 3), n)
    people = random.normal(size=(n, d))
    rows = people[truth] + random.uniform(0.2, 0.9) * random.normal(size=(n, d))
    if grid:
        rows = np.rint(rows * grid) / grid
        rows[np.abs(rows).sum(axis=1) == 0, 0] = 1
    confirmed = np.where(random.random(n) < 0.2, truth + 10, -1)
    # Users err, too: some faces are confirmed as somebody else.
    confirmed = np.where(random.random(n) < 0.03, 10, confirmed)
    shown = np.where(confirmed >= 0, confirmed, np.where(random.random(n) < 0.4, truth + 10, -1))
    shown = np.where((shown < 0) & (random.random(n) < 0.2), 500 + truth % 3, shown)
    faces = random.integers(0, n, n // 4)
    persons = np.where(random.random(len(faces)) < 0.5, truth[faces] + 10, 500)
    owned = np.unique(confirmed[confirmed >= 0])
    if random.random() < 0.5:
        owned = np.union1d(owned, [500, truth[0] + 10])
    snapshot = make_snapshot(
        unit(rows),
        photo_ids=random.integers(0, max(1, int(n * 0.7)), n),
        quality=random.uniform(0, 1, n).astype(np.float32),
        taken=np.where(random.random(n) < 0.3, np.nan, random.integers(0, 9000, n) + 0.0),
        confirmed=confirmed.astype(np.int64),
        shown=shown.astype(np.int64),
        owned=owned.astype(np.int64),
    )
    rejections = np.stack([snapshot.face_ids[faces], persons], axis=1).astype(np.int64)
    births = np.stack([owned, random.integers(0, 9000, len(owned))], axis=1)[::3]
    return replace(snapshot, rejections=rejections.reshape(-1, 2), births=births), truth


def reordered(snapshot: Snapshot, order: np.ndarray) -> Snapshot:
    """The same faces as if they had arrived in another order: new ids, the same content."""
    old_ids = snapshot.face_ids[order]
    place = {int(face): i for i, face in enumerate(old_ids.tolist())}
    rejections = snapshot.rejections.copy()
    for row in range(len(rejections)):
        rejections[row, 0] = snapshot.face_ids[place[int(rejections[row, 0])]]
    moved = {
        name: getattr(snapshot, name)[order]
        for name in ("embeddings", "photo_ids", "quality", "taken", "confirmed", "shown")
    }
    return replace(snapshot, rejections=rejections, **moved)


def accepted(snapshot: Snapshot, proposal: Proposal) -> Snapshot:
    """The library after the proposal was stored: new groups have got ids."""
    start = int(max(snapshot.shown.max(initial=0), snapshot.confirmed.max(initial=0), 999)) + 1
    person = np.where(proposal.person <= -2, start - 2 - proposal.person, proposal.person)
    return replace(snapshot, shown=person, thresholds=proposal.thresholds)


def look_alikes(
    many: int, few: int, *, between: float = 0.45, within: float = 0.7, d: int = 128, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Faces of two people by the mean cosines within and between them."""
    random = np.random.default_rng(seed)
    one, other = np.linalg.qr(random.standard_normal((d, 2)))[0].T
    share = between / within
    other = share * one + np.sqrt(1 - share**2) * other
    faces = [
        np.sqrt(within) * mean + np.sqrt((1 - within) / d) * random.standard_normal((count, d))
        for mean, count in ((one, many), (other, few))
    ]
    return unit(faces[0]), unit(faces[1])


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two labellings put the same faces together; -1 is a face alone."""
    a, b = (np.where(x == -1, -1_000_000 - np.arange(len(x)), x) for x in (a, b))
    pairs = len(np.unique(np.stack([a, b]), axis=1).T)
    return pairs == len(np.unique(a)) == len(np.unique(b))


def synthetic(n: int, d: int, seed: int) -> tuple[Snapshot, np.ndarray]:
    """A library of the prototype's generator, and who everybody is; skips where it is absent."""
    path = SHARED / "prototype" / "synth.py"
    if not path.is_file():
        pytest.skip(f"the generator of synthetic libraries is not at {path}")
    spec = importlib.util.spec_from_file_location("prototype_synth", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make(n, d=d, seed=seed)
    snapshot = make_snapshot(
        made["X"],
        photo_ids=made["photo"].astype(np.int64),
        quality=made["quality"].astype(np.float32),
        taken=made["t"].astype(np.float64) * 5500,
        thresholds=None,
    )
    return snapshot, made["y"]


def crowded(
    n: int = 6000, d: int = 128, seed: int = 0, share: float = 0.15, likeness: float = 0.42
) -> tuple[Snapshot, np.ndarray, np.ndarray]:
    """A library of which some people come from one crowded cap of the sphere, as children do.

    Strangers among them have cosines of 0.26 with a deviation of 0.09, others 0 and 0.10.

    Returns:
        The library, who everybody is, and which faces are of crowded people.
    """
    random = np.random.default_rng(seed)
    wide = 95  # directions that faces really differ in
    sizes: list[int] = []
    left = int(n * 0.7)
    while left > 1:
        largest = n * 0.03 / (len(sizes) + 1) ** 0.8 * random.uniform(0.7, 1.3)
        sizes.append(min(int(max(2, largest)), left))
        left -= sizes[-1]
    sizes += [1] * int(n * 0.3)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    people = unit(random.normal(size=(len(sizes), wide)))
    crowd = random.random(len(sizes)) < share
    middle = unit(random.normal(size=(1, wide)))
    people[crowd] = unit(np.sqrt(likeness) * middle + np.sqrt(1 - likeness) * people[crowd])
    true = np.clip(random.normal(0.80, 0.06, len(truth)), 0.4, 0.97)[:, None]
    noise = unit(random.normal(size=(len(truth), wide)))
    rows = unit(true * people[truth] + np.sqrt(1 - true**2) * noise)
    turned = rows @ np.linalg.qr(random.normal(size=(d, d)))[0][:wide]
    photo = np.empty(len(truth), np.int64)
    order, start, number = random.permutation(len(truth)), 0, 0
    while start < len(order):
        some = order[start : start + int(random.choice([1, 2, 3, 4], p=[0.5, 0.3, 0.12, 0.08]))]
        start += len(some)
        seen: dict[int, int] = {}
        for face in some.tolist():
            again = seen.get(int(truth[face]), 0)
            photo[face], seen[int(truth[face])] = number + again, again + 1
        number += max(seen.values())
    snapshot = make_snapshot(turned, photo_ids=photo, thresholds=None)
    return snapshot, truth, crowd[truth]


def part(snapshot: Snapshot, faces: np.ndarray) -> Snapshot:
    """A library with only some of the faces; what was said of the others stays."""
    fields = {
        name: getattr(snapshot, name)[faces]
        for name in (
            "face_ids",
            "embeddings",
            "photo_ids",
            "quality",
            "taken",
            "confirmed",
            "shown",
        )
    }
    return replace(snapshot, **fields)


def same(a: Proposal, b: Proposal) -> None:
    """Assert that two proposals are equal to the bit."""
    assert np.array_equal(a.face_ids, b.face_ids)
    assert np.array_equal(a.person, b.person)
    assert np.array_equal(a.similarity, b.similarity)
    assert np.array_equal(a.sure, b.sure)
    assert a.thresholds == b.thresholds
    assert a.questions == b.questions


def faces_of_people(n: int, d: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    people = random.normal(size=(n // 5 + 1, d))
    return unit(people[random.integers(0, len(people), n)] + random.normal(size=(n, d)) * 0.7)


def taken_in(
    embeddings: np.ndarray, core: np.ndarray, lowest: int, portions: int = 1
) -> GraphState:
    """Faces that are in content order already, taken in in portions."""
    n = len(embeddings)
    state = GraphState(embeddings.shape[1])
    for part in np.array_split(np.random.default_rng(1).permutation(n), portions):
        nothing = np.zeros(len(part))
        quality = nothing.astype(np.float32)
        prints = nothing.astype(np.uint64)
        state.place(part, embeddings[part], prints, nothing, quality, core[part])
        state.compare(lowest, lowest)
    return state


def in_order(embeddings: np.ndarray) -> np.ndarray:
    """The same rows in the order in which a graph numbers them."""
    return embeddings[content_order(digests(embeddings))]


def crowd_of_relatives(seed: int, *, decided: bool) -> Snapshot:
    """People who run into each other, many to a photo: refusals, rings and ties everywhere."""
    random = np.random.default_rng(seed)
    n, d = int(random.integers(60, 260)), 24
    people = random.normal(size=(max(2, n // int(random.choice([9, 30]))), d)) + random.uniform(
        0, 1
    ) * np.ones(d)
    truth = random.integers(0, len(people), n)
    rows = people[truth] + random.uniform(0.3, 0.9) * random.normal(size=(n, d))
    if random.random() < 0.5:
        rows = np.rint(rows * 2) / 2
    rows[np.abs(rows).sum(axis=1) == 0, 0] = 1
    some = random.random(n)
    confirmed = np.where(decided & (some < 0.1), truth + 10, -1)
    wrong = np.flatnonzero(decided & (some > 0.95))
    owned = np.unique(confirmed[confirmed >= 0])
    snapshot = make_snapshot(
        unit(rows),
        photo_ids=random.integers(0, max(1, n // 3), n),
        quality=random.uniform(0, 1, n).astype(np.float32),
        taken=np.where(some < 0.3, np.nan, random.integers(0, 9000, n) + 0.0),
        confirmed=confirmed,
        shown=confirmed,
        owned=owned,
        thresholds=replace(FROZEN, n=10**9),
        births=np.stack([owned, random.integers(0, 9000, len(owned))], axis=1)[::4],
    )
    rejections = np.stack([snapshot.face_ids[wrong], truth[wrong] + 10], axis=1)
    return replace(snapshot, rejections=rejections)


def islands(
    seed: int, *, decided: bool, sizes: tuple[int, ...] = (3, 12, 40), alike: float = 1
) -> Snapshot:
    """Families without look-alikes between them; but some photos and persons span two."""
    random = np.random.default_rng(seed)
    count, d = int(random.integers(3, 7)), 16
    rows, truth = [], []
    for island in range(count):
        n = int(random.choice(sizes))
        people = random.normal(size=(max(1, n // int(random.choice([3, 6, 75]))), d))
        people += random.uniform(0, alike)
        who = random.integers(0, len(people), n)
        block = np.zeros((n, count * d))
        noise = random.uniform(0.3, 1.2) * random.normal(size=(n, d))
        block[:, island * d : (island + 1) * d] = people[who] + noise
        rows.append(block)
        truth.append(who + 100 * island)
    everybody, who = np.concatenate(rows), np.concatenate(truth)
    n = len(who)
    some = random.random(n)
    confirmed = np.where(decided & (some < 0.15), who + 10, -1)
    # Somebody changed beyond recognition: only the user's word holds their faces together.
    if random.random() < 0.5:
        confirmed[confirmed == 110] = 10
    owned = np.unique(confirmed[confirmed >= 0])
    snapshot = make_snapshot(
        unit(everybody),
        photo_ids=random.integers(0, max(1, n // 2), n),
        quality=random.uniform(0, 1, n).astype(np.float32),
        taken=np.where(some > 0.8, np.nan, random.integers(0, 9000, n) + 0.0),
        confirmed=confirmed,
        shown=confirmed,
        owned=owned,
        births=np.stack([owned, random.integers(0, 9000, len(owned))], axis=1)[::4],
        thresholds=replace(FROZEN, n=10**9),
    )
    wrong = np.flatnonzero(decided & (some > 0.93))
    return replace(
        snapshot, rejections=np.stack([snapshot.face_ids[wrong], who[wrong] + 10], axis=1)
    )
