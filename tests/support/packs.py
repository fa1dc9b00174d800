"""Model packs made up on the spot, with known answers."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 640


STRIDE = 32


def scrfd(anchor: int, score: float, corners: list[float], points: list[float]) -> bytes:
    """A detector of SCRFD's shape whose answer is always one face.

    Args:
        anchor: Which cell of the coarsest grid answers.
        score: Its score.
        corners: Distances from that cell to left, top, right, bottom, in strides.
        points: Five landmarks from that cell, in strides.
    """
    nodes, outputs, weights = [], [], []
    for kind, width in (("score", 1), ("box", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            cells = (SIDE // stride) ** 2 * 2
            values = np.zeros((cells, width), np.float32)
            if stride == STRIDE:
                values[anchor * 2] = {"score": [score], "box": corners, "kps": points}[kind]
            name = f"{kind}_{stride}"
            weights.append(numpy_helper.from_array(values, f"{name}_values"))
            # Zero times the input, so that the answer depends on it in form.
            nodes.append(helper.make_node("Add", [f"{name}_values", "nothing"], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [cells, width]))
    weights.append(numpy_helper.from_array(np.zeros(1, np.float32), "zero"))
    front = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    shape = [1, 3, SIDE, SIDE]
    graph = helper.make_graph(
        front + nodes,
        "scrfd",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        outputs,
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


# A face in the middle, which this detector sees in every image at the same share of it.
CELL = 10 * (SIDE // STRIDE) + 10


SHARE = 210 / 320


HALF = SHARE * 10


POINTS = [-2.0, -2.0, 2.0, -2.0, 0.0, 0.5, -1.5, 2.5, 1.5, 2.5]


def arcface(dimension: int) -> bytes:
    """A recogniser that answers with the mean colour at some places of the crop."""
    rng = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(
            rng.normal(size=(3 * 7 * 7, dimension)).astype(np.float32), "weights"
        )
    ]
    nodes = [
        helper.make_node(
            "AveragePool", ["data"], ["pool"], kernel_shape=[16, 16], strides=[16, 16]
        ),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "arcface",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["N", 3, 112, 112])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", dimension])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
