"""What runs the containers of a target: does the runtime go with Kubernetes, are APIs still there.

Orchestrators other than Kubernetes are not judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, may_be_within, number
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.compatibility.judging import Verdict, data_of, judge, rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.compatibility_data import CompatibilityData
    from weighbridge.model.fact import Facts
    from weighbridge.model.release.compatibility import Target

KUBERNETES: Final = frozenset({"aks", "eks", "gke", "k3s", "k8s", "kubernetes", "rke2"})
"""Orchestrators whose version is that of Kubernetes."""

_RUNTIME: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*?)(?:[ /:@]+|-)v?([0-9][A-Za-z0-9.+~-]*)")
_SPELLINGS: Final = {"crio": "cri-o", "docker-engine": "docker", "dockershim": "docker"}
_PATCHED: Final = 3


def cells(facts: Facts, target: Target) -> Iterator[Cell]:
    """Say of a target whether its container runtime goes with its Kubernetes."""
    kubernetes = kubernetes_of(target)
    if not kubernetes or not target.container_runtime:
        return
    name, version = runtime_of(target.container_runtime)
    data = data_of(facts)
    rows = rows_for(data, Kind.RUNTIME, name, kubernetes)
    found = judge(rows, version or "?", facts.now)
    why, nearest, fit = found.unknown_because, "", found.fit
    shown = f"{name} {version}".strip()
    if not version:
        fit, why = Fit.UNKNOWN, f"{target.container_runtime} names no version"
    elif fit is Fit.YES:
        why = f"{shown} goes with Kubernetes {kubernetes}"
    elif fit is Fit.IF and found.row:
        why = f"{shown} with Kubernetes {kubernetes}: {found.row.condition}"
    elif fit is Fit.NO and found.row:
        why = f"{shown} does not go with Kubernetes {kubernetes}"
        nearest = found.row.instead or f"{name} {found.row.admits}"
    elif fit is Fit.UNKNOWN and found.row and not found.stale:
        fit, why = _short(name, version, kubernetes, found)
        nearest = f"{name} {found.row.admits}"
    yield Cell(
        package=name,
        version=version,
        target=target.name,
        fit=fit,
        cause=Cause.NONE if fit is Fit.YES else Cause.CONTAINER_RUNTIME,
        why=why,
        nearest=nearest,
        row=found.id,
    )


def _short(name: str, version: str, kubernetes: str, found: Verdict) -> tuple[Fit, str]:
    """Judge a version without its patch level: some of its patches may do."""
    parsed = number(version)
    admits = found.row.admits if found.row else ""
    if parsed and len(parsed.release) < _PATCHED and may_be_within(version, admits):
        return Fit.IF, f"the patch level of {name} {version} is within {admits}"
    return Fit.UNKNOWN, f"{name} {version} is not among those said to go with {kubernetes}"


def kubernetes_of(target: Target) -> str:
    """Return the version of Kubernetes a target runs, or empty."""
    orchestrator = target.orchestrator
    if orchestrator is None or orchestrator.kind.lower() not in KUBERNETES:
        return ""
    return orchestrator.version or ""


def runtime_of(text: str) -> tuple[str, str]:
    """Split the name of a container runtime from its version, which may be missing."""
    match = _RUNTIME.fullmatch(text.strip())
    name, version = (match[1], match[2]) if match else (text.strip(), "")
    name = name.lower()
    return _SPELLINGS.get(name, name), version


def api_verdict(
    data: CompatibilityData, api_version: str, kind: str, kubernetes: str, now: str
) -> Verdict:
    """Say whether a version of Kubernetes serves a kind of object under an API version.

    Only what was removed is recorded; of anything else there is no row, and it is unknown.
    """
    rows = rows_for(data, Kind.API, f"{api_version} {kind}")
    return judge(rows, kubernetes, now)


def skew_verdict(
    data: CompatibilityData, component: str, version: str, server: str, now: str
) -> Verdict:
    """Say whether a component of a version may stand beside an API server of another."""
    own, other = number(version), number(server)
    if own is None or other is None or own.major != other.major:
        return Verdict(fit=Fit.UNKNOWN)
    behind = other.minor - own.minor
    rows = rows_for(data, Kind.SKEW, component, server)
    if behind < 0 and rows:
        return Verdict(fit=Fit.NO if rows[0].holds(now) else Fit.UNKNOWN, row=rows[0])
    return judge(rows, str(behind), now)
