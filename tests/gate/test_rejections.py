"""Rejections: of what, and who lifts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import OTHER, act, approved, decided, having, judged, make
from weighbridge.gate.case import Act
from weighbridge.gate.rejections import standing_rejections
from weighbridge.model.decision import GateVerdict, Outcome

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

ELSEWHERE = [{"release": OTHER}, {"environment": "staging"}]


def rejected(case: Case, person: str = "mia", **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    return having(case, act(case, person, Act.REJECT, **({"reason": "it lies"} | changes)))


def lifted(case: Case, person: str = "max", **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    return having(case, act(case, person, Act.LIFT_REJECTION, **changes))


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_a_rejection_is_of_one_release_in_one_environment(changes: dict[str, str]) -> None:
    case = rejected(approved(make()), **changes)
    assert decided(case).verdict is GateVerdict.ALLOWED
    assert judged(decided(case), "not-rejected").why == "nobody rejected it"


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_what_was_said_elsewhere_before_hides_no_rejection(changes: dict[str, str]) -> None:
    case = rejected(rejected(approved(make()), **changes))
    assert decided(case).verdict is GateVerdict.DENIED


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_a_lift_is_of_one_release_in_one_environment(changes: dict[str, str]) -> None:
    case = rejected(approved(make()))
    assert decided(lifted(case, **changes)).verdict is GateVerdict.DENIED
    assert decided(lifted(case)).verdict is GateVerdict.ALLOWED


def test_who_stands_is_told_with_his_newest_reason() -> None:
    case = rejected(rejected(rejected(make()), "max", reason="it is slow"), reason="it leaks")
    found = judged(decided(case), "not-rejected")
    assert (found.outcome, found.why, found.binds) == (Outcome.UNMET, "it was rejected", False)
    assert found.seen == "mia: it leaks, max: it is slow"
    assert found.wanted == "no rejection that stands"
    (step,) = found.remedy
    assert step.startswith("weighbridge lift detector@1.4.0 --to production --reason TEXT")
    assert step.endswith("by another who may approve")


def test_one_lift_is_of_the_rejections_of_all_others() -> None:
    case = rejected(rejected(rejected(make()), "max"), "sid")
    assert [said.person for said in standing_rejections(lifted(case))] == ["max"]
    assert standing_rejections(lifted(lifted(case), "mia")) == []


def test_what_was_lifted_can_be_rejected_again() -> None:
    case = rejected(lifted(rejected(approved(make()))))
    assert decided(case).verdict is GateVerdict.DENIED
