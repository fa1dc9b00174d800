"""Fingerprints of photos, and the pairs among many that may show the same picture.

A fingerprint is the picture at 24 × 24 gray pixels, stretched to a square: 576 bytes, and from them
follows everything that a search compares. Copies that were scaled or saved again have nearly equal
low frequencies (as in pHash, but kept as numbers rather than as bits). Those that were cropped
don't, so a photo is also looked for as it would be if it had been cropped or lightened: a *probe*
is near the fingerprint of such a copy. Near vectors lie on the same side of most planes, so those
that share a key, the sides of some random planes, in one of several tables are measured
(locality-sensitive hashing: Charikar 2002). Nothing is compared with all others, so that time grows
little faster than the number of photos.

What is found are candidates; `images.likeness` decides.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken

SIDE = 24
"""Side of a fingerprint in pixels. 16 would do for photos as they are; cropping them needs more."""
BYTES = SIDE * SIDE
FREQUENCIES = 5
"""Cosine frequencies along each side, the constant one included; it alone is left out."""
EDGE = 0.2
"""Share of each side over which pixels count gradually less towards the edge: frames and what is
cut off matter little. Without it, a centered crop is three times as far from its probe."""
RADIUS = 0.15
"""Largest distance of a probe from a copy, of vectors of length 1. Of the copies of
`tests/benchmarks/duplicates.py`, none is farther than .08; crops between the probes are."""
TABLES = 12
KEY = 20
"""Planes per key. Vectors .08 apart share one of 12 keys in all but 1 of 50,000 cases, .15 apart in
all but 1 of 90."""
_PLANES = 32
"""Planes per table: those after the key order the photos that share it."""
CROWD = 16
"""Photos measured per key and probe, the next in order: scanned pages or a night's sky are alike in
thousands."""
NEAREST = 30
"""Candidates that each photo adds, the nearest: a burst may have hundreds, and all are compared."""
CROPS = (
    *((cut, cut, cut, cut) for cut in (0.0, 0.025, 0.05)),
    (0.05, 0.05, 0.0, 0.0),
    (0.05, 0.0, 0.0, 0.05),
    (0.0, 0.05, 0.05, 0.0),
    (0.0, 0.0, 0.05, 0.05),
)
"""What may have been cut off: shares at the top, left, bottom, and right."""
LIGHTENED = 1.2
"""Brightness that drives light parts into white, which changes the picture; darkening changes
nothing that counts."""
FLAT = 4.0
"""Standard deviation in gray levels below which a picture is a plain surface: those all look alike
and are copies only if their files are."""
_MOVED = 1
"""Pixels by which the picture may have moved between frames of a burst: 4 % of its side. So frames
moved by 6 % and turned by 1.5° still have a `correlation` of .8."""
_GRID = np.arange(BYTES).reshape(SIDE, SIDE)
_MIDDLE = _GRID[_MOVED:-_MOVED, _MOVED:-_MOVED].reshape(-1)
_MOVES = np.stack(
    [
        _GRID[y : y + SIDE - 2 * _MOVED, x : x + SIDE - 2 * _MOVED].reshape(-1)
        for y in range(2 * _MOVED + 1)
        for x in range(2 * _MOVED + 1)
    ]
)
"""Pixels of the middle where the picture moved, int64[moves, pixels]."""
FEW = 1_000
"""Photos on one side up to which all distances to the other side are measured: for 100 new photos
among 100,000, in a quarter of the time that keys take."""
_DISTANCES = 8_000_000
"""Distances at a time: 32 MB."""
_BLOCK = 8192
"""Photos at a time: 20 MB of pixels, and about 200 MB to look for them."""

Prints = NDArray[np.uint8]
"""uint8[n, BYTES], a fingerprint per row."""


def make(pixels: NDArray[np.uint8]) -> bytes:
    """Return the fingerprint of an upright photo, (h, w, 3) uint8 RGB of any size. Thread: any."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)).tobytes()


def as_rows(fingerprints: list[bytes]) -> Prints:
    """Return fingerprints as rows."""
    return np.frombuffer(b"".join(fingerprints), np.uint8).reshape(-1, BYTES)


