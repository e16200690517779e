"""What all tests share: how hard hypothesis tries, and when slow tests run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres_servers import Cluster

# Derandomised in CI: the same commit gives the same verdict, on every machine.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("here", max_examples=25, deadline=None)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("ci" if in_ci() else "here")
    if not in_ci() and not config.option.markexpr:
        config.option.markexpr = "not slow"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run a PostgreSQL server for all tests of this process; each makes a database of its own."""
    from tests.postgres_servers import cluster  # noqa: PLC0415 - few tests need it

    with cluster() as running:
        yield running
