from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.model.team.job import Job


@dataclass
class Yard:
    """A database of jobs, and the workers on it."""

    folder: Path
    tables: JobTables
    jobs: DbosJobs
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def log(self) -> list[str]:
        """Return what jobs did, a line each."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def open_gate(self) -> None:
        """Let jobs that are held go on."""
        (self.folder / "gate").touch()

    def start(self) -> subprocess.Popen[str]:
        """Start a worker, and wait until it works."""
        words = [self.tables.address, str(self.folder / "log"), str(self.folder / "gate")]
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.adapters.jobs.worker_process", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    def until(self, key: str, holds: Callable[[Job], bool], seconds: float = 60) -> Job:
        """Wait until something holds of a job."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job = self.jobs.get(key)
            if job is not None and holds(job):
                return job
            threading.Event().wait(0.05)
        raise AssertionError(f"{key} did not come so far: {self.jobs.get(key)} {self.log}")


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with yard_of(tmp_path, str(tmp_path)) as found:
        yield found


@contextlib.contextmanager
def yard_of(folder: Path, registry: str) -> Iterator[Yard]:
    """Open the jobs of a registry; workers are ended with it."""
    tables = JobTables(address_of(registry))
    tables.make()
    found = Yard(folder, tables, DbosJobs(tables))
    try:
        yield found
    finally:
        for worker in found.workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    pipe.close()
        found.jobs.close()
