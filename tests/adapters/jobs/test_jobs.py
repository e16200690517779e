"""Jobs on SQLite: ordered once, run by several workers, handed on when one dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from weighbridge.adapters.jobs.runtime import pause
from weighbridge.adapters.jobs.tables import address_of
from weighbridge.model.errors import JobError, StorageError
from weighbridge.model.team.job import Job, JobKind, JobState, Order
from weighbridge.model.team.job_settings import JobSettings

if TYPE_CHECKING:
    from tests.adapters.jobs.conftest import Yard


def order(key: str, does: str = "") -> Order:
    return Order(key=key, kind=JobKind.CHECK, about={"does": does}, asked="ann", entry=3)


def over(job: Job) -> bool:
    return job.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


def test_what_nobody_ordered_is_not_there(yard: Yard) -> None:
    assert yard.jobs.list() == []
    assert yard.jobs.get("check:1") is None
    assert yard.jobs.cancel("check:1") is None


def test_ordered_twice_it_is_one_job(yard: Yard) -> None:
    first = yard.jobs.order(order("check:1"))
    again = yard.jobs.order(Order(key="check:1", kind=JobKind.PACK))
    assert first == again
    assert first.order == order("check:1")
    assert (first.state, first.attempts, first.started, first.ended) == (
        JobState.WAITING,
        0,
        "",
        "",
    )
    assert first.created.endswith("Z")


def test_pages_leave_nothing_out(yard: Yard) -> None:
    keys = {f"check:{number}" for number in range(7)}
    for key in keys:
        yard.jobs.order(order(key))
    yard.jobs.cancel("check:3")
    listed: list[str] = []
    while page := yard.jobs.list(after=listed[-1] if listed else "", limit=3):
        listed += [job.order.key for job in page]
    assert len(listed) == 7
    assert set(listed) == keys
    cancelled = yard.jobs.list(state=JobState.CANCELLED)
    assert [job.order.key for job in cancelled] == ["check:3"]
    with pytest.raises(JobError, match="there is no job nothing"):
        yard.jobs.list(after="nothing")


def died_of(yard: Yard, key: str) -> None:
    """Have a job be run by a worker nobody hears of."""
    work = yard.tables.work
    running = sa.update(work).where(work.c.workflow_uuid == key)
    with yard.tables.engine.begin() as connection:
        connection.execute(running.values(status="PENDING", executor_id="dead"))


def test_a_job_that_kills_whoever_runs_it_is_given_up(yard: Yard) -> None:
    yard.jobs.order(order("check:1"))
    for _ in range(4):
        died_of(yard, "check:1")
        assert yard.tables.take_over(1.0) == 1
        waiting = yard.jobs.get("check:1")
        assert waiting is not None
        assert waiting.state is JobState.WAITING
    died_of(yard, "check:1")
    assert yard.tables.take_over(1.0) == 0
    failed = yard.jobs.get("check:1")
    assert failed is not None
    assert failed.state is JobState.FAILED
    assert failed.error == "WB274 whoever began it died of it, again and again"
    assert failed.ended.endswith("Z")


def test_what_was_cancelled_is_not_taken_over(yard: Yard) -> None:
    yard.jobs.order(order("check:1"))
    died_of(yard, "check:1")
    yard.jobs.cancel("check:1")
    assert yard.tables.is_cancelled("check:1")
    assert yard.tables.take_over(1.0) == 0
    assert yard.tables.hand_back("dead") == 0
    assert yard.tables.is_cancelled("check:1")


def test_what_somebody_runs_who_lives_is_not_taken_over(yard: Yard) -> None:
    yard.jobs.order(order("check:1"))
    died_of(yard, "check:1")
    yard.tables.beat("dead", "not dead")
    assert yard.tables.take_over(20.0) == 0
    assert yard.tables.hand_back("dead") == 1
    assert yard.tables.take_over(20.0) == 0


@pytest.mark.parametrize(
    ("registry", "address"),
    [
        ("/srv/registry", "sqlite:////srv/registry/jobs.db"),
        ("postgresql://u@db/team", "postgresql+psycopg://u@db/team"),
    ],
)
def test_jobs_lie_where_the_registry_does(registry: str, address: str) -> None:
    assert address_of(registry) == address


def test_workers_of_a_server_run_beside_it() -> None:
    with pytest.raises(StorageError, match="jobs are kept where the registry is"):
        address_of("https://registry.example.com")


@pytest.mark.slow
def test_what_becomes_of_jobs(yard: Yard) -> None:
    for does in ("well", "away", "missing", "bug"):
        yard.jobs.order(order(does, does))
    yard.start()
    well = yard.until("well", over)
    assert (well.state, well.result, well.error) == (JobState.DONE, {"since": 7}, "")
    assert well.worker.startswith("worker-")
    assert yard.until("away", over).state is JobState.DONE
    missing = yard.until("missing", over)
    assert missing.state is JobState.FAILED
    assert missing.error.endswith("there is no such release")
    assert missing.error.startswith("WB")
    assert yard.until("bug", over).error.endswith("weighbridge has a bug: ZeroDivisionError")
    begun = [line.split()[2] for line in yard.log if " begun " in line]
    assert [begun.count(key) for key in ("well", "away", "missing", "bug")] == [1, 3, 1, 1]


@pytest.mark.slow
def test_what_a_killed_worker_did_is_done_by_another(yard: Yard) -> None:
    killed = yard.start()
    yard.jobs.order(order("held", "held"))
    yard.until("held", lambda job: job.state is JobState.RUNNING and bool(yard.log))
    other = yard.start()
    killed.kill()
    killed.wait()
    yard.open_gate()
    done = yard.until("held", over)
    assert (done.state, done.worker) == (JobState.DONE, f"worker-{other.pid}")
    # How long the ledger was is what the first one had noted.
    assert yard.log == [
        f"{killed.pid} begun held 7",
        f"{other.pid} begun held 7",
        f"{other.pid} done held",
    ]


@pytest.mark.slow
def test_workers_share_and_hand_back(yard: Yard) -> None:
    first, second = yard.start(), yard.start()
    for number in range(4):
        yard.jobs.order(order(f"held:{number}", "held"))
    for number in range(4):
        yard.until(f"held:{number}", lambda job: job.state is JobState.RUNNING)
    runs = [job.worker for job in yard.jobs.list()]
    assert sorted(runs) == sorted([f"worker-{first.pid}", f"worker-{second.pid}"] * 2)
    assert first.stdin is not None
    first.stdin.close()
    assert first.wait(30) == 0
    yard.open_gate()
    for number in range(4):
        done = yard.until(f"held:{number}", over)
        assert (done.state, done.worker) == (JobState.DONE, f"worker-{second.pid}")


@pytest.mark.slow
def test_cancelled_jobs_end(yard: Yard) -> None:
    yard.jobs.order(order("waits"))
    waits = yard.jobs.cancel("waits")
    assert waits is not None
    assert waits.state is JobState.CANCELLED
    yard.start()
    yard.jobs.order(order("held", "held"))
    yard.until("held", lambda job: job.state is JobState.RUNNING and bool(yard.log))
    yard.jobs.cancel("held")
    yard.open_gate()
    yard.jobs.order(order("last"))
    yard.until("last", over)
    assert yard.until("held", over).state is JobState.CANCELLED
    assert not [line for line in yard.log if "waits" in line]


def test_one_worker_at_a_time_looks_for_dead_ones(yard: Yard) -> None:
    assert yard.tables.take_turn(30)
    assert not yard.tables.take_turn(30)


def test_a_bookmark_only_moves_on(yard: Yard) -> None:
    assert yard.tables.read() is None
    yard.tables.move(5)
    yard.tables.move(3)
    assert yard.tables.read() == 5


def test_pauses_grow_and_are_jittered() -> None:
    settings = JobSettings(pause=4, longest_pause=60)
    waits = [pause("check:1", number, settings) for number in range(1, 9)]
    for number, seconds in enumerate(waits):
        whole = min(4 * 2**number, 60)
        assert whole / 2 <= seconds <= whole
    assert waits == [pause("check:1", number, settings) for number in range(1, 9)]
    assert waits != [pause("check:2", number, settings) for number in range(1, 9)]
