"""Knobs of KServe, by the mode it runs in: what a mode would ignore or turn down is refused."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.location import pointer
from weighbridge.render.workload import typed_knobs

if TYPE_CHECKING:
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.configuration import Configuration


class Mode(Enum):
    """How KServe runs a release, by its name of today."""

    KNATIVE = "Knative"
    STANDARD = "Standard"

    @property
    def former(self) -> str:
        """Its name before KServe 0.16."""
        return "Serverless" if self is Mode.KNATIVE else "RawDeployment"


MODES: Final = {
    "Knative": Mode.KNATIVE,
    "Serverless": Mode.KNATIVE,
    "Standard": Mode.STANDARD,
    "RawDeployment": Mode.STANDARD,
}
_KNOBS: Final = {
    "batcher.maxBatchSize": int,
    "batcher.maxLatency": int,
    "batcher.timeout": int,
    "containerConcurrency": int,
    "maxReplicas": int,
    "minReplicas": int,
    "scaleMetric": str,
    "scaleMetricType": str,
    "scaleTarget": int,
    "timeout": int,
}
_ONLY: Final = {"containerConcurrency": Mode.KNATIVE, "scaleMetricType": Mode.STANDARD}
_METRICS: Final = {Mode.KNATIVE: ("concurrency", "rps"), Mode.STANDARD: ("cpu", "memory")}
_TYPES: Final = ("Utilization", "AverageValue")


def scaling(
    order: Order, configured: Configuration, mode: Mode, remarks: Remarks
) -> dict[str, Any]:
    """Return what an InferenceService says of replicas, concurrency, batches and time.

    Args:
        order: What is rendered.
        configured: The release's configuration.
        mode: How KServe runs it.
        remarks: Takes what cannot be done.
    """
    knobs = typed_knobs(configured, _KNOBS, remarks, target=f"KServe {order.version}")
    for name in sorted(knobs):
        if _ONLY.get(name, mode) is not mode:
            _refuse_ignored(configured, name, mode, remarks)
    for name, known in (("scaleMetric", _METRICS[mode]), ("scaleMetricType", _TYPES)):
        if knobs.get(name, known[0]) not in known:
            _refuse_value(configured, name, mode, known, remarks)
    if mode is Mode.STANDARD and knobs.get("minReplicas") == 0:
        _refuse_value(configured, "minReplicas", mode, ("1 or more",), remarks)
    found: dict[str, Any] = {}
    least = knobs.get("minReplicas", int(order.options["replicas"]))
    found["minReplicas"] = least
    found["maxReplicas"] = knobs.get("maxReplicas", max(least, int(order.options["maxReplicas"])))
    if found["maxReplicas"] < least:
        _refuse_value(configured, "maxReplicas", mode, (f"{least} or more",), remarks)
    if mode is Mode.STANDARD and "scaleMetric" not in knobs and "scaleTarget" not in knobs:
        knobs |= {"scaleMetric": "cpu", "scaleTarget": int(order.options["cpuUtilization"])}
    return dict(sorted({**found, **_nested(knobs)}.items()))


def _nested(knobs: dict[str, Any]) -> dict[str, Any]:
    """Put `batcher.maxBatchSize` where it belongs."""
    found = {name: value for name, value in sorted(knobs.items()) if "." not in name}
    for name, value in sorted(knobs.items()):
        outer, dot, inner = name.partition(".")
        if dot:
            found.setdefault(outer, {})[inner] = value
    return found


def _refuse_value(
    configured: Configuration, name: str, mode: Mode, known: tuple[str, ...], remarks: Remarks
) -> None:
    value, parameter = configured.knobs.get(name, ("", ""))
    other = next(one for one in Mode if one is not mode)
    remarks.refuse(
        f"in {mode.value} mode KServe turns down {name} {value}",
        f"/spec/parameters{pointer(parameter)}/value" if parameter else "",
        f"take {' or '.join(known)}",
        f"or see whether {other.value} mode does: option deploymentMode",
        seen=str(value),
        wanted=", ".join(known),
    )


def _refuse_ignored(configured: Configuration, name: str, mode: Mode, remarks: Remarks) -> None:
    parameter = configured.knobs[name][1]
    other = _ONLY[name]
    remarks.refuse(
        f"in {mode.value} mode KServe ignores {name}, which parameter {parameter} sets",
        f"/spec/parameters{pointer(parameter)}/mapsTo",
        f"take {other.value} mode: option deploymentMode={other.value}",
        "or map the parameter to `env` or `args`, which the server itself reads",
        seen=mode.value,
        wanted=other.value,
    )
