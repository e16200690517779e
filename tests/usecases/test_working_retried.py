"""What is away is tried again with pauses; what stays away fails, with code and sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sinks import web_sink
from tests.usecases.conftest import committed
from tests.usecases.crews import crew_of
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.test_working_warn import told_by
from weighbridge.adapters.notifying.outbox import FolderOutbox
from weighbridge.model.notification import Standing
from weighbridge.model.team.job import JobKind, JobState, Order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.promoted import Promoted

__all__ = ["committed", "promoted", "promoted_folder"]
pytestmark = pytest.mark.slow


def waiting(promoted: Promoted) -> FolderOutbox:
    """Have one entry that was not told of yet."""
    with promoted.registry.reading() as view:
        size = view.size
    outbox = FolderOutbox(promoted.registry.root)
    outbox.keep({"sink0": Standing(after=size - 1)})
    return outbox


@pytest.mark.parametrize("kind", [JobKind.NOTIFY, JobKind.WARN])
def test_a_sink_that_fails_five_times_is_told_in_the_end(
    promoted: Promoted, all_keys: Path, kind: JobKind
) -> None:
    outbox = waiting(promoted)
    with web_sink() as sink, crew_of(promoted.folder, all_keys) as crew:
        told_by(promoted, sink, when="true")
        sink.failing = 5
        asked = Order(key="asked:told", kind=kind)
        worker = crew.start()
        crew.jobs.order(asked)
        done = crew.over(asked)
        crew.kill(worker)
        assert worker.stdout is not None
        said = worker.stdout.read().splitlines()
    assert (done.state, done.error) == (JobState.DONE, "")
    assert [line.split()[1] for line in said if line.startswith(asked.key)] == [
        *["begun", "waits:"] * 5,
        "begun",
        "done",
    ]
    names = [one["webhook-id"] for one in sink.headers]
    assert names[:6] == [names[0]] * 6
    assert done.result["sent"] == len(set(names))
    if kind is JobKind.NOTIFY:
        assert outbox.standings()["sink0"].failures == 0


@pytest.mark.parametrize("kind", [JobKind.NOTIFY, JobKind.WARN])
def test_a_sink_that_always_fails_fails_its_job(
    promoted: Promoted, all_keys: Path, kind: JobKind
) -> None:
    waiting(promoted)
    rules = "[retry]\nattempts = 3\npause = 0.01\n"
    with web_sink() as sink, crew_of(promoted.folder, all_keys, rules) as crew:
        told_by(promoted, sink, when="true")
        sink.status = 503
        asked = Order(key="asked:told", kind=kind)
        crew.start()
        crew.jobs.order(asked)
        failed = crew.over(asked)
    assert failed.state is JobState.FAILED
    assert failed.error.startswith("WB")
    assert "somebody could not be " in failed.error
    assert failed.error.endswith("sink0: it was answered with 503")
    assert len(sink.bodies) == 3


def test_what_may_not_be_fails_at_once(promoted: Promoted, all_keys: Path) -> None:
    release = promoted.digest("demo@1.0.0")
    replayed = Order(key="asked:replay", kind=JobKind.REPLAY, about={"release": release})
    about = {"release": release, "environment": "production", "to": "oci://a.example.com/b"}
    pushed = Order(key="asked:pack", kind=JobKind.PACK, about=about)
    with crew_of(promoted.folder, all_keys) as crew:
        crew.start()
        for asked in (replayed, pushed):
            crew.jobs.order(asked)
        found = [crew.over(asked) for asked in (replayed, pushed)]
    assert [(one.state, one.error.partition(": ")[0]) for one in found] == [
        (JobState.FAILED, "WB274 this worker makes no builds again"),
        (JobState.FAILED, "WB274 this worker does not push to oci://a.example.com/b"),
    ]
