"""Real workers on a real registry, one of which dies at a moment somebody chooses."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.usecases.cast import STORE
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.model.team.job import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.team.job import Job, Order

OVER = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
RULES = "[retry]\nattempts = 8\npause = 0.05\n"

_ROOT = Path(__file__).parents[2]
"""Where a worker finds the tests, wherever those are by then."""


@dataclass
class Crew:
    """The workers of a registry.

    Attributes:
        project: The folder of the project.
        keys: The folder of keys.
        jobs: The jobs.
        rules: The file of the workers' settings.
        workers: The workers there were.
    """

    project: Path
    keys: Path
    jobs: DbosJobs
    rules: Path
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, **environ: str) -> subprocess.Popen[str]:
        """Start a worker, and wait until it works."""
        words = map(str, (self.project, self.keys, self.rules))
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.usecases.working_process", *words],
            env={**os.environ, "PYTHONPATH": str(_ROOT), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    def heard(self, worker: subprocess.Popen[str], words: str) -> None:
        """Wait until a worker says something."""
        assert worker.stdout is not None
        while (line := worker.stdout.readline()) != f"{words}\n":
            assert line, f"the worker ended, and never said {words}"

    def until(self, key: str, holds: Callable[[Job], bool], seconds: float = 60) -> Job:
        """Wait until something holds of a job."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job = self.jobs.get(key)
            if job is not None and holds(job):
                return job
            threading.Event().wait(0.02)
        raise AssertionError(f"{key} did not come so far: {self.jobs.get(key)}")

    def over(self, order: Order) -> Job:
        """Wait until a job is over."""
        return self.until(order.key, lambda job: job.state in OVER)

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """Kill a worker, and wait until it is gone."""
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    @contextlib.contextmanager
    def nobody_writes(self) -> Iterator[None]:
        """Keep everybody from entering anything into the ledger."""
        with contextlib.closing(
            sqlite3.connect(self.project / STORE / "registry.db", isolation_level=None)
        ) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


@contextlib.contextmanager
def crew_of(project: Path, keys: Path, rules: str = RULES) -> Iterator[Crew]:
    """Make a crew; all of it is gone at the end."""
    tables = JobTables(address_of(str(project / STORE)))
    tables.make()
    file = project.parent / "worker.toml"
    file.write_text(rules)
    crew = Crew(project, keys, DbosJobs(tables), file)
    try:
        yield crew
    finally:
        for worker in crew.workers:
            crew.kill(worker)
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    pipe.close()
        crew.jobs.close()


@contextlib.contextmanager
def before(address: str, met: Callable[[int], None]) -> Iterator[str]:
    """Stand before a server: `HOST:PORT` whose every connection is told of, then passed on.

    Args:
        address: `HOST:PORT` of the server.
        met: Called before a connection is passed on, with how many there were.
    """
    host, _, port = address.partition(":")
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for number in range(1, sys.maxsize):
                try:
                    near, _ = server.accept()
                except OSError:
                    return
                met(number)
                far = socket.create_connection((host, int(port)))
                for ends in ((near, far), (far, near)):
                    threads.append(threading.Thread(target=_pass_on, args=ends))
                    threads[-1].start()

        accepting = threading.Thread(target=serve)
        accepting.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    """Pass bytes on until one of both ends; then both do."""
    with source:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                to.sendall(piece)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)
