"""How long a scan of many files takes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from facesorter.cancel import CancelToken
from facesorter.library.library import Library
from facesorter.library.scanning import folders, record
from facesorter.library.scanning.scan import Scan

FILES = 50_000


@pytest.mark.scale
@pytest.mark.timeout(600)
def test_fifty_thousand_files(tmp_path: Path) -> None:
    root = tmp_path / "Photos"
    for folder in range(250):
        place = root / f"{2000 + folder % 25}" / f"{folder}"
        place.mkdir(parents=True)
        for number in range(FILES // 250):
            # Of as many sizes as there are in life; equal ones are read and hashed.
            (place / f"IMG_{number:04}.jpg").write_bytes(b"x" * (folder * 7 + number * 11 + 1))
    library = Library(tmp_path / "library")
    library.transact(folders.add, str(root))

    def scan() -> tuple[int, float, float]:
        differences, slowest = 0, 0.0
        started = time.perf_counter()
        for batch in Scan(library.connection, CancelToken()).run(None):
            differences += batch.differences
            writing = time.perf_counter()
            library.transact(record.found, batch)
            slowest = max(slowest, time.perf_counter() - writing)
        library.transact(record.relink)
        return differences, time.perf_counter() - started, slowest

    found, first, slowest = scan()
    assert found == FILES
    again, second, _ = scan()
    assert again == 0
    (root / "2000").rename(root / "renamed")
    moved, third, _ = scan()
    print(  # noqa: T201 - the figures are what this is for
        f"\n{FILES:,} new: {first:.1f} s (longest transaction {slowest * 1000:.0f} ms); "
        f"unchanged: {second:.2f} s; {moved:,} renamed: {third:.1f} s"
    )
    library.close(snapshot=False)
    assert first < 10 and second < 2
