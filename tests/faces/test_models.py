import shutil
import threading
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from facesorter import paths
from facesorter.errors import UserError
from facesorter.faces import models, recipe
from facesorter.faces.models import bundled_pack, fold, folded, load_pack
from facesorter.faces.runtime import LazySession
from facesorter.files import sha256


def test_bundled_files_are_the_published_ones() -> None:
    pack = bundled_pack()
    assert sha256(pack.directory / pack.detector) == models.YUNET[1]
    assert sha256(pack.directory / pack.recogniser) == models.SFACE[1]
    assert pack.dimension == 128
    readme = (pack.directory / "README.md").read_text()
    assert models.YUNET[1] in readme and models.SFACE[1] in readme


def test_missing_and_damaged_files_are_told_by_name(tmp_path: Path) -> None:
    pack = bundled_pack()
    shutil.copy(pack.directory / pack.detector, tmp_path)
    with pytest.raises(UserError, match=f"{pack.recogniser} is missing") as missing:
        load_pack(tmp_path, tmp_path / "cache")
    assert "Reinstall facesorter" in str(missing.value)
    data = bytearray((pack.directory / pack.recogniser).read_bytes())
    data[5000] ^= 1
    (tmp_path / pack.recogniser).write_bytes(data)
    with pytest.raises(UserError, match="is damaged"):
        load_pack(tmp_path, tmp_path / "cache")


def test_a_program_without_resources_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    with pytest.raises(UserError, match=r"face_detection_yunet.* is missing"):
        load_pack(cache_dir=tmp_path)


def quantised_model(values: np.ndarray, scale: np.ndarray, zero: np.ndarray, block: int) -> bytes:
    """Adds the dequantised values, in blocks along axis 1, to x; they are listed as input, too."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], axis=1, block_size=block),
        helper.make_node("Reshape", ["d", "shape"], ["w"]),
        helper.make_node("Add", ["x", "w"], ["y"]),
    ]
    flat = [1, int(values.size)]
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, flat),
            helper.make_tensor_value_info("q", TensorProto.INT8, values.shape),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, flat)],
        [
            numpy_helper.from_array(values, "q"),
            numpy_helper.from_array(scale, "s"),
            numpy_helper.from_array(zero, "z"),
            numpy_helper.from_array(np.array(flat, np.int64), "shape"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return model.SerializeToString()


@pytest.mark.parametrize("block", [2, 4])
def test_folding_computes_the_very_weights(block: int) -> None:
    rng = np.random.default_rng(7)
    values = rng.integers(-128, 128, (3, 7), dtype=np.int8)  # 7: the last block is not full
    blocks = -(-7 // block)
    scale = rng.random((3, blocks), dtype=np.float32)
    zero = rng.integers(-5, 5, (3, blocks), dtype=np.int8)
    expected = np.empty((3, 7), np.float32)
    for row in range(3):
        for column in range(7):
            part = column // block
            difference = int(values[row, column]) - int(zero[row, part])
            expected[row, column] = np.float32(difference) * scale[row, part]
    data = fold(quantised_model(values, scale, zero, block), ("N", 21))
    model = onnx.load_model_from_string(data)
    assert [node.op_type for node in model.graph.node] == ["Add"]
    assert [value.name for value in model.graph.input] == ["x"]
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"x": np.zeros((1, 21), np.float32)})
    assert np.array_equal(got.reshape(3, 7), expected)


def test_without_prelu_a_model_computes_the_same() -> None:
    rng = np.random.default_rng(3)
    slope = rng.uniform(-1, 2, (4, 1, 1)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("PRelu", ["x", "s"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4, 5, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4, 5, 6])],
        [numpy_helper.from_array(slope, "s")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    data = models.split_prelu(model.SerializeToString())
    assert "PRelu" not in {node.op_type for node in onnx.load_model_from_string(data).graph.node}
    x = rng.normal(0, 10, (2, 4, 5, 6)).astype(np.float32)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"x": x})
    assert np.allclose(got, np.where(x > 0, x, slope * x), rtol=1e-5, atol=1e-5)


def test_folded_models_are_kept_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = quantised_model(
        np.ones((1, 4), np.int8), np.ones((1, 2), np.float32), np.zeros((1, 2), np.int8), 2
    )
    calls = []
    plain = models.fold
    monkeypatch.setattr(models, "fold", lambda *a: calls.append(1) or plain(*a))
    cache = tmp_path / "a" / "b"
    first = folded(source, "cafe" * 16, ("N", 4), cache)
    assert folded(source, "cafe" * 16, ("N", 4), cache) == first
    assert len(calls) == 1
    assert len(list(cache.iterdir())) == 2  # no temporary file is left
    (kept,) = cache.glob("*.onnx")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert folded(source, "cafe" * 16, ("N", 4), cache) == first
    assert len(calls) == 2
    (cache / kept.with_suffix(".sha256").name).unlink()
    assert folded(source, "cafe" * 16, ("N", 4), cache) == first
    monkeypatch.setattr(models, "FOLD_VERSION", 99)
    folded(source, "cafe" * 16, ("N", 4), cache)
    assert len(calls) == 4


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    source = quantised_model(
        np.ones((1, 4), np.int8), np.ones((1, 2), np.float32), np.zeros((1, 2), np.int8), 2
    )
    assert folded(source, "cafe" * 16, ("N", 4), tmp_path / "file" / "models")


def test_a_session_opens_once_and_only_when_run() -> None:
    opened = []
    source = quantised_model(
        np.ones((1, 4), np.int8), np.ones((1, 2), np.float32), np.zeros((1, 2), np.int8), 2
    )

    def model() -> bytes:
        opened.append(1)
        return fold(source, ("N", 4))

    session = LazySession(model)
    assert not opened
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(session.run({"x": np.ones((1, 4), np.float32)})["y"])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len(results) == 4 and all((result == 2).all() for result in results)


def test_another_recipe_is_another_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embeddings made otherwise from the same files must not be compared with these."""
    now = models.bundled_pack().sha256
    assert recipe.pack_identity(models.YUNET[1], models.SFACE[1]) == now
    monkeypatch.setattr(recipe, "RECIPE", recipe.RECIPE + 1)
    assert models.bundled_pack().sha256 != now
