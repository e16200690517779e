"""Many who promote at once, over two servers: `python -m tests.endurance.promoting --rounds 5`.

A quarter of them wants the same pointer, the others go their own ways. Whoever is told that he
promoted stands in the ledger, once; who was not is told an honest reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.endurance.balancing import balanced
from tests.endurance.servers import Served, serving, until
from tests.endurance.team import VERSIONS, Command, embedded, in_postgres
from tests.postgres_servers import cluster
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.endurance.team import Said, Team

PROMOTERS = 32
MODELS, ENVIRONMENTS = 5, 6
CONTENDED = ("m0", "e0")
DECIDED = {Kind.PROMOTION_DONE, Kind.PROMOTION_BLOCKED}
CONFLICT = "error[WB270]"


@dataclass
class Storm:
    """What came of many promotions at once.

    Attributes:
        team: Whose.
        began: How many entries there were.
        said: What was said of each, by environment and model.
        seconds: How long it took.
    """

    team: Team
    began: int
    said: list[tuple[str, str, Said]] = field(default_factory=list)
    seconds: float = 0.0

    def check(self) -> Counter[str]:
        """See that the ledger holds what was acknowledged, once; say how each ended."""
        entries = [event for event in self.team.entries(self.began) if event.kind in DECIDED]
        entered = Counter(
            (event.kind, event.body["environment"], event.body["name"], event.body["decision"])
            for event in entries
        )
        ended: Counter[str] = Counter()
        # Two who lose the same race within a second decide the same, to the byte: both are entered.
        acknowledged: Counter[tuple[str, str, str, str]] = Counter()
        for environment, name, said in self.said:
            if not said.out:
                assert (environment, name) == CONTENDED[::-1], said.err
                assert CONFLICT in said.err, said.err
                ended["conflict"] += 1
                continue
            told = json.loads(said.out)
            kind = Kind.PROMOTION_BLOCKED if said.code else Kind.PROMOTION_DONE
            assert not said.code or "another promotion was faster" in said.err, said
            ended["lost the race" if said.code else "done"] += 1
            acknowledged[kind, environment, name, told["decision"]] += 1
        assert acknowledged == entered, "the ledger says something else, or something twice"
        generations = sorted(
            (event.body["environment"], event.body["name"], event.body["generation"])
            for event in entries
            if event.kind == Kind.PROMOTION_DONE
        )
        assert len(generations) == len(set(generations)), "two have the same generation"
        return ended


def wanted(number: int) -> tuple[str, str, str]:
    """Say what one of them wants: environment, model and version."""
    version = VERSIONS[number // 4 % 2]
    if number % 4 == 0:
        return CONTENDED[1], CONTENDED[0], version
    own = number - number // 4 - 1
    return f"e{own // (MODELS - 1) % ENVIRONMENTS}", f"m{1 + own % (MODELS - 1)}", version


def storm(team: Team, addresses: Sequence[str], *, promoters: int = PROMOTERS) -> Storm:
    """Have all of them promote at the same moment."""
    found = Storm(team, len(team.entries()))
    gate, opened = os.pipe()
    running = []
    for number in range(promoters):
        environment, name, version = wanted(number)
        command = Command(
            team,
            ("promote", f"{name}@{version}", f"--to={environment}", "--output-format=json"),
            environ=team.variables(machine=f"m{number}", person="dora"),
            registry=addresses[number % len(addresses)],
            by="dora",
            gate=gate,
        )
        running.append((environment, name, command))
    begun = time.monotonic()
    os.write(opened, b"." * promoters)
    found.said = [(environment, name, one.ended()) for environment, name, one in running]
    found.seconds = time.monotonic() - begun
    os.close(gate)
    os.close(opened)
    return found


class Drained(threading.Thread):
    """Ends a server while it is asked, and starts it again at once."""

    def __init__(self, server: Served) -> None:
        """Name it."""
        super().__init__()
        self.server = server
        self.code: int | None = None

    def run(self) -> None:
        """Do it once something was asked of it."""
        before = len(self.server.answered())
        until(lambda: len(self.server.answered()) > before + 50, "nobody asks")
        self.code = self.server.end()
        self.server.start()


def through_two(team: Team, *, rounds: int = 1) -> list[Storm]:
    """Storm two servers of a team, which then must have broken nothing."""
    servers = [Served(team, "--grace", "0") for _ in range(2)]
    with serving(*servers):
        storms = [storm(team, [one.address for one in servers]) for _ in range(rounds)]
        assert [one.end() for one in servers] == [0, 0]
    assert [row for one in servers for row in one.broke()] == []
    team.check_sound()
    return storms


def through_a_balancer(team: Team, *, rounds: int = 1, promoters: int = PROMOTERS) -> list[Storm]:
    """Storm one address before two servers, one of which is drained and begun again meanwhile."""
    servers = [Served(team, "--grace", "3") for _ in range(2)]
    with serving(*servers), balanced(team.home, servers) as front:
        storms = []
        for number in range(rounds):
            drained = Drained(servers[number % 2])
            drained.start()
            storms.append(storm(team, [front.address], promoters=promoters))
            drained.join()
            assert drained.code == 0
        broken = [row for row in front.answers() if row[0] >= 500 and row[2] != "/readyz"]
    assert [row for one in servers for row in one.broke()] == []
    assert broken == []
    team.check_sound()
    return storms


def main(rounds: int) -> None:
    """Storm each kind of registry, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder, cluster() as running:
        places = Path(folder)
        teams = (
            ("SQLite", embedded(places / "folder", models=MODELS, environments=ENVIRONMENTS)),
            (
                "PostgreSQL",
                in_postgres(places / "database", running, models=MODELS, environments=ENVIRONMENTS),
            ),
        )
        for name, team in teams:
            for way in (through_two, through_a_balancer):
                storms = way(team, rounds=rounds)
                ended = sum((one.check() for one in storms), Counter())
                seconds = " ".join(f"{one.seconds:.1f}" for one in storms)
                sys.stdout.write(f"{name}, {way.__name__}: {dict(ended)} in {seconds} s\n")
                sys.stdout.flush()


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--rounds", type=int, default=5)
    main(reader.parse_args().rounds)
