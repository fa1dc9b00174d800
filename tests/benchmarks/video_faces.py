"""How well people are found in videos: made from photos of known people, beside other photos.

Makes videos with ffmpeg (a tool of this benchmark only): pans, zooms, cuts, three faces at once, by
several encoders, turned, with a variable rate, in 10 bit, in 2160p; scans them together with photos
of the same people; and compares who was found when.

    python -m tests.benchmarks.video_faces FOLDER
    python -m tests.benchmarks.video_faces FOLDER --hour

FOLDER receives videos, photos and the library; videos that are there are not made again. With
``--hour`` it is one video of an hour in 720p instead: what searching it takes in time and memory,
who is found, and how soon it ends when it is interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.photos import SHARED

FAMILIES = SHARED / "families"
RATE = 25
SLACK = 500
"""Milliseconds by which a time may be off."""

Frames = Iterator[NDArray[np.uint8]]
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
HEVC = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-x265-params",
    "log-level=none",
    "-tag:v",
    "hvc1",
)


@dataclass(frozen=True)
class Made:
    """A video, and who is to be found in it."""

    name: str
    shots: tuple[tuple[tuple[str, ...], float], ...]
    """People by photo, side by side, and for how many seconds they are shown."""
    size: tuple[int, int] = (1280, 720)
    options: tuple[str, ...] = H264
    move: str = "pan"
    after: tuple[str, ...] = ()
    """Options of a second pass that copies the stream."""
    people: tuple[tuple[str, float, float], ...] = field(init=False)

    def __post_init__(self) -> None:
        at, found = 0.0, []
        for photos, seconds in self.shots:
            found += [(_person(photo), at, at + seconds) for photo in photos]
            at += seconds
        object.__setattr__(self, "people", tuple(found))


def _person(photo: str) -> str:
    return photo.rstrip("0123456789")


_FFMPEG = ("ffmpeg", "-v", "error", "-y")

VIDEOS = (
    Made("pan.mp4", ((("Family1-Dad2",), 6),)),
    Made("zoom.mov", ((("Family1-Mom2",), 6),), move="zoom"),
    Made(
        "cuts.mp4",
        (
            (("Family1-Son2",), 2),
            (("Family1-Daughter2",), 1),
            (("Family2-Lady2",), 0.7),
            (("Family1-Dad3",), 3),
        ),
    ),
    Made("three.mkv", ((("Family1-Dad2", "Family1-Mom2", "Family1-Son2"), 5),)),
    Made(
        "hevc2160.mp4",
        ((("Family2-Man2",), 4),),
        size=(3840, 2160),
        options=(*HEVC, "-pix_fmt", "yuv420p"),
    ),
    Made(
        "hevc10bit.mp4", ((("Family1-Daughter3",), 4),), options=(*HEVC, "-pix_fmt", "yuv420p10le")
    ),
    Made(
        "vp9.webm",
        ((("Family1-Mom2",), 4),),
        options=(
            "-c:v",
            "libvpx-vp9",
            "-deadline",
            "realtime",
            "-cpu-used",
            "8",
            "-pix_fmt",
            "yuv420p",
        ),
    ),
    Made("turned.mp4", ((("Family2-Lady2",), 4),), after=("-metadata:s:v", "rotate=90")),
    Made(
        "variable.mp4",
        ((("Family1-Dad3",), 3), (("Family2-Man2",), 3)),
        options=(*H264, "-vf", "select='lt(mod(n,10),3)+eq(mod(n,10),7)'", "-vsync", "vfr"),
    ),
    Made("empty.mp4", (((), 4),)),
)


def _scene(photos: tuple[str, ...], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Put photos beside each other on a picture larger than the frame."""
    width, height = round(size[0] * 1.4), round(size[1] * 1.4)
    canvas = np.full((height, width, 3), (90, 110, 100), np.uint8)
    canvas[height // 2 :] = (60, 70, 90)
    share = width // max(1, len(photos))
    for place, photo in enumerate(photos):
        image = cv2.imread(str(FAMILIES / f"{photo}.jpg"))
        assert image is not None
        scale = min(height * 0.75 / image.shape[0], share * 0.9 / image.shape[1])
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top = (height - image.shape[0]) // 2
        left = share * place + (share - image.shape[1]) // 2
        canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def _frames(video: Made) -> Frames:
    noise = np.random.default_rng(1)
    width, height = video.size
    for photos, seconds in video.shots:
        scene = _scene(photos, video.size)
        total = round(seconds * RATE)
        for number in range(total):
            share = number / max(1, total - 1)
            if video.move == "zoom":
                scale = 1.35 - 0.6 * share
                wide, high = round(width * scale), round(height * scale)
            else:
                wide, high = width, height
            travel = scene.shape[1] - wide
            left = round(travel * (0.35 + 0.3 * share))
            top = (scene.shape[0] - high) // 2
            part = scene[top : top + high, left : left + wide]
            if (wide, high) != video.size:
                part = cv2.resize(part, video.size, interpolation=cv2.INTER_AREA)
            grain = noise.integers(-4, 5, (height // 4, width // 4, 1), np.int16)
            grain = np.repeat(np.repeat(grain, 4, 0), 4, 1)
            yield np.clip(part.astype(np.int16) + grain, 0, 255).astype(np.uint8)


def make(video: Made, folder: Path) -> Path:
    """Encode a video, unless it is there."""
    path = folder / video.name
    if path.exists():
        return path
    partial = folder / f"partial-{video.name}"
    size = f"{video.size[0]}x{video.size[1]}"
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-r", str(RATE))
    with subprocess.Popen(
        [*_FFMPEG, *raw, "-i", "-", *video.options, str(partial)],
        stdin=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        for frame in _frames(video):
            process.stdin.write(frame.tobytes())
    assert process.returncode == 0
    if video.after:
        turned = folder / f"turned-{video.name}"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-i", partial, "-c", "copy", *video.after, turned],
            check=True,
        )
        partial.unlink()
        partial = turned
    partial.replace(path)
    return path


def _run(arguments: list[str]) -> tuple[float, float]:
    """Run a command of the program; return its seconds and its peak memory in MB."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "facesorter", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.monotonic() - begun, peak


def _hour(folder: Path) -> tuple[Path, set[str]]:
    """Make a video of an hour, twenty times the same three minutes; return it and who is in it."""
    chance = random.Random(1)
    photos = sorted(path.stem for path in FAMILIES.glob("Family[12]-*[23].jpg"))
    shots: list[tuple[tuple[str, ...], float]] = []
    while sum(seconds for _, seconds in shots) < 170:
        shown = tuple(chance.sample(photos, chance.choice((0, 1, 1, 1, 2, 3))))
        shots.append((shown, chance.choice((2, 4, 8, 15))))
    part = make(Made("three-minutes.mp4", tuple(shots)), folder)
    path = folder / "hour.mp4"
    if not path.exists():
        listed = folder / "parts.txt"
        listed.write_text(f"file '{part.resolve()}'\n" * 21)
        joined = ("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(path))
        subprocess.run([*_FFMPEG, *joined], check=True)
    return path, {_person(photo) for shown, _ in shots for photo in shown}


def _children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(each) for each in task.read_text().split()]
    return found


def _held(process: int) -> float:
    """Return the memory of a process and its children in MB; what they share counts once."""
    total = 0
    for each in (process, *_children(process)):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0])
    return total / 1024


def _watched(arguments: list[str], interrupt_after: float | None = None) -> None:
    """Run a command; print its time, processor time, and the memory of all its processes."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "facesorter", *arguments],
        stdout=subprocess.DEVNULL,
        # A shell that started this in the background has interruptions ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    peak, interrupted = 0.0, None
    while process.poll() is None:
        with contextlib.suppress(OSError):
            peak = max(peak, _held(process.pid))
        now = time.monotonic()
        if interrupt_after is not None and interrupted is None and now - begun > interrupt_after:
            interrupted = now
            process.send_signal(signal.SIGINT)
        time.sleep(0.2 if interrupted is None else 0.02)
    now, after = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{now - begun:.0f} s, {used:.0f} s of processor time, peak {peak:.0f} MB")
    if interrupted is not None:
        print(f"ended {now - interrupted:.1f} s after the interruption, with {process.returncode}")


def search_hour(folder: Path) -> None:
    """Search a video of an hour, interrupted once, beside photos of the same people."""
    videos, photos, library = (folder / name for name in ("long", "portraits", "long-library"))
    for each in (videos, photos):
        each.mkdir(parents=True, exist_ok=True)
    path, people = _hour(folder)
    if not (videos / path.name).exists():
        os.link(path, videos / path.name)
    for source in sorted(FAMILIES.glob("Family[12]-*1.jpg")):
        shutil.copy(source, photos)
    shutil.rmtree(library, ignore_errors=True)
    _run(["--library", str(library), "scan", str(photos)])
    _watched(["--library", str(library), "scan", str(videos)], interrupt_after=60)
    _watched(["--library", str(library), "scan", str(videos)])
    connection = sqlite3.connect(library / "library.db")
    rows = connection.execute(
        "SELECT relpath, moment, person_id FROM face JOIN photo ON photo.id = photo_id"
    ).fetchall()
    of_photos = {_person(Path(path).stem): person for path, at, person in rows if at is None}
    in_video = [person for _, at, person in rows if at is not None]
    print(f"{len(in_video)} faces, {sum(person is None for person in in_video)} of nobody known")
    for who in sorted(people):
        print(f"{who}: person {of_photos.get(who)}, {in_video.count(of_photos.get(who))} faces")


def main() -> None:
    """Make, scan, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hour", action="store_true", help="search one video of an hour instead")
    options = parser.parse_args()
    if options.hour:
        search_hour(options.folder)
        return
    videos, photos, library = (options.folder / name for name in ("videos", "photos", "library"))
    for each in (videos, photos):
        each.mkdir(parents=True, exist_ok=True)
    for video in VIDEOS:
        make(video, videos)
    in_videos = {photo for video in VIDEOS for shown, _ in video.shots for photo in shown}
    for source in sorted(FAMILIES.glob("Family[12]-*.jpg")):
        if source.stem not in in_videos:
            shutil.copy(source, photos)
    shutil.rmtree(library, ignore_errors=True)
    of_photos, _ = _run(["--library", str(library), "scan", str(photos)])
    seconds, peak = _run(["--library", str(library), "scan", str(videos)])
    length = sum(until for video in VIDEOS for until in [sum(s for _, s in video.shots)])
    print(
        f"photos {of_photos:.0f} s; {length:.0f} s of videos in {seconds:.0f} s; peak {peak:.0f} MB"
    )
    compare(library)


def compare(library: Path) -> None:
    """Print who was found in each video and when, against who is in it."""
    connection = sqlite3.connect(library / "library.db")
    rows = connection.execute(
        "SELECT relpath, moment, person_id, round(quality, 2), round(x, 2) FROM face "
        "JOIN photo ON photo.id = photo_id ORDER BY relpath, moment, x"
    ).fetchall()
    of_person: dict[str, set[int]] = {}
    for path, moment, person, *_ in rows:
        if moment is None and person is not None:
            of_person.setdefault(_person(Path(path).stem), set()).add(person)
    print("people of photos:", json.dumps({k: sorted(v) for k, v in of_person.items()}))
    missed = wrong = late = grouped = 0
    for video in VIDEOS:
        found = [
            (moment, person, quality, x)
            for path, moment, person, quality, x in rows
            if path == video.name
        ]
        print(f"{video.name}: {len(found)} faces", [(m, p, q) for m, p, q, _ in found])
        for who, begin, end in video.people:
            within = [f for f in found if begin * 1000 - SLACK <= f[0] <= end * 1000 + SLACK]
            if not within:
                missed += 1
                print("   MISSED", who)
            elif any(f[1] in of_person.get(who, ()) for f in within):
                grouped += 1
            else:
                print("   NOT WITH THEIR PHOTOS", who, of_person.get(who))
        for moment, person, quality, _ in found:
            there = [
                who
                for who, begin, end in video.people
                if begin * 1000 - SLACK <= moment <= end * 1000 + SLACK
            ]
            if not there:
                late += 1
                print("   NOBODY THERE", moment, person, quality)
            elif person is not None and not any(person in of_person.get(who, ()) for who in there):
                wrong += 1
                print("   OF SOMEBODY ELSE", moment, person, quality)
    people = sum(len(video.people) for video in VIDEOS)
    print(
        f"{people} appearances: {missed} missed, {grouped} with their photos; "
        f"{late} false, {wrong} wrong faces"
    )


if __name__ == "__main__":
    main()
