import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facesorter.faces import alignment
from facesorter.faces.alignment import TEMPLATE, apply, invert, sample, similarity


@given(st.floats(0.05, 20), st.floats(-np.pi, np.pi), st.floats(-500, 500), st.floats(-500, 500))
def test_similarity_finds_the_transform(scale: float, angle: float, x: float, y: float) -> None:
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = TEMPLATE @ linear.T + (x, y)
    (found,) = similarity(TEMPLATE[None], moved[None].astype(np.float32))
    assert np.allclose(found[:, :2], linear, atol=1e-3 * scale)
    assert np.allclose(found[:, 2], (x, y), atol=0.1)
    assert np.allclose(apply(invert(found), apply(found, TEMPLATE)), TEMPLATE, atol=1e-2)


def test_similarity_is_the_best_in_the_mean_square() -> None:
    rng = np.random.default_rng(3)
    points = (TEMPLATE * 3 + rng.normal(0, 6, TEMPLATE.shape)).astype(np.float32)
    (best,) = similarity(points[None], TEMPLATE)

    def error(matrix: np.ndarray) -> float:
        return float(((apply(matrix, points) - TEMPLATE) ** 2).sum())

    for _ in range(200):
        other = best.copy()
        turn, grow = rng.normal(0, 0.02), 1 + rng.normal(0, 0.02)
        spin = grow * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        other[:, :2] = spin @ other[:, :2]
        other[:, 2] += rng.normal(0, 0.3, 2)
        assert error(other) >= error(best)


def test_no_reflection_is_ever_used() -> None:
    mirrored = TEMPLATE * (-1, 1)
    (found,) = similarity(mirrored[None].astype(np.float32), TEMPLATE)
    assert np.linalg.det(found[:, :2]) > 0


def test_sampling_puts_points_where_the_matrix_says() -> None:
    photo = np.zeros((400, 600, 3), np.uint8)
    photo[196:205, 296:305] = 255  # a dot around (300.5, 200.5)
    for scale in (0.1, 0.25, 0.5, 1.0, 2.0, 3.7):
        matrix = np.array([[scale, 0, 56 - 300.5 * scale], [0, scale, 56 - 200.5 * scale]])
        crop = sample(photo, matrix, 112)[..., 0].astype(float)
        ys, xs = np.mgrid[:112, :112] + 0.5
        assert abs((crop * xs).sum() / crop.sum() - 56) < 0.25, scale
        assert abs((crop * ys).sum() / crop.sum() - 56) < 0.25, scale


def test_shrinking_does_not_alias() -> None:
    # A fine checkerboard is grey from afar; picking single pixels would make patterns of it.
    ys, xs = np.mgrid[:800, :800]
    board = np.repeat((((xs + ys) % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    angle = 0.3
    linear = 0.13 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, (56, 56) - linear @ (400, 400)])
    crop = sample(board, matrix, 112)[30:80, 30:80]
    assert crop.std() < 6
    assert abs(crop.mean() - 127) < 4


def test_outside_is_black() -> None:
    photo = np.full((50, 50, 3), 200, np.uint8)
    away = np.array([[1.0, 0, 500], [0, 1.0, 500]])
    assert (sample(photo, away, 64) == 0).all()
    half = sample(photo, np.array([[1.0, 0, 32], [0, 1.0, 0]]), 64)
    assert (half[10:40, :30] == 0).all() and (half[10:40, 34:60] == 200).all()


def test_align_of_nothing() -> None:
    none = alignment.align(np.zeros((9, 9, 3), np.uint8), np.empty((0, 5, 2), np.float32))
    assert none.shape == (0, 112, 112, 3)
