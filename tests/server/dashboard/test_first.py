"""First steps: what was done is ticked, and what comes next is open."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.server.dashboard.conftest import NOW
from tests.server.dashboard.desk import desk_of
from tests.usecases.cast import STORE, Clock
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.server.dashboard.guidebook import guidebook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.dashboard.desk import Desk


def test_where_nothing_was_done_the_first_step_is_open(bare: Desk) -> None:
    found = bare.told("/start")
    assert (found["done"], found["next"]) == (0, 0)
    assert found["steps"][0]["commands"] == [
        "weighbridge init",
        "weighbridge check",
        "weighbridge seal",
    ]
    page = bare.page("/start").text
    assert page.count("<details open>") == 1
    assert "weighbridge promote NAME@VERSION --to staging --dry-run" in page


def test_each_step_leads_to_the_docs(bare: Desk) -> None:
    for step in bare.told("/start")["steps"]:
        assert step["docs"] in guidebook().pages


def test_where_a_release_was_sealed_people_come_next(tmp_path: Path, staged: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(staged, folder)
    registry = EmbeddedRegistry(folder / STORE, clock=Clock(NOW))
    with desk_of(registry, tmp_path, lambda: NOW) as desk:
        found = desk.told("/start")
    registry.close()
    done = [one["name"] for one in found["steps"] if one["done"]]
    assert done == [
        "Write the papers and seal a release",
        "Name the owners",
        "Trust people with roles",
    ]
    assert found["steps"][found["next"]]["name"] == "Sign the release"
    assert found["steps"][3]["commands"] == ["weighbridge sign demo@1.0.0 --key bea"]


def test_where_a_release_stands_all_is_done(desk: Desk) -> None:
    found = desk.told("/start")
    assert (found["done"], found["next"]) == (len(found["steps"]), None)
    assert "A release stands in an environment" in desk.page("/start").words
