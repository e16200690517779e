"""What stands in a decision beside its conditions, as plain values: signed so, and shown so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision


def account_values(decision: Decision) -> dict[str, Any]:
    """Write what stands in a decision beside its conditions, as plain values."""
    return {
        "excluded": [
            {
                "kind": one.kind.value,
                "name": one.name,
                "person": one.person,
                "statement": one.statement,
                "why": one.why,
            }
            for one in decision.excluded
        ],
        "gate": decision.gate,
        "inputs": _inputs(decision),
        "needs": [
            {
                "condition": one.condition,
                "count": one.count,
                "people": list(one.people),
                "roles": list(one.roles),
                "until": one.until,
            }
            for one in decision.needs
        ],
        "skipped": [
            {
                "by": one.by,
                "person": one.person,
                "rule": one.rule,
                "statement": one.statement,
                "why": one.why,
            }
            for one in decision.skipped
        ],
        "waived": [
            {
                "person": one.person,
                "rule": one.rule,
                "statement": one.statement,
                "subject": one.subject,
                "until": one.until,
                "why": one.why,
            }
            for one in decision.waived
        ],
    }


def _inputs(decision: Decision) -> dict[str, Any]:
    """Write what it was made of; what not every decision is made of only where this one is."""
    inputs = decision.inputs
    seldom = {
        "delegations": inputs.delegations,
        "packs": inputs.packs,
        "past": inputs.past,
    }
    return {
        "acts": list(inputs.acts),
        "data": dict(inputs.data),
        "documents": list(inputs.documents),
        "environment": decision.environment_digest,
        "evidence": list(inputs.evidence),
        "locks": list(inputs.locks),
        "manifest": decision.release,
        "policy": decision.policy_digest,
        "serving": inputs.serving,
        "trust": decision.trust_digest,
        "waivers": list(inputs.waivers),
        **{name: list(digests) for name, digests in seldom.items() if digests},
    }
