"""Sunglasses, masks and caps: are such faces grouped rightly, and what does quality say of them?

    python -m tests.benchmarks.occlusion PHOTOS [--each N] [--most N] [--workers N]

PHOTOS holds ``labelled``. In a library of it, N people of three photos or more have one of them
drawn on, and N others are strangers, there with a drawn photo only. Glasses and scarves are drawn
for comparison: they should change little. Prints a line for each kind and half of the people:
known faces with their own person, with others, and with nobody; strangers that are with anybody;
the quality of drawn faces, and the share of their person's other photos that is similar as only one
stranger in a thousand is, which is what quality promises. Portraits are grey, so drawings are too.
"""

import argparse
import json
import sys
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from facesorter.app.evaluation.metrics import bcubed, clicks
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import NOBODY, Snapshot
from facesorter.faces import calibration
from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
from facesorter.faces.models import load_pack
from facesorter.images import decode
from tests.benchmarks.drawn_occlusion import HARMLESS, OCCLUSIONS, Pixels, draw
from tests.benchmarks.grouping_table import as_labels
from tests.benchmarks.quality import central

SEED = 1
FAR = 1e-3
LEAST_PHOTOS = 3
Faces = dict[Path, FoundFace]


def read(path: Path) -> Pixels:
    """Pixels of a photo, upright."""
    return decode.load_upright(decode.read_bytes(path), long_side=None).pixels


def drawn(path: Path, face: FoundFace, kind: str, analyzer: FaceAnalyzer) -> FoundFace | None:
    """The face of a photo after it was drawn on, or None if it is not found any more."""
    pixels = read(path)
    rng = np.random.default_rng(zlib.crc32(f"{path.name} {kind}".encode()))
    extent = np.array(pixels.shape[1::-1], np.float32)
    found = analyzer.analyse(draw(pixels, face.landmarks * extent, kind, rng))
    return next((each for each in found if each.region.is_at(face.region)), None)


def grouped(clean: Faces, changed: Faces, strangers: set[str]) -> dict[str, float]:
    """Group a library in which some faces are changed, and of some people only those are there."""
    paths = [path for path in clean if path in changed or path.parent.name not in strangers]
    faces = [changed.get(path, clean[path]) for path in paths]
    n = len(paths)
    names = np.array([path.parent.name for path in paths])
    person = propose(
        Snapshot(
            face_ids=np.arange(1, n + 1),
            embeddings=np.array([face.embedding for face in faces]),
            photo_ids=np.arange(n),
            quality=np.array([face.quality for face in faces], np.float32),
            taken=np.full(n, np.nan),
            confirmed=np.full(n, -1),
            shown=np.full(n, -1),
            rejections=np.zeros((0, 2), np.int64),
            owned=np.zeros(0, np.int64),
        )
    ).person
    told: Counter[str] = Counter()
    for at in (at for at, path in enumerate(paths) if path in changed):
        mates = names[(person == person[at]) & (np.arange(n) != at)]
        alone = person[at] == NOBODY or not len(mates)
        if names[at] in strangers:
            told["strangers_alone" if alone else "strangers_wrong"] += 1
        elif alone:
            told["alone"] += 1
        else:
            told["right" if (mates == names[at]).mean() > 0.5 else "wrong"] += 1
    truth = np.unique(names, return_inverse=True)[1]
    label = as_labels(person)
    return {**told, "bcubed_f": round(bcubed(truth, label).f, 4), "clicks": clicks(truth, label)}


def promised(clean: Faces, changed: Faces, limit: float) -> dict[str, float]:
    """What quality promises of changed faces, and the share that is recognised."""
    shares = []
    for path, face in changed.items():
        mates = [
            clean[other].embedding
            for other in clean
            if other.parent == path.parent and other != path
        ]
        shares.append(float((np.array(mates) @ face.embedding > limit).mean()))
    quality = float(np.mean([face.quality for face in changed.values()]))
    return {"promised": round(quality, 3), "recognised": round(float(np.mean(shares)), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--most", type=int, help="photos in the library, at most")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    analyzer = load_pack()
    limit = calibration.of_pack(analyzer.name).similarity(FAR)
    folders = sorted((options.photos / "labelled").iterdir())
    rng = np.random.default_rng(SEED)
    several = [folder for folder in folders if len(list(folder.glob("*.jpg"))) >= LEAST_PHOTOS]
    chosen = [several[at] for at in rng.permutation(len(several))[: 4 * options.each]]
    # The chosen people come first, then the others until there are enough photos.
    others = [folder for folder in folders if folder not in chosen]
    paths = [path for folder in [*chosen, *others] for path in sorted(folder.glob("*.jpg"))]
    paths = paths[: options.most]
    with ThreadPoolExecutor(options.workers) as pool:
        found = pool.map(lambda path: central(analyzer.analyse(read(path))), paths)
        clean = {path: face for path, face in zip(paths, found, strict=True) if face is not None}
        first = {path.parent.name: path for path in reversed(clean)}
        for kind in (*OCCLUSIONS, *HARMLESS):
            for half in (0, 1):
                people = [folder.name for folder in chosen[half::2] if folder.name in first]
                which = [first[name] for name in people]
                seen = pool.map(lambda p, k=kind: drawn(p, clean[p], k, analyzer), which)
                changed = {
                    path: face for path, face in zip(which, seen, strict=True) if face is not None
                }
                line = {
                    "kind": kind,
                    "half": half,
                    "drawn": len(which),
                    "found": len(changed),
                    **promised(clean, changed, limit),
                    **grouped(clean, changed, set(people[1::2])),
                }
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
