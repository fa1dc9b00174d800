import cv2
import numpy as np
import pytest

from facesorter.faces import detection, models
from facesorter.faces.analyzer import FaceAnalyzer
from facesorter.faces.detection import Detections, suppress
from facesorter.faces.models import bundled_pack
from facesorter.faces.runtime import LazySession
from facesorter.faces.yunet import YuNet
from tests import photos

# Middles of the six faces of the photo, as fractions, and how far off they may be.
SIX = [(0.085, 0.37), (0.25, 0.24), (0.40, 0.38), (0.62, 0.46), (0.75, 0.15), (0.92, 0.38)]


@pytest.fixture(scope="module")
def yunet(model_cache: object) -> YuNet:
    pack = bundled_pack()
    data = models.read_verified(pack.directory / pack.detector, models.YUNET[1])
    return YuNet(LazySession(lambda: models.fold(data, ("N", 3, "H", "W"))))


def middles(found: Detections, shape: tuple[int, ...]) -> np.ndarray:
    """Middles of boxes as fractions, from left to right."""
    centre = (found.boxes[:, :2] + found.boxes[:, 2:] / 2) / (shape[1], shape[0])
    return centre[np.argsort(centre[:, 0])]


@pytest.mark.parametrize("side", [320, 640, 1280, 2560])
def test_six_faces_at_every_size(yunet: YuNet, side: int) -> None:
    photo = photos.pixels(photos.six_people())
    scaled = cv2.resize(photo, None, fx=side / 1280, fy=side / 1280, interpolation=cv2.INTER_AREA)
    found = detection.detect(scaled, yunet)
    assert len(found) == 6
    assert np.abs(middles(found, scaled.shape) - SIX).max() < 0.02
    assert (found.scores > 0.8).all()
    assert (np.diff(found.scores) <= 0).all()


def test_landmarks_lie_in_order(yunet: YuNet) -> None:
    found = detection.detect(photos.pixels(photos.astronaut()), yunet)
    assert len(found) == 1
    left_eye, right_eye, nose, left_mouth, right_mouth = found.landmarks[0]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_photos_on_their_side_or_head(yunet: YuNet, turns: int) -> None:
    photo = photos.pixels(photos.six_people())
    upright = detection.detect(photo, yunet)
    turned = np.ascontiguousarray(np.rot90(photo, turns))
    found = detection.detect(turned, yunet)
    assert len(found) == 6
    # Turn the landmarks back by the inverse of what was done to the pixels.
    points = found.landmarks
    height, width = photo.shape[:2]
    for done in range(turns - 1, -1, -1):
        # np.rot90 carries (x, y) of a photo of that width to (y, width - x).
        before = width if done % 2 == 0 else height
        points = np.stack([before - points[..., 1], points[..., 0]], -1)
    order = np.argsort(points[:, 2, 0])
    expected = upright.landmarks[np.argsort(upright.landmarks[:, 2, 0])]
    assert np.abs(points[order] - expected).max() < 6


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_small_faces_in_a_turned_photo(yunet: YuNet, turns: int) -> None:
    # At the smallest search, which only tells how the photo lies, they are seven pixels high.
    small = cv2.resize(photos.pixels(photos.six_people()), (320, 222), interpolation=cv2.INTER_AREA)
    wall = np.full((960, 1280, 3), 150, np.uint8)
    wall[300:522, 100:420] = small
    wall[300:522, 800:1120] = small
    wall[20:242, 300:940] = cv2.resize(
        photos.pixels(photos.six_people()), (640, 222), interpolation=cv2.INTER_AREA
    )
    upright = detection.detect(wall, yunet)
    found = detection.detect(np.ascontiguousarray(np.rot90(wall, turns)), yunet)
    assert len(upright) >= 12
    assert len(found) >= len(upright) - 1


