"""Read 50,000 face regions as each kind of source keeps them: seconds, and the most memory.

    .venv/bin/python -m tests.benchmarks.reading_names [REGIONS]

Makes the sources in a temporary folder first. Each is read in a process of its own. Memory is the
process's peak (Linux), of which the program's modules are 55 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from facesorter.exchange import sources
from facesorter.exchange.reading import Reading
from tests.support.other_programs import (
    Box,
    DigikamPhoto,
    digikam_database,
    osxphotos_photo,
    picasa_folder,
)
from tests.support.xmp import AREA, packet, regions

REGIONS = 50_000
PER_PHOTO, PER_FOLDER = 4, 100
NAMES = [f"Person {at}" for at in range(200)]


def boxes(photo: int) -> list[Box]:
    """The faces of a photo."""
    return [
        Box(NAMES[(photo * 7 + at) % len(NAMES)], 0.1 + 0.2 * at, 0.2, 0.1, 0.2)
        for at in range(PER_PHOTO)
    ]


def picasa(folder: Path, photos: int) -> None:
    """A ``.picasa.ini`` for each hundred photos."""
    for first in range(0, photos, PER_FOLDER):
        at = folder / f"{first:06}"
        at.mkdir()
        names = range(first, min(first + PER_FOLDER, photos))
        picasa_folder(at, {f"{photo}.jpg": boxes(photo) for photo in names})


def digikam(folder: Path, photos: int) -> None:
    """A database."""
    made = [
        DigikamPhoto(f"/{photo // PER_FOLDER}", f"{photo}.jpg", 4000, 3000, 1, boxes(photo))
        for photo in range(photos)
    ]
    digikam_database(folder / "digikam4.db", made, identifier="volumeid:?path=/photos")


def sidecars(folder: Path, photos: int) -> None:
    """A photo and an XMP file each."""
    for photo in range(photos):
        at = folder / str(photo // PER_FOLDER)
        at.mkdir(exist_ok=True)
        items = "".join(
            f'<rdf:li mwg-rs:Type="Face" mwg-rs:Name="{box.name}"><mwg-rs:Area {AREA}/></rdf:li>'
            for box in boxes(photo)
        )
        (at / f"{photo}.jpg").write_bytes(b"\xff\xd8\xff\xd9")
        (at / f"{photo}.jpg.xmp").write_bytes(packet(regions(items)))


def apple(folder: Path, photos: int) -> None:
    """The JSON of ``osxphotos query``."""
    with (folder / "photos.json").open("w") as file:
        for photo in range(photos):
            file.write("," if photo else "[")
            json.dump(osxphotos_photo(f"{photo}.jpg", f"/p/{photo}.jpg", boxes(photo)), file)
        file.write("]")


def read(folder: Path) -> None:
    """Print what reading a folder took."""
    begin = time.perf_counter()
    found = sum(len(each.names.regions) for each in sources.read(folder, Reading()))
    seconds = time.perf_counter() - begin
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), 0)
    print(f"{folder.name:10}{found:10}{seconds:9.1f}{peak:9}", flush=True)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REGIONS
    print(f"{'source':10}{'regions':>10}{'seconds':>9}{'MB':>9}", flush=True)
    makers: tuple[Callable[[Path, int], None], ...] = (picasa, digikam, sidecars, apple)
    with tempfile.TemporaryDirectory() as scratch:
        for maker in makers:
            folder = Path(scratch) / maker.__name__
            folder.mkdir()
            maker(folder, count // PER_PHOTO)
            command = [sys.executable, "-m", "tests.benchmarks.reading_names", "--read"]
            subprocess.run([*command, str(folder)], check=True)


if __name__ == "__main__":
    main()
