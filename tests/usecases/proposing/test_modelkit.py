from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.proposing.places import folder_of, metadata, spec
from weighbridge.usecases.proposing.modelkit import recognise

if TYPE_CHECKING:
    from pathlib import Path

KITFILE = """\
manifestVersion: 1.0.0
package:
  name: Mail Filter
  version: 1.2.0
  description: tells spam from mail
  license: Apache-2.0
  authors: [ann, ben]
model:
  name: filter
  path: ./model.safetensors
  framework: PyTorch
  version: 3.1.0
  license: MIT
  description: the model
  parts:
    - {path: tokenizer.json, type: tokenizer}
    - {path: config.json, type: config}
    - {path: adapters, type: LoRA}
  parameters:
    threshold: 0.5
    labels: 2
    strict: true
    pooling: mean
    layers: [1, 2]
code:
  - {path: src, description: serving}
datasets:
  - {name: mails, path: data/mails.csv}
  - {name: more, path: registry.example.com/data/mails:2}
docs:
  - {path: README.md, description: card}
  - {path: NOTES.md}
"""
FILES: dict[str, str | bytes] = {
    "Kitfile": KITFILE,
    "model.safetensors": b"x",
    "tokenizer.json": "{}",
    "config.json": "{}",
    "adapters/a.safetensors": b"x",
    "src/serve.py": "",
    "data/mails.csv": "a\n",
    "README.md": "# filter\n",
    "NOTES.md": "",
}


def test_a_modelkit_says_what_it_is(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, FILES)
    found = recognise(folder)
    assert found is not None
    assert metadata(found) == {
        "name": "mail-filter",
        "version": "1.2.0",
        "annotations": {
            "kitops.org/authors": "ann, ben",
            "kitops.org/description": "tells spam from mail",
        },
    }
    assert spec(found) == {
        "model": {
            "name": "filter",
            "version": "3.1.0",
            "framework": "pytorch",
            "license": "MIT",
        },
        "parameters": {
            "threshold": {"type": "number", "value": "0.5"},
            "labels": {"type": "integer", "value": 2},
            "strict": {"type": "boolean", "value": True},
            "pooling": {"type": "string", "value": "mean"},
        },
        "lineage": {"datasets": [{"ref": "registry.example.com/data/mails:2"}]},
        "card": {"path": "README.md"},
    }
    assert found.roles == {
        "model.safetensors": "weights",
        "tokenizer.json": "tokenizer",
        "config.json": "schema",
        "adapters/a.safetensors": "weights",
        "src/serve.py": "code",
        "data/mails.csv": "dataset",
        "README.md": "card",
    }
    assert "parameters that are no plain values: Kitfile; say them yourself" in found.found
    assert folder.unread == []


def test_a_model_that_is_another_modelkit_is_what_it_was_made_from(tmp_path: Path) -> None:
    text = "manifestVersion: 1.0.0\nmodel: {name: a, path: 'registry.example.com/ml/base:1'}\n"
    found = recognise(folder_of(tmp_path, {"Kitfile": text}))
    assert spec(found)["lineage"] == {"baseModel": {"ref": "registry.example.com/ml/base:1"}}
    assert found is not None
    assert any("made from another ModelKit" in line for line in found.found)


@pytest.mark.parametrize(
    "text",
    [
        "model: {path: a}\n",
        "manifestVersion: 1.0.0\n",
        "[]\n",
        "manifestVersion: [\n",
    ],
    ids=["version", "nothing", "list", "broken"],
)
def test_what_is_no_kitfile_is_none(text: str, tmp_path: Path) -> None:
    assert recognise(folder_of(tmp_path, {"Kitfile": text})) is None


@pytest.mark.parametrize("path", ["../model.bin", "/etc/passwd", "a/../../b", "", "nowhere.bin"])
def test_no_file_outside_is_named(path: str, tmp_path: Path) -> None:
    text = f"manifestVersion: 1.0.0\nmodel: {{path: '{path}', parts: [{{path: '{path}'}}]}}\n"
    found = recognise(folder_of(tmp_path / "kit", {"Kitfile": text}))
    assert found is not None
    assert found.roles == {}


@pytest.mark.parametrize(
    "text",
    [
        "package: 3\nmodel: []\ncode: x\ndatasets: {a: b}\ndocs: [1, null]\n",
        "model: {parts: {}, parameters: [1], license: [MIT], name: {a: b}}\n",
    ],
)
def test_values_of_other_kinds_say_nothing(text: str, tmp_path: Path) -> None:
    found = recognise(folder_of(tmp_path, {"Kitfile": f"manifestVersion: 1.0.0\n{text}"}))
    assert found is not None
    assert (found.roles, spec(found)["parameters"]) == ({}, {})
