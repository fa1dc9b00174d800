"""Fingerprints of photos, and the pairs among many that may show the same picture.

A fingerprint is the picture at 24 × 24 gray pixels, stretched to a square: 576 bytes, and from them
follows everything that a search compares. Copies that were scaled or saved again have nearly equal
low frequencies (as in pHash, but kept as numbers rather than as bits). Those that were cropped
don't, so a photo is also looked for as it would be if it had been cropped or lightened: a *probe*
is near the fingerprint of such a copy, so the radius can stay small, and a k-d tree of a few
dimensions finds it among 100,000 photos without comparing all pairs.

What is found are candidates; `images.likeness` decides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken

SIDE = 24
"""Side of a fingerprint in pixels. 16 would do for photos as they are; cropping them needs more."""
BYTES = SIDE * SIDE
FREQUENCIES = 5
"""Cosine frequencies along each side, the constant one included; it alone is left out."""
TREE = 8
"""Dimensions of the tree, the lowest frequencies. With all 24, a query among 100,000 photos takes
four times as long; with 6, it returns a hundred times as many photos to compare."""
RADIUS = 0.22
"""Largest distance of a probe from a copy, of vectors of length 1. Of the copies of
`tests/benchmarks/duplicates.py` all are nearer, and of other pairs 1 in 185,000."""
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
_BLOCK = 8192
"""Photos at a time: 20 MB of pixels."""

Prints = NDArray[np.uint8]
"""uint8[n, BYTES], a fingerprint per row."""


def make(pixels: NDArray[np.uint8]) -> bytes:
    """Return the fingerprint of an upright photo, (h, w, 3) uint8 RGB of any size. Thread: any."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)).tobytes()


def as_rows(fingerprints: list[bytes]) -> Prints:
    """Return fingerprints as rows."""
    return np.frombuffer(b"".join(fingerprints), np.uint8).reshape(-1, BYTES)


def candidates(
    known: Prints, new: Prints, token: CancelToken | None = None
) -> list[tuple[int, int]]:
    """Find pairs that may be the same picture, with at least one new photo in each.

    Blocks for about 1 ms per new photo among 100,000 known ones. Thread: any.

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
    sound = np.flatnonzero(every.std(axis=1) >= FLAT)
    fresh = sound[sound >= len(known)]
    if not len(fresh):
        return []
    found = _near(every, sound, fresh, token)
    old = sound[sound < len(known)]
    if len(old):
        found |= _near(every, fresh, old, token)
    return sorted(found)


def _near(
    every: Prints, targets: NDArray[np.intp], sources: NDArray[np.intp], token: CancelToken | None
) -> set[tuple[int, int]]:
    """Find the targets near a probe of a source."""
    from scipy.spatial import cKDTree

    blocks = [targets[at : at + _BLOCK] for at in range(0, len(targets), _BLOCK)]
    there = np.concatenate([_describe(every[block], _MAPS[:1])[:, 0] for block in blocks])
    tree = cKDTree(there[:, :TREE])
    found: set[tuple[int, int]] = set()
    for start in range(0, len(sources), _BLOCK):
        if token is not None:
            token.check()
        some = sources[start : start + _BLOCK]
        for probe in _probes(every[some]):
            hits = cKDTree(probe[:, :TREE]).sparse_distance_matrix(
                tree, RADIUS, output_type="ndarray"
            )
            rows, columns = hits["i"], hits["j"]
            distance = np.linalg.norm(probe[rows] - there[columns], axis=1)
            near = distance <= RADIUS
            pairs = np.stack([some[rows[near]], targets[columns[near]]], axis=1)
            pairs.sort(axis=1)
            found.update((int(a), int(b)) for a, b in pairs if a != b)
    return found


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
    cosines = np.cos(np.arange(FREQUENCIES)[:, None] * places)
    cosines[0] /= np.sqrt(2)
    cosines *= np.sqrt(2 / SIDE)
    pairs = [(i, j) for i in range(FREQUENCIES) for j in range(FREQUENCIES) if i + j]
    order = [i * FREQUENCIES + j for i, j in sorted(pairs, key=lambda pair: (sum(pair), pair))]
    return np.stack(
        [
            np.kron(cosines @ _cut(top, bottom), cosines @ _cut(left, right))[order]
            for top, left, bottom, right in CROPS
        ]
    ).astype(np.float32)


_MAPS = _maps()
