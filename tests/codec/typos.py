"""Misspelt keys, made by the hundred: the same ones every time."""

from __future__ import annotations

import copy
import json
import random
import string
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.codec.samples import document_data
from weighbridge.codec.describing import fields, section_at
from weighbridge.model.location import pointer
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Way = tuple[str | int, ...]

SEED = 20261122
_BASE = Path(__file__).parent / "v1alpha1" / "full.json"
_DIGEST = "sha256:" + "0" * 64
_MORE = """\
spec:
  model: {family: onnx-classifier, framework: torch, frameworkVersion: 2.9.0}
  environment:
    image: {base: {ref: docker.example.com/python, digest: "DIGEST"}, buildSteps: [make]}
    os: {release: "12"}
    resources: {limits: {cpu: 1, memory: 2Gi, accelerators: [{type: gpu, count: 1, memory: 8Gi}]}}
    placement:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]
          preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 1, preference: {matchExpressions: [{key: zone, operator: Exists}]}}
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: host, labelSelector: {matchLabels: {app: demo}}}
      tolerations: [{key: gpu, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
    system: {args: [--verbose]}
    replicate: podman run
  compatibility:
    targets:
      - {name: prod, os: linux, osVersion: "12", arch: x86_64, libc: glibc, libcVersion: "2.36",
         python: "3.11", cuda: {toolkit: "12.4", driver: "550", computeCapability: ["8.0"]},
         containerRuntime: containerd 2, orchestrator: {kind: kubernetes, version: "1.33"}}
  build:
    command: [python, train.py]
    workingDirectory: src
    environment: [{name: HOME, value: /tmp}]
    inputs: [{name: data, path: data.parquet, digest: "DIGEST"}]
    outputs: [{name: model, uri: "https://example.com/model"}]
    seeds: [{name: numpy, value: 7}]
    compiler: [{name: gcc, version: "12"}]
    hardware: {cpu: EPYC, memory: 64Gi, accelerators: [{type: gpu, count: 2}]}
    tolerance: {absolute: 0.001, relative: 0.01}
  evaluation:
    golden: [{input: golden/pdf.bin, expected: {label: pdf}, tolerance: {absolute: "0.001"}}]
    metrics: [{name: accuracy, value: 0.99, floor: 0.985, confidence: 0.95, dataset: holdout}]
    performance:
      - {percentile: 99, latency: 20ms, throughput: 100, memory: 1Gi, hardware: laptop,
         perReplica: true, load: {concurrency: 4, rate: 10, duration: 1m}}
  rollout: {maxSurge: 25%, maxUnavailable: 0}
  observability:
    slos:
      - name: good
        description: answers are good
        indicator: {ratioMetric: {good: a, bad: b, total: c}}
        timeWindow: {duration: 30d, isRolling: true}
        budgetingMethod: Occurrences
        objectives: [{displayName: most, target: 0.99}]
    logs: {level: info}
  lineage:
    baseModel: {ref: base, digest: "DIGEST", license: MIT}
    datasets: [{ref: d, digest: "DIGEST", license: CC0-1.0}]
    parents: [{ref: detector@1, digest: "DIGEST"}]
  governance: {retention: 52w}
"""


@dataclass(frozen=True, slots=True)
class Typo:
    """A misspelt key.

    Attributes:
        kind: What went wrong.
        at: JSON pointer of the key as it is misspelt.
        meant: The key that was meant.
        depth: How many keys and members stand above it.
        text: The whole manifest with it.
    """

    kind: str
    at: str
    meant: str
    depth: int
    text: bytes


def whole() -> dict[str, Any]:
    """Make a manifest with every section there is."""
    base: dict[str, Any] = json.loads(_BASE.read_bytes())
    found: dict[str, Any] = _over(base, document_data(_MORE.replace("DIGEST", _DIGEST)))
    return found


