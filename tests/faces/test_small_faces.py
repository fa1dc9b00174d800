"""Small faces of large photos, and long photos."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from facesorter.cancel import Cancelled, CancelToken
from facesorter.faces import analyzer as analysis
from facesorter.faces import small_faces, tiles
from facesorter.faces.analyzer import Options, StandardAnalyzer, analyse_photo, search_photo
from facesorter.faces.detection import NOTHING, Detections
from facesorter.files import content_hash
from tests import photos

FACE = 0.11
"""Height of the six faces, as a share of the photo's width."""


def frame(width: int, height: int, *places: tuple[int, int], face: int = 32) -> NDArray[np.uint8]:
    """A landscape without detail in which groups of six people stand, each face that high."""
    rows = np.linspace(200, 90, height, dtype=np.uint8)[:, None, None]
    picture = np.broadcast_to(rows, (height, width, 3)).copy()
    six = photos.pixels(photos.six_people())
    scale = face / (FACE * six.shape[1])
    six = np.asarray(cv2.resize(six, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    for x, y in places:
        picture[y : y + six.shape[0], x : x + six.shape[1]] = six
    return picture


def saved(folder: Path, pixels: NDArray[np.uint8], orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=92, exif=exif)
    return path


def closer(path: Path, analyzer: StandardAnalyzer) -> tuple[int, int, set[tuple[int, int]]]:
    """How many faces the usual search finds, how many the closer adds, and where all are."""
    usual = analyse_photo(path, analyzer)
    assert not usual.searched
    known = [face.region for face in usual.faces]
    more = search_photo(path, analyzer, known, digest=usual.content_hash).faces
    places = {
        (round(face.region.x * usual.width), round(face.region.y * usual.height))
        for face in (*usual.faces, *more)
    }
    return len(known), len(more), places


def test_a_small_group_in_a_large_photo(tmp_path: Path, analyzer: StandardAnalyzer) -> None:
    path = saved(tmp_path, frame(4000, 3000, (3000, 2500)))
    usual, more, places = closer(path, analyzer)
    assert usual < 6
    assert usual + more == 6
    assert all(3000 <= x < 3400 and 2500 <= y < 2800 for x, y in places)


def test_nothing_known_is_found_again(tmp_path: Path, analyzer: StandardAnalyzer) -> None:
    path = saved(tmp_path, frame(2400, 1800, (900, 700)))
    digest = content_hash(path)
    found = search_photo(path, analyzer, [], digest=digest).faces
    assert len(found) == 6
    assert all(np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-4) for face in found)
    assert not search_photo(path, analyzer, [f.region for f in found], digest=digest).faces


def test_another_file_is_not_searched(tmp_path: Path, analyzer: StandardAnalyzer) -> None:
    path = saved(tmp_path, frame(1600, 1200, (600, 500)))
    found = search_photo(path, analyzer, [], digest="another")
    assert (found.content_hash, found.faces) == (content_hash(path), ())


@pytest.mark.parametrize("orientation", [1, 6])
def test_parts_join_without_seams(
    tmp_path: Path,
    analyzer: StandardAnalyzer,
    monkeypatch: pytest.MonkeyPatch,
    orientation: int,
) -> None:
    """A face on the border of two parts is found once, wherever the border is."""
    pixels = frame(1700, 1500, (400, 350), (1000, 900))
    stored = pixels if orientation == 1 else np.ascontiguousarray(np.rot90(pixels))
    path = saved(tmp_path, stored, orientation)
    digest = content_hash(path)
    whole = search_photo(path, analyzer, [], digest=digest).faces
    assert len(whole) == 12
    monkeypatch.setattr(analysis, "BLOCK", 640)
    monkeypatch.setattr(analysis, "BLOCK_OVERLAP", 160)
    monkeypatch.setattr("facesorter.images.decode.LARGE", 1000)
    parts = search_photo(path, analyzer, [], digest=digest).faces
    assert len(parts) == 12
    for face in parts:
        assert max(face.region.overlap(other.region) for other in whole) > 0.7
        here = min(whole, key=lambda other: -face.region.overlap(other.region))
        assert float(face.embedding @ here.embedding) > 0.9
        assert np.abs(face.landmarks - here.landmarks).max() < 0.003


def test_a_panorama_is_searched_in_pieces_at_once(
    tmp_path: Path, analyzer: StandardAnalyzer
) -> None:
    path = saved(tmp_path, frame(9000, 900, (600, 300), (7300, 420), face=60))
    assert len(analyse_photo(path, analyzer).faces) == 12


def test_a_crowd_is_searched_at_once(tmp_path: Path, analyzer: StandardAnalyzer) -> None:
    """Faces of 70 pixels tell that there may be others of 30."""
    pixels = frame(3000, 2250, (300, 300), face=70)
    pixels[1500:] = frame(3000, 750, (2000, 200), face=30)
    usual = analyse_photo(saved(tmp_path, pixels), analyzer)
    assert len(usual.faces) == 12


def test_the_smallest_face_is_in_pixels_of_the_photo(
    tmp_path: Path, analyzer: StandardAnalyzer
) -> None:
    pixels = frame(3000, 2250, (300, 300), face=44)
    path = saved(tmp_path, pixels)
    sizes = [
        max(face.region.w * 3000, face.region.h * 2250)
        for face in search_photo(path, analyzer, [], digest=content_hash(path)).faces
    ]
    assert len(sizes) == 6
    limit = float(np.median(sizes))
    options = Options(smallest=limit)
    picky = StandardAnalyzer(
        name=analyzer.name,
        dimension=analyzer.dimension,
        sha256=analyzer.sha256,
        detector=analyzer.detector,
        recogniser=analyzer.recogniser,
        options=options,
    )
    found = search_photo(path, picky, [], digest=content_hash(path)).faces
    assert len(found) == sum(size >= limit for size in sizes)


def test_what_the_usual_search_covers() -> None:
    assert small_faces.covered(1280)
    assert not small_faces.covered(1600)
    # Who wants no faces under 100 pixels needs no closer search of a 12-megapixel photo.
    assert small_faces.covered(4000, 100)
    assert not small_faces.covered(16000, 100)


def test_a_search_can_be_cancelled(analyzer: StandardAnalyzer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        analyzer.search(frame(1500, 1500, (300, 300)), [], 1500, token)


class Counting:
    """A detector that finds nothing and counts pixels."""

    def __init__(self, detector: object) -> None:
        self.thresholds = detector.thresholds  # type: ignore[attr-defined]
        self.provider = "none"
        self.pixels = 0

    def run(self, images: NDArray[np.uint8], min_score: float) -> list[Detections]:
        self.pixels += images.shape[0] * images.shape[1] * images.shape[2]
        return [NOTHING] * len(images)


def test_skies_cost_nothing(analyzer: StandardAnalyzer) -> None:
    counting = Counting(analyzer.detector)
    none = np.empty((0, 4), np.float32)
    small_faces.search(frame(4000, 3000), counting, none)
    assert counting.pixels == 0
    small_faces.search(frame(4000, 3000, (3000, 2500)), counting, none)
    assert counting.pixels < 4000 * 3000 / 10


@pytest.mark.parametrize("width", [1, 640, 1279, 1280, 1281, 5000])
@pytest.mark.parametrize("height", [700, 2500])
def test_tiles_cover_every_small_square(width: int, height: int) -> None:
    found = list(tiles.cover(width, height, (1280, 1280), 128))
    for left, top, wide, high in found:
        assert left >= 0 and top >= 0 and left + wide <= width and top + high <= height
        assert (wide, high) == (min(width, 1280), min(height, 1280))
    rng = np.random.default_rng(1)
    for _ in range(200):
        side = min(128, width, height)
        x, y = (int(rng.integers(0, length - side + 1)) for length in (width, height))
        assert any(
            left <= x and top <= y and x + side <= left + wide and y + side <= top + high
            for left, top, wide, high in found
        )
