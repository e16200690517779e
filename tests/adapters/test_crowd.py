from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_sandbox import LIMITS, running
from tests.children import tell_as_nobody
from tests.tools import tool, tool_environment
from weighbridge.adapters.runners.processes import ProcessRunner
from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
from weighbridge.adapters.sandbox.crowd import joining, maker_of, parents, tasks_of
from weighbridge.adapters.sandbox.interpreter import this_interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.model.sandbox import Confined
from weighbridge.model.trial import NoAnswerError, Served

if TYPE_CHECKING:
    from weighbridge.adapters.sandbox.bubblewrap import Bubblewrap

TASKS = 64
HELD = replace(LIMITS, tasks=TASKS)
ENOUGH = 200
"""Copies after which a bomb makes no more, should nobody refuse it one."""
BOMB = f"""
import os, select
told = os.memfd_create("told")
while os.fstat(told).st_size < {ENOUGH}:
    try: made = os.fork()
    except OSError: made = 1; select.select([], [], [], 0.1)
    if not made:
        os.write(told, b"x")
        os.write(2, b"x")
select.select([], [], [], 60)
"""
SHELL_BOMB = f"""
for one in $(seq {ENOUGH}); do sleep 9 & echo x; done
"""


@pytest.fixture(params=["sandbox", "process"])
def place(request: pytest.FixtureRequest) -> Bubblewrap | LimitedProcess:
    return sandbox() if request.param == "sandbox" else LimitedProcess()


def sandbox() -> Bubblewrap:
    return open_bubblewrap(tool_environment() | {"PATH": str(tool("bwrap").parent)}, tracing=False)


def here() -> list[Path]:
    return list(
        parents(*(Path(f"/proc/self/{one}").read_text() for one in ("mountinfo", "cgroup")))
    )


def groups() -> set[Path]:
    """List the groups that this process has made and not removed."""
    return {group for folder in here() for group in folder.glob(f"{maker_of(os.getpid())}*")}


def most() -> int:
    """Return how many tasks a program gets: root is held where it can make a group."""
    held = os.getuid() or any(os.access(folder, os.W_OK) for folder in here())
    return TASKS if held else 10 * ENOUGH


def test_a_program_that_copies_itself_for_ever_is_refused(
    place: Bubblewrap | LimitedProcess,
) -> None:
    program = Confined(
        command=(this_interpreter().program, "-I", "-S", "-c", f"{BOMB}\n# bomb-{os.getpid()}"),
        bounds=this_interpreter().bounds,
        limits=replace(HELD, wall=2.0),
    )
    ran = place.run(program)
    assert ran.stopped == "it ran for 2 seconds"
    assert TASKS // 2 < len(ran.errors) <= most()
    assert f"bomb-{os.getpid()}" not in running()
    assert groups() == set()


def test_a_model_that_copies_itself_for_ever_gives_no_answer(
    tmp_path: Path, place: Bubblewrap | LimitedProcess
) -> None:
    mark = f"bomb-{os.getpid()}-{place.confines}.py"
    (tmp_path / mark).write_text(BOMB)
    runner = ProcessRunner(place, this_interpreter(), unconfined=True, limits=HELD, patience=2.0)
    served = Served(runner="command", folder=str(tmp_path), command=(sys.executable, mark))
    with runner.open(served) as model:
        with pytest.raises(NoAnswerError, match="said nothing for 2 seconds"):
            model.ask({"x": 1})
        assert TASKS // 2 < running().count(mark) <= most() + 2  # bubblewrap's name it, too
    assert mark not in running()
    assert groups() == set()


def test_an_ordinary_user_is_held_without_any_group(place: Bubblewrap | LimitedProcess) -> None:
    def bomb() -> str:
        ran = place.run(
            Confined(
                command=("/bin/sh", "-c", SHELL_BOMB),
                environ={"PATH": "/usr/bin:/bin"},
                limits=HELD,
            )
        )
        return f"{ran.output.count(b'x')} {ran.errors.decode()}"

    made, _, errors = tell_as_nobody(bomb).partition(" ")
    assert "fork" in errors
    # If others of the same user end meanwhile, it gets theirs.
    assert TASKS // 2 < int(made) <= 2 * TASKS


def test_tasks_of_a_user_are_counted() -> None:
    before = tasks_of(os.getuid())
    assert before >= 1
    assert tasks_of(4_294_967_294) == 0


V1 = "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
V2 = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
OTHERS = (
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
)


@pytest.mark.parametrize(
    ("mounts", "own", "found"),
    [
        (OTHERS + V1, "8:pids:/\n4:memory:/jobs/7\n", ["pids"]),
        (V1, "8:cpu,pids:/jobs/7\n", ["pids/jobs/7", "pids/jobs", "pids"]),
        (V2, "0::/user.slice\n", ["unified/user.slice", "unified"]),
        (OTHERS + V1 + V2, "8:pids:/a\n0::/b\n", ["pids/a", "pids", "unified/b", "unified"]),
        (V1.replace(" / ", " /docker/1 "), "8:pids:/docker/1/a\n", ["pids/a", "pids"]),
        (V1, "8:pids:/../other\n", ["pids"]),
        (V2.replace(" / ", " /../.. "), "0::/\n", ["unified"]),
        (OTHERS, "4:memory:/jobs/7\n", []),
        ("", "", []),
    ],
    ids=["v1", "v1, nested", "v2", "both", "container", "elsewhere", "above", "none", "no Linux"],
)
def test_where_groups_can_be_made_is_read(mounts: str, own: str, found: list[str]) -> None:
    assert list(parents(mounts, own)) == [Path("/sys/fs/cgroup", one) for one in found]


def test_where_no_group_can_be_made_nothing_is_joined(tmp_path: Path) -> None:
    for within in ([], [tmp_path / "missing"], [tmp_path]):
        with joining(TASKS, within) as join:
            join()


def test_a_group_whose_maker_was_killed_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        left, lives = tmp_path / f"{maker_of(process.pid)}a", tmp_path / f"{maker_of(os.getpid())}a"
        space, number, began = left.name.split("-")[1:4]
        reused = tmp_path / f"weighbridge-{space}-{number}-{int(began) - 1}-a"
        foreign = tmp_path / f"weighbridge-1{space}-{number}-{began}-a"
        for group in (left, lives, reused, foreign):
            group.mkdir()
        with joining(TASKS, [tmp_path]):
            assert [one.exists() for one in (left, lives, reused, foreign)] == [1, 1, 0, 1]
    with joining(TASKS, [tmp_path]):
        assert [one.exists() for one in (left, lives, foreign)] == [False, True, True]
