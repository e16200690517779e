"""Servers killed at named points: what they acknowledged is there, and nothing is half there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.killed_servers import KEPT, NAMES, killed

if TYPE_CHECKING:
    from tests.endurance.team import Team

ALIKE = 5
"""So many points are of blobs and of accounts, which are passed alike in either case."""


def test_the_points_are_as_many_as_are_demanded() -> None:
    assert len(set(NAMES)) == len(NAMES) > 6
    assert set(NAMES) > KEPT


@pytest.mark.slow
def test_servers_killed_at_every_point_in_a_folder(embedded_team: Team) -> None:
    assert set(killed(embedded_team, NAMES, rounds=1)) == set(NAMES)


@pytest.mark.slow
def test_servers_killed_around_the_commit_in_postgres(postgres_team: Team) -> None:
    names = NAMES[ALIKE:]
    assert set(killed(postgres_team, names, rounds=1)) == set(names)