def typos(count: int) -> list[Typo]:
    """Misspell keys of a whole manifest, at every depth and in every way in turn."""
    chance = random.Random(SEED)  # noqa: S311 - the same typos every time
    data = whole()
    by_depth: dict[int, list[Way]] = {}
    for way in _ways(data, ()):
        by_depth.setdefault(len(way), []).append(way)
    for ways in by_depth.values():
        chance.shuffle(ways)
    found: list[Typo] = []
    turn = 0
    while len(found) < count:
        ways = by_depth[sorted(by_depth)[turn % len(by_depth)]]
        way = ways[turn // len(by_depth) % len(ways)]
        kind = [*KINDS][chance.randrange(len(KINDS))]
        turn += 1
        wrong = KINDS[kind](str(way[-1]), chance)
        known = fields(section_at(way[:-1], ModelRelease))
        at = pointer(*way[:-1], wrong)
        if wrong and wrong not in known and at not in {one.at for one in found}:
            text = json.dumps(_misspelt(data, way, wrong), default=str).encode()
            found.append(Typo(kind, at, str(way[-1]), len(way) - 1, text))
    return found


def _ways(node: object, way: Way) -> Iterator[Way]:
    """List the ways to all keys that are ours; those of open maps are the author's own."""
    if isinstance(node, list):
        for index, member in enumerate(node):
            yield from _ways(member, (*way, index))
    elif isinstance(node, dict):
        for key, member in node.items():
            here = (*way, key)
            if key in fields(section_at(way, ModelRelease)) and _is_section(way):
                yield here
            yield from _ways(member, here)


def _is_section(way: Way) -> bool:
    """Tell a section from an open map: something that is no key of ours is refused there."""
    probe = (*way, "no-such-key")
    return section_at(probe, ModelRelease) is section_at(
        (*probe, "no-such-key"), ModelRelease
    ) and not _is_open(way)


def _is_open(way: Way) -> bool:
    open_maps = {
        "annotations", "labels", "env", "nodeSelector", "matchLabels", "parameters", "flags",
        "variants", "mapsTo", "expected", "value", "default",
    }  # fmt: skip
    *above, last = ("", *map(str, way))
    if last == "annotations" and "alerts" in above:
        return False
    return last in open_maps


def _misspelt(data: dict[str, Any], way: Way, wrong: str) -> dict[str, Any]:
    changed: Any = copy.deepcopy(data)
    node = changed
    for part in way[:-1]:
        node = node[part]
    members = {wrong if key == way[-1] else key: value for key, value in node.items()}
    node.clear()
    node.update(members)
    return dict(changed)


def _over(left: Any, right: Any) -> Any:  # noqa: ANN401 - trees of any kind
    if not isinstance(left, dict) or not isinstance(right, dict):
        return right
    return {**left, **{key: _over(left.get(key), value) for key, value in right.items()}}


def _delete(key: str, chance: random.Random) -> str:
    at = chance.randrange(len(key))
    return key[:at] + key[at + 1 :]


def _double(key: str, chance: random.Random) -> str:
    at = chance.randrange(len(key))
    return key[:at] + key[at] + key[at:]


def _swap(key: str, chance: random.Random) -> str:
    at = chance.randrange(len(key) - 1)
    return key[:at] + key[at + 1] + key[at] + key[at + 2 :]


def _replace(key: str, chance: random.Random) -> str:
    at = chance.randrange(len(key))
    return key[:at] + chance.choice(string.ascii_lowercase) + key[at + 1 :]


def _case(key: str, chance: random.Random) -> str:
    at = chance.randrange(len(key))
    return key[:at] + key[at].swapcase() + key[at + 1 :]


def _snake(key: str, chance: random.Random) -> str:
    joint = chance.choice("_-")
    snake = "".join(joint + one.lower() if one.isupper() else one for one in key)
    return snake if snake != key else ""


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "delete": _delete,
    "double": _double,
    "swap": _swap,
    "replace": _replace,
    "case": _case,
    "snake": _snake,
}
