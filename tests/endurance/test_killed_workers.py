"""Workers killed at named points of a job: what it is to do is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.killed_workers import BEATING, COMMITTED, NAMES, killed

if TYPE_CHECKING:
    from tests.endurance.team import Team

pytestmark = pytest.mark.slow
MOST = ("taken", "being done", "the report signed", COMMITTED, "not marked done", BEATING)
"""Seconds a point: all of them, often, are for who runs it by hand."""


def test_workers_killed_at_most_points_in_a_folder(embedded_team: Team) -> None:
    assert set(MOST) < set(NAMES)
    assert set(killed(embedded_team, MOST, rounds=1)) == set(MOST)


def test_workers_killed_behind_the_entry_in_postgres(postgres_team: Team) -> None:
    names = (COMMITTED, "not marked done")
    assert set(killed(postgres_team, names, rounds=1)) == set(names)
