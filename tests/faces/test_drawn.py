import numpy as np
import pytest

from facesorter.domain import Region
from facesorter.faces.analyzer import FaceAnalyzer, KnownFaces, analyse_photo
from tests import photos


def moved(region: Region, shift: float, grow: float) -> Region:
    """As somebody might have drawn it: off by a share of its size, and larger or smaller."""
    w, h = region.w * grow, region.h * grow
    x = region.x + region.w / 2 + shift * region.w - w / 2
    y = region.y + region.h / 2 - shift * region.h - h / 2
    return Region(x, y, w, h)


@pytest.mark.parametrize(("shift", "grow"), [(0, 1), (0.12, 1.3), (-0.1, 0.8), (0.05, 1.7)])
def test_drawn_faces_are_aligned_like_found_ones(
    analyzer: FaceAnalyzer, shift: float, grow: float
) -> None:
    pixels = photos.pixels(photos.six_people())
    found = analyzer.analyse(pixels)
    regions = [moved(face.region, shift, grow) for face in found]
    drawn = analyzer.analyse_regions(pixels, regions)
    alike = [float(a.embedding @ b.embedding) for a, b in zip(found, drawn, strict=True)]
    # One of the six is half turned away: .95 is what the place of the closer look makes of it.
    assert min(alike) > 0.92 and np.mean(alike) > 0.96
    for face, mine, region in zip(found, drawn, regions, strict=True):
        assert mine.region.overlap(region) > 0.95  # cut to the photo at most
        assert mine.detection_score > 0.6
        off = np.abs(mine.landmarks - face.landmarks).max() / max(face.region.w, face.region.h)
        assert off < 0.05


def test_a_face_lying_down_is_seen(analyzer: FaceAnalyzer) -> None:
    pixels = np.ascontiguousarray(np.rot90(photos.pixels(photos.astronaut())))
    (found,) = analyzer.analyse(pixels)
    (drawn,) = analyzer.analyse_regions(pixels, [moved(found.region, 0.05, 1.2)])
    assert float(drawn.embedding @ found.embedding) > 0.96


def test_where_nothing_is_seen_the_region_is_kept(analyzer: FaceAnalyzer) -> None:
    pixels = np.full((300, 400, 3), 120, np.uint8)
    region = Region(0.25, 0.2, 0.3, 0.5)
    (drawn,) = analyzer.analyse_regions(pixels, [region])
    assert drawn.detection_score == 0 and drawn.quality < 0.05
    assert np.allclose(drawn.landmarks.mean(0), [0.4, 0.492], atol=0.01)
    assert np.isclose(np.linalg.norm(drawn.embedding), 1, atol=1e-5)
    assert drawn.region.overlap(region) > 0.999
    assert analyzer.analyse_regions(pixels, []) == []


def test_faces_that_a_person_spoke_of_are_described_though_not_found(
    analyzer: FaceAnalyzer,
) -> None:
    path = photos.six_people()
    plain = analyse_photo(path, analyzer)
    wall = Region(0.4, 0.02, 0.05, 0.08)
    known = KnownFaces(plain.content_hash, [plain.faces[2].region, wall])
    again = analyse_photo(path, analyzer, known=known)
    assert len(again.faces) == len(plain.faces) + 1
    assert again.faces[-1].region.overlap(wall) > 0.99
    # In another file, something else may be there.
    other = analyse_photo(path, analyzer, known=KnownFaces("of another file", [wall]))
    assert len(other.faces) == len(plain.faces)
