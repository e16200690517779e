"""Workers killed at named points of a job: what it is to do is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.killed_workers import NAMES, killed

if TYPE_CHECKING:
    from tests.endurance.team import Team

pytestmark = pytest.mark.slow


def test_workers_killed_at_every_point_in_a_folder(embedded_team: Team) -> None:
    assert set(killed(embedded_team, NAMES, rounds=1)) == set(NAMES)


def test_workers_killed_around_the_entry_in_postgres(postgres_team: Team) -> None:
    names = NAMES[4:8]
    assert set(killed(postgres_team, names, rounds=1)) == set(names)
