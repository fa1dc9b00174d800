"""Analyse a folder and say how fast, how many faces, and how well they can be told apart.

    python tests/benchmarks/analyse_folder.py FOLDER [--workers N] [--embeddings OUT.npz]

In a folder of folders, one per person, the most central faces of each two photos are compared, and
the share of same-person pairs accepted is printed for several shares of wrong accepts.
"""

import argparse
import collections
import hashlib
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from facesorter.faces.analyzer import FoundFace, PhotoFaces, analyse_photo
from facesorter.faces.models import load_pack
from facesorter.images.formats import is_photo
from facesorter.images.thumbnails import ThumbnailCache


def peak_memory() -> int:
    """Most memory this process ever held, in MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def state(paths: list[Path]) -> dict[str, tuple[str, int]]:
    """Hash and date of every file."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in paths
    }


def central(faces: tuple[FoundFace, ...]) -> int:
    """Number of the face whose middle lies nearest to the middle of the photo."""
    off = [
        (f.region.x + f.region.w / 2 - 0.5) ** 2 + (f.region.y + f.region.h / 2 - 0.5) ** 2
        for f in faces
    ]
    return int(np.argmin(off))


def verification(embeddings: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """Share of same-person pairs above the similarity that a share of other pairs exceeds."""
    upper = np.triu_indices(len(people), 1)
    similar = (embeddings @ embeddings.T)[upper]
    same = (people[:, None] == people)[upper]
    others = np.sort(similar[~same])[::-1]
    result = {"genuine_pairs": int(same.sum()), "impostor_pairs": len(others)}
    for far in (1e-2, 1e-3, 1e-4, 1e-5):
        limit = others[int(len(others) * far)]
        result[f"tar_at_far_{far:g}"] = round(float((similar[same] > limit).mean()), 4)
        result[f"similarity_at_far_{far:g}"] = round(float(limit), 3)
    return result


def save(path: Path, names: list[str], results: list[PhotoFaces]) -> None:
    """All faces and, for each photo that has one, its most central face."""
    faces = [(number, face) for number, r in enumerate(results) for face in r.faces]
    first = np.cumsum([0] + [len(r.faces) for r in results])
    middle = [first[n] + central(r.faces) for n, r in enumerate(results) if r.faces]
    rows = np.array([face.embedding for _, face in faces])
    quality = np.array([face.quality for _, face in faces], np.float32)
    regions = [(f.region.x, f.region.y, f.region.w, f.region.h) for _, f in faces]
    temporary = path.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        emb=rows[middle],
        names=np.array([n for n, r in zip(names, results, strict=True) if r.faces]),
        quality=quality[middle],
        all_emb=rows,
        all_photo=np.array([number for number, _ in faces]),
        all_names=np.array(names),
        all_quality=quality,
        all_region=np.array(regions, np.float32),
        all_landmarks=np.array([face.landmarks for _, face in faces]),
        all_scores=np.array([face.detection_score for _, face in faces], np.float32),
        central=np.array(middle),
    )
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--embeddings", type=Path)
    parser.add_argument("--pack", type=Path)
    options = parser.parse_args()
    paths = [p for p in sorted(options.folder.rglob("*")) if p.is_file() and is_photo(p.name)]
    before = state(paths)
    with tempfile.TemporaryDirectory() as cache:
        analyzer = load_pack(options.pack, None, threads=1)
        keep = ThumbnailCache(Path(cache))

        def one(numbered: tuple[int, Path]) -> PhotoFaces:
            return analyse_photo(numbered[1], analyzer, thumbnails=keep, photo_id=numbered[0])

        one((0, paths[0]))  # opens the models
        start = time.perf_counter()
        with ThreadPoolExecutor(options.workers) as pool:
            results = list(pool.map(one, enumerate(paths)))
        seconds = time.perf_counter() - start
    errors = collections.Counter(r.error for r in results if r.error)
    report = {
        "photos": len(paths),
        "with_a_face": sum(bool(r.faces) for r in results),
        "faces": sum(len(r.faces) for r in results),
        "photos_per_second": round(len(paths) / seconds, 1),
        "peak_memory_mb": peak_memory(),
        "files_unchanged": state(paths) == before,
        "errors": dict(errors.most_common()),
    }
    names = [str(path.relative_to(options.folder)) for path in paths]
    if options.embeddings:
        save(options.embeddings, names, results)
    found = [(n, r.faces[central(r.faces)]) for n, r in zip(names, results, strict=True) if r.faces]
    people = np.array([Path(name).parts[0] for name, _ in found])
    if 1 < len(set(people)) < len(people):
        report["verification"] = verification(
            np.array([face.embedding for _, face in found]), people
        )
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
