from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.gate.cases import (
    BEFORE,
    MORNING,
    NOON,
    POLICY,
    act,
    approved,
    decided,
    evidence,
    finding,
    having,
    judged,
    make,
    outcomes,
    report,
    with_evidence,
)
from tests.gate.test_targets import TARGETED, TWO_TARGETS
from weighbridge.gate.case import Act
from weighbridge.gate.compliance import counts, in_short, shifts, why
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

LATER = "2026-12-24T12:00:00Z"
"""A time at which every report of the cases is too old to be moved by."""


def standing() -> Case:
    """Make a case of a release that was approved, promoted at noon, and stands since."""
    return replace(approved(make()), since=NOON, now=LATER)


def test_what_is_asked_of_a_move_is_not_asked_of_what_stands() -> None:
    asking = replace(standing(), since="", held="rolled back by rob", arrived="")
    assert set(outcomes(decided(asking))) == {"not-held", "promoted-before", "fresh:report"}
    stands = replace(asking, since=NOON)
    assert decided(stands).verdict is GateVerdict.ALLOWED
    names = {one.id for one in decided(stands).conditions}
    assert not names & {"not-held", "promoted-before", "soaked", "fresh:report"}


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("not-blocked", True),
        ("not-rejected", True),
        ("release-verified", True),
        ("approvals:0", True),
        ("waivers:expired", True),
        ("not-held", False),
        ("in-window", False),
    ],
)
def test_what_is_said_of_a_release_counts_as_long_as_it_stands(name: str, *, stays: bool) -> None:
    one = Judged(id=name, outcome=Outcome.UNMET, why="", binds=False)
    assert counts(one, standing()) is stays
    assert counts(one, make()) is True
    assert counts(replace(one, binds=True), standing()) is True


def test_the_outcome_is_the_one_it_was_approved_for() -> None:
    assert decided(standing()).outcome_digest == decided(approved(make())).outcome_digest


def test_a_target_stays_validated_however_old_its_report() -> None:
    case = make(TARGETED, manifest=TWO_TARGETS, now=LATER)
    said = [
        evidence(
            "report",
            "carl",
            report(targets=[target], sections=case.sections),
            entry=entry,
            release=case.release,
        )
        for entry, target in enumerate(("linux", "mac"), 30)
    ]
    case = with_evidence(case, *said)
    assert judged(decided(case), "targets").outcome is Outcome.INCONCLUSIVE
    assert judged(decided(replace(case, since=NOON)), "targets").outcome is Outcome.MET


@pytest.mark.parametrize(
    ("what", "condition"),
    [(Act.WITHDRAW, "approvals:0"), (Act.REJECT, "not-rejected")],
)
def test_what_people_take_back_or_reject_counts(what: Act, condition: str) -> None:
    case = standing()
    said = act(case, "max", what, at=LATER, reason="no")
    assert condition in outcomes(decided(having(case, said)))


def test_news_that_changes_the_outcome_asks_for_another_look() -> None:
    bad = evidence("report", "carl", report(finding(severity="warning")), entry=40, at=LATER)
    changed = with_evidence(standing(), bad)
    decision = decided(changed)
    assert decision.verdict is GateVerdict.NEEDS
    assert "given before the outcome changed" in judged(decision, "approvals:0").seen
    looked = having(changed, *(act(changed, name, at=LATER) for name in ("max", "sid")))
    assert "approvals:0" not in outcomes(decided(looked))


def test_a_finding_counts_and_why_says_so_in_a_line() -> None:
    bad = evidence("report", "carl", report(finding()), entry=40, at=LATER)
    decision = decided(with_evidence(standing(), bad))
    assert decision.verdict is GateVerdict.DENIED
    assert why(decision).startswith(
        "evidence:report: it has findings that block (INT001 model.onnx); and "
    )
    assert why(decided(standing())) == ""


def test_what_waits_for_people_is_told_last() -> None:
    waits = Judged(id="approvals:0", outcome=Outcome.UNMET, why="2 more must approve", waits=True)
    unsure = Judged(id="targets", outcome=Outcome.INCONCLUSIVE, why="nobody knows")
    assert in_short([waits, unsure]) == "targets: nobody knows; and 1 more"
    assert in_short([waits]) == "approvals:0: 2 more must approve"


