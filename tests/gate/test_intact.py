from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    MORNING,
    NOON,
    OTHER,
    POLICY,
    act,
    approved,
    bundle_of,
    decided,
    evidence,
    having,
    judged,
    key_of,
    make,
    release_of,
    report,
    signature,
    trust_of,
    with_evidence,
)
from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.case import Act, Case
from weighbridge.gate.decide import decide_rollback
from weighbridge.gate.intact import judge_integrity
from weighbridge.gate.pointer import Pointer
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.trust import snapshot_digest

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = "sha256:" + "0" * 64
LAX = POLICY.replace("min: 2, roles", "min: 1, roles")


def why(case: Case) -> str:
    """Say why a case is denied without being read."""
    decision = decided(case)
    assert decision.verdict is GateVerdict.DENIED
    (found,) = decision.conditions
    assert (found.id, found.outcome) == ("case-intact", Outcome.UNMET)
    assert found.remedy == ("weighbridge log verify --deep",)
    assert decide_rollback(case, Pointer()).conditions == (found,)
    return found.why


def test_a_case_that_is_what_its_digests_say_is_intact() -> None:
    found = judge_integrity(approved(make()))
    assert (found.outcome, found.why) == (Outcome.MET, "everything is what it was")


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("environment_digest", "environment"),
        ("trust_digest", "trust"),
        ("release", "manifest"),
        ("bundle_digest", "policy, policy of the environment"),
    ],
)
@pytest.mark.parametrize("value", [NOTHING, ""])
def test_another_digest_is_noticed(field: str, what: str, value: str) -> None:
    changes: dict[str, Any] = {field: value}
    case = replace(approved(make()), **changes)
    assert why(case) == f"{what} changed since it was signed"


def test_what_is_there_and_what_was_signed_are_told() -> None:
    found = judge_integrity(replace(make(), trust_digest=NOTHING))
    assert (found.seen, found.wanted) == (snapshot_digest(trust_of()), NOTHING)


def test_a_policy_swapped_for_a_laxer_one_is_noticed() -> None:
    lax = bundle_of(LAX)
    case = approved(make())
    assert why(replace(case, bundle=lax)) == "policy changed since it was signed"
    swapped = replace(case, bundle=lax, bundle_digest=bundle_digest(lax))
    assert why(swapped) == "policy of the environment changed since it was signed"
    found = judge_integrity(swapped)
    assert (found.seen, found.wanted) == (bundle_digest(lax), case.bundle_digest)


@pytest.mark.parametrize("pin", [None, 7, ""])
def test_an_environment_pinned_to_nothing_takes_no_policy(pin: object) -> None:
    case = approved(make())
    record = {**case.environment, "policyDigest": pin}
    again = replace(case, environment=record, environment_digest=digest(canonical_bytes(record)))
    assert why(again) == "policy of the environment changed since it was signed"
    assert judge_integrity(again).wanted == "nothing"


def test_trust_given_to_somebody_meanwhile_is_noticed() -> None:
    case = replace(approved(make()), trust=trust_of(key_of("max", roles=("ml-lead", "sre"))))
    assert why(case) == "trust changed since it was signed"


def test_what_has_no_canonical_form_has_no_digest() -> None:
    case = approved(make())
    record = {**case.environment, "weight": 0.5}
    assert why(replace(case, environment=record)) == "environment changed since it was signed"
    assert judge_integrity(replace(case, environment=record)).seen == "nothing"
    empty = replace(case, environment=record, environment_digest="")
    assert decided(empty).verdict is GateVerdict.DENIED


def test_sections_that_are_not_those_of_the_manifest_are_noticed() -> None:
    old = evidence("report", "carl", report(), entry=12, release=OTHER)
    case = approved(make(evidence=(signature(), old)))
    assert decided(case).verdict is GateVerdict.ALLOWED
    for sections in ({**case.sections, "parameters": None}, {}):
        assert why(replace(case, sections=sections)) == (
            "the digests of the sections are not those of the manifest"
        )


def test_sections_nothing_is_compared_with_are_not_looked_at() -> None:
    assert decided(replace(approved(make()), sections={})).verdict is GateVerdict.ALLOWED


def test_a_broken_case_is_named_as_well_as_can_be() -> None:
    case = make()
    decision = decided(replace(case, manifest={}, environment={}))
    assert (decision.name, decision.version, decision.environment) == ("", "", "")
    assert decision.risk == "high"
    named = decided(replace(case, trust_digest=""))
    assert (named.name, named.version, named.environment) == ("detector", "1.4.0", "production")
    odd = {"metadata": {"name": 7, "version": ["1"]}}
    assert decided(replace(case, manifest=odd, release=release_of(case.manifest))).name == ""


def evidence_changed(**changes: Any) -> Case:  # noqa: ANN401 - fields of evidence
    case = make()
    return approved(
        replace(case, evidence=(case.evidence[0], replace(case.evidence[1], **changes)))
    )


def act_changed(**changes: Any) -> Case:  # noqa: ANN401 - fields of an act
    case = approved(make())
    return replace(case, acts=(*case.acts[:1], replace(case.acts[1], **changes)))


CHANGED = pytest.mark.parametrize("changed", [evidence_changed, act_changed])


