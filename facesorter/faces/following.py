"""Follow the known faces of a photo to an edited version of it: turned, cropped, or resized.

Faces that look the same in both versions show how the picture was transformed; without any, the
turns that fit its sides are tried. Everything else follows by that transform, and counts as there
only if it looks the same: other pixels are never shown as somebody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from facesorter.domain import SAME_LOOK, Region
from facesorter.faces.alignment import apply, similarity

Matrix = NDArray[np.float64]
"""(2, 3): an affine map of points."""

SAME_PLACE_LOOK = 0.5
"""Similarity from which a face in the expected place is the same. 103 faces kept at least .60 in
black and white, at a third of the size, blurred, brighter by 60%, or at JPEG quality 30; 5,223
pairs of strangers reached .39."""
VISIBLE = 0.5
"""Share of a face's area that must be inside the edited photo."""
ALIKE = 0.03
"""Difference, as a share of the photo's diagonal, up to which an estimated transform counts as an
exact turn: the error of landmarks, carried to the far corners."""
RIGHT_ANGLE, SAME_SCALE = np.radians(5.0), 0.05
"""Deviations from a right angle and from the original scale that may be errors of landmarks: most
crops keep both. Two neighbors' landmarks are off by 2%."""
REFITS = 3
"""Fits to all faces that agree with the last fit, the first of which is to one face."""
ASPECT = 0.01
"""Relative difference of aspect ratios that rounding to whole pixels makes."""
_MIRRORED = np.array([1, 0, 2, 4, 3])
"""Order of the landmarks in a mirror image, where the viewer's left eye comes first again."""
_TURNS = (
    *(((1, 0), (0, 1)), ((0, -1), (1, 0)), ((-1, 0), (0, -1)), ((0, 1), (-1, 0))),
    *(((-1, 0), (0, 1)), ((1, 0), (0, -1)), ((0, 1), (1, 0)), ((0, -1), (-1, 0))),
)
"""The eight turns and reflections of a rectangle, likeliest first."""
_OUTSIDE = np.array([[1.0, 0, 9], [0, 1, 9]])
"""A transform that puts everything outside the photo."""
_CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)


class Seen(Protocol):
    """What is used here of a face of the present version (`analyzer.FoundFace`)."""

    @property
    def region(self) -> Region:
        """Fractions of the photo."""
        ...

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """(5, 2), fractions of the photo."""
        ...

    @property
    def embedding(self) -> NDArray[np.float32]:
        """(d,), unit length."""
        ...


S = TypeVar("S", bound=Seen)


@dataclass(frozen=True, slots=True, eq=False)
class KnownFace:
    """A face of an earlier version of the photo."""

    id: int
    region: Region
    landmarks: NDArray[np.float32]
    """(5, 2), fractions of the photo."""
    score: float
    embedding: NDArray[np.float32] | None
    kept: bool
    """Whether the user decided something about it, so that it follows even if undetected."""
    drawn: bool
    """Whether the user drew its region, which then stays as drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class EarlierVersion:
    """Another content of a photo, in which its faces were seen."""

    content_hash: str
    size: tuple[int, int]
    """Width and height of the upright photo in pixels."""
    faces: Sequence[KnownFace]


@dataclass(frozen=True, slots=True)
class Followed:
    """Which faces of a photo are known ones."""

    faces: dict[int, int]
    """Id of the known face, by index in the list of faces."""
    known: frozenset[int]
    """All ids that were looked for; the others of these aren't on this version."""


