from __future__ import annotations

import pytest

from tests.codec.policies import ENVIRONMENT, POLICY, environment_of, policy_of
from weighbridge.model.errors import DocumentError
from weighbridge.model.policy import STANDARD, PromotionPolicy
from weighbridge.model.policy.expressions import expressions


def first_evidence(text: str) -> tuple[int, bool]:
    found = (policy_of(text).spec.evidence or [])[0]
    return found.signers, found.blocks_inconclusive


def test_expressions_are_listed_with_place_type_and_collection() -> None:
    assert [
        (found.pointer, found.yields, found.for_each) for found in expressions(policy_of(POLICY))
    ] == [
        ("/spec/riskWhen/0/when", "bool", None),
        ("/spec/evidence/1/when", "bool", None),
        ("/spec/approvals/0/when", "bool", None),
        ("/spec/conditions/0/when", "bool", "release.images"),
        ("/spec/conditions/0/expr", "bool", "release.images"),
        ("/spec/conditions/0/message", "string", "release.images"),
        ("/spec/conditions/1/expr", "bool", None),
        ("/spec/conditions/1/message", "string", None),
    ]
    sources = [found.source for found in expressions(policy_of(POLICY))]
    assert sources[4:6] == ["has(item.digest)", '"image " + item.ref + " has no digest"']


def test_a_policy_of_rules_alone_has_no_expressions() -> None:
    assert [*expressions(policy_of(POLICY[: POLICY.index("spec:")] + "spec: {ruleSet: a}\n"))] == []


@pytest.mark.parametrize(
    ("written", "signers", "blocks"),
    [
        ("noneAbove: warning, min: 2", 2, True),
        ("noneAbove: warning", 1, True),
        ("inconclusive: block", 1, True),
        ("inconclusive: allow", 1, False),
        ("inconclusive: null", 1, True),
    ],
)
def test_what_is_not_said_is_the_strict_reading(written: str, signers: int, blocks: bool) -> None:  # noqa: FBT001 - a parameter of a test
    text = POLICY.replace("noneAbove: warning, min: 2", written)
    assert first_evidence(text) == (signers, blocks)


@pytest.mark.parametrize(
    ("written", "holds"),
    [("hold: false", False), ("hold: true", True), ("hold: null", True)],
)
def test_a_rollback_holds_unless_the_policy_says_otherwise(written: str, holds: bool) -> None:  # noqa: FBT001 - a parameter of a test
    rollback = policy_of(POLICY.replace("hold: false", written)).spec.rollback_policy
    assert rollback is not None
    assert rollback.holds is holds


def test_the_standard_rules_are_demanded_if_none_are_named() -> None:
    assert policy_of(POLICY.replace("  ruleSet: standard\n", "")).spec.demanded_rules == STANDARD
    named = POLICY.replace("ruleSet: standard", "ruleSet: strict")
    assert policy_of(named).spec.demanded_rules == "strict"


@pytest.mark.parametrize(
    ("written", "enforces"),
    [("enforcement: observe", False), ("enforcement: enforce", True), ("enforcement: ~", True)],
)
def test_an_environment_enforces_unless_it_says_otherwise(written: str, enforces: bool) -> None:  # noqa: FBT001 - a parameter of a test
    environment = environment_of(ENVIRONMENT.replace("enforcement: observe", written))
    assert environment.spec.enforces is enforces


def test_a_policy_cannot_be_changed() -> None:
    policy = policy_of(POLICY)
    with pytest.raises(ValueError, match="frozen"):
        policy.metadata = PromotionPolicy.model_fields  # type: ignore[assignment, misc]


@pytest.mark.parametrize(
    ("written", "reads", "compares"),
    [
        ("", False, False),
        ("  dependencies: {unexpectedTransitives: allow}\n", False, False),
        ("  dependencies: {baseline: approved}\n", True, False),
        ("  dependencies: {unexpectedTransitives: warn}\n", True, True),
        ("  signature: {breaking: allow}\n", False, False),
        ("  signature: {breaking: warn}\n", False, True),
        ("  signature: {breaking: block}\n", False, True),
    ],
)
def test_a_policy_compares_only_if_it_says_so(written: str, reads: bool, compares: bool) -> None:  # noqa: FBT001 - parameters of a test
    spec = policy_of(POLICY + written).spec
    assert spec.reads_lock is reads
    assert (spec.compares_packages or spec.compares_signature) is compares


def test_what_is_off_a_baseline_needs_one() -> None:
    with pytest.raises(DocumentError, match="is said of a baseline, and none is named"):
        policy_of(POLICY + "  dependencies: {offBaseline: warn}\n")
