"""Decisions of the gate, for programs: the `promote` shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.accounts import account_values
from weighbridge.report.json import SCHEMA_VERSION

if TYPE_CHECKING:
    from weighbridge.model.aftermath import Aftermath
    from weighbridge.model.decision import Decision
    from weighbridge.model.step import Step


def decision_json(
    decision: Decision,
    *,
    generation: int,
    bundle: str,
    mode: str,
    aftermath: Aftermath | None = None,
) -> dict[str, object]:
    """Turn a decision into the `promote` shape."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "verdict": decision.verdict.value,
        "environment": decision.environment,
        "name": decision.name,
        "version": decision.version,
        "release": decision.release,
        "generation": generation,
        "decision": bundle or None,
        "mode": mode,
        "policy": {"name": decision.policy, "digest": decision.policy_digest},
        "outcome": decision.outcome_digest,
        "effectiveRisk": decision.risk,
        "at": decision.at,
        "conditions": [
            {
                "id": one.id,
                "outcome": one.outcome.value,
                "why": one.why,
                "seen": one.seen,
                "wanted": one.wanted,
                "pointer": one.pointer,
                "remedy": list(one.remedy),
                "skipped": list(one.skipped),
                "statements": list(one.statements),
                "excluded": list(one.excluded),
                "warns": one.warns,
            }
            for one in decision.conditions
        ],
        **account_values(decision),
        "aftermath": None if aftermath is None else aftermath.values(),
        "steps": [step_json(step) for step in decision.steps],
        "passesIf": list(decision.passes_if),
        "reused": [
            {
                "predicateType": one.predicate_type,
                "release": one.release,
                "statement": one.statement,
            }
            for one in decision.reused
        ],
    }


def step_json(step: Step) -> dict[str, object]:
    """Turn a step that would help a release to pass into plain values."""
    action = step.action
    return {
        "do": action.do.value,
        "command": action.command,
        "roles": list(action.roles),
        "people": list(action.people),
        "times": step.times,
        "until": action.until or None,
        "meets": list(step.meets),
    }
