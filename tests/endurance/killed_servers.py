"""Servers killed at named points while they are asked: `python -m … --rounds 20`.

The command that asked goes on by itself once another server answers where the first did. What was
acknowledged is there, once, and nothing is half there.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.children import start
from tests.endurance.points import Point, kill_at
from tests.endurance.servers import is_ready, until
from tests.endurance.team import Command, Said, embedded, in_postgres, write
from tests.postgres_servers import cluster
from tests.usecases.workshop import commit
from weighbridge.adapters.accounts import once
from weighbridge.adapters.accounts.once import StoredAnswers
from weighbridge.adapters.blobs.folder import FolderArrival
from weighbridge.adapters.blobs.store import BlobIncoming
from weighbridge.adapters.local.ports import free_port
from weighbridge.adapters.log_key import LogKey
from weighbridge.adapters.postgres.session import PostgresSession
from weighbridge.adapters.session import Session
from weighbridge.cli.main import main
from weighbridge.usecases import accepting

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.endurance.team import Team

LATE = ("weighbridge.cli.serve", "weighbridge.server.serving", "weighbridge.server.running")
"""What servers import late: imported before, children need not."""
PATIENCE = 60.0
GAVE_UP = 3
"""Exit code of a command that was told by nobody what became of its change."""
POINTS = (
    Point(name="a blob half in", owner=FolderArrival, function="write", when="halfway"),
    Point(name="a blob in, not renamed", owner=Path, function="replace", when="before"),
    Point(name="a blob in its place", owner=BlobIncoming, function="commit", when="after"),
    Point(name="a change begun", owner=StoredAnswers, function="begin", when="after"),
    Point(name="a change weighed", owner=accepting, function="_weigh", when="after"),
    Point(name="a checkpoint signed, not stored", owner=LogKey, function="sign", when="after"),
    Point(name="before COMMIT", owner=Session, function="commit", when="before"),
    Point(name="after COMMIT", owner=Session, function="commit", when="after", kept=True),
    Point(name="entered, no answer kept", owner=StoredAnswers, function="finish", when="before"),
    Point(name="an answer kept, not sent", owner=StoredAnswers, function="finish", when="after"),
)
DRAINING = "while it ends"
NAMES = (*(point.name for point in POINTS), DRAINING)
KEPT = {"after COMMIT", "entered, no answer kept", "an answer kept, not sent"}


def arm(name: str, hit: int, owner: type) -> None:
    """Have this process, a server, killed at a point; commits are those of a kind of session."""
    if name == DRAINING:
        at_commit("before", owner, told_to_end)
        return
    (point,) = (one for one in POINTS if one.name == name)
    if point.owner is Session:
        at_commit(point.when, owner, lambda: None)
        return
    kill_at(point, hit)


def at_commit(
    when: Literal["before", "halfway", "after"], owner: type, first: Callable[[], object]
) -> None:
    """Have this process killed at a commit that keeps an entry: others settle where bytes lie."""
    signed = threading.Event()
    wait = Point(name="signed", owner=LogKey, function="sign", when="after")
    wait.watch(lambda _: signed.set())

    def reached(_: Point) -> None:
        if signed.is_set():
            first()
            os.kill(os.getpid(), signal.SIGKILL)

    Point(name="commit", owner=owner, function="commit", when=when).watch(reached)


def told_to_end() -> None:
    """Tell this process to end, and wait until it knows."""
    from weighbridge.server.running import Drain  # noqa: PLC0415 - late

    begun = threading.Event()
    told = Point(name="told", owner=Drain, function="begin", when="after")
    told.watch(lambda _: begun.set())
    os.kill(os.getpid(), signal.SIGTERM)
    assert begun.wait(PATIENCE)


class Forked:
    """A server in a child of this process."""

    def __init__(self, team: Team) -> None:
        """Name it; each start listens at the same port."""
        for name in LATE:
            import_module(name)
        self.team, self.port, self.pid = team, free_port(), 0
        in_folder = team.place.startswith("/")
        self.owner = Session if in_folder else PostgresSession

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str = "", hit: int = 1) -> None:
        """Start one, which is killed at a point if one is named; wait until it is ready."""
        self.pid = start(lambda: self._serve(name, hit))
        until(lambda: is_ready(self.port), "no server")

    def _serve(self, name: str, hit: int) -> None:
        os.chdir(self.team.home)
        os.environ.update(self.team.environ)
        sys.stdout = sys.stderr = (self.team.home / "servers.log").open("a")
        # Whoever is dead here is so for certain: nobody needs to wait long for him.
        vars(once)["LEASE"] = 1
        if name:
            arm(name, hit, self.owner)
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--grace", "0")
        os._exit(main(["serve", *words, "--log-format", "json", "--registry", self.team.place]))

    def gone(self) -> bool:
        """Tell whether it ended, and that it was killed."""
        if self.pid:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                return False
            assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
            self.pid = 0
        return True

    def kill(self) -> None:
        """Kill it where it stands."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            until(self.gone, "it lives")


