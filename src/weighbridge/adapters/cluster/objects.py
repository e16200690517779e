"""The objects of a rendering that a cluster is given: of this release, of known kinds, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from weighbridge.model.errors import ClusterError
from weighbridge.rollout.controllers.fields import is_of, text

if TYPE_CHECKING:
    from weighbridge.model.delivery_ports import Cargo
    from weighbridge.model.rendering import RenderedFile

FIRST: Final = (
    "ConfigMap",
    "ServiceAccount",
    "Service",
    "AnalysisTemplate",
    "MetricTemplate",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "OpenTelemetryCollector",
    "PrometheusRule",
    "ServiceMonitor",
)
"""Kinds that are applied before what runs, in this order."""
LAST: Final = ("Canary", "Deployment", "Rollout", "InferenceService")
"""Kinds that begin a rollout, in this order: Flagger's Canary knows how before there is what."""
_ORDER: Final = {kind: rank for rank, kind in enumerate((*FIRST, *LAST))}


def objects_of(cargo: Cargo) -> tuple[dict[str, Any], ...]:
    """Return the objects of a release, in the order they are applied.

    They lie on top of the rendering; rules, tests, dashboards and later steps lie in folders.

    Raises:
        ClusterError: One of them is none that is delivered: a Secret, or of another release.
    """
    tops = [one for one in cargo.files if "/" not in one.path and one.path.endswith(".yaml")]
    found = [one for file in tops for one in documents(file)]
    for one in found:
        _check(one, cargo.digest)
    return tuple(sorted(found, key=lambda one: _ORDER[one["kind"]]))


def workload(cargo: Cargo, kind: str) -> dict[str, Any]:
    """Return the one object of a kind.

    Raises:
        ClusterError: There is none, or there are several.
    """
    found = [one for one in objects_of(cargo) if one["kind"] == kind]
    if len(found) != 1:
        raise ClusterError(
            f"the rendering has {len(found)} objects of kind {kind}",
            wanted="1",
            help=["the environment's target and the rendering do not fit together"],
        )
    return found[0]


def documents(file: RenderedFile) -> list[dict[str, Any]]:
    """Read the objects of a rendered file.

    Raises:
        ClusterError: Something in it is none.
    """
    try:
        found = list(yaml.load_all(file.content, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ClusterError(f"the rendered file {file.path} is no YAML") from error
    for one in found:
        if not (text(one, "kind") and text(one, "apiVersion") and text(one, "metadata", "name")):
            raise ClusterError(f"the rendered file {file.path} holds what is no object")
    return found


def _check(one: dict[str, Any], digest: str) -> None:
    if one["kind"] not in _ORDER:
        raise ClusterError(
            f"a {one['kind']} is nothing that is delivered",
            seen=f"{one['kind']} {one['metadata']['name']}",
            wanted=", ".join(sorted(_ORDER)),
            help=["secrets go to the cluster by other ways: a secret store and its operator"],
        )
    if not is_of(one, digest):
        raise ClusterError(
            f"the rendered {one['kind']} {one['metadata']['name']} does not say its release",
            wanted=digest,
        )
