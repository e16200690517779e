"""The work of workers on a real registry, whoever does it twice."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.identities import passphrase_fd
from tests.sinks import web_sink
from tests.usecases.cast import PASSPHRASES, STORE
from tests.usecases.conftest import committed
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.adapters.notifying.outbox import FolderOutbox
from weighbridge.bootstrap import load_settings
from weighbridge.cli.passphrase import VARIABLE
from weighbridge.gate.case import Act
from weighbridge.model.errors import JobError, NotFoundError
from weighbridge.model.notification import Standing
from weighbridge.model.predicates import TEST_RESULT
from weighbridge.model.team.job import JobKind, JobState, Order
from weighbridge.server.working import Work
from weighbridge.usecases.jobs.following import Follower

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.usecases.promoted import Promoted

__all__ = ["committed", "promoted", "promoted_folder"]

NOW = "2026-11-01T00:00:00Z"


class Ordered:
    """Jobs that are only ordered."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def order(self, order: Order) -> Any:  # noqa: ANN401 - nobody reads it
        self.orders.append(order)

    def list(self, **_: object) -> Sequence[Any]:
        return []

    def get(self, key: str) -> None:  # noqa: ARG002 - as the port has it
        return None

    def cancel(self, key: str) -> None:  # noqa: ARG002 - as the port has it
        return None


class Mark:
    """How far the ledger was followed."""

    def __init__(self) -> None:
        self.at: int | None = None

    def read(self) -> int | None:
        return self.at

    def move(self, index: int) -> None:
        self.at = index


def reports(promoted: Promoted, release: str) -> list[int]:
    with promoted.registry.reading() as view:
        found = view.found(f"subject:{release}")
        return [index for index in found if TEST_RESULT in view.entry(index).decode()]


@pytest.fixture
def work(promoted: Promoted) -> Work:
    settings = load_settings(
        promoted.folder, start=promoted.folder, environ={}, flags={"engine": "here"}
    )
    return Work(
        settings=settings, environ={}, cancelled=lambda _: False, signer=promoted.key("carl")
    )


def order(kind: JobKind, *, entry: int | None = None, **about: str) -> Order:
    return Order(key=f"{kind.value}:of tests", kind=kind, about=about, entry=entry)


def test_a_check_done_twice_is_reported_once(promoted: Promoted, work: Work) -> None:
    release = promoted.digest(FIRST)
    before, since = reports(promoted, release), work.begin()
    first = work.perform(order(JobKind.CHECK, release=release), since)
    again = work.perform(order(JobKind.CHECK, release=release), since)
    assert first["verdict"] == "pass"
    assert again == {"verdict": "", "entries": []}
    assert reports(promoted, release) == [*before, *first["entries"]]


def test_what_any_checker_reported_since_answers_an_entry(promoted: Promoted, work: Work) -> None:
    release = promoted.digest(FIRST)
    before = reports(promoted, release)
    done = work.perform(order(JobKind.CHECK, entry=0, release=release), work.begin())
    assert done == {"verdict": "", "entries": []}
    assert reports(promoted, release) == before


def test_a_check_cancelled_while_it_runs_enters_nothing(promoted: Promoted, work: Work) -> None:
    asked: list[str] = []

    def cancelled(key: str) -> bool:
        asked.append(key)
        return len(asked) > 1

    late = Work(
        settings=work.settings, environ={}, cancelled=cancelled, signer=promoted.key("carl")
    )
    size = work.begin()
    with pytest.raises(JobError, match="was cancelled"):
        late.perform(order(JobKind.CHECK, release=promoted.digest(FIRST)), size)
    assert len(asked) == 2
    assert work.begin() == size


@pytest.mark.parametrize("kind", [JobKind.REEVALUATE, JobKind.RESCAN])
def test_what_stands_is_judged_again(work: Work, kind: JobKind) -> None:
    assert work.perform(order(kind), 0) == {"changed": []}
    assert work.perform(order(kind, environment="production"), 0) == {"changed": []}
    with pytest.raises(NotFoundError, match="no environment nowhere"):
        work.perform(order(kind, environment="nowhere"), 0)


def test_a_pack_is_kept_as_a_blob(promoted: Promoted, work: Work) -> None:
    asked = order(JobKind.PACK, release=promoted.digest(FIRST), environment="production")
    done = work.perform(asked, 0)
    assert len(promoted.registry.blobs.read(done["pack"])) == done["size"]
    assert work.perform(asked, 0) == done


def test_nobody_is_told_where_nobody_asked(work: Work) -> None:
    assert work.perform(order(JobKind.NOTIFY), 0) == {"sent": 0}


@pytest.mark.parametrize("kind", [JobKind.REEVALUATE, JobKind.RESCAN])
def test_one_cancelled_between_environments_judges_no_more(
    promoted: Promoted, work: Work, kind: JobKind
) -> None:
    promoted.approve("demo@1.1.0", "cat", act=Act.REJECT)
    asked: list[str] = []

    def cancelled(key: str) -> bool:
        asked.append(key)
        return len(asked) > 1

    size = work.begin()
    with pytest.raises(JobError, match="was cancelled"):
        replace(work, cancelled=cancelled).perform(order(kind), size)
    # Production, which comes first, was judged.
    assert (len(asked), work.begin()) == (2, size + 1)


