import numpy as np
import pytest
from numpy.typing import NDArray

from facesorter import paths
from facesorter.faces import norms
from facesorter.faces.analyzer import FaceAnalyzer, StandardAnalyzer
from facesorter.faces.embedding import unit_length, with_mirror
from facesorter.images import decode


class Columns:
    """Embeds a crop as the means of its four quarters; brighter ones come out longer."""

    usual_norms = None
    unsure_below = None
    provider = "none"

    def __init__(self) -> None:
        self.looked_at = 0

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.looked_at += len(crops)
        rows = crops.reshape(len(crops), 112, 4, 28, 3).mean((1, 3, 4)).astype(np.float32)
        return unit_length(rows)


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    """Two dark crops and a bright one, each brighter to one side."""
    ramp = np.linspace(10, 60, 112, dtype=np.uint8)[None, :, None]
    dark = np.broadcast_to(ramp, (112, 112, 3))
    return np.stack([dark, dark + np.uint8(150), dark[:, ::-1]])


def test_only_short_embeddings_are_looked_at_twice(crops: NDArray[np.uint8]) -> None:
    model = Columns()
    plain, norms = model.embed(crops)
    model.looked_at = 0
    found, lengths = with_mirror(model, crops, 150.0)
    assert model.looked_at == 5
    assert np.allclose(lengths, norms)
    assert np.array_equal(found[1], plain[1])
    # A face and its mirror image are one where both sides were looked at.
    assert np.allclose(found[0], found[2], atol=1e-6)
    assert float(plain[0] @ plain[2]) < 0.9
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(("below", "looks"), [(0.0, 3), (np.inf, 6)])
def test_none_and_all(crops: NDArray[np.uint8], below: float, looks: int) -> None:
    model = Columns()
    found, _ = with_mirror(model, crops, below)
    assert model.looked_at == looks
    plain, _ = model.embed(crops)
    assert np.array_equal(found, plain) == (below == 0)


def test_no_faces() -> None:
    found, norms = with_mirror(Columns(), np.empty((0, 112, 112, 3), np.uint8), np.inf)
    assert (found.shape, norms.shape) == ((0, 4), (0,))


def test_lengths_measured_on_one_portrait_are_those_of_many(analyzer: FaceAnalyzer) -> None:
    assert isinstance(analyzer, StandardAnalyzer)
    known = analyzer.recogniser
    assert known.usual_norms is not None and known.unsure_below is not None
    measured = norms.measure(known)
    assert measured is not None
    assert measured == pytest.approx((*known.usual_norms, known.unsure_below), rel=0.06)
    # The portrait's landmarks are written down; they are where the detector sees them.
    data = (paths.resources() / "sample" / "astronaut.jpg").read_bytes()
    (face,) = analyzer.analyse(decode.load_upright(data, long_side=None).pixels)
    assert np.abs(face.landmarks * 512 - norms.LANDMARKS).max() < 1.5


def test_lengths_that_tell_nothing_are_not_used() -> None:
    assert norms.measure(Columns()) is None
