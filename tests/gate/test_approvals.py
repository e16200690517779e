from __future__ import annotations

from dataclasses import replace
from itertools import permutations

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
    finding,
    having,
    judged,
    make,
    report,
    with_evidence,
)
from weighbridge.gate.approvals import standing_words
from weighbridge.gate.case import Act, Case
from weighbridge.gate.exclusion import excluded
from weighbridge.model.decision import GateVerdict, Outcome

HIGH = MANIFEST.replace("risk: low", "risk: high")


def seen(case: Case, condition: str = "approvals:0") -> str:
    """Say why too few approvals count."""
    decision = decided(case)
    assert decision.verdict is GateVerdict.NEEDS
    found = judged(decision, condition)
    assert found.outcome is Outcome.UNMET
    return found.seen


def test_two_people_with_a_role_for_it_are_enough() -> None:
    decision = decided(approved(make(), "max", "sid"))
    assert decision.verdict is GateVerdict.ALLOWED
    found = judged(decision, "approvals:0")
    assert (found.why, found.wanted) == ("approved by max, sid", "2 of ml-lead, sre")
    assert decision.needs == ()


def test_one_more_than_enough_is_enough() -> None:
    assert decided(approved(make(), "max", "sid", "mia")).verdict is GateVerdict.ALLOWED


def test_without_approvals_it_says_who_could_give_them() -> None:
    decision = decided(make())
    assert decision.verdict is GateVerdict.NEEDS
    found = judged(decision, "approvals:0")
    assert (found.why, found.seen, found.wanted) == (
        "2 more must approve",
        "nobody",
        "2 of ml-lead, sre",
    )
    assert found.remedy == ("weighbridge approve detector@1.4.0 --to production --key NAME",)
    assert found.waits
    (need,) = decision.needs
    assert (need.condition, need.count, need.roles) == ("approvals:0", 2, ("ml-lead", "sre"))
    assert need.people == ("ann", "dora", "max", "mia", "sid")  # not rob: he asked


def test_one_of_two_is_told_with_who_it_is() -> None:
    found = judged(decided(approved(make(), "max")), "approvals:0")
    assert (found.why, found.seen) == ("1 more must approve", "max")


@pytest.mark.parametrize("person", ["sue", "cat"])
def test_who_holds_no_role_for_it_does_not_count(person: str) -> None:
    assert seen(approved(make(), "max", person)) == "max"


def test_who_asked_cannot_approve() -> None:
    assert seen(approved(make(), "max", "rob")) == "max; rob: he asked for it himself"


def test_an_owner_who_asked_cannot_approve_either() -> None:
    case = make(requesters=frozenset({"ann"}))
    assert seen(approved(case, "max", "ann")) == "max; ann: he asked for it himself"
    assert decided(approved(make(), "max", "ann")).verdict is GateVerdict.ALLOWED


def test_an_owner_alone_is_not_two() -> None:
    assert seen(approved(make(), "ann")) == "ann"


def test_who_signed_the_release_cannot_approve() -> None:
    assert excluded(make())["bea"] == "signed evidence about it"


def test_who_signed_evidence_cannot_approve() -> None:
    case = with_evidence(make(), evidence("report", "dora", report(), entry=13))
    assert seen(approved(case, "max", "dora")) == "max; dora: he signed evidence about it himself"


def test_who_asked_is_told_so_even_if_he_signed_evidence_too() -> None:
    case = replace(make(), requesters=frozenset({"carl", "rob"}))
    assert excluded(case) == {
        "bea": "signed evidence about it",
        "carl": "asked for it",
        "rob": "asked for it",
    }


def test_evidence_about_another_release_excludes_nobody() -> None:
    other = evidence("report", "dora", report(sections={}), entry=13, release=OTHER)
    assert "dora" not in excluded(with_evidence(make(), other))
    assert "dora" in excluded(with_evidence(make(), replace(other, predicate=report())))


def test_a_second_account_with_the_same_key_is_not_believed() -> None:
    case = approved(make(), "max")
    decision = decided(having(case, act(case, "mia", key=case.acts[0].key)))
    assert decision.verdict is GateVerdict.DENIED
    assert judged(decision, "case-intact").why == (
        "entry 22: its key is another person's, or has other roles"
    )


def test_approving_twice_is_approving_once() -> None:
    assert seen(approved(make(), "max", "max")) == "max"


