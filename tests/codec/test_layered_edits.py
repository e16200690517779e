"""Editing a manifest over a template: the author's text changes, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.codec.edits import find, set_value
from weighbridge.codec.layers import merged
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import UsageError
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from weighbridge.model.document import Document

TEMPLATE = """\
spec:
  release:
    spec:
      model: {family: f, format: onnx}
      parameters:
        batch: {type: integer, value: 8}
        level: {type: string, value: info}
      artifacts:
        - {name: model, role: weights, path: model.onnx}
        - {name: labels, role: schema, path: labels.json}
"""
MANIFEST = """\
extends: f@1   # the family
metadata: {name: a}
spec:
  model:
    name: a    # ours
  parameters:
    batch: {value: 16}
  artifacts:
    - name: labels
      path: l.json
"""


def over(text: str = MANIFEST) -> Document:
    template = read_document(TEMPLATE.encode(), "f@1.yaml")
    return merged(template, "/spec/release", read_document(text.encode(), "r.yaml"), ModelRelease)


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        # what the author wrote is replaced in place
        ("spec.model.name", "b", "name: a    #", "name: b    #"),
        ("spec.parameters.batch.value", 32, "{value: 16}", "{value: 32}"),
        ("spec.artifacts.labels.path", "x.json", "path: l.json", "path: x.json"),
        # what the template says is overridden where the author's words are
        (
            "spec.model.format",
            "gguf",
            "name: a    # ours\n",
            "name: a    # ours\n    format: gguf\n",
        ),
        (
            "spec.parameters.batch.type",
            "number",
            "{value: 16}",
            "{value: 16, type: number}",
        ),
        (
            "spec.parameters.level.value",
            "debug",
            "    batch: {value: 16}\n",
            "    batch: {value: 16}\n    level: {value: debug}\n",
        ),
        # a member of the template's list is named by its key
        (
            "spec.artifacts.model.size",
            7,
            "      path: l.json\n",
            "      path: l.json\n    - {name: model, size: 7}\n",
        ),
        # what nobody says is written
        ("metadata.risk", "high", "{name: a}", "{name: a, risk: high}"),
    ],
)
def test_an_edit_changes_the_authors_text_alone(
    path: str, value: str | int, before: str, after: str
) -> None:
    document = over()
    edited = set_value(document, find(document, path), value)
    assert edited.text == MANIFEST.replace(before, after, 1)
    again = over(edited.text)
    assert again.value(find(again, path)) == value


def test_a_list_only_the_template_has_is_begun() -> None:
    text = MANIFEST[: MANIFEST.index("  artifacts:")]
    document = over(text)
    edited = set_value(document, find(document, "spec.artifacts.model.size"), 7)
    assert edited.text == text + "  artifacts: [{name: model, size: 7}]\n"
    assert over(edited.text).value("/spec/artifacts/0") == {
        "name": "model",
        "role": "weights",
        "path": "model.onnx",
        "size": 7,
    }


@pytest.mark.parametrize("flow", ["[{name: labels, path: l.json}]", "[]"])
def test_a_list_in_brackets_gets_its_member_in_brackets(flow: str) -> None:
    text = MANIFEST[: MANIFEST.index("  artifacts:")] + f"  artifacts: {flow}\n"
    document = over(text)
    if flow == "[]":  # an empty list has the last word: there is no such member any more
        with pytest.raises(UsageError, match="no member 'model'"):
            find(document, "spec.artifacts.model.size")
        return
    edited = set_value(document, find(document, "spec.artifacts.model.size"), 7)
    assert "l.json}, {name: model, size: 7}]" in edited.text


def test_values_know_the_layer_they_were_written_in() -> None:
    document = over()
    assert str(document.location("/spec/model/name")) == "r.yaml:5:11"
    assert str(document.location("/spec/model/format")) == "f@1.yaml:4:34"
    assert document.location("/spec/model/format").pointer == "/spec/release/spec/model/format"
    assert document.source_text("/spec/artifacts/0/path") == "model.onnx"
    assert document.source_text("/spec/artifacts/1/path") == "l.json"
    assert document.written_at("/spec/artifacts/1/path") == "/spec/artifacts/0/path"
    assert document.written_at("/spec/artifacts/0/path") == "/spec/artifacts/0/path"
    # What is missing would be written where the mapping it belongs to was.
    assert str(document.location("/spec/model/task")).startswith("r.yaml:4:")
