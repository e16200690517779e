"""Broken glass: whom it lets in, how long, past what, and what is due afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gate.cases import (
    ENVIRONMENT,
    MANIFEST,
    NOON,
    OTHER,
    POLICY,
    act,
    approved,
    decided,
    evidence,
    having,
    judged,
    make,
    outcomes,
    report,
    with_evidence,
)
from weighbridge.gate.case import Act, Case
from weighbridge.gate.decide import goes_through
from weighbridge.gate.glass import LIFE, in_force, lets_through, mode_of, told, unreviewed
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.decision import BREAK_GLASS, ENFORCE, OBSERVE, GateVerdict, Judged, Outcome
from weighbridge.model.environment.standing import Stop
from weighbridge.model.predicates import OURS

HERE = ENVIRONMENT.replace("deployers: [releaser]", "deployers: [releaser], breakGlass: [security]")
PROJECT = ENVIRONMENT + "  projects: {detector: {breakGlass: [security]}}\n"


def broken(case: Case, person: str = "sue", **changes: object) -> Case:
    """Have somebody break the glass as the case stands, at noon."""
    said = {"at": NOON, "reason": "it bleeds", "environment_digest": case.environment_digest}
    return having(case, act(case, person, Act.BREAK_GLASS, **(said | changes)))


def reviewed(case: Case, person: str = "mia", **changes: object) -> Case:
    return having(case, act(case, person, Act.REVIEW, **({"at": NOON} | changes)))


def mode(case: Case, enforcement: str = ENFORCE) -> str:
    """Say in which mode a case would be carried out, and see that this is what it says."""
    decision = decided(case)
    found = mode_of(decision, enforcement)
    passes = decision.verdict is GateVerdict.ALLOWED or found in {BREAK_GLASS, OBSERVE}
    assert goes_through(decision, found) is passes
    return found


@pytest.mark.parametrize("environment", [HERE, PROJECT])
def test_broken_glass_lets_in_what_is_denied_and_says_so(environment: str) -> None:
    case = broken(make(environment=environment))
    decision = decided(case)
    assert decision.verdict is GateVerdict.NEEDS
    assert mode(case) == BREAK_GLASS
    one = judged(decision, "glass-broken")
    assert one.why == f"sue broke the glass at {NOON}: it bleeds"
    assert (one.outcome, one.seen, one.warns) == (Outcome.MET, "until 2026-11-01T14:00:00Z", True)
    said = vsa_predicate(decision, log="log", mode=BREAK_GLASS)
    assert (said["verificationResult"], said[OURS]["mode"]) == ("FAILED", "break-glass")
    assert "sue broke the glass" in str(said[OURS]["conditions"])


def test_what_is_inconclusive_or_unmet_is_let_in() -> None:
    inconclusive = broken(make(HERE_POLICY, environment=HERE))
    assert decided(inconclusive).verdict is GateVerdict.INCONCLUSIVE
    assert mode(inconclusive) == BREAK_GLASS
    unsigned_report = make(environment=HERE).evidence[:1]
    for case in (
        make(environment=HERE, arrived=""),
        make(environment=HERE, held="rolled back"),
        make(environment=HERE, evidence=unsigned_report),
    ):
        assert decided(case).verdict is GateVerdict.DENIED
        assert mode(case) == ENFORCE
        assert mode(broken(case)) == BREAK_GLASS


HERE_POLICY = POLICY.replace(
    "roles: [security], when: release.effectiveRisk",
    "roles: [security], when: release.spec.rollout.strategy",
)


def test_without_it_nothing_is_let_in_and_nothing_is_said_of_glass() -> None:
    case = make(environment=HERE)
    assert mode(case) == ENFORCE
    assert not [one for one in decided(case).conditions if one.id.startswith("glass")]
    assert not lets_through(decided(case))


def test_what_is_allowed_needs_no_glass() -> None:
    case = broken(approved(make(environment=HERE)))
    assert decided(case).verdict is GateVerdict.ALLOWED
    assert mode(case) == ENFORCE


def test_an_environment_that_observes_stays_in_its_mode() -> None:
    assert mode(broken(make(environment=HERE)), OBSERVE) == OBSERVE


def test_nobody_may_break_it_where_nobody_is_named() -> None:
    assert in_force(broken(make())) is None
    assert mode(broken(make())) == ENFORCE
    other = ENVIRONMENT + "  projects: {other: {breakGlass: [security]}}\n"
    assert mode(broken(make(environment=other))) == ENFORCE


@pytest.mark.parametrize("person", ["ann", "mia", "rob", "sid"])
def test_only_who_is_named_breaks_it(person: str) -> None:
    assert mode(broken(make(environment=HERE), person)) == ENFORCE


def test_an_author_does_not_break_it_and_who_asked_may() -> None:
    named = HERE.replace("breakGlass: [security]", "breakGlass: [security, builder, checker]")
    for person in ("bea", "carl"):
        assert mode(broken(make(environment=named), person)) == ENFORCE
    assert mode(broken(make(environment=named, requesters=frozenset({"sue"})))) == BREAK_GLASS
    later = broken(make(environment=HERE))
    said = evidence("report", "sue", report(), entry=50, at=NOON, release=later.release)
    assert mode(with_evidence(later, replace(said, roles=("security",)))) == ENFORCE


@pytest.mark.parametrize(
    ("now", "there"),
    [(NOON, True), ("2026-11-01T13:59:59Z", True), ("2026-11-01T14:00:00Z", False)],
)
def test_it_stays_broken_for_two_hours(now: str, *, there: bool) -> None:
    assert LIFE == "7200s"
    case = replace(broken(make(environment=HERE)), now=now)
    assert (mode(case) == BREAK_GLASS) is there
    assert bool(in_force(case)) is there


def test_a_clock_that_is_moved_back_lets_nothing_in() -> None:
    case = broken(make(environment=HERE), at="2026-11-01T12:00:00Z")
    back = replace(case, now="2026-11-01T11:00:00Z")
    assert outcomes(decided(back)) == {"case-intact": "unmet"}
    assert mode(back) == ENFORCE


@pytest.mark.parametrize(
    "changes",
    [
        {"release": OTHER},
        {"policy": "sha256:" + "0" * 64},
        {"environment_digest": "sha256:" + "0" * 64},
        {"environment": "staging"},
    ],
)
def test_it_is_for_one_release_policy_and_environment(changes: dict[str, str]) -> None:
    case = broken(make(environment=HERE), **changes)
    assert in_force(case) is None
    assert mode(case) == ENFORCE


def test_a_policy_or_environment_that_is_applied_anew_mends_it() -> None:
    acts = broken(make(environment=HERE)).acts
    changed = make(POLICY.replace("maxAge: 24h", "maxAge: 48h"), environment=HERE, acts=acts)
    assert mode(changed) == ENFORCE
    wider = HERE.replace("deployers: [releaser]", "deployers: [releaser, sre]")
    assert mode(make(environment=wider, acts=acts)) == ENFORCE


def test_nobody_gets_past_a_rejection() -> None:
    case = make(environment=HERE)
    case = broken(having(case, act(case, "mia", Act.REJECT, reason="it lies")))
    assert mode(case) == ENFORCE
    lifted = having(case, act(case, "max", Act.LIFT_REJECTION))
    assert mode(lifted) == BREAK_GLASS


def test_nobody_gets_past_a_block() -> None:
    stop = Stop(about="detector@1.4.0", at=NOON, reason="leaks training data")
    case = broken(make(environment=HERE))
    assert mode(replace(case, blocks={case.release: stop})) == ENFORCE
    assert mode(replace(case, blocks={OTHER: stop})) == BREAK_GLASS


def test_nobody_gets_past_a_release_no_author_signed() -> None:
    """Or who wrote it could break the glass for it, and nobody would know."""
    case = make(environment=HERE)
    assert mode(broken(replace(case, evidence=case.evidence[1:]))) == ENFORCE


def test_nobody_gets_past_a_case_that_is_not_intact() -> None:
    case = broken(make(environment=HERE))
    assert mode(replace(case, bundle_digest="sha256:" + "0" * 64)) == ENFORCE
    assert not lets_through(decided(replace(case, trust_digest="")))


@pytest.mark.parametrize("outcome", [Outcome.UNMET, Outcome.INCONCLUSIVE])
@pytest.mark.parametrize(
    "name",
    [
        "case-intact",
        "glass-reviewed",
        "not-blocked",
        "not-rejected",
        "release-verified",
        "signed-by-builder",
    ],
)
def test_what_nobody_gets_past_is_so_in_every_decision(name: str, outcome: Outcome) -> None:
    decision = decided(broken(make(environment=HERE)))
    others = tuple(one for one in decision.conditions if one.id != name)
    assert lets_through(replace(decision, conditions=others))
    told = Judged(id=name, outcome=outcome, why="")
    assert not lets_through(replace(decision, conditions=(*others, told)))


def test_glass_that_is_not_broken_lets_nothing_in() -> None:
    decision = decided(broken(make(environment=HERE)))
    others = tuple(one for one in decision.conditions if one.id != "glass-broken")
    told = Judged(id="glass-broken", outcome=Outcome.UNMET, why="")
    assert not lets_through(replace(decision, conditions=(*others, told)))


# The review -------------------------------------------------------------------------------------


def over(case: Case) -> Case:
    """Let two hours pass."""
    return replace(case, now="2026-11-01T15:00:00Z")


def test_until_another_reviews_it_nothing_more_is_let_in() -> None:
    case = approved(over(broken(make(environment=HERE))))
    decision = decided(case)
    assert decision.verdict is GateVerdict.NEEDS
    assert outcomes(decision) == {"glass-reviewed": "unmet"}
    one = judged(decision, "glass-reviewed")
    assert one.seen == f"sue at {NOON}: it bleeds"
    assert one.waits
    assert one.remedy == (
        "weighbridge break-glass detector@1.4.0 --to production --review --reason TEXT --key NAME",
    )
    subject = "glass-reviewed"
    assert one.findings == (
        {"code": "GOV002", "severity": "error", "subject": subject, "verdict": "fail"},
    )
    assert decided(reviewed(case)).verdict is GateVerdict.ALLOWED
    met = judged(decided(reviewed(case)), subject)
    assert (met.outcome, met.why) == (Outcome.MET, "glass of before was reviewed")


def test_glass_of_another_release_of_the_name_is_to_be_reviewed_too() -> None:
    case = approved(broken(make(environment=HERE), release=OTHER))
    one = judged(decided(case), "glass-reviewed")
    assert one.outcome is Outcome.UNMET
    assert one.remedy[0].startswith(f"weighbridge break-glass {OTHER} --to production --review ")
    assert decided(reviewed(case)).verdict is GateVerdict.NEEDS  # of this one, which was not broken
    assert decided(reviewed(case, release=OTHER)).verdict is GateVerdict.ALLOWED


def test_who_broke_it_does_not_review_it() -> None:
    case = over(approved(broken(make(environment=HERE))))
    assert outcomes(decided(reviewed(case, "sue"))) == {"glass-reviewed": "unmet"}


def test_who_moved_it_does_not_review_it() -> None:
    case = over(approved(broken(make(environment=HERE))))
    (entry,) = [said.entry for said in case.acts if said.act is Act.BREAK_GLASS]
    moved = replace(case, under_glass=frozenset({(entry + 1, "mia"), (entry - 1, "max")}))
    said = {"entry": entry + 9}
    assert outcomes(decided(reviewed(moved, "mia", **said))) == {"glass-reviewed": "unmet"}
    assert outcomes(decided(reviewed(moved, "max", **said))) == {}


def test_a_review_is_of_what_was_before_it_and_of_this_environment() -> None:
    case = over(approved(make(environment=HERE)))
    early = broken(reviewed(case))
    assert "glass-reviewed" in outcomes(decided(over(early)))
    elsewhere = reviewed(over(approved(broken(make(environment=HERE)))), environment="staging")
    assert "glass-reviewed" in outcomes(decided(elsewhere))


def test_a_review_mends_the_glass() -> None:
    case = reviewed(broken(make(environment=HERE)))
    assert in_force(case) is None
    assert mode(case) == ENFORCE
    assert mode(broken(case)) == BREAK_GLASS


def test_glass_that_was_not_reviewed_keeps_other_releases_out_of_broken_glass() -> None:
    first = over(broken(make(environment=HERE), release=OTHER))
    second = broken(first, at="2026-11-01T15:00:00Z")
    assert mode(second) == ENFORCE
    assert mode(reviewed(second, release=OTHER, at="2026-11-01T15:00:00Z")) == BREAK_GLASS


def test_it_can_be_broken_again_for_the_same_release_and_is_reviewed_at_once() -> None:
    case = over(broken(make(environment=HERE)))
    again = broken(case, at="2026-11-01T15:00:00Z")
    assert mode(again) == BREAK_GLASS
    assert [told(one) for one in unreviewed(again)] == [
        f"sue at {NOON}: it bleeds",
        "sue at 2026-11-01T15:00:00Z: it bleeds",
    ]
    assert unreviewed(reviewed(again, at="2026-11-01T15:00:00Z")) == []


def test_what_glass_says_binds_no_approval() -> None:
    case = make(environment=HERE)
    assert decided(broken(case)).outcome_digest == decided(case).outcome_digest
    assert decided(over(broken(case))).outcome_digest == decided(over(case)).outcome_digest


def test_another_release_of_high_risk_is_not_let_in_by_glass_of_this() -> None:
    acts = broken(make(environment=HERE)).acts
    other = make(environment=HERE, manifest=MANIFEST.replace("risk: low", "risk: high"), acts=acts)
    assert mode(other) == ENFORCE