def test_conditions_that_come_out_otherwise_are_listed() -> None:
    before = decided(standing())
    bad = evidence("report", "carl", report(finding()), entry=40, at=LATER)
    after = decided(with_evidence(standing(), bad))
    found = {one.id: (one.before, one.after) for one in shifts(before, after)}
    assert found["evidence:report"] == (Outcome.MET, Outcome.UNMET)
    assert found["no-errors"] == (Outcome.MET, Outcome.UNMET)
    assert list(shifts(before, before)) == []
    back = {one.id: one.after for one in shifts(after, before)}
    assert (back["evidence:report"], back["no-errors"]) == (Outcome.MET, Outcome.MET)


def test_what_is_asked_no_longer_is_told_only_if_it_was_open() -> None:
    decision = decided(standing())
    open_ = Judged(id="gone", outcome=Outcome.UNMET, why="it is bad", pointer="/a")
    worse = replace(open_, outcome=Outcome.INCONCLUSIVE)
    before = replace(decision, conditions=(worse, open_, *decision.conditions))
    (found,) = shifts(before, decision)
    assert (found.id, found.before, found.after) == ("gone", Outcome.UNMET, None)
    assert (found.why, found.seen) == ("the policy no longer asks for it", "")
    fewer = replace(decision, conditions=decision.conditions[1:])
    assert list(shifts(decision, fewer)) == []


def test_what_holds_now_at_one_place_and_is_asked_elsewhere_is_told_so() -> None:
    decision = decided(standing())
    here = Judged(id="digests", outcome=Outcome.UNMET, why="no digest", pointer="/a", seen="a")
    there = replace(here, outcome=Outcome.MET, pointer="/b")
    before = replace(decision, conditions=(here, there))
    (found,) = shifts(before, replace(decision, conditions=(there,)))
    assert (found.pointer, found.before, found.after) == ("/a", Outcome.UNMET, Outcome.MET)
    assert found.why == "it holds now"


def test_what_is_seen_of_what_is_open_makes_a_difference_and_of_what_is_met_none() -> None:
    decision = decided(standing())
    one = Judged(id="one", outcome=Outcome.UNMET, why="it is bad", seen="2 findings")
    for outcome, told in ((Outcome.UNMET, 1), (Outcome.INCONCLUSIVE, 1), (Outcome.MET, 0)):
        before, after = (
            replace(decision, conditions=(replace(one, outcome=outcome, seen=seen),))
            for seen in ("2 findings", "3 findings")
        )
        assert len(list(shifts(before, after))) == told


def test_an_approval_that_was_good_when_it_moved_does_not_wear_off() -> None:
    policy = POLICY.replace("roles: [ml-lead, sre]}", "roles: [ml-lead, sre], validFor: 3h}")
    case = replace(approved(make(policy)), since=NOON, now=LATER)
    assert judged(decided(case), "approvals:0").outcome is Outcome.MET
    late = replace(case, since="2026-11-01T13:00:00Z")
    assert judged(decided(late), "approvals:0").outcome is Outcome.UNMET


def carrying(entry: int, statement: str, *, at: str = LATER) -> Case:
    """Have a checker sign a report that carries another over."""
    predicate = report()
    predicate[OURS]["carriedFrom"] = {"asked": ["DEP005"], "statement": statement}
    return with_evidence(make(), evidence("report", "cat", predicate, entry=entry, at=at))


def test_a_report_counts_only_with_the_one_it_carries_over() -> None:
    (base,) = [one for one in make().evidence if one.person == "carl"]
    good = carrying(40, base.statement, at=NOON)
    assert judged(decided(good), "evidence:report").outcome is Outcome.MET
    for statement in ("sha256:" + "0" * 64, carrying(40, base.statement).evidence[-1].statement):
        found = judged(decided(carrying(41, statement, at=NOON)), "evidence:report")
        assert found.outcome is Outcome.INCONCLUSIVE
        assert found.why == "it carries over a report that does not count"


def test_carrying_a_report_over_makes_it_no_younger() -> None:
    (base,) = [one for one in make().evidence if one.person == "carl"]
    fresh = judged(decided(carrying(40, base.statement, at=NOON)), "fresh:report")
    assert fresh.seen == f"of {MORNING}"
    late = replace(carrying(40, base.statement), now=LATER)
    assert judged(decided(late), "fresh:report").outcome is Outcome.UNMET
    assert BEFORE < MORNING
