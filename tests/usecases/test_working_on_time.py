"""Two workers that share a database do what the clock orders once."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.usecases.test_working import until
from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.model.team.job import JobKind, JobState
from weighbridge.model.team.job_settings import JobSettings
from weighbridge.usecases.jobs.schedules import due

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_servers import Cluster

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def workers(folder: Path, address: str, *configs: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Run `weighbridge worker` on a database, once for each of some settings."""
    environ = {
        "WEIGHBRIDGE_REGISTRY": address,
        "WEIGHBRIDGE_STORE": str(folder / "blobs"),
        "WEIGHBRIDGE_LOG_KEYS": str(folder / "keys"),
        "WEIGHBRIDGE_STATE": str(folder / "state"),
    }
    running: list[subprocess.Popen[str]] = []
    try:
        for place, text in enumerate(configs):
            (folder / f"{place}.toml").write_text(text)
            process = subprocess.Popen(
                command("worker", "--config", f"{place}.toml"),
                cwd=folder,
                env=clean_environ() | environ,
                stderr=subprocess.PIPE,
                text=True,
            )
            running.append(process)
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def test_a_schedule_over_two_workers_fires_once(tmp_path: Path, postgres: Cluster) -> None:
    address = postgres.address(postgres.make_database())
    soon = time.strftime("%H:%M", time.gmtime(time.time() + 60))
    rules = f'[schedule]\nrescan = ""\nwarn = "{soon}"\n'
    settings = JobSettings(rescan="", warn=soon)
    (last,) = due(utc_now(), settings)
    tables = JobTables(address_of(address))
    tables.make()
    jobs = DbosJobs(tables)
    try:
        with workers(tmp_path, address, rules, rules) as running:
            following = _next(settings, last.key)
            until(jobs, following, JobState.DONE)
            for process in running:
                process.send_signal(signal.SIGTERM)
            told = [process.communicate(timeout=60)[1] for process in running]
            assert [process.returncode for process in running] == [0, 0], told
        found = {job.order.key: job for job in jobs.list()}
        # What was due before they began is caught up, if they began before it was due again.
        assert {following} <= set(found) <= {last.key, following}
        assert {job.order.kind for job in found.values()} == {JobKind.WARN}
        for key in found:
            assert "".join(told).count(f"{key} begun") == 1
            assert "".join(told).count(f"{key} done") == 1
    finally:
        jobs.close()


def _next(settings: JobSettings, known: str) -> str:
    """Wait for the time of day, and name what it orders."""
    while True:
        (one,) = due(utc_now(), settings)
        if one.key != known:
            return one.key
        threading.Event().wait(0.2)
