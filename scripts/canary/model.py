"""A model that rates pairs of tokens; one whose table was cut short fails for the rest of them.

That is a fault releases really have: the table of embeddings was exported for a smaller vocabulary
than the tokenizer's, and every request with a token beyond it is an error.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

VOCABULARY = 100
"""Tokens there are."""
WIDTH = 16


def model(*, seed: int, rows: int = VOCABULARY, work: int = 0) -> bytes:
    """Make the model: `tokens` (int64, [n]) to `rating` (float32, [n]), each in (0, 1).

    Args:
        seed: Of its weights.
        rows: Rows of the table of embeddings; tokens from there on are errors.
        work: How many times it multiplies large matrices beside, to be slow.
    """
    random = np.random.default_rng(seed)
    table = random.standard_normal((rows, WIDTH), dtype=np.float32)
    weights = random.standard_normal((WIDTH, 1), dtype=np.float32)
    nodes = [helper.make_node("Gather", ["table", "tokens"], ["embedded"])]
    constants = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(weights, "w")]
    last = "embedded"
    if work:
        wide = random.standard_normal((WIDTH, 512), dtype=np.float32)
        square = random.standard_normal((512, 512), dtype=np.float32) / 512
        back = random.standard_normal((512, WIDTH), dtype=np.float32)
        for name, array in (("wide", wide), ("square", square), ("back", back)):
            constants.append(numpy_helper.from_array(array, name))
        repeat = np.array([4096, 1], dtype=np.int64)
        constants.append(numpy_helper.from_array(repeat, "repeat"))
        nodes += [
            helper.make_node("Tile", ["embedded", "repeat"], ["many"]),
            helper.make_node("MatMul", ["many", "wide"], ["h0"]),
        ]
        for index in range(work):
            nodes.append(helper.make_node("MatMul", [f"h{index}", "square"], [f"h{index + 1}"]))
        nodes += [
            helper.make_node("MatMul", [f"h{work}", "back"], ["narrow"]),
            helper.make_node("ReduceMean", ["narrow"], ["mean"], keepdims=1),
            helper.make_node("Add", ["embedded", "mean"], ["worked"]),
        ]
        last = "worked"
    nodes += [
        helper.make_node("MatMul", [last, "w"], ["scores"]),
        helper.make_node("Sigmoid", ["scores"], ["rated"]),
        helper.make_node("Squeeze", ["rated", "axis"], ["rating"]),
    ]
    constants.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"))
    graph = helper.make_graph(
        nodes,
        "rating",
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("rating", TensorProto.FLOAT, ["n"])],
        initializer=constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())
