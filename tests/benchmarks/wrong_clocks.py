"""An archive whose clocks were wrong in five ways, with its truth; and how it is repaired.

``python -m tests.benchmarks.wrong_clocks FOLDER [PHOTOS]`` makes one of 2,000 photos, scans it
into a library of its own, repairs it by commands, and prints how many dates are right before and
after.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.pictures import picture

PHOTOS = 2_000
START = datetime.datetime(2012, 4, 7, 9, 30)
AHEAD = datetime.timedelta(hours=8)
"""A camera that was left on the time of home, on a journey."""
YEARS = datetime.timedelta(days=3_650, minutes=12)
"""A camera whose year was typed wrong."""


class Made(NamedTuple):
    """An archive."""

    truth: dict[str, str]
    """The date of each photo by relative path, as precise as anybody can know it."""
    acts: list[list[str]]
    """Arguments of the command ``dates`` that repair it, with paths in the archive."""


def make(folder: Path, photos: int = PHOTOS) -> Made:
    """Write an archive of six equal parts, of which the last is right.

    A clock left in another time zone; one set to a wrong year; one that started over at every
    change of battery; scans that say when they were scanned, in folders with the year; photos
    without any date between others that have one; and a camera whose clock was right.
    """
    each = photos // 6
    truth: dict[str, str] = {}
    acts: list[list[str]] = []

    def write(place: str, content: bytes, true: str) -> None:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        truth[place] = true

    number = iter(range(10 * photos))
    zone = [START + datetime.timedelta(minutes=7 * n) for n in range(each)]
    for n, moment in enumerate(zone):
        content = picture(next(number), _exif(moment - AHEAD), "Canon EOS 5D")
        write(f"Japan/IMG_{n:04}.JPG", content, _iso(moment))
    acts.append(["shift", "--camera", "Canon EOS 5D", "--by", "+8:00"])
    for n in range(each):
        moment = START + datetime.timedelta(days=300, minutes=11 * n)
        content = picture(next(number), _exif(moment - YEARS), "NIKON D70")
        write(f"Garden/DSC_{n:04}.JPG", content, _iso(moment))
    true = _iso(START + datetime.timedelta(days=300))
    acts.append(["shift", "--camera", "NIKON D70", "--like", "Garden/DSC_0000.JPG", "--true", true])
    battery = datetime.datetime(2000, 1, 1, 0, 0, 20)
    half = each // 2
    for part, first in enumerate((START.replace(year=2014), START.replace(year=2015))):
        for n in range(half if part == 0 else each - half):
            offset = datetime.timedelta(seconds=97 * n)
            content = picture(next(number), _exif(battery + offset), "FinePix A350")
            write(f"Battery {part + 1}/DSCF{n:04}.JPG", content, _iso(first + offset))
        place = f"Battery {part + 1}"
        like = f"{place}/DSCF0000.JPG"
        acts.append(
            ["shift", "--search", f'folder:"{place}"', "--like", like, "--true", _iso(first)]
        )
    for n in range(each):
        year = 1956 + n % 40
        moment = datetime.datetime(2010, 3, 3, 12, 0) + datetime.timedelta(seconds=31 * n)
        content = picture(next(number), _exif(moment), "EPSON Scanner")
        write(f"Album {year}/scan {n:04}.jpg", content, str(year))
    acts.append(["from-folder", "--camera", "EPSON Scanner"])
    for n in range(each):
        moment = datetime.datetime(2016, 5, 1, 10) + datetime.timedelta(
            days=n // 80, minutes=6 * (n % 80)
        )
        has = n % 10 == 0 or n % 80 == 79  # the first and the last of each day
        content = picture(next(number), _exif(moment) if has else None, "HTC" if has else None)
        write(f"Sent/photo {n:04}.jpg", content, _iso(moment) if has else _iso(moment)[:10])
    acts.append(["from-neighbours", "--search", "no date folder:Sent"])
    for n in range(photos - 5 * each):
        moment = START + datetime.timedelta(days=3 * n)
        write(f"Right/P{n:04}.JPG", picture(next(number), _exif(moment), "Pixel 6"), _iso(moment))
    return Made(truth, acts)


def right(truth: dict[str, str], found: dict[str, str]) -> int:
    """Count the photos whose date is true: as precise as the truth, and the same."""
    return sum(found.get(place) == date for place, date in truth.items())


def commands(made: Made, folder: Path) -> Iterator[list[str]]:
    """Yield the arguments of each act, with absolute paths."""
    for act in made.acts:
        yield [str(folder / word) if (folder / word).is_file() else word for word in act]


def _exif(moment: datetime.datetime) -> str:
    return moment.strftime("%Y:%m:%d %H:%M:%S")


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")


def dates(run: Callable[[Sequence[str]], str], folder: Path) -> dict[str, str]:
    """Return the dates that the command ``photos`` prints, as precise as it says they are."""
    length = {"none": 0, "year": 4, "month": 7, "day": 10, "second": 19}
    rows = [json.loads(line) for line in run(["photos"]).splitlines()]
    return {
        os.path.relpath(row["path"], folder).replace(os.sep, "/"): row["taken_at"][
            : length[row["taken_precision"]]
        ]
        for row in rows
    }


def main() -> None:
    """Make, scan, repair and count."""
    import subprocess
    import tempfile

    folder = Path(sys.argv[1]).resolve()
    made = make(folder, int(sys.argv[2]) if len(sys.argv) > 2 else PHOTOS)
    with tempfile.TemporaryDirectory() as library:
        program = [sys.executable, "-m", "facesorter", "--library", library, "--json"]

        def run(words: Sequence[str]) -> str:
            done = subprocess.run([*program, *words], check=True, capture_output=True, text=True)
            return done.stdout

        run(["scan", str(folder), "--no-refresh"])
        print(f"before: {right(made.truth, dates(run, folder))} of {len(made.truth)} right")
        for act in commands(made, folder):
            start = time.perf_counter()
            answer = json.loads(run(["dates", *act]))
            print(
                f"{len(answer['photos'])} changed in {time.perf_counter() - start:.1f} s:",
                " ".join(act),
            )
        print(f"after {len(made.acts)} acts: {right(made.truth, dates(run, folder))} right")


if __name__ == "__main__":
    main()
