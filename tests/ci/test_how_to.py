"""What the how-to has people copy: it names what there is, and asks for no more than it takes."""

from __future__ import annotations

import re
from typing import Any

import yaml

from scripts.shown_commands import blocks
from tests.ci.pipeline import ROOT, SCRIPT

PAGE = (ROOT / "docs/how-to/weigh-in-ci.md").read_text(encoding="utf-8")


def shown(name: str) -> dict[Any, Any]:
    (found,) = [block.body for block in blocks(PAGE) if block.title == name]
    document: dict[Any, Any] = yaml.safe_load(found)
    return document


def action() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return found


def test_the_workflow_gives_inputs_there_are_and_pins_what_it_uses() -> None:
    (job,) = shown(".github/workflows/weigh.yaml")["jobs"].values()
    checkout, weigh = job["steps"]
    assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", checkout["uses"])
    assert checkout["with"]["persist-credentials"] is False
    assert weigh["uses"] == "OWNER/weighbridge@COMMIT"
    assert set(weigh["with"]) <= set(action()["inputs"])
    assert "${{" not in PAGE


def test_the_workflow_may_do_no_more_than_it_takes() -> None:
    workflow = shown(".github/workflows/weigh.yaml")
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert workflow[True] == ["pull_request"]  # `on`, to a reader of YAML 1.1


def test_every_input_is_told_of() -> None:
    told = re.findall(
        r"^\| `([a-z-]+)` \| .* \|$", PAGE.split("## GitHub Actions")[1], re.MULTILINE
    )
    assert told == list(action()["inputs"])


def test_the_gitlab_example_includes_what_is_there_and_sets_what_is_read() -> None:
    found = shown(".gitlab-ci.yml")
    (included,) = found["include"]
    assert (ROOT / included["file"].removeprefix("/")).is_file()
    script = SCRIPT.read_text(encoding="utf-8")
    named = {*found["weigh"]["variables"], *re.findall(r"`(WEIGH_\w+)`", PAGE)}
    assert {name for name in named if f"${{{name}" not in script} == set()


def test_the_pre_commit_example_names_the_hooks_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repository,) = shown(".pre-commit-config.yaml")["repos"]
    assert [one["id"] for one in repository["hooks"]] == [hook["id"] for hook in hooks]
