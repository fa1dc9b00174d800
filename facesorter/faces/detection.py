"""Detect faces and their five landmarks: at several sizes, then with a closer look at each.

[Note: second look] A pass over the whole photo finds a face but places its landmarks imprecisely,
with an error that depends on the face's position on the detector's grid. So each face is cropped
upright and detected twice more: once small, to correct position, size and tilt, and once large,
from the corrected position; the landmarks of both are averaged. Measured on 2,787 portraits, true
accepts at a false accept rate of 1e-4: .977 without, .988 with one look, .990 with both (one run
each). Nearly all false detections in our test photos are not detected a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facesorter.faces import alignment, tiles
from facesorter.images import convert

MIN_FACE = 16.0
"""Longer side of the smallest face kept, in pixels of the photo. Portraits shrunk to 22 pixels have
a similarity of .69 to the originals; far smaller faces cost time and carry no information."""

PASS_SIDES = (320, 640, 1280)
"""Longer sides in pixels at which a photo is searched: YuNet detects faces of 10 to 300 pixels, so
together these cover faces from 1/128 of the photo to all of it."""

LARGE_PHOTO = 960
"""Longer side of a photo, in pixels, from which the largest pass finds more than the previous."""

LONG = 2.5
"""Longer side by shorter side from which a photo is also searched in pieces: a panorama of 8:1
shrunk to 1,280 pixels is 160 high, and so are the people in it."""

PIECE = 1.5
"""Width by height of the pieces of a long photo, or height by width."""

SHORTEST_PIECE = 240
"""Pixels of a piece of a strip, of which there would be thousands: 65,000 by 8 pixels took 30 s."""

PIECE_OVERLAP = 0.5
"""Share of the shorter side that neighboring pieces have in common; larger faces are found in the
whole photo, where they have 64 pixels or more up to 10:1."""

UNSEEN_FACTOR = 0.75
"""Factor on the score of a face that the second look does not detect."""

TURN_MARGIN = 0.05
"""Margin by which a turned photo must score better than the upright one, which is the rule."""

LOOK_MARGIN = 0.02
"""Margin by which a face must score better in a closer look at the turned crop, so that the photo
is searched turned. Of 80 portraits turned upside down 11 passed for upright, with last looks of .85
to .90, and .92 to .94 from the other side; upright ones below .91 score at least .02 less there."""

SAME_FACE = 0.4
"""Overlap (intersection over union) from which two boxes show one face; the customary value.
No two people come near it in our group photos."""

INSIDE = 0.7
"""Share of a smaller box inside another from which it is a part of that face, not a face."""

LOOKS = ((224, 110.0), (320, 210.0))
"""Side of the crop and longer side of the face in it for each closer look, in pixels. The best
single look is 210 (true accepts as above, crops from corrected boxes: .990; 110: .988, 150 and 180:
.984, 240: .988); a small and a large one differ most in their errors from the grid."""

LOOK_BATCH = 4
"""Crops per run of a closer look; bounds memory for crowds."""

NEAR = 0.4
"""Overlap with the expected box from which a face in a crop is the intended one."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Faces in pixel coordinates of the pixels searched, best score first."""

    boxes: NDArray[np.float32]
    """(N, 4): left, top, width, height; may extend beyond the photo."""
    landmarks: NDArray[np.float32]
    """(N, 5, 2): eyes, nose, mouth corners; the viewer's left first."""
    scores: NDArray[np.float32]
    """(N,): 0 to 1."""

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.scores)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Detections:
        """Select faces by index or mask."""
        return Detections(self.boxes[index], self.landmarks[index], self.scores[index])


