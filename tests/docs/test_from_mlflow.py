"""The tutorial for people who have MLflow, as they need it: from the logged model on, by it alone.

Nothing but the page's own files and commands is used, and all of it takes less than 15 minutes.
"""

from __future__ import annotations

import json
import time
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from scripts import mlflow_project
from scripts.shown_commands import Shell, blocks, commands
from tests.mlflow_stores import tracking_server
from tests.tools import mlflow_python
from weighbridge.adapters.notifying.outbox import FolderOutbox
from weighbridge.model.notification import Standing

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 15 * 60
"""Seconds, by the issue."""


@pytest.mark.slow
def test_a_logged_model_comes_to_staging_by_the_pages_commands_alone(tmp_path: Path) -> None:
    begun = time.monotonic()
    shell = Shell(tmp_path)
    mlflow_project.lay_out(shell.home)
    for words in ("init --quiet --initial-branch main", "add --all", "commit --quiet --message x"):
        shell.run(f"git -C iris {words}")
    for block in blocks(mlflow_project.TUTORIAL.read_text(encoding="utf-8")):
        if block.title:
            shell.make(block.title, block.body)
        elif block.language == "console":
            for shown in commands(block.body):
                printed = shell.run(shown.command)
                assert shell.run("echo $?") == "0\n", f"{shown.command}{printed}"
    taken = time.monotonic() - begun
    (pointer,) = json.loads(shell.run("weighbridge status --output-format json"))["pointers"]
    release = json.loads(shell.run("weighbridge show iris@1.0.0 --output-format json"))
    assert (pointer["environment"], pointer["name"], pointer["generation"]) == (
        "staging",
        "iris",
        1,
    )
    assert pointer["release"] in json.dumps(release)
    for words in ("--role builder", "--role builder --type https://weighbridge.dev/import/v1"):
        command = f"weighbridge verify iris@staging {words} --output-format json"
        assert json.loads(shell.run(command))["ok"] is True
    assert taken < LONGEST
    with tracking_server() as server:
        assert _told(shell, server.address) == "models: 1 sent\n  staging is iris 1 now\n"
    assert server.aliases == [{"name": "iris", "alias": "staging", "version": "1"}]


def _told(shell: Shell, address: str) -> str:
    """Have MLflow's aliases follow the pointers, from the registry's first entry on."""
    registry = shell.home / "iris/.weighbridge"
    sink = f'[[sink]]\nname = "models"\nkind = "mlflow"\nurl = "{address}"\n'
    (registry / "notify.toml").write_text(sink)
    FolderOutbox(registry).keep({"models": Standing(after=0)})
    return shell.run("weighbridge log notify")


def test_the_lock_of_the_project_holds_what_its_packages_need() -> None:
    locked = {
        line.partition("==")[0] for line in mlflow_project.lock().splitlines() if "==" in line
    }
    python = mlflow_python()
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    needed, left = set[str](), ["scikit-learn", "skops"]
    while left:
        name = left.pop()
        needed.add(name)
        (found,) = metadata.distributions(name=name, path=[str(site)])
        for text in found.requires or ():
            wanted = Requirement(text)
            applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if applies and wanted.name.lower() not in needed:
                left.append(wanted.name.lower())
    assert locked == needed
