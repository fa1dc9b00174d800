"""Loader for model packs in InsightFace's layout; the only module that uses insightface.

A pack is a folder with an SCRFD detector (``det_*.onnx``) and an ArcFace recognizer, such as
buffalo_l or antelopev2. The user provides the folder; this module never downloads. It only calls
``insightface.model_zoo.get_model`` with a file path, since ``FaceAnalysis`` would download packs
by name.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facesorter.errors import Message, UserError
from facesorter.faces import norms
from facesorter.faces.alignment import CROP
from facesorter.faces.analyzer import Options, StandardAnalyzer
from facesorter.faces.detection import Detections, Detector, Thresholds, join
from facesorter.faces.embedding import unit_length
from facesorter.faces.recipe import pack_identity
from facesorter.faces.runtime import CPU, session_options
from facesorter.files import sha256

_DETECTORS = ("det_*.onnx", "*scrfd*.onnx")
_RECOGNISERS = ("w600k_*.onnx", "glintr*.onnx", "*arcface*.onnx", "*webface*.onnx", "*.onnx")
"""File name patterns, most specific first; the last catches renamed files."""

_quiet = threading.Lock()


def load_insightface_pack(
    directory: Path,
    threads: int,
    options: Options | None = None,
    detector: tuple[Detector, str] | None = None,
) -> StandardAnalyzer:
    """Open a pack from a folder. Blocks for a second or two, mostly importing insightface.

    Args:
        directory: Folder that directly contains ``det_*.onnx`` and a recognizer.
        threads: Most threads for one run of a model.
        options: Analysis settings; None for the defaults.
        detector: A detector in place of the folder's, and its SHA-256.

    Raises:
        UserError: Files are missing, damaged or of another kind.
    """
    if detector is None:
        missing = Message(
            "The folder {folder} doesn’t contain a usable face detector. Choose the folder with "
            "the pack’s .onnx files, such as buffalo_l.",
            folder=directory,
        )
        path, model = _first(directory, _DETECTORS, missing, _is_detector, threads)
        detector = Scrfd(model), sha256(path)
    missing = Message(
        "The folder {folder} doesn’t contain a usable face recognizer. Choose the folder with the "
        "pack’s .onnx files, such as buffalo_l.",
        folder=directory,
    )
    recogniser_path, model = _first(directory, _RECOGNISERS, missing, _is_recogniser, threads)
    recogniser = ArcFace(model)
    return StandardAnalyzer(
        name=directory.name,
        dimension=recogniser.dimension,
        sha256=pack_identity(detector[1], sha256(recogniser_path)),
        detector=detector[0],
        recogniser=recogniser,
        options=options,
    )


def _is_detector(model: Any) -> bool:
    return getattr(model, "taskname", "") == "detection" and bool(getattr(model, "use_kps", False))


def _is_recogniser(model: Any) -> bool:
    return getattr(model, "taskname", "") == "recognition" and model.input_size == (CROP, CROP)


def _first(
    directory: Path,
    patterns: tuple[str, ...],
    missing: Message,
    fits: Callable[[Any], bool],
    threads: int,
) -> tuple[Path, Any]:
    """Return the first matching file that opens as the wanted kind of model."""
    damaged: UserError | None = None
    tried: set[Path] = set()
    for pattern in patterns:
        for path in sorted(set(directory.glob(pattern)) - tried):
            tried.add(path)
            try:
                model = _open(path, threads)
            except UserError as error:
                damaged = damaged or error
                continue
            if fits(model):
                return path, model
    raise damaged or UserError(missing)


def _open(path: Path, threads: int) -> Any:
    """Open a model file, discarding what insightface prints."""
    try:
        with _quiet, contextlib.redirect_stdout(io.StringIO()):
            from insightface import model_zoo

            # By default insightface opens another session for every image size. CPU only, since
            # insightface would not verify an accelerator's results.
            model = model_zoo.get_model(
                str(path),
                providers=[CPU],
                sess_options=session_options(threads),
                static_shape_sessions=False,
            )
    except Exception as error:  # protobuf, onnx, onnxruntime and insightface each raise their own
        raise UserError(
            "The model file {file} can’t be used: it’s damaged or isn’t a model. Download the "
            "pack again or choose another folder.",
            file=path,
        ) from error
    return model


class Scrfd:
    """Adapter for SCRFD detectors. Thread: any.

    SCRFD: Guo et al., "Sample and computation redistribution for efficient face detection", 2021.
    """

    # insightface's default is 0.5 for one pass; the others keep YuNet's relation to it.
    thresholds = Thresholds(
        candidate=0.4, keep=0.5, unseen=0.7, certain=0.75, upright=0.75, weak=0.3, small=0.65
    )

    def __init__(self, model: Any) -> None:
        self._model = model
        self._fixed = model.static_input_size

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        return CPU

    def run(self, images: NDArray[np.uint8], min_score: float) -> list[Detections]:
        """See `Detector.run`."""
        count, height, width = images.shape[:3]
        # Padded to a multiple of the network's stride, so that insightface doesn't scale.
        high, wide = -(-height // 32) * 32, -(-width // 32) * 32
        padded = np.zeros((count, high, wide, 3), np.uint8)
        padded[:, :height, :width] = images[..., ::-1]  # to BGR
        results = []
        for image in padded:
            boxes, points = self._model.detect(
                image, input_size=self._fixed or (wide, high), det_thresh=min_score
            )
            corners = np.asarray(boxes[:, :4], np.float32)
            found = Detections(
                np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1),
                np.asarray(points, np.float32).reshape(-1, 5, 2),
                np.asarray(boxes[:, 4], np.float32),
            )
            results.append(join([found]))
        return results


class ArcFace:
    """Adapter for ArcFace recognizers. Thread: any."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._measuring = threading.Lock()
        self._lengths: tuple[float, float, float] | None = None
        self._measured = False
        self.dimension = int(self._embed(np.zeros((1, CROP, CROP, 3), np.uint8)).shape[1])

    @property
    def usual_norms(self) -> tuple[float, float] | None:
        """See `Recogniser.usual_norms`; measured by `norms.measure` at first use."""
        lengths = self._norms()
        return None if lengths is None else lengths[:2]

    @property
    def unsure_below(self) -> float | None:
        """See `Recogniser.unsure_below`."""
        lengths = self._norms()
        return None if lengths is None else lengths[2]

    def _norms(self) -> tuple[float, float, float] | None:
        with self._measuring:
            if not self._measured:
                self._lengths, self._measured = norms.measure(self), True
            return self._lengths

    @property
    def provider(self) -> str:
        """The execution provider that it runs on."""
        return CPU

    def embed(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `Recogniser.embed`."""
        if not len(crops):
            return np.empty((0, self.dimension), np.float32), np.empty(0, np.float32)
        return unit_length(self._embed(crops))

    def _embed(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        # insightface expects BGR and swaps; one crop per run, as some packs fix the batch at one.
        rows = [self._model.get_feat(np.ascontiguousarray(crop[..., ::-1])) for crop in crops]
        return np.concatenate(rows).astype(np.float32)