class Killing:
    """Kills servers of a team, and looks at what is left."""

    def __init__(self, team: Team) -> None:
        self.team, self.server, self.turn = team, Forked(team), 0
        self.gave_up = 0

    def round(self, name: str) -> None:
        """Kill a server at a point while a command asks it; another takes its place."""
        before = self.raw()
        self.server.kill()
        self.server.start(name)
        words, by = self.wanted()
        command = self.ask(words, by)
        until(lambda: self.server.gone() or command.is_over(), f"nobody passed {name}")
        assert self.server.gone(), f"it never passed {name}: {command.ended()}"
        after_death = self.raw()
        assert len(after_death) - len(before) == int(name in KEPT), name
        self.server.start()
        said = command.ended()
        if said.code == GAVE_UP:
            # The next server was too long in coming: he is told to look, and to do it again only
            # if it is not there.
            assert "is not available" in said.err, said
            self.gave_up += 1
            entered = len(self.raw()) > len(before)
            said = Said(0, "it is there", "") if entered else self.ask(words, by).ended()
        assert said.code == 0, f"{name}: {said}"
        self.check(before, after_death, said)

    def check(self, before: list[bytes], between: list[bytes], said: Said) -> None:
        """See that what was acknowledged is there once, and what was there before is still."""
        after = self.raw()
        assert after[: len(between)] == between
        assert between[: len(before)] == before
        assert len(after) == len(before) + 1, said
        assert said.out

    def raw(self) -> list[bytes]:
        with self.team.registry.reading() as view:
            return list(view.entries())

    def wanted(self) -> tuple[tuple[str, ...], str]:
        """Say what is done next, and who signs: seal a release, sign it, promote another."""
        number, kind = divmod(self.turn, 3)
        self.turn += 1
        version = f"9.{number}.0"
        if not kind:
            write(self.team, "m0", version)
            commit(self.team.folder)
            return ("seal", "--output-format=json"), ""
        if kind == 1:
            return ("sign", f"m0@{version}", "--output-format=json"), "bea"
        release = f"m0@1.{number % 2}.0"
        return ("promote", release, "--to=e0", "--output-format=json"), "dora"

    def ask(self, words: tuple[str, ...], by: str) -> Command:
        """Begin a command."""
        environ = self.team.variables(machine="killing", person=by or "bea")
        return Command(self.team, words, environ=environ, registry=self.server.address, by=by)


def killed(team: Team, names: tuple[str, ...], *, rounds: int) -> dict[str, float]:
    """Kill servers at points, so many times each; return the seconds each round took."""
    killing = Killing(team)
    seconds = {}
    try:
        for name in names:
            begun = time.monotonic()
            for _ in range(rounds):
                killing.round(name)
            seconds[name] = (time.monotonic() - begun) / rounds
            if rounds > 1:
                team.check_sound()
    finally:
        killing.server.kill()
    team.check_sound()
    return seconds


def by_hand(rounds: int) -> None:
    """Kill servers of each kind of registry."""
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
