import numpy as np
import pytest

from facesorter.faces import calibration, verification
from facesorter.faces.calibration import Calibration


@pytest.mark.parametrize("known", [calibration.OPENCV_ZOO, Calibration()])
def test_shares_and_cosines_are_each_others_inverse(known: Calibration) -> None:
    shares = [0.3, 1e-2, 1e-3, 1e-4, 1e-5]
    cosines = [known.similarity(share) for share in shares]
    assert cosines == sorted(cosines)
    for share, cosine in zip(shares, cosines, strict=True):
        assert known.false_accepts(cosine) == pytest.approx(share, rel=0.02)
    assert known.false_accepts(0.99) <= 2e-6
    assert [known.verdict(c) for c in (0.9, cosines[2], 0.0)] == ["same", "unsure", "different"]


def test_packs_that_were_never_measured_get_the_usual() -> None:
    assert calibration.of_pack("buffalo_l") == Calibration()
    assert calibration.of_pack("small", 128) is calibration.OPENCV_ZOO
    assert calibration.of_pack("opencv-zoo") is calibration.OPENCV_ZOO


def made(people: int, each: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    own = rng.normal(size=(people, 1, 64))
    rows = (own + noise * rng.normal(size=(people, each, 64))).reshape(-1, 64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(people), each)


def test_pairs_are_counted_as_by_hand() -> None:
    vectors, people = made(700, 2, 0.8)  # more than one block
    pairs = verification.compare(vectors, people, missed=7)
    similar = vectors @ vectors.T
    upper = np.triu_indices(len(people), 1)
    same = (people[:, None] == people)[upper]
    assert pairs.same.sum() == same.sum() + 7
    assert pairs.other.sum() == (~same).sum()
    others = np.sort(similar[upper][~same])[::-1]
    for far in (1e-2, 1e-3, 1e-4):
        limit = others[int(len(others) * far)]
        by_hand = (similar[upper][same] > limit).sum() / (same.sum() + 7)
        assert pairs.true_accepts(far) == pytest.approx(by_hand, abs=2e-3)
    assert pairs.accuracy is not None and pairs.accuracy > 0.98


def test_without_pairs_there_is_no_figure() -> None:
    vectors, people = made(5, 1, 0.1)
    pairs = verification.compare(vectors, people)
    assert pairs.accuracy is None and pairs.true_accepts(1e-2) is None
    assert verification.identify(vectors, people, [0.1]) == [None]


def test_identification_of_the_known_among_strangers() -> None:
    vectors, people = made(60, 3, 0.3)
    strangers, _ = made(200, 1, 0.3)
    rng = np.random.default_rng(9)
    strangers = rng.permuted(strangers, axis=1)
    everybody = np.concatenate([vectors, strangers])
    labels = np.concatenate([people, 1000 + np.arange(200)])
    assert verification.identify(everybody, labels, [0.05, 0.2]) == [1.0, 1.0]
    mixed = labels.copy()
    mixed[:180] = np.random.default_rng(1).permutation(people)
    (rate,) = verification.identify(everybody, mixed, [0.2])
    assert rate is not None and rate < 0.2


@pytest.mark.parametrize("count", [2_000, 200_000])
def test_a_pack_is_calibrated_by_strangers(count: int) -> None:
    """Another scale is found, and what is too rare to be seen is foretold from what is."""
    true = Calibration(mean=0.2, deviation=0.1)
    strangers = np.random.default_rng(0).normal(0.2, 0.1, count).astype(np.float32)
    found = calibration.fitted(strangers, Calibration())
    for share in (0.3, 1e-2, 1e-3, 1e-4, 1e-5):
        assert found.similarity(share) == pytest.approx(true.similarity(share), abs=0.03)
        # Taken as it is, the usual calibration would accept ten times as many strangers.
        assert true.false_accepts(Calibration().similarity(share)) > 10 * share or share == 0.3


def test_a_few_strangers_say_nothing() -> None:
    few = np.linspace(0.5, 0.9, 900, dtype=np.float32)
    assert calibration.fitted(few, calibration.OPENCV_ZOO) is calibration.OPENCV_ZOO
