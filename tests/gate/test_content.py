from __future__ import annotations

from typing import Any

import pytest

from tests.gate.cases import (
    CODES,
    POLICY,
    approved,
    decided,
    evidence,
    finding,
    judged,
    make,
    report,
    signature,
)
from weighbridge.gate.content import judge_said, targets_of
from weighbridge.gate.kinds import TYPES
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.policy import Evidence as Demand
from weighbridge.model.predicates import OURS, RELEASE

INCONCLUSIVE = {"verdict": "inconclusive", "severity": "warning"}


def judge(predicate: dict[str, Any], policy: str = POLICY) -> Judged:
    """Judge a report."""
    case = make(policy, evidence=(signature(), evidence("report", "carl", predicate, entry=12)))
    return judged(decided(case), "evidence:report")


def test_a_report_of_every_rule_without_findings_is_met() -> None:
    found = judge(report())
    assert (found.outcome, found.why) == (Outcome.MET, "every rule ran and nothing blocks")
    assert (found.findings, found.skipped, found.remedy) == ((), (), ())


def test_a_finding_that_blocks_is_told() -> None:
    found = judge(report(finding(), finding("DEP003", subject="click"), finding()))
    assert (found.outcome, found.why) == (Outcome.UNMET, "it has findings that block")
    assert found.seen == "DEP003 click, INT001 model.onnx"
    assert found.wanted == "every demanded rule, nothing above warning"
    assert found.remedy == (
        "weighbridge check detector@1.4.0",
        "then weighbridge check detector@1.4.0 --sign --key NAME",
    )
    assert found.findings[1] == finding("DEP003", subject="click")


@pytest.mark.parametrize(
    ("severity", "floor", "outcome"),
    [
        ("error", "error", "met"),
        ("error", "warning", "unmet"),
        ("error", None, "unmet"),
        ("warning", None, "met"),
        ("warning", "warning", "met"),
        ("warning", "note", "unmet"),
        ("note", "note", "met"),
        ("dreadful", "warning", "unmet"),
        ("dreadful", "error", "met"),
        (None, "warning", "unmet"),
    ],
)
def test_findings_block_above_a_severity(
    severity: str | None, floor: str | None, outcome: str
) -> None:
    policy = POLICY.replace(", noneAbove: warning", f", noneAbove: {floor}" if floor else "")
    found = judge(report(finding(severity=severity)), policy)
    assert found.outcome == outcome
    assert found.wanted == f"every demanded rule, nothing above {floor or 'warning'}"


@pytest.mark.parametrize("verdict", ["fail", None, "pass", "waived", 1])
def test_a_finding_that_is_not_inconclusive_has_failed(verdict: object) -> None:
    policy = POLICY.replace("noneAbove: warning", "inconclusive: allow")
    assert judge(report(finding(verdict=verdict)), policy).outcome is Outcome.UNMET


def test_a_finding_somebody_waived_in_the_report_blocks_all_the_same() -> None:
    assert judge(report(finding(waivedBy="max"))).outcome is Outcome.UNMET


def test_what_rules_could_not_decide_blocks_unless_the_policy_says_otherwise() -> None:
    unsure = report(finding(**INCONCLUSIVE))
    found = judge(unsure)
    assert (found.outcome, found.why) == (Outcome.INCONCLUSIVE, "rules could not decide")
    assert found.seen == "INT001 model.onnx"
    blocks = POLICY.replace("noneAbove: warning", "inconclusive: block")
    assert judge(unsure, blocks).outcome is Outcome.INCONCLUSIVE
    allowed = POLICY.replace("noneAbove: warning", "inconclusive: allow")
    assert judge(unsure, allowed).outcome is Outcome.MET


def test_an_inconclusive_finding_never_blocks_as_a_failed_one() -> None:
    policy = POLICY.replace("noneAbove: warning", "inconclusive: allow")
    assert judge(report(finding(**{**INCONCLUSIVE, "severity": "error"})), policy).outcome == "met"


def test_a_rule_that_did_not_run_makes_it_inconclusive() -> None:
    found = judge(report(passed=["INT001"]))
    assert (found.outcome, found.why) == (Outcome.INCONCLUSIVE, "rules did not run")
    assert (found.skipped, found.seen) == (("DEP003", "REP004"), "DEP003, REP004")
    case = make(
        evidence=(signature(), evidence("report", "carl", report(passed=["INT001"]), entry=12))
    )
    assert decided(approved(case)).verdict is GateVerdict.INCONCLUSIVE


def test_a_policy_that_lets_inconclusive_pass_still_wants_every_rule_run() -> None:
    policy = POLICY.replace("noneAbove: warning", "inconclusive: allow")
    assert judge(report(passed=[]), policy).outcome is Outcome.INCONCLUSIVE


def test_a_finding_that_blocks_weighs_more_than_a_rule_that_did_not_run() -> None:
    found = judge(report(finding(), passed=[]))
    assert (found.outcome, found.skipped) == (Outcome.UNMET, ("DEP003", "REP004"))


def test_rules_nobody_demanded_may_run() -> None:
    assert judge(report(passed=[*CODES, "ZZZ999"])).outcome is Outcome.MET


def of(found: object, summary: object, passed: object = CODES) -> dict[str, Any]:
    """Write a report member by member."""
    listed = list(passed) if isinstance(passed, tuple) else passed
    ours = {"report": {"findings": found, "summary": summary}}
    return {"configuration": [], "result": "PASSED", "passedTests": listed, OURS: ours}


