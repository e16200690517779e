from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND, unmet

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

REASON = "--reason=the cause was another"


@pytest.fixture
def held(stage: Stage) -> Stage:
    """Run commands where staging was rolled back."""
    stage.arrive(FIRST, SECOND)
    assert stage.roll_back().code == 0
    return stage


def lift(stage: Stage, *words: str, by: str = "dora") -> Ran:
    return stage("lift", "demo", "--in=staging", *words, by=by)


def test_who_deploys_lifts_and_it_goes_on(held: Stage) -> None:
    assert unmet(held.ask(SECOND, "staging")) == ["not-held"]
    found = lift(held, REASON)
    assert found.code == 0
    assert found.out.startswith("dora: lift demo@1.0.0 to staging\n")
    assert held.pointer()["held"] is None
    assert held.predicate(held.last()["body"]["bundle"])["reason"] == "the cause was another"
    assert held.promote(SECOND, "staging").code == 0


def test_a_lift_is_for_one_hold(held: Stage) -> None:
    assert lift(held, REASON).code == 0
    held.arrive(SECOND)
    assert held.roll_back().code == 0
    assert held.pointer()["held"] is not None
    assert unmet(held.ask(SECOND, "staging")) == ["not-held"]


@pytest.mark.parametrize("words", [(), ("--reason=",), ("--reason=  ",)])
def test_nobody_lifts_without_a_reason(words: tuple[str, ...], held: Stage) -> None:
    before = len(held.entries())
    found = lift(held, *words)
    assert (found.code, found.out) == (2, "")
    assert "reason" in found.err
    assert len(held.entries()) == before


@pytest.mark.parametrize("name", ["mia", "bea", "ann", "cat"])
def test_who_may_not_deploy_lifts_nothing(name: str, held: Stage) -> None:
    found = lift(held, REASON, by=name)
    assert (found.code, found.out) == (4, "")
    assert (held.last()["kind"], held.last()["body"]["act"]) == ("act.refused", "lift")
    assert held.pointer()["held"] is not None


def test_there_must_be_something_to_lift(stage: Stage) -> None:
    nothing = lift(stage, REASON)
    assert (nothing.code, nothing.out) == (2, "")
    assert "staging points to no release of demo" in nothing.err
    stage.arrive(FIRST)
    free = lift(stage, REASON)
    assert (free.code, free.out) == (2, "")
    assert "staging is not held" in free.err
    assert stage("lift", "demo", "--in=nowhere", REASON, by="dora").code == 2


def test_a_dry_run_lifts_nothing(held: Stage) -> None:
    before = held.everything()
    found = lift(held, REASON, "--dry-run", "--output-format=json", by="")
    assert (found.code, found.json["decision"]) == (0, None)
    assert held.everything() == before