def correlation(one: bytes, other: bytes) -> float:
    """Return how alike two fingerprints are, up to 1, where the camera moved a little between.

    The best correlation of the middle of one with the other's, moved by up to a pixel.
    """
    here = np.frombuffer(one, np.uint8)[_MIDDLE].astype(np.float32)
    there = np.frombuffer(other, np.uint8)[_MOVES].astype(np.float32)
    here -= here.sum() / len(here)
    there -= there.sum(axis=1, keepdims=True) / len(here)
    scale = np.sqrt((here @ here) * np.einsum("ij,ij->i", there, there))
    return float((there @ here / np.maximum(scale, 1e-3)).max())


def candidates(
    known: Prints, new: Prints, token: CancelToken | None = None
) -> list[tuple[int, int]]:
    """Find pairs that may be the same picture, with at least one new photo in each.

    Blocks: 19 s of processor time for 100,000 photos, and 1.2 s for 100 new ones among them, which
    are compared with all. Thread: any.

    Args:
        known: Photos whose pairs among themselves are not wanted.
        new: Other photos.
        token: Polled between blocks.

    Returns:
        Pairs of rows in ``known`` followed by ``new``, the lower first, each once.

    Raises:
        Cancelled: By the token.
    """
    every = np.concatenate([known, new])
    sound = np.flatnonzero(_contrast(every) >= FLAT)
    fresh = sound[sound >= len(known)]
    if not len(fresh):
        return []
    found = [*_near(every, sound, fresh, token)]
    old = sound[sound < len(known)]
    if len(old):
        found += _near(every, fresh, old, token)
    pairs = np.unique(np.concatenate(found), axis=0)
    return [(int(a), int(b)) for a, b in pairs]


def _contrast(prints: Prints) -> NDArray[np.float32]:
    """Return the standard deviation of each photo's gray levels, five times as fast as NumPy."""
    found = np.empty(len(prints), np.float32)
    for at in range(0, len(prints), _BLOCK):
        some = prints[at : at + _BLOCK].astype(np.float32)
        some -= some.mean(axis=1, keepdims=True)
        found[at : at + _BLOCK] = np.sqrt(np.einsum("ij,ij->i", some, some) / BYTES)
    return found


def _near(
    every: Prints, targets: NDArray[np.intp], sources: NDArray[np.intp], token: CancelToken | None
) -> Iterator[NDArray[np.intp]]:
    """Yield pairs, (n, 2), of sources and the targets nearest to their probes, the lower first."""
    if min(len(targets), len(sources)) <= FEW:
        yield from _near_few(every, targets, sources, token)
        return
    blocks = [targets[at : at + _BLOCK] for at in range(0, len(targets), _BLOCK)]
    there = np.concatenate([_describe(every[block], _MAPS[:1])[:, 0] for block in blocks])
    keys = np.concatenate([_keys(there[at : at + _BLOCK]) for at in range(0, len(there), _BLOCK)])
    orders = [np.argsort(column) for column in keys.T]
    tables = [column[order] for column, order in zip(keys.T, orders, strict=True)]
    for start in range(0, len(sources), _BLOCK):
        some = sources[start : start + _BLOCK]
        near = []
        for probe in _probes(every[some]):
            if token is not None:
                token.check()
            for key, table, order in zip(_keys(probe).T, tables, orders, strict=True):
                rows, places = _sharing(key, table)
                columns = order[places]
                other = some[rows] != targets[columns]
                rows, columns = rows[other], columns[other]
                distance = np.linalg.norm(probe[rows] - there[columns], axis=1)
                inside = distance <= RADIUS
                near.append((rows[inside], columns[inside], distance[inside]))
        rows, columns = _nearest(*(np.concatenate(part) for part in zip(*near, strict=True)))
        yield np.sort(np.stack([some[rows], targets[columns]], axis=1), axis=1)


