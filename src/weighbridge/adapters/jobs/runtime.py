"""A worker: what DBOS runs here, heartbeats, and jobs of workers that died.

A job is two steps: how long the ledger was is noted first, then the work is done. Whoever runs the
work again knows from where on to look whether it was done.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from dbos import DBOS, PortableWorkflowError

from weighbridge.adapters.jobs.dbos_jobs import NAME, VERSION, WORKFLOW, read_order
from weighbridge.adapters.jobs.tables import QUEUE, SCHEMA
from weighbridge.model.errors import BugError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.adapters.jobs.tables import JobTables
    from weighbridge.model.team.job import Order
    from weighbridge.model.team.job_settings import JobSettings

    Perform = Callable[[Order, int], Mapping[str, Any]]
    Told = Callable[[Order, str], None]

BEAT: Final = 5.0
"""Seconds between heartbeats."""
SILENT: Final = 20.0
"""Seconds after which a worker that is not heard of is taken for dead."""
LOOK: Final = 10.0
"""Seconds between two looks for dead workers."""
SIDE_BY_SIDE: Final = 2
"""Jobs of one worker at once: DBOS keeps it with the queue, one number for all workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a worker runs jobs with.

    Attributes:
        executor: Names this process among all workers, for ever.
        name: What people call it.
        tables: The database.
        jobs: The jobs in it.
        settings: Attempts and pauses.
        begin: Returns how long the ledger is.
        perform: Does a job, given its order and how long the ledger was when it was begun.
        told: Is told in a word what became of each.
        rhythm: Seconds between heartbeats, to being taken for dead, and between two looks.
    """

    executor: str
    name: str
    tables: JobTables
    jobs: DbosJobs
    settings: JobSettings
    begin: Callable[[], int]
    perform: Perform
    told: Told
    rhythm: tuple[float, float, float] = (BEAT, SILENT, LOOK)


def pause(key: str, attempt: int, settings: JobSettings) -> float:
    """Return how many seconds to wait after an attempt: twice as long each time, and jittered.

    The jitter follows from the key, so that a job that is begun again waits as long.

    Args:
        key: Key of the order.
        attempt: Which one failed, from 1 on.
        settings: First and longest pause.
    """
    whole = min(settings.pause * 2.0 ** (attempt - 1), settings.longest_pause)
    drawn = hashlib.sha256(f"{key} {attempt}".encode()).digest()[0]
    return whole * (0.5 + drawn / 510)


def attempt(perform: Perform, order: Order, since: int) -> dict[str, Any]:
    """Do a job once, and say as plain values what came of it.

    A verdict is a result. What could not be had is worth another attempt; nothing else is.
    """
    try:
        return {"result": dict(perform(order, since))}
    except WeighbridgeError as error:
        fault = error.faults[0]
        again = error.kind == "unavailable"
        return {"code": fault.code, "message": fault.message, "again": again}
    except Exception as error:  # noqa: BLE001 - a bug must end its job, not the worker
        message = f"weighbridge has a bug: {type(error).__name__}"
        return {"code": BugError.code, "message": message, "again": False}


class Worker:
    """Runs jobs until it is closed; one in a process."""

    def __init__(self, runtime: Runtime) -> None:
        """Begin to run jobs.

        Args:
            runtime: What with.
        """
        self._runtime = runtime
        self._stop = threading.Event()
        runtime.tables.make()
        runtime.jobs.client()
        # Before anything is begun: what a worker runs that nobody heard of is taken over.
        runtime.tables.beat(runtime.executor, runtime.name)
        DBOS(
            config={
                "name": NAME,
                "system_database_url": runtime.tables.address,
                "dbos_system_schema": SCHEMA,
                "application_version": VERSION,
                "executor_id": runtime.executor,
                "log_level": "CRITICAL",  # its log would show arguments
                "enable_otlp": False,
            }
        )
        _declare(runtime)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=SIDE_BY_SIDE, polling_interval_sec=0.5)
        self._threads = [
            threading.Thread(target=self._beats, name="heartbeat", daemon=True),
            threading.Thread(target=self._looks, name="take-over", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _beats(self) -> None:
        one = self._runtime
        while not self._stop.wait(one.rhythm[0]):
            self._try(lambda: one.tables.beat(one.executor, one.name))

    def _looks(self) -> None:
        while not self._stop.wait(self._runtime.rhythm[2]):
            self._try(self.take_over)

    def _try(self, action: Callable[[], object]) -> None:
        """Do what is done again soon: a database that is away for a moment ends no worker."""
        try:
            action()
        except (sa.exc.SQLAlchemyError, WeighbridgeError):
            return

    def take_over(self) -> int:
        """Let jobs of dead workers be begun again, and return how many; one worker at a time."""
        one = self._runtime
        if not one.tables.take_turn(one.rhythm[2] / 2):
            return 0
        return one.tables.take_over(one.rhythm[1])

    def close(self, seconds: int = 30) -> bool:
        """Finish what runs, for so long, and hand back the rest; whether all was finished."""
        one = self._runtime
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        self._stop.set()
        for thread in self._threads:
            thread.join()
        left = one.tables.hand_back(one.executor)
        one.tables.leave(one.executor)
        return not left


def _declare(runtime: Runtime) -> None:
    """Tell DBOS what a job is."""
    settings = runtime.settings

    @DBOS.step(name="weighbridge.begin")
    def begin() -> int:
        return runtime.begin()

    @DBOS.step(name="weighbridge.perform")
    def perform(value: dict[str, Any], since: int) -> dict[str, Any]:
        order = read_order(value)
        runtime.told(order, "begun")
        return attempt(runtime.perform, order, since)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
    def job(value: dict[str, Any]) -> dict[str, Any]:
        order = read_order(value)
        since = begin()
        number = 1
        while True:
            came = perform(value, since)
            if "result" in came:
                runtime.told(order, "done")
                return dict(came["result"])
            words = f"{came['code']} {came['message']}"
            if not came["again"] or number >= settings.attempts:
                runtime.told(order, f"failed: {words}")
                raise PortableWorkflowError(came["message"], came["code"], came["code"])
            runtime.told(order, f"waits: {words}")
            DBOS.sleep(pause(order.key, number, settings))
            number += 1
