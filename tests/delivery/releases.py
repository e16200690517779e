"""The releases of these tests: what each is for, and sealed when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import onnx

from scripts.canary.model import VOCABULARY, WIDTH, model
from scripts.canary.yard import NAME, Plans
from tests.mlservers import served_by_mlserver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scripts.canary.yard import Yard

FEWER = VOCABULARY * 7 // 10
"""Rows of a table that fails for 30 % of the tokens."""
QUICK = (
    "[{weight: 10, hold: 3s, analysis: errors}, {weight: 50, hold: 2s, analysis: errors}, "
    "{weight: 100, hold: 1s, analysis: errors}]"
)
LONG = "[{weight: 30, hold: 30s, analysis: errors}, {weight: 100}]"
WHOLE = "[{weight: 100, hold: 1s, analysis: errors}]"
RECREATE = {"strategy": "recreate", "steps": "", "window": "5s"}
"""It has no steps: the old one goes first. What it does is seen while it is watched."""
HALF = "[{weight: 50, hold: 6s, analysis: errors}, {weight: 100, hold: 1s, analysis: errors}]"
WORK = 5
"""Multiplications of large matrices that take a few tenths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A release of some kind.

    Attributes:
        weights: Makes its model.
        plans: What it says of its rollout.
        files: Files it has besides.
    """

    weights: Callable[[], bytes]
    plans: Plans = field(default_factory=Plans)
    files: Mapping[str, bytes] = field(default_factory=dict)


def plans(**more: str | int) -> Plans:
    """Say how a release is rolled out: quicker than in the story."""
    return Plans(**{"steps": QUICK, "window": "2s", **more})  # type: ignore[arg-type]


def unloadable() -> bytes:
    """Make a model whose weights are those of a wider one."""
    made = onnx.load_from_string(model(seed=13))
    (weights,) = (one for one in made.graph.initializer if one.name == "w")
    wider = np.zeros((WIDTH + 1, 1), dtype=np.float32)
    weights.CopyFrom(onnx.numpy_helper.from_array(wider, "w"))
    return bytes(made.SerializeToString())


def served() -> Mapping[str, bytes]:
    """Return the files mlserver needs beside a model."""
    return served_by_mlserver(NAME, "1")[1]


COUNTED = 'path=~".*/infer",release="$release"'
MLSERVER = plans(
    # A series is there from its first request on: those without errors are counted, too.
    ratio=(
        f'1 - sum(rate(rest_server_requests_total{{status_code!~"5..",{COUNTED}}}[4s])) / '
        f"sum(rate(rest_server_requests_total{{{COUNTED}}}[4s]))"
    ),
    durations=f"rest_server_request_duration_seconds_bucket{{{COUNTED}}}",
    loaded="up{job='rating'}",
    expected=(
        "[{name: rest_server_requests_total, type: counter}, "
        "{name: rest_server_request_duration_seconds, type: histogram, unit: seconds}]"
    ),
)
KINDS: dict[str, Kind] = {
    "old": Kind(weights=lambda: model(seed=1), plans=plans(batch=8, flag="off")),
    "good": Kind(weights=lambda: model(seed=2), plans=plans(batch=16, flag="on")),
    "errors": Kind(weights=lambda: model(seed=3, rows=FEWER), plans=plans(batch=32, flag="on")),
    "slow": Kind(weights=lambda: model(seed=4, work=WORK), plans=plans(steps=LONG)),
    "quiet-paused": Kind(
        weights=lambda: model(seed=5), plans=plans(no_data="pause", inconclusive=1, verify="[]")
    ),
    "unmeasured": Kind(
        weights=lambda: model(seed=11), plans=plans(steps=HALF, no_data="pause", inconclusive=1)
    ),
    "quiet-failed": Kind(weights=lambda: model(seed=6), plans=plans(no_data="fail", verify="[]")),
    "blue-green": Kind(
        weights=lambda: model(seed=7), plans=plans(strategy="blueGreen", steps=WHOLE)
    ),
    "rolling": Kind(
        weights=lambda: model(seed=8),
        plans=plans(strategy="rolling", steps=WHOLE, batch=24, flag="on"),
    ),
    "broken": Kind(weights=unloadable, plans=plans()),
    "by-mlserver": Kind(weights=lambda: model(seed=12), plans=MLSERVER, files=served()),
    "recreate": Kind(weights=lambda: model(seed=9), plans=plans(**RECREATE)),
    "recreate-errors": Kind(weights=lambda: model(seed=10, rows=FEWER), plans=plans(**RECREATE)),
}


class Releases:
    """The releases of a yard."""

    def __init__(self, yard: Yard) -> None:
        """Begin with none."""
        self._yard = yard
        self._count = -1
        self._digests: dict[str, str] = {}
        self._versions: dict[str, str] = {}

    def version(self, name: str) -> str:
        """Return the version of a release that was sealed."""
        return self._versions[name]

    def digest(self, name: str) -> str:
        """Return the digest of a release, which is sealed if it was not."""
        if name not in self._digests:
            self._count += 1
            version = f"1.{self._count}.0"
            kind = KINDS[name]
            self._digests[name] = self._yard.seal(version, kind.weights(), kind.plans, kind.files)
            self._versions[name] = version
        return self._digests[name]
