"""`weighbridge worker`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.adapters.jobs.runtime import Perform, Worker
    from weighbridge.adapters.jobs.tables import JobTables
    from weighbridge.model.settings import Settings
    from weighbridge.model.team.job import Order
    from weighbridge.model.team.job_settings import JobSettings
    from weighbridge.server.tracing import Tracing
    from weighbridge.server.working import Work
    from weighbridge.usecases.jobs.following import Follower

_TICK = 1.0
"""Seconds between two looks at the ledger and the clock."""
_DRAIN = 30
"""Seconds what runs may go on after SIGTERM."""
_LARGEST = 1 << 20


@click.command(name="worker", cls=Verb)
@click.option("--config", metavar="FILE", help="What this worker goes by (TOML).")
@click.option("--once", is_flag=True, help="Work off what waits, and end.")
@acting
def command(*, config: str | None, once: bool, key_names: tuple[str, ...]) -> str:
    """Do what follows from the ledger: check what is sealed, judge again, tell, pack.

    Each entry is followed by its jobs: what is sealed is checked and the report signed; evidence,
    approvals, waivers and changes of policy or trust have environments judged again (`watch`);
    sinks are told (`log notify`). Once a day advisories are asked about what is promoted, and sinks
    are told what ends soon. A server has releases packed, pushed and built again (`replay`) when it
    is asked to; the latter two only where --config FILE allows them.

    Jobs are kept in jobs.db beside the registry, or in its PostgreSQL database; any number of
    workers share them, each doing two at a time. What a worker that died was doing is done by
    another within a minute. SIGTERM ends it when what runs is done, or after 30 seconds, and hands
    back the rest. --key is that of a checker, and of a deployer where a policy rolls back. It needs
    the extra `worker`.

    Exit codes: 0 ended, 2 usage, 3 the database is not to be had, or the extra is missing.
    """
    from weighbridge.codec.worker_settings import read_worker_settings
    from weighbridge.server.tracing import begin_tracing

    session = Session.current()
    text = "" if config is None else session.read(config, limit=_LARGEST).decode(errors="replace")
    settings = read_worker_settings(text, config or "the worker's settings")
    tracing = begin_tracing(settings.otlp_endpoint, service="weighbridge-worker")
    try:
        placed = _placed(session, settings, config)
        whole = _work(session, placed, tracing, key_names, once=once)
    finally:
        tracing.close()
    if not whole:
        import os

        # A thread that is in the middle of something would keep the process; its job was handed
        # back.
        os._exit(0)
    return "pass"


def _placed(session: Session, settings: JobSettings, config: str | None) -> JobSettings:
    """Write out a folder that is relative to the file it stands in; offline nothing is pushed."""
    from dataclasses import replace

    if session.globals.offline:
        settings = replace(settings, destinations=())
    if config is None or not settings.replay.inputs:
        return settings
    inputs = (session.start / config).parent / settings.replay.inputs
    return replace(settings, replay=replace(settings.replay, inputs=str(inputs)))


def _configured(session: Session, settings: JobSettings) -> Settings:
    """Read the settings of the project; the engine is the worker's, unless a flag names one."""
    if session.globals.engine is None and settings.engine:
        return session.settings(engine=settings.engine)
    return session.settings()


def _work(
    session: Session,
    settings: JobSettings,
    tracing: Tracing,
    key_names: tuple[str, ...],
    *,
    once: bool,
) -> bool:
    """Run jobs until told to end; whether all that ran was finished."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.bootstrap.jobs import open_tables
    from weighbridge.cli.deciding import acting_alone
    from weighbridge.server.working import Work
    from weighbridge.usecases.jobs.following import Follower

    signer = acting_alone(session, key_names) if key_names else None
    if signer is None:
        session.hint("no --key: jobs whose outcome is signed will fail")
    configured = _configured(session, settings)
    tables = open_tables(configured)
    jobs = DbosJobs(tables)
    work = Work(
        settings=configured,
        environ=session.environ,
        cancelled=tables.is_cancelled,
        signer=signer,
        rules=settings,
        order=jobs.order,
    )
    ended = _ending()
    worker = _worker(session, settings, tables, jobs, work=work, tracing=tracing)
    follower = Follower(
        registry=session.registry(),
        jobs=jobs,
        bookmark=tables,
        clock=utc_now,
        checks=settings.checks,
    )
    try:
        if once:
            worker.take_over()
        _loop(follower, jobs, settings, ended, waiting=tables.waiting if once else None)
    finally:
        whole = worker.close(_DRAIN)
        jobs.close()
    return whole


def _traced(tracing: Tracing, perform: Perform) -> Perform:
    """Have a collector told of each job that is done."""

    def traced(order: Order, since: int) -> Mapping[str, Any]:
        with tracing.job(order.kind.value, order.trace):
            return perform(order, since)

    return traced


def _worker(
    session: Session,
    settings: JobSettings,
    tables: JobTables,
    jobs: DbosJobs,
    *,
    work: Work,
    tracing: Tracing,
) -> Worker:
    """Make what takes jobs.

    Raises:
        UnavailableError: The extra is not installed.
    """
    from weighbridge.model.errors import UnavailableError

    try:
        from weighbridge.adapters.jobs.runtime import Runtime, Worker
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[worker]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    host, executor = _named()
    return Worker(
        Runtime(
            executor=executor,
            name=host,
            tables=tables,
            jobs=jobs,
            settings=settings,
            begin=work.begin,
            perform=_traced(tracing, work.perform),
            told=lambda order, word: _tell(session, order, word),
        )
    )


def _named() -> tuple[str, str]:
    """Name this machine, and this process among all there ever are."""
    import os
    import socket
    import uuid

    host = socket.gethostname()
    return host, f"{host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _loop(
    follower: Follower,
    jobs: DbosJobs,
    settings: JobSettings,
    ended: threading.Event,
    *,
    waiting: Callable[[], int] | None,
) -> None:
    """Order what follows from the ledger and the clock, until told to end, or nothing waits."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.usecases.jobs.schedules import due

    new: Sequence[Order]
    ordered: set[str] = set()
    while not ended.is_set():
        try:
            new = follower.follow()
            for order in due(utc_now(), settings):
                if order.key not in ordered:
                    jobs.order(order)
                    ordered.add(order.key)
        except WeighbridgeError as error:
            # A database that is away for a moment ends no worker; a ledger that lies does.
            if waiting is not None or error.kind != "unavailable":
                raise
            new = ()
        if waiting is not None and not new and not waiting():
            return
        ended.wait(_TICK)


def _ending() -> threading.Event:
    """Make what is set by SIGTERM and by an interruption."""
    import signal
    import threading

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def _tell(session: Session, order: Order, word: str) -> None:
    about = " ".join(str(value) for _, value in sorted(order.about.items()))
    session.hint(" ".join(part for part in (order.key, about, word) if part))
