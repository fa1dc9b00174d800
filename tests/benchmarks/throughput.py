"""Throughput on made-up 12-megapixel JPEGs with real faces in them, side by side.

    python -m tests.benchmarks.throughput PHOTOS [--count N] [--faces N] [--workers N] [--only A,B]
    python -m tests.benchmarks.throughput FOLDER --found [--count N] …

PHOTOS holds ``families``, ``pairs`` and ``formats``; each photo has one to three faces, or as many
as ``--faces``. With ``--found``, the photos are those below FOLDER, as they are. Each contender
runs in a process of its own:

- ours: from file to faces with thumbnails, as a scan does it, in as many threads as cores
- opencv: ``cv2.imread``, ``FaceDetectorYN``, ``FaceRecognizerSF`` in a loop, the photo at full size
- opencv-1280: the same with the photo shrunk to 1280 pixels for finding; faces cut from full size
- dlib: ``face_recognition``, where it is installed

Each pays for opening its models, some 0.3 s, which is why a few photos tell little.

Efficiency is photos/s over cores / sum of the best single-thread times of our stages. A machine
that others share is a fifth slower in one minute than in the next, so stages and pipeline take
turns in one process with its models open, and the median of the rounds counts. The same with
processor time in place of the clock holds on a machine that has other work to do.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from facesorter import paths
from facesorter.app.model_switch import load_analyzer
from facesorter.faces import alignment, detection, quality
from facesorter.faces.analyzer import (
    ANALYSIS_SIDE,
    FaceAnalyzer,
    StandardAnalyzer,
    analyse_photo,
)
from facesorter.faces.embedding import SFace, with_mirror
from facesorter.faces.models import SFACE, YUNET, bundled_pack, fold, read_verified
from facesorter.images import decode
from facesorter.images.metadata import read_metadata
from facesorter.images.thumbnails import (
    ThumbnailCache,
    face_crop,
    face_key,
    photo_key,
    photo_thumbnail,
)
from facesorter.settings import Settings
from tests.benchmarks.analyse_folder import peak_memory

WIDTH, HEIGHT = 4000, 3000
TOGETHER = 36
"""Photos of one round: five seconds, in which the last one's lonely end is one in a hundred."""
STAGED = 6
"""Photos whose stages are timed one by one: one, two and three faces, twice."""
ROUNDS = 12
Stage = Callable[[], object]


def make_photos(photos: Path, folder: Path, count: int, faces: int | None) -> None:
    """Landscapes with one to three portraits pasted in, or ``faces``, 200 to 900 pixels high."""
    apart = 1300 if faces is None else WIDTH // max(faces, 1)
    highest = min(900, apart)
    rng = np.random.default_rng(4)
    grounds = sorted((photos / "formats").glob("albums__nature__*.jpg"))
    portraits = sorted((photos / "families").glob("Family*.jpg"))
    for number in range(count):
        with Image.open(grounds[number % len(grounds)]) as image:
            ground = image.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        # A camera's grain: without it, enlarged photos compress to next to nothing.
        grain = rng.normal(0, 5, (HEIGHT, WIDTH, 1)).astype(np.float32)
        ground = Image.fromarray(np.clip(np.asarray(ground) + grain, 0, 255).astype(np.uint8))
        for slot in range(1 + number % 3 if faces is None else faces):
            with Image.open(portraits[rng.integers(len(portraits))]) as image:
                high = int(rng.integers(200, highest))
                wide = round(image.width * high / image.height)
                portrait = image.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS)
            ground.paste(portrait, (100 + apart * slot, int(rng.integers(0, HEIGHT - high))))
        ground.save(folder / f"{number:04}.jpg", quality=92)


