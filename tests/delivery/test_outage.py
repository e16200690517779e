"""Prometheus ends and does not come back: nothing is known of the release, and it waits."""

from __future__ import annotations

import os
import signal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import Ground, short, soon
from tests.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripts.canary.yard import Yard
    from tests.delivery.releases import Releases

pytestmark = pytest.mark.slow
PROGRAMS = {"haproxy": "sbin", "prometheus": "bin"}


@pytest.fixture
def tools(tmp_path: Path, yard: Yard) -> Iterator[Path]:
    """Tools of which one can be taken away."""
    folder = tmp_path / "tools" / "usr"
    for name, where in PROGRAMS.items():
        (folder / where).mkdir(parents=True)
        (folder / where / name).symlink_to(tool(name))
    (folder / "lib").symlink_to(tool("haproxy").parents[1] / "lib")
    before = yard.environ
    yard.environ = {**before, "WEIGHBRIDGE_TOOLS": str(folder.parent), "PATH": without(before)}
    yield folder
    yard.environ = before


def without(environ: dict[str, str]) -> str:
    """Return the path without folders that have a Prometheus."""
    folders = environ["PATH"].split(os.pathsep)
    return os.pathsep.join(one for one in folders if not os.access(f"{one}/prometheus", os.X_OK))


@pytest.fixture
def ground(tools: Path, yard: Yard, releases: Releases) -> Iterator[Ground]:
    del tools
    found = Ground(yard, releases, "outage")
    found.apply()
    found.promote("old")
    found.deliver()
    try:
        yield found
    finally:
        found.end()


def test_without_metrics_it_waits_and_goes_on_once_they_are_back(
    ground: Ground, tools: Path
) -> None:
    old = ground.standing
    new = ground.promote("unmeasured")
    program = tools / "bin" / "prometheus"
    with ground.traffic() as traffic:
        driver = ground.drive()
        driver.says("errors 0 of")
        kept = program.readlink()
        program.unlink()
        os.kill(ground.record("prometheus")["pid"], signal.SIGKILL)
        said = driver.says("paused:")
        assert "the metrics could not be asked" in said
        status = ground.status()["delivery"]
        assert (status["phase"], status["weight"]) == ("rolling-out", 50)
        assert set(ground.servers()) == {short(old), short(new)}
        before = len(traffic.answers)
        soon(lambda: len(traffic.answers) > before + 100, "requests were answered meanwhile")
        assert {one.release for one in traffic.answers[before:]} == {old, new}
        program.symlink_to(kept)
        driver.says("errors 0 of")
        ground.order("resume")
        done = driver.done()
        assert {one.status for one in traffic.answers} == {HTTPStatus.OK}
    assert (done["phase"], done["release"]) == ("delivered", new)
    assert set(ground.servers()) == {short(new)}
    assert ground.alerts() == {short(new)}
