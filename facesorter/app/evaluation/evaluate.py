"""End-to-end accuracy of the program on photos of known people."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter.errors import UserError
from facesorter.images.formats import is_photo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.proposal import Snapshot
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace, PhotoFaces
    from facesorter.faces.verification import Pairs

FALSE_ACCEPTS = (1e-2, 1e-3, 1e-4)
STRANGERS_NAMED = (0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups that photos of known people ended up in, by photo."""

    group: NDArray[np.int64]
    """The group of the photo's central face, -1 for none."""
    similarity: NDArray[np.float32]
    """The similarity of that face to its group, 0 without one."""


def evaluate(
    folder: Path, analyzer: FaceAnalyzer, workers: int, plots: Path | None = None
) -> dict[str, Any]:
    """Analyze and group a folder with one subfolder per person, and compare with their names.

    The most central face of a photo is taken for its person; a photo without faces counts as
    missed. Blocks for at least a tenth of a second per photo.

    Args:
        folder: a folder with one subfolder per person.
        analyzer: finds and describes faces.
        workers: the number of analysis threads.
        plots: a folder for plots of the result, created if needed; see `pictures`.

    Raises:
        UserError: no subfolder has photos, or the plots can't be written.
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
        raise UserError(
            "{folder} contains no folders with photos. Each person needs a folder.", folder=folder
        )
    with ThreadPoolExecutor(workers) as pool:
        seen = list(pool.map(lambda path: _look(path, analyzer), files))
    names = np.array([path.relative_to(folder).parts[0] for path in files])
    people = np.unique(names, return_inverse=True)[1].astype(np.int64)
    with_face = np.array([bool(result.faces) for result in seen])
    middle = [central(result.faces) for result in seen if result.faces]
    vectors = np.array([face.embedding for face in middle], np.float32)
    vectors = vectors.reshape(-1, analyzer.dimension)
    pairs = _pairs(vectors, people, with_face)
    grouped, judged = _grouping(seen, people)
    found = {
        "people": len(np.unique(people)),
        "photos": len(files),
        "failed": sum(result.error is not None for result in seen),
        "missed": int((~with_face).sum()),
        **_telling_apart(pairs, vectors, people[with_face]),
        **judged,
    }
    if plots is not None:
        from facesorter.app.evaluation import pictures

        found["plots"] = pictures.save(plots, pairs, grouped, people, analyzer.name)
    return {**found, "seconds": round(time.monotonic() - started, 1)}


def _look(path: Path, analyzer: FaceAnalyzer) -> PhotoFaces:
    from facesorter.faces.analyzer import analyse_photo

    return analyse_photo(path, analyzer)


def central(faces: tuple[FoundFace, ...]) -> FoundFace:
    """Return the face whose center is nearest to the center of the photo."""

    def off(face: FoundFace) -> float:
        r = face.region
        return (r.x + r.w / 2 - 0.5) ** 2 + (r.y + r.h / 2 - 0.5) ** 2

    return min(faces, key=off)


def _pairs(
    vectors: NDArray[np.float32], people: NDArray[np.int64], with_face: NDArray[np.bool_]
) -> Pairs:
    import numpy as np

    from facesorter.faces import verification

    there = people[with_face]
    all_of, seen_of = np.bincount(people), np.bincount(there, minlength=int(people.max()) + 1)
    missed = (all_of * (all_of - 1) - seen_of * (seen_of - 1)).sum() // 2
    return verification.compare(vectors, there, int(missed))


def _telling_apart(
    pairs: Pairs, vectors: NDArray[np.float32], people: NDArray[np.int64]
) -> dict[str, Any]:
    from facesorter.faces import verification

    rates = verification.identify(vectors, people, STRANGERS_NAMED)
    return {
        "same_pairs": int(pairs.same.sum()),
        "other_pairs": int(pairs.other.sum()),
        "accuracy": _short(pairs.accuracy),
        "tar": {f"{far:g}": _short(pairs.true_accepts(far)) for far in FALSE_ACCEPTS},
        "identified": {
            f"{rate:g}": _short(value) for rate, value in zip(STRANGERS_NAMED, rates, strict=True)
        },
    }


def _grouping(seen: list[PhotoFaces], people: NDArray[np.int64]) -> tuple[Grouped, dict[str, Any]]:
    """Group all faces as in a library, and score the central ones."""
    import numpy as np

    from facesorter.app.evaluation import metrics
    from facesorter.clustering.engine import propose
    from facesorter.clustering.proposal import FIRST_NEW

    group = np.full(len(seen), -1, np.int64)
    similarity = np.zeros(len(seen), np.float32)
    snapshot, photo = _snapshot(seen)
    if snapshot is not None:
        proposal = propose(snapshot)
        there = photo >= 0
        # New groups are numbered from -2 downwards; -1 means no group.
        number = proposal.person[there]
        group[photo[there]] = np.where(number <= FIRST_NEW, FIRST_NEW - number, -1)
        similarity[photo[there]] = proposal.similarity[there]
    pair, cubed = metrics.pairwise(people, group), metrics.bcubed(people, group)
    purity, coverage = metrics.purity_and_coverage(people, group)
    return Grouped(group, similarity), {
        "pairwise": [_short(value) for value in (pair.precision, pair.recall, pair.f)],
        "bcubed": [_short(value) for value in (cubed.precision, cubed.recall, cubed.f)],
        "fragments": _short(metrics.fragments(people, group)),
        "purity": _short(purity),
        "coverage": _short(coverage),
        "clicks": metrics.clicks(people, group),
        **_decisions(snapshot, photo, people),
    }


def _snapshot(seen: list[PhotoFaces]) -> tuple[Snapshot | None, NDArray[np.int64]]:
    """All faces as a library without decisions, and the photo each is central in, or -1."""
    import numpy as np

    from facesorter.clustering.proposal import Snapshot

    faces = [(photo, face) for photo, result in enumerate(seen) for face in result.faces]
    middle = {id(central(result.faces)) for result in seen if result.faces}
    photo = np.array([photo if id(face) in middle else -1 for photo, face in faces], np.int64)
    if not faces:
        return None, photo
    count = len(faces)
    return (
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
        ),
        photo,
    )


def _decisions(
    snapshot: Snapshot | None, photo: NDArray[np.int64], people: NDArray[np.int64]
) -> dict[str, Any]:
    """Count the decisions a user would need, and score photos added later.

    A photo without a detected face costs one decision if its person is to be completed: the face
    has to be drawn and named.
    """
    import numpy as np

    from facesorter.app.evaluation import simulated_user as user

    there = photo >= 0
    missed = np.setdiff1d(np.arange(len(people)), photo[there])
    drawn = int((np.bincount(people)[people[missed]] >= user.FEWEST_PHOTOS).sum())
    done, later = user.Decisions(), user.Arrivals(0, 0, 0)
    if snapshot is not None:
        truth = np.where(there, people[photo], -1)
        done, later = user.complete(snapshot, truth), user.arrivals(snapshot, truth)
    total = done.total + drawn
    return {
        "decisions": {
            "total": total,
            "per_1000_faces": round(1000 * total / max(int(there.sum()), 1), 1),
            "persons": int((np.bincount(people) >= user.FEWEST_PHOTOS).sum()),
            **asdict(done),
            "drawn": drawn,
        },
        "arrivals": {
            **asdict(later),
            "wrong_per_1000": round(1000 * later.wrong / max(later.new, 1), 2),
        },
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
