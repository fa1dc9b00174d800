"""Model packs: finding, verifying and lazily opening model files.

[Note: folded models] The bundled weights are block-quantized: int8 values with a scale per block,
converted to float32 by ``DequantizeLinear`` nodes with a ``block_size``, which onnxruntime refuses
to run. So every such node (and the ``Reshape`` after it) with constant inputs is computed once and
replaced by an ordinary float32 weight, without changing any number. The folded file is cached under
the hash of its source, with its own hash next to it; a missing, damaged or read-only cache only
costs a second at the next start.

[Note: PRelu] onnxruntime computes ``PRelu`` slowly and outside the memory layout of its
convolutions: in SFace it took more than half of the time. Written as ``x * slope + relu(x) *
(1 - slope)``, the same function takes 15 ms a face in place of 33, and embeddings differ by one in
a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from facesorter import paths
from facesorter.errors import UserError
from facesorter.faces.recipe import pack_identity
from facesorter.files import sha256, write_atomically

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, Options

FOLD_VERSION = 2
"""Part of a folded file's name; raise it when the output of `fold` or `split_prelu` changes."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A matching detector and recognizer; embeddings of two packs never mix."""

    name: str
    directory: Path
    detector: str
    """File name of the detector, inside the directory."""
    recogniser: str
    """File name of the recognizer, inside the directory."""
    dimension: int
    sha256: str
    """Identity: hash over the hashes of both files and `recipe.RECIPE`, the same on any system."""
    licence: str


