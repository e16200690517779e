"""Workers have a Dask cluster read what a check reads, where their settings name one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from distributed import Client

from tests.adapters.dask_cluster import cluster
from tests.usecases.conftest import committed
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.usecases.test_working import jobs, order, reports, work, worker
from weighbridge.adapters import dask_engine
from weighbridge.model.errors import UnavailableError
from weighbridge.model.settings import Setting
from weighbridge.model.team.job import JobKind, JobState

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.promoted import Promoted
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.server.working import Work

__all__ = ["committed", "jobs", "promoted", "promoted_folder", "work"]


def ran(address: str) -> int:
    """Count what the workers of a cluster have finished."""

    def finished(dask_scheduler: Any = None) -> int:  # noqa: ANN401 - it has no types
        moves = dask_scheduler.transition_log
        return sum(move[1:3] == ("processing", "memory") for move in moves)

    client: Any = Client(address.replace("dask://", "tcp://"), set_as_default=False)  # type: ignore[no-untyped-call] # it has no types
    try:
        return int(client.run_on_scheduler(finished))
    finally:
        client.close()


@pytest.mark.slow
def test_a_check_is_read_on_the_cluster(
    promoted: Promoted, all_keys: Path, jobs: DbosJobs, tmp_path: Path
) -> None:
    release = promoted.digest(FIRST)
    before = len(reports(promoted, release))
    with cluster(tmp_path, 1) as found:
        (tmp_path / "worker.toml").write_text(f'engine = "{found.address}"\n')
        assert ran(found.address) == 0
        asked = replace(order(JobKind.CHECK, release=release), key="asked:read")
        jobs.order(asked)
        words = ("--once", "--config", str(tmp_path / "worker.toml"))
        with worker(promoted, all_keys, *words) as process:
            _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
        assert ran(found.address) > 0
    done = jobs.get(asked.key)
    assert done is not None
    assert (done.state, done.result["verdict"]) == (JobState.DONE, "pass")
    assert len(reports(promoted, release)) == before + 1


def test_a_cluster_that_is_away_is_worth_another_attempt(
    promoted: Promoted, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "_CONNECT", "200ms")
    engine = Setting("dask://127.0.0.1:9", "worker.toml")
    away = replace(work, settings=replace(work.settings, engine=engine))
    size = work.begin()
    with pytest.raises(UnavailableError, match="no Dask scheduler answers at dask://"):
        away.perform(order(JobKind.CHECK, release=promoted.digest(FIRST)), size)
    assert work.begin() == size
