"""Portraits have their eyes in one place, whatever the photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from facesorter.faces.portrait import EYES, portrait

SHAPE = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]])
SIDE = 200


def drawn(turn: float, size: float, at: tuple[float, float]) -> tuple[bytes, list[list[float]]]:
    """A grey photo with a green right and a red left eye, and its landmarks as fractions."""
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (SHAPE - 0.5) @ spin.T * size + np.array(at)
    image = Image.new("RGB", (800, 600), (90, 90, 90))
    pen = ImageDraw.Draw(image)
    for (x, y), colour in zip(points[:2], ("#00ff00", "#ff0000"), strict=True):
        reach = size / 12
        pen.ellipse([x - reach, y - reach, x + reach, y + reach], fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), (points / [800, 600]).tolist()


@pytest.mark.parametrize("turn", [0, 35, -90])
@pytest.mark.parametrize("size", [60, 300])
def test_eyes_are_level_and_in_one_place(turn: float, size: float) -> None:
    data, landmarks = drawn(turn, size, (400, 300))
    pixels = portrait(data, landmarks, SIDE).astype(int)
    assert pixels.shape == (SIDE, SIDE, 3)
    eyes = []
    for channel in (1, 0):
        others = pixels[:, :, [c for c in range(3) if c != channel]].max(axis=2)
        rows, columns = np.nonzero(pixels[:, :, channel] - others > 100)
        assert len(rows) > 10
        eyes.append((columns.mean() + 0.5, rows.mean() + 0.5))
    (left_x, left_y), (right_x, right_y) = eyes
    assert left_x < right_x and abs(left_y - right_y) < 2.5
    assert (left_x + right_x) / 2 == pytest.approx(EYES[0] * SIDE, abs=1.5)
    assert (left_y + right_y) / 2 == pytest.approx(EYES[1] * SIDE, abs=1.5)


def test_the_face_fills_the_same_share_of_every_frame() -> None:
    apart = []
    for size in (60, 300):
        pixels = portrait(*drawn(0, size, (400, 300)), SIDE).astype(int)
        red = np.nonzero(pixels[:, :, 0] - pixels[:, :, 1] > 100)[1].mean()
        green = np.nonzero(pixels[:, :, 1] - pixels[:, :, 0] > 100)[1].mean()
        apart.append(red - green)
    assert apart[0] == pytest.approx(apart[1], rel=0.03)


@pytest.mark.parametrize("turn", [0, 35])
def test_beyond_the_photo_its_edge_goes_on(turn: float) -> None:
    pixels = portrait(*drawn(turn, 300, (150, 150)), SIDE).astype(int)
    assert pixels.shape == (SIDE, SIDE, 3)
    # The photo is all grey but for its eyes, so there is neither a black corner nor a dark seam.
    eyes = np.abs(pixels - 90).max(axis=2) > 60
    assert 0 < eyes.mean() < 0.1
    assert pixels.max(axis=2).min() > 60 and abs(pixels[2, 2] - 90).max() < 25
