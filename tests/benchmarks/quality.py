"""Does quality mean what it says? A table of reliability, end to end from files.

    python -m tests.benchmarks.quality PHOTOS [--people N] [--workers N]

PHOTOS holds ``labelled``. Photos of people with several are looked at as they are and twice made
worse: shrunk, blurred, darkened, compressed, at random but the same in every run. Each face is
compared with the untouched photos of its person; it is recognised where the similarity is one that
a stranger in a thousand reaches. Faces are put together by quality, and each line says which share
quality promised and which share was recognised. The curve was fitted to people with an even number
in a random order; ``judged`` are the others.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter.faces import calibration
from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
from facesorter.faces.models import load_pack
from facesorter.images import decode

FAR = 1e-3
EACH = 8
"""Photos of a person at most."""
EDGES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 1.01)
FACE = 120
"""Longer side of the face in a photo of ``labelled``, in pixels."""
FRAME = 320
Pixels = NDArray[np.uint8]


def worse(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A poorer copy, on a grey ground so that it is met as a face in a photo."""
    if blur := float(rng.choice([0, 0, 0, 1, 2, 4, 7])):
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur), np.uint8)
    if rng.random() < 0.8:
        scale = float(np.exp(rng.uniform(np.log(11), np.log(90)))) / FACE
        shrunk = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(shrunk, np.uint8)
    light = float(rng.choice([1, 1, 1, 0.35, 0.15]))
    if light < 1:
        grain = rng.normal(0, 4, (*pixels.shape[:2], 1))
        pixels = np.clip(pixels * light + grain, 0, 255).astype(np.uint8)
    quality = int(rng.choice([95, 85, 60, 30]))
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    height, width = pixels.shape[:2]
    frame = np.full((max(height, FRAME), max(width, FRAME), 3), 110, np.uint8)
    top, left = (frame.shape[0] - height) // 2, (frame.shape[1] - width) // 2
    frame[top : top + height, left : left + width] = pixels
    return frame


def central(faces: list[FoundFace]) -> FoundFace | None:
    """The face whose middle lies nearest to the middle of the photo."""

    def off(face: FoundFace) -> float:
        r = face.region
        return (r.x + r.w / 2 - 0.5) ** 2 + (r.y + r.h / 2 - 0.5) ** 2

    return min(faces, key=off, default=None)


def looks(numbered: tuple[int, Path], analyzer: FaceAnalyzer) -> list[FoundFace | None]:
    """The face of a photo as it is, and of two poorer copies."""
    seed, path = numbered
    pixels = decode.load_upright(decode.read_bytes(path), long_side=4096).pixels
    rng = np.random.default_rng(seed)
    copies = [pixels, worse(pixels, rng), worse(pixels, rng)]
    return [central(analyzer.analyse(copy)) for copy in copies]


def reliability(photos: Path, most: int | None, workers: int) -> dict[str, list[dict]]:
    """Lines of the table for the people that the curve was fitted to, and for the others."""
    analyzer = load_pack()
    limit = calibration.of_pack(analyzer.name).similarity(FAR)
    rng = np.random.default_rng(5)
    known = [sorted(folder.glob("*.jpg")) for folder in sorted((photos / "labelled").iterdir())]
    people = [list(rng.permutation(files)[:EACH]) for files in known if len(files) > 1][:most]
    half = np.random.default_rng(7).permutation(len(people)) % 2
    numbered = list(enumerate(path for files in people for path in files))
    with ThreadPoolExecutor(workers) as pool:
        seen = dict(pool.map(lambda one: (one[1], looks(one, analyzer)), numbered))
    found: dict[str, list[tuple[float, float]]] = {"fitted": [], "judged": []}
    for number, files in enumerate(people):
        for path in files:
            mates = [seen[other][0] for other in files if other != path]
            vectors = np.array([mate.embedding for mate in mates if mate is not None])
            for face in seen[path]:
                if face is not None and len(vectors):
                    share = float((vectors @ face.embedding > limit).mean())
                    found["judged" if half[number] else "fitted"].append((face.quality, share))
    return {name: _table(np.array(rows)) for name, rows in found.items()}


def _table(rows: NDArray[np.float64]) -> list[dict]:
    lines = []
    for low, high in pairwise(EDGES):
        inside = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        if len(inside):
            promised, kept = inside.mean(0).round(3).tolist()
            lines.append(
                {"from": low, "faces": len(inside), "promised": promised, "recognised": kept}
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--people", type=int)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for name, lines in reliability(options.photos, options.people, options.workers).items():
        total = sum(line["faces"] for line in lines)
        off = sum(abs(x["promised"] - x["recognised"]) * x["faces"] for x in lines) / total
        for line in lines:
            sys.stdout.write(json.dumps({"people": name, **line}) + "\n")
        sys.stdout.write(json.dumps({"people": name, "off_on_average": round(off, 4)}) + "\n")


if __name__ == "__main__":
    main()
