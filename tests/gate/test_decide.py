from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    ENVIRONMENT,
    MANIFEST,
    NOON,
    OTHER,
    POLICY,
    THIS,
    act,
    approved,
    decided,
    evidence,
    finding,
    having,
    make,
    outcomes,
    replay,
    report,
    signature,
    with_evidence,
)
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide_rollback, stopped
from weighbridge.gate.decide import decision as write_down
from weighbridge.gate.outcome import verdict
from weighbridge.gate.pointer import Pointer
from weighbridge.model.decision import GateVerdict, Judged, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.gate.case import Case

MET, UNMET = Outcome.MET, Outcome.UNMET
INCONCLUSIVE, WAIVED = Outcome.INCONCLUSIVE, Outcome.WAIVED


def of(*found: Outcome, waits: bool = False) -> tuple[Judged, ...]:
    return tuple(Judged(id=str(at), outcome=one, waits=waits) for at, one in enumerate(found))


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        ((), "denied"),
        (of(MET), "allowed"),
        (of(MET, WAIVED), "allowed"),
        (of(MET, UNMET), "denied"),
        (of(MET, INCONCLUSIVE), "inconclusive"),
        (of(INCONCLUSIVE, UNMET), "denied"),
        (of(MET, UNMET, waits=True), "needs"),
        (of(INCONCLUSIVE, UNMET, waits=True), "inconclusive"),
        (of(INCONCLUSIVE, MET, waits=True), "inconclusive"),
        ((*of(UNMET), *of(UNMET, waits=True)), "denied"),
        ((*of(MET), *of(UNMET, waits=True)), "needs"),
    ],
)
def test_the_worst_of_all_is_the_verdict(judged: tuple[Judged, ...], expected: str) -> None:
    for found in permutations(judged):
        assert verdict(found) == expected


def test_a_decision_names_everything_it_rests_on() -> None:
    case = approved(make())
    decision = decided(case)
    assert decision.verdict is GateVerdict.ALLOWED
    assert (decision.name, decision.version, decision.release) == (
        "detector",
        "1.4.0",
        case.release,
    )
    assert (decision.environment, decision.environment_digest) == (
        "production",
        case.environment_digest,
    )
    assert (decision.policy, decision.policy_digest) == ("production@3", case.bundle_digest)
    assert (decision.risk, decision.trust_digest, decision.at) == ("low", case.trust_digest, NOON)
    assert decision.evidence == tuple(sorted(one.statement for one in case.evidence))
    assert decision.outcome_digest == digest(canonical_bytes(dict(decision.outcome)))


def test_conditions_come_in_one_order() -> None:
    assert [one.id for one in decided(approved(make())).conditions] == [
        "case-intact",
        "promoted-before",
        "soaked",
        "not-rejected",
        "signed-by-builder",
        "evidence:report",
        "fresh:report",
        "digests",
        "known-task",
        "no-errors",
        "approvals:0",
    ]


def test_the_order_of_what_was_gathered_does_not_matter() -> None:
    case = with_evidence(
        approved(make(POLICY.replace('when: release.effectiveRisk == "high"\n      ', ""))),
        evidence("report", "cat", report(finding(severity="note")), entry=30),
        replace(replay(), entry=31),
        evidence("report", "dora", report(sections={}), entry=32, release=OTHER),
    )
    case = approved(case)
    expected = decided(case)
    assert expected.verdict is GateVerdict.ALLOWED
    for said in permutations(case.evidence):
        assert decided(replace(case, evidence=said)) == expected
    for acts in permutations(case.acts):
        assert decided(replace(case, acts=acts)) == expected
    assert decided(case) == expected


def test_the_outcome_is_what_was_judged_of_the_release_itself() -> None:
    checked = evidence("report", "carl", report(finding(severity="note"), passed=[]), entry=12)
    outcome = decided(make(evidence=(signature(), checked))).outcome
    assert {one["id"] for one in outcome["conditions"]} == {
        "case-intact",
        "signed-by-builder",
        "evidence:report",
        "digests",
        "known-task",
        "no-errors",
    }
    (told,) = [one for one in outcome["conditions"] if one["id"] == "evidence:report"]
    assert told == {
        "findings": [finding(severity="note")],
        "id": "evidence:report",
        "outcome": "inconclusive",
        "pointer": "",
        "skipped": ["DEP003", "REP004"],
    }
    case = make()
    assert {name: outcome[name] for name in outcome if name != "conditions"} == {
        "effectiveRisk": "low",
        "environment": case.environment_digest,
        "inputs": [case.release],
        "policy": case.bundle_digest,
        "release": case.release,
        "waivers": [],
    }
    assert json.loads(canonical_bytes(dict(outcome))) == outcome