def take_photos(photos: Path, folder: Path, count: int) -> None:
    """Copy as many photos, from all over a folder."""
    found = sorted(photos.rglob("*.jpg"))
    for number in range(count):
        shutil.copy(found[number * len(found) // count], folder / f"{number:04}.jpg")


def ours(files: list[Path], workers: int) -> int:
    """Our analysis; returns the number of faces."""
    analyzer = load_analyzer(Settings())  # as a scan prepares it
    with ThreadPoolExecutor(workers) as pool:
        return analyse(files, analyzer, pool)


def analyse(files: list[Path], analyzer: FaceAnalyzer, pool: ThreadPoolExecutor) -> int:
    """Our analysis with models that are open."""
    with tempfile.TemporaryDirectory() as cache:
        keep = ThumbnailCache(Path(cache))
        found = pool.map(
            lambda f: analyse_photo(f[1], analyzer, thumbnails=keep, photo_id=f[0]),
            enumerate(files),
        )
        return sum(len(result.faces) for result in found)


def opencv(files: list[Path], side: int | None) -> int:
    """A straight loop with OpenCV's own classes and threads."""
    pack = bundled_pack()
    cache = paths.cache_dir() / "models"
    cache.mkdir(parents=True, exist_ok=True)
    names = []
    for (name, digest), shape in ((YUNET, ("N", 3, "H", "W")), (SFACE, (1, 3, 112, 112))):
        path = cache / f"opencv-{name}"
        path.write_bytes(fold(read_verified(pack.directory / name, digest), shape))
        names.append(str(path))
    detector = cv2.FaceDetectorYN.create(names[0], "", (320, 320), 0.6)
    recogniser = cv2.FaceRecognizerSF.create(names[1], "")
    faces = 0
    for file in files:
        photo = cv2.imread(str(file))
        scale = 1.0 if side is None else side / max(photo.shape[:2])
        small = photo
        if scale < 1:
            small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        detector.setInputSize((small.shape[1], small.shape[0]))
        _, found = detector.detect(small)
        for row in found if found is not None else []:
            row[:14] /= scale
            recogniser.feature(recogniser.alignCrop(photo, row))
            faces += 1
    return faces


def dlib(files: list[Path]) -> int:
    """face_recognition as its own examples use it."""
    import face_recognition

    faces = 0
    for file in files:
        pixels = face_recognition.load_image_file(str(file))
        faces += len(face_recognition.face_encodings(pixels))
    return faces


def stages(
    files: list[Path], analyzer: StandardAnalyzer, cache: ThumbnailCache
) -> dict[str, float]:
    """Best single-thread milliseconds a photo of each of our stages."""
    best: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], object]) -> object:
        times = []
        for _ in range(3):
            start = time.thread_time()
            result = work()
            times.append(time.thread_time() - start)
        best.setdefault(name, []).append(min(times))
        return result

    for file in files:
        data = timed("read", lambda f=file: decode.read_bytes(f))
        timed("hash", lambda d=data: hashlib.blake2b(d, digest_size=16).hexdigest())
        timed("metadata", lambda d=data: read_metadata(d))
        picture = timed(
            "decode",
            lambda d=data: decode.load_upright(d, long_side=ANALYSIS_SIDE, exact_colours=False),
        )
        pixels = picture.pixels
        proposed = timed("passes", lambda p=pixels: detection.candidates(p, analyzer.detector))
        timed("looks", lambda p=pixels, q=proposed: detection.look_again(p, q, analyzer.detector))
        found = detection.detect(pixels, analyzer.detector)
        crops = timed("align", lambda p=pixels, q=found: alignment.align(p, q.landmarks))
        _, norms = timed(
            "embed", lambda c=crops: with_mirror(analyzer.recogniser, c, SFace.unsure_below)
        )
        timed("quality", lambda q=found, c=crops, n=norms: quality.measure(q, c, n, (6.0, 10.3)))
        faces = analyzer.describe(pixels, found)
        version = (len(best["read"]), 0, 0)
        timed(
            "photo thumbnail",
            lambda p=pixels, v=version: cache.store_photo(photo_key(*v), photo_thumbnail(p)),
        )
        timed(
            "face thumbnails",
            lambda p=pixels, q=faces, v=version: [
                cache.store_face(
                    face_key(*v, face.region), face_crop(p, face.region, face.landmarks)
                )
                for face in q
            ],
        )
    return {name: 1000 * sum(times) / len(times) for name, times in best.items()}


