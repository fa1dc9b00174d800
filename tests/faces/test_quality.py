import cv2
import numpy as np
import pytest

from facesorter.faces.analyzer import FaceAnalyzer
from facesorter.faces.detection import Detections
from facesorter.faces.quality import CURVE, measure
from tests import photos
from tests.benchmarks.quality import reliability

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def grade(side: float = 120, nose: float = 50, score: float = 0.93, norm: float = 12.0) -> float:
    points = FRONTAL.copy()
    points[2, 0] = nose
    found = Detections(
        np.array([[0, 0, side * 0.8, side]], np.float32),
        points[None],
        np.array([score], np.float32),
    )
    crop = np.random.default_rng(0).integers(0, 256, (1, 112, 112, 3), np.uint8)
    return float(measure(found, crop, np.array([norm], np.float32), (6.0, 10.3))[0])


def test_every_fault_lowers_quality() -> None:
    good = grade()
    assert 0.8 < good <= 1
    for worse, worst in [
        (grade(side=35), grade(side=18)),
        (grade(nose=68), grade(nose=84)),
        (grade(score=0.8), grade(score=0.6)),
        (grade(norm=9), grade(norm=6.5)),
    ]:
        assert good > worse > worst > 0
        assert worst < 0.65
    assert grade(side=400) > grade(side=100) > 0.75  # a better cover, both good


def test_no_faces_no_grades() -> None:
    none = Detections(
        np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
    )
    crops = np.empty((0, 112, 112, 3), np.uint8)
    assert measure(none, crops, np.empty(0, np.float32), None).shape == (0,)


def test_blur_and_smallness_of_a_real_photo(analyzer: FaceAnalyzer) -> None:
    photo = photos.pixels(photos.astronaut())

    def quality(pixels: np.ndarray) -> float:
        (face,) = analyzer.analyse(pixels)
        return face.quality

    clear = quality(photo)
    smeared = quality(cv2.GaussianBlur(photo, (0, 0), 3.5))
    small = quality(cv2.resize(photo, (128, 128), interpolation=cv2.INTER_AREA))
    assert clear > 0.75
    assert smeared < 0.6 * clear
    assert small < 0.7 * clear


@pytest.mark.parametrize("light", [0.25, 1.3])
def test_light_matters_little(analyzer: FaceAnalyzer, light: float) -> None:
    photo = photos.pixels(photos.astronaut())
    (plain,) = analyzer.analyse(photo)
    (lit,) = analyzer.analyse(np.clip(photo * light, 0, 255).astype(np.uint8))
    assert lit.quality > 0.7 * plain.quality


def test_a_better_face_never_has_less_quality() -> None:
    products, shares = zip(*CURVE, strict=True)
    assert list(products) == sorted(set(products)) and list(shares) == sorted(set(shares))
    assert (products[0], products[-1]) == (0, 1) and shares[0] > 0 and shares[-1] < 1


@photos.needs_shared
@pytest.mark.slow
def test_quality_is_the_chance_to_be_recognised() -> None:
    """Among people that the curve was not fitted to."""
    (*_, lines) = reliability(photos.SHARED, 60, 2).values()
    faces = sum(line["faces"] for line in lines)
    off = sum(abs(x["promised"] - x["recognised"]) * x["faces"] for x in lines) / faces
    assert faces > 100
    assert off < 0.05
    poor = [line for line in lines if line["from"] < 0.2]
    good = [line for line in lines if line["from"] >= 0.9]
    assert all(line["recognised"] < 0.35 for line in poor)
    assert all(line["recognised"] > 0.85 for line in good)
