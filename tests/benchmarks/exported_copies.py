"""Export photos of one person, smaller and with names, and read them with other programs.

``python -m tests.benchmarks.exported_copies FOLDER [COUNT]`` takes JPEG files from FOLDER and
writes dates, a color profile and each of the eight orientations into copies of them; ``exiftool``
and ``exiv2`` must be installed. A small file system is mounted where that is allowed, to fill it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.errors import UserError
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.library import export, queries
from facesorter.library.decisions import corrections
from facesorter.library.export import Copy, Layout, Naming, Options
from tests.library.made import Bench, fill

COUNT = 2000
SIDE = 640
"""Longest side of the copies, px."""
NAME = "Élodie O’Neill"


def made_library(sources: list[Path], folder: Path) -> Bench:
    """Return a library of one person whose photos exist as files."""
    bench = Bench()
    with bench.database.atomic():
        faces = fill(bench.connection, people=1, each=len(sources), per_photo=1, seed=3)
    bench.connection.execute("UPDATE folder SET path = ?", [str(folder)])
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photos = queries.photos(bench.connection, queries.photo_ids(bench.connection))
    for number, (photo, source) in enumerate(zip(photos, sources, strict=True)):
        tags = Image.Exif()
        tags[0x0112] = number % 8 + 1
        tags.get_ifd(0x8769)[0x9003] = date_of(number)
        with Image.open(source) as image:
            image.convert("RGB").save(photo.path, "JPEG", exif=tags, icc_profile=profile)
    bench.do(corrections.move_to_new_person, faces[0], NAME)
    return bench


def date_of(number: int) -> str:
    """Return the date of a photo, as in EXIF, by its number."""
    return f"20{number // 400:02}:{number // 30 % 12 + 1:02}:{number % 28 + 1:02} 12:00:00"


def wrong_copies(copies: list[Copy], written: list[Path]) -> list[str]:
    """Return what exiftool and exiv2 read otherwise than it should be."""
    wrong = []
    tags = _read_by_exiftool(written)
    for number, (copy, path) in enumerate(zip(copies, written, strict=True)):
        found, box = tags[str(path)], copy.people[0].region
        regions = found["RegionInfo"]["RegionList"]
        area = regions[0]["Area"]
        center = [area["X"] - area["W"] / 2, area["Y"] - area["H"] / 2, area["W"], area["H"]]
        near = Region(*center).overlap(box) > 0.999
        whole = {
            "date": found["DateTimeOriginal"] == date_of(number),
            "orientation": found["Orientation"] == 1,
            "profile": "sRGB" in found.get("ProfileDescription", ""),
            "size": max(found["ImageWidth"], found["ImageHeight"]) <= SIDE,
            "name": [each["Name"] for each in regions] == [NAME]
            and found["PersonInImage"] == [NAME],
            "region": near,
        }
        wrong += [f"{path.name}: {what} by exiftool" for what, right in whole.items() if not right]
    for path in written:
        out = subprocess.run(
            ["exiv2", "-q", "-PEXkv", str(path)], capture_output=True, text=True, check=True
        ).stdout
        name = [line for line in out.splitlines() if "mwg-rs:Name" in line]
        turned = [line for line in out.splitlines() if line.startswith("Exif.Image.Orientation")]
        if len(name) != 1 or NAME not in name[0] or not turned[0].endswith(" 1"):
            wrong.append(f"{path.name}: by exiv2")
    return wrong


def _read_by_exiftool(paths: list[Path]) -> dict[str, Any]:
    command = ["exiftool", "-json", "-struct", "-n", "-@", "-"]
    text = "\n".join(map(str, paths))
    out = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return {each["SourceFile"]: each for each in json.loads(out)}


def cancelled_in_the_middle(copies: list[Copy], options: Options, to: Path) -> tuple[int, int]:
    """Return how many files there are after a cancel, and how many aren't whole."""
    token = CancelToken()

    def progress(done: int, total: int) -> None:
        if done == total // 2:
            token.cancel()

    report = export.run(copies, to, options, token=token, progress=progress)
    files = [path for path in to.rglob("*") if path.is_file()]
    assert set(files) == set(report.written) and report.cancelled
    return len(files), sum(not _whole(path) for path in files)


def on_a_full_disk(copies: list[Copy], options: Options, to: Path) -> str:
    """Return what is said when a small file system is full."""
    to.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(to)]).returncode:
        return "not tried: mounting isn’t allowed"
    try:
        export.run(copies, to, options)
    except UserError as error:
        broken = sum(not _whole(path) for path in to.rglob("*") if path.is_file())
        return f"{error} ({broken} broken files)"
    finally:
        subprocess.run(["umount", str(to)], check=True)
    return "nothing: it all fitted"


def _whole(path: Path) -> bool:
    return path.suffix == ".jpg" and path.read_bytes().endswith(b"\xff\xd9")


def main() -> None:
    """Print what was exported and what is wrong with it."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    sources = sorted(Path(sys.argv[1]).rglob("*.jpg"))[:count]
    options = Options(
        CopyOptions(CopyFormat.JPEG, SIDE, names=True), Layout.MONTH, Naming.DATE_AND_PEOPLE
    )
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "Photos").mkdir()
        bench = made_library(sources, Path(place) / "Photos")
        copies = export.plan(bench.connection, queries.photo_ids(bench.connection), options)
        began = time.perf_counter()
        report = export.run(copies, Path(place) / "out", options)
        spent = time.perf_counter() - began
        print(f"{len(report.written)} of {len(sources)} exported in {spent:.0f} s")
        wrong = wrong_copies(copies, report.written)
        print(f"{len(wrong)} wrong", *wrong[:20], sep="\n")
        left, broken = cancelled_in_the_middle(copies, options, Path(place) / "cancelled")
        print(f"canceled in the middle: {left} files, {broken} of them broken")
        print("full disk:", on_a_full_disk(copies, options, Path(place) / "full"))


if __name__ == "__main__":
    main()
