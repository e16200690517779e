from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.gate.cases import (
    NOON,
    OTHER,
    OTHER_TREE,
    POLICY,
    THIS,
    approved,
    decided,
    evidence,
    finding,
    judged,
    make,
    program_for,
    replay,
    report,
    signature,
    with_evidence,
)
from tests.predicates import PROVENANCE, SUMMARY, VULNERABILITIES
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.conditions import Scope
from weighbridge.gate.evidence import EvidenceJudge
from weighbridge.gate.reuse import is_reused
from weighbridge.gate.waivers import Waivers
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.predicates import OURS, RELEASE

REPLAYED = POLICY.replace('when: release.effectiveRisk == "high"\n      ', "")
YESTERDAY = "2026-10-31T12:00:00Z"


def demanding(demand: str) -> str:
    """Write a policy with one more demand, behind that of a report."""
    return POLICY.replace("    - type: replay", f"    - {demand}\n    - type: replay")


def test_a_release_is_signed_by_a_builder() -> None:
    found = judged(decided(make()), "signed-by-builder")
    assert (found.outcome, found.why) == (Outcome.MET, "a builder signed it")


def test_a_release_nobody_signed_goes_nowhere() -> None:
    decision = decided(replace(make(), evidence=papers_without_signature()))
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "signed-by-builder")
    assert (found.why, found.seen) == ("no builder signed the release", "none")
    assert found.remedy == ("weighbridge sign detector@1.4.0 --key NAME",)


def papers_without_signature() -> tuple[Any, ...]:
    return make().evidence[1:]


def test_a_signature_by_another_role_is_none() -> None:
    case = replace(make(), evidence=(*papers_without_signature(), signature(person="cat")))
    found = judged(decided(case), "signed-by-builder")
    assert (found.outcome, found.seen) == (Outcome.UNMET, "cat (checker)")


def test_the_signature_of_another_release_is_none_however_alike_they_are() -> None:
    other = replace(
        signature(OTHER), predicate={OURS: {"dependsOn": depended_sections(OTHER_TREE)}}
    )
    case = replace(make(), evidence=(*papers_without_signature(), other))
    assert not is_reused(other, case)
    assert judged(decided(case), "signed-by-builder").outcome is Outcome.UNMET


def test_a_report_by_another_role_is_none() -> None:
    wrong = evidence("report", "sid", report(), entry=12)
    decision = decided(make(evidence=(signature(), wrong)))
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "evidence:report")
    assert (found.outcome, found.why) == (Outcome.UNMET, "there is no such evidence by checker")
    assert (found.seen, found.wanted) == ("0; others: sid (sre)", "1 report by checker")
    assert found.remedy == ("weighbridge check detector@1.4.0 --sign --key NAME",)


def test_everyone_who_signed_without_the_role_is_told_in_one_order() -> None:
    people = ("sue", "max", "sid", "rob", "mia")
    said = [evidence("report", one, report(), entry=at) for at, one in enumerate(people, 12)]
    found = judged(decided(make(evidence=(signature(), *said))), "evidence:report")
    assert found.seen == (
        "0; others: max (ml-lead), mia (ml-lead), rob (ml-lead, releaser), sid (sre), "
        "sue (security)"
    )


def test_no_report_at_all_is_told_as_that() -> None:
    found = judged(decided(make(evidence=(signature(),))), "evidence:report")
    assert found.seen == "0; others: none"


def test_whom_a_policy_does_not_ask_for_may_sign() -> None:
    policy = POLICY.replace("signedBy: {role: checker}, ", "")
    by_sid = evidence("report", "sid", report(), entry=12)
    assert decided(
        approved(make(policy, evidence=(signature(), by_sid)), "max", "mia")
    ).verdict == ("allowed")
    found = judged(decided(make(policy, evidence=(signature(),))), "evidence:report")
    assert (found.why, found.seen, found.wanted) == ("there is no such evidence", "0", "1 report")