def follow(
    versions: Sequence[EarlierVersion],
    content_hash: str,
    size: tuple[int, int],
    found: Sequence[S],
    describe: Callable[[Sequence[KnownFace]], list[S]],
) -> tuple[list[S], Followed]:
    """Find the known faces of a photo in its present version. Thread: any.

    Args:
        versions: Earlier versions with their faces; no face is in two.
        content_hash: Of the present version.
        size: Width and height of the upright photo in pixels.
        found: Detected faces.
        describe: Describes known faces that weren't detected by their landmarks, in order.

    Returns:
        The faces of the photo (detected ones but those replaced by a drawn region, then known ones
        that weren't detected), and which of them are known.
    """
    there = list(found)
    ids: dict[int, int] = {}
    replaced: set[int] = set()
    for version in versions:
        same = version.content_hash == content_hash
        search = _Search(version, size, found, taken={*ids, *replaced})
        best = search.best(describe, trusted=same)
        ids.update(best.found)
        replaced |= best.replaced
        for known_id, face in best.added:
            ids[len(there)] = known_id
            there.append(face)
    kept = [index for index in range(len(there)) if index not in replaced]
    known = frozenset(face.id for version in versions for face in version.faces)
    return (
        [there[index] for index in kept],
        Followed({at: ids[index] for at, index in enumerate(kept) if index in ids}, known),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Placed(Generic[S]):
    """Known faces found by one transform."""

    found: dict[int, int]
    """Id of the known face, by index of the detected one."""
    added: list[tuple[int, S]]
    replaced: set[int]
    """Detected faces in the place of a drawn region."""

    @property
    def ids(self) -> set[int]:
        return {*self.found.values(), *(known_id for known_id, _ in self.added)}


class _Search(Generic[S]):
    """The search for the faces of one earlier version."""

    def __init__(
        self,
        version: EarlierVersion,
        size: tuple[int, int],
        found: Sequence[S],
        taken: set[int],
    ) -> None:
        self._version, self._size, self._found = version, size, found
        self._free = [index for index in range(len(found)) if index not in taken]
        self._by_look = self._match_by_look()

    def transforms(self, same: bool) -> list[Matrix]:
        """Return the transforms to try, of fractions of the photo."""
        if same:
            return [_turn(_TURNS[0])]
        exact = [_turn(turn) for turn in _TURNS if _fits(turn, self._version.size, self._size)]
        if not self._by_look:
            return exact or [_OUTSIDE]
        pairs = [(known, self._found[index]) for index, known in self._by_look.items()]
        estimated = [
            _estimate(pairs, self._version.size, self._size, mirror=mirror, snap=snap)
            for mirror in (False, True)
            for snap in (True, False)
        ]
        near = [matrix for matrix in exact if _distance(matrix, estimated[0]) < ALIKE]
        return [*near[:1], *estimated, *exact]

    def best(
        self, describe: Callable[[Sequence[KnownFace]], list[S]], *, trusted: bool
    ) -> _Placed[S]:
        """Place the known faces by the transform that fits most of them."""
        wanted = {known.id for known in self._version.faces if known.kept}
        first, *others = self.transforms(trusted)
        best = self.place(first, describe, trusted=trusted)
        for matrix in others:
            if wanted <= best.ids:
                break
            best = max(
                best, self.place(matrix, describe, trusted=trusted), key=lambda each: len(each.ids)
            )
        return best

    def place(
        self, matrix: Matrix, describe: Callable[[Sequence[KnownFace]], list[S]], *, trusted: bool
    ) -> _Placed[S]:
        """Place the known faces by a transform; without ``trusted``, they must look the same."""
        ids = {index: known.id for index, known in self._by_look.items() if not known.drawn}
        rest = [known for known in self._version.faces if known.id not in ids.values()]
        moved = [_moved(known, matrix) for known in rest]
        replaced: set[int] = set()
        absent: list[tuple[KnownFace, KnownFace]] = []
        for known, there in zip(rest, moved, strict=True):
            if there is None:
                continue
            at = self._detected_at(there.region, ids)
            sure = trusted or self._is_sure(known, matrix)
            if at is not None and not known.drawn and self._is(known, self._found[at], sure):
                ids[at] = known.id
            elif known.kept:
                absent.append((known, there))
        added = []
        if absent:
            seen = describe([there for _, there in absent])
            for (known, there), face in zip(absent, seen, strict=True):
                if self._is(known, face, trusted or self._is_sure(known, matrix)):
                    added.append((known.id, face))
                    if known.drawn:
                        at = self._detected_at(there.region, ids)
                        replaced |= set() if at is None else {at}
        there_now = {*ids.values(), *(identity for identity, _ in added)}
        for index, known in self._by_look.items():
            # A drawn region whose place is unknown, of a face that is detected now.
            if known.id not in there_now and index not in ids:
                ids[index] = known.id
        return _Placed(ids, added, replaced - ids.keys())

    def _is_sure(self, known: KnownFace, matrix: Matrix) -> bool:
        """Return whether a place must do, as looks of two recognizers can't be compared.

        A photo of the same size was edited in its metadata, most likely.
        """
        if known.embedding is not None and any(
            len(face.embedding) == len(known.embedding) for face in self._found
        ):
            return False
        same = self._version.size == self._size and np.array_equal(matrix, _turn(_TURNS[0]))
        return same and bool(self._found)

    @staticmethod
    def _is(known: KnownFace, face: Seen, trusted: bool) -> bool:
        return trusted or _look(known.embedding, face) >= SAME_PLACE_LOOK

    def _detected_at(self, region: Region, taken: dict[int, int]) -> int | None:
        free = [i for i in self._free if i not in taken and self._found[i].region.is_at(region)]
        return max(free, key=lambda i: self._found[i].region.overlap(region), default=None)

    def _match_by_look(self) -> dict[int, KnownFace]:
        """Match detected faces (by index) to known ones, best pair first."""
        pairs = sorted(
            (
                (-_look(known.embedding, self._found[index]), index, place)
                for place, known in enumerate(self._version.faces)
                for index in self._free
            ),
        )
        matched: dict[int, int] = {}
        for likeness, index, place in pairs:
            if -likeness < SAME_LOOK:
                break
            if index not in matched and place not in matched.values():
                matched[index] = place
        return {index: self._version.faces[place] for index, place in matched.items()}


def _look(embedding: NDArray[np.float32] | None, face: Seen) -> float:
    """Return the cosine of two embeddings; 0 if one is missing or of another recognizer."""
    if embedding is None or len(embedding) != len(face.embedding):
        return 0.0
    return float(embedding @ face.embedding)


def _moved(known: KnownFace, matrix: Matrix) -> KnownFace | None:
    """Return a face in its place after a transform; None if most of it is outside the photo."""
    region = known.region
    corners = _CORNERS * _pair(region.w, region.h) + _pair(region.x, region.y)
    there = apply(matrix, corners)
    low, high = there.min(0), there.max(0)
    inside_low, inside_high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    area = float(np.prod(high - low))
    if area <= 0 or float(np.prod(inside_high - inside_low)) / area < VISIBLE:
        return None
    extent = inside_high - inside_low
    place = Region(*(float(value) for value in (*inside_low, *extent)))
    marks = apply(matrix, known.landmarks)
    if np.linalg.det(matrix[:, :2]) < 0:
        marks = marks[_MIRRORED]
    return dataclasses.replace(known, region=place, landmarks=marks)


def _pair(x: float, y: float) -> NDArray[np.float32]:
    return np.array([x, y], np.float32)


def _turn(linear: Sequence[Sequence[int]]) -> Matrix:
    """Return a turn or reflection of the unit square onto itself."""
    turn = np.array(linear, np.float64)
    return np.column_stack([turn, 0.5 - turn @ [0.5, 0.5]])


def _fits(linear: Sequence[Sequence[int]], before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Return whether a turned photo has the aspect ratio of the edited one."""
    width, height = before if linear[0][0] else before[::-1]
    if 0 in (width, height, *after):
        return False
    return bool(abs(np.log(width / height * after[1] / after[0])) < ASPECT)


def _distance(one: Matrix, other: Matrix) -> float:
    """Return how far apart two transforms put a corner of the photo, in fractions."""
    return float(np.abs(apply(one, _CORNERS) - apply(other, _CORNERS)).max())


def _estimate(
    pairs: Sequence[tuple[KnownFace, Seen]],
    before: tuple[int, int],
    after: tuple[int, int],
    *,
    mirror: bool,
    snap: bool,
) -> Matrix:
    """Estimate the transform from faces in both versions, in fractions of the photos."""
    source = np.stack([known.landmarks for known, _ in pairs]) * _pair(*before)
    target = np.stack([face.landmarks for _, face in pairs]) * _pair(*after)
    size = np.linalg.norm(np.ptp(target, axis=1), axis=1)
    points = source[:, _MIRRORED] * _pair(-1, 1) if mirror else source
    best, least = np.empty((2, 3)), np.inf
    for start in range(len(pairs)):
        matrix = _fit(points[start : start + 1], target[start : start + 1], snap)
        for _ in range(REFITS):
            near = _errors(matrix, points, target) < size / 2
            if near.any():
                matrix = _fit(points[near], target[near], snap)
        # A face that another transform explains better counts as one of half its size off.
        error = float(np.minimum(_errors(matrix, points, target) / size, 0.5).sum())
        if error < least:
            best, least = matrix, error
    if mirror:
        best = np.column_stack([best[:, :2] @ np.array([[-1.0, 0], [0, 1]]), best[:, 2]])
    scaled: Matrix = best * np.array([*before, 1.0]) / np.array(after, np.float64)[:, None]
    return scaled


def _fit(source: NDArray[np.float32], target: NDArray[np.float32], snap: bool) -> Matrix:
    """Fit a similarity to (N, 5, 2) points; ``snap`` to a right angle and the scale 1 if near."""
    a, b = source.reshape(1, -1, 2), target.reshape(-1, 2)
    (matrix,) = similarity(a, b)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    angle = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
    right = round(angle / (np.pi / 2)) * np.pi / 2
    if snap:
        angle = right if abs(angle - right) < RIGHT_ANGLE else angle
        scale = 1.0 if abs(scale - 1) < SAME_SCALE else scale
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([linear, b.mean(0) - linear @ a[0].mean(0)])


def _errors(
    matrix: Matrix, source: NDArray[np.float32], target: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return each face's mean distance of landmarks, in pixels."""
    off: NDArray[np.float64] = np.linalg.norm(apply(matrix, source) - target, axis=2)
    return np.asarray(off.mean(1), np.float64)