def efficiency(files: list[Path], workers: int) -> dict[str, object]:
    """Stages alone and all together, by turns; medians of the rounds."""
    cores = os.cpu_count() or 1
    analyzer = load_analyzer(Settings())
    assert isinstance(analyzer, StandardAnalyzer)
    rounds = []
    with ThreadPoolExecutor(workers) as pool, tempfile.TemporaryDirectory() as cache:
        analyse(files[:STAGED], analyzer, pool)
        for _ in range(ROUNDS):
            single = stages(files[:STAGED], analyzer, ThumbnailCache(Path(cache)))
            clock, processor = time.perf_counter(), time.process_time()
            analyse(files, analyzer, pool)
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            rounds.append((single, 1000 * clock / len(files), 1000 * processor / len(files)))
    totals = np.array([sum(single.values()) for single, _, _ in rounds])
    return {
        "stage_ms": {
            name: round(float(np.median([single[name] for single, _, _ in rounds])), 1)
            for name in rounds[0][0]
        },
        "sum_of_stages_ms": [round(float(total), 1) for total in totals],
        "photos_per_second": [round(1000 / clock, 2) for _, clock, _ in rounds],
        "efficiency": round(
            float(np.median(totals / [clock * cores for _, clock, _ in rounds])), 3
        ),
        "efficiency_by_round": [
            round(float(v), 3) for v in totals / [clock * cores for _, clock, _ in rounds]
        ],
        "efficiency_by_processor": round(
            float(np.median(totals / [processor for _, _, processor in rounds])), 3
        ),
    }


def run_one(contender: str, folder: Path, workers: int) -> dict[str, object]:
    """One contender, in this process."""
    files = sorted(folder.glob("*.jpg"))
    if contender == "efficiency":
        return efficiency(files[:TOGETHER], workers)
    work = {
        "ours": lambda some: ours(some, workers),
        "opencv": lambda some: opencv(some, None),
        "opencv-1280": lambda some: opencv(some, 1280),
        "dlib": dlib,
    }[contender]
    work(files[:1])
    clock, processor = time.perf_counter(), time.process_time()
    faces = work(files)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return {
        "contender": contender,
        "photos": len(files),
        "faces": faces,
        "photos_per_second": round(len(files) / clock, 2),
        "photos_per_second_per_core": round(len(files) / clock / (os.cpu_count() or 1), 2),
        "processor_ms_per_photo": round(1000 * processor / len(files), 1),
        "peak_memory_mb": peak_memory(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--faces", type=int)
    parser.add_argument("--found", action="store_true")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="efficiency,ours,opencv,opencv-1280,dlib")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(run_one(options.inside, options.photos, options.workers)))
        return
    results: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as made:
        # In a process of its own, whose memory does not count for those that it would start.
        wanted = (options.photos, Path(made), options.count)
        maker = multiprocessing.get_context("spawn").Process(
            target=take_photos if options.found else make_photos,
            args=wanted if options.found else (*wanted, options.faces),
        )
        maker.start()
        maker.join()
        for contender in options.only.split(","):
            if contender == "dlib" and find_spec("face_recognition") is None:
                sys.stdout.write('{"contender": "dlib", "error": "not installed"}\n')
                continue
            command = [sys.executable, "-m", "tests.benchmarks.throughput", made]
            command += ["--inside", contender, "--workers", str(options.workers)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.stdout.write(json.dumps({"contender": contender, "error": done.stderr}) + "\n")
                continue
            results[contender] = json.loads(done.stdout)
            sys.stdout.write(done.stdout)
            sys.stdout.flush()
    if "ours" in results:
        rate = results["ours"]["photos_per_second"]
        summary = {}
        for other in results.keys() - {"efficiency", "ours"}:
            summary[f"times_{other}"] = round(rate / results[other]["photos_per_second"], 2)
            summary[f"times_{other}_by_processor"] = round(
                results[other]["processor_ms_per_photo"]
                / results["ours"]["processor_ms_per_photo"],
                2,
            )
        sys.stdout.write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    main()
