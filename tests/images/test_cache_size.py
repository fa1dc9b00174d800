"""The cache stays within its limit, the oldest go first."""

from __future__ import annotations

import os
from pathlib import Path

from facesorter.images import cache_size


def fill(folder: Path) -> list[Path]:
    made = []
    for number in range(20):
        path = folder / "photo" / f"{number % 4:02x}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
        os.utime(path, (number, number))
        made.append(path)
    return made


def test_the_oldest_go_first(tmp_path: Path) -> None:
    made = fill(tmp_path)
    assert cache_size.used(tmp_path) == 20_000
    assert cache_size.trim(tmp_path, 20_000) == 0
    assert cache_size.trim(tmp_path, 10_000) == 11_000
    assert [path.exists() for path in made] == [False] * 11 + [True] * 9
    assert cache_size.used(tmp_path) == 9_000


def test_emptied_altogether_and_what_is_not_there(tmp_path: Path) -> None:
    fill(tmp_path)
    assert cache_size.trim(tmp_path, 0) == 20_000
    assert cache_size.used(tmp_path) == 0
    assert cache_size.trim(tmp_path / "nowhere", 5) == 0


def test_links_lead_nowhere(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "link").symlink_to(tmp_path / "elsewhere")
    cache_size.trim(cache, 0)
    assert cache_size.used(tmp_path / "elsewhere") == 20_000