def test_a_face_that_fills_the_photo(yunet: YuNet) -> None:
    photo = photos.pixels(photos.astronaut())[20:230, 140:310]
    large = cv2.resize(photo, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    found = detection.detect(large, yunet)
    assert len(found) == 1
    assert found.boxes[0, 3] > 0.4 * len(large)


def test_nothing_in_nothing(yunet: YuNet) -> None:
    for shape in [(1, 1, 3), (3, 900, 3), (700, 2, 3), (300, 400, 3)]:
        assert len(detection.detect(np.full(shape, 90, np.uint8), yunet)) == 0
    noise = np.random.default_rng(1).integers(0, 256, (500, 700, 3), np.uint8)
    assert len(detection.detect(noise, yunet)) == 0


def test_the_closer_look_corrects_landmarks(yunet: YuNet) -> None:
    photo = photos.pixels(photos.six_people())
    good = detection.detect(photo, yunet)
    rng = np.random.default_rng(5)
    shift = rng.normal(0, 6, good.landmarks.shape).astype(np.float32)
    moved = good.boxes + rng.normal(0, 5, good.boxes.shape).astype(np.float32)
    rough = Detections(moved, good.landmarks + shift, good.scores)
    better = detection.look_again(photo, rough, yunet)
    order = [int(np.abs(good.boxes[:, 0] - box[0]).argmin()) for box in better.boxes]
    after = np.abs(better.landmarks - good.landmarks[order]).mean()
    assert after < 0.6 * np.abs(shift).mean()


def test_a_face_that_is_not_there_is_not_believed(yunet: YuNet) -> None:
    photo = np.full((400, 400, 3), 128, np.uint8)
    points = np.array([[[180, 180], [220, 180], [200, 200], [185, 225], [215, 225]]], np.float32)
    box = np.array([[160, 140, 80, 110]], np.float32)
    for score, expected in [(0.7, 0.0), (0.9, 0.675)]:
        claimed = Detections(box, points, np.array([score], np.float32))
        seen = detection.look_again(photo, claimed, yunet)
        assert np.isclose(seen.scores[0], expected)
        assert np.array_equal(seen.boxes, box)
        assert np.allclose(seen.landmarks, points)


def test_several_images_in_one_run_are_kept_apart(yunet: YuNet) -> None:
    photo = photos.pixels(photos.astronaut())[:320, :320]
    empty = np.zeros_like(photo)
    alone = detection.suppress(yunet.run(photo[None], 0.6)[0])
    first, second, third = yunet.run(np.stack([empty, photo, photo[:, ::-1]]), 0.6)
    assert len(first) == 0
    assert np.allclose(detection.suppress(second).boxes, alone.boxes, atol=0.01)
    assert len(detection.suppress(third)) == 1


def boxes(*rows: tuple[float, float, float, float, float]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 5)
    order = np.argsort(-table[:, 4])
    table = table[order]
    return Detections(table[:, :4], np.zeros((len(table), 5, 2), np.float32), table[:, 4])


def test_suppression_keeps_the_best_of_each_face() -> None:
    kept = suppress(
        boxes(
            (0, 0, 100, 100, 0.7),
            (5, 5, 100, 100, 0.9),  # the same face, better
            (30, 30, 40, 40, 0.8),  # an eye inside it
            (80, 0, 100, 100, 0.6),  # a neighbour, cheek to cheek
            (300, 300, 50, 50, 0.5),
        )
    )
    assert kept.scores.tolist() == pytest.approx([0.9, 0.6, 0.5])
    assert len(suppress(boxes())) == 0


def test_suppression_is_not_transitive() -> None:
    # The middle one loses to the first; the last overlaps only the middle one, and stays.
    kept = suppress(boxes((0, 0, 100, 100, 0.9), (35, 0, 100, 100, 0.8), (70, 0, 100, 100, 0.7)))
    assert kept.scores.tolist() == pytest.approx([0.9, 0.7])


@photos.needs_shared
def test_group_photos_with_known_boxes(yunet: YuNet) -> None:
    import xml.etree.ElementTree as ElementTree

    folder = photos.SHARED / "boxes"
    wanted = found_again = extra = 0
    for listing in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(folder / listing).getroot().iter("image"):
            path = folder / str(image.get("file"))
            if not path.exists():
                continue
            found = detection.detect(photos.pixels(path), yunet)
            centre = found.boxes[:, :2] + found.boxes[:, 2:] / 2
            free = np.ones(len(found), bool)
            for box in image.iter("box"):
                low = np.array([float(box.get(k, 0)) for k in ("left", "top")])
                size = np.array([float(box.get(k, 0)) for k in ("width", "height")])
                inside = ((centre > low) & (centre < low + size)).all(1) & free
                wanted += 1
                if inside.any():
                    found_again += 1
                    free[np.flatnonzero(inside)[0]] = False
            extra += int(free.sum())
    assert wanted >= 40
    assert found_again == wanted
    assert extra <= 2


def test_scores_and_sizes_are_bounded(yunet: YuNet, analyzer: FaceAnalyzer) -> None:
    photo = photos.pixels(photos.six_people())
    tiny = cv2.resize(photo, (150, 104), interpolation=cv2.INTER_AREA)
    found = detection.detect(tiny, yunet)
    assert (found.boxes[:, 2:].max(1, initial=99) >= detection.MIN_FACE).all()
    assert ((found.scores > 0) & (found.scores <= 1)).all()
