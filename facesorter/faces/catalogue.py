"""Catalog of the model packs on offer, with accuracy, cost and license terms.

Figures name who measured them, we or the publisher. Sizes and hashes of the archives are those of
release v0.7 of deepinsight/insightface on GitHub, as pinned by several independent projects; the
publisher's accuracies and the packs' contents are from the model zoo's README there.

Of AuraFace only the recognizer is taken: the detector and the other models in its repository are
InsightFace's, with InsightFace's terms. Size, hash and revision of the recognizer are as pinned by
more than five independent projects, the accuracy is from its model card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from facesorter.faces.models import YUNET, bundled_pack

RESEARCH_ONLY: Final = (
    "The pretrained models we provided with this library are available for non-commercial research "
    "purposes only, including both auto-downloading models and manual-downloading models."
)
"""InsightFace's complete terms for its models, from the README of its Python package; it publishes
nothing more than these words and a contact address for other terms."""
TERMS_PAGE: Final = "https://github.com/deepinsight/insightface/tree/master/python-package#license"
APACHE: Final = "Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0"
_RELEASE: Final = "https://github.com/deepinsight/insightface/releases/download/v0.7/"


@dataclass(frozen=True, slots=True)
class Measured:
    """Accuracy figures of a pack, and who measured them."""

    lfw: float | None
    """Accuracy on the 6,000 pairs of LFW (famous adults, mostly frontal), in percent."""
    hard: float | None
    """The publisher's MR-ALL (people of four continents, TAR at FAR 1e-6), in percent."""
    by: str
    """'us' or 'publisher'."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pack that can be downloaded or is bundled."""

    name: str
    measured: Measured
    detector: str
    recogniser: str
    dimension: int
    work: float
    """Computation per face, which determines the time, as a multiple of the bundled pack's
    0.57 billion multiplications. Derived from the size of the networks, not measured."""
    may_sell: bool
    """Whether commercial use and redistribution are allowed."""
    terms: str
    """License terms in full."""
    terms_page: str
    url: str = ""
    """Address of the archive, or of the recognizer alone; empty for the bundled pack."""
    size: int = 0
    """Size of the download in bytes."""
    sha256: str = ""
    """SHA-256 of the download."""
    files: tuple[str, str] = ("", "")
    """Names of detector and recognizer in the archive, without folders."""

    @property
    def recogniser_alone(self) -> bool:
        """Whether only the recognizer is downloaded; the detector is the bundled one."""
        return self.files[0] == YUNET[0]


BUNDLED: Final = bundled_pack().name


def _insightface(
    name: str, size: int, sha256: str, files: tuple[str, str], measured: Measured, work: float
) -> Offer:
    kinds = {
        "det_10g.onnx": "SCRFD-10GF",
        "scrfd_10g_bnkps.onnx": "SCRFD-10GF",
        "det_2.5g.onnx": "SCRFD-2.5GF",
        "det_500m.onnx": "SCRFD-500MF",
        "w600k_r50.onnx": "ResNet50, WebFace600K",
        "w600k_mbf.onnx": "MobileFaceNet, WebFace600K",
        "glintr100.onnx": "ResNet100, Glint360K",
    }
    return Offer(
        name=name,
        measured=measured,
        detector=kinds[files[0]],
        recogniser=kinds[files[1]],
        dimension=512,
        work=work,
        may_sell=False,
        terms=RESEARCH_ONLY,
        terms_page=TERMS_PAGE,
        url=f"{_RELEASE}{name}.zip",
        size=size,
        sha256=sha256,
        files=files,
    )


OFFERS: Final = (
    Offer(
        name=BUNDLED,
        # LFW, all 6,000 pairs, from files, by tests/benchmarks/verification.py.
        measured=Measured(99.33, None, "us"),
        detector="YuNet",
        recogniser="SFace (MobileFaceNet)",
        dimension=128,
        work=1.0,
        may_sell=True,
        terms="",
        terms_page="https://github.com/opencv/opencv_zoo",
    ),
    Offer(
        name="auraface",
        measured=Measured(99.65, None, "publisher"),
        detector="YuNet",
        recogniser="ResNet100, AuraFace",
        dimension=512,
        work=21.0,
        may_sell=True,
        terms=APACHE,
        terms_page="https://huggingface.co/fal/AuraFace-v1/blob/main/LICENSE.md",
        url=(
            "https://huggingface.co/fal/AuraFace-v1/resolve/"
            "af6d057c9b0ec4071d4c49c80e3539258798b609/glintr100.onnx"
        ),
        size=260_694_151,
        sha256="a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60",
        files=(YUNET[0], "glintr100.onnx"),
    ),
    _insightface(
        "buffalo_s",
        127_607_557,
        "d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e",
        ("det_500m.onnx", "w600k_mbf.onnx"),
        Measured(99.70, 71.87, "publisher"),
        1.0,
    ),
    _insightface(
        "buffalo_m",
        275_951_529,
        "d98264bd8f2dc75cbc2ddce2a14e636e02bb857b3051c234b737bf3b614edca9",
        ("det_2.5g.onnx", "w600k_r50.onnx"),
        Measured(99.83, 91.25, "publisher"),
        11.0,
    ),
    _insightface(
        "buffalo_l",
        288_621_354,
        "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f",
        ("det_10g.onnx", "w600k_r50.onnx"),
        Measured(99.83, 91.25, "publisher"),
        11.0,
    ),
    _insightface(
        "antelopev2",
        360_662_982,
        "8e182f14fc6e80b3bfa375b33eb6cff7ee05d8ef7633e738d1c89021dcf0c5c5",
        ("scrfd_10g_bnkps.onnx", "glintr100.onnx"),
        Measured(None, 90.66, "publisher"),
        21.0,
    ),
)


def offer(name: str) -> Offer | None:
    """Return the offer with a name, or None."""
    return next((each for each in OFFERS if each.name == name), None)
