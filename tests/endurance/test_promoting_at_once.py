"""Many promote at once over two servers: none is lost, none breaks, who loses is told why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.promoting import PROMOTERS, through_a_balancer, through_two

if TYPE_CHECKING:
    from collections import Counter

    from tests.endurance.team import Team

pytestmark = pytest.mark.slow


def check(ended: Counter[str], promoters: int) -> None:
    """See that all ended, most of them as they wanted."""
    assert ended.total() == promoters
    assert ended["done"] > promoters * 3 // 4


def test_nothing_is_lost_in_a_folder(embedded_team: Team) -> None:
    (found,) = through_two(embedded_team)
    check(found.check(), PROMOTERS)


def test_nothing_is_lost_in_postgres(postgres_team: Team) -> None:
    (found,) = through_two(postgres_team)
    check(found.check(), PROMOTERS)


def test_nothing_is_lost_behind_a_balancer_while_a_server_ends(postgres_team: Team) -> None:
    (found,) = through_a_balancer(postgres_team, promoters=PROMOTERS // 2)
    check(found.check(), PROMOTERS // 2)
