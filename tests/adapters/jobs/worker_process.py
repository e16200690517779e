"""A worker whose jobs write a line each: run as `python -m … DATABASE LOG GATE`."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.runtime import Runtime, Worker
from weighbridge.adapters.jobs.tables import JobTables
from weighbridge.model.errors import NotFoundError, UnavailableError
from weighbridge.model.team.job_settings import JobSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.team.job import Order

RHYTHM = (0.2, 1.5, 0.3)


def main(address: str, log: Path, gate: Path) -> None:
    """Work until standard input is closed; jobs about `held` wait until the gate is there."""
    tables = JobTables(address)
    jobs = DbosJobs(tables)

    def say(words: str) -> None:
        with log.open("a", encoding="utf-8") as opened:
            opened.write(f"{os.getpid()} {words}\n")

    def perform(order: Order, since: int) -> Mapping[str, Any]:
        say(f"begun {order.key} {since}")
        does = order.about.get("does")
        while does == "held" and not gate.exists():
            threading.Event().wait(0.05)
        if does == "away" and log.read_text().count(f"begun {order.key} ") < 3:
            raise UnavailableError("the advisories are away")
        if does == "missing":
            raise NotFoundError("there is no such release")
        if does == "bug":
            raise ZeroDivisionError
        say(f"done {order.key}")
        return {"since": since}

    worker = Worker(
        Runtime(
            executor=f"worker-{os.getpid()}",
            name="a worker of tests",
            tables=tables,
            jobs=jobs,
            settings=JobSettings(attempts=3, pause=0.1),
            begin=lambda: 7,
            perform=perform,
            told=lambda *_: None,
            rhythm=RHYTHM,
        )
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    worker.close(3)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
