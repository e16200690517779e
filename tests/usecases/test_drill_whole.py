"""The whole drill, and with one thing switched off at a time: what then gets through hung on it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import Clock
from tests.usecases.drilled import NOW, Drilled, drilled_folder
from weighbridge.adapters.keys import KeyFolder
from weighbridge.usecases.drilling.faults import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.drill import Drill

__all__ = ["drilled_folder"]

AT_LEAST = 28
SWITCHES = (
    "SEC001",
    "DEP009",
    "fresh:report",
    "approvals:0",
    "licence-stated",
    "source-known",
)
"""What is switched off in turn; what must get through then is the drill's own word."""


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, drilled_folder: Path, all_keys: Path
) -> Drilled:
    folder = tmp_path_factory.mktemp("whole") / "project"
    shutil.copytree(drilled_folder, folder)
    return Drilled(folder, KeyFolder(all_keys), Clock(NOW))


@pytest.fixture(scope="module")
def whole(story: Drilled) -> Drill:
    return story.drill()


@pytest.mark.slow
def test_under_the_baseline_every_fault_is_caught(whole: Drill) -> None:
    assert whole.controls == ()
    assert [(one.name, one.why) for one in (*whole.through, *whole.unclear)] == []
    assert whole.verdict == "pass"
    assert len(whole.caught) >= AT_LEAST
    assert [one.name for one in whole.absent] == []
    assert len(whole.planted) == len(FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("switch", SWITCHES)
def test_without_one_thing_exactly_what_hangs_on_it_gets_through(
    switch: str, whole: Drill, story: Drilled
) -> None:
    """Tried are all faults in whose way it stood, and some in whose way it never did."""
    foretold = whole.single[switch]
    met = [one.name for one in whole.planted if any(switch in line for line in one.lines)]
    others = [one.name for one in whole.planted if one.name not in met][1::40]
    found = story.drill(*met, *others, off=[switch])
    assert [one.name for one in found.through] == list(foretold) != []
    assert found.verdict == "fail"
    assert {one.name for one in found.caught} == {*met, *others} - {*foretold}
    assert found.controls == ()
