"""`remedy REF --to ENV`: what a promotion still takes, and following it to the end does pass."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tests.usecases.stage import FIRST

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


def guide(stage: Stage, to: str = "production") -> tuple[int, str]:
    ran = stage("remedy", FIRST, f"--to={to}")
    return ran.code, ran.out


def test_what_is_left_is_numbered_with_who_and_what_for(stage: Stage) -> None:
    code, text = guide(stage)
    assert code == 1
    lines = text.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("   1. "))
    assert all(line.startswith("done  ") for line in lines[:first])
    assert "done  signed-by-builder: a builder signed it" in lines
    assert lines[first:] == [
        f"   1. weighbridge promote {FIRST} --to staging --key NAME",
        "        meets   promoted-before",
        f"   2. weighbridge approve {FIRST} --to production --key NAME",
        "        who     ml-lead: mia",
        "        meets   approvals:0",
        f"   3. weighbridge approve {FIRST} --to production --key NAME",
        "        who     sre: max",
        "        meets   approvals:1",
        f"   4. weighbridge promote {FIRST} --to production --key NAME",
        "        who     releaser: dora",
        f"denied: {FIRST} to production: 3 steps before it may go",
    ]


def test_whoever_takes_every_step_is_let_through(stage: Stage) -> None:
    taken = []
    while True:
        found = stage("remedy", FIRST, "--to=production", "--output-format=json").json
        if not found["steps"]:
            break
        step = found["steps"][0]
        taken.append(step["do"])
        words = shlex.split(step["command"].replace(" --key NAME", ""))[1:]
        by = step["people"][-1] if step["people"] else "dora"
        stage.done(*words, by=by)
    assert taken == ["promote", "approve", "approve"]
    assert (found["verdict"], found["open"]) == ("allowed", [])
    code, text = guide(stage)
    assert code == 0
    assert text.endswith(f"allowed: {FIRST} to production: nothing is left but to promote it\n")
    assert stage.promote(FIRST, "production").code == 0


def test_nothing_is_logged_and_no_rules_are_chosen(stage: Stage) -> None:
    before = stage.kinds()
    assert guide(stage, "staging")[0] == 0
    assert stage.kinds() == before
    assert stage("remedy", FIRST, "--to=production", "--select=INT001").code == 2
    assert stage("remedy", FIRST, "--to=nowhere").code == 2
