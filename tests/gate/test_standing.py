from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gate.cases import BEFORE, ENVIRONMENT, NOON, approved, decided, judged, make
from weighbridge.gate.standing import judge_targets
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.policy.demands import Targets

FIRST = ENVIRONMENT.replace("  promotesFrom: staging\n", "").replace("  soak: 24h\n", "")


def test_a_held_environment_takes_nothing() -> None:
    decision = decided(replace(approved(make()), held="rolled back by rob"))
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "not-held")
    assert (found.outcome, found.seen) == (Outcome.UNMET, "rolled back by rob")
    assert found.remedy == ("weighbridge lift detector --in production --reason TEXT --key NAME",)


def test_what_holds_the_environment_does_not_change_what_was_approved() -> None:
    case = approved(make())
    assert decided(replace(case, held="x")).outcome_digest == decided(case).outcome_digest


def test_the_first_environment_asks_for_none_before() -> None:
    decision = decided(approved(make(environment=FIRST, arrived="")))
    assert decision.verdict is GateVerdict.ALLOWED
    assert not {one.id for one in decision.conditions} & {"promoted-before", "soaked", "not-held"}


def test_a_release_that_was_not_in_the_environment_before_goes_no_further() -> None:
    decision = decided(replace(approved(make()), arrived=""))
    assert decision.verdict is GateVerdict.DENIED
    found = judged(decision, "promoted-before")
    assert (found.why, found.wanted) == (
        "the release is not in staging",
        "promoted to staging first",
    )
    assert found.remedy == ("weighbridge promote detector@1.4.0 --to staging",)
    assert not [one for one in decision.conditions if one.id == "soaked"]


@pytest.mark.parametrize(
    ("arrived", "verdict"),
    [
        (BEFORE, "allowed"),
        ("2026-10-31T12:00:00Z", "allowed"),
        ("2026-10-31T12:00:01Z", "needs"),
        ("2026-11-02T12:00:00Z", "needs"),
    ],
)
def test_a_release_soaks_in_the_environment_before(arrived: str, verdict: str) -> None:
    decision = decided(replace(approved(make()), arrived=arrived))
    assert decision.verdict == verdict
    found = judged(decision, "soaked")
    assert found.seen == f"now {NOON}"
    assert found.why == f"in staging since {arrived}"
    assert (found.waits, found.binds) == (True, False)


@pytest.mark.parametrize(
    ("departed", "verdict"),
    [("2026-10-31T11:59:59Z", "denied"), ("2026-10-31T12:00:00Z", "allowed")],
)
def test_what_has_left_soaks_no_longer(departed: str, verdict: str) -> None:
    case = replace(approved(make()), arrived="2026-10-30T12:00:00Z", departed=departed)
    decision = decided(case)
    assert decision.verdict == verdict
    found = judged(decision, "soaked")
    assert found.why == f"in staging since 2026-10-30T12:00:00Z, until {departed}"
    if verdict == "denied":
        assert (found.waits, found.wanted) == (False, "86400s in staging")
        assert found.remedy == ("weighbridge promote detector@1.4.0 --to staging",)


def test_how_long_it_must_soak_yet_is_told() -> None:
    found = judged(decided(replace(make(), arrived="2026-10-31T12:00:01Z")), "soaked")
    assert found.wanted == "not before 2026-11-01T12:00:01Z"


def test_a_soak_of_part_of_a_second_is_not_rounded_away() -> None:
    case = make(environment=ENVIRONMENT.replace("24h", "500ms"), arrived=NOON)
    assert decided(approved(case)).verdict is GateVerdict.NEEDS
    later = replace(approved(case), now="2026-11-01T12:00:01Z")
    assert decided(later).verdict is GateVerdict.ALLOWED


def test_without_soak_arriving_is_enough() -> None:
    case = make(environment=ENVIRONMENT.replace("  soak: 24h\n", ""), arrived=NOON)
    decision = decided(approved(case))
    assert decision.verdict is GateVerdict.ALLOWED
    found = judged(decision, "promoted-before")
    assert (found.why, found.binds) == (f"in staging since {NOON}", False)


def targets(required: str, declared: list[str], validated: list[str]) -> list[Judged]:
    """Judge targets. No manifest can declare them yet, so that one is made up."""
    demand = Targets.model_validate({"required": required}) if required else None
    case = make()
    spec = case.policy.model_copy(update={"targets": demand})
    policy = case.bundle.policy.model_copy(update={"spec": spec})
    manifest = {"spec": {"compatibility": {"targets": [{"name": name} for name in declared]}}}
    bundle = replace(case.bundle, policy=policy)
    return list(judge_targets(replace(case, bundle=bundle, manifest=manifest), validated))


def test_targets_nobody_asks_for_or_declares_need_no_evidence() -> None:
    assert targets("", ["linux"], []) == []
    assert targets("all-validated", [], ["linux"]) == []


@pytest.mark.parametrize(
    ("required", "validated", "outcome"),
    [
        ("all-validated", ["linux", "macos"], "met"),
        ("all-validated", ["windows", "macos", "linux"], "met"),
        ("all-validated", ["linux"], "inconclusive"),
        ("all-validated", [], "inconclusive"),
        ("any-validated", ["macos"], "met"),
        ("any-validated", ["linux", "macos"], "met"),
        ("any-validated", ["windows"], "inconclusive"),
        ("any-validated", [], "inconclusive"),
    ],
)
def test_declared_targets_must_have_been_validated(
    required: str, validated: list[str], outcome: str
) -> None:
    (found,) = targets(required, ["linux", "macos"], validated)
    assert (found.id, found.outcome) == ("targets", outcome)
    assert (found.seen, found.wanted) == (", ".join(sorted(validated)) or "none", "linux, macos")
    assert (found.why == "validated") == (outcome == "met")
    assert (found.remedy == ()) == (outcome == "met")
