"""Plots of an evaluation: similarities of pairs, and whether the program is overconfident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.app.evaluation.plots import BLUE, GREEN, GREY, ORANGE, Axis, Plot
from facesorter.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.app.evaluation.evaluate import Grouped
    from facesorter.faces.verification import Pairs

WIDTH = 0.02
"""Width of a histogram bar, in cosine."""
COSINES = tuple(round(0.02 * step, 2) for step in range(0, 40))
"""Similarities at which the predicted and actual shares of strangers are compared."""
FEWEST = 5
"""Minimum number of strangers, or of faces, for a point in a plot."""
_RATES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def save(
    folder: Path, pairs: Pairs, grouped: Grouped, people: NDArray[np.int64], pack: str
) -> list[str]:
    """Write all plots into a folder and return their paths.

    Args:
        folder: created if needed.
        pairs: similarities of pairs of the same and of different people.
        grouped: the resulting groups, by photo.
        people: int64[photos], who each photo shows.
        pack: the name of the model pack, whose calibration is evaluated.

    Raises:
        UserError: the plots can't be written there.
    """
    plots = {
        "similarities.png": _similarities(pairs, pack),
        "reliability.png": _reliability(pairs, pack),
        "memberships.png": _memberships(grouped, people),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, plot in plots.items():
            plot.save(folder / name)
    except OSError as error:
        raise UserError(
            "The plots can’t be written to {folder} ({error}).", folder=folder, error=error
        ) from error
    return [str(folder / name) for name in plots]


def _similarities(pairs: Pairs, pack: str) -> Plot:
    """Histogram of both kinds of pairs, each normalized to its own number."""
    from facesorter.faces import calibration
    from facesorter.faces.verification import BINS

    each = round(WIDTH * BINS / 2)
    histograms = [
        counts.reshape(-1, each).sum(axis=1) / max(int(counts.sum()), 1)
        for counts in (pairs.other, pairs.same)
    ]
    highest = max(float(values.max()) for values in histograms) or 1.0
    step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.5) if highest / s <= 6)
    y = Axis(
        f"Share of pairs per {WIDTH:g} of similarity",
        0,
        highest * 1.25,
        [step * i for i in range(int(highest * 1.25 / step) + 1)],
        lambda value: f"{100 * value:.0f} %",
    )
    x = Axis("Similarity of two faces (cosine)", -0.4, 1, [i / 5 for i in range(-2, 6)])
    plot = Plot(
        "How alike two faces are",
        f"{int(pairs.same.sum()):,} pairs of one person, {int(pairs.other.sum()):,} of two people",
        x,
        y,
    )
    for values, colour, name in zip(
        histograms, (ORANGE, BLUE), ("two people", "one person"), strict=True
    ):
        bars = [(i * WIDTH - 1, (i + 1) * WIDTH - 1, float(v)) for i, v in enumerate(values)]
        plot.bars([bar for bar in bars if bar[0] >= x.low - 1e-9], colour, name)
    known = calibration.of_pack(pack)
    plot.mark(known.similarity(calibration.UNSURE), GREY, "perhaps", 0)
    plot.mark(known.similarity(calibration.SAME), GREEN, "the same", 1)
    return plot


def _reliability(pairs: Pairs, pack: str) -> Plot:
    """Predicted and actual shares of strangers with at least a given similarity."""
    from facesorter.faces import calibration
    from facesorter.faces.verification import BINS

    known = calibration.of_pack(pack)
    above = pairs.other[::-1].cumsum()[::-1]
    points = []
    for cosine in COSINES:
        strangers = int(above[round((cosine + 1) * BINS / 2)])
        # Below the usual similarity of strangers, there is no prediction.
        if FEWEST <= strangers <= above[0] / 2:
            points.append((known.false_accepts(cosine), strangers / int(above[0])))

    def percent(value: float) -> str:
        return f"{100 * value:g} %"

    x = Axis("Share of strangers at least so alike: as the program says", 1e-6, 1, _RATES, percent)
    y = Axis("Share of strangers: as measured here", 1e-6, 1, _RATES, percent)
    x, y = (Axis(a.title, a.low, a.high, a.ticks, a.label, True) for a in (x, y))
    plot = Plot(
        "Reliability: is the program too sure of itself?",
        "On the line it is right; above the line, strangers are more alike than it says.",
        x,
        y,
    )
    plot.line([(x.low, y.low), (x.high, y.high)], GREY, "right", 2)
    plot.line(points, BLUE, width=2)
    plot.points(points, BLUE, f"measured on {int(pairs.other.sum()):,} pairs")
    return plot


def _memberships(grouped: Grouped, people: NDArray[np.int64]) -> Plot:
    """Share of faces with the right person, by similarity to their group."""
    import numpy as np

    inside = np.flatnonzero(grouped.group >= 0)
    _, group = np.unique(grouped.group[inside], return_inverse=True)
    width = int(people.max(initial=0)) + 1
    cells, where, count = np.unique(
        group * width + people[inside], return_inverse=True, return_counts=True
    )
    # The right person of a group is the one with most of its faces; on a tie, the first.
    most = np.lexsort((cells, -count, cells // width))
    most = most[np.unique(cells[most] // width, return_index=True)[1]]
    right = where == most[group]
    likeness = grouped.similarity[inside]
    points, shares = [], []
    for step in range(20):
        some = (likeness >= step / 20) & (likeness < (step + 1) / 20)
        if some.sum() >= FEWEST:
            points.append(((step + 0.5) / 20, float(right[some].mean())))
        shares.append((step / 20, (step + 1) / 20, float(some.sum() / max(len(inside), 1))))

    def percent(value: float) -> str:
        return f"{100 * value:.0f} %"

    plot = Plot(
        "Are faces with the right person?",
        f"{len(inside):,} faces in groups; {int(right.sum()):,} of them with the right person",
        Axis("Similarity of a face to its group", 0, 1, [i / 10 for i in range(11)]),
        Axis("Share of faces", 0, 1.25, [i / 5 for i in range(6)], percent),
    )
    plot.line(points, BLUE, width=2)
    plot.points(points, BLUE, "with the right person, of those so similar")
    plot.bars(shares, ORANGE, "so similar, of all")
    return plot
