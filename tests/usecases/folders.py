"""Folders as MLflow, Hugging Face and BentoML write them, small, made by hand."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

from onnx import TensorProto, helper

from tests.usecases.workshop import safetensors

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = "mlflow==2.22.0\nscikit-learn==1.6.1\ncloudpickle==3.1.1\n"
MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.7
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.6.1
is_signature_from_type_hint: false
mlflow_version: 2.22.0
model_size_bytes: 512
model_uuid: 1f6e1d4c9ad14b1ab3a1a6f6f6b7f0aa
prompts: null
run_id: 5c0f3f6d2b7a4e0c8d1e2f3a4b5c6d7e
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "sepal length", "required": true}, {"type": "long",
    "name": "count", "required": true}, {"type": "string", "name": "shop", "required": false},
    {"type": "array", "items": {"type": "float"}, "name": "history", "required": true},
    {"type": "object", "properties": {"a": {"type": "string"}}, "name": "extra"}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: '[{"name": "temperature", "default": 0.5, "shape": null, "type": "double"},
    {"name": "top", "default": [1, 2], "shape": [-1], "type": "long"}]'
type_hint_from_example: false
utc_time_created: '2026-05-01 10:00:00.123456'
"""
CONDA = """\
channels:
- conda-forge
dependencies:
- python=3.11.7
- pip<=23.2.1
- pip:
  - mlflow==2.22.0
name: mlflow-env
"""
PYTHON_ENV = (
    "python: 3.11.7\nbuild_dependencies:\n- pip==23.2.1\ndependencies:\n- -r requirements.txt\n"
)


def put(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file and the folders above it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def write_mlflow(folder: Path, model: str = MLMODEL) -> None:
    """Lay out an MLflow model directory of a scikit-learn model."""
    put(folder, "MLmodel", model)
    put(folder, "model.pkl", pickle.dumps({"coefficients": [1.0, 2.0]}))
    put(folder, "conda.yaml", CONDA)
    put(folder, "python_env.yaml", PYTHON_ENV)
    put(folder, "requirements.txt", REQUIREMENTS)
    put(folder, "input_example.json", '{"columns": ["count"], "data": [[1]]}')
    put(folder, "serving_input_example.json", '{"dataframe_split": {"columns": []}}')


CARD = """\
---
language: en
license: apache-2.0
library_name: sentence-transformers
tags:
- sentence-transformers
datasets:
- s2orc
- ms_marco
base_model: nreimers/MiniLM-L6-H384-uncased
pipeline_tag: sentence-similarity
model-index:
- name: all-MiniLM-L6-v2
  results:
  - task:
      type: STS
    dataset:
      name: STS Benchmark
      type: mteb/stsbenchmark-sts
    metrics:
    - type: cosine_spearman
      value: 82.03
    - type: accuracy
      value: not measured
---

# all-MiniLM-L6-v2

license: gpl-3.0
"""
CONFIG = {
    "_name_or_path": "nreimers/MiniLM-L6-H384-uncased",
    "architectures": ["BertModel"],
    "hidden_size": 384,
    "layer_norm_eps": 1e-12,
    "model_type": "bert",
    "torch_dtype": "float32",
    "transformers_version": "4.8.2",
}
SENTENCE_CONFIG = {
    "__version__": {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"}
}


def write_hugging_face(folder: Path, card: str = CARD) -> None:
    """Lay out a folder of a sentence embedding as the hub serves it, in two shards."""
    put(folder, "README.md", card)
    put(folder, "config.json", json.dumps(CONFIG, indent=2))
    put(folder, "config_sentence_transformers.json", json.dumps(SENTENCE_CONFIG, indent=2))
    put(folder, "generation_config.json", "{}")
    put(folder, "modules.json", "[]")
    put(folder, "1_Pooling/config.json", '{"word_embedding_dimension": 384}')
    put(folder, "tokenizer.json", "{}")
    put(folder, "tokenizer_config.json", "{}")
    put(folder, "special_tokens_map.json", "{}")
    put(folder, "vocab.txt", "[PAD]\n[UNK]\n")
    shards = [f"model-{number:05}-of-00002.safetensors" for number in (1, 2)]
    names = ["layer0", "layer1"]
    for number, (name, shard) in enumerate(zip(names, shards, strict=True)):
        put(folder, shard, safetensors(1.0, float(number)).replace(b"weight", name.encode()))
    index = {"metadata": {"total_size": 16}, "weight_map": dict(zip(names, shards, strict=True))}
    put(folder, "model.safetensors.index.json", json.dumps(index))


def onnx_bytes() -> bytes:
    """Make an ONNX model of one input and one output."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.INT64, [None, 1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(
        graph, opset_imports=opset, producer_name="pytorch", producer_version="2.4.0"
    )
    return bytes(model.SerializeToString())


BENTO = """\
service: service:svc
name: summarisation
version: o5smnagbncigycvj
bentoml_version: 1.4.40
creation_time: '2026-03-04T05:06:07.123456+00:00'
labels:
  owner: language-team
  stage: demo
models:
- tag: summariser:3n6ogmqb2wzc4ctv
  module: bentoml.onnx
  creation_time: '2026-03-01T00:00:00.000000+00:00'
entry_service: summarisation
services:
- name: summarisation
  service: ''
  models:
  - tag: summariser:3n6ogmqb2wzc4ctv
    module: bentoml.onnx
    creation_time: '2026-03-01T00:00:00.000000+00:00'
  dependencies: []
  config:
    traffic:
      timeout: 30
envs:
- name: TOKEN
  value: swordfish
schema: {}
args: {}
spec: 2
image:
  base_image: python:3.11-slim
  python_version: '3.11'
  commands: []
  python_requirements: ''
  post_commands: []
"""
STORED_MODEL = """\
name: summariser
version: 3n6ogmqb2wzc4ctv
module: bentoml.onnx
labels:
  owner: language-team
options: {}
metadata: {}
context:
  framework_name: onnx
  framework_versions:
    onnx: 1.16.0
    onnxruntime: 1.17.0
  bentoml_version: 1.4.40
  python_version: 3.11.7
signatures:
  run:
    batchable: false
api_version: v2
creation_time: '2026-03-01T00:00:00.000000+00:00'
"""


def write_stored_model(folder: Path, weights: bytes) -> None:
    """Lay out a model of BentoML's store."""
    put(folder, "model.yaml", STORED_MODEL)
    put(folder, "saved_model.onnx", weights)


def write_bento(folder: Path, weights: bytes, bento: str = BENTO) -> None:
    """Lay out a bento with its model."""
    put(folder, "bento.yaml", bento)
    put(folder, "README.md", "# summarisation\n")
    put(folder, "src/service.py", "import bentoml\n")
    put(folder, "src/__pycache__/service.cpython-311.pyc", b"\0")
    put(folder, "apis/openapi.yaml", "openapi: 3.0.2\n")
    put(folder, "env/docker/Dockerfile", "FROM python:3.11-slim\n")
    put(folder, "env/python/requirements.txt", "bentoml==1.4.40\n")
    put(folder, "env/python/version.txt", "3.11.9")
    put(folder, "models/summariser/latest", "3n6ogmqb2wzc4ctv")
    write_stored_model(folder / "models/summariser/3n6ogmqb2wzc4ctv", weights)
