"""Nothing is known of a release: nobody sends requests, or Prometheus is gone. So it is said."""

from __future__ import annotations

import os
import signal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import Ground, settled, short, soon
from tests.tools import tool
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripts.canary.yard import Yard
    from tests.delivery.releases import Releases

pytestmark = pytest.mark.slow
PROGRAMS = {"haproxy": "sbin", "prometheus": "bin"}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory, yard: Yard) -> Iterator[Path]:
    """Tools of which one can be taken away."""
    folder = tmp_path_factory.mktemp("tools") / "usr"
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


@pytest.fixture(scope="module")
def ground(tools: Path, yard: Yard, releases: Releases) -> Iterator[Ground]:
    del tools
    with settled(Ground(yard, releases, "unknown")) as found:
        yield found


def test_without_requests_it_waits_for_a_person(ground: Ground) -> None:
    old = ground.standing
    quiet = ground.promote("quiet-paused")
    driver = ground.drive()
    said = driver.says("paused:")
    assert "analysis errors" in said
    paused = ground.status()["delivery"]["paused"]
    assert (paused["why"], paused["name"]) == ("analysis", "errors")
    # It keeps what it has: both run, and nobody took anything out.
    assert set(ground.servers()) == {short(old), short(quiet)}
    ground.order("abort")
    done = driver.done(wanted=1)
    assert (done["phase"], done["cause"]["why"]) == ("rolled-back", "order")
    assert done["cause"]["text"] == "the tests say so"
    assert set(ground.servers()) == {short(old)}
    assert ground.status()["release"] == old


def test_without_requests_it_goes_back_where_its_manifest_says_so(ground: Ground) -> None:
    old = ground.standing
    ground.promote("quiet-failed")
    done = ground.deliver(wanted=1)
    assert (done["phase"], done["previous"]) == ("rolled-back", old)
    assert (done["cause"]["why"], done["cause"]["name"]) == ("analysis", "errors")
    measured = ground.entries(Kind.DELIVERY_MEASURED)
    assert {one["outcome"] for one in measured if one["analysis"] == "errors"} == {"failure"}
    assert set(ground.servers()) == {short(old)}


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
