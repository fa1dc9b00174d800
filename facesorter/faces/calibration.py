"""Calibration of similarities per model pack, by the share of strangers who are as similar.

Two packs give different cosines for the same two faces. So code outside this module never compares
cosines with constants of its own: it converts between cosines and shares of false accepts here.
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
"""False accept rate at which a single pair counts as the same person."""

UNSURE = 1e-2
"""False accept rate from which two faces count as different."""

SHARES = (0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""False accept rates at which a pack is measured, as far as there are enough pairs."""

LEAST_PAIRS = 10
"""Pairs of strangers that must be more similar for a share to count as measured: with ten, chance
shifts the cosine by about 0.01."""


class Verdict(StrEnum):
    """Verdict on whether two faces belong to one person."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Distribution of strangers' similarities under one pack."""

    measured: tuple[tuple[float, float], ...] = ()
    """Pairs of a false accept rate and the cosine where it begins, largest rate first."""
    mean: float = 0.02
    deviation: float = 0.065
    """Deviation of strangers' cosines if not measured; the default is usual for ArcFace packs."""

    def similarity(self, far: float) -> float:
        """Return the cosine that a share ``far`` of strangers exceeds."""
        if not self.measured:
            return self.mean + self.deviation * NormalDist().inv_cdf(1 - far)
        return _between([(math.log(share), cosine) for share, cosine in self.measured], far)

    def false_accepts(self, similarity: float) -> float:
        """Return the share of strangers at least this similar, never below a millionth."""
        low, high = 0.0, math.log(1e6)
        for _ in range(40):  # bisection: `similarity` falls as the share grows
            middle = (low + high) / 2
            if self.similarity(math.exp(-middle) * 0.5) < similarity:
                low = middle
            else:
                high = middle
        return max(math.exp(-low) * 0.5, 1e-6)

    def verdict(self, similarity: float) -> Verdict:
        """Judge two faces by their similarity."""
        if similarity >= self.similarity(SAME):
            return Verdict.SAME
        return Verdict.UNSURE if similarity >= self.similarity(UNSURE) else Verdict.DIFFERENT


def _between(points: list[tuple[float, float]], far: float) -> float:
    """Interpolate linearly over the logarithm of the share; extrapolate beyond the ends."""
    at = math.log(far)
    parts = list(itertools.pairwise(points))
    (x0, y0), (x1, y1) = next((part for part in parts if at >= part[1][0]), parts[-1])
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def fitted(strangers: NDArray[np.float32], usual: Calibration) -> Calibration:
    """Calibrate a pack by similarities of people known to be different. Thread: any.

    Rates too low for the number of pairs keep the usual shape, scaled to match the measured ones.

    Args:
        strangers: (N,) float32 cosines of pairs of different people.
        usual: A calibration of similar packs; returned unchanged if there are too few pairs to
            measure one stranger in a hundred.
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
    # (tests/benchmarks/verification.py); the first value is a typical mean.
    measured=((0.5, 0.08), (1e-2, 0.2984), (1e-3, 0.3669), (1e-4, 0.4213))
)

KNOWN = {"opencv-zoo": OPENCV_ZOO}
"""Calibrations by pack name."""


def of_pack(name: str, dimension: int = 512) -> Calibration:
    """Return a pack's calibration; if never measured, one typical of its dimension."""
    if name in KNOWN:
        return KNOWN[name]
    # Strangers are closer in fewer dimensions; SFace stands for such packs.
    return OPENCV_ZOO if dimension <= 128 else Calibration()
