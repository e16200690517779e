"""Workers killed at named points of a job: `python -m tests.endurance.killed_workers --rounds 20`.

Another does what one that died was doing; a release asked to be checked is reported once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.children import start
from tests.endurance.points import Point
from tests.endurance.servers import until
from tests.endurance.team import VERSIONS, embedded, in_postgres
from tests.postgres_servers import cluster
from tests.usecases.cast import PASSPHRASES
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.adapters.log_key import LogKey
from weighbridge.adapters.postgres.session import PostgresSession
from weighbridge.adapters.session import Session
from weighbridge.bootstrap import load_settings
from weighbridge.model.event import Kind
from weighbridge.model.predicates import TEST_RESULT
from weighbridge.model.team.job import JobKind, JobState, Order
from weighbridge.model.team.job_settings import JobSettings
from weighbridge.server import working
from weighbridge.server.working import Work
from weighbridge.usecases import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.endurance.team import Team

RHYTHM = (0.1, 1.0, 0.2)
"""Seconds between heartbeats, to being taken for dead, and between two looks: quick ones."""
COMMITTED, BEATING = "entered", "between two heartbeats"
POINTS = (
    Point(name="taken", owner=Work, function="begin", when="before"),
    Point(name="begun", owner=Work, function="begin", when="after"),
    Point(name="being done", owner=Work, function="perform", when="before"),
    Point(name="checked", owner=working, function="check", when="after"),
    Point(name="the report signed", owner=evidence, function="keep_signed", when="after"),
    Point(name="the checkpoint signed", owner=LogKey, function="sign", when="after"),
    Point(name=COMMITTED, owner=Session, function="commit", when="after", kept=True),
    Point(name="not marked done", owner=Work, function="perform", when="after", kept=True),
    Point(name=BEATING, owner=JobTables, function="beat", when="before"),
)
NAMES = tuple(point.name for point in POINTS)


class Killing:
    """Kills workers of a team while they check releases.

    A worker is killed once a file is there: until then it does what the one before it left.
    """

    def __init__(self, team: Team) -> None:
        self.team, self.turn = team, 0
        self.armed = team.home / "armed"
        self.said = (team.home / "workers.log").open("a")
        self.pids: list[int] = []
        self.tables = JobTables(address_of(team.place))
        self.tables.make()
        self.jobs = DbosJobs(self.tables)
        self.jobs.client()

    def start(self, name: str) -> None:
        """Start a worker that is killed at a point once it is to be, and wait until it works."""
        ready, told = os.pipe()
        self.pids.append(start(lambda: self._work(name, told)))
        os.close(told)
        assert os.read(ready, 1) == b"r", Path(self.said.name).read_text()
        os.close(ready)

    def _work(self, name: str, told: int) -> None:
        from weighbridge.adapters.jobs.runtime import Runtime, Worker  # noqa: PLC0415 - late

        os.dup2(self.said.fileno(), 1)
        os.dup2(self.said.fileno(), 2)
        team = self.team
        self.arm(name)
        flags = {"registry": team.place, "engine": "here"}
        settings = load_settings(team.folder, start=team.folder, environ=team.environ, flags=flags)
        tables = JobTables(address_of(team.place))
        work = Work(
            settings=settings,
            environ=team.environ,
            cancelled=tables.is_cancelled,
            signer=team.keys().locked("carl").unlock(PASSPHRASES["carl"]),
        )
        Worker(
            Runtime(
                executor=f"worker-{os.getpid()}-{time.monotonic_ns()}",
                name="a worker of tests",
                tables=tables,
                jobs=DbosJobs(tables),
                settings=JobSettings(),
                begin=work.begin,
                perform=work.perform,
                told=lambda *_: None,
                rhythm=RHYTHM,
            )
        )
        os.write(told, b"r")
        threading.Event().wait()

    def arm(self, name: str) -> None:
        """Have this process, a worker, killed at a point, if it is to be by then."""
        (point,) = (one for one in POINTS if one.name == name)
        signed, performing = threading.Event(), threading.Event()
        if point.name == COMMITTED:
            mark = Point(name="signed", owner=LogKey, function="sign", when="after")
            mark.watch(lambda _: signed.set())
            in_folder = self.team.place.startswith("/")
            owner = Session if in_folder else PostgresSession
            point = Point(name=name, owner=owner, function=point.function, when=point.when)
        if point.name == BEATING:
            held = Point(name="held", owner=Work, function="perform", when="before")
            held.watch(lambda _: self._hold(performing))

        def reached(_: Point) -> None:
            before_time = (name == COMMITTED and not signed.is_set()) or (
                name == BEATING and not performing.is_set()
            )
            signed.clear()
            if self.armed.exists() and not before_time:
                os.kill(os.getpid(), signal.SIGKILL)

        point.watch(reached)

    def _hold(self, performing: threading.Event) -> None:
        """Do no more until this process is killed."""
        if self.armed.exists():
            performing.set()
            threading.Event().wait()

    def died(self) -> bool:
        """Tell whether the worker was killed."""
        pid, status = os.waitpid(self.pids[-1], os.WNOHANG)
        if not pid:
            return False
        self.pids.pop()
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        return True

    def end(self) -> None:
        """Kill the worker that is left, and let go of the jobs."""
        while self.pids:
            os.kill(self.pids[-1], signal.SIGKILL)
            until(self.died, "it lives")
        self.jobs.close()
        self.said.close()

    def reports(self, release: str) -> int:
        """Count the reports of a release."""
        return sum(
            event.kind is Kind.EVIDENCE_ADDED
            and event.body["predicateType"] == TEST_RESULT
            and event.body["release"] == release
            for event in self.team.entries()
        )

    def round(self, point: Point, following: str) -> None:
        """Have a worker die of a job at its point; the next one does it to its end."""
        self.turn += 1
        release = self.team.releases[f"m0@{VERSIONS[self.turn % 2]}"]
        before = self.reports(release)
        key = f"asked:{self.turn}:{self.team.home.name}"
        self.armed.touch()
        self.jobs.order(Order(key=key, kind=JobKind.CHECK, about={"release": release}))
        until(self.died, f"nobody passed {point.name}")
        self.armed.unlink()
        assert self.reports(release) == before + point.kept, point.name
        self.start(following)
        until(lambda: self.state(key) in {JobState.DONE, JobState.FAILED}, "it is not done")
        assert self.state(key) is JobState.DONE, self.jobs.get(key)
        assert self.reports(release) == before + 1, point.name

    def state(self, key: str) -> JobState:
        job = self.jobs.get(key)
        assert job is not None
        return job.state


def killed(team: Team, names: Sequence[str], *, rounds: int) -> dict[str, float]:
    """Kill workers at points, so many times each; return the seconds each round took."""
    points = [point for point in POINTS if point.name in names for _ in range(rounds)]
    killing = Killing(team)
    seconds = dict.fromkeys(names, 0.0)
    try:
        killing.start(points[0].name)
        for number, point in enumerate(points):
            begun = time.monotonic()
            killing.round(point, points[(number + 1) % len(points)].name)
            seconds[point.name] += (time.monotonic() - begun) / rounds
    finally:
        killing.end()
    team.check_sound()
    return seconds


def by_hand(rounds: int) -> None:
    """Kill workers of each kind of registry."""
    with tempfile.TemporaryDirectory() as folder, cluster() as running:
        places = Path(folder)
        for place, team in (
            ("SQLite", embedded(places / "folder", models=1, environments=1)),
            ("PostgreSQL", in_postgres(places / "team", running, models=1, environments=1)),
        ):
            for name, seconds in killed(team, NAMES, rounds=rounds).items():
                sys.stdout.write(f"{place}, {name}: {rounds} times, {seconds:.1f} s each\n")
            sys.stdout.flush()


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--rounds", type=int, default=20)
    by_hand(reader.parse_args().rounds)
