"""Typical lengths of embeddings before normalizing, for packs that were never measured.

A crop without a face gives a short embedding, a clear face a long one, on a scale that differs from
pack to pack. One bundled public-domain portrait shows both ends: its aligned face, varied slightly
in several ways, and parts of the picture without a face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from facesorter import paths
from facesorter.faces import alignment
from facesorter.images import decode

if TYPE_CHECKING:
    from facesorter.faces.embedding import Recogniser

LANDMARKS = np.array(
    [[201.5, 103.4], [244.8, 105.2], [219.7, 126.9], [200.9, 142.0], [239.3, 144.3]], np.float32
)
"""Landmarks of the face in the sample picture, in its pixels: eyes, nose, mouth corners."""

USELESS = 1.5
"""Factor on the length of an empty crop for that of a useless one, as blurred and turned faces lie
in between; reproduces SFace's 6.0."""

GOOD = 0.85
"""Share of the clear face's length that a good crop reaches; reproduces SFace's 10.3, which 95 in
100 portraits reach."""

UNSURE = 1.07
"""The same for faces whose mirror images are embedded; reproduces SFace's 13.0."""

APART = 1.3
"""Least ratio of a good crop's length to an empty one's for lengths to be informative."""


def measure(recogniser: Recogniser) -> tuple[float, float, float] | None:
    """Measure the lengths of a useless crop, a good crop, and below which a mirror image pays.

    Thread: any; blocks for about 20 embeddings. None if lengths are not informative.
    """
    faces, empty = _samples()
    clear = float(np.median(recogniser.embed(faces)[1]))
    useless = USELESS * float(np.median(recogniser.embed(empty)[1]))
    if GOOD * clear < APART * useless:
        return None
    return useless, GOOD * clear, UNSURE * clear


def _samples() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return varied crops of the face, and crops without a face; (N, 112, 112, 3) uint8."""
    data = (paths.resources() / "sample" / "astronaut.jpg").read_bytes()
    pixels = decode.load_upright(data, long_side=None).pixels
    (face,) = alignment.align(pixels, LANDMARKS[None])
    centre = alignment.CROP / 2
    faces = [face, face[:, ::-1], cv2.convertScaleAbs(face, alpha=0.7)]
    for degrees, scale in ((-6, 1.0), (6, 1.0), (0, 0.96), (0, 1.04)):
        turned = cv2.getRotationMatrix2D((centre, centre), degrees, scale)
        faces.append(cv2.warpAffine(face, turned, (112, 112), borderMode=cv2.BORDER_REPLICATE))
    side = 2 * alignment.CROP
    empty = [
        cv2.resize(pixels[y : y + side, x : x + side], (112, 112), interpolation=cv2.INTER_AREA)
        for x, y in ((0, 0), (288, 0), (0, 288), (144, 288), (288, 288))
    ]
    return np.stack([np.asarray(crop, np.uint8) for crop in faces]), np.stack(
        [np.asarray(crop, np.uint8) for crop in empty]
    )
