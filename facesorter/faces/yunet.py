"""YuNet, the bundled detector, and the decoding of its outputs.

YuNet: Wu, Peng, Yu, "YuNet: A tiny millisecond-level face detector", 2023; weights from OpenCV's
model zoo, MIT. Decoding follows the paper and OpenCV's documentation of the model's outputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facesorter.faces.detection import Detections, Thresholds, join

if TYPE_CHECKING:
    from facesorter.faces.runtime import LazySession

STRIDES = (8, 16, 32)
"""Pixels between neighboring anchors on the network's three grids."""


class YuNet:
    """The bundled detector. Thread: any."""

    # Judged by eye on 175 photos, nine of them with 43 known boxes. keep: every known face stays,
    # while the second look detects nearly none of the false ones (watches, hands, blurred crowds).
    # unseen: the first false ones appear at 0.79. certain: 99 in 100 upright portraits reach it,
    # and an upside-down photo still gives up to 0.86, with wrong landmarks.
    # upright: false upright faces of upside-down portraits look up to 0.90 (`_turn_by_looks`).
    # weak and small: [Note: closer search].
    thresholds = Thresholds(
        candidate=0.5, keep=0.62, unseen=0.8, certain=0.88, upright=0.91, weak=0.3, small=0.84
    )

    def __init__(self, session: LazySession) -> None:
        self._session = session

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        return self._session.provider

    def run(self, images: NDArray[np.uint8], min_score: float) -> list[Detections]:
        """See `Detector.run`."""
        count, height, width = images.shape[:3]
        high, wide = -(-height // 32) * 32, -(-width // 32) * 32
        feed = np.zeros((count, 3, high, wide), np.float32)
        # From RGB to BGR, which YuNet was trained on.
        feed[:, :, :height, :width] = images[..., ::-1].transpose(0, 3, 1, 2)
        outputs = self._session.run({"input": feed})
        parts: list[list[Detections]] = [[] for _ in range(count)]
        for stride in STRIDES:
            rows, columns = high // stride, wide // stride
            # The anchors of several images are concatenated along one axis.
            shape = (count, rows * columns)
            objectness = outputs[f"obj_{stride}"].reshape(shape)
            face = outputs[f"cls_{stride}"].reshape(shape)
            score = np.sqrt(np.clip(objectness, 0, 1) * np.clip(face, 0, 1))
            image, anchor = np.nonzero(score >= min_score)
            if not len(image):
                continue
            box = outputs[f"bbox_{stride}"].reshape(*shape, 4)[image, anchor]
            points = outputs[f"kps_{stride}"].reshape(*shape, 5, 2)[image, anchor]
            cell = np.column_stack([anchor % columns, anchor // columns]).astype(np.float32)
            centre = (cell + box[:, :2]) * stride
            size = np.exp(box[:, 2:]) * stride
            boxes = np.concatenate([centre - size / 2, size], 1)
            landmarks = (points + cell[:, None]) * stride
            found = Detections(boxes, landmarks, score[image, anchor])
            for index in np.unique(image):
                parts[index].append(found.take(image == index))
        return [join(found) for found in parts]
