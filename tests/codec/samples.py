"""Manifests for the tests of this folder, and short ways to read them."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from weighbridge.codec.manifest import read_release
from weighbridge.codec.reading import read_document
from weighbridge.codec.resolved import release_digest
from weighbridge.model.errors import DocumentError, Fault

MINIMAL = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: file-type-detector
  version: "1.4.0"
  owner:
    team: content-safety
spec:
  source: {}
  model:
    name: file-type-detector
  environment:
    runtime: {implementation: cpython, version: "3.11.7"}
  dependencies:
    runtime: {lock: requirements.lock, format: requirements}
  artifacts:
    - {name: model, role: weights, path: model.onnx}
"""

HERE = Path(__file__).parent
EXAMPLE = (HERE / "example.yaml").read_text(encoding="utf-8")
WHOLE = (HERE / "whole.yaml").read_text(encoding="utf-8").replace("DIGEST", f"sha256:{'0' * 64}")


def document_data(text: str | bytes) -> dict[str, Any]:
    """Read a text whose faults do not matter."""
    return read_document(text if isinstance(text, bytes) else text.encode(), "sample.yaml").data


def full_data() -> dict[str, Any]:
    """Make a manifest in which every modelled field has a value."""
    data: dict[str, Any] = _unshared(document_data(WHOLE))
    return data


def _unshared(value: Any) -> Any:  # noqa: ANN401 - a tree of any kind
    """Copy a tree so that no two places of it are one: aliases are; decimals become text."""
    if isinstance(value, dict):
        return {key: _unshared(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_unshared(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value


def with_value(data: dict[str, Any], path: str, written: str) -> bytes:
    """Write a manifest with one value, at a path such as `spec.artifacts.0.size`, as YAML text.

    Sections that nothing must have and the path does not lead through are left out.
    """
    hole = "<the value>"
    text = json.dumps(_with(data, path, hole), ensure_ascii=False, indent=1)
    assert text.count(f'"{hole}"') == 1
    return text.replace(f'"{hole}"', written).encode()


def data_with_value(data: dict[str, Any], path: str, written: str) -> dict[str, Any]:
    """Read what `with_value` writes, without reading all around the value again."""
    return _with(data, path, document_data(f'{{"it": {written}}}').get("it"))


def _with(data: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    *way, last = path.split(".")
    changed: Any = copy.deepcopy(_around(data, path.split(".")))
    node = changed
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[int(last) if isinstance(node, list) else last] = value
    found: dict[str, Any] = changed
    return found


_NEEDED = {
    (): {"apiVersion", "kind", "metadata", "spec"},
    ("spec",): {"source", "model", "environment", "dependencies", "artifacts"},
    ("spec", "environment"): {"runtime"},
    ("spec", "dependencies"): {"runtime"},
}


def _around(data: dict[str, Any], path: list[str], at: tuple[str, ...] = ()) -> dict[str, Any]:
    """Keep of a manifest what it needs and what a path leads through."""
    needed = _NEEDED.get(at)
    if needed is None:
        return data
    kept = {key: value for key, value in data.items() if key in needed or key == path[len(at)]}
    for key, value in kept.items():
        kept[key] = _around(value, [*path, ""], (*at, key)) if isinstance(value, dict) else value
    return kept


def faults_of(data: str | bytes, file: str = "release.yaml") -> tuple[Fault, ...]:
    """List the faults of a manifest."""
    try:
        read_release(data if isinstance(data, bytes) else data.encode(), file)
    except DocumentError as error:
        return error.faults
    return ()


def digest_of(data: str | bytes) -> str:
    """Read a manifest and return its release digest."""
    release, _ = read_release(data if isinstance(data, bytes) else data.encode(), "release.yaml")
    return release_digest(release)


def place(fault: Fault) -> str:
    """Write where a fault stands: `line:column pointer`."""
    at = fault.location
    assert at is not None
    return f"{at.line}:{at.column} {at.pointer}"


# One value of every way to write one.
PLACES = """\
# a comment, é
plain: text with blanks  # behind it
"quoted": "dö\\u00e9x"
'single': 'it''s'
empty:
flow: {a: 1, "b": [x, 日本語, 😀y , z]}
block:
  - one
  -   two:  2
      three: {}
literal: |2-
    indented
  text
folded: >
  a

  b

anchored: &name  here
tagged: !!str 12
alias: *name
last: "over
  two lines"
"""
