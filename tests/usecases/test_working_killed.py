"""A worker is killed in each kind of job: another finishes it, and the effect is as if once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.registries import running_registry
from tests.sinks import web_sink
from tests.tools import tool, tool_environment
from tests.usecases.conftest import committed
from tests.usecases.crews import RULES, Crew, before, crew_of
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.usecases.test_replay_verb import recorded
from tests.usecases.test_working import reports
from tests.usecases.test_working_replay import replays
from tests.usecases.test_working_warn import told_by
from weighbridge.adapters.notifying.outbox import FolderOutbox
from weighbridge.bootstrap import open_repository
from weighbridge.gate.case import Act
from weighbridge.model.event import Kind
from weighbridge.model.notification import Standing
from weighbridge.model.team.job import JobKind, JobState, Order

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sinks import WebSink
    from tests.usecases.promoted import Promoted
    from tests.usecases.stage import Stage

__all__ = ["committed", "promoted", "promoted_folder"]
pytestmark = pytest.mark.slow


@pytest.fixture
def crew(promoted: Promoted, all_keys: Path) -> Iterator[Crew]:
    with crew_of(promoted.folder, all_keys) as found:
        yield found


def order(kind: JobKind, **about: str) -> Order:
    return Order(key=f"asked:{kind.value}", kind=kind, about=about)


def finished(crew: Crew, asked: Order) -> None:
    """Have another worker finish a job whose worker died."""
    other = crew.start()
    done = crew.over(asked)
    assert (done.state, done.worker, done.error) == (JobState.DONE, f"worker-{other.pid}", "")


def changes(promoted: Promoted) -> list[str]:
    """Name the environments whose verdict changed, by the ledger."""
    with promoted.registry.reading() as view:
        entries = (view.entry(index) for index in range(view.size))
        found = [one for one in entries if Kind.VERDICT_CHANGED.value.encode() in one]
    return ["production" if b'"production"' in one else "staging" for one in found]


def killed_while_it_enters(crew: Crew, asked: Order) -> None:
    """Kill a worker that has begun and cannot enter anything yet."""
    crew.jobs.order(asked)
    with crew.nobody_writes():
        worker = crew.start()
        crew.heard(worker, f"{asked.key} begun")
        crew.kill(worker)
    begun = crew.jobs.get(asked.key)
    assert begun is not None
    assert begun.state is JobState.RUNNING


def test_check(promoted: Promoted, crew: Crew) -> None:
    release = promoted.digest(FIRST)
    there = reports(promoted, release)
    asked = order(JobKind.CHECK, release=release)
    killed_while_it_enters(crew, asked)
    assert reports(promoted, release) == there
    finished(crew, asked)
    assert len(reports(promoted, release)) == len(there) + 1


@pytest.mark.parametrize("kind", [JobKind.REEVALUATE, JobKind.RESCAN])
def test_judging_again(promoted: Promoted, crew: Crew, kind: JobKind) -> None:
    promoted.approve("demo@1.1.0", "cat", act=Act.REJECT)
    asked = order(kind, environment="production")
    killed_while_it_enters(crew, asked)
    assert changes(promoted) == []
    finished(crew, asked)
    assert changes(promoted) == ["production"]


def test_replay(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LD_LIBRARY_PATH", tool_environment()["LD_LIBRARY_PATH"])
    recorded(stage)
    asked = order(JobKind.REPLAY, release=stage.release(FIRST))
    rules = f'{RULES}[replay]\nallow = true\ninputs = "{stage.folder}"\n'
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with crew_of(stage.folder, stage.keys, rules) as crew:
        worker = crew.start(TMPDIR=str(scratch))
        crew.jobs.order(asked)
        # The build is made in there.
        crew.until(asked.key, lambda _: any(scratch.glob("weighbridge-replay-*/build-1")))
        crew.kill(worker)
        assert replays(stage) == []
        finished(crew, asked)
    assert len(replays(stage)) == 1


def test_pack(promoted: Promoted, all_keys: Path, tmp_path: Path) -> None:
    about = {"release": promoted.digest(FIRST), "environment": "production"}
    first: list[subprocess.Popen[str]] = []

    def met(number: int) -> None:
        if number == 1:
            first[0].kill()

    with running_registry(tmp_path) as behind, before(behind, met) as host:
        rules = f'{RULES}[push]\nto = ["oci://{host}/demo"]\n'
        with crew_of(promoted.folder, all_keys, rules) as crew:
            asked = order(JobKind.PACK, **about, to=f"oci://{host}/demo")
            first.append(crew.start())
            crew.jobs.order(asked)
            first[0].wait(60)
            finished(crew, asked)
            done = crew.over(asked).result
        repository, _, close = open_repository(f"oci://{host}/demo", base=promoted.folder)
        try:
            described = repository.resolve("1.0.0")
            beside = repository.referrers(described.digest)
        finally:
            close()
    assert described.digest == done["pushed"]["digest"]
    assert len(beside) == done["pushed"]["evidence"] + 1
    assert len(promoted.registry.blobs.read(done["pack"])) == done["size"]


def dies_unaware(sink: WebSink, worker: subprocess.Popen[str], number: int) -> None:
    """Have a worker die when a notice was answered, before it can see the answer."""

    def stop(told: int) -> None:
        if told == number:
            worker.send_signal(signal.SIGSTOP)

    def end(told: int) -> None:
        if told == number:
            worker.send_signal(signal.SIGKILL)

    sink.before, sink.after = stop, end


def test_notify(promoted: Promoted, crew: Crew) -> None:
    asked = order(JobKind.NOTIFY)
    outbox = FolderOutbox(promoted.registry.root)
    with promoted.registry.reading() as view:
        size = view.size
    with web_sink() as sink:
        told_by(promoted, sink, when="true")
        outbox.keep({"sink0": Standing(after=size - 5)})
        worker = crew.start()
        dies_unaware(sink, worker, 3)
        crew.jobs.order(asked)
        worker.wait(60)
        finished(crew, asked)
    names = [one["webhook-id"].rpartition("/")[2] for one in sink.headers]
    # The one nobody noted comes again, by the same name; no other does.
    assert [size - int(name) for name in names] == [5, 4, 3, 3, 2, 1]
    assert outbox.standings()["sink0"].after == size


def test_warn(promoted: Promoted, crew: Crew) -> None:
    asked = order(JobKind.WARN)
    with web_sink() as sink:
        told_by(promoted, sink)
        worker = crew.start()
        dies_unaware(sink, worker, 1)
        crew.jobs.order(asked)
        worker.wait(60)
        finished(crew, asked)
    names = [one["webhook-id"] for one in sink.headers]
    # That there are no advisories, for production and for staging; the first was not noted.
    assert len(names) == 3
    assert names[0] == names[1]
    assert names[2] != names[0]
