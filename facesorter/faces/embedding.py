"""Turns aligned crops into embeddings with SFace.

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
"""Crops per run: on a CPU, larger batches are no faster and only hold memory."""


class Recogniser(Protocol):
    """What turns aligned crops into embeddings."""

    @property
    def usual_norms(self) -> tuple[float, float] | None:
        """For `quality.measure`."""
        ...

    @property
    def unsure_below(self) -> float | None:
        """Length before normalising below which a look at the mirror image pays; None for none."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        ...

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Embeddings of (N, 112, 112, 3) uint8 RGB crops.

        Returns:
            (N, d) float32 rows of unit length, and (N,) float32 lengths before normalising.
        """
        ...


class SFace:
    """The bundled recogniser; 128 numbers a face. Thread: any."""

    # Crops without a face in them give 4 to 7; 95 in 100 portraits give more than 10.3.
    usual_norms = (6.0, 10.3)
    # Three in four portraits are shorter. Looking at the others too changes one true accept in
    # ten thousand (tests/benchmarks/verification.py).
    unsure_below = 13.0

    def __init__(self, session: LazySession) -> None:
        self._session = session

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        return self._session.provider

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `Recogniser.embed`. The graph itself centres and scales its 0-255 input."""
        rows = [np.empty((0, 128), np.float32)]
        for start in range(0, len(crops), BATCH):
            batch = np.ascontiguousarray(crops[start : start + BATCH].transpose(0, 3, 1, 2))
            rows.append(self._session.run({"data": batch.astype(np.float32)})["fc1"])
        return unit_length(np.concatenate(rows))


def with_mirror(
    recogniser: Recogniser, crops: NDArray[np.uint8], below: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Embeddings of crops, and for those that come out short, of their mirror images too.

    [Note: mirror images] The sum of a crop's embedding and its mirror image's is right more often
    than either, at twice the cost. The length before normalising tells where that pays: a long
    embedding is sure already. Both kinds are comparable, the same face having a similarity of .97.

    Args:
        recogniser: The pack's.
        crops: (N, 112, 112, 3) uint8 RGB.
        below: Length from which on a crop is left alone: 0 for all of them, infinity for none.

    Returns:
        As `Recogniser.embed`; the lengths are those of the crops alone.
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
    """Scale rows to length one; also return their lengths before. Zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1).astype(np.float32)
    return (vectors / np.maximum(norms, 1e-12)[:, None]).astype(np.float32), norms
