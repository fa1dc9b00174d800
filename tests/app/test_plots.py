"""Plots show the numbers where they are, and nothing is drawn outside the frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facesorter.app.evaluation import pictures
from facesorter.app.evaluation.evaluate import Grouped
from facesorter.app.evaluation.plots import BLUE, GREEN, ORANGE, Axis, Plot
from facesorter.faces.verification import BINS, Pairs

RGB = {name: tuple(int(name[i : i + 2], 16) for i in (1, 3, 5)) for name in (BLUE, GREEN, ORANGE)}


def pixels(plot: Plot, path: Path) -> np.ndarray:
    plot.save(path / "plot.png")
    with Image.open(path / "plot.png") as image:
        return np.asarray(image.convert("RGB"))


def middle(image: np.ndarray, colour: str) -> tuple[float, float]:
    """Where the pixels of a colour are on average, x and y in pixels."""
    rows, columns = np.nonzero((image == RGB[colour]).all(axis=2))
    return float(columns.mean()), float(rows.mean())


def test_values_stand_where_they_belong(tmp_path: Path) -> None:
    plain = Axis("one", 0, 10, [0, 5, 10])
    tenths = Axis("other", 1e-4, 1, [1e-4, 1e-2, 1], logarithmic=True)
    assert [plain.place(v) for v in (-3, 0, 5, 10, 99)] == [0, 0, 0.5, 1, 1]
    assert [tenths.place(v) for v in (0, 1e-2, 1)] == pytest.approx([0, 0.5, 1])
    plot = Plot("title", "below", plain, tenths)
    plot.points([(5, 1e-2)], BLUE)
    plot.points([(10, 1)], GREEN)
    image = pixels(plot, tmp_path)
    across, down = middle(image, BLUE)
    assert (across, down) == (pytest.approx(680, abs=1), pytest.approx(405, abs=1))
    assert middle(image, GREEN)[0] > across and middle(image, GREEN)[1] < down


def test_a_histogram_and_its_marks(tmp_path: Path) -> None:
    same, other = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    same[int(BINS * 0.85)], other[int(BINS * 0.55)] = 50, 2000
    image = pixels(pictures._similarities(Pairs(same, other), "opencv-zoo"), tmp_path)
    frame = image[220:690, 130:1230]  # without the legend
    blue, orange = middle(frame, BLUE), middle(frame, ORANGE)
    assert orange[0] < middle(frame, GREEN)[0] < blue[0]


def test_nothing_to_show_is_no_failure(tmp_path: Path) -> None:
    nothing = Pairs(np.zeros(BINS, np.int64), np.zeros(BINS, np.int64))
    grouped = Grouped(np.full(3, -1), np.zeros(3, np.float32))
    made = pictures.save(tmp_path, nothing, grouped, np.arange(3), "unheard of")
    assert len(made) == 3 and all(Path(path).stat().st_size > 1000 for path in made)


def test_two_of_one_group_can_not_both_be_right(tmp_path: Path) -> None:
    grouped = Grouped(np.zeros(20, np.int64), np.full(20, 0.52, np.float32))
    people = np.repeat([0, 1], 10)
    image = pixels(pictures._memberships(grouped, people), tmp_path)
    half = pixels(pictures._memberships(grouped, np.repeat([1, 0], 10)), tmp_path)
    # Half of them are right, whoever comes first.
    frame = slice(220, 690), slice(130, 1230)
    assert middle(image[frame], BLUE) == middle(half[frame], BLUE)
    assert middle(image[frame], BLUE)[1] == pytest.approx(700 - 590 * 0.5 / 1.25 - 220, abs=3)
