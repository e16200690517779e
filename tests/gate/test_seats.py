"""Who stands in for whom, and for how much that counts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.cases import (
    BEFORE,
    ENVIRONMENT,
    MORNING,
    NOON,
    POLICY,
    act,
    approved,
    decided,
    evidence,
    having,
    judged,
    key_of,
    make,
    report,
    trust_of,
    with_evidence,
)
from tests.gate.delegations import LATER, handed, taken_back
from weighbridge.gate.case import Act, Case
from weighbridge.gate.seats import fill, seats, told
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.trust import snapshot_digest

JUST_AFTER = "2026-11-01T12:00:01Z"


def said(case: Case, person: str, **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    """Have somebody approve after all that was said and handed over."""
    said_so = [one.entry for one in case.acts]
    entry = max([20, *said_so, *(one.entry for one in case.delegations)]) + 1
    return having(case, act(case, person, entry=entry, **changes))


def found(case: Case) -> tuple[str, str]:
    """Say what came of the two approvals, and who gave them."""
    one = judged(decided(case), "approvals:0")
    return one.outcome.value, one.why if one.outcome is Outcome.MET else one.seen


def test_who_stands_in_counts_in_the_place_of_who_is_away() -> None:
    case = said(said(handed(make(), "mia", "cat"), "sid"), "cat")
    assert found(case) == ("met", "approved by cat for mia, sid")
    assert decided(case).verdict is GateVerdict.ALLOWED


def test_without_a_delegation_he_counts_for_nobody() -> None:
    assert found(said(said(make(), "sid"), "cat")) == ("unmet", "sid")


def test_one_seat_is_filled_once() -> None:
    case = said(said(handed(make(), "mia", "cat"), "mia"), "cat")
    assert found(case) == ("unmet", "mia")
    two = handed(handed(make(), "mia", "cat"), "mia", "sue")
    assert found(said(said(two, "cat"), "sue")) == ("unmet", "cat for mia")


def test_one_person_fills_one_seat() -> None:
    two = handed(handed(make(), "mia", "cat"), "max", "cat")
    assert found(said(two, "cat")) == ("unmet", "cat for max")
    assert found(said(said(two, "cat"), "sid")) == ("met", "approved by cat for max, sid")


def test_who_has_a_seat_of_his_own_takes_that_one() -> None:
    case = said(handed(make(), "mia", "sid"), "sid")
    assert found(case) == ("unmet", "sid")
    assert found(said(case, "mia")) == ("met", "approved by mia, sid")


@pytest.mark.parametrize("order", [*permutations(["cat", "sue", "mia"])])
def test_as_many_seats_as_can_be_are_filled_whoever_came_first(order: tuple[str, ...]) -> None:
    case = handed(handed(handed(make(), "mia", "cat"), "max", "cat"), "mia", "sue")
    for person in order[:2]:
        case = said(case, person)
    assert found(case)[0] == ("unmet" if {*order[:2]} == {"sue", "mia"} else "met")


def test_a_delegation_to_the_author_does_not_count() -> None:
    case = said(said(handed(make(), "mia", "bea"), "sid"), "bea")
    assert found(case) == ("unmet", "sid; bea: he signed evidence about it himself")
    findings = judged(decided(case), "approvals:0").findings
    assert [(one["code"], one["subject"]) for one in findings] == [
        ("GOV002", "approvals:0"),
        ("GOV005", "bea"),
    ]


def test_a_delegation_to_who_asked_does_not_count() -> None:
    case = said(said(handed(make(requesters=frozenset({"sue"})), "mia", "sue"), "sid"), "sue")
    assert found(case) == ("unmet", "sid; sue: he asked for it himself")


@pytest.mark.parametrize("giver", ["rob", "dora"])
def test_who_is_excluded_cannot_pass_on_what_he_may_not_do(giver: str) -> None:
    case = with_evidence(make(), evidence("report", "dora", report(), entry=13))
    case = said(said(handed(case, giver, "cat"), "sid"), "cat")
    case = replace(case, evidence=tuple(one for one in case.evidence if one.person != "cat"))
    why = {"rob": "asked for it", "dora": "signed evidence about it"}[giver]
    assert found(case) == ("unmet", f"sid; cat: {giver}, for whom he stands in, {why}")


def test_nobody_stands_in_for_himself() -> None:
    case = said(said(handed(make(), "cat", "cat"), "sid"), "cat")
    assert found(case) == ("unmet", "sid")


def test_there_are_no_chains() -> None:
    case = handed(handed(make(), "mia", "cat"), "cat", "sue")
    assert found(said(said(case, "sid"), "sue")) == ("unmet", "sid")


@pytest.mark.parametrize(
    "changes",
    [
        {"until": NOON},
        {"since": "2026-11-01T12:00:01Z"},
        {"environment": "staging"},
    ],
)
def test_a_delegation_of_another_time_place_or_person_does_not_count(
    changes: dict[str, str],
) -> None:
    case = handed(make(), "mia", "cat", **changes)
    assert found(said(said(case, "sid"), "cat", at=NOON)) == ("unmet", "sid")
    assert found(said(said(case, "sid"), "sue", at=NOON)) == ("unmet", "sid")


def test_it_is_judged_at_the_time_of_the_approval() -> None:
    case = said(said(handed(make(), "mia", "cat", until=NOON), "sid"), "cat")
    assert found(case)[0] == "met"
    later = replace(case, now="2026-11-01T13:00:00Z")
    assert found(later)[0] == "met"
    assert found(taken_back(later, "mia", "cat"))[0] == "met"


def test_what_was_taken_back_counts_no_longer_and_can_be_given_again() -> None:
    case = taken_back(handed(make(), "mia", "cat"), "mia", "cat")
    assert found(said(said(case, "sid"), "cat")) == ("unmet", "sid")
    again = handed(case, "mia", "cat")
    assert found(said(said(again, "sid"), "cat"))[0] == "met"
    other = taken_back(handed(make(), "mia", "cat"), "max", "cat")
    assert found(said(said(other, "sid"), "cat"))[0] == "met"


def test_a_delegation_that_came_after_the_approval_does_not_count() -> None:
    case = said(said(make(), "sid"), "cat")
    assert found(handed(case, "mia", "cat")) == ("unmet", "sid")


def test_what_the_giver_could_not_say_himself_by_then_does_not_count() -> None:
    for changed in (
        key_of("mia", until=MORNING),
        key_of("mia", since=NOON),
        key_of("mia", revoked_at="2026-11-01T10:30:00Z", reason="left"),
        key_of("mia", roles=("checker",)),
    ):
        trust = trust_of(changed)
        base = make(trust=trust, trust_digest=snapshot_digest(trust))
        given = handed(base, "mia", "cat", at=MORNING, roles=changed.roles)
        case = said(said(given, "sid"), "cat", at=NOON)
        decision = decided(case)
        if changed.until == MORNING or changed.since:
            assert judged(decision, "case-intact").outcome is Outcome.UNMET
        else:
            assert found(case) == ("unmet", "sid")


@pytest.mark.parametrize(
    ("changes", "could"),
    [
        ({"since": NOON}, True),
        ({"since": JUST_AFTER}, False),
        ({"until": JUST_AFTER}, True),
        ({"until": NOON}, False),
        ({"revoked_at": JUST_AFTER, "reason": "left"}, True),
        ({"revoked_at": NOON, "reason": "left"}, False),
    ],
)
def test_the_key_of_the_giver_counts_from_its_first_second_to_its_last(
    changes: dict[str, str], *, could: bool
) -> None:
    case = make()
    word = act(case, "cat", at=NOON, entry=60)
    held = handed(replace(case, trust=trust_of(key_of("mia", **changes))), "mia", "cat")
    assert seats(word, ("ml-lead",), held) == (("mia",) if could else ())


def test_who_gives_what_he_has_not_gives_nothing() -> None:
    case = said(said(handed(make(), "sue", "cat"), "sid"), "cat")
    assert found(case) == ("unmet", "sid")


def test_the_environment_narrows_whom_one_can_stand_in_for() -> None:
    narrow = ENVIRONMENT.replace("approvers: [ml-lead, sre, security]", "approvers: [sre]")
    case = said(said(handed(make(environment=narrow), "mia", "cat"), "sid"), "cat")
    assert found(case) == ("unmet", "sid")


def test_a_project_names_its_own_approvers() -> None:
    text = ENVIRONMENT + "  projects: {detector: {approvers: [sre]}, other: {approvers: [qa]}}\n"
    case = approved(make(environment=text), "max", "sid")
    assert found(case) == ("unmet", "sid")
    other = ENVIRONMENT + "  projects: {other: {approvers: [qa]}}\n"
    assert decided(approved(make(environment=other), "max", "sid")).verdict == "allowed"


@pytest.mark.parametrize(
    "changes",
    [{"key": "sha256:" + "0" * 64}, {"roles": ("sre",)}, {"until": ""}, {"at": "soon"}],
)
def test_a_delegation_that_cannot_be_read_in_one_way_is_no_case(changes: dict[str, str]) -> None:
    for case in (handed(approved(make()), "mia", "cat", **changes), handed(make(), "mia", "")):
        assert judged(decided(case), "case-intact").outcome is Outcome.UNMET


def test_a_second_account_with_the_same_key_is_not_believed() -> None:
    case = handed(make(), "mia", "max", key=key_of("max").spki)
    decision = decided(said(case, "max"))
    assert judged(decision, "case-intact").why == (
        "entry 21: its key is another person's, or has other roles"
    )


def test_a_rejection_of_who_is_away_is_not_lifted_in_his_place() -> None:
    case = handed(approved(make()), "mia", "cat")
    case = having(case, act(case, "mia", Act.REJECT, entry=40))
    own = having(case, act(case, "cat", Act.LIFT_REJECTION, entry=41))
    assert decided(own).verdict is GateVerdict.DENIED
    for person in ("sue", "rob", "bea"):
        other = having(case, act(case, person, Act.LIFT_REJECTION, entry=41))
        assert decided(other).verdict is (
            GateVerdict.ALLOWED if person == "sue" else GateVerdict.DENIED
        )
    third = handed(case, "max", "cat")
    third = having(third, act(third, "cat", Act.LIFT_REJECTION, entry=60))
    lifted = replace(third, evidence=tuple(one for one in third.evidence if one.person != "cat"))
    assert decided(lifted).verdict is GateVerdict.ALLOWED
    assert judged(decided(lifted), "not-rejected").why == "every rejection was lifted by another"


def test_a_lift_is_of_rejections_before_it() -> None:
    case = approved(make())
    case = having(case, act(case, "mia", Act.LIFT_REJECTION, entry=40))
    case = having(case, act(case, "max", Act.REJECT, entry=41))
    assert decided(case).verdict is GateVerdict.DENIED


# Approvals that end, and by risk ----------------------------------------------------------------

EXPIRING = POLICY.replace(
    "{min: 2, roles: [ml-lead, sre]}", "{min: 2, roles: [ml-lead, sre], validFor: 2h}"
)


def test_an_approval_counts_until_it_expires_and_says_when() -> None:
    case = approved(make(EXPIRING), "max", "sid")
    just = replace(case, now="2026-11-01T11:59:59Z")
    one = judged(decided(just), "approvals:0")
    assert (one.outcome, one.seen) == (
        Outcome.MET,
        "max until 2026-11-01T12:00:00Z; sid until 2026-11-01T12:00:00Z",
    )
    one = judged(decided(case), "approvals:0")  # at noon to the second
    assert (one.outcome, one.waits) == (Outcome.UNMET, True)
    assert one.seen == (
        "nobody; max: expired at 2026-11-01T12:00:00Z; sid: expired at 2026-11-01T12:00:00Z"
    )
    assert decided(case).verdict is GateVerdict.NEEDS
    assert decided(case).outcome_digest == decided(just).outcome_digest
    renewed = having(case, act(case, "max", at=NOON), act(case, "sid", at=NOON, entry=50))
    assert decided(renewed).verdict is GateVerdict.ALLOWED


def test_an_approval_expires_for_the_demand_that_says_so() -> None:
    both = EXPIRING.replace("roles: [security], when", "roles: [sre], when").replace(
        'when: release.effectiveRisk == "high"}\n  cond', "validFor: 30d}\n  cond"
    )
    decision = decided(approved(make(both), "max", "sid"))
    assert judged(decision, "approvals:0").outcome is Outcome.UNMET
    assert judged(decision, "approvals:1").why == "approved by sid"


@pytest.mark.parametrize(
    ("risk", "asked"), [("low", True), ("medium", False), ("high", False), (None, True)]
)
def test_approvals_are_asked_for_from_a_risk_on(risk: str | None, *, asked: bool) -> None:
    said_so = "" if risk is None else f", risk: {risk}"
    policy = POLICY.replace("roles: [ml-lead, sre]}", f"roles: [ml-lead, sre]{said_so}}}")
    ids = [one.id for one in decided(make(policy)).conditions]
    assert ("approvals:0" in ids) is asked


def test_what_raises_the_risk_asks_for_approvals() -> None:
    policy = POLICY.replace("roles: [ml-lead, sre]}", "roles: [ml-lead, sre], risk: high}").replace(
        "credit-scoring", "classification"
    )
    assert judged(decided(make(policy)), "approvals:0").outcome is Outcome.UNMET


def test_risk_and_when_must_both_hold() -> None:
    policy = POLICY.replace(
        "roles: [ml-lead, sre]}", "roles: [ml-lead, sre], risk: low, when: 'false'}"
    )
    assert "approvals:0" not in [one.id for one in decided(make(policy)).conditions]


# Whose evidence counts --------------------------------------------------------------------------


def with_roles(more: str) -> str:
    return ENVIRONMENT.replace("deployers: [releaser]", f"deployers: [releaser], {more}")


def test_an_environment_says_who_creates_and_who_reviews() -> None:
    for more in ("creators: [builder]", "reviewers: [checker]"):
        assert decided(approved(make(environment=with_roles(more)))).verdict == "allowed"
    decision = decided(make(environment=with_roles("creators: [sre]")))
    one = judged(decision, "signed-by-builder")
    assert (one.outcome, one.why) == (Outcome.UNMET, "no sre signed the release")
    assert one.seen == "bea (builder)"
    decision = decided(make(environment=with_roles("reviewers: [sre]")))
    one = judged(decision, "evidence:report")
    assert one.outcome is Outcome.UNMET
    assert one.why == "there is no such evidence by checker and sre"
    assert one.seen == "0; others: carl (checker)"


def test_who_reviews_is_asked_even_where_the_policy_names_nobody() -> None:
    policy = POLICY.replace(", signedBy: {role: checker}", "")
    decision = decided(make(policy, environment=with_roles("reviewers: [sre]")))
    assert judged(decision, "evidence:report").why == "there is no such evidence by sre"


# Seats as such ----------------------------------------------------------------------------------

people = st.sampled_from("abcde")
wishes = st.dictionaries(people, st.lists(people, unique=True), max_size=5)


@given(wishes)
def test_nobody_sits_twice_and_no_more_could_sit(asked: dict[str, list[str]]) -> None:
    taken = fill(asked)
    assert len(set(taken.values())) == len(taken)
    assert all(seat in asked[who] for seat, who in taken.items())
    assert len(taken) == max(
        sum(1 for _ in choice if _ is not None) for choice in every_way(sorted(asked.items()))
    )


def every_way(asked: list[tuple[str, list[str]]]) -> list[list[str | None]]:
    """List every way to give each of some people one seat of his, or none."""
    ways: list[list[str | None]] = [[]]
    for _, wanted in asked:
        ways = [
            [*way, seat]
            for way in ways
            for seat in (None, *wanted)
            if seat is None or seat not in way
        ]
    return ways


def test_who_took_a_seat_moves_on_where_he_can() -> None:
    assert fill({"a": ["x", "y"], "b": ["x"]}) == {"x": "b", "y": "a"}
    three = {"a": ["x", "y"], "b": ["x", "y", "z"], "c": ["x"]}
    assert fill(three) == {"x": "c", "y": "a", "z": "b"}


def test_seats_are_told_in_one_order() -> None:
    assert told({"mia": "cat", "sid": "sid", "max": "ann"}) == "ann for max, cat for mia, sid"
    assert told({}) == ""
    assert BEFORE < MORNING < LATER
