"""Trivial durable jobs for `bench/cells.py`: `python bench/jobs.py COUNT`.

Jobs whose work is nothing are ordered, and a worker does them: heartbeats, attempts and taking over
included. They are kept in a database of SQLite of their own; it ends when all are done.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.runtime import Runtime, Worker
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.model.team.job import JobKind, Order
from weighbridge.model.team.job_settings import JobSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Done:
    """Counts what is left, and tells when nothing is."""

    def __init__(self, count: int) -> None:
        """Take how many there are."""
        self._left = count
        self.over = threading.Event()

    def told(self, order: Order, word: str) -> None:
        """Hear what became of a job."""
        del order
        self._left -= word == "done"
        if not self._left:
            self.over.set()


def nothing(order: Order, since: int) -> Mapping[str, int]:
    """Do a job."""
    del order, since
    return {}


def work(folder: Path, count: int) -> None:
    """Order jobs, and have a worker do them."""
    tables = JobTables(address_of(str(folder)))
    tables.make()
    jobs, done = DbosJobs(tables), Done(count)
    for number in range(count):
        jobs.order(Order(key=f"notify:{number}", kind=JobKind.NOTIFY))
    worker = Worker(
        Runtime(
            executor="bench",
            name="bench",
            tables=tables,
            jobs=jobs,
            settings=JobSettings(),
            begin=lambda: 0,
            perform=nothing,
            told=done.told,
        )
    )
    if count:
        done.over.wait()
    worker.close(30)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as name:
        work(Path(name), int(sys.argv[1]))
    os._exit(0)  # threads of DBOS may be in the middle of a wait
