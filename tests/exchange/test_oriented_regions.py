"""Regions in every orientation, format, place and convention are read as they were written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from facesorter.domain import Region
from tests import photos
from tests.benchmarks.oriented_regions import (
    CONVENTIONS,
    FORMS,
    ORIENTATIONS,
    can_make,
    check,
    make,
    stored,
)
from tests.support.corners import INVERSE


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_stored_region_is_where_the_stored_pixels_are(orientation: int) -> None:
    upright = Image.new("L", (100, 60))
    upright.paste(255, (10, 12, 30, 42))
    picture = upright
    if (turn := INVERSE[orientation]) is not None:
        picture = upright.transpose(turn)
    exif = picture.getexif()
    exif[0x0112] = orientation
    again = ImageOps.exif_transpose(picture)
    assert np.array_equal(np.asarray(again), np.asarray(upright))
    rows, columns = np.nonzero(np.asarray(picture))
    high, wide = np.asarray(picture).shape
    region = stored(Region(0.1, 0.2, 0.2, 0.5), orientation)
    edges = (region.x * wide, region.y * high, region.w * wide, region.h * high)
    assert edges == pytest.approx(
        (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    )


def read_all(folder: Path, forms: Sequence[str]) -> int:
    """Make and read the files; return how many there are."""
    with Image.open(photos.six_people()) as image:
        upright = image.convert("RGB").resize((192, 128))
    made = make(folder, upright, forms=forms)
    for each in made:
        result = check(each, upright)
        where = str(each.photo.relative_to(folder))
        assert result.pixels, where
        assert (result.names, result.regions) == (2, 4), where
        assert result.overlap > 0.999, where
    return len(made)


needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool isn't installed"
)


@needs_exiftool
def test_all_orientations_places_and_conventions(tmp_path: Path) -> None:
    assert read_all(tmp_path, ("jpg", "dng")) == len(ORIENTATIONS) * len(CONVENTIONS) * 3


@needs_exiftool
@pytest.mark.slow
def test_all_formats(tmp_path: Path) -> None:
    forms = [form for form in FORMS if can_make(form)]
    assert read_all(tmp_path, forms) == len(ORIENTATIONS) * len(CONVENTIONS) * (2 * len(forms) - 1)