@CHANGED
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("at", "", "it has no time"),
        ("at", "2026-11-01", "it has no time"),
        ("at", "2026-11-01T11:00:00+00:00", "it has no time"),
        ("entry", 0, "it has no place in the ledger"),
        ("entry", -1, "it has no place in the ledger"),
        ("key", "", "something it must say is empty"),
        ("person", "", "something it must say is empty"),
        ("roles", (), "something it must say is empty"),
        ("release", "", "something it must say is empty"),
        ("key", NOTHING, "its key is not trusted"),
        ("person", "mallory", "its key is another person's, or has other roles"),
        ("roles", ("checker", "ml-lead"), "its key is another person's, or has other roles"),
    ],
)
def test_a_guard_that_is_not_there_refuses(
    changed: Callable[..., Case], field: str, value: object, reason: str
) -> None:
    assert why(changed(**{field: value})).endswith(f": {reason}")


@pytest.mark.parametrize(
    ("field", "value"),
    [("predicate_type", ""), ("statement", ""), ("subjects", ()), ("subjects", ("",))],
)
def test_evidence_of_nothing_about_nothing_refuses(field: str, value: object) -> None:
    found = why(evidence_changed(**{field: value}))
    assert found == "entry 12: something it must say is empty"


def test_evidence_that_is_not_about_its_release_refuses() -> None:
    assert why(evidence_changed(subjects=(OTHER,))) == "entry 12: it is not about its release"


@pytest.mark.parametrize("field", ["environment", "policy", "outcome"])
def test_an_act_that_does_not_say_what_for_refuses(field: str) -> None:
    assert why(act_changed(**{field: ""})) == "entry 22: something it must say is empty"


@pytest.mark.parametrize("field", ["environment", "release", "person", "at", "key"])
def test_a_rejection_cannot_be_made_about_nothing(field: str) -> None:
    case = having(approved(make()), act(approved(make()), "mia", Act.REJECT))
    assert decided(case).verdict is GateVerdict.DENIED
    changes: dict[str, Any] = {field: ""}
    blank = replace(case.acts[-1], **changes)
    assert why(replace(case, acts=(*case.acts[:-1], blank)))


def test_a_reason_need_not_be_given() -> None:
    assert {said.reason for said in approved(make()).acts} == {""}
    assert decided(approved(make())).verdict is GateVerdict.ALLOWED


def test_one_entry_holds_one_statement() -> None:
    case = approved(make())
    twice = replace(case.evidence[1], person="cat", key=key_of("cat").spki)
    assert why(with_evidence(case, twice)) == "entry 12: two statements claim it"
    at_once = replace(case.acts[0], entry=12)
    assert why(replace(case, acts=(at_once,))) == "entry 12: two statements claim it"


def test_time_does_not_run_backwards_in_the_ledger() -> None:
    late = evidence("report", "cat", report(), entry=13, at="2026-11-01T09:59:59Z")
    assert why(with_evidence(make(), late)) == (
        "entry 13: it is of an earlier time than what comes before"
    )
    same = evidence("report", "cat", report(), entry=13)
    assert judge_integrity(with_evidence(make(), same)).outcome is Outcome.MET


def test_a_clock_that_was_moved_back_is_noticed() -> None:
    case = approved(make())
    assert decided(replace(case, now=MORNING)).conditions[0].outcome is Outcome.MET
    earlier = replace(case, now="2026-11-01T09:59:59Z")
    assert why(earlier) == f"the newest entry is of {MORNING}: the clock was moved back"
    future = evidence("report", "carl", report(), entry=30, at="2026-11-01T12:00:01Z")
    assert "the clock was moved back" in why(with_evidence(case, future))


@pytest.mark.parametrize("now", ["", "soon", "2026-11-01T12:00:00"])
def test_nothing_is_decided_at_no_time(now: str) -> None:
    assert why(replace(approved(make()), now=now)) == "nobody says what time it is"


@CHANGED
def test_a_key_counts_within_its_time(changed: Callable[..., Case]) -> None:
    person = changed().evidence[1].person if changed is evidence_changed else "sid"
    for changes, counts in (
        ({"since": MORNING}, True),
        ({"since": NOON}, False),
        ({"until": NOON}, True),
        ({"until": MORNING}, False),
        ({"revoked_at": NOON}, True),
        ({"revoked_at": MORNING}, False),
    ):
        trust = trust_of(key_of(person, **changes))
        case = replace(changed(), trust=trust, trust_digest=snapshot_digest(trust))
        decision = decided(case)
        assert (decision.verdict is GateVerdict.ALLOWED) == counts
        if not counts:
            revoked = "was revoked by then" if "revoked_at" in changes else "did not count then"
            assert f": its key {revoked}" in why(case)


def test_statements_are_looked_at_in_the_order_of_the_ledger() -> None:
    case = make(evidence=(replace(signature(), at=""), replace(make().evidence[1], key="")))
    assert why(case) == "entry 11: it has no time"
    assert why(replace(case, evidence=case.evidence[::-1])) == "entry 11: it has no time"


def test_who_signed_is_who_the_snapshot_says_it_is() -> None:
    found = judged(decided(approved(make())), "approvals:0")
    assert found.why == "approved by max, sid"


def test_the_first_entry_anybody_can_say_anything_in_is_the_one_behind_the_making() -> None:
    case = make(evidence=(replace(signature(), entry=1), make().evidence[1]))
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED
