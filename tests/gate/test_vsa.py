from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gate.cases import (
    OTHER,
    approved,
    decided,
    evidence,
    finding,
    make,
    report,
    signature,
    with_evidence,
)
from weighbridge import __version__
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.decide import REVISION
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.decision import GateVerdict
from weighbridge.model.predicates import OURS


@pytest.mark.parametrize("verdict", list(GateVerdict))
@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_only_what_is_allowed_has_passed(verdict: GateVerdict, mode: str) -> None:
    decision = replace(decided(make()), verdict=verdict)
    predicate = vsa_predicate(decision, log="house", mode=mode)
    passed = verdict is GateVerdict.ALLOWED
    assert predicate["verificationResult"] == ("PASSED" if passed else "FAILED")
    assert predicate[OURS]["verdict"] == verdict.value
    assert predicate[OURS]["mode"] == mode


def test_the_summary_is_one_of_slsa() -> None:
    case = approved(make())
    decision = decided(case)
    predicate = vsa_predicate(decision, log="house", mode="enforce")
    assert {name: predicate[name] for name in predicate if name != OURS} == {
        "inputAttestations": [
            {"digest": {"sha256": one.removeprefix("sha256:")}} for one in decision.evidence
        ],
        "policy": {
            "digest": {"sha256": case.bundle_digest.removeprefix("sha256:")},
            "uri": "weighbridge:policy/production@3",
        },
        "resourceUri": "weighbridge:release/detector@1.4.0",
        "timeVerified": "2026-11-01T12:00:00Z",
        "verificationResult": "PASSED",
        "verifiedLevels": [],
        "verifier": {
            "id": "https://weighbridge.dev/gate/v1",
            "version": {"weighbridge": __version__},
        },
    }
    assert len(decision.evidence) == 2


LEFT_OUT = [
    {"kind": "person", "name": person, "person": person, "statement": "", "why": why}
    for person, why in (
        ("bea", "signed evidence about it"),
        ("carl", "signed evidence about it"),
        ("rob", "asked for it"),
    )
]


def test_ours_tells_everything_the_decision_rests_on() -> None:
    old = evidence("report", "carl", report(finding(severity="note")), entry=12, release=OTHER)
    case = make(evidence=(signature(), old))
    decision = decided(case)
    told = vsa_predicate(decision, log="house", mode="enforce")[OURS]
    assert {name: told[name] for name in told if name != "conditions"} == {
        "effectiveRisk": "low",
        "environment": {"digest": case.environment_digest, "name": "production"},
        "excluded": LEFT_OUT,
        "gate": REVISION,
        "inputs": {
            "acts": [],
            "data": {"tasks": digest(canonical_bytes(case.bundle.data["tasks"]))},
            "documents": [],
            "environment": case.environment_digest,
            "evidence": sorted(one.statement for one in case.evidence),
            "locks": [],
            "manifest": case.release,
            "policy": case.bundle_digest,
            "serving": "",
            "trust": case.trust_digest,
            "waivers": [],
        },
        "log": "house",
        "mode": "enforce",
        "needs": [
            {
                "condition": "approvals:0",
                "count": 2,
                "people": ["ann", "dora", "max", "mia", "sid"],
                "roles": ["ml-lead", "sre"],
                "until": "",
            }
        ],
        "outcome": decision.outcome_digest,
        "reused": [
            {"predicateType": old.predicate_type, "release": OTHER, "statement": old.statement}
        ],
        "skipped": [],
        "trust": case.trust_digest,
        "verdict": "needs",
        "waived": [],
    }
    by_id = {one["id"]: one for one in told["conditions"]}
    assert list(by_id) == [one.id for one in decision.conditions]
    assert by_id["evidence:report"] == {
        "findings": [finding(severity="note")],
        "id": "evidence:report",
        "outcome": "met",
        "pointer": "",
        "seen": "",
        "skipped": [],
        "statements": [old.statement],
        "wanted": "every demanded rule, nothing above warning",
        "why": "every rule ran and nothing blocks",
    }
    assert by_id["approvals:0"]["seen"] == "nobody"


def test_rules_that_did_not_run_and_places_are_told() -> None:
    checked = evidence("report", "carl", report(finding(), passed=["REP004"]), entry=12)
    told = vsa_predicate(
        decided(make(evidence=(signature(), checked))), log="house", mode="enforce"
    )[OURS]
    by_id = {one["id"]: one for one in told["conditions"]}
    assert by_id["evidence:report"]["skipped"] == ["DEP003"]
    assert by_id["no-errors"]["pointer"] == "/findings/0"


def test_the_same_case_gives_the_same_bytes() -> None:
    case = approved(with_evidence(make(), evidence("report", "cat", report(), entry=13)))
    again = replace(case, evidence=case.evidence[::-1], acts=case.acts[::-1])
    one, other = (
        canonical_bytes(vsa_predicate(decided(found), log="house", mode="enforce"))
        for found in (case, again)
    )
    assert one == other
