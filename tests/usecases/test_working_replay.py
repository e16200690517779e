"""Workers make builds again where they may, and sign what came of it once."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.tools import tool, tool_environment
from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import FIRST, STAGING, condition
from tests.usecases.test_replay_verb import ASKS, recorded
from weighbridge.adapters.keys import KeyFolder
from weighbridge.bootstrap import load_settings
from weighbridge.model.errors import JobError, NotAllowedError
from weighbridge.model.predicates import REPLAY
from weighbridge.model.team.job import JobKind, Order
from weighbridge.model.team.job_settings import JobSettings, ReplaySettings
from weighbridge.server.working import Work

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LD_LIBRARY_PATH", tool_environment()["LD_LIBRARY_PATH"])


@pytest.fixture
def built(stage: Stage) -> Stage:
    """Have the build of the first release on record, and a policy that asks for its replay."""
    recorded(stage)
    stage.rule(ASKS)
    stage.apply(STAGING.replace("staging@1", "own@1"))
    return stage


def work(stage: Stage, *, by: str = "carl", allow: bool = True) -> Work:
    settings = load_settings(stage.folder, start=stage.folder, environ={}, flags={"engine": "here"})
    return Work(
        settings=settings,
        environ=dict(os.environ),
        cancelled=lambda _: False,
        signer=KeyFolder(stage.keys).locked(by).unlock(PASSPHRASES[by]),
        rules=JobSettings(replay=ReplaySettings(allow=allow, inputs=str(stage.folder))),
    )


def order(stage: Stage) -> Order:
    return Order(key="asked:replay", kind=JobKind.REPLAY, about={"release": stage.release(FIRST)})


def replays(stage: Stage) -> list[int]:
    return [
        entry["index"] for entry in stage.entries() if entry["body"].get("predicateType") == REPLAY
    ]


def test_a_build_made_again_twice_is_evidence_once(built: Stage) -> None:
    doing = work(built)
    since = doing.begin()
    done = doing.perform(order(built), since)
    assert done["verdict"] == "bitwise"
    assert [one["verdict"] for one in done["outputs"]] == ["bitwise"]
    assert replays(built) == done["entries"]
    assert condition(built.ask(FIRST, "staging"), "evidence:replay").outcome == "met"
    assert doing.perform(order(built), since) == {"verdict": "", "entries": []}
    assert replays(built) == done["entries"]
    # Whoever asks again, later, has it made again.
    assert doing.perform(order(built), doing.begin())["verdict"] == "bitwise"
    assert len(replays(built)) == 2


def test_nothing_is_run_where_nobody_allowed_it(built: Stage) -> None:
    doing = work(built, allow=False)
    with pytest.raises(JobError, match="this worker makes no builds again") as raised:
        doing.perform(order(built), doing.begin())
    assert raised.value.faults[0].wanted == "[replay] allow = true"
    with pytest.raises(JobError, match="this worker makes no builds again"):
        replace(doing, rules=JobSettings()).perform(order(built), doing.begin())
    assert replays(built) == []


def test_what_a_worker_cannot_make_again_is_no_evidence(built: Stage) -> None:
    (built.folder / "train.py").write_text("other")
    doing = work(built)
    with pytest.raises(JobError, match=r"could not be made again here: 1 of \d+ inputs"):
        doing.perform(order(built), doing.begin())
    assert replays(built) == []


def test_a_release_without_a_recorded_build_fails_at_once(stage: Stage) -> None:
    doing = work(stage)
    with pytest.raises(JobError, match="no build that made a file of this release is recorded"):
        doing.perform(order(stage), doing.begin())


def test_one_cancelled_before_it_builds_or_enters_leaves_nothing(built: Stage) -> None:
    for times in (0, 1, 2):
        left = [times]

        def cancelled(key: str, left: list[int] = left) -> bool:
            assert key == "asked:replay"
            left[0] -= 1
            return left[0] < 0

        doing = replace(work(built), cancelled=cancelled)
        with pytest.raises(JobError, match="asked:replay was cancelled"):
            doing.perform(order(built), doing.begin())
        assert left == [-1]
    assert replays(built) == []


def test_who_is_no_checker_signs_nothing(built: Stage) -> None:
    doing = work(built, by="max")
    with pytest.raises(NotAllowedError, match="the signature does not count: wrong role"):
        doing.perform(order(built), doing.begin())
    assert [one for one in built.entries() if one["kind"] == "evidence.refused"]
