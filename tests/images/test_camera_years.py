"""The years in which cameras came out."""

from __future__ import annotations

import pytest

from facesorter.images.camera_years import first_year


@pytest.mark.parametrize(
    ("model", "year"),
    [
        ("iPhone 4S", 2010),
        ("iPhone XR", 2017),
        ("iPhone 15 Pro Max", 2023),
        ("iPhone SE (2nd generation)", 2007),
        ("iPhone 3GS", 2007),
        ("iPhone", 2007),
        ("Pixel 3a XL", 2018),
        ("SM-G973F", 2019),
        ("SM-S911B", 2023),
        ("Canon EOS 5D", 2005),
        ("Canon EOS 5D Mark II", 2008),
        ("NIKON D90", 2008),
        ("NIKON Z 6_2", 2020),
        ("ILCE-7M3", 2018),
        ("DSC-RX100", 2012),
    ],
)
def test_the_year_is_that_of_the_model_or_of_the_first_of_its_family(model: str, year: int) -> None:
    assert first_year(model) == year


@pytest.mark.parametrize(
    "model", [None, "", "Canon EOS", "NIKON D9", "Canon EOS 5DS", "SM-A505F", "My iPhone", "Pixel"]
)
def test_of_other_models_nothing_is_said(model: str | None) -> None:
    assert first_year(model) is None