def newest(*findings: dict[str, Any], **changes: Any) -> Callable[[Case], Case]:  # noqa: ANN401
    """Have a newer report made."""

    def change(case: Case) -> Case:
        one = evidence("report", "cat", report(*findings), entry=40)
        return with_evidence(case, replace(one, **changes))

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda case: replace(case, now="2026-11-02T09:00:00Z"),
        lambda case: replace(case, now="2027-11-02T09:00:00Z"),
        lambda case: replace(case, arrived="2026-11-01T11:00:00Z"),
        lambda case: replace(case, arrived=""),
        lambda case: replace(case, held="held"),
        lambda case: replace(case, requesters=frozenset()),
        lambda case: replace(case, evidence=case.evidence[::-1]),
        lambda case: approved(case, "max"),
        lambda case: approved(case, "max", "sid", "mia"),
        newest(),
        newest(at=NOON),
        lambda case: newest(at=NOON)(approved(case)),
    ],
)
def test_the_outcome_is_unchanged_by_time_people_and_repetition(
    change: Callable[[Case], Case],
) -> None:
    case = make()
    assert decided(change(case)).outcome_digest == decided(case).outcome_digest


def test_the_order_of_findings_in_a_report_does_not_change_the_outcome() -> None:
    first, second = finding(severity="note"), finding("DEP003", severity="note")
    digests = {
        decided(newest(*order)(make())).outcome_digest
        for order in ((first, second), (second, first))
    }
    assert len(digests) == 1


def test_what_a_report_says_beside_its_findings_does_not_change_the_outcome() -> None:
    noted = decided(newest(finding(severity="note"))(make()))
    worded = decided(newest(finding(severity="note", message="x", seen="y"))(make()))
    assert noted.outcome_digest == worded.outcome_digest


@pytest.mark.parametrize(
    "change",
    [
        newest(finding(severity="note")),
        newest(finding()),
        newest(finding(severity="note", subject="other")),
        newest(predicate=report(passed=["INT001"])),
        lambda _: make(POLICY.replace("24h", "25h")),
        lambda _: make(environment=ENVIRONMENT.replace("24h", "25h")),
        lambda _: make(manifest=MANIFEST.replace("1.4.0", "1.4.1")),
        lambda _: make(manifest=MANIFEST.replace("risk: low", "risk: medium")),
        lambda _: make(codes=("DEP003", "INT001")),
        lambda case: replace(case, evidence=case.evidence[1:]),
        lambda case: replace(case, evidence=case.evidence[:1]),
        lambda case: replace(case, trust_digest=""),
    ],
)
def test_the_outcome_is_changed_by_all_else(change: Callable[[Case], Case]) -> None:
    assert decided(change(make())).outcome_digest != decided(make()).outcome_digest


def test_raised_risk_alone_changes_the_outcome() -> None:
    raised = POLICY.replace("when: 'release.spec.model.task == \"credit-scoring\"'", "when: 'true'")
    assert decided(make(raised)).outcome["effectiveRisk"] == "high"
    assert decided(make()).outcome["effectiveRisk"] == "low"


def test_evidence_taken_over_is_another_input() -> None:
    case = make()
    old = evidence("report", "carl", report(), entry=12, release=OTHER)
    taken = decided(replace(case, evidence=(signature(), old)))
    assert taken.outcome["inputs"] == [OTHER]
    assert taken.outcome_digest != decided(case).outcome_digest


def test_everything_that_is_open_is_told() -> None:
    decision = decided(make(evidence=(), arrived=""))
    assert outcomes(decision) == {
        "promoted-before": "unmet",
        "signed-by-builder": "unmet",
        "evidence:report": "unmet",
        "no-errors": "inconclusive",
        "approvals:0": "unmet",
    }
    assert [(one.id, one.is_open) for one in decision.conditions if one.is_open] == [
        (name, True) for name in outcomes(decision)
    ]


