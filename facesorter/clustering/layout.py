"""A map of all faces: a layout in the plane that puts similar faces together.

Stochastic gradient descent on the graph of nearest neighbours: listed pairs attract, random others
repel. The idea is that of LargeVis (Tang, Liu, Zhang, Mei: "Visualizing Large-scale and
High-dimensional Data", WWW 2016) and UMAP (McInnes, Healy, Melville, arXiv 1802.03426, 2018), with
the kernel 1 / (1 + d²) of t-SNE, which needs no fitted curve. Starting along the principal
components keeps the global structure (Kobak, Linderman, Nature Biotechnology 39, 2021). The code is
ours.

[Note: the map stays] An existing map is the start of the next one: faces on it stay about where
they were, new ones begin among those they resemble, and the fewer are new, the less everything
moves. So users find people again where they were yesterday.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled, use_machine_code
from facesorter.clustering.neighbours import EMPTY, Neighbours
from facesorter.clustering.proposal import Floats, Ints, Singles
from facesorter.clustering.similarity import STEPS

LOOKED_AT = 15
"""Neighbours that attract. UMAP's default; 32 blurred small persons (same-person share of the ten
nearest on the map .88 to .76 with full lists)."""

LEAST_NEIGHBOURS = 5
"""Neighbours that attract at least, however unlike they are: strangers, too, lie beside those they
resemble most. 8 and 10 changed nothing; lists filled to 15 pulled persons apart (.98 to .88). All
figures: tests/benchmarks/map_preservation.py on 2,787 faces of 1,203 people."""

SOFTNESS = 0.1
"""Cosine. A face less similar than the nearest one by this attracts a third as often."""

REPULSION = 2.0
"""Weight of repulsion; 1 and 7 were worse in one of the figures each."""

OTHERS = 5
"""Random faces that repel for each one that attracts, as in UMAP and LargeVis."""

ROUNDS = 200
"""Rounds of a map from nothing; 100 lost 0.02 of the figures, 400 gained 0.01."""

LEAST_ROUNDS = 40
"""Rounds even if a single face is new: it moves freely and finds its place in that time."""

FILLED = 0.05
"""Share of the map's area that squares around all faces would cover: each gets that room, so that
a person with thousands of photos is a disc of marks and not a single spot. It costs 0.02 of the
figures; twice as much room costs twice that."""

STAGES = 8
NARROWEST = 0.25
TURNS = 12
"""Faces get their room in stages, from `NARROWEST` of it on, in so many turns each: growing slowly,
people push each other away whole. At once, they ran into each other (.98 to .84)."""

CROWD = 128
"""Faces of three cells compared in a turn; where there are more they take turns."""

STEEPEST = 4.0
"""Largest single step, as in UMAP: without it two faces at one spot would fly apart."""

_START = 10.0
"""Half the width of the start. Rounds make it as wide as the faces need."""

_SAMPLE = 20_000
"""Faces that those with short lists are compared with. All would take minutes at 100,000, and the
nearest of so many strangers shows a likeness as well."""

_BLOCK = 1_000
_SEED = 20_160_204

OnProgress = Callable[[float], None]


def lay_out(
    neighbours: Neighbours,
    vectors: Singles,
    before: Floats | None = None,
    room: float = 0.0,
    token: CancelToken | None = None,
    progress: OnProgress | None = None,
) -> tuple[Floats, float]:
    """Place ``n`` faces in the plane. Deterministic; seconds from some ten thousand faces on.

    Args:
        neighbours: their nearest faces.
        vectors: float32[n, d], unit length, for the start and for those with short lists.
        before: float64[n, 2], places on an earlier map, NaN for faces that are new
            ([Note: the map stays]); None starts from nothing.
        room: the least distance of two faces on that earlier map.
        token: polled between rounds.
        progress: called with the share done, 0 to 1, in the calling thread.

    Returns:
        float64[n, 2], in a unit of the map's own; and about the least distance of two faces in it.

    Raises:
        Cancelled: the token was cancelled.
    """
    n = len(vectors)
    if n < 2:
        return np.zeros((n, 2)), 1.0
    new = n if before is None else int(np.isnan(before[:, 0]).sum())
    if before is not None and new == 0:
        return before, room
    # Uncompiled, the rounds of 200 faces take 9 s.
    use_machine_code()
    head, tail, pull = attractions(neighbours, vectors, token)
    if before is None or new == n:
        place, free, share = _start(vectors), np.ones(n), 1.0
    else:
        place = _join(before, head, tail, pull, vectors)
        # The more are new, the more freely the others move, too.
        share = new / n
        free = np.where(np.isnan(before[:, 0]), 1.0, share)
    rounds = max(LEAST_ROUNDS, round(ROUNDS * share))
    state = np.array([_SEED], np.uint64)
    for at in range(rounds):
        if token is not None:
            token.check()
        if progress is not None:
            progress(at / rounds)
        _descend(place, head, tail, pull, free, at, 1 - at / rounds, state)
    stages = np.geomspace(NARROWEST, 1, STAGES) if share == 1 else np.ones(2)
    if share == 1:
        wide, high = np.quantile(place, 0.99, axis=0) - np.quantile(place, 0.01, axis=0)
        room = max(math.sqrt(FILLED * wide * high / n), 1e-6)
    for narrower in stages.tolist():
        for turn in range(TURNS):
            if token is not None:
                token.check()
            _part(place, room * narrower, turn)
    return place, room


def attractions(
    neighbours: Neighbours, vectors: Singles, token: CancelToken | None = None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Singles]:
    """List which faces attract each other, and in which share of the rounds.

    Returns:
        int32[m], int32[m] and float32[m] in (0, 1]; ordered by the first.
    """
    steps = neighbours.steps[:, :LOOKED_AT]
    column = neighbours.column[:, :LOOKED_AT].astype(np.int32)
    cosine = np.where(steps == EMPTY, -2.0, steps / STEPS).astype(np.float32)
    short = np.flatnonzero((steps != EMPTY).sum(axis=1) < min(LEAST_NEIGHBOURS, len(vectors) - 1))
    if len(short):
        width = max(cosine.shape[1], LEAST_NEIGHBOURS)
        column = _widened(column, width, 0)
        cosine = _widened(cosine, width, -2.0)
        _fill(column, cosine, short, vectors, token)
    pull = np.exp((cosine - cosine[:, :1]) / np.float32(SOFTNESS))
    flat = np.flatnonzero(cosine > -2)
    head = (flat // cosine.shape[1]).astype(np.int32)
    return head, column.ravel()[flat], pull.ravel()[flat].astype(np.float32)


def _widened(array: npt.NDArray[Any], width: int, value: float) -> npt.NDArray[Any]:
    more = np.full((len(array), width - array.shape[1]), value, array.dtype)
    return np.concatenate([array, more], axis=1)


def _fill(
    column: npt.NDArray[np.int32],
    cosine: Singles,
    short: Ints,
    vectors: Singles,
    token: CancelToken | None,
) -> None:
    """Fill short lists with the most similar faces of a sample, in place."""
    sample = _sampled(vectors)
    # One more: a face may find itself.
    count = min(LEAST_NEIGHBOURS + 1, len(sample))
    for at in range(0, len(short), _BLOCK):
        if token is not None:
            token.check()
        rows = short[at : at + _BLOCK]
        alike = vectors[rows] @ vectors[sample].T
        alike[rows[:, None] == sample] = -2
        nearest = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        found = np.take_along_axis(alike, nearest, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")[:, :LEAST_NEIGHBOURS]
        column[rows, : order.shape[1]] = sample[np.take_along_axis(nearest, order, axis=1)]
        cosine[rows, : order.shape[1]] = np.take_along_axis(found, order, axis=1)


def _sampled(vectors: Singles) -> Ints:
    """Rows of up to `_SAMPLE` faces, nearly the same ones when a few faces come or go."""
    if len(vectors) <= _SAMPLE:
        return np.arange(len(vectors))
    bits = np.ascontiguousarray(vectors[:, :2]).view(np.uint64)[:, 0]
    lot = bits * np.uint64(0x9E3779B97F4A7C15)
    return np.sort(np.argpartition(lot, _SAMPLE)[:_SAMPLE])


def _start(vectors: Singles) -> Floats:
    """Initial places, before anything attracts or repels."""
    place = principal(vectors)
    # Copies of a photo would never part; this is far less than what can be seen.
    place += np.random.default_rng(_SEED).normal(scale=1e-4, size=place.shape)
    start: Floats = place * (_START / max(np.abs(place).max(), 1e-9))
    return start


def principal(vectors: Singles) -> Floats:
    """float64[n, 2]: the first two principal components."""
    part = vectors.astype(np.float64) - vectors.mean(axis=0)
    # Ascending, so the last two; the sign of a direction must not be up to chance.
    axes = np.linalg.eigh(part.T @ part)[1][:, -2:][:, ::-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    place: Floats = part @ axes
    return place


def _join(
    before: Floats,
    head: npt.NDArray[np.int32],
    tail: npt.NDArray[np.int32],
    pull: Singles,
    vectors: Singles,
) -> Floats:
    """Put new faces on an earlier map, among those they resemble."""
    place = before.astype(np.float64, copy=True)
    scatter = np.random.default_rng(_SEED).normal(scale=0.1, size=place.shape)
    while True:
        new = np.isnan(place[:, 0])
        known = new[head] & ~new[tail]
        if not known.any():
            break
        at, weight = head[known], pull[known].astype(np.float64)
        total = np.bincount(at, weight, len(place))
        reached = total > 0
        for axis in (0, 1):
            sums = np.bincount(at, weight * place[tail[known], axis], len(place))
            place[reached, axis] = sums[reached] / total[reached] + scatter[reached, axis]
    # A new person whose neighbours are all new goes beside the most similar face.
    lost = np.flatnonzero(np.isnan(place[:, 0]))
    there = np.setdiff1d(_sampled(vectors), lost)
    if not len(there):
        there = np.flatnonzero(~np.isnan(place[:, 0]))[:_SAMPLE]
    for start in range(0, len(lost), _BLOCK):
        rows = lost[start : start + _BLOCK]
        nearest = there[(vectors[rows] @ vectors[there].T).argmax(axis=1)]
        place[rows] = place[nearest] + scatter[rows]
    return place


@compiled
def _descend(
    place: Floats,
    head: npt.NDArray[np.int32],
    tail: npt.NDArray[np.int32],
    pull: Singles,
    free: Floats,
    at: int,
    step: float,
    state: npt.NDArray[np.uint64],
) -> None:
    """One round. ``state`` is that of an xorshift."""
    n = len(place)
    seed = state[0]
    for edge in range(len(head)):
        # An edge acts in a share ``pull`` of all rounds, spread evenly over them.
        if int((at + 1) * pull[edge]) == int(at * pull[edge]):
            continue
        i, j = head[edge], tail[edge]
        dx = place[i, 0] - place[j, 0]
        dy = place[i, 1] - place[j, 1]
        force = -2.0 * step / (1.0 + dx * dx + dy * dy)
        place[i, 0] += free[i] * force * dx
        place[i, 1] += free[i] * force * dy
        place[j, 0] -= free[j] * force * dx
        place[j, 1] -= free[j] * force * dy
        for _ in range(OTHERS):
            seed ^= seed << np.uint64(13)
            seed ^= seed >> np.uint64(7)
            seed ^= seed << np.uint64(17)
            k = int(seed % np.uint64(n))
            if k == i:
                continue
            dx = place[i, 0] - place[k, 0]
            dy = place[i, 1] - place[k, 1]
            square = dx * dx + dy * dy
            force = 2.0 * REPULSION / ((0.001 + square) * (1.0 + square))
            place[i, 0] += free[i] * step * min(STEEPEST, max(-STEEPEST, force * dx))
            place[i, 1] += free[i] * step * min(STEEPEST, max(-STEEPEST, force * dy))
    state[0] = seed


@compiled
def _part(place: Floats, room: float, turn: int) -> None:
    """Push apart those that lie closer than ``room``."""
    n = len(place)
    left, top = place[:, 0].min(), place[:, 1].min()
    wide = int((place[:, 0].max() - left) / room) + 1
    cell = np.empty(n, np.int64)
    for i in range(n):
        cell[i] = int((place[i, 1] - top) / room) * wide + int((place[i, 0] - left) / room)
    # Sorted instead of counted: in a wide map nearly all cells are empty.
    member = np.argsort(cell, kind="mergesort")
    ordered = cell[member]
    push = np.zeros((n, 2))
    for i in range(n):
        x, y = 0.0, 0.0
        row, column = cell[i] // wide, cell[i] % wide
        for down in range(row - 1, row + 2):
            start = np.searchsorted(ordered, down * wide + max(0, column - 1))
            end = np.searchsorted(ordered, down * wide + min(wide, column + 2))
            count = end - start
            for at in range(min(count, CROWD)):
                j = member[start + (at + turn * CROWD) % count]
                dx = place[i, 0] - place[j, 0]
                dy = place[i, 1] - place[j, 1]
                far = math.sqrt(dx * dx + dy * dy)
                if 1e-12 < far < room:
                    force = 0.3 * (room - far) / far
                    x += force * dx
                    y += force * dy
        far = math.sqrt(x * x + y * y)
        # Never past the next face: one that jumps over others ends among strangers.
        less = min(1.0, room / far) if far > 0 else 0.0
        push[i, 0] = less * x
        push[i, 1] = less * y
    place += push
