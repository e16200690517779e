"""Manifests for the tests of this folder, and short ways to read them."""

from __future__ import annotations

import copy
import json
from typing import Any

from weighbridge.codec.reading import read_document
from weighbridge.codec.resolved import release_digest
from weighbridge.codec.validating import read_release
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

EXAMPLE = """\
# yaml-language-server: $schema=weighbridge.dev/v1/model-release.schema.json
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: file-type-detector
  version: "1.4.0"
  versioning: semver
  owner: {team: content-safety, contact: content-safety@example.com, escalation: on-call-content}
  risk: medium
spec:
  source: {repo: "https://git.example.com/ml/file-type-detector",
           commit: 3f9c2b7e6d1a4c50b8e7f1d2a3c4b5d6e7f80912, dirty: false}
  model: {name: file-type-detector, version: "3.3", family: onnx-classifier, task: classification,
          format: onnx, license: Apache-2.0}
  environment:
    runtime: {implementation: cpython, version: "3.11.7"}
  dependencies:
    runtime: {lock: requirements.lock, format: requirements,
      digest: "sha256:fd0fe62cd20e6923c737ebc8ddf03e8fa25cf201c3b5fbf15659ab22a3a08d7c"}
    sources: [{name: internal, kind: index, ref: "https://packages.example.com/simple",
               allow: ["*"]}]
  parameters:
    max_batch_size:
      kind: inference
      type: integer
      value: 32
      default: 8
      fallback: 1
      minimum: 1
      maximum: 256
      description: Requests scored in one call of the model.
      effects:
        latency: {direction: up, note: "p99 grows about linearly beyond 64"}
        throughput: {direction: up}
        memory: {direction: up, note: "8 KiB a request"}
      adjustWhen: "throughput is short and p99 is under half its limit"
      mapsTo: {triton: max_batch_size, bentoml: max_batch_size, env: MAX_BATCH_SIZE}
  artifacts:
    - {name: model, role: weights, path: model.onnx, format: onnx,
       mediaType: application/octet-stream, size: 3173232,
       digest: "sha256:c03a8b8fb97996492099484e49f1ebe4cb6f10cd2ca37ae70920e70c1a14c0d3"}
    - {name: labels, role: schema, path: labels.json, format: json,
       digest: "sha256:1fe700bc3cb6885eb37de560ff2965c688bc3b0aee78780187a585fb0c45ec71"}
  rollout:
    strategy: canary
    steps: [{weight: 10, hold: 5m, analysis: errors}, {weight: 50, hold: 10m, analysis: errors},
            {weight: 100}]
    analysis:
      - name: errors
        query: 'sum(rate(requests_errors_total{release="$release"}[1m])) / sum(rate(r_total[1m]))'
        success: "value < 0.01"
        failure: "value > 0.05"
        interval: 30s
        minSamples: 200
        onNoData: pause
        failureLimit: 1
  governance:
    creators: [role:content-safety]
    approvers: {min: 2, roles: [ml-lead, sre]}
    deployers: [role:platform]
    encryption: {atRest: required, inTransit: required}
    secrets: {rotation: 90d}
"""

# What the example leaves out, so that every modelled field has a value to change.
_MORE = """\
metadata:
  releasedAt: 2026-11-22T10:00:00+01:00
  labels: {tier: "1"}
  annotations: {example.com/note: ""}
spec:
  source: {ref: main}
  model: {formatVersion: "8", framework: torch, frameworkVersion: 2.9.0}
  dependencies:
    dev: {lock: uv.lock, format: uv, digest: "sha256:DIGEST"}
    test: {lock: pylock.toml, format: pylock, digest: "sha256:DIGEST"}
  parameters:
    max_batch_size:
      enum: [1, 8, 32]
      unit: requests
      effects: {quality: {direction: none, note: none}, throughput: {note: less and less}}
      validations: [value >= 1]
  rollout: {maxSurge: 25%, maxUnavailable: 0}
  governance: {retention: 52w, audit: ledger}
"""


def document_data(text: str | bytes) -> dict[str, Any]:
    """Read a text whose faults do not matter."""
    return read_document(text if isinstance(text, bytes) else text.encode(), "sample.yaml").data


def full_data() -> dict[str, Any]:
    """Make a manifest in which every modelled field has a value."""
    data: dict[str, Any] = _merged(
        document_data(EXAMPLE), document_data(_MORE.replace("DIGEST", "0" * 64))
    )
    data["spec"]["artifacts"][0] |= {"uri": "https://example.com/model.onnx", "version": "3"}
    data["spec"]["rollout"]["analysis"][0] |= {"count": 5, "inconclusiveLimit": 2}
    return data


def _merged(left: object, right: object) -> Any:  # noqa: ANN401 - a tree of any kind
    if not isinstance(left, dict) or not isinstance(right, dict):
        return right
    return {**left, **{key: _merged(left.get(key), value) for key, value in right.items()}}


def with_value(data: dict[str, Any], path: str, written: str) -> bytes:
    """Write a manifest with one value, at a path such as `spec.artifacts.0.size`, as YAML text."""
    hole = "<the value>"
    changed: Any = copy.deepcopy(data)
    *way, last = path.split(".")
    node = changed
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[int(last) if isinstance(node, list) else last] = hole
    text = json.dumps(changed, ensure_ascii=False, indent=1)
    assert text.count(f'"{hole}"') == 1
    return text.replace(f'"{hole}"', written).encode()


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
