import cv2
import numpy as np
import pytest

from facesorter.images.convert import shrink
from tests import photos


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_halving_is_the_mean_of_the_pixels(factor: int) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (96 * factor, 128 * factor, 3), np.uint8)
    small = shrink(pixels, 128, 96)
    mean = pixels.reshape(96, factor, 128, factor, 3).mean((1, 3))
    # Each halving rounds to whole numbers.
    assert np.abs(small - mean).max() <= 1.5


@pytest.mark.parametrize("size", [(1280, 886), (1279, 885), (1001, 700)])
def test_it_looks_like_one_shrinking_by_area(size: tuple[int, int]) -> None:
    whole = photos.pixels(photos.six_people())
    pixels = np.ascontiguousarray(whole[: size[1], : size[0]])
    for width in (320, 150, 17):
        height = round(width * size[1] / size[0])
        small = shrink(pixels, width, height)
        assert small.shape == (height, width, 3)
        plain = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - plain).mean() < 2


def test_extremes() -> None:
    assert shrink(np.full((1, 4000, 3), 7, np.uint8), 100, 1).shape == (1, 100, 3)
    assert (shrink(np.full((301, 203, 3), 9, np.uint8), 1, 1) == 9).all()
