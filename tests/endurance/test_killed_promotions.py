"""Promotions and rollbacks killed at named points: the pointer moved whole, or not at all."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from tests.endurance.killing import Act, Victim
from tests.endurance.points import POINTS, Point
from tests.usecases.stage import FIRST, SECOND, THIRD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.usecases.stage import Stage

TURNS = 5
"""At each point, of each of five acts: 25 in all."""
LOGGED = [point for point in POINTS if point.needs != "binding"]
RULES = """\
  evidence: [{type: report, maxAge: 24h, signedBy: {role: checker}}]
  rollbackPolicy: {allow: previously-promoted, hold: false}
"""
ROLLING_BACK = Act(words=("rollback", "demo", "--in=staging"), by=("dora",))


def promoting(turn: int) -> Act:
    """Promote one or the other, so that each turn moves the pointer."""
    return Act(words=("promote", (FIRST, SECOND)[turn % 2], "--to=staging"), by=("dora",))


def promote_killed(stage: Stage, points: Sequence[Point], turns: int) -> None:
    victim = Victim(stage.folder, stage.store)
    for turn, point in zip(range(turns), cycle(points), strict=False):
        victim.suffer(promoting(turn), point, turn // len(points))
        assert stage.pointer()["release"] == stage.release((FIRST, SECOND)[turn % 2])


def roll_back_killed(stage: Stage, points: Sequence[Point], turns: int) -> None:
    """Roll back from the third to the second; where that is done already, to the first."""
    stage.rule(RULES)
    stage.arrive(FIRST)
    victim = Victim(stage.folder, stage.store)
    for turn, point in zip(range(turns), cycle(points), strict=False):
        stage.arrive(SECOND, THIRD)
        victim.acknowledged = victim.held()
        victim.suffer(ROLLING_BACK, point, turn // len(points))
        there = FIRST if point.kept else SECOND
        assert stage.pointer()["release"] == stage.release(there)


def named(point: Point) -> str:
    return point.name.replace(" ", "-")


def test_the_points_are_as_many_as_are_demanded() -> None:
    assert len({point.name for point in LOGGED}) >= 6
    assert {point.kept for point in LOGGED} == {False, True}


@pytest.mark.slow
def test_promotions_killed_once_at_every_point(stage: Stage) -> None:
    promote_killed(stage, LOGGED, len(LOGGED))


@pytest.mark.slow
def test_rollbacks_killed_once_at_every_point(stage: Stage) -> None:
    roll_back_killed(stage, LOGGED, len(LOGGED))


@pytest.mark.slow
@pytest.mark.parametrize("point", LOGGED, ids=named)
def test_promotions_killed_again_and_again(stage: Stage, point: Point) -> None:
    promote_killed(stage, [point], TURNS)


@pytest.mark.slow
@pytest.mark.parametrize("point", LOGGED, ids=named)
def test_rollbacks_killed_again_and_again(stage: Stage, point: Point) -> None:
    roll_back_killed(stage, [point], TURNS)
