"""A model of every family there is a template for: its files, and the manifest over the template.

Real is what the library of the family wrote or would load: magika's model as it is released, and
what `onnx` and `safetensors` write. By hand are the files whose libraries weigh hundreds of
megabytes: scikit-learn's pickle, XGBoost's JSON and TensorFlow's SavedModel, to the letter of
their formats.
"""

from __future__ import annotations

import json
import platform
import struct
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from tests.formats.samples import safetensors, wrapper
from tests.usecases.workshop import LOCK, sha256

FLOAT = TensorProto.FLOAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A model and what its manifest says beyond the template.

    Attributes:
        reference: The template.
        version: Version of the release, of the scheme the template suggests.
        files: The files, by path.
        spec: What else stands in `spec`.
    """

    reference: str
    version: str = "1.0.0"
    files: dict[str, bytes]
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the release: that of the family."""
        return self.reference.partition("@")[0]

    def manifest(self) -> dict[str, Any]:
        """Write the smallest manifest over the template; digests are left to be captured."""
        runtime = {"implementation": "cpython", "version": platform.python_version()}
        lock = {
            "lock": "requirements.lock",
            "format": "requirements",
            "digest": sha256(LOCK.encode()),
        }
        spec = {
            "source": {"repo": "https://git.example.com/ml/demo"},
            "model": {"name": self.name, "license": "Apache-2.0"},
            "environment": {"runtime": runtime},
            "dependencies": {"runtime": lock},
            "card": {"path": "CARD.md"},
        }
        return {
            "apiVersion": "weighbridge.dev/v1",
            "kind": "ModelRelease",
            "extends": self.reference,
            "metadata": {
                "name": self.name,
                "version": self.version,
                "owner": {"team": "house", "contact": "house@example.com"},
            },
            "spec": spec | self.spec,
        }

    def lay_out(self, folder: Path) -> Path:
        """Write the files, a lock, a card and the manifest."""
        papers = {"requirements.lock": LOCK.encode(), "CARD.md": b"# A model for a test\n"}
        for name, data in {**self.files, **papers}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (folder / "release.yaml").write_text(json.dumps(self.manifest(), indent=2) + "\n")
        return folder


def plain(value: object) -> bytes:
    """Write a small JSON file."""
    return json.dumps(value).encode()


def tensor(name: str, dtype: str, *shape: int) -> dict[str, object]:
    """Say a tensor of a signature."""
    return {"name": name, "dtype": dtype, "shape": list(shape)}


def signature(*inputs: dict[str, object], outputs: list[dict[str, object]]) -> dict[str, object]:
    return {"signature": {"inputs": list(inputs), "outputs": outputs}}


ROWS = signature(tensor("x", "float64", -1, 2), outputs=[tensor("y", "float64", -1, 1)])


# Made by hand -----------------------------------------------------------------------------------


def _text(word: bytes) -> bytes:
    return b"X" + struct.pack("<L", len(word)) + word


def logistic_regression() -> bytes:
    """Pickle a fitted classifier of scikit-learn as `joblib.dump` does, its coefficients within."""
    head = (
        b"\x80\x02csklearn.linear_model._logistic\nLogisticRegression\n)\x81}("
        + _text(b"max_iter")
        + b"Kd"
        + _text(b"_sklearn_version")
        + _text(b"1.8.0")
        + _text(b"coef_")
        + wrapper().removeprefix(b"\x80\x02")
    )
    padding = 16 - (len(head) + 1) % 16
    return head + bytes([padding]) + b"\xff" * padding + struct.pack("<2d", 0.5, -1.5) + b"ub."


def xgboost_json() -> bytes:
    """Write a booster of one tree with two leaves, as XGBoost's JSON schema has it."""
    tree = {
        "base_weights": [0.0, -0.4, 0.4],
        "default_left": [1, 0, 0],
        "id": 0,
        "left_children": [1, -1, -1],
        "parents": [2147483647, 0, 0],
        "right_children": [2, -1, -1],
        "split_conditions": [0.5, -0.4, 0.4],
        "split_indices": [1, 0, 0],
        "tree_param": {"num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"},
    }
    forest = {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}}
    learner = {
        "feature_names": ["age", "income"],
        "gradient_booster": {
            "model": {**forest, "tree_info": [0], "trees": [tree]},
            "name": "gbtree",
        },
        "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": "2"},
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return plain({"learner": learner, "version": [3, 1, 1]})


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def _hash(number: int) -> bytes:
    return bytes([number << 3]) + b"\xe7" * 9 + b"\x01"


def saved_model() -> dict[str, bytes]:
    """Write a SavedModel without operators: schema version 1, one graph with the tag `serve`."""
    info = _field(4, b"serve") + _field(5, b"2.19.0")
    graph = _field(1, info) + _field(2, b"")
    return {
        "model/1/saved_model.pb": b"\x08\x01" + _field(2, graph),
        "model/1/variables/variables.index": bytes(48),
        "model/1/variables/variables.data-00000-of-00001": bytes(16),
        "model/1/fingerprint.pb": b"".join(_hash(number) for number in range(1, 6))
        + _field(6, b"\x08\x02"),
    }