def test_an_approval_of_another_release_does_not_count() -> None:
    case = approved(make(), "max")
    case = having(case, act(case, "sid", release=OTHER))
    assert seen(case) == "max"
    assert judged(decided(case), "approvals:0").remedy[1:] == (
        f"sid has approved {OTHER}; this is another",
    )
    assert judged(decided(approved(case, "mia")), "approvals:0").remedy == ()
    assert judged(decided(having(case, act(case, "sid", Act.WITHDRAW))), "approvals:0").remedy == (
        "weighbridge approve detector@1.4.0 --to production --key NAME",
    )


def test_whoever_approved_something_else_is_told_in_one_order() -> None:
    case = having(make(), act(make(), "sid", release=OTHER))
    case = having(case, act(case, "max", environment="staging"))
    assert judged(decided(case), "approvals:0").remedy[1:] == (
        "max has approved it for staging; this is another",
        f"sid has approved {OTHER}; this is another",
    )
    newer = having(case, act(case, "sid", environment="staging"))
    assert judged(decided(newer), "approvals:0").remedy[2:] == (
        "sid has approved it for staging; this is another",
    )


def test_an_approval_for_another_environment_does_not_count() -> None:
    case = approved(make(), "max")
    case = having(case, act(case, "sid", environment="staging"))
    assert seen(case) == "max"
    assert judged(decided(case), "approvals:0").remedy[1:] == (
        "sid has approved it for staging; this is another",
    )


def test_an_approval_under_another_policy_does_not_count() -> None:
    case = approved(make(), "max")
    case = having(case, act(case, "sid", policy="sha256:" + "0" * 64))
    assert seen(case) == "max; sid: given under another policy"


def test_a_policy_swapped_after_the_approval_voids_it() -> None:
    before = approved(make(), "max", "sid")
    after = make(POLICY.replace("maxAge: 24h", "maxAge: 48h"), acts=before.acts)
    assert seen(after) == "nobody; max: given under another policy; sid: given under another policy"


def test_an_approval_from_before_the_outcome_changed_does_not_count() -> None:
    before = approved(make(), "max", "sid")
    changed = evidence("report", "carl", report(finding(severity="note")), entry=30, at=NOON)
    assert seen(with_evidence(before, changed)) == (
        "nobody; max: given before the outcome changed; sid: given before the outcome changed"
    )
    assert decided(approved(with_evidence(before, changed), "max", "sid")).verdict == "allowed"


def test_a_refreshed_report_that_says_the_same_keeps_approvals() -> None:
    before = approved(make(), "max", "sid")
    again = evidence("report", "cat", report(), entry=30, at=NOON)
    assert decided(with_evidence(before, again)).verdict is GateVerdict.ALLOWED


def test_every_entry_that_applies_must_be_met() -> None:
    case = make(manifest=HIGH)
    case = with_evidence(
        case,
        evidence(
            "replay",
            "cat",
            {"https://weighbridge.dev/v1": {"verdict": "bitwise"}},
            entry=14,
            release=case.release,
        ),
    )
    two = approved(case, "max", "sid")
    assert seen(two, "approvals:1") == "nobody"
    assert judged(decided(two), "approvals:1").wanted == "1 of security"
    assert decided(approved(case, "max", "sid", "sue")).verdict is GateVerdict.ALLOWED


def test_the_environment_can_only_narrow_who_approves() -> None:
    narrow = ENVIRONMENT.replace("approvers: [ml-lead, sre, security]", "approvers: [ml-lead]")
    assert seen(approved(make(environment=narrow), "max", "sid")) == "max"
    assert decided(approved(make(environment=narrow), "max", "mia")).verdict == "allowed"
    wide = ENVIRONMENT.replace("approvers: [ml-lead, sre, security]", "approvers: [checker]")
    found = judged(decided(approved(make(environment=wide), "max", "sid")), "approvals:0")
    assert found.wanted == "2 of nobody: no role may approve here"


def test_an_environment_that_names_nobody_takes_those_of_the_policy() -> None:
    plain = ENVIRONMENT.replace("approvers: [ml-lead, sre, security], ", "")
    assert decided(approved(make(environment=plain), "max", "sid")).verdict == "allowed"


def test_a_policy_without_approvals_needs_none() -> None:
    start, end = POLICY.index("  approvals:"), POLICY.index("  conditions:")
    decision = decided(make(POLICY[:start] + POLICY[end:]))
    assert decision.verdict is GateVerdict.ALLOWED
    assert not [one for one in decision.conditions if one.id.startswith("approvals")]


