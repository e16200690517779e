"""What is known of each field of a manifest: risk, rules, type of value, safer direction.

The judgement is a release engineer's: `high` can change what is served, who may change it, or
whether it can be undone; `medium` needs a look; `low` is prose, or cannot hurt anybody served.
Every field of the model has an entry here or below its section's root: a test walks the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.change import Risk, Type

Direction = Literal["", "up", "down"]


@dataclass(frozen=True, slots=True)
class Field:
    """What is known of a field, and of all below it that has no entry of its own.

    Attributes:
        risk: How much a mistake in it could hurt.
        rules: Codes of the rules that judge it.
        type: Type of its value; not of what lies below it.
        safer: The direction in which a change only asks for more: it is `medium` at most.
    """

    risk: Risk
    rules: tuple[str, ...]
    type: Type | Literal["parameter"] = ""
    safer: Direction = ""


def _low(*rules: str, type: Type | Literal["parameter"] = "") -> Field:  # noqa: A002 - Field's word
    return Field("low", rules, type)


def _medium(*rules: str, type: Type | Literal["parameter"] = "") -> Field:  # noqa: A002
    return Field("medium", rules, type)


def _high(*rules: str, type: Type = "", safer: Direction = "") -> Field:  # noqa: A002
    return Field("high", rules, type, safer)


_PARAMETER = _medium("CFG001", "CFG003", type="parameter")
"""A value of a parameter: its type stands beside it."""

TABLE: Mapping[str, Field] = {
    "/apiVersion": _high(),
    "/kind": _high(),
    # Who it is.
    "/metadata": _low(),
    "/metadata/name": _high(),
    "/metadata/version": _low(type="version"),
    "/metadata/versioning": _medium(),
    "/metadata/releasedAt": _low(type="time"),
    "/metadata/supportedUntil": _medium("DEP007"),
    "/metadata/owner": _medium("GOV001"),
    "/metadata/owner/team": _medium("GOV001"),
    "/metadata/owner/contact": _medium("GOV001"),
    "/metadata/owner/escalation": _medium("GOV001"),
    "/metadata/risk": _high("GOV008"),
    "/metadata/labels": _low(),
    "/metadata/annotations": _low(),
    # Where it came from.
    "/spec/source": _medium("REP004"),
    "/spec/source/repo": _high("GOV004", "INT007"),
    "/spec/source/commit": _medium("REP004"),
    "/spec/source/dirty": _high("REP004"),
    "/spec/source/ref": _low("INT004"),
    "/spec/build": _medium("REP001", "REP002"),
    "/spec/build/command": _high("REP001", "REP002"),
    "/spec/build/workingDirectory": _medium("REP001", "REP002"),
    "/spec/build/environment": _medium("REP001", "REP003"),
    "/spec/build/inputs": _high("REP001", "REP007"),
    "/spec/build/inputs/*/name": _low("REP001"),
    "/spec/build/inputs/*/digest": _high("INT001", "REP001", "REP007", type="digest"),
    "/spec/build/outputs": _medium("REP001", "REP002"),
    "/spec/build/outputs/*/digest": _high("INT001", "REP002", type="digest"),
    "/spec/build/seeds": _high("REP001", "REP003"),
    "/spec/build/compiler": _medium("CMP009", "REP001"),
    "/spec/build/compiler/*/version": _medium("CMP009", "REP001", type="version"),
    "/spec/build/hardware": _medium("REP001"),
    "/spec/build/hardware/memory": _medium("REP001", type="memory"),
    "/spec/build/hardware/accelerators/*/count": _medium("REP001", type="count"),
    "/spec/build/hardware/accelerators/*/memory": _medium("REP001", type="memory"),
    "/spec/build/tolerance": _high("REP002"),
    "/spec/build/tolerance/*": _high("REP002", type="decimal", safer="down"),
    "/spec/lineage": _medium("GOV006"),
    "/spec/lineage/baseModel": _high("GOV006"),
    "/spec/lineage/baseModel/digest": _high("GOV006", type="digest"),
    "/spec/lineage/baseModel/license": _medium("DEP013", "GOV006"),
    "/spec/lineage/datasets": _high("GOV006"),
    "/spec/lineage/datasets/*/digest": _high("GOV006", type="digest"),
    "/spec/lineage/datasets/*/license": _medium("DEP013", "GOV006"),
    "/spec/lineage/parents": _medium("GOV006"),
    "/spec/lineage/parents/*/digest": _high("GOV006", type="digest"),
    # What it computes.
    "/spec/model": _medium(),
    "/spec/model/name": _medium(),
    "/spec/model/version": _medium(type="version"),
    "/spec/model/family": _medium(),
    "/spec/model/task": _medium("CMP010"),
    "/spec/model/format": _high("CMP008"),
    "/spec/model/formatVersion": _high("CMP008", type="version"),
    "/spec/model/framework": _high("CMP008"),
    "/spec/model/frameworkVersion": _high("CMP008", "DEP007", type="version"),
    "/spec/model/license": _medium("DEP013"),
    "/spec/signature": _high("CMP010"),
    "/spec/signature/inputs": _high("CMP010"),
    "/spec/signature/outputs": _high("CMP010"),
    "/spec/processing": _high("REP005"),
    "/spec/processing/pre": _high("REP005"),
    "/spec/processing/post": _high("REP005"),
    "/spec/processing/*/*/digest": _high("INT001", "REP005", type="digest"),
    "/spec/artifacts": _medium("INT002"),
    "/spec/artifacts/*/name": _medium("INT002"),
    "/spec/artifacts/*/role": _high(),
    "/spec/artifacts/*/path": _high("INT002", "INT009"),
    "/spec/artifacts/*/uri": _high("INT004"),
    "/spec/artifacts/*/mediaType": _medium("INT008"),
    "/spec/artifacts/*/format": _high("INT008"),
    "/spec/artifacts/*/size": _medium("INT001", type="size"),
    "/spec/artifacts/*/digest": _high("INT001", type="digest"),
    "/spec/artifacts/*/version": _low(type="version"),
    "/spec/parameters": _medium("CFG001", "CFG003"),
    "/spec/parameters/*/kind": _low("CFG002"),
    "/spec/parameters/*/type": _high("CFG001"),
    "/spec/parameters/*/value": _PARAMETER,
    "/spec/parameters/*/default": _PARAMETER,
    "/spec/parameters/*/fallback": _PARAMETER,
    "/spec/parameters/*/minimum": _PARAMETER,
    "/spec/parameters/*/maximum": _PARAMETER,
    "/spec/parameters/*/enum": _medium("CFG001"),
    "/spec/parameters/*/unit": _medium("CFG001", "CFG002"),
    "/spec/parameters/*/description": _low("CFG002"),
    "/spec/parameters/*/effects": _low("CFG002"),
    "/spec/parameters/*/adjustWhen": _low("CFG002"),
    "/spec/parameters/*/validations": _medium("CFG001"),
    "/spec/parameters/*/mapsTo": _medium("CMP006"),
    "/spec/flags": _medium("CFG001"),
    "/spec/flags/*/state": _high("CFG001"),
    "/spec/flags/*/variants": _medium("CFG001"),
    "/spec/flags/*/defaultVariant": _high("CFG001"),
    # What it runs in.
    "/spec/environment": _medium("REP008"),
    "/spec/environment/image": _high("CMP005", "INT004", "INT011"),
    "/spec/environment/image/ref": _high("CMP005", "INT004", "INT011"),
    "/spec/environment/image/digest": _high("CMP005", "INT004", "INT011", type="digest"),
    "/spec/environment/image/base": _high("CMP005", "INT004", "INT011"),
    "/spec/environment/image/base/digest": _high("CMP005", "INT004", "INT011", type="digest"),
    "/spec/environment/image/buildSteps": _high("REP001", "SEC008"),
    "/spec/environment/os": _high("DEP007", "DEP014"),
    "/spec/environment/os/distribution": _high("DEP007"),
    "/spec/environment/os/release": _high("DEP007", type="version"),
    "/spec/environment/os/snapshot": _high("DEP014"),
    "/spec/environment/os/packages": _high("DEP014"),
    "/spec/environment/os/packages/*/version": _high("DEP014", type="version"),
    "/spec/environment/runtime": _high("CMP002", "DEP007", "REP008"),
    "/spec/environment/runtime/implementation": _high("CMP002", "REP008"),
    "/spec/environment/runtime/version": _high("CMP002", "DEP007", "REP008", type="version"),
    "/spec/environment/resources": _medium("CMP004"),
    "/spec/environment/resources/*/cpu": _high("REP006", type="cpu", safer="up"),
    "/spec/environment/resources/*/memory": _high("CMP004", type="memory", safer="up"),
    "/spec/environment/resources/*/accelerators": _high("CMP003", "CMP004"),
    "/spec/environment/resources/*/accelerators/*/count": _high("CMP004", type="count", safer="up"),
    "/spec/environment/resources/*/accelerators/*/memory": _high(
        "CMP004", type="memory", safer="up"
    ),
    "/spec/environment/placement": _medium("REP008"),
    "/spec/environment/placement/nodeSelector": _medium("CMP003", "CMP009"),
    "/spec/environment/placement/affinity": _medium("CMP003", "CMP009"),
    "/spec/environment/placement/tolerations": _medium("REP008"),
    "/spec/environment/system": _medium("REP003", "REP008"),
    "/spec/environment/system/env": _medium("REP003", "REP008"),
    "/spec/environment/system/args": _medium("REP003", "REP008"),
    "/spec/environment/system/sysctls": _high("REP008"),
    "/spec/environment/system/ulimits": _medium("REP008"),
    "/spec/environment/system/threads": _medium("REP003", "REP008", type="count"),
    "/spec/environment/replicate": _low(),
    "/spec/dependencies": _high("DEP003", "DEP005", "DEP011"),
    "/spec/dependencies/runtime": _high("DEP003", "DEP005", "DEP011"),
    "/spec/dependencies/runtime/digest": _high("DEP003", "DEP005", "DEP011", type="digest"),
    "/spec/dependencies/dev": _low("DEP003", "DEP012"),
    "/spec/dependencies/dev/digest": _low("DEP003", "DEP012", type="digest"),
    "/spec/dependencies/test": _low("DEP003"),
    "/spec/dependencies/test/digest": _low("DEP003", type="digest"),
    "/spec/dependencies/sources": _high("DEP009"),
    "/spec/compatibility": _medium("CMP001", "CMP007"),
    "/spec/compatibility/targets": _medium("CMP001", "CMP007"),
    "/spec/compatibility/targets/*/osVersion": _medium("CMP001", "CMP007", type="version"),
    "/spec/compatibility/targets/*/libcVersion": _medium(
        "CMP001", "CMP007", "CMP009", type="version"
    ),
    "/spec/compatibility/targets/*/python": _medium("CMP002", "CMP007", type="version"),
    "/spec/compatibility/targets/*/implementation": _medium("CMP001", "CMP007"),
    "/spec/compatibility/targets/*/cpu": _medium("CMP007", "CMP009"),
    "/spec/compatibility/targets/*/cuda": _high("CMP003", "CMP007"),
    "/spec/compatibility/targets/*/cuda/toolkit": _high("CMP003", "CMP007", type="version"),
    "/spec/compatibility/targets/*/cuda/driver": _high("CMP003", "CMP007", type="version"),
    "/spec/compatibility/targets/*/containerRuntime": _medium("CMP006", "CMP007"),
    "/spec/compatibility/targets/*/orchestrator": _medium("CMP006", "CMP007"),
    "/spec/compatibility/targets/*/orchestrator/version": _medium(
        "CMP006", "CMP007", type="version"
    ),
    "/spec/externalServices": _medium("CFG007"),
    "/spec/externalServices/*/name": _medium("CFG007"),
    "/spec/externalServices/*/endpoint": _high("SEC010"),
    "/spec/externalServices/*/auth": _high("CFG004", "SEC011"),
    "/spec/externalServices/*/auth/secretRef/version": _high("SEC011", type="version"),
    "/spec/externalServices/*/timeout": _medium("CFG007", type="duration"),
    "/spec/externalServices/*/fallback": _medium("CFG007"),
    # How it is judged, rolled out, watched and undone.
    "/spec/evaluation": _medium("REP005"),
    "/spec/evaluation/golden": _high("REP005"),
    "/spec/evaluation/golden/*/tolerance/*": _high("REP005", type="decimal", safer="down"),
    "/spec/evaluation/golden/*/tolerance/rank": _high("REP005", type="count", safer="up"),
    "/spec/evaluation/runner": _high("REP005", "REP009"),
    "/spec/evaluation/runner/*": _high("REP005", "REP009"),
    "/spec/evaluation/metrics": _medium("REP009"),
    "/spec/evaluation/metrics/*/value": _medium("REP009", type="decimal"),
    "/spec/evaluation/metrics/*/floor": _high("REP009", type="decimal", safer="up"),
    "/spec/evaluation/metrics/*/confidence": _high("REP009", type="decimal", safer="up"),
    "/spec/evaluation/metrics/*/dataset": _high("REP009"),
    "/spec/evaluation/performance": _medium("REP006"),
    "/spec/evaluation/performance/*/percentile": _high("REP006", type="decimal", safer="up"),
    "/spec/evaluation/performance/*/latency": _high("REP006", type="duration", safer="down"),
    "/spec/evaluation/performance/*/throughput": _high("REP006", type="decimal", safer="up"),
    "/spec/evaluation/performance/*/memory": _high("REP006", type="memory", safer="down"),
    "/spec/evaluation/performance/*/coldStart": _high("REP006", type="duration", safer="down"),
    "/spec/evaluation/performance/*/regression": _high("REP006", type="decimal", safer="down"),
    "/spec/evaluation/performance/*/load/concurrency": _medium("REP006", type="count"),
    "/spec/evaluation/performance/*/load/rate": _medium("REP006", type="decimal"),
    "/spec/evaluation/performance/*/load/duration": _medium("REP006", type="duration"),
    "/spec/rollout": _high("CFG005"),
    "/spec/rollout/strategy": _high("CFG005"),
    "/spec/rollout/steps": _high("CFG005"),
    "/spec/rollout/steps/*/weight": _high("CFG005", type="percent"),
    "/spec/rollout/steps/*/hold": _high("CFG005", type="duration", safer="up"),
    "/spec/rollout/maxSurge": _high("CFG005", type="share"),
    "/spec/rollout/maxUnavailable": _high("CFG005", type="share", safer="down"),
    "/spec/rollout/analysis": _high("CFG005", "CFG006"),
    "/spec/rollout/analysis/*/interval": _medium("CFG005", type="duration"),
    "/spec/rollout/analysis/*/count": _high("CFG005", type="count", safer="up"),
    "/spec/rollout/analysis/*/minSamples": _high("CFG005", type="count", safer="up"),
    "/spec/rollout/analysis/*/onNoData": _high("CFG005"),
    "/spec/rollout/analysis/*/failureLimit": _high("CFG005", type="count", safer="down"),
    "/spec/rollout/analysis/*/inconclusiveLimit": _high("CFG005", type="count", safer="down"),
    "/spec/failureModes": _medium("CFG005"),
    "/spec/failureModes/*/id": _medium("CFG005"),
    "/spec/failureModes/*/symptom": _low(),
    "/spec/failureModes/*/signal": _high("CFG006"),
    "/spec/failureModes/*/severity": _medium("CFG005"),
    "/spec/failureModes/*/action": _high("CFG005"),
    "/spec/failureModes/*/runbook": _low(),
    "/spec/rollback": _high("CFG005"),
    "/spec/rollback/to": _high("CFG005"),
    "/spec/rollback/automaticOn": _high("CFG005"),
    "/spec/rollback/window": _high("CFG005", type="duration", safer="up"),
    "/spec/rollback/maxDuration": _high("CFG005", type="duration", safer="down"),
    "/spec/rollback/verify": _high("CFG005"),
    "/spec/observability": _medium("CFG006"),
    "/spec/observability/metrics": _medium("CFG006"),
    "/spec/observability/alerts": _high("CFG006"),
    "/spec/observability/alerts/*/for": _high("CFG006", type="duration", safer="down"),
    "/spec/observability/alerts/*/keep_firing_for": _medium("CFG006", type="duration"),
    "/spec/observability/alerts/*/annotations": _low(),
    "/spec/observability/slos": _medium("CFG006"),
    "/spec/observability/slos/*/description": _low(),
    "/spec/observability/slos/*/timeWindow/duration": _medium("CFG006", type="duration"),
    "/spec/observability/slos/*/objectives/*/target": _high("CFG006", type="decimal", safer="up"),
    "/spec/observability/logs": _low(),
    "/spec/observability/traces": _low(),
    "/spec/observability/traces/ratio": _low(type="decimal"),
    # Who may do what.
    "/spec/governance": _high("GOV005"),
    "/spec/governance/creators": _high("GOV005"),
    "/spec/governance/approvers": _high("GOV002", "GOV005"),
    "/spec/governance/approvers/min": _high("GOV002", "GOV005", type="count", safer="up"),
    "/spec/governance/deployers": _high("GOV005"),
    "/spec/governance/encryption": _high("SEC010"),
    "/spec/governance/encryption/*": _high("SEC010", safer="up"),
    "/spec/governance/secrets": _high("SEC011"),
    "/spec/governance/secrets/rotation": _high("SEC011", type="duration", safer="down"),
    "/spec/governance/retention": _medium(type="duration"),
    "/spec/governance/audit": _medium(),
    "/spec/card": _low("GOV007"),
    "/spec/card/path": _low("GOV007"),
    "/spec/card/digest": _low("GOV007", type="digest"),
}
"""Pointer pattern → what is known of the field; the longest pattern that matches decides."""
