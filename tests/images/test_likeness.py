"""Edited copies are the same picture, and other photos are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from facesorter.images import fingerprint
from facesorter.images.likeness import SAME, likeness, prepare
from tests import photos

Pixels = np.ndarray


@pytest.fixture(scope="module")
def original() -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.imread(str(photos.astronaut())), cv2.COLOR_BGR2RGB))


def saved_again(pixels: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


EDITS = {
    "small": lambda pixels: cv2.resize(pixels, (130, 130), interpolation=cv2.INTER_AREA),
    "saved again": saved_again,
    "darker": lambda pixels: (pixels * 0.8).astype(np.uint8),
    "lighter": lambda pixels: np.clip(pixels * 1.2, 0, 255).astype(np.uint8),
    "cropped": lambda pixels: pixels[13:-13, 13:-13],
    "cropped on two sides": lambda pixels: pixels[25:, :-25],
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_the_same_picture(original: Pixels, edit: str) -> None:
    copy = np.ascontiguousarray(EDITS[edit](original))
    prints = fingerprint.as_rows([fingerprint.make(original), fingerprint.make(copy)])
    assert fingerprint.candidates(prints[:1], prints[1:]) == [(0, 1)]
    assert fingerprint.candidates(prints[:0], prints) == [(0, 1)]
    assert likeness(prepare(original), prepare(copy)) >= SAME
    assert likeness(prepare(copy), prepare(original)) >= SAME


def test_a_scene_in_which_somebody_moved_is_another_picture(original: Pixels) -> None:
    moved = original.copy()
    # The head nods: everything but a third of the picture stays.
    moved[40:200, 150:330] = original[48:208, 156:336]
    assert likeness(prepare(original), prepare(moved)) < SAME


def test_plain_pictures_are_no_candidates() -> None:
    plain = [np.full((80, 80, 3), grey, np.uint8) for grey in (10, 10, 128, 250)]
    prints = fingerprint.as_rows([fingerprint.make(each) for each in plain])
    assert fingerprint.candidates(prints[:0], prints) == []
    assert likeness(prepare(plain[0]), prepare(plain[1])) < SAME


def test_known_photos_are_not_compared_again(original: Pixels) -> None:
    same = fingerprint.as_rows([fingerprint.make(original)] * 3)
    assert fingerprint.candidates(same[:2], same[2:]) == [(0, 2), (1, 2)]
    assert fingerprint.candidates(same, same[:0]) == []


def test_photos_alike_in_hundreds_have_few_candidates_each() -> None:
    rng = np.random.default_rng(0)
    scene = rng.integers(60, 190, size=(6, 6, 3), dtype=np.uint8)
    page = cv2.resize(scene, (96, 96), interpolation=cv2.INTER_CUBIC)
    several = [
        np.clip(page + rng.normal(scale=4, size=page.shape), 0, 255).astype(np.uint8)
        for _ in range(200)
    ]
    prints = fingerprint.as_rows([fingerprint.make(each) for each in several])
    found = fingerprint.candidates(prints[:0], prints)
    assert len(several) <= len(found) <= len(several) * fingerprint.NEAREST
    assert {index for pair in found for index in pair} == set(range(len(several)))


def test_few_new_photos_find_all_that_keys_find(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (400, 6, 6)).astype(np.uint8)
    known = np.stack([cv2.resize(each, (24, 24), interpolation=cv2.INTER_CUBIC) for each in coarse])
    known = known.reshape(-1, fingerprint.BYTES)
    new = np.clip(known[:40].astype(np.int16) + 3, 0, 255).astype(np.uint8)
    measured = set(fingerprint.candidates(known, new))
    assert measured >= {(row, 400 + row) for row in range(40)}
    monkeypatch.setattr(fingerprint, "FEW", 0)
    assert set(fingerprint.candidates(known, new)) <= measured
