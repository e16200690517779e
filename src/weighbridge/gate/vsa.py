"""A decision as the predicate of a SLSA verification summary (VSA), v1.

https://slsa.dev/spec/v1.1/verification_summary. The payload follows from the decision alone, so
that it can be made again from what the ledger names, to the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge import __version__
from weighbridge.model.decision import GateVerdict
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision, Judged

VERIFIER = "https://weighbridge.dev/gate/v1"


def vsa_predicate(
    decision: Decision, *, log: str, mode: str, version: str = __version__
) -> dict[str, Any]:
    """Write a decision as plain values.

    Args:
        decision: The decision.
        log: Origin of the ledger it stands in.
        mode: `enforce`, `observe` or `break-glass`.
        version: The version of weighbridge that decided.
    """
    allowed = decision.verdict is GateVerdict.ALLOWED
    return {
        "inputAttestations": [{"digest": _sha256(digest)} for digest in decision.evidence],
        "policy": {
            "digest": _sha256(decision.policy_digest),
            "uri": f"weighbridge:policy/{decision.policy}",
        },
        "resourceUri": f"weighbridge:release/{decision.name}@{decision.version}",
        "timeVerified": decision.at,
        "verificationResult": "PASSED" if allowed else "FAILED",
        "verifiedLevels": [],
        "verifier": {"id": VERIFIER, "version": {"weighbridge": version}},
        OURS: {
            "conditions": [_condition(judged) for judged in decision.conditions],
            "effectiveRisk": decision.risk,
            "environment": {
                "digest": decision.environment_digest,
                "name": decision.environment,
            },
            "log": log,
            "mode": mode,
            "outcome": decision.outcome_digest,
            "reused": [
                {
                    "predicateType": one.predicate_type,
                    "release": one.release,
                    "statement": one.statement,
                }
                for one in decision.reused
            ],
            "trust": decision.trust_digest,
            "verdict": decision.verdict.value,
        },
    }


def _condition(judged: Judged) -> dict[str, Any]:
    return {
        "findings": [dict(finding) for finding in judged.findings],
        **({"excluded": list(judged.excluded)} if judged.excluded else {}),
        **({"warns": True} if judged.warns else {}),
        "id": judged.id,
        "outcome": judged.outcome.value,
        "pointer": judged.pointer,
        "seen": judged.seen,
        "skipped": list(judged.skipped),
        "wanted": judged.wanted,
        "why": judged.why,
    }


def _sha256(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}
