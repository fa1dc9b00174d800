"""What a similarity means: the share of strangers that are as alike, for each model pack.

Two packs give different cosines for the same two faces, so nothing outside this module decides
about two faces by a cosine of its own: it asks for the cosine that belongs to a share of false
accepts, or for the share that belongs to a cosine.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME = 1e-4
"""Share of strangers that may pass for the same person where one pair is judged by itself."""

UNSURE = 1e-2
"""Share of strangers from which two faces are called different."""

SHARES = (0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Shares of strangers that a pack's similarities are measured at, as far as there are pairs."""

LEAST_PAIRS = 10
"""Pairs of strangers that must be more alike for a share to count as measured: with ten, chance
moves the cosine by about a hundredth."""


class Verdict(StrEnum):
    """Whether two faces are one person's."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Similarities of strangers under one pack."""

    measured: tuple[tuple[float, float], ...] = ()
    """Pairs of a share of false accepts and the cosine that it begins at, largest share first."""
    mean: float = 0.02
    deviation: float = 0.065
    """Of strangers' cosines, for packs without measured values: those usual of ArcFace packs."""

    def similarity(self, far: float) -> float:
        """The cosine that a share ``far`` of strangers exceeds."""
        if not self.measured:
            return self.mean + self.deviation * NormalDist().inv_cdf(1 - far)
        return _between([(math.log(share), cosine) for share, cosine in self.measured], far)

    def false_accepts(self, similarity: float) -> float:
        """The share of strangers that are at least this alike, never below a millionth."""
        low, high = 0.0, math.log(1e6)
        for _ in range(40):  # halving: `similarity` falls as the share grows
            middle = (low + high) / 2
            if self.similarity(math.exp(-middle) * 0.5) < similarity:
                low = middle
            else:
                high = middle
        return max(math.exp(-low) * 0.5, 1e-6)

    def verdict(self, similarity: float) -> Verdict:
        """What a similarity says of two faces."""
        if similarity >= self.similarity(SAME):
            return Verdict.SAME
        return Verdict.UNSURE if similarity >= self.similarity(UNSURE) else Verdict.DIFFERENT


def _between(points: list[tuple[float, float]], far: float) -> float:
    """Along straight lines over the logarithm of the share, and on beyond the ends."""
    at = math.log(far)
    parts = list(itertools.pairwise(points))
    (x0, y0), (x1, y1) = next((part for part in parts if at >= part[1][0]), parts[-1])
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def fitted(strangers: NDArray[np.float32], usual: Calibration) -> Calibration:
    """Calibrate a pack by similarities of people known to be different. Thread: any.

    What is rarer than the pairs can show keeps the usual shape, stretched to what they show.

    Args:
        strangers: (N,) float32 cosines of pairs of different people.
        usual: A calibration of packs like this one; returned as it is where pairs are too few to
            show one stranger in a hundred.
    """
    import numpy as np

    shown = [share for share in SHARES if share * len(strangers) >= LEAST_PAIRS]
    if 1e-2 not in shown:
        return usual
    cosines = np.quantile(strangers, [1 - share for share in shown]).tolist()
    last, middle = shown[-1], cosines[0]
    stretch = (cosines[-1] - middle) / (usual.similarity(last) - usual.similarity(shown[0]))
    beyond = [
        (share, cosines[-1] + stretch * (usual.similarity(share) - usual.similarity(last)))
        for share in SHARES[len(shown) :]
    ]
    found = [*zip(shown, cosines, strict=True), *beyond]
    return Calibration(tuple((share, round(cosine, 4)) for share, cosine in found))


OPENCV_ZOO = Calibration(
    # 3.87 million pairs of strangers on press photos of adults, as shipped
    # (tests/benchmarks/verification.py); the first value is their usual mean.
    measured=((0.5, 0.08), (1e-2, 0.2984), (1e-3, 0.3669), (1e-4, 0.4213))
)

KNOWN = {"opencv-zoo": OPENCV_ZOO}
"""Calibrations by the name of the pack."""


def of_pack(name: str, dimension: int = 512) -> Calibration:
    """The calibration of a pack; where it was never measured, one usual for its dimension."""
    if name in KNOWN:
        return KNOWN[name]
    # Shorter embeddings of strangers lie less far apart; SFace stands for them.
    return OPENCV_ZOO if dimension <= 128 else Calibration()