def test_a_newer_failing_report_supersedes_an_older_pass_even_by_another() -> None:
    case = approved(make())
    for person in ("carl", "cat"):
        worse = evidence("report", person, report(finding()), entry=30)
        decision = decided(with_evidence(case, worse))
        assert decision.verdict is GateVerdict.DENIED
        assert judged(decision, "evidence:report").seen == "INT001 model.onnx"


def test_a_newer_pass_supersedes_an_older_failing_report() -> None:
    worse = evidence("report", "cat", report(finding()), entry=13)
    better = evidence("report", "carl", report(), entry=14)
    case = make(evidence=(signature(), worse, better))
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED
    assert decided(case).evidence == tuple(sorted([signature().statement, better.statement]))


def test_of_one_person_the_newest_counts_in_whatever_order_it_was_gathered() -> None:
    good = evidence("report", "carl", report(), entry=13)
    bad = evidence("report", "carl", report(finding()), entry=14)
    better = evidence("report", "carl", report(), entry=15)
    for said, verdict in (
        ((good, bad), GateVerdict.DENIED),
        ((bad, good), GateVerdict.DENIED),
        ((better, bad, good), GateVerdict.ALLOWED),
        ((bad, better), GateVerdict.ALLOWED),
    ):
        case = make(evidence=(*said, signature()))
        assert decided(approved(case)).verdict is verdict


def test_of_several_signers_each_counts_with_his_newest() -> None:
    policy = POLICY.replace("noneAbove: warning", "min: 2")
    case = make(policy)
    found = judged(decided(case), "evidence:report")
    assert (found.why, found.wanted) == (
        "too few people signed it by checker",
        "2 report by checker",
    )
    assert found.seen == "1; others: none"
    twice = with_evidence(case, evidence("report", "carl", report(), entry=13))
    assert judged(decided(twice), "evidence:report").outcome is Outcome.UNMET
    two = with_evidence(case, evidence("report", "cat", report(), entry=13))
    assert decided(approved(two)).verdict is GateVerdict.ALLOWED
    # Of three, the newest two: the oldest does not count, well or badly as it may be.
    three = with_evidence(two, evidence("report", "dora", report(finding()), entry=14))
    assert decided(approved(three)).verdict is GateVerdict.DENIED
    better = with_evidence(
        two,
        evidence("report", "dora", report(), entry=14),
    )
    bad = evidence("report", "carl", report(finding()), entry=12)
    oldest = replace(better, evidence=(signature(), bad, *better.evidence[2:]))
    assert decided(approved(oldest)).verdict is GateVerdict.ALLOWED


@pytest.mark.parametrize(
    ("at", "fresh"),
    [(YESTERDAY, True), ("2026-10-31T11:59:59Z", False), (NOON, True)],
)
def test_a_report_may_be_as_old_as_the_policy_says(at: str, *, fresh: bool) -> None:
    checked = evidence("report", "carl", report(), entry=12, at=at)
    case = make(evidence=(replace(signature(), at=at), checked))
    decision = decided(case)
    found = judged(decision, "fresh:report")
    assert found.outcome is (Outcome.MET if fresh else Outcome.UNMET)
    assert (found.seen, found.wanted) == (f"of {at}", f"not older than 86400s at {NOON}")
    assert found.why == ("it is fresh" if fresh else "it is too old")
    assert found.binds is False
    assert found.remedy == (
        () if fresh else ("weighbridge check detector@1.4.0 --sign --key NAME",)
    )
    assert decision.verdict is (GateVerdict.NEEDS if fresh else GateVerdict.DENIED)


def test_of_two_counted_each_must_be_fresh() -> None:
    policy = POLICY.replace("noneAbove: warning", "min: 2")
    old = evidence("report", "carl", report(), entry=12, at="2026-10-30T00:00:00Z")
    new = evidence("report", "cat", report(), entry=13)
    early = replace(signature(), at="2026-10-29T00:00:00Z")
    assert decided(approved(make(policy, evidence=(early, old, new)))).verdict == "denied"


def test_a_demand_without_an_age_takes_any() -> None:
    policy = POLICY.replace("maxAge: 24h, ", "")
    old = "2020-01-01T00:00:00Z"
    case = make(policy, evidence=tuple(replace(one, at=old) for one in make().evidence))
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED


