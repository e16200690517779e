"""Cases that are not allowed, each for one reason, named by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.gate.cases import (
    CODES,
    ENVIRONMENT,
    MANIFEST,
    MORNING,
    NOON,
    OTHER,
    POLICY,
    act,
    approved,
    evidence,
    finding,
    having,
    key_of,
    make,
    replay,
    report,
    signature,
    trust_of,
    with_evidence,
)
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.case import Act
from weighbridge.model.predicates import OURS
from weighbridge.model.trust import snapshot_digest

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

BEFORE_ALL = "2026-01-01T00:00:00Z"

ALWAYS = POLICY.replace('when: release.effectiveRisk == "high"\n      ', "")
REVIEWED = POLICY.replace("    - type: replay", "    - {type: behaviour}\n    - type: replay")
LENIENT = POLICY.replace("noneAbove: warning", "inconclusive: allow")
TWO = POLICY.replace("noneAbove: warning", "min: 2")
EXPIRING = POLICY.replace(
    "      expr: release.spec.model.task in data.tasks",
    """\
      expiresOn: "2027-01-01T00:00:00Z"
      expr: release.spec.model.task == "poetry\"""",
)


def reported(*found: dict[str, Any], policy: str = POLICY, **how: Any) -> Case:  # noqa: ANN401
    """Make a case whose report says something."""
    checked = evidence("report", "carl", report(*found, **how), entry=12)
    return make(policy, evidence=(signature(), checked))


def trusting(person: str, **changes: Any) -> Case:  # noqa: ANN401 - fields of a key
    """Make a case in which a key counts otherwise."""
    trust = trust_of(key_of(person, **changes))
    return replace(approved(make()), trust=trust, trust_digest=snapshot_digest(trust))


def saying(case: Case, person: str, what: Act) -> Case:
    return having(case, act(case, person, what))


def _found() -> dict[str, Case]:
    """Rules failed, did not run, or could not decide."""
    return {
        "a rule failed": approved(reported(finding())),
        "a rule failed twice": approved(reported(finding(), finding(subject="other"))),
        "a rule failed, inconclusive is let pass": approved(
            reported(finding(), finding(verdict="inconclusive"), policy=LENIENT)
        ),
        "a rule failed with another verdict": approved(
            reported(finding(), finding(severity="note"))
        ),
        "a rule could not decide": approved(reported(finding(verdict="inconclusive"))),
        "a rule was ignored": approved(reported(passed=CODES[1:])),
    }


def _reported() -> dict[str, Case]:
    """A report of the wrong time, person or release."""
    plain = approved(make())
    differing = {**depended_sections(make().manifest), "environment": "sha256:" + "0" * 64}
    return {
        "the report is stale": replace(plain, now="2026-11-03T00:00:00Z"),
        "the report is of tomorrow": replace(
            plain,
            now=MORNING,
            evidence=(plain.evidence[0], replace(plain.evidence[1], at=NOON, entry=30)),
        ),
        "the report is by the wrong role": approved(
            make(evidence=(signature(), evidence("report", "sid", report(), entry=12))),
            "max",
            "mia",
        ),
        "the report is of another release": approved(
            make(
                evidence=(
                    signature(),
                    evidence("report", "carl", report(sections=differing), entry=12, release=OTHER),
                )
            )
        ),
        "the report has one signer": approved(make(TWO)),
        "a newer report failed": approved(
            with_evidence(make(), evidence("report", "cat", report(finding()), entry=13))
        ),
    }


def _signed() -> dict[str, Case]:
    """Nobody who may signed the release, or other evidence says too little."""
    differing = {**depended_sections(make().manifest), "environment": "sha256:" + "0" * 64}
    unsigned = make().evidence[1]
    return {
        "nobody signed the release": approved(make(evidence=(unsigned,))),
        "the wrong role signed the release": approved(
            make(evidence=(signature(person="cat"), unsigned))
        ),
        "the replay fell short": approved(with_evidence(make(ALWAYS), replay("different"))),
        "the replay is of another release": approved(
            with_evidence(
                make(ALWAYS),
                evidence(
                    "replay",
                    "cat",
                    {OURS: {"verdict": "bitwise", "dependsOn": differing}},
                    entry=14,
                    release=OTHER,
                ),
            )
        ),
        "there is no replay": approved(make(ALWAYS)),
        "the behaviour failed": approved(
            with_evidence(
                make(REVIEWED), evidence("behaviour", "cat", {"result": "FAILED"}, entry=14)
            )
        ),
    }


def _asked() -> dict[str, Case]:
    """What the policy and the environment ask about the release itself."""
    plain = approved(make())
    return {
        "a condition is unmet": approved(
            make(manifest=MANIFEST.replace("task: classification", "task: poetry"))
        ),
        "a condition that will expire is unmet": approved(make(EXPIRING)),
        "a condition cannot be decided": approved(
            make(manifest=MANIFEST.replace(", task: classification", ""))
        ),
        "the risk is raised": approved(
            make(manifest=MANIFEST.replace("task: classification", "task: credit-scoring"))
        ),
        "the risk is declared": approved(
            make(manifest=MANIFEST.replace("risk: low", "risk: high"))
        ),
        "the environment is held": replace(plain, held="rolled back"),
        "the release was not there before": replace(plain, arrived=""),
        "the release has not soaked": replace(plain, arrived=MORNING),
    }


def _approved() -> dict[str, Case]:
    """Too few approve who may, or somebody rejects."""
    plain = approved(make())
    return {
        "nobody approved": make(),
        "one approved": approved(make(), "max"),
        "who asked approved": approved(make(), "max", "rob"),
        "who signed evidence approved": approved(
            with_evidence(make(), evidence("report", "dora", report(), entry=13)), "max", "dora"
        ),
        "who has no role approved": approved(make(), "max", "sue"),
        "who may not approve here approved": approved(
            make(environment=ENVIRONMENT.replace("[ml-lead, sre, security]", "[ml-lead]"))
        ),
        "one approved another release": having(
            approved(make(), "max"), act(approved(make(), "max"), "sid", release=OTHER)
        ),
        "one approved for elsewhere": having(
            approved(make(), "max"), act(approved(make(), "max"), "sid", environment="staging")
        ),
        "one approved under another policy": having(
            approved(make(), "max"), act(approved(make(), "max"), "sid", policy="sha256:0")
        ),
        "one approved another outcome": having(
            approved(make(), "max"), act(approved(make(), "max"), "sid", outcome="sha256:0")
        ),
        "one withdrew": saying(plain, "sid", Act.WITHDRAW),
        "one rejected": saying(plain, "mia", Act.REJECT),
        "an approver changed his mind": saying(approved(plain, "mia"), "sid", Act.REJECT),
    }


def _trusted() -> dict[str, Case]:
    """Keys that did not count then, and a clock that went back."""
    plain = approved(make())
    return {
        "an approver's key was revoked": trusting("sid", revoked_at=MORNING, reason="lost"),
        "an approver's key had expired": trusting("sid", until=MORNING),
        "an approver's key counts later": trusting("sid", since=NOON),
        "the checker's key was revoked": trusting("carl", revoked_at=MORNING),
        "the builder's key was revoked": trusting("bea", revoked_at=BEFORE_ALL),
        "the clock was moved back": replace(plain, now="2026-10-31T00:00:00Z"),
    }


def denied() -> dict[str, Case]:
    """Make cases that are not allowed, each for one reason."""
    return _found() | _reported() | _signed() | _asked() | _approved() | _trusted()
