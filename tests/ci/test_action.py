"""The GitHub Action, read as a program: what it runs, and what may be put into that."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.ci.pipeline import ROOT, SCRIPT

EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
TOP = {"name", "description", "inputs", "outputs", "runs"}
STEP = {"id", "shell", "run", "env"}


def action() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return found


def flaws(found: dict[Any, Any]) -> list[str]:
    """List what an action must not be: its shape, expressions in what is run, loose actions."""
    said = [f"unknown key {key}" for key in set(found) - TOP]
    runs = found["runs"]
    said += [] if runs["using"] == "composite" else ["not composite"]
    for step in runs["steps"]:
        if "uses" in step:
            pinned = re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"])
            said += [] if pinned else [f"not pinned: {step['uses']}"]
            continue
        said += [f"unknown key {key}" for key in set(step) - STEP]
        said += [f"expression in {key}" for key in ("run", "shell") if "${{" in step[key]]
    for name, given in found["inputs"].items():
        said += [] if set(given) <= {"description", "default", "required"} else [f"input {name}"]
        said += [f"expression in input {name}"] if "${{" in str(given.get("default")) else []
    return said


def test_the_action_is_of_the_shape_runners_read() -> None:
    assert flaws(action()) == []
    assert all(isinstance(one["description"], str) for one in action()["inputs"].values())


@pytest.mark.parametrize(
    ("key", "value", "flaw"),
    [
        ("run", "echo ${{ github.head_ref }}", "expression in run"),
        ("shell", "${{ inputs.shell }}", "expression in shell"),
        ("uses", "actions/checkout@v4", "not pinned: actions/checkout@v4"),
        ("continue-on-error", True, "unknown key continue-on-error"),
    ],
)
def test_a_planted_flaw_is_seen(key: str, value: object, flaw: str) -> None:
    found = action()
    found["runs"]["steps"][0][key] = value
    assert flaws(found) == [flaw]


def test_it_uses_no_other_action_and_runs_the_script() -> None:
    (step,) = action()["runs"]["steps"]
    assert "uses" not in step
    assert step["run"] == 'sh "$GITHUB_ACTION_PATH/ci/weigh.sh"'
    assert SCRIPT == ROOT / "ci/weigh.sh"


def test_every_input_goes_into_one_variable_the_script_reads() -> None:
    (step,) = action()["runs"]["steps"]
    script = SCRIPT.read_text(encoding="utf-8")
    read = set(re.findall(r"\$\{(WEIGH_\w+)", script))
    assert set(step["env"]) == read - {"WEIGH_JUNIT"}
    values = " ".join(step["env"].values())
    assert set(re.findall(r"inputs\.([\w-]+)", values)) == set(action()["inputs"])
    told = set(re.findall(r"^#   (WEIGH_\w+)", script, re.MULTILINE))
    assert told == read


def test_no_text_of_a_pull_request_is_taken_but_numbers_and_hashes() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    taken = {one for found in EXPRESSION.findall(text) for one in re.findall(r"github\.\S+", found)}
    assert taken == {
        "github.event.pull_request.base.sha",
        "github.event.pull_request.number",
        "github.token",
    }
    outputs = {one["value"] for one in action()["outputs"].values()}
    script = SCRIPT.read_text(encoding="utf-8")
    for name in (re.findall(r"steps\.weigh\.outputs\.([\w-]+)", value)[0] for value in outputs):
        assert f"{name}=%s" in script