def _near_few(
    every: Prints, targets: NDArray[np.intp], sources: NDArray[np.intp], token: CancelToken | None
) -> Iterator[NDArray[np.intp]]:
    """Do as `_near`, but measure all distances: with few photos on one side, that is quicker."""
    blocks = [targets[at : at + _BLOCK] for at in range(0, len(targets), _BLOCK)]
    there = np.concatenate([_describe(every[block], _MAPS[:1])[:, 0] for block in blocks])
    least = 1 - RADIUS**2 / 2  # of the cosine, since vectors have length 1
    step = max(1, min(_BLOCK, _DISTANCES // len(targets)))
    for start in range(0, len(sources), step):
        some = sources[start : start + step]
        near = []
        for probe in _probes(every[some]):
            if token is not None:
                token.check()
            cosine = probe @ there.T
            # Most rows have none; to look for a row's largest first is quicker.
            some_near = np.flatnonzero(cosine.max(axis=1) >= least)
            cosine = cosine[some_near]
            near_rows, columns = np.nonzero(cosine >= least)
            rows, distances = some_near[near_rows], 1 - cosine[near_rows, columns]
            other = some[rows] != targets[columns]
            near.append((rows[other], columns[other], distances[other]))
        rows, columns = _nearest(*(np.concatenate(part) for part in zip(*near, strict=True)))
        yield np.sort(np.stack([some[rows], targets[columns]], axis=1), axis=1)


def _keys(vectors: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return the sides of the planes of each table that vectors lie on, uint32[n, TABLES]."""
    sides = (vectors @ _NORMALS).reshape(len(vectors), TABLES, _PLANES) > 0
    return np.packbits(sides, axis=2).view(">u4")[..., 0].astype(np.uint32)


def _sharing(
    keys: NDArray[np.uint32], table: NDArray[np.uint32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of rows in ``keys`` and in a sorted table that share their first planes."""
    after = np.uint32((1 << (_PLANES - KEY)) - 1)
    place = np.searchsorted(table, keys)
    first = np.maximum(np.searchsorted(table, keys & ~after), place - CROWD // 2)
    end = np.minimum(np.searchsorted(table, keys | after, side="right"), place + CROWD // 2)
    counts = end - first
    rows = np.repeat(np.arange(len(keys)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, first[rows] + within


def _nearest(
    rows: NDArray[np.intp], columns: NDArray[np.intp], distance: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the nearest columns of each row, each once."""
    order = np.lexsort((distance, columns, rows))
    rows, columns, distance = rows[order], columns[order], distance[order]
    once = (np.diff(rows, prepend=-1) != 0) | (np.diff(columns, prepend=-1) != 0)
    rows, columns, distance = rows[once], columns[once], distance[once]
    order = np.lexsort((distance, rows))
    rows, columns = rows[order], columns[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return rows[rank < NEAREST], columns[rank < NEAREST]


def _probes(prints: Prints) -> list[NDArray[np.float32]]:
    """Describe photos as they are, cropped, and lightened: each as float32[n, frequencies]."""
    cropped = _describe(prints, _MAPS)
    light = np.minimum(prints * np.float32(LIGHTENED), 255)
    return [*cropped.transpose(1, 0, 2), _describe(light, _MAPS[:1])[:, 0]]


def _describe(
    prints: Prints | NDArray[np.float32], maps: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the frequencies of each photo under each map, as vectors of length 1."""
    parts, frequencies, _ = maps.shape
    flat = prints.astype(np.float32) @ maps.reshape(-1, BYTES).T
    vectors = flat.reshape(-1, parts, frequencies)
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-3), np.float32)


def _cut(before: float, after: float) -> NDArray[np.float64]:
    """Return the matrix that stretches a line of pixels without its ends to its full length."""
    matrix = np.zeros((SIDE, SIDE))
    for row in range(SIDE):
        place = (before + (row + 0.5) / SIDE * (1 - before - after)) * SIDE - 0.5
        low = int(np.floor(place))
        for at, share in ((low, 1 - (place - low)), (low + 1, place - low)):
            matrix[row, min(max(at, 0), SIDE - 1)] += share
    return matrix


def _maps() -> NDArray[np.float32]:
    """Return, for each crop, the matrix from pixels to frequencies, the lowest first."""
    places = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    weight = (
        np.sin(np.minimum(np.minimum(places, np.pi - places) / (np.pi * EDGE), 1) * np.pi / 2) ** 2
    )
    cosines = np.cos(np.arange(FREQUENCIES)[:, None] * places) * weight
    pairs = [(i, j) for i in range(FREQUENCIES) for j in range(FREQUENCIES) if i + j]
    order = [i * FREQUENCIES + j for i, j in sorted(pairs, key=lambda pair: (sum(pair), pair))]
    waves = np.kron(cosines, cosines)[order]
    constant = np.kron(weight, weight)
    waves -= np.outer(waves.sum(axis=1) / constant.sum(), constant)  # brightness doesn't count
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    crops = [np.kron(_cut(top, bottom), _cut(left, right)) for top, left, bottom, right in CROPS]
    return np.stack([waves @ crop for crop in crops]).astype(np.float32)


_MAPS = _maps()
_NORMALS = (
    np.random.default_rng(0).normal(size=(FREQUENCIES**2 - 1, TABLES * _PLANES)).astype(np.float32)
)
"""The planes' normals: always the same, so that a search can be repeated."""
