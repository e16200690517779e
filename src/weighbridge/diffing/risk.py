"""How much a change of each field could hurt, and which rules judge that field.

The judgement is a release engineer's: `high` can change what is served, who may change it, or
whether it can be undone; `medium` needs a look; `low` is prose. A field not listed is `medium`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.diffing.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.change import Risk, Value

_RANKS: Mapping[Risk, int] = {"low": 0, "medium": 1, "high": 2}

_UNKNOWN: tuple[Risk, tuple[str, ...]] = ("medium", ())

TABLE: Mapping[str, tuple[Risk, tuple[str, ...]]] = {
    "/apiVersion": ("high", ()),
    "/kind": ("high", ()),
    # Who it is.
    "/metadata": ("low", ()),
    "/metadata/name": ("high", ()),
    "/metadata/versioning": ("medium", ()),
    "/metadata/owner": ("medium", ("GOV001",)),
    "/metadata/risk": ("high", ("GOV008",)),
    # Where it came from.
    "/spec/source": ("medium", ("REP004",)),
    "/spec/source/repo": ("high", ("GOV004", "INT007")),
    "/spec/source/dirty": ("high", ("REP004",)),
    "/spec/source/ref": ("low", ("INT004",)),
    "/spec/build": ("medium", ("REP001", "REP002")),
    "/spec/build/command": ("high", ("REP001", "REP002")),
    "/spec/build/tolerance": ("high", ("REP002",)),
    "/spec/lineage": ("medium", ("GOV006",)),
    "/spec/lineage/*/digest": ("high", ("GOV006",)),
    "/spec/lineage/*/*/digest": ("high", ("GOV006",)),
    # What it computes.
    "/spec/model": ("medium", ()),
    "/spec/model/format": ("high", ("CMP008",)),
    "/spec/model/formatVersion": ("high", ("CMP008",)),
    "/spec/model/framework": ("high", ("CMP008",)),
    "/spec/model/frameworkVersion": ("high", ("CMP008",)),
    "/spec/signature": ("high", ("CMP010",)),
    "/spec/processing": ("high", ("REP005",)),
    "/spec/processing/*/*/digest": ("high", ("INT001", "REP005")),
    "/spec/artifacts": ("medium", ("INT002",)),
    "/spec/artifacts/*/digest": ("high", ("INT001",)),
    "/spec/artifacts/*/size": ("medium", ("INT001",)),
    "/spec/artifacts/*/path": ("high", ("INT002", "INT009")),
    "/spec/artifacts/*/uri": ("high", ("INT004",)),
    "/spec/artifacts/*/role": ("high", ()),
    "/spec/artifacts/*/format": ("high", ("INT008",)),
    "/spec/artifacts/*/mediaType": ("medium", ("INT008",)),
    "/spec/artifacts/*/version": ("low", ()),
    "/spec/parameters": ("medium", ("CFG001", "CFG003")),
    "/spec/parameters/*/description": ("low", ("CFG002",)),
    "/spec/parameters/*/effects": ("low", ("CFG002",)),
    "/spec/parameters/*/adjustWhen": ("low", ("CFG002",)),
    # What it runs in.
    "/spec/environment": ("medium", ("REP008",)),
    "/spec/environment/image": ("high", ("CMP005", "INT004", "INT011")),
    "/spec/environment/os": ("high", ("DEP007", "DEP014")),
    "/spec/environment/runtime": ("high", ("CMP002", "DEP007", "REP008")),
    "/spec/environment/resources": ("medium", ("CMP004",)),
    "/spec/environment/system": ("medium", ("REP003", "REP008")),
    "/spec/environment/system/sysctls": ("high", ("REP008",)),
    "/spec/environment/replicate": ("low", ()),
    "/spec/dependencies": ("high", ("DEP003", "DEP005", "DEP011")),
    "/spec/dependencies/dev": ("low", ("DEP003", "DEP012")),
    "/spec/dependencies/test": ("low", ("DEP003",)),
    "/spec/dependencies/sources": ("high", ("DEP009",)),
    "/spec/compatibility": ("medium", ("CMP001", "CMP007")),
    "/spec/externalServices": ("medium", ("CFG007",)),
    "/spec/externalServices/*/endpoint": ("high", ("SEC010",)),
    "/spec/externalServices/*/auth": ("high", ("CFG004", "SEC011")),
    # How it is judged, rolled out, watched and undone.
    "/spec/evaluation": ("medium", ("REP005",)),
    "/spec/evaluation/golden": ("high", ("REP005",)),
    "/spec/evaluation/metrics": ("medium", ("REP009",)),
    "/spec/evaluation/metrics/*/floor": ("high", ("REP009",)),
    "/spec/evaluation/metrics/*/confidence": ("high", ("REP009",)),
    "/spec/evaluation/performance": ("medium", ("REP006",)),
    "/spec/rollout": ("high", ("CFG005",)),
    "/spec/rollout/analysis": ("high", ("CFG005", "CFG006")),
    "/spec/failureModes": ("medium", ("CFG005",)),
    "/spec/failureModes/*/action": ("high", ("CFG005",)),
    "/spec/failureModes/*/symptom": ("low", ()),
    "/spec/failureModes/*/runbook": ("low", ()),
    "/spec/rollback": ("high", ("CFG005",)),
    "/spec/observability": ("medium", ("CFG006",)),
    "/spec/observability/logs": ("low", ()),
    "/spec/observability/traces": ("low", ()),
    # Who may do what.
    "/spec/governance": ("high", ("GOV005",)),
    "/spec/governance/approvers": ("high", ("GOV002", "GOV005")),
    "/spec/governance/encryption": ("high", ("SEC010",)),
    "/spec/governance/secrets": ("high", ("SEC011",)),
    "/spec/governance/retention": ("medium", ()),
    "/spec/card": ("low", ("GOV007",)),
}
"""Pointer pattern → risk and rules; the longest pattern that matches decides."""

_PATTERNS = Patterns(TABLE)


def assess(at: tuple[str, ...], before: Value, after: Value) -> tuple[Risk, tuple[str, ...]]:
    """Judge a change at a place by the riskiest field it touches, with the rules of them all."""
    touched = {*_leaves(at, before), *_leaves(at, after)}
    found = [_PATTERNS.longest(leaf) or _UNKNOWN for leaf in touched]
    risk = max((entry[0] for entry in found), key=_RANKS.__getitem__)
    return risk, tuple(sorted({rule for _, rules in found for rule in rules}))


def _leaves(at: tuple[str, ...], value: Value) -> Iterator[tuple[str, ...]]:
    """List the places a value reaches; an empty container is a place of its own."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves((*at, key), below)
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _leaves((*at, str(index)), below)
    else:
        yield at
