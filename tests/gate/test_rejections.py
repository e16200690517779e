"""Rejections: of what, and who lifts them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import OTHER, act, approved, decided, having, judged, make
from tests.gate.delegations import handed
from weighbridge.gate.case import Act
from weighbridge.gate.rejections import standing_rejections
from weighbridge.model.decision import Outcome

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

ELSEWHERE = [{"release": OTHER}, {"environment": "staging"}]


def rejected(case: Case, person: str = "mia", **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    return having(case, act(case, person, Act.REJECT, **({"reason": "it lies"} | changes)))


def lifted(case: Case, person: str = "max", **changes: Any) -> Case:  # noqa: ANN401 - fields of it
    return having(case, act(case, person, Act.LIFT_REJECTION, **changes))


def stands(case: Case) -> bool:
    return judged(decided(case), "not-rejected").outcome is Outcome.UNMET


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_a_rejection_is_of_one_release_in_one_environment(changes: dict[str, str]) -> None:
    case = rejected(approved(make()), **changes)
    assert not stands(case)
    assert judged(decided(case), "not-rejected").why == "nobody rejected it"


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_what_was_said_elsewhere_before_hides_no_rejection(changes: dict[str, str]) -> None:
    case = rejected(rejected(approved(make()), **changes))
    assert stands(case)


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_a_lift_is_of_one_release_in_one_environment(changes: dict[str, str]) -> None:
    case = rejected(approved(make()))
    assert stands(lifted(case, **changes))
    assert not stands(lifted(case))


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


def test_who_is_excluded_lifts_nothing_in_the_place_of_another_either() -> None:
    case = rejected(handed(approved(make()), "max", "carl"), entry=59)
    assert stands(lifted(case, "carl", entry=60))


def test_nobody_lifts_in_the_place_of_who_is_excluded() -> None:
    case = rejected(handed(approved(make()), "rob", "cat"), entry=59)
    assert stands(lifted(case, "cat", entry=60))
    free = replace(case, requesters=frozenset({"ann"}))
    assert not stands(lifted(free, "cat", entry=60))


def test_who_rejected_it_does_not_lift_that_in_the_place_of_another() -> None:
    case = rejected(handed(approved(make()), "max", "cat"), "cat", entry=59)
    assert stands(lifted(case, "cat", entry=60))
    assert not stands(lifted(case, "max", entry=60))


def test_what_was_lifted_can_be_rejected_again() -> None:
    case = rejected(lifted(rejected(approved(make()))))
    assert stands(case)