def test_a_demand_that_does_not_apply_is_not_made() -> None:
    assert not [one for one in decided(make()).conditions if "replay" in one.id]
    assert judged(decided(make(REPLAYED)), "evidence:replay").outcome is Outcome.UNMET


def test_a_policy_may_demand_no_evidence_but_the_signature() -> None:
    start, end = POLICY.index("  evidence:"), POLICY.index("  approvals:")
    reported = POLICY.index("    - id: no-errors"), POLICY.index("  rollbackPolicy")
    policy = POLICY[:start] + POLICY[end : reported[0]] + POLICY[reported[1] :]
    case = approved(make(policy, evidence=(signature(),)))
    assert decided(case).verdict is GateVerdict.ALLOWED
    assert decided(replace(case, evidence=())).verdict is GateVerdict.DENIED


def test_whether_evidence_is_demanded_may_not_be_unknown() -> None:
    policy = POLICY.replace(
        "when: release.effectiveRisk ==", "when: release.spec.rollout.strategy ==", 1
    )
    decision = decided(approved(make(policy)))
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    found = judged(decision, "evidence:replay")
    assert found.why.startswith("whether it is demanded could not be decided: ")


def test_what_is_demanded_may_not_hang_on_findings_that_are_not_read_yet() -> None:
    policy = POLICY.replace('when: release.effectiveRisk == "high"', "when: findings.size() > 0", 1)
    assert judged(decided(make(policy)), "evidence:replay").outcome is Outcome.INCONCLUSIVE


def test_two_demands_of_one_type_are_two_conditions() -> None:
    case = make(demanding("{type: report, signedBy: {role: security}}"))
    decision = decided(case)
    assert judged(decision, "evidence:report").outcome is Outcome.MET
    assert judged(decision, "evidence:report:1").outcome is Outcome.UNMET


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("bitwise", "met"),
        ("predictions-within-tolerance", "met"),
        ("metrics-within-tolerance", "unmet"),
        ("different", "unmet"),
        ("could-not-replay", "unmet"),
        ("splendid", "inconclusive"),
        (["bitwise"], "inconclusive"),
        (None, "inconclusive"),
    ],
)
def test_a_replay_must_come_far_enough(verdict: Any, outcome: str) -> None:  # noqa: ANN401
    decision = decided(with_evidence(make(REPLAYED), replay(verdict)))
    found = judged(decision, "evidence:replay")
    assert (found.outcome, found.wanted) == (outcome, "predictions-within-tolerance")


def test_a_replay_without_a_floor_keeps_the_metrics() -> None:
    policy = REPLAYED.replace("atLeast: predictions-within-tolerance", "min: 1")
    enough = with_evidence(make(policy), replay("metrics-within-tolerance"))
    assert decided(approved(enough, "max", "sid")).verdict is GateVerdict.ALLOWED
    assert judged(decided(enough), "evidence:replay").seen == "metrics-within-tolerance"
    less = with_evidence(make(policy), replay("different"))
    assert decided(approved(less, "max", "sid")).verdict is GateVerdict.DENIED