NOBODY_STOPS = replace(decided(make()), conditions=())


def test_nothing_judged_stops_nothing_by_itself() -> None:
    assert stopped(NOBODY_STOPS) is False
    assert stopped(decided(approved(make()))) is False


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize(
    ("condition", "stops"),
    [
        ("case-intact", True),
        ("not-held", True),
        ("not-rejected", True),
        ("promoted-before", False),
        ("soaked", False),
        ("signed-by-builder", False),
        ("evidence:report", False),
        ("known-task", False),
        ("approvals:0", False),
        ("moves", False),
        ("not-left", False),
    ],
)
def test_open_stops_are_no_matter_of_policy(
    condition: str, outcome: Outcome, *, stops: bool
) -> None:
    one = Judged(id=condition, outcome=outcome)
    for around in ((one,), (*of(MET), one), (one, *of(UNMET)), (*of(INCONCLUSIVE), one)):
        expected = stops and outcome in {UNMET, INCONCLUSIVE}
        assert stopped(replace(NOBODY_STOPS, conditions=around)) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda case: replace(case, trust_digest=""), True),
        (lambda case: replace(case, held="rolled back"), True),
        (lambda case: having(case, act(case, "mia", Act.REJECT)), True),
        (lambda case: replace(case, arrived=""), False),
        (lambda case: replace(case, evidence=()), False),
        (lambda case: replace(case, acts=()), False),
        (newest(finding()), False),
    ],
)
def test_who_stops_a_promotion_is_told_from_what_a_policy_misses(
    change: Callable[[Case], Case], *, expected: bool
) -> None:
    decision = decided(change(approved(make())))
    assert decision.verdict is not GateVerdict.ALLOWED
    assert stopped(decision) is expected


def test_a_remedy_can_be_typed_as_it_is_told() -> None:
    steps = (
        "weighbridge x REF then ENV, RELEASE of RELEASE",
        "then weighbridge PREFER ENVIRONMENT REFS --in-ENV",
        "set ENV as the policy's author says, who knows no REF",
    )
    told = write_down(
        make(),
        [Judged(id="it", outcome=UNMET, why="REF", wanted="ENV", remedy=steps)],
        risk="low",
        outcome={},
    ).conditions[0]
    assert told.remedy == (
        "weighbridge x detector@1.4.0 then production, detector of detector",
        "then weighbridge PREFER ENVIRONMENT REFS --in-production",
        "set ENV as the policy's author says, who knows no REF",
    )
    assert (told.id, told.outcome, told.why, told.wanted) == ("it", UNMET, "REF", "ENV")


def test_a_case_nobody_read_is_of_the_highest_risk() -> None:
    for unread in (
        decided(replace(make(), trust_digest="")),
        decide_rollback(replace(make(), trust_digest=""), Pointer()),
    ):
        assert (unread.risk, unread.outcome["effectiveRisk"]) == ("high", "high")
        assert unread.evidence == ()


def test_evidence_is_named_in_one_order_whatever_was_newer() -> None:
    policy = POLICY.replace("noneAbove: warning", "min: 2")
    orders = set()
    for entry in range(14, 80):
        newer = evidence("report", "carl", report(), entry=entry)
        older = evidence("report", "cat", report(), entry=13)
        found = decided(make(policy, evidence=(signature(), older, newer))).evidence
        assert found == tuple(sorted(found))
        orders.add(newer.statement < older.statement)
    assert orders == {True, False}


def test_what_is_approved_is_written_in_one_order() -> None:
    subjects = (*(f"sha256:{at:064}" for at in range(19, 0, -1)), THIS)
    both = replace(make().evidence[1], subjects=subjects)
    outcome = decided(make(evidence=(signature(), both))).outcome
    assert outcome["inputs"] == sorted(subjects)
    assert outcome["conditions"] == sorted(outcome["conditions"], key=canonical_bytes)
    assert [one["id"] for one in outcome["conditions"]] != [
        one.id for one in decided(make()).conditions if one.binds
    ]
