"""How long a recogniser's embeddings are before normalising, for packs that were never measured.

A crop without a face in it gives a short embedding, a clear face a long one, but on a scale that
differs from pack to pack. One public-domain portrait that comes with the program shows both ends:
its aligned face, changed a little in several ways, and places of the picture where no face is.
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
"""Of the face in the sample picture, in its pixels: eyes, nose, mouth corners."""

USELESS = 1.5
"""Times the length of an empty crop that a crop of no use reaches: SFace's 6.0, since smeared and
turned faces lie between."""

GOOD = 0.85
"""Share of the clear face's length that a good crop reaches: with it, SFace's 10.3 is met, which 95
in 100 portraits reach."""

UNSURE = 1.07
"""The same for faces whose mirror images are looked at: SFace's 13.0."""

APART = 1.3
"""By how much a good crop must be longer than an empty one for lengths to tell anything."""


def measure(recogniser: Recogniser) -> tuple[float, float, float] | None:
    """Lengths of a useless crop, of a good one, and below which a mirror image pays.

    Thread: any; blocks for some 20 embeddings. None where lengths tell nothing.
    """
    faces, empty = _samples()
    clear = float(np.median(recogniser.embed(faces)[1]))
    useless = USELESS * float(np.median(recogniser.embed(empty)[1]))
    if GOOD * clear < APART * useless:
        return None
    return useless, GOOD * clear, UNSURE * clear


def _samples() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Crops of the face, a little changed, and of places without one; (N, 112, 112, 3) uint8."""
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
