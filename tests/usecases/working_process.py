"""A worker with carl's key whose heart beats fast: `python -m … PROJECT KEYS SETTINGS`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.usecases.cast import PASSPHRASES
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.runtime import Runtime, Worker
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import load_settings
from weighbridge.codec.worker_settings import read_worker_settings
from weighbridge.server.working import Work

if TYPE_CHECKING:
    from weighbridge.model.team.job import Order

RHYTHM = (0.2, 1.5, 0.3)


def main(project: Path, keys: Path, file: Path) -> None:
    """Work until standard input is closed; what becomes of jobs is a line each on the output."""
    settings = load_settings(project, start=project, environ={}, flags={"engine": "here"})
    rules = read_worker_settings(file.read_text(encoding="utf-8"), str(file))
    tables = JobTables(address_of(settings.registry.value))
    jobs = DbosJobs(tables)
    work = Work(
        settings=settings,
        environ=dict(os.environ),
        cancelled=tables.is_cancelled,
        signer=KeyFolder(keys).locked("carl").unlock(PASSPHRASES["carl"]),
        rules=rules,
        order=jobs.order,
    )

    def told(order: Order, word: str) -> None:
        sys.stdout.write(f"{order.key} {word}\n")
        sys.stdout.flush()

    worker = Worker(
        Runtime(
            executor=f"worker-{os.getpid()}",
            name="a worker of tests",
            tables=tables,
            jobs=jobs,
            settings=rules,
            begin=work.begin,
            perform=work.perform,
            told=told,
            rhythm=RHYTHM,
        )
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    worker.close(3)
    os._exit(0)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