# Made by the libraries --------------------------------------------------------------------------


def listening() -> bytes:
    """Make a model that takes a window of sound and its own state, and checks as ONNX."""
    weights = numpy_helper.from_array(np.full((512, 1), 0.01, np.float32), "w")
    window = helper.make_tensor_value_info("input", FLOAT, ["streams", 512])
    state = helper.make_tensor_value_info("state", FLOAT, [2, "streams", 128])
    answer = helper.make_tensor_value_info("output", FLOAT, ["streams", 1])
    after = helper.make_tensor_value_info("stateN", FLOAT, [2, "streams", 128])
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["energy"]),
        helper.make_node("Sigmoid", ["energy"], ["output"]),
        helper.make_node("Identity", ["state"], ["stateN"]),
    ]
    graph = helper.make_graph(nodes, "listening", [window, state], [answer, after], [weights])
    return _checked(graph)


def scoring() -> bytes:
    """Make a linear model over two columns."""
    weights = numpy_helper.from_array(np.array([[0.5], [-1.5]], np.float32), "w")
    rows = helper.make_tensor_value_info("x", FLOAT, ["rows", 2])
    scores = helper.make_tensor_value_info("y", FLOAT, ["rows", 1])
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return _checked(helper.make_graph([node], "scoring", [rows], [scores], [weights]))


def _checked(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def released_classifier() -> bytes:
    """Read the model magika is released with."""
    found = find_spec("magika")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "models/standard_v3_3/model.onnx").read_bytes()


def encoder() -> dict[str, bytes]:
    """Make the folder sentence-transformers saves, small."""
    words = np.linspace(-1, 1, 12 * 8, dtype=np.float32).reshape(12, 8)
    norm = np.ones(8, np.float32)
    return {
        "model.safetensors": save(
            {"embeddings.word_embeddings.weight": words, "embeddings.LayerNorm.weight": norm},
            metadata={"format": "pt"},
        ),
        "config.json": plain({"architectures": ["BertModel"], "hidden_size": 8, "vocab_size": 12}),
        "modules.json": plain([{"idx": 0, "name": "0", "path": ""}]),
        "1_Pooling/config.json": plain({"pooling_mode_mean_tokens": True}),
        **_tokenizer(),
    }


def generator() -> dict[str, bytes]:
    """Make the folder of a language model in bfloat16, small."""
    header = {
        "__metadata__": {"format": "pt"},
        "lm_head.weight": {"dtype": "BF16", "shape": [12, 4], "data_offsets": [0, 96]},
        "model.embed_tokens.weight": {"dtype": "BF16", "shape": [12, 4], "data_offsets": [96, 192]},
    }
    return {
        "model.safetensors": safetensors(header, bytes(192)),
        "config.json": plain({"architectures": ["LlamaForCausalLM"], "torch_dtype": "bfloat16"}),
        "generation_config.json": plain({"eos_token_id": 2, "temperature": 0.7}),
        **_tokenizer(),
    }


def _tokenizer() -> dict[str, bytes]:
    vocabulary = {word: number for number, word in enumerate(("[UNK]", "a", "weigh", "##bridge"))}
    return {
        "tokenizer.json": plain({"model": {"type": "WordPiece", "vocab": vocabulary}}),
        "tokenizer_config.json": plain({"model_max_length": 512}),
    }


def families() -> list[Family]:
    """Make one of each, in the order of their names."""
    return [
        Family(
            reference="batch-scoring@1",
            version="2026.11.27",
            files={"scoring.onnx": scoring()},
            spec={
                **signature(tensor("x", "float32", -1, 2), outputs=[tensor("y", "float32", -1, 1)]),
                "artifacts": [
                    {"name": "model", "role": "weights", "path": "scoring.onnx", "format": "onnx"}
                ],
            },
        ),
        Family(
            reference="gradient-boosting@1", files={"model.json": xgboost_json()}, spec={**ROWS}
        ),
        Family(
            reference="onnx-audio@1",
            files={"model.onnx": listening()},
            spec=signature(
                tensor("input", "float32", -1, 512),
                tensor("state", "float32", 2, -1, 128),
                outputs=[
                    tensor("output", "float32", -1, 1),
                    tensor("stateN", "float32", 2, -1, 128),
                ],
            ),
        ),
        Family(
            reference="onnx-classifier@1",
            files={"model.onnx": released_classifier()},
            spec=signature(
                tensor("bytes", "int32", -1, 2048),
                outputs=[tensor("target_label", "float32", -1, 214)],
            ),
        ),
        Family(
            reference="sentence-embedding@1",
            files=encoder(),
            spec={"signature": {"outputs": [tensor("sentence_embedding", "float32", -1, 8)]}},
        ),
        Family(
            reference="sklearn-tabular@1", files={"model.joblib": logistic_regression()}, spec=ROWS
        ),
        Family(
            reference="tensorflow-savedmodel@1",
            files=saved_model(),
            spec=signature(tensor("x", "float32", -1, 2), outputs=[tensor("y", "float32", -1, 1)]),
        ),
        Family(reference="vllm-generation@1", files=generator()),
    ]
