"""How accurate the whole program is on photos whose people are known, end to end from files."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter.errors import UserError
from facesorter.images.formats import is_photo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace, PhotoFaces

FALSE_ACCEPTS = (1e-2, 1e-3, 1e-4)
STRANGERS_NAMED = (0.05, 0.1, 0.2)


def evaluate(folder: Path, analyzer: FaceAnalyzer, workers: int) -> dict[str, Any]:
    """Analyse and group a folder of folders, one per person, and compare with its names.

    A photo is of the person whose face is most central in it; a photo without any counts as missed.
    Blocks: a tenth of a second and more for each photo.

    Raises:
        UserError: the folder holds no folder with photos.
    """
    import numpy as np

    started = time.monotonic()
    files = [
        path
        for person in sorted(folder.iterdir())
        if person.is_dir()
        for path in sorted(person.rglob("*"))
        if is_photo(path.name) and path.is_file()
    ]
    if not files:
        raise UserError(f"{folder} holds no folders with photos: one folder per person is needed.")
    with ThreadPoolExecutor(workers) as pool:
        seen = list(pool.map(lambda path: _look(path, analyzer), files))
    names = np.array([path.relative_to(folder).parts[0] for path in files])
    people = np.unique(names, return_inverse=True)[1].astype(np.int64)
    with_face = np.array([bool(result.faces) for result in seen])
    middle = [central(result.faces) for result in seen if result.faces]
    vectors = np.array([face.embedding for face in middle], np.float32)
    vectors = vectors.reshape(-1, analyzer.dimension)
    return {
        "people": len(np.unique(people)),
        "photos": len(files),
        "failed": sum(result.error is not None for result in seen),
        "missed": int((~with_face).sum()),
        **_telling_apart(vectors, people, with_face),
        **_grouping(seen, people),
        "seconds": round(time.monotonic() - started, 1),
    }


def _look(path: Path, analyzer: FaceAnalyzer) -> PhotoFaces:
    from facesorter.faces.analyzer import analyse_photo

    return analyse_photo(path, analyzer)


def central(faces: tuple[FoundFace, ...]) -> FoundFace:
    """The face whose middle lies nearest to the middle of the photo."""

    def off(face: FoundFace) -> float:
        r = face.region
        return (r.x + r.w / 2 - 0.5) ** 2 + (r.y + r.h / 2 - 0.5) ** 2

    return min(faces, key=off)


def _telling_apart(
    vectors: NDArray[np.float32], people: NDArray[np.int64], with_face: NDArray[np.bool_]
) -> dict[str, Any]:
    import numpy as np

    from facesorter.faces import verification

    there = people[with_face]
    all_of, seen_of = np.bincount(people), np.bincount(there, minlength=int(people.max()) + 1)
    missed = (all_of * (all_of - 1) - seen_of * (seen_of - 1)).sum() // 2
    pairs = verification.compare(vectors, there, int(missed))
    rates = verification.identify(vectors, there, STRANGERS_NAMED)
    return {
        "same_pairs": int(pairs.same.sum()),
        "other_pairs": int(pairs.other.sum()),
        "accuracy": _short(pairs.accuracy),
        "tar": {f"{far:g}": _short(pairs.true_accepts(far)) for far in FALSE_ACCEPTS},
        "identified": {
            f"{rate:g}": _short(value) for rate, value in zip(STRANGERS_NAMED, rates, strict=True)
        },
    }


def _grouping(seen: list[PhotoFaces], people: NDArray[np.int64]) -> dict[str, Any]:
    """Group all faces, as a library would, and judge the central ones."""
    import numpy as np

    from facesorter.clustering import metrics
    from facesorter.clustering.refresh import FIRST_NEW, Snapshot, propose

    faces = [(photo, face) for photo, result in enumerate(seen) for face in result.faces]
    group = np.full(len(seen), -1, np.int64)
    if faces:
        count = len(faces)
        proposal = propose(
            Snapshot(
                face_ids=np.arange(count),
                embeddings=np.array([face.embedding for _, face in faces], np.float32),
                photo_ids=np.array([photo for photo, _ in faces], np.int64),
                quality=np.array([face.quality for _, face in faces], np.float32),
                taken=np.full(count, np.nan),
                confirmed=np.full(count, -1),
                shown=np.full(count, -1),
                rejections=np.empty((0, 2), np.int64),
                owned=np.empty(0, np.int64),
            )
        )
        of_face = {id(face): int(p) for (_, face), p in zip(faces, proposal.person, strict=True)}
        for photo, result in enumerate(seen):
            if result.faces:
                # New groups are numbered from -2 downwards; -1, nobody, stays.
                number = of_face[id(central(result.faces))]
                group[photo] = FIRST_NEW - number if number <= FIRST_NEW else -1
    pair, cubed = metrics.pairwise(people, group), metrics.bcubed(people, group)
    purity, coverage = metrics.purity_and_coverage(people, group)
    return {
        "pairwise": [_short(value) for value in (pair.precision, pair.recall, pair.f)],
        "bcubed": [_short(value) for value in (cubed.precision, cubed.recall, cubed.f)],
        "fragments": _short(metrics.fragments(people, group)),
        "purity": _short(purity),
        "coverage": _short(coverage),
        "clicks": metrics.clicks(people, group),
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
