"""Jobs in the PostgreSQL database of a registry: the same promises as in SQLite's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.jobs.conftest import Yard, yard_of
from tests.adapters.jobs.test_jobs import (
    test_a_bookmark_only_moves_on,
    test_a_job_that_kills_whoever_runs_it_is_given_up,
    test_one_worker_at_a_time_looks_for_dead_ones,
    test_ordered_twice_it_is_one_job,
    test_pages_leave_nothing_out,
    test_what_a_killed_worker_did_is_done_by_another,
    test_what_nobody_ordered_is_not_there,
    test_what_somebody_runs_who_lives_is_not_taken_over,
    test_what_was_cancelled_is_not_taken_over,
    test_workers_share_and_hand_back,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_servers import Cluster

__all__ = [
    "test_a_bookmark_only_moves_on",
    "test_a_job_that_kills_whoever_runs_it_is_given_up",
    "test_one_worker_at_a_time_looks_for_dead_ones",
    "test_ordered_twice_it_is_one_job",
    "test_pages_leave_nothing_out",
    "test_what_a_killed_worker_did_is_done_by_another",
    "test_what_nobody_ordered_is_not_there",
    "test_what_somebody_runs_who_lives_is_not_taken_over",
    "test_what_was_cancelled_is_not_taken_over",
    "test_workers_share_and_hand_back",
]
pytestmark = pytest.mark.slow


@pytest.fixture
def yard(tmp_path: Path, postgres: Cluster) -> Iterator[Yard]:
    with yard_of(tmp_path, postgres.address(postgres.make_database())) as found:
        yield found