def test_one_cancelled_while_it_tells_tells_no_more(promoted: Promoted, work: Work) -> None:
    root, size = promoted.registry.root, work.begin()
    with web_sink() as sink:
        text = f'[[sink]]\nname = "all"\nkind = "chat"\nurl = "{sink.address}"\n'
        (root / "notify.toml").write_text(text)
        FolderOutbox(root).keep({"all": Standing(after=size - 3)})
        late = replace(work, cancelled=lambda _: len(sink.bodies) == 1)
        with pytest.raises(JobError, match="was cancelled"):
            late.perform(order(JobKind.NOTIFY), 0)
        assert len(sink.bodies) == 1
        assert work.perform(order(JobKind.NOTIFY), 0) == {"sent": 2}


def test_without_a_key_nothing_is_signed(promoted: Promoted, work: Work) -> None:
    keyless = Work(settings=work.settings, environ={}, cancelled=lambda _: False)
    with pytest.raises(JobError, match="this worker has no key"):
        keyless.perform(order(JobKind.CHECK, release=promoted.digest(FIRST)), 0)
    with pytest.raises(JobError, match="check says no release"):
        work.perform(order(JobKind.CHECK), 0)


def test_a_ledger_never_followed_is_followed_from_its_beginning(promoted: Promoted) -> None:
    jobs, mark = Ordered(), Mark()
    follower = Follower(registry=promoted.registry, jobs=jobs, bookmark=mark, clock=lambda: NOW)
    follower.follow()
    kinds = [one.kind for one in jobs.orders]
    # The first release has a report; the second stands on evidence it shares with the first.
    checks = [one for one in jobs.orders if one.kind is JobKind.CHECK]
    assert [one.about["release"] for one in checks] == [promoted.digest("demo@1.1.0")]
    assert kinds.count(JobKind.NOTIFY) == 1
    with promoted.registry.reading() as view:
        assert mark.at == view.size
    assert follower.follow() == ()


@contextlib.contextmanager
def worker(promoted: Promoted, keys: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker with carl's key."""
    with passphrase_fd(PASSPHRASES["carl"]) as descriptor:
        environ = {"WEIGHBRIDGE_KEYS": str(keys), VARIABLE: str(descriptor)}
        process = subprocess.Popen(
            command("worker", "--key", "carl", *words),
            cwd=promoted.folder,
            env=clean_environ() | environ,
            pass_fds=[descriptor],
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def until(jobs: DbosJobs, key: str, *states: JobState, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.get(key)
        if job is not None and job.state in states:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{key} did not come so far: {jobs.get(key)}")


@pytest.fixture
def jobs(promoted: Promoted) -> Iterator[DbosJobs]:
    tables = JobTables(address_of(str(promoted.folder / STORE)))
    tables.make()
    found = DbosJobs(tables)
    yield found
    found.close()


@pytest.mark.slow
def test_a_worker_works_off_what_follows(
    promoted: Promoted, all_keys: Path, jobs: DbosJobs
) -> None:
    second = promoted.digest("demo@1.1.0")
    assert reports(promoted, second) == []
    with worker(promoted, all_keys, "--once") as process:
        _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert len(reports(promoted, second)) == 1
    over = {job.order.kind: job for job in jobs.list()}
    assert {kind.value for kind in over} == {"check", "re-evaluate", "rescan", "notify", "warn"}
    assert {job.state for job in jobs.list()} == {JobState.DONE}, jobs.list()
    assert f"{over[JobKind.CHECK].order.key} {second} done" in told


@pytest.mark.slow
def test_a_check_whose_worker_is_killed_is_reported_once(
    promoted: Promoted, all_keys: Path, jobs: DbosJobs
) -> None:
    release = promoted.digest(FIRST)
    before = reports(promoted, release)
    asked = Order(key="asked:killed", kind=JobKind.CHECK, about={"release": release})
    jobs.order(asked)
    with worker(promoted, all_keys) as first:
        until(jobs, asked.key, JobState.RUNNING)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with worker(promoted, all_keys) as second:
        until(jobs, asked.key, JobState.DONE, JobState.FAILED, seconds=60)
        second.send_signal(signal.SIGTERM)
        assert second.wait(40) == 0
    done = jobs.get(asked.key)
    assert done is not None
    assert done.state is JobState.DONE, done
    assert len(reports(promoted, release)) == len(before) + 1


def test_reading_needs_nothing_that_workers_do(promoted: Promoted) -> None:
    code = (
        "import sys\nfrom weighbridge.cli.main import main\n"
        "main(['check', '--engine=here', '--no-progress'])\n"
        "sys.exit(bool({'dbos', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [*command()[:1], "-c", code], cwd=promoted.folder, env=clean_environ(), check=False
    )
    assert done.returncode == 0
