from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.gate.cases import (
    MANIFEST,
    OTHER,
    POLICY,
    THIS,
    act,
    having,
    judged,
    make,
    outcomes,
)
from weighbridge.gate.case import Act, Case
from weighbridge.gate.decide import decide_rollback
from weighbridge.gate.pointer import Move, Pointer
from weighbridge.gate.rollback import holds, previous
from weighbridge.model.decision import GateVerdict

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision

SILENT = POLICY[: POLICY.index("  rollbackPolicy")]


def pointer(*releases: str, left: frozenset[str] = frozenset()) -> Pointer:
    """Point to releases, one after the other."""
    moves = tuple(
        Move(
            generation=at,
            release=release,
            version="1",
            at="2026-01-01T00:00:00Z",
            by="rob",
            back=False,
            entry=at,
        )
        for at, release in enumerate(releases, 1)
    )
    return Pointer(moves=moves, left=left)


HERE = pointer(THIS, OTHER)


def rolled(case: Case, at: Pointer = HERE) -> Decision:
    return decide_rollback(case, at)


def test_the_release_before_the_present_one_is_gone_back_to() -> None:
    assert previous(pointer("a", "b")) == "a"
    assert previous(pointer("a", "b", "c")) == "b"
    assert previous(pointer("a", "b", "a")) == "b"


def test_there_may_be_none_to_go_back_to() -> None:
    assert previous(pointer()) == ""
    assert previous(pointer("a")) == ""
    assert previous(pointer("a", "a")) == ""


def test_what_was_left_is_not_gone_back_to() -> None:
    assert previous(pointer("a", "b", "c", left=frozenset({"b"}))) == "a"
    assert previous(pointer("a", "b", left=frozenset({"a"}))) == ""


def test_a_release_that_was_here_and_is_signed_can_come_back() -> None:
    decision = rolled(make())
    assert decision.verdict is GateVerdict.ALLOWED
    assert [one.id for one in decision.conditions] == [
        "case-intact",
        "moves",
        "rollback-allowed",
        "not-left",
        "not-rejected",
        "signed-by-builder",
    ]
    assert decision.evidence == (make().evidence[0].statement,)


@pytest.mark.parametrize(
    ("allow", "been", "verdict"),
    [
        ("previously-promoted", True, "allowed"),
        ("previously-promoted", False, "denied"),
        ("any", True, "allowed"),
        ("any", False, "allowed"),
        ("none", True, "denied"),
        ("none", False, "denied"),
        ("", True, "allowed"),
        ("", False, "denied"),
    ],
)
def test_a_policy_says_what_may_come_back(allow: str, *, been: bool, verdict: str) -> None:
    policy = POLICY.replace("allow: previously-promoted", f"allow: {allow}") if allow else SILENT
    decision = rolled(make(policy), HERE if been else pointer(OTHER))
    assert decision.verdict == verdict
    found = judged(decision, "rollback-allowed")
    assert found.seen == ("promoted here before" if been else "never promoted here")
    assert found.wanted == (allow or "previously-promoted")
    assert (found.why == "the policy allows it") == (verdict == "allowed")
    assert not found.binds


def test_where_it_is_it_need_not_go() -> None:
    decision = rolled(make(), pointer(OTHER, THIS))
    assert outcomes(decision) == {"moves": "unmet"}
    assert decision.verdict is GateVerdict.DENIED
    assert judged(decision, "moves").why == "the environment points to it already"
    assert judged(rolled(make()), "moves").why == "it points to another"


def test_a_release_that_was_left_does_not_come_back_by_a_rollback() -> None:
    decision = rolled(make(), replace(HERE, left=frozenset({THIS})))
    assert outcomes(decision) == {"not-left": "unmet"}
    assert judged(decision, "not-left").remedy == (
        "weighbridge promote detector@1.4.0 --to production, once the hold is lifted",
    )
    assert judged(decision, "not-left").why == "this environment was rolled back from it"
    plain = judged(rolled(make()), "not-left")
    assert (plain.why, plain.remedy) == ("it was not left", ())


def test_where_the_pointer_stands_does_not_change_the_outcome_of_a_rollback() -> None:
    one = rolled(make())
    for at in (pointer(OTHER, THIS), replace(HERE, left=frozenset({THIS})), pointer(OTHER)):
        assert rolled(make(), at).outcome_digest == one.outcome_digest
    assert {found["id"] for found in one.outcome["conditions"]} == {
        "case-intact",
        "signed-by-builder",
    }


def test_a_rejected_release_does_not_come_back() -> None:
    case = make()
    assert outcomes(rolled(having(case, act(case, "max", Act.REJECT)))) == {"not-rejected": "unmet"}


def test_a_release_whose_signature_counts_no_longer_does_not_come_back() -> None:
    assert outcomes(rolled(make(evidence=()))) == {"signed-by-builder": "unmet"}


def test_a_case_that_is_not_intact_is_not_rolled_back() -> None:
    decision = rolled(replace(make(), trust_digest=""))
    assert outcomes(decision) == {"case-intact": "unmet"}
    assert decision.verdict is GateVerdict.DENIED


def test_neither_age_nor_approvals_nor_a_hold_keep_it_from_going_back() -> None:
    case = replace(make(), held="held", arrived="", now="2027-11-01T12:00:00Z")
    assert rolled(case).verdict is GateVerdict.ALLOWED


def test_the_risk_of_what_comes_back_is_what_it_declares() -> None:
    assert rolled(make()).risk == "low"
    none = make(manifest=MANIFEST.replace(", risk: low", ""))
    assert rolled(none, pointer(none.release, OTHER)).risk == "low"
    high = make(manifest=MANIFEST.replace("risk: low", "risk: high"))
    assert rolled(high, pointer(high.release, OTHER)).risk == "high"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (POLICY, True),
        (POLICY.replace("hold: true", "hold: false"), False),
        (POLICY.replace(", hold: true", ""), True),
        (SILENT, True),
    ],
)
def test_a_rollback_holds_unless_the_policy_says_otherwise(policy: str, *, expected: bool) -> None:
    assert holds(make(policy)) is expected
