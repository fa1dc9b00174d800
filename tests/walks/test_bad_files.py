"""Files that break decoders: every one gets a row with a sentence, and none is touched."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from facesorter.images.formats import is_photo
from tests import command

MOST_MEMORY = 1.5e9
"""Bytes, with the models loaded and every worker on a bad file."""


def _state(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (hashlib.blake2b(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _peak(pid: int, result: list[int]) -> None:
    """The largest resident size of a process while it lives, in bytes."""
    while True:
        try:
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    result[0] = max(result[0], int(line.split()[1]) * 1024)
        except OSError:
            return
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_damaged_files_and_rare_formats(
    tmp_path: Path, shared_photos: Path, workers: tuple[str, ...]
) -> None:
    roots = [shared_photos / "damaged", shared_photos / "formats"]
    before = [_state(root) for root in roots]
    library = tmp_path / "library"
    peak = [0]
    scan = command.start(tmp_path, "--library", library, "scan", "--json", *roots, *workers)
    watching = threading.Thread(target=_peak, args=(scan.pid, peak), daemon=True)
    watching.start()
    out, err = scan.communicate(timeout=280)
    assert scan.returncode == 1, err
    assert "Traceback" not in err
    found = json.loads(out)
    photos = [path for root in roots for path in root.rglob("*") if is_photo(path.name)]
    assert found["photos"] == len(photos) and found["pending"] == 0
    assert found["analysed"] + len(found["failed"]) == len(photos)
    for problem in found["failed"]:
        sentence = problem["error"]
        assert sentence.endswith(".") and sentence[0].isupper() and len(sentence) < 120, problem
        for word in ("Error", "errno", "fault", "None", "bytes-like", "0x", "no longer there"):
            assert word not in sentence, problem
    again = command.run(tmp_path, "--library", library, "scan", "--json")
    assert again.returncode == 1
    assert json.loads(again.stdout)["failed"] == found["failed"]
    assert [_state(root) for root in roots] == before, "the photos were changed"
    watching.join(5)
    print(f"\npeak {peak[0] / 1e6:.0f} MB, {len(found['failed'])} of {len(photos)} unreadable")
    assert os.path.exists(library) and 0 < peak[0] < MOST_MEMORY