@pytest.mark.parametrize(
    ("demand", "kind", "predicate", "outcome"),
    [
        ("behaviour", "behaviour", {"result": "PASSED"}, "met"),
        ("behaviour", "behaviour", {"result": "WARNED"}, "met"),
        ("behaviour", "behaviour", {"result": "FAILED"}, "unmet"),
        ("behaviour", "behaviour", {"result": ["PASSED"]}, "unmet"),
        ("behaviour", "behaviour", {"score": 1}, "inconclusive"),
        ("behaviour, inconclusive: allow", "behaviour", {"score": 1}, "inconclusive"),
        ("provenance", "provenance", PROVENANCE, "met"),
        ("provenance", "provenance", {"result": "FAILED"}, "unmet"),
        ("provenance", "provenance", {}, "inconclusive"),
        ("sbom", "sbom", {"bomFormat": "CycloneDX", "specVersion": "1.6"}, "met"),
        ("advisories", "advisories", VULNERABILITIES, "met"),
        ('"https://example.com/review/v1"', "https://example.com/review/v1", {}, "inconclusive"),
        (
            '"https://example.com/review/v1", inconclusive: allow',
            "https://example.com/review/v1",
            {},
            "met",
        ),
        (
            '"https://example.com/review/v1", inconclusive: allow',
            "https://example.com/review/v1",
            {"result": "FAILED"},
            "unmet",
        ),
        (
            '"https://slsa.dev/verification_summary/v1", inconclusive: allow',
            "https://slsa.dev/verification_summary/v1",
            {"result": "PASSED"},
            "inconclusive",
        ),
        (
            '"https://slsa.dev/verification_summary/v1"',
            "https://slsa.dev/verification_summary/v1",
            SUMMARY,
            "met",
        ),
        (
            '"https://slsa.dev/verification_summary/v1"',
            "https://slsa.dev/verification_summary/v1",
            {"verificationResult": "WARNED"},
            "unmet",
        ),
    ],
)
def test_other_evidence_counts_by_what_it_says(
    demand: str, kind: str, predicate: dict[str, Any], outcome: str
) -> None:
    case = make(demanding(f"{{type: {demand}}}"))
    said = with_evidence(case, evidence(kind, "cat", predicate, entry=14))
    name = "evidence:" + demand.split(",", maxsplit=1)[0].strip('"')
    assert judged(decided(said), name).outcome == outcome
    assert judged(decided(said), name).inputs == (THIS,)
    missing = judged(decided(case), name)
    assert missing.outcome is Outcome.UNMET
    assert missing.remedy[0].startswith("weighbridge attest detector@1.4.0 --predicate FILE --type")


def test_what_a_missing_provenance_is_attested_as_is_told() -> None:
    found = judged(decided(make(demanding("{type: provenance}"))), "evidence:provenance")
    assert found.remedy == (
        "weighbridge attest detector@1.4.0 --predicate FILE --type https://slsa.dev/provenance/v1",
    )


@pytest.mark.parametrize("subjects", [(THIS, OTHER), (OTHER, THIS)])
def test_what_evidence_is_about_is_named_in_one_order(subjects: tuple[str, ...]) -> None:
    both = replace(make().evidence[1], subjects=subjects)
    found = judged(decided(make(evidence=(signature(), both))), "evidence:report")
    assert found.inputs == tuple(sorted(subjects))


def test_what_other_evidence_says_is_told() -> None:
    case = make(demanding("{type: behaviour, maxAge: 1h}"))
    failed = evidence("behaviour", "cat", {"result": "FAILED"}, entry=14)
    found = judged(decided(with_evidence(case, failed)), "evidence:behaviour")
    assert (found.why, found.seen, found.wanted) == (
        "it says that it failed",
        "FAILED",
        "PASSED or WARNED",
    )
    stale = judged(decided(with_evidence(case, failed)), "fresh:behaviour")
    assert stale.remedy == ("have it made and signed again",)


def test_evidence_of_another_type_is_not_taken_for_what_is_demanded() -> None:
    other = evidence(RELEASE, "carl", report(), entry=12)
    assert judged(decided(make(evidence=(signature(), other))), "evidence:report").seen == (
        "0; others: none"
    )


def test_targets_are_validated_by_reports_that_are_good_enough_and_count() -> None:
    for found, role, validated in (
        ([], "checker", {"linux"}),
        ([finding()], "checker", set()),
        ([], "security", set()),
    ):
        checked = evidence("report", "carl", report(*found, targets=["linux"]), entry=12)
        policy = POLICY.replace("role: checker", f"role: {role}")
        case = make(f"{policy}  targets: {{required: all-validated}}\n", evidence=(checked,))
        judge = EvidenceJudge(case, Waivers(case))
        assert not judge.reported
        list(judge.judge(program_for(case.bundle), Scope({"release": {"effectiveRisk": "low"}})))
        assert judge.validated == validated
        assert judge.reported is (role == "checker")
        assert (checked.statement in judge.counted) is (role == "checker")
