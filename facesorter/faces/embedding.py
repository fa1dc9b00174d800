"""Embeddings of aligned crops, with SFace.

SFace: Zhong et al., "SFace: Sigmoid-constrained hypersphere loss for robust face recognition",
2021; weights from OpenCV's model zoo, Apache-2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facesorter.faces.runtime import LazySession

BATCH = 16
"""Crops per run: on a CPU, larger batches only use memory and are no faster."""


class Recogniser(Protocol):
    """A model that computes embeddings of aligned crops."""

    @property
    def usual_norms(self) -> tuple[float, float] | None:
        """Argument for `quality.measure`."""
        ...

    @property
    def unsure_below(self) -> float | None:
        """Length before normalizing below which a mirror image pays; None for never."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        ...

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Embed (N, 112, 112, 3) uint8 RGB crops.

        Returns:
            (N, d) float32 rows of unit length, and (N,) float32 lengths before normalizing.
        """
        ...


class SFace:
    """The bundled recognizer; 128 dimensions. Thread: any."""

    # Crops without a face give 4 to 7; 95 in 100 portraits give more than 10.3.
    usual_norms = (6.0, 10.3)
    # Three in four portraits are shorter. Mirroring the others too changes one true accept in
    # 10,000 (tests/benchmarks/verification.py).
    unsure_below = 13.0

    def __init__(self, session: LazySession) -> None:
        self._session = session

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        return self._session.provider

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `Recogniser.embed`. The graph itself centers and scales its 0-255 input."""
        rows = [np.empty((0, 128), np.float32)]
        for start in range(0, len(crops), BATCH):
            batch = np.ascontiguousarray(crops[start : start + BATCH].transpose(0, 3, 1, 2))
            rows.append(self._session.run({"data": batch.astype(np.float32)})["fc1"])
        return unit_length(np.concatenate(rows))


def with_mirror(
    recogniser: Recogniser, crops: NDArray[np.uint8], below: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Embed crops, adding the mirror image's embedding for those with a short one.

    [Note: mirror images] The sum of a crop's embedding and its mirror image's is more accurate than
    either, at twice the cost. The length before normalizing shows where that pays: a long embedding
    is reliable already. Both kinds are comparable: for the same face their similarity is .97.

    Args:
        recogniser: The pack's recognizer.
        crops: (N, 112, 112, 3) uint8 RGB.
        below: Length below which a crop is mirrored: 0 for none, infinity for all.

    Returns:
        As `Recogniser.embed`; the lengths are those of the unmirrored crops.
    """
    plain, norms = recogniser.embed(crops)
    short = np.flatnonzero(norms < below)
    if not len(short):
        return plain, norms
    mirrored, mirrored_norms = recogniser.embed(np.ascontiguousarray(crops[short, :, ::-1]))
    summed = plain[short] * norms[short, None] + mirrored * mirrored_norms[:, None]
    plain[short], _ = unit_length(summed)
    return plain, norms


def unit_length(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scale rows to unit length; also return their original lengths. Zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1).astype(np.float32)
    return (vectors / np.maximum(norms, 1e-12)[:, None]).astype(np.float32), norms