def test_whether_an_approval_is_needed_may_not_be_unknown() -> None:
    policy = POLICY.replace(
        "roles: [security], when: release.effectiveRisk",
        "roles: [security], when: release.spec.rollout.strategy",
    )
    decision = decided(approved(make(policy), "max", "sid"))
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    found = judged(decision, "approvals:1")
    assert found.why.startswith("whether it is needed could not be decided: ")
    assert not found.binds


def test_who_withdraws_has_not_approved() -> None:
    case = approved(make(), "max", "sid")
    assert seen(having(case, act(case, "sid", Act.WITHDRAW))) == "max"


def test_who_approves_again_after_withdrawing_has_approved() -> None:
    case = approved(make(), "max", "sid")
    case = having(case, act(case, "sid", Act.WITHDRAW))
    assert decided(approved(case, "sid")).verdict is GateVerdict.ALLOWED


def test_a_rejection_stands_against_any_number_of_approvals() -> None:
    case = approved(make(), "max", "sid")
    decision = decided(having(case, act(case, "mia", Act.REJECT, reason="it is slow")))
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "not-rejected")
    assert (found.outcome, found.why) == (Outcome.UNMET, "it was rejected")
    assert found.seen == "mia: it is slow"


def test_a_rejection_under_another_policy_or_outcome_stands_too() -> None:
    case = approved(make(), "max", "sid")
    old = act(case, "mia", Act.REJECT, policy="sha256:0", outcome="sha256:0")
    assert decided(having(case, old)).verdict is GateVerdict.DENIED


def test_a_rejection_by_who_asked_stands_too() -> None:
    case = approved(make(), "max", "sid")
    assert decided(having(case, act(case, "rob", Act.REJECT))).verdict is GateVerdict.DENIED


@pytest.mark.parametrize("then", [Act.WITHDRAW, Act.APPROVE, Act.LIFT, Act.LIFT_REJECTION])
def test_who_rejected_cannot_take_it_back(then: Act) -> None:
    case = approved(make(), "max", "sid")
    case = having(case, act(case, "sid", Act.REJECT))
    assert decided(case).verdict is GateVerdict.DENIED
    case = having(case, act(case, "sid", then))
    assert decided(approved(case, "max", "mia")).verdict is GateVerdict.DENIED


def test_nobody_takes_back_the_rejection_of_another() -> None:
    case = having(approved(make(), "max", "sid"), act(make(), "mia", Act.REJECT, entry=40))
    case = having(case, act(case, "sid", Act.WITHDRAW))
    assert decided(case).verdict is GateVerdict.DENIED


def test_lifting_a_hold_says_nothing_of_the_release() -> None:
    case = approved(make(), "max", "sid")
    assert decided(having(case, act(case, "sid", Act.LIFT))).verdict is GateVerdict.ALLOWED
    rejected = having(case, act(case, "sid", Act.REJECT))
    assert decided(having(rejected, act(rejected, "sid", Act.LIFT))).verdict == "denied"


def test_the_newest_word_of_each_stands_in_whatever_order_they_come() -> None:
    case = make()
    for what in (Act.APPROVE, Act.WITHDRAW, Act.WITHDRAW, Act.APPROVE):
        case = having(case, act(case, "max", what))
    case = having(case, act(case, "sid"))
    for words in permutations(case.acts):
        again = replace(case, acts=words)
        assert standing_words(again)["max"].entry == 24
        assert decided(again) == decided(case)
    assert decided(case).verdict is GateVerdict.ALLOWED


def test_roles_people_and_reasons_are_told_in_one_order() -> None:
    roles = ["sre", "security", "releaser", "ml-lead", "checker", "builder"]
    listed = f"[{', '.join(roles)}]"
    case = make(
        POLICY.replace("{min: 2, roles: [ml-lead, sre]}", f"{{min: 6, roles: {listed}}}"),
        environment=ENVIRONMENT.replace("[ml-lead, sre, security]", listed),
    )
    for order in (("sue", "sid", "mia", "max", "cat", "rob", "bea"), ("bea", "rob", "cat")):
        found = judged(decided(approved(case, *order)), "approvals:0")
        given = ", ".join(sorted(set(order) - {"bea", "rob"}))
        assert found.wanted == f"6 of {', '.join(sorted(roles))}"
        assert found.seen == (
            f"{given}; bea: he signed evidence about it himself; rob: he asked for it himself"
        )
