"""Buffers of a photo are kept for the next one, and given back at the end."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from PIL import Image

from facesorter.images import decode, malloc_tuning
from tests import photos

# In a process of its own: malloc's settings can't be taken back.
FAULTS = textwrap.dedent(
    """
    import resource, sys, numpy
    from facesorter.images import malloc_tuning

    def held():
        return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

    def work():
        for _ in range(20):
            bytearray(40 << 20)

    if sys.argv[1] == "keep":
        malloc_tuning.keep_buffers()
    work()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    full = held()
    malloc_tuning.release()
    print(faults, full - held())
    """
)


def measured(how: str) -> tuple[int, int]:
    """Page faults of 800 MB of buffers, and bytes given back afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True
    )
    faults, freed = map(int, done.stdout.split())
    return faults, freed


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system keeps memory by itself")
def test_pages_are_kept_and_given_back() -> None:
    if malloc_tuning._glibc() is None:
        pytest.skip("this C library has no such settings")
    faults, _ = measured("leave")
    kept, freed = measured("keep")
    assert kept < faults / 4
    assert freed > 30 << 20


def test_room_is_made_for_the_largest_photos_only(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[None] = []
    monkeypatch.setattr(malloc_tuning, "release", lambda: made.append(None))
    monkeypatch.setattr(malloc_tuning, "LARGEST_PIXELS", 100)
    for width, photos_with_room in ((10, 0), (11, 1)):
        made.clear()
        data = photos.encoded(Image.new("RGB", (width, 10)), "JPEG")
        decode.load_upright(data, long_side=None)
        assert len(made) == photos_with_room
