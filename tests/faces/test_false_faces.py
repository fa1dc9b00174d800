"""What is hardly visible must look like a face to be one; upside-down photos are turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facesorter.faces import analyzer as analysis
from facesorter.faces import detection, quality
from facesorter.faces.analyzer import StandardAnalyzer
from facesorter.images import decode
from tests import photos

READ_AS_UPRIGHT = ("Tori_Amos", "Maria_Guida", "Odai_Hussein")
"""People whose portraits look like upright faces upside down, with a chin for a forehead."""


@pytest.mark.parametrize(
    ("rated", "looks", "kept"), [(0.1, 0.75, False), (0.1, 0.88, True), (0.4, 0.75, True)]
)
def test_a_poor_face_that_hardly_looks_like_one_is_none(
    monkeypatch: pytest.MonkeyPatch,
    analyzer: StandardAnalyzer,
    rated: float,
    looks: float,
    kept: bool,
) -> None:
    def seen(
        pixels: np.ndarray, found: detection.Detections, detector: detection.Detector
    ) -> np.ndarray:
        return np.full(len(found), looks, np.float32)

    monkeypatch.setattr(quality, "measure", lambda found, *_: np.full(len(found), rated))
    monkeypatch.setattr(analysis, "least_look", seen)
    assert len(analyzer.analyse(photos.pixels(photos.astronaut()))) == kept


@pytest.mark.parametrize("unseen", [side for side, _ in detection.LOOKS])
def test_a_face_that_one_look_does_not_see_does_not_look_like_one(
    monkeypatch: pytest.MonkeyPatch, analyzer: StandardAnalyzer, unseen: int
) -> None:
    pixels = photos.pixels(photos.astronaut())
    found = detection.detect(pixels, analyzer.detector)
    assert detection.least_look(pixels, found, analyzer.detector).min() > 0.9

    class Blind:
        """Sees nothing in crops of one size."""

        thresholds = analyzer.detector.thresholds
        provider = analyzer.detector.provider

        def run(self, images: np.ndarray, min_score: float) -> list[detection.Detections]:
            if images.shape[1] == unseen:
                return [detection.NOTHING] * len(images)
            return analyzer.detector.run(images, min_score)

    assert detection.least_look(pixels, found, Blind()).max() == 0


def test_photos_without_people_have_no_faces(
    shared_photos: Path, analyzer: StandardAnalyzer
) -> None:
    for name in ("prairie_falcon", "notocactus_minimus", "wood_anemones"):
        path = shared_photos / f"formats/albums__nature__{name}.jpg"
        pixels = decode.load_upright(decode.read_bytes(path), long_side=1280).pixels
        assert not analyzer.analyse(pixels), name


@pytest.mark.parametrize("person", READ_AS_UPRIGHT)
@pytest.mark.parametrize("turns", [2, 3])
def test_a_portrait_that_passes_for_upright_is_turned(
    shared_photos: Path, analyzer: StandardAnalyzer, person: str, turns: int
) -> None:
    path = shared_photos / f"labelled/{person}/{person}_0001.jpg"
    pixels = decode.load_upright(decode.read_bytes(path), long_side=None).pixels
    upright = analyzer.analyse(pixels)[0]
    turned = np.ascontiguousarray(np.rot90(pixels, turns))
    nearest = max(float(face.embedding @ upright.embedding) for face in analyzer.analyse(turned))
    assert nearest > 0.9