YUNET = (
    "face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
SFACE = (
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
"""Names and SHA-256 of the bundled files, equal to those in the opencv_zoo repository."""


def bundled_pack() -> Pack:
    """Describe the bundled pack without reading files. Thread: any."""
    return Pack(
        name="opencv-zoo",
        directory=paths.resources() / "models" / "opencv-zoo",
        detector=YUNET[0],
        recogniser=SFACE[0],
        dimension=128,
        sha256=pack_identity(YUNET[1], SFACE[1]),
        licence="YuNet: MIT; SFace: Apache-2.0",
    )


def load_pack(
    directory: Path | None = None,
    cache_dir: Path | None = None,
    threads: int = 1,
    options: Options | None = None,
) -> FaceAnalyzer:
    """Create a face analyzer; model files are verified now and opened at first use.

    Args:
        directory: A folder in InsightFace's layout (``det_*.onnx`` and a recognizer), one with the
            bundled detector and a recognizer, or None for the bundled pack.
        cache_dir: Folder for folded models; None for the user's cache folder.
        threads: Most threads for one model run. Callers that analyze in several threads should
            keep workers x threads within the number of cores.
        options: Analysis settings; None for the defaults.

    Raises:
        UserError: A model file is missing, damaged or of an unknown kind.
    """
    from facesorter.faces.runtime import LazySession
    from facesorter.faces.yunet import YuNet

    cache = (paths.cache_dir() if cache_dir is None else cache_dir) / "models"

    def open_yunet(folder: Path) -> YuNet:
        # Verified here, not at first use: a broken installation is reported once, before a scan.
        data = read_verified(folder / YUNET[0], YUNET[1])
        return YuNet(
            LazySession(
                lambda: folded(data, YUNET[1], ("N", 3, "H", "W"), cache),
                threads,
                trial=(1, 3, 640, 640),
            )
        )

    if directory is not None and not _is_bundled(directory):
        from facesorter.faces.insightface_pack import load_insightface_pack

        ours = (directory / YUNET[0]).is_file()
        yunet = (open_yunet(directory), YUNET[1]) if ours else None
        return load_insightface_pack(directory, threads, options, yunet)
    from facesorter.faces.analyzer import Options, StandardAnalyzer
    from facesorter.faces.embedding import SFace

    pack = bundled_pack()
    source = pack.directory if directory is None else directory
    detector = open_yunet(source)
    recogniser = read_verified(source / pack.recogniser, SFACE[1])
    return StandardAnalyzer(
        name=pack.name,
        dimension=pack.dimension,
        sha256=pack.sha256,
        detector=detector,
        recogniser=SFace(
            LazySession(
                lambda: folded(recogniser, SFACE[1], ("N", 3, 112, 112), cache),
                threads,
                trial=(1, 3, 112, 112),
            )
        ),
        options=options or Options(),
    )


def _is_bundled(directory: Path) -> bool:
    """Return whether a folder holds the bundled pack, or what is left of it."""
    models = {path.name for path in directory.glob("*.onnx")}
    return bool(models) and models <= {YUNET[0], SFACE[0]}


def read_verified(path: Path, published: str) -> bytes:
    """Read a model file and verify it against its ``published`` SHA-256.

    Raises:
        UserError: The file is missing, can't be read, or differs.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(
            "The face model {file} is missing from {folder}. No faces can be found without it. "
            "Reinstall facesorter to restore it.",
            file=path.name,
            folder=path.parent,
        ) from error
    except OSError as error:
        raise UserError(
            "The face model {file} can’t be read ({error}). Check the file’s permissions or "
            "reinstall facesorter.",
            file=path,
            error=error,
        ) from error
    if sha256(data) != published:
        raise UserError(
            "The face model {file} is damaged. Reinstall facesorter to replace it. Your photos "
            "and names aren’t affected.",
            file=path,
        )
    return data


def folded(source: bytes, source_sha256: str, shape: tuple[str | int, ...], cache: Path) -> bytes:
    """Fold a model, or read the result from the cache if intact.

    See [Note: folded models]. Never fails because of the cache. Thread: any.
    """
    kept = cache / f"{source_sha256[:16]}-fold{FOLD_VERSION}.onnx"
    proof = kept.with_suffix(".sha256")
    try:
        data = kept.read_bytes()
        if sha256(data) == proof.read_text("ascii").strip():
            return data
    except (OSError, UnicodeDecodeError):
        pass
    data = split_prelu(fold(source, shape))
    try:
        write_atomically(kept, data)
        write_atomically(proof, sha256(data).encode("ascii"))
    except OSError:
        # Full or read-only disk: the model in memory suffices for this run.
        pass
    return data


def fold(source: bytes, shape: tuple[str | int, ...]) -> bytes:
    """Convert a block-quantized model for onnxruntime; see [Note: folded models].

    Args:
        source: A serialized ONNX model.
        shape: Desired shape of its first input; text for a variable dimension.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load_model_from_string(source)
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    kept_nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and all(name in constants for name in node.input):
            value = _dequantise(node, [numpy_helper.to_array(constants[n]) for n in node.input])
        elif node.op_type == "Reshape" and all(name in constants for name in node.input):
            weights, target = (numpy_helper.to_array(constants[n]) for n in node.input)
            value = weights.reshape(tuple(int(n) for n in target))
        else:
            kept_nodes.append(node)
            continue
        constants[node.output[0]] = numpy_helper.from_array(
            np.ascontiguousarray(value), node.output[0]
        )
    used = {name for node in kept_nodes for name in node.input}
    # Some weights are also listed as inputs and would have to be fed.
    inputs = [value for value in graph.input if value.name in used - constants.keys()]
    for dimension, size in zip(inputs[0].type.tensor_type.shape.dim, shape, strict=True):
        dimension.Clear()
        if isinstance(size, int):
            dimension.dim_value = size
        else:
            dimension.dim_param = size
    for output in graph.output:
        # Stored sizes apply to one input size only; let the runtime infer them.
        for dimension in output.type.tensor_type.shape.dim:
            dimension.Clear()
    del graph.node[:], graph.input[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept_nodes)
    graph.input.extend(inputs)
    graph.initializer.extend(tensor for name, tensor in constants.items() if name in used)
    return bytes(model.SerializeToString())


def split_prelu(source: bytes) -> bytes:
    """Replace a serialized model's ``PRelu`` nodes with constant slopes; see [Note: PRelu]."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_model_from_string(source)
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type != "PRelu" or node.input[1] not in constants:
            nodes.append(node)
            continue
        (x, slope), (y,) = node.input, node.output
        rest = 1 - numpy_helper.to_array(constants[slope])
        graph.initializer.append(numpy_helper.from_array(rest, f"{y}_rest"))
        nodes += [
            helper.make_node("Mul", [x, slope], [f"{y}_line"]),
            helper.make_node("Relu", [x], [f"{y}_relu"]),
            helper.make_node("Mul", [f"{y}_relu", f"{y}_rest"], [f"{y}_bend"]),
            helper.make_node("Add", [f"{y}_line", f"{y}_bend"], [y]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def _dequantise(node: Any, inputs: list[NDArray[Any]]) -> NDArray[np.float32]:
    """Compute (x - zero point) * scale, each scale repeated over its block along the axis."""
    quantised, scale = inputs[0], inputs[1]
    zero = inputs[2] if len(inputs) > 2 else np.zeros_like(scale, quantised.dtype)
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis = attributes.get("axis", 1)
    block = attributes.get("block_size", 0)
    if block:
        length = quantised.shape[axis]
        scale = np.repeat(scale, block, axis).take(np.arange(length), axis)
        zero = np.repeat(zero, block, axis).take(np.arange(length), axis)
    elif scale.ndim == 1 and scale.size > 1:
        aligned = [1] * quantised.ndim
        aligned[axis] = scale.size
        scale, zero = scale.reshape(aligned), zero.reshape(aligned)
    shifted = quantised.astype(np.int32) - zero.astype(np.int32)
    return np.asarray(shifted.astype(np.float32) * scale, np.float32)
