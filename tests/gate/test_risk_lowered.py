"""GOV008: a release counts for less than the one promoted before it, and no owner says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    MANIFEST,
    MORNING,
    NOON,
    PEOPLE,
    POLICY,
    SPKI,
    approved,
    decided,
    evidence,
    judged,
    make,
    manifest_of,
    outcomes,
    program_for,
    release_of,
    with_evidence,
)
from weighbridge.gate.case import Waiver
from weighbridge.gate.covers import Covered
from weighbridge.gate.lowered import CODE, ID, of_preceding
from weighbridge.gate.pointer import Move, Pointer
from weighbridge.gate.shortest import shortest
from weighbridge.gate.waivers import barred
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.step import Do

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

RISK = "  risk: {lowered: block}\n"
RULE = POLICY + RISK
OWNED = RULE + "  waivers:\n    - {rules: [GOV008], roles: [owner, sre], longest: 90d}\n"
LOW, HIGH = MANIFEST, MANIFEST.replace("risk: low", "risk: high")


def after(
    before: str,
    now: str = LOW,
    policy: str = RULE,
    **more: Any,  # noqa: ANN401 - fields of a case
) -> Case:
    """Make the case of a release that comes after another."""
    tree = manifest_of(before.replace("1.4.0", "1.3.0"))
    found = {"preceding": release_of(tree), "preceding_manifest": tree, **more}
    return make(policy, manifest=now, **found)


def waived(case: Case, person: str = "ann", **changes: Any) -> Case:  # noqa: ANN401 - of a waiver
    """Have somebody answer for it."""
    about = Covered(digest=case.release, subject="risk", pointer="/metadata/risk", seen=SEEN)
    plain = Waiver(
        entry=40,
        at=MORNING,
        person=person,
        roles=PEOPLE[person],
        key=SPKI[person],
        release=case.release,
        environment="production",
        rule=CODE,
        findings=frozenset({about}),
        reason="it decides nothing any more",
        expires="2026-12-01T00:00:00Z",
    )
    return replace(case, waivers=(*case.waivers, replace(plain, **changes)))


SEEN = "low, after high"


def test_a_policy_that_says_nothing_of_it_asks_nothing() -> None:
    for policy in (POLICY, RULE.replace("block", "allow")):
        case = after(HIGH, policy=policy)
        assert ID not in {one.id for one in decided(case).conditions}
        assert not [*of_preceding(case)]


def test_the_first_release_of_a_name_lowers_nothing() -> None:
    assert judged(decided(make(RULE)), ID).outcome is Outcome.MET


@pytest.mark.parametrize(("before", "now"), [(LOW, LOW), (LOW, HIGH), (HIGH, HIGH)])
def test_risk_that_stays_or_rises_is_kept(before: str, now: str) -> None:
    found = judged(decided(after(before, now)), ID)
    assert (found.outcome, found.findings, found.seen) == (Outcome.MET, (), "")


def test_a_release_that_counts_for_less_is_denied() -> None:
    case = after(HIGH)
    decision = decided(case)
    found = judged(decision, ID)
    assert decision.verdict is GateVerdict.DENIED
    assert (found.outcome, found.seen, found.wanted) == (Outcome.UNMET, SEEN, "high or higher")
    assert found.inputs == (case.preceding,)
    assert found.findings == (
        {
            "code": "GOV008",
            "severity": "error",
            "subject": "risk",
            "verdict": "fail",
            "seen": SEEN,
        },
    )
    assert found.remedy == ("weighbridge set metadata.risk high", "weighbridge seal")
    assert case.preceding in decision.inputs.past


def test_a_policy_may_only_warn_of_it() -> None:
    found = judged(decided(after(HIGH, policy=RULE.replace("block", "warn"))), ID)
    assert (found.outcome, found.warns, found.seen) == (Outcome.MET, True, SEEN)


def test_both_are_weighed_by_the_policy_of_today() -> None:
    scored = LOW.replace("classification", "credit-scoring")
    assert judged(decided(after(scored)), ID).seen == SEEN
    assert judged(decided(after(HIGH, scored)), ID).outcome is Outcome.MET


def test_evidence_has_a_say_only_where_the_policy_asks_it_of_risk() -> None:
    when = 'release.spec.model.task == "credit-scoring"'
    asks = 'evidence.exists(one, one.person == "dora")'
    policy = RULE.replace(when, asks)
    case = after(LOW)
    said = evidence("tests", "dora", {}, entry=8, release=case.preceding)
    assert not [*of_preceding(with_evidence(case, said))]
    assert judged(decided(with_evidence(case, said)), ID).outcome is Outcome.MET
    asked = with_evidence(after(LOW, policy=policy), said)
    assert [*of_preceding(asked)] == [said]
    assert judged(decided(asked), ID).seen == SEEN


def test_one_rule_that_asks_evidence_is_enough_for_it_to_be_read() -> None:
    rule = "    - {risk: medium, when: \"evidence.exists(one, one.person == 'dora')\"}\n"
    case = after(LOW, policy=RULE.replace("  evidence:\n", f"{rule}  evidence:\n"))
    said = evidence("tests", "dora", {}, entry=8, release=case.preceding)
    assert [*of_preceding(with_evidence(case, said))] == [said]
    assert judged(decided(with_evidence(case, said)), ID).seen == "low, after medium"


def test_where_nothing_is_asked_of_the_release_before_its_evidence_is_not_read() -> None:
    when = 'release.spec.model.task == "credit-scoring"'
    policy = POLICY.replace(when, 'evidence.exists(one, one.person == "dora")')
    case = after(LOW, policy=policy)
    said = evidence("tests", "dora", {}, entry=8, release=case.preceding)
    assert not [*of_preceding(with_evidence(case, said))]


def test_a_policy_that_raises_no_risk_compares_what_is_declared() -> None:
    start, end = RULE.index("  riskWhen:"), RULE.index("  evidence:")
    case = after(HIGH, policy=RULE[:start] + RULE[end:].replace('"high"', '"low"'))
    assert judged(decided(case), ID).seen == SEEN


@pytest.mark.parametrize("tree", [None, {"apiVersion": "weighbridge.dev/v9"}, {}])
def test_a_release_that_cannot_be_read_leaves_it_open(tree: dict[str, Any] | None) -> None:
    named = release_of(tree if tree is not None else {"gone": "yes"})
    case = make(RULE, preceding=named, preceding_manifest=tree)
    found = judged(decided(case), ID)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.remedy == ("weighbridge registry fsck",)


def test_a_manifest_that_was_changed_is_not_compared_with() -> None:
    case = after(HIGH, preceding_manifest=manifest_of(LOW))
    assert outcomes(decided(case)) == {"case-intact": "unmet"}


def test_an_owner_may_say_so_where_the_policy_lets_him() -> None:
    found = judged(decided(waived(after(HIGH, policy=OWNED))), ID)
    assert found.outcome is Outcome.WAIVED
    assert "GOV008 by ann until 2026-12-01" in found.why
    open_ = judged(decided(after(HIGH, policy=OWNED)), ID)
    assert any(step.startswith("weighbridge waive GOV008 ") for step in open_.remedy)


def test_an_owners_word_is_among_what_would_pass_where_it_would() -> None:
    case = approved(after(HIGH, policy=OWNED))
    (step, *others) = shortest(case, decided(case), program_for(case.bundle))
    assert step.told == (
        "weighbridge waive GOV008 detector@1.4.0 --to production --reason WHY --expires 30d "
        "--key NAME (owner: ann)"
    )
    assert [one.action.do for one in others] == [Do.APPROVE]
    alone = after(HIGH)
    steps = shortest(alone, decided(alone), program_for(alone.bundle))
    assert steps[0].action.command == "weighbridge set metadata.risk high; weighbridge seal"


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        (RULE, {}),
        (OWNED, {"person": "sid"}),
        (OWNED.replace("owner, sre", "sre"), {}),
        (OWNED.replace("owner, sre", "sre"), {"person": "sid"}),
        (OWNED, {"expires": NOON}),
    ],
    ids=["named-by-no-entry", "no-owner", "owners-not-named", "nobody-named", "ended"],
)
def test_nobody_else_may(policy: str, changes: dict[str, Any]) -> None:
    assert judged(decided(waived(after(HIGH, policy=policy), **changes)), ID).is_open


def test_an_owner_does_not_answer_for_what_he_asked_for() -> None:
    case = waived(after(HIGH, policy=OWNED, requesters=frozenset({"ann"})))
    assert judged(decided(case), ID).is_open
    assert barred(case.waivers[0], case)


def test_his_word_is_about_that_step_down_and_no_other() -> None:
    case = waived(after(HIGH.replace("high", "medium"), policy=OWNED))
    assert judged(decided(case), ID).seen == "low, after medium"
    assert judged(decided(case), ID).is_open


def test_the_one_before_is_the_last_other_that_was_promoted() -> None:
    def move(generation: int, release: str, *, back: bool = False) -> Move:
        return Move(
            generation=generation,
            release=release,
            version="1",
            at=MORNING,
            by="rob",
            back=back,
            entry=generation,
        )

    moves = (move(1, "a"), move(2, "b"), move(3, "a", back=True), move(4, "c"), move(5, "c"))
    assert Pointer().preceding("a") == ""
    assert Pointer(moves=moves[:3]).preceding("c") == "b"  # going back is no way around it
    assert Pointer(moves=moves).preceding("c") == "b"  # nor is asking twice
    assert Pointer(moves=moves).preceding("d") == "c"
    assert Pointer(moves=moves).preceding("b", until=moves[1]) == "a"
