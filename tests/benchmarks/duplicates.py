"""How many edited copies are found as duplicates, how many others too, and what an index costs.

    python -m tests.benchmarks.duplicates PHOTOS [--half 1] [--indexed 100000]

PHOTOS is a folder of distinct photos (2,787 press photos of 1,203 people in the shared collection).
Of 500 of them copies are made: half the size, JPEG quality 40, 20 % darker and lighter, 5 % cropped
(2.5 % on each side, and 5 % at each corner). ``--half`` takes every second person's photos only, so
that a threshold can be found with some people (``--half 0``, which prints the room for it) and
reported with others (``--half 1`` and another ``--seed``).
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.images import fingerprint, likeness

COPIED = 500

Pixels = NDArray[np.uint8]


def edits(pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
    """Yield edited copies of a photo, with what was done to them."""
    height, width = pixels.shape[:2]
    half = (width // 2, height // 2)
    yield "half the size", np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA))
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])
    yield "JPEG quality 40", np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    for name, factor in (("20 % darker", 0.8), ("20 % lighter", 1.2)):
        yield name, np.clip(pixels * factor, 0, 255).astype(np.uint8)
    y, x = round(height * 0.025), round(width * 0.025)
    yield "5 % cropped, centered", pixels[y : height - y, x : width - x]
    y, x = round(height * 0.05), round(width * 0.05)
    yield "5 % cropped, top left", pixels[y:, x:]
    yield "5 % cropped, bottom right", pixels[: height - y, : width - x]
    yield "5 % cropped, top right", pixels[y:, : width - x]
    yield "5 % cropped, bottom left", pixels[: height - y, x:]


def accuracy(paths: list[Path], copied: int, least: float, seed: int) -> None:
    """Print what is found of copies, and the pairs among the originals."""
    photos = [np.asarray(cv2.imread(str(path))) for path in paths]
    prints = fingerprint.as_rows([fingerprint.make(each) for each in photos])
    prepared = [likeness.prepare(each) for each in photos]
    started = time.process_time()
    near = fingerprint.candidates(prints[:0], prints)
    took = time.process_time() - started
    alike = sorted(
        ((likeness.likeness(prepared[a], prepared[b]), a, b) for a, b in near), reverse=True
    )
    compared = time.process_time() - started - took
    print(f"{len(paths):,} originals, {len(near)} candidates in {took:.1f} s, compared in ", end="")
    print(
        f"{compared:.1f} s; {sum(value >= least for value, *_ in alike)} pairs of at least {least}"
    )
    for value, a, b in alike[:5]:
        print(f"  {value:.3f}  {paths[a].stem}  {paths[b].stem}")
    chosen = sorted(random.Random(seed).sample(range(len(paths)), copied))
    names: dict[str, list[tuple[int, Pixels]]] = {}
    for index in chosen:
        for name, pixels in edits(photos[index]):
            names.setdefault(name, []).append((index, pixels))
    least_copy, most_other = 1.0, max((value for value, *_ in alike), default=0.0)
    missed = 0
    for name, copies in names.items():
        made = fingerprint.as_rows([fingerprint.make(pixels) for _, pixels in copies])
        pairs = set(fingerprint.candidates(prints, made))
        reached = [
            likeness.likeness(prepared[index], likeness.prepare(pixels))
            if (index, len(paths) + at) in pairs
            else -1.0
            for at, (index, pixels) in enumerate(copies)
        ]
        wrong = [
            (index, at - len(paths))
            for index, at in pairs
            if index < len(paths) <= at and copies[at - len(paths)][0] != index
        ]
        others = [
            likeness.likeness(prepared[index], likeness.prepare(copies[at][1]))
            for index, at in wrong
        ]
        values = np.array(reached)
        print(
            f"  {name:28s} {(values >= least).sum()} of {len(values)} found, not even a candidate: "
            f"{(values < 0).sum()}, least {values[values >= 0].min():.3f}; wrong pairs: "
            f"{sum(value >= least for value in others)} of {len(others)} candidates, "
            f"most {max(others, default=0):.3f}",
            flush=True,
        )
        missed += int((values < least).sum())
        least_copy = min(least_copy, values[values >= 0].min())
        most_other = max(most_other, *others, 0.0)
    print(f"missed: {missed}; copies from {least_copy:.3f}, others up to {most_other:.3f}")


def index(paths: list[Path], sizes: list[int]) -> None:
    """Print what an index of made-up photos costs: parts of two photos each, mixed."""
    rng = np.random.default_rng(0)
    photos = [cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), (64, 64)) for path in paths]
    rows = np.empty((max(sizes), fingerprint.BYTES), np.uint8)
    for row in rows:
        parts = []
        for _ in range(2):
            side = int(rng.integers(20, 64))
            y, x = rng.integers(0, 65 - side, size=2)
            part = photos[int(rng.integers(len(photos)))][y : y + side, x : x + side]
            part = cv2.resize(part, (fingerprint.SIDE,) * 2, interpolation=cv2.INTER_AREA)
            parts.append(part[:, :: int(rng.choice([-1, 1]))].astype(np.float32))
        share = rng.random()
        row[:] = (share * parts[0] + (1 - share) * parts[1]).ravel()
    for size in sizes:
        started = time.process_time()
        found = fingerprint.candidates(rows[:0], rows[:size])
        whole = time.process_time() - started
        started = time.process_time()
        fingerprint.candidates(rows[: size - 100], rows[size - 100 : size])
        more = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:,} photos: {whole:.1f} s of CPU time, {len(found):,} candidates; "
            f"100 more: {more:.1f} s; "
            f"stored: {size * fingerprint.BYTES / 1e6:.1f} MB; peak of the process: {peak:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--copied", type=int, default=COPIED)
    parser.add_argument("--half", type=int, choices=(0, 1), help="every second person only")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of copied photos")
    parser.add_argument("--least", type=float, default=likeness.SAME)
    parser.add_argument("--indexed", type=int, nargs="*", default=[])
    args = parser.parse_args()
    paths = sorted(args.photos.rglob("*.jpg"))
    if args.half is not None:
        people = sorted({path.parent for path in paths})
        chosen = set(people[args.half :: 2])
        paths = [path for path in paths if path.parent in chosen]
    if args.copied:
        accuracy(paths, args.copied, args.least, args.seed)
    if args.indexed:
        index(paths, args.indexed)


if __name__ == "__main__":
    main()
