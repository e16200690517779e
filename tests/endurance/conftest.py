from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.endurance.promoting import ENVIRONMENTS, MODELS
from tests.endurance.team import embedded, in_postgres
from tests.usecases.conftest import (
    all_keys,
    bench,
    cast,
    committed,
    ownerless,
    run,
    set_up,
    stage,
    staged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.endurance.team import Team
    from tests.postgres_servers import Cluster

__all__ = [
    "all_keys",
    "bench",
    "cast",
    "committed",
    "ownerless",
    "run",
    "set_up",
    "stage",
    "staged",
]


@pytest.fixture(scope="session")
def embedded_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Make a team whose registry lies in a folder; each test goes on where others ended."""
    folder = tmp_path_factory.mktemp("embedded-team")
    team = embedded(folder, models=MODELS, environments=ENVIRONMENTS)
    yield team
    team.registry.close()


@pytest.fixture(scope="session")
def postgres_team(tmp_path_factory: pytest.TempPathFactory, postgres: Cluster) -> Iterator[Team]:
    """Make a team whose registry lies in PostgreSQL; each test goes on where others ended."""
    folder = tmp_path_factory.mktemp("postgres-team")
    team = in_postgres(folder, postgres, models=MODELS, environments=ENVIRONMENTS)
    yield team
    team.registry.close()
