"""A decision as the predicate of a SLSA verification summary (VSA), v1.

https://slsa.dev/spec/v1.1/verification_summary. The payload follows from the decision alone, so
that it can be made again from what the ledger names, to the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge import __version__
from weighbridge.codec.accounts import account_values
from weighbridge.model.decision import (
    FIRST_REVISION,
    Decision,
    Excluded,
    GateVerdict,
    Inputs,
    Judged,
    Kept,
    Need,
    Outcome,
    Reused,
    Skipped,
    Waived,
)
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTED = (
    "acts",
    "delegations",
    "documents",
    "evidence",
    "locks",
    "packs",
    "past",
    "waivers",
)
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
            **account_values(decision),
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
        "statements": list(judged.statements),
        "wanted": judged.wanted,
        "why": judged.why,
    }


def _sha256(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}


def revision_of(predicate: Mapping[str, Any]) -> int:
    """Tell by which revision of the gate a decision was made; one that does not say by the first.

    Raises:
        ValueError: What it says is no revision.
    """
    said = predicate[OURS].get("gate", FIRST_REVISION)
    if type(said) is not int or said < FIRST_REVISION:
        raise ValueError(f"{said!r} is no revision of the gate")
    return said


def version_of(predicate: Mapping[str, Any]) -> str:
    """Tell which version of weighbridge decided."""
    return str(predicate["verifier"]["version"]["weighbridge"])


def read_decision(
    predicate: Mapping[str, Any], *, subject: tuple[str, str], outcome: Mapping[str, Any]
) -> Decision:
    """Read a decision from what was signed, whatever revision of the gate made it.

    Args:
        predicate: The predicate.
        subject: Name and version of the release, and its digest.
        outcome: What approvals were given for.

    Raises:
        ValueError: It is no decision, nor one of a revision to come.
    """
    said = predicate[OURS]
    (titled, release), policy = subject, predicate["policy"]
    name, _, version = titled.rpartition("@")
    return Decision(
        verdict=GateVerdict(said["verdict"]),
        environment=said["environment"]["name"],
        environment_digest=said["environment"]["digest"],
        policy=policy["uri"].removeprefix("weighbridge:policy/"),
        policy_digest=f"sha256:{policy['digest']['sha256']}",
        name=name,
        version=version,
        release=release,
        risk=said["effectiveRisk"],
        conditions=tuple(map(_judged, said["conditions"])),
        outcome=outcome,
        outcome_digest=said["outcome"],
        evidence=tuple(
            f"sha256:{one['digest']['sha256']}" for one in predicate["inputAttestations"]
        ),
        reused=tuple(
            Reused(
                predicate_type=one["predicateType"],
                release=one["release"],
                statement=one["statement"],
            )
            for one in said["reused"]
        ),
        trust_digest=said["trust"],
        at=predicate["timeVerified"],
        gate=revision_of(predicate),
        **_account(said),
    )


def _account(said: Mapping[str, Any]) -> dict[str, Any]:
    inputs = said.get("inputs", {})
    return {
        "needs": tuple(
            Need(**{**one, "people": tuple(one["people"]), "roles": tuple(one["roles"])})
            for one in said.get("needs", ())
        ),
        "skipped": tuple(Skipped(**one) for one in said.get("skipped", ())),
        "waived": tuple(Waived(**one) for one in said.get("waived", ())),
        "excluded": tuple(
            Excluded(**{**one, "kind": Kept(one["kind"])}) for one in said.get("excluded", ())
        ),
        "inputs": Inputs(
            **{name: tuple(inputs.get(name, ())) for name in _LISTED},
            data=dict(inputs.get("data", {})),
            serving=inputs.get("serving", ""),
        ),
    }


def _judged(said: Mapping[str, Any]) -> Judged:
    return Judged(
        id=said["id"],
        outcome=Outcome(said["outcome"]),
        why=said["why"],
        seen=said["seen"],
        wanted=said["wanted"],
        pointer=said["pointer"],
        findings=tuple(said["findings"]),
        skipped=tuple(said["skipped"]),
        statements=tuple(said.get("statements", ())),
        warns=said.get("warns", False),
        excluded=tuple(said.get("excluded", ())),
    )