NOTHING = Detections(
    np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Score thresholds of a detector; every detector has its own scale."""

    candidate: float
    """Least score of a candidate in a pass over the photo; the second look decides."""
    keep: float
    """Least mean score of both looks to keep a face."""
    unseen: float
    """Least score to keep a face that the second look does not detect."""
    certain: float
    """Least best score in a photo that shows it to be upright."""
    upright: float
    """Least last closer look at a photo's best face that shows the photo to be upright."""
    weak: float
    """Least score of a candidate in a tile of full size; see [Note: closer search]."""
    small: float
    """Least score of its last closer look to keep it."""


class Detector(Protocol):
    """A face detector for one pass over images of one size."""

    @property
    def thresholds(self) -> Thresholds:
        """Thresholds on the scale of its scores."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        ...

    def run(self, images: NDArray[np.uint8], min_score: float) -> list[Detections]:
        """Search (N, H, W, 3) uint8 RGB images of one size; candidates may still overlap."""
        ...


def join(parts: Sequence[Detections]) -> Detections:
    """Concatenate detections, best score first."""
    if not parts:
        return NOTHING
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    return Detections(
        np.concatenate([part.boxes for part in parts])[order],
        np.concatenate([part.landmarks for part in parts])[order],
        scores[order],
    )


def overlaps(
    boxes: NDArray[np.float32], others: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (N, M) intersections over union, and intersections over the smaller box."""
    low = np.maximum(boxes[:, None, :2], others[:, :2])
    high = np.minimum((boxes[:, :2] + boxes[:, 2:])[:, None], others[:, :2] + others[:, 2:])
    inter = np.prod(np.maximum(high - low, 0), axis=2)
    area = np.maximum(np.prod(boxes[:, 2:], axis=1), 1e-9)[:, None]
    area_of_others = np.maximum(np.prod(others[:, 2:], axis=1), 1e-9)
    return inter / (area + area_of_others - inter), inter / np.minimum(area, area_of_others)


def same_faces(boxes: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (N, M) whether two boxes show one face, or one a part of the other's."""
    union, smaller = overlaps(boxes, others)
    return np.asarray((union > SAME_FACE) | (smaller > INSIDE))


def suppress(found: Detections) -> Detections:
    """Keep the best detection of each face (greedy non-maximum suppression)."""
    if len(found) < 2:
        return found
    same = same_faces(found.boxes, found.boxes)
    alive = np.ones(len(found), bool)
    for index in range(len(found)):  # one iteration per face, not per pixel
        if alive[index]:
            alive[index + 1 :] &= ~same[index, index + 1 :]
    return found.take(alive)


def detect(pixels: NDArray[np.uint8], detector: Detector, smallest: float = MIN_FACE) -> Detections:
    """Find the faces of an upright photo. Thread: any; blocks for 20 to 100 ms.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        detector: The pack's detector.
        smallest: Longer side in pixels of the smallest face to keep.

    Returns:
        Faces in pixel coordinates of ``pixels``, without duplicates.
    """
    found = candidates(pixels, detector)
    seen = refine(pixels, found, detector)
    turns = _turn_by_looks(pixels, seen, detector)
    if turns:
        found = candidates(np.ascontiguousarray(np.rot90(pixels, turns)), detector)
        found = _turn_back(found, turns, pixels.shape[1], pixels.shape[0])
        seen = refine(pixels, found, detector)
    found = suppress(_judge(found, seen, detector))
    large = found.boxes[:, 2:].max(1, initial=0) >= smallest
    return found.take(large & (found.scores >= detector.thresholds.keep))


def candidates(pixels: NDArray[np.uint8], detector: Detector) -> Detections:
    """Return candidates from the passes over the photo, before closer looks; tries turns too."""
    limits = detector.thresholds
    longest = max(pixels.shape[:2])
    sides = [side for side in PASS_SIDES if side < 1280 or longest >= LARGE_PHOTO]
    large = _fit(pixels, sides[-1])
    found, searched = _passes(large, sides, detector)
    pieces = scaled(
        _in_pieces(pixels, detector),
        (pixels.shape[1] / large.shape[1], pixels.shape[0] / large.shape[0]),
    )
    found = suppress(join([found, pieces]))
    if not len(found) or found.scores[0] < limits.certain:
        # For most photos without faces, the smaller two sizes show that turning doesn't help.
        turns = _best_turn(searched[:2], detector)
        if turns:
            turned, _ = _passes(np.ascontiguousarray(np.rot90(large, turns)), sides, detector)
            if len(turned) and (not len(found) or turned.scores[0] > found.scores[0] + TURN_MARGIN):
                found = _turn_back(turned, turns, large.shape[1], large.shape[0])
    return scaled(found, (large.shape[1] / pixels.shape[1], large.shape[0] / pixels.shape[0]))


def _in_pieces(pixels: NDArray[np.uint8], detector: Detector) -> Detections:
    """Return the faces of the pieces of a long photo, in pixels of it; of others none."""
    height, width = pixels.shape[:2]
    if max(height, width) < LONG * min(height, width):
        return NOTHING
    short = min(height, width)
    long = max(round(short * PIECE), SHORTEST_PIECE)
    side = (long, short) if width > height else (short, long)
    # As in the search of a whole photo, enlarged by a third at most.
    sides = [each for each in PASS_SIDES if each * LARGE_PHOTO <= max(side) * PASS_SIDES[-1]]
    parts = []
    for left, top, wide, high in tiles.cover(width, height, side, round(short * PIECE_OVERLAP)):
        piece = np.ascontiguousarray(pixels[top : top + high, left : left + wide])
        found, _ = _passes(piece, sides[-1:] or PASS_SIDES[:1], detector)
        parts.append(moved(found, left, top))
    return join(parts)


def _passes(
    pixels: NDArray[np.uint8], sides: Sequence[int], detector: Detector
) -> tuple[Detections, list[NDArray[np.uint8]]]:
    """Return faces at all sizes, in pixels of ``pixels``, and the images searched, small first."""
    shrunk = pixels
    searched: list[NDArray[np.uint8]] = []
    parts = []
    for side in reversed(sides):  # each shrinks the previous image: the photo is read once
        shrunk = _fit(shrunk, side)
        searched.insert(0, shrunk)
        scale = shrunk.shape[1] / pixels.shape[1], shrunk.shape[0] / pixels.shape[0]
        parts.append(scaled(detector.run(shrunk[None], detector.thresholds.candidate)[0], scale))
    return suppress(join(parts)), searched


def look_again(
    pixels: NDArray[np.uint8],
    found: Detections,
    detector: Detector,
    looks: Sequence[tuple[int, float]] = LOOKS,
) -> Detections:
    """Refine boxes and landmarks and update scores; see [Note: second look].

    The score becomes the mean of the first and the last. A face that the last look does not detect
    keeps its position, and `UNSEEN_FACTOR` of its score if that was high, else none.
    """
    return _judge(found, refine(pixels, found, detector, looks), detector)


def _judge(found: Detections, seen: Detections, detector: Detector) -> Detections:
    """Combine the scores of a pass and of the closer looks; see `look_again`."""
    believed = np.where(found.scores >= detector.thresholds.unseen, found.scores * UNSEEN_FACTOR, 0)
    scores = np.where(seen.scores > 0, (found.scores + seen.scores) / 2, believed)
    return join([Detections(seen.boxes, seen.landmarks, scores.astype(np.float32))])


def refine(
    pixels: NDArray[np.uint8],
    found: Detections,
    detector: Detector,
    looks: Sequence[tuple[int, float]] = LOOKS,
) -> Detections:
    """Look closer, and return the faces in the same order with the score of the last look.

    A face that it does not detect has the score 0.
    """
    total = np.zeros_like(found.landmarks)
    count = np.zeros(len(found), np.float32)
    current = found
    for side, face in looks:
        current = _look(pixels, current, detector, side, face)
        seen = current.scores > 0
        total[seen] += current.landmarks[seen]
        count += seen
    landmarks = np.where(
        count[:, None, None] > 0, total / np.maximum(count, 1)[:, None, None], found.landmarks
    )
    return Detections(current.boxes, landmarks.astype(np.float32), current.scores)


def least_look(
    pixels: NDArray[np.uint8], found: Detections, detector: Detector
) -> NDArray[np.float32]:
    """Look closer at faces from where they were found, and return the lower score of both looks.

    A face that one of them does not detect has the score 0.
    """
    least = np.ones_like(found.scores)
    for side, face in LOOKS:
        found = _look(pixels, found, detector, side, face)
        least = np.minimum(least, found.scores)
    return least


def _look(
    pixels: NDArray[np.uint8], found: Detections, detector: Detector, side: int, face: float
) -> Detections:
    """Look closer at every face, in the same order; undetected ones stay, with score 0."""
    matrices = _look_matrices(found, side, face)
    boxes, landmarks = found.boxes.copy(), found.landmarks.copy()
    scores = np.zeros_like(found.scores)
    for start in range(0, len(found), LOOK_BATCH):
        batch = range(start, min(start + LOOK_BATCH, len(found)))
        crops = np.stack([alignment.sample(pixels, matrices[i], side) for i in batch])
        results = detector.run(crops, detector.thresholds.candidate)
        for index, seen in zip(batch, results, strict=True):
            back = alignment.invert(matrices[index])
            scale = np.hypot(back[0, 0], back[1, 0])
            lying = abs(back[1, 0]) > abs(back[0, 0])  # in the photo, on its side
            size = found.boxes[index, 2:][:: -1 if lying else 1] / scale
            best = _nearest(seen, np.array([*(side / 2 - size / 2), *size], np.float32))
            if best is None:
                continue
            scores[index] = seen.scores[best]
            landmarks[index] = alignment.apply(back, seen.landmarks[best])
            box = seen.boxes[best]
            centre = alignment.apply(back, box[:2] + box[2:] / 2)
            extent = box[2:][:: -1 if lying else 1] * scale
            boxes[index] = [*(centre - extent / 2), *extent]
    return Detections(boxes, landmarks, scores)


def _look_matrices(found: Detections, side: int, face: float) -> NDArray[np.float64]:
    """Return transforms to crops: box centered, its longer side ``face`` long, eyes level."""
    eyes = (found.landmarks[:, 1] - found.landmarks[:, 0]).astype(np.float64)
    roll = np.arctan2(eyes[:, 1], eyes[:, 0])
    scale = face / np.maximum(found.boxes[:, 2:].max(1), 1.0)
    cos, sin = np.cos(-roll) * scale, np.sin(-roll) * scale
    matrices = np.empty((len(found), 2, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = cos
    matrices[:, 0, 1], matrices[:, 1, 0] = -sin, sin
    centre = (found.boxes[:, :2] + found.boxes[:, 2:] / 2).astype(np.float64)
    matrices[:, :, 2] = side / 2 - np.einsum("nij,nj->ni", matrices[:, :, :2], centre)
    return matrices


def _nearest(seen: Detections, expected: NDArray[np.float32]) -> int | None:
    """Return the index of the face in a crop that is the intended one, if any."""
    if not len(seen):
        return None
    near = overlaps(expected[None], seen.boxes)[0][0]
    worth = np.where(near >= NEAR, near * seen.scores, -1)
    best = int(worth.argmax())
    return best if worth[best] > 0 else None


def _best_turn(pictures: Sequence[NDArray[np.uint8]], detector: Detector) -> int:
    """Return how many quarter turns to the left, 1 to 3, show the most faces; 0 if none do.

    ``pictures`` show the unturned photo; each is searched only if the previous gave no faces.
    """
    for picture in pictures:
        best, total = 0, 0.0
        for turns in (2, 1, 3):
            turned = np.ascontiguousarray(np.rot90(picture, turns))
            found = suppress(detector.run(turned[None], detector.thresholds.candidate)[0])
            if float(found.scores.sum()) > total:
                best, total = turns, float(found.scores.sum())
        if best:
            return best
    return 0


def _turn_by_looks(pixels: NDArray[np.uint8], seen: Detections, detector: Detector) -> int:
    """Return how many quarter turns to the left show the faces better; 0 if none do.

    An upside-down face passes for an upright one, with a mouth for eyes, but never looks as good
    as from the right side. So only photos without a face that looks `Thresholds.upright` are looked
    at again: one portrait in 16.

    Args:
        pixels: The photo as it is.
        seen: Its faces with the scores of the last look; the best `LOOK_BATCH` speak.
        detector: The pack's detector.
    """
    limits, best = detector.thresholds, float(seen.scores.max(initial=0))
    if not len(seen) or best >= limits.upright:
        return 0
    faces = seen.take(np.argsort(-seen.scores, kind="stable")[:LOOK_BATCH])
    result, least = 0, max(best + LOOK_MARGIN, limits.certain)
    for turns in (2, 1, 3):
        score = float(refine(pixels, _turned(faces, turns), detector).scores.max())
        if score > least:
            result, least = turns, score
    return result


def _turned(found: Detections, turns: int) -> Detections:
    """Turn landmarks within their boxes, so that closer looks see the crops turned to the left."""
    centre = (found.boxes[:, :2] + found.boxes[:, 2:] / 2)[:, None]
    x, y = np.moveaxis(found.landmarks - centre, -1, 0)
    for _ in range(turns):
        x, y = -y, x
    landmarks = (np.stack([x, y], -1) + centre).astype(np.float32)
    return Detections(found.boxes, landmarks, found.scores)


def _turn_back(found: Detections, turns: int, width: int, height: int) -> Detections:
    """Undo ``turns`` quarter turns to the left of an image originally width x height."""

    def back(points: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y = points[..., 0], points[..., 1]
        if turns == 1:
            x, y = width - y, x
        elif turns == 2:
            x, y = width - x, height - y
        else:
            x, y = y, height - x
        return np.stack([x, y], -1)

    first, second = back(found.boxes[:, :2]), back(found.boxes[:, :2] + found.boxes[:, 2:])
    low = np.minimum(first, second)
    boxes = np.concatenate([low, np.abs(first - second)], 1)
    return Detections(boxes, back(found.landmarks), found.scores)


def _fit(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale so that the longer side is ``side``."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    return convert.resize(pixels, max(1, round(width * scale)), max(1, round(height * scale)))


def moved(found: Detections, left: float, top: float) -> Detections:
    """Convert from coordinates of a part that begins there to those of the photo."""
    boxes = found.boxes + np.array([left, top, 0, 0], np.float32)
    return Detections(boxes, found.landmarks + np.array([left, top], np.float32), found.scores)


def scaled(found: Detections, scale: tuple[float, float]) -> Detections:
    """Convert from coordinates of a scaled image to those of the photo."""
    wide, high = scale
    boxes = np.divide(found.boxes, np.array([wide, high, wide, high]), dtype=np.float32)
    points = np.divide(found.landmarks, np.array([wide, high]), dtype=np.float32)
    return Detections(boxes, points, found.scores)