@pytest.mark.parametrize(
    "predicate",
    [
        {},
        {"passedTests": [*CODES]},
        {"passedTests": [*CODES], OURS: None},
        {"passedTests": [*CODES], OURS: {}},
        {"passedTests": [*CODES], OURS: {"report": []}},
        {"passedTests": [*CODES], OURS: {"report": {}}},
        of([], {"errors": 0}, passed=None),
        of([], {"errors": 0}, passed="DEP003INT001REP004"),
        of(None, {"errors": 0}),
        of({}, {"errors": 0}),
        of([], None),
        of([], {}),
        of([], []),
        of([], {"errors": 1}),
        of([finding()], {"errors": 0}),
        of([finding()], {"errors": True}),
        of([finding()], {"errors": "1"}),
        of(["INT001"], {"errors": 1}),
        of([[]], {"errors": 1}),
    ],
)
def test_what_is_not_a_whole_report_decides_nothing(predicate: dict[str, Any]) -> None:
    found = judge(predicate)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.why == "it is not a report of ours, or not a whole one"


def test_the_smallest_whole_report_is_met() -> None:
    assert judge(of([], {"errors": 0})).outcome is Outcome.MET


def test_what_stands_where_a_code_should_is_text() -> None:
    found = judge(of([{"code": 1}], {"errors": 1}, passed=(*CODES, 7)))
    assert found.findings == (
        {"code": "1", "subject": "None", "severity": "None", "verdict": "None"},
    )
    assert found.outcome is Outcome.UNMET


def test_targets_are_those_a_report_names() -> None:
    assert list(targets_of(report(targets=["linux", "macos"]))) == ["linux", "macos"]
    assert list(targets_of({OURS: {"targets": "linux"}})) == []
    assert list(targets_of({OURS: {"targets": [1, "linux"]}})) == ["linux"]
    assert list(targets_of({OURS: []})) == []


def test_predicate_types_are_those_others_wrote_and_read() -> None:
    assert TYPES == {
        "report": "https://in-toto.io/attestation/test-result/v0.1",
        "provenance": "https://slsa.dev/provenance/v1",
        "replay": "https://weighbridge.dev/replay/v1",
        "behaviour": "https://weighbridge.dev/behaviour/v1",
        "sbom": "https://cyclonedx.org/bom",
        "spdx": "https://spdx.dev/Document",
        "vex": "https://openvex.dev/ns",
        "advisories": "https://in-toto.io/attestation/vulns/v0.1",
        "sarif": "https://docs.oasis-open.org/sarif/sarif/v2.1.0",
        "tests": "https://in-toto.io/attestation/test-result/v0.1",
        "opa": "https://in-toto.io/attestation/test-result/v0.1",
        "conftest": "https://in-toto.io/attestation/test-result/v0.1",
        "publish": "https://docs.pypi.org/attestations/publish/v1",
        "summary": "https://slsa.dev/verification_summary/v1",
        "parity": "https://weighbridge.dev/parity/v1",
        "delivery": "https://weighbridge.dev/delivery/v1",
        "drill": "https://weighbridge.dev/drill/v1",
        "rendering": "https://weighbridge.dev/rendering/v1",
    }
    assert (OURS, RELEASE) == (
        "https://weighbridge.dev/v1",
        "https://weighbridge.dev/release/v1",
    )


VSA = "https://slsa.dev/verification_summary/v1"
REVIEW = "https://example.com/review/v1"


@pytest.mark.parametrize("inconclusive", ["block", "allow"])
@pytest.mark.parametrize(
    ("kind", "predicate", "expected"),
    [
        (TYPES["report"], {"result": "PASSED"}, "met"),
        (TYPES["report"], {"result": "WARNED"}, "met"),
        (TYPES["report"], {"result": "FAILED"}, "unmet"),
        (TYPES["report"], {}, "inconclusive"),
        (TYPES["report"], {"verificationResult": "PASSED"}, "inconclusive"),
        ("behaviour", {"result": "PASSED"}, "met"),
        ("behaviour", {"result": ""}, "unmet"),
        ("behaviour", {"result": 0}, "unmet"),
        (VSA, {"verificationResult": "PASSED"}, "met"),
        (VSA, {"verificationResult": "WARNED"}, "unmet"),
        (VSA, {"verificationResult": "FAILED"}, "unmet"),
        (VSA, {"result": "PASSED"}, "inconclusive"),
        (REVIEW, {"result": "PASSED"}, "met"),
        (REVIEW, {"result": "WARNED"}, "met"),
        (REVIEW, {"result": "passed"}, "unmet"),
        (REVIEW, {"result": False}, "unmet"),
        ("provenance", {"builder": "b"}, "met"),
        ("provenance", {}, None),
        ("sbom", {}, None),
        ("advisories", {}, "inconclusive"),
        (REVIEW, {}, None),
        (REVIEW, {"verificationResult": "PASSED"}, None),
    ],
)
def test_a_result_is_read_from_its_member_alone(
    kind: str, predicate: dict[str, Any], expected: str | None, inconclusive: str
) -> None:
    """Where no type asks for a result, the policy says whether silence passes."""
    demand = Demand.model_validate({"type": kind, "inconclusive": inconclusive})
    outcome, why, seen, _ = judge_said(demand, predicate)
    assert outcome == (expected or ("met" if inconclusive == "allow" else "inconclusive"))
    told = {"it says that it passed": Outcome.MET, "it says that it failed": Outcome.UNMET}
    assert told.get(why, outcome) is outcome
    assert seen == ("" if why not in told else str(next(iter(predicate.values()))))
