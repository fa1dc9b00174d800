"""Regions of real files, of many programs, are read as exiftool reads them."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.region_table import compare


def test_every_name_and_box_of_real_files(shared_photos: Path) -> None:
    results = list(compare(shared_photos / "regions"))
    assert not [(each.file, each.differences) for each in results if each.differences]
    assert sum(each.same for each in results) >= 60
    assert max(each.largest for each in results) < 1e-6
