"""Signed drills: each counts for the gate it was of, and for no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    ENVIRONMENT,
    OTHER,
    POLICY,
    THIS,
    decided,
    evidence,
    judged,
    make,
    with_evidence,
)
from weighbridge.model.decision import Kept, Outcome
from weighbridge.model.predicates import DRILL

if TYPE_CHECKING:
    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.decision import Judged

ASKING = POLICY.replace(
    "    - type: replay", "    - {type: drill, signedBy: {role: checker}}\n    - type: replay"
)
A = f"sha256:{'a' * 64}"


def drill(of: Case, *, entry: int = 14, release: str = THIS, **changes: Any) -> Evidence:  # noqa: ANN401 - members of it
    predicate = {
        "at": "2026-11-01T09:00:00Z",
        "environment": {"digest": of.environment_digest, "name": of.environment_name},
        "notApplicable": [],
        "planted": [{"by": "INT001", "caught": True, "name": "one", "verdict": "denied"}],
        "policy": {"digest": of.bundle_digest, "name": "strict@1"},
        "result": "PASSED",
    }
    return evidence("drill", "carl", {**predicate, **changes}, entry=entry, release=release)


def answer(case: Case, *more: Evidence, name: str = "evidence:drill") -> Judged:
    return judged(decided(with_evidence(case, *more)), name)


def elsewhere() -> Case:
    return make(ASKING, environment=ENVIRONMENT.replace("name: production", "name: canary"))


def test_a_drill_of_this_gate_counts() -> None:
    case = make(ASKING)
    assert case.environment_name != elsewhere().environment_name
    found = answer(case, drill(case))
    assert (found.outcome, found.why) == (Outcome.MET, "it says that it passed")


@pytest.mark.parametrize("result", ["FAILED", "WARNED"])
def test_a_drill_that_let_something_through_is_unmet(result: str) -> None:
    case = make(ASKING)
    found = answer(case, drill(case, result=result))
    assert (found.outcome, found.why) == (Outcome.UNMET, "it says that it failed")


def test_a_drill_that_has_not_its_shape_decides_nothing() -> None:
    case = make(ASKING)
    assert answer(case, drill(case, planted=[])).outcome is Outcome.INCONCLUSIVE


def test_a_drill_of_another_environment_does_not_count() -> None:
    case = make(ASKING)
    found = answer(case, drill(elsewhere()))
    assert (found.outcome, found.why) == (
        Outcome.UNMET,
        "there is no such evidence by checker",
    )
    of = "it is a drill of canary under strict@1, not of this gate as it is now"
    assert found.seen == f"0; others: carl (checker): {of}"
    assert found.wanted == "1 drill of this gate by checker"
    assert found.remedy == ("weighbridge drill production --sign --key NAME",)


def test_a_drill_under_another_policy_does_not_count() -> None:
    case = make(ASKING)
    assert answer(case, drill(replace(case, bundle_digest=A))).outcome is Outcome.UNMET


def test_a_drill_of_the_environment_as_it_was_before_does_not_count() -> None:
    case = make(ASKING)
    assert answer(case, drill(replace(case, environment_digest=A))).outcome is Outcome.UNMET


@pytest.mark.parametrize("said", [None, "production", {}, {"digest": 1}])
def test_a_drill_that_does_not_say_of_which_gate_it_is_does_not_count(said: object) -> None:
    case = make(ASKING)
    assert answer(case, drill(case, environment=said)).outcome is Outcome.UNMET
    assert answer(case, drill(case, policy=said)).outcome is Outcome.UNMET


def test_a_newer_drill_of_another_gate_takes_nobodys_place() -> None:
    case = make(ASKING)
    newer = drill(elsewhere(), entry=15, result="FAILED")
    assert answer(case, drill(case), newer).outcome is Outcome.MET
    decision = decided(with_evidence(case, drill(case), newer))
    assert [(one.name, one.why) for one in decision.excluded if one.kind is Kept.EVIDENCE] == [
        (DRILL, "it is a drill of canary under strict@1, not of this gate as it is now")
    ]


def test_a_drill_that_was_made_with_another_release_counts_and_is_told_as_reused() -> None:
    case = make(ASKING)
    one = drill(case, release=OTHER)
    decision = decided(with_evidence(case, one))
    assert judged(decision, "evidence:drill").outcome is Outcome.MET
    assert [(again.predicate_type, again.release) for again in decision.reused] == [(DRILL, OTHER)]
    assert answer(case, drill(elsewhere(), release=OTHER)).outcome is Outcome.UNMET


def test_a_drill_that_is_asked_for_by_the_uri_of_its_type_is_of_this_gate_too() -> None:
    case = make(ASKING.replace("type: drill", f"type: '{DRILL}'"))
    name = f"evidence:{DRILL}"
    assert answer(case, drill(case), name=name).outcome is Outcome.MET
    assert answer(case, drill(elsewhere()), name=name).outcome is Outcome.UNMET
