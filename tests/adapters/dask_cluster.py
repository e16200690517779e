"""A real Dask scheduler with workers, on loopback and for one test."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from distributed import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_QUIET = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class Cluster:
    """A scheduler and its workers.

    Attributes:
        address: `dask://HOST:PORT`.
        workers: Their processes.
    """

    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Start a scheduler and workers; all are gone at the end."""
    file = folder / "scheduler.json"
    running: list[subprocess.Popen[bytes]] = []
    try:
        scheduler = _start("dask_scheduler", "--port", "0", "--scheduler-file", str(file))
        running.append(scheduler)
        address = _address(file, scheduler)
        started = [
            _start(
                "dask_worker",
                address,
                "--no-nanny",
                "--nthreads",
                "1",
                "--local-directory",
                str(folder),
            )
            for _ in range(workers)
        ]
        running.extend(started)
        client = Client(address)  # type: ignore[no-untyped-call] # it has no types
        client.wait_for_workers(workers, timeout=60)
        client.close()  # type: ignore[no-untyped-call]
        yield Cluster(address.replace("tcp://", "dask://"), started)
    finally:
        for process in running:
            process.kill()
            process.wait()


def _start(module: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-m", f"distributed.cli.{module}", *words, *_QUIET),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    """Wait for the scheduler to say where it listens."""
    while scheduler.poll() is None:
        with contextlib.suppress(OSError, json.JSONDecodeError):
            return str(json.loads(file.read_text())["address"])
        select.select([], [], [], 0.02)
    raise AssertionError("the scheduler ended")
