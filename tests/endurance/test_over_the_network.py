"""The command line before a real server, and what may go wrong between the two."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.certificates import local_certificate
from tests.endurance.killed_servers import Forked
from tests.endurance.lines import line
from tests.endurance.servers import Served, serving, until
from tests.endurance.team import Command, write
from tests.usecases.cast import STORE
from tests.usecases.workshop import LABELS, commit, sha256
from weighbridge.adapters import clock
from weighbridge.adapters.accounts.times import later
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.endurance.team import Said, Team

pytestmark = pytest.mark.slow
PROMOTE = ("promote", "m1@1.0.0", "--to=e1", "--output-format=json")
LARGE = 24 << 20


class Machine:
    """A machine of somebody, and the server he asks."""

    def __init__(self, team: Team, server: Served) -> None:
        self.team, self.server = team, server

    def begin(self, *words: str, by: str = "", at: str = "", **variables: str) -> Command:
        return Command(
            self.team,
            words,
            environ={**self.team.variables(), **variables},
            registry=at or self.server.address,
            by=by,
        )

    def __call__(self, *words: str, by: str = "", at: str = "", **variables: str) -> Said:
        return self.begin(*words, by=by, at=at, **variables).ended()

    def done(self, *words: str, by: str = "", at: str = "", **variables: str) -> Said:
        said = self(*words, by=by, at=at, **variables)
        assert said.code == 0, said
        return said


@pytest.fixture(scope="module")
def machine(embedded_team: Team) -> Iterator[Machine]:
    server = Served(embedded_team, "--grace", "0")
    with serving(server):
        yield Machine(embedded_team, server)
        assert server.broke() == []
        assert server.end() == 0


def refused(said: Said, code: int, *words: str) -> None:
    """See that a command was refused in words that help."""
    assert said.code == code, said
    assert said.out == ""
    for one in words:
        assert one in said.err


def test_what_was_promoted_is_rolled_back(machine: Machine) -> None:
    for version in ("1.0.0", "1.1.0"):
        machine.done("promote", f"m1@{version}", "--to=e0", by="dora")
    machine.done("rollback", "m1", "--in=e0", by="dora")
    found = json.loads(machine.done("status", "m1", "--in=e0", "--output-format=json").out)
    assert [one["release"] for one in found["pointers"]] == [machine.team.releases["m1@1.0.0"]]


def test_what_nobody_needs_is_cleared_away(machine: Machine) -> None:
    blobs = machine.team.registry.blobs
    orphan = blobs.put(b"nobody refers to this")
    path = machine.team.home / STORE / "blobs" / "sha256" / orphan[7:9] / orphan[9:]
    os.utime(path, (0, 0))
    said = machine.done("registry", "gc", "--dry-run").out
    assert "would remove: 1 blob " in said
    assert blobs.has(orphan)
    assert "removed: 1 blob " in machine.done("registry", "gc").out
    assert not blobs.has(orphan)
    assert "sound" in machine.done("registry", "fsck").out


def test_faults_are_planted_in_a_twin(machine: Machine) -> None:
    machine.done(*PROMOTE, by="dora")
    size = len(machine.team.entries())
    words = ("drill", "e1", "--name=m1", "--only=rewritten-row", "--output-format=json")
    (planted,) = json.loads(machine.done(*words).out)["planted"]
    assert (planted["name"], planted["caught"]) == ("rewritten-row", True)
    assert len(machine.team.entries()) == size


def test_an_upload_that_is_interrupted_is_begun_again(machine: Machine) -> None:
    team, large = machine.team, os.urandom(LARGE)
    write(team, "m1", "7.0.0")
    release = team.folder / "release.yaml"
    release.write_text(release.read_text().replace(sha256(LABELS), sha256(large)))
    (team.folder / "labels.json").write_bytes(large)
    commit(team.folder)
    begins = b"PUT /v1/blobs/" + sha256(large).replace(":", "%3A").encode()
    known, size = team.registry.releases(), len(team.entries())
    try:
        with line(machine.server.port, begins, "stall") as laid:
            command = machine.begin("seal", at=laid.address)
            assert laid.happened.wait(60)
            os.kill(command.pid, signal.SIGINT)
            said = command.ended()
        refused(said, 130, "interrupted")
        incoming = team.home / STORE / "blobs" / "incoming"
        until(lambda: not list(incoming.iterdir()), "half of it is left")
        assert not team.registry.blobs.has(sha256(large))
        assert (team.registry.releases(), len(team.entries())) == (known, size)
        asked = len(machine.server.answered())
        machine.done("seal")
    finally:
        (team.folder / "labels.json").write_bytes(LABELS)
    assert len(team.entries()) == size + 1
    rows = machine.server.answered()[asked:]
    taken = [row["received"] for row in rows if (row["method"], row["status"]) == ("PUT", 201)]
    assert LARGE in taken
    assert len(taken) == 2, "what was there already, but for the manifest, was sent again"


@pytest.mark.parametrize("fate", ["ask", "answer"])
def test_a_change_whose_connection_is_lost_is_made_once(machine: Machine, fate: str) -> None:
    size = len(machine.team.entries())
    with line(machine.server.port, b"POST /v1/changes", fate) as laid:  # type: ignore[arg-type]
        said = machine(*PROMOTE, by="dora", at=laid.address)
        assert laid.happened.is_set()
    assert said.code == 0, said
    (entry,) = machine.team.entries(size)
    assert entry.body["decision"] == json.loads(said.out)["decision"]


def test_who_may_not_is_told_what_would_help(machine: Machine) -> None:
    address = machine.server.address
    for token in ("", "wbt_of-nobody-at-all"):
        said = machine("status", WEIGHBRIDGE_TOKEN=token)
        refused(said, 4, "error[WB152]", f"weighbridge login {address}")
        assert "of-nobody" not in said.err


def test_a_server_that_is_gone_is_told(machine: Machine) -> None:
    gone = Served(machine.team)
    said = machine(*PROMOTE, by="dora", at=gone.address)
    refused(said, 3, "error[WB150]", f"{gone.address} is not available", "Connection refused")


def skew(seconds: int) -> None:
    """Have the clock of this process, a child, be wrong."""
    real = clock.utc_now

    def wrong() -> str:
        return later(real(), seconds)

    vars(clock)["utc_now"] = wrong
    defaults = EmbeddedRegistry.__init__.__kwdefaults__
    assert defaults is not None
    defaults["clock"] = wrong


class Skewed(Command):
    """A command of a machine whose clock is a day ahead."""

    def _run(self, *what: Any) -> None:  # noqa: ANN401 - as it is
        skew(86_400)
        super()._run(*what)


class Behind(Forked):
    """A server whose clock is an hour behind."""

    def _serve(self, name: str, hit: int) -> None:
        skew(-3_600)
        super()._serve(name, hit)


def test_the_clock_of_a_command_does_not_matter(machine: Machine) -> None:
    team = machine.team
    environ, registry = team.variables(), machine.server.address
    said = Skewed(team, PROMOTE, environ=environ, registry=registry, by="dora").ended()
    assert said.code == 0, said
    newest = team.entries()[-1]
    assert newest.body["decision"] == json.loads(said.out)["decision"]
    assert newest.time < later(clock.utc_now(), 60)


def test_a_server_whose_clock_is_behind_enters_nothing(machine: Machine) -> None:
    size = len(machine.team.entries())
    server = Behind(machine.team)
    server.start()
    try:
        said = machine(*PROMOTE, by="dora", at=server.address)
    finally:
        server.kill()
    refused(said, 3, "the registry's clock is behind the newest entry of the ledger")
    assert len(machine.team.entries()) == size


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Make two certificates of 127.0.0.1, each its own authority."""
    found = {}
    for name in ("ours", "theirs"):
        folder = tmp_path_factory.mktemp(name)
        local_certificate(folder)
        found[name] = folder
    return found


def test_a_server_is_believed_by_its_certificate(
    machine: Machine, authorities: Mapping[str, Path]
) -> None:
    ours, theirs = (str(authorities[name] / "trusted.pem") for name in ("ours", "theirs"))
    (certificate,) = (path for path in authorities["ours"].iterdir() if path.name != "trusted.pem")
    server = Served(machine.team, "--grace", "0", "--tls-cert", str(certificate))
    with serving(server):
        spoken = Machine(machine.team, server)
        spoken.done(*PROMOTE, by="dora", SSL_CERT_FILE=ours)
        refused(spoken("status", SSL_CERT_FILE=theirs), 3, "is not trusted", "SSL_CERT_FILE")
        other = server.address.replace("127.0.0.1", "localhost")
        said = spoken("status", at=other, SSL_CERT_FILE=ours)
        refused(said, 3, "is for another name", "not valid for 'localhost'")
        plain = machine.server.address.replace("http://", "https://")
        refused(spoken("status", at=plain, SSL_CERT_FILE=ours), 3, "does not speak TLS")
        assert server.end() == 0
    assert {row["status"] for row in server.answered()} <= {200, 201}
