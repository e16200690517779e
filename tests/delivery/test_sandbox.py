"""A release nobody promoted runs here: kept from the machine, and marked; and what cannot run."""

from __future__ import annotations

import json
import socket
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from scripts.canary.yard import NAME
from tests.delivery.ground import Ground, asked, short, soon
from tests.tools import validator
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.canary.yard import Ran, Yard
    from tests.delivery.releases import Releases

pytestmark = pytest.mark.slow
MANY = 50
FAILED, USAGE, NOT_TO_BE_HAD = 1, 2, 3


class Sandbox(Ground):
    """What runs here that nobody promoted."""

    def run(self, release: str, *more: str, wanted: int = 0, **options: str) -> Ran:
        """Run a release, or do something else with it."""
        known = {"bind": f"127.0.0.1:{self.port}", "environment": sys.prefix, **options}
        said = [word for key, text in known.items() for word in ("--option", f"{key}={text}")]
        reference = f"{NAME}@{self.releases.version(release)}"
        words = ("deliver", reference, "--to", "local", "--unpromoted", *said, *more)
        return self.yard.run(*words, wanted=wanted)

    def cannot(self, release: str, *, wanted: int, **options: str) -> str:
        """Run what cannot be run; return what is said, and see that nothing is left running."""
        done = self.run(release, wanted=wanted, **options)
        assert self.left() == []
        self.run(release, "--stop")
        return done.err + done.out


@pytest.fixture(scope="module")
def sandbox(yard: Yard, releases: Releases) -> Iterator[Sandbox]:
    found = Sandbox(yard, releases, "local")
    releases.digest("old")
    yield found
    assert found.left() == []


def test_it_is_contained_and_marked_and_ended(sandbox: Sandbox) -> None:
    digest = sandbox.releases.digest("old")
    done = sandbox.run("old", "--output-format", "json")
    said = json.loads(done.out)
    assert (said["phase"], said["unpromoted"], said["release"]) == ("delivered", True, digest)
    assert asked(sandbox.port, f"/v2/models/{NAME}")["name"] == NAME
    record = sandbox.record(f"release-{short(digest)}")
    assert record["about"]["contained"] == "yes"
    with sandbox.traffic() as traffic:
        soon(lambda: len(traffic.answers) > MANY, "requests were answered")
    assert {(one.status, one.release) for one in traffic.answers} == {(HTTPStatus.OK, digest)}
    (begun,) = sandbox.entries(Kind.DELIVERY_STARTED)
    assert (begun["unpromoted"], begun["environment"]) == (True, "local")
    told = json.loads(sandbox.yard.run("status", "--output-format", "json").out)
    assert [one["release"] for one in told["sandboxes"]] == [digest]
    assert not any(one["environment"] == "local" for one in told["pointers"])
    other = sandbox.run("old", wanted=USAGE, startSeconds="30")
    assert "runs here already, with other options" in other.err
    sandbox.run("old", "--stop")
    assert sandbox.left() == []
    assert sandbox.went()[-1] == ("stopped", 0)


def test_where_the_port_is_taken_nothing_is_left_running(sandbox: Sandbox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        said = sandbox.cannot("old", wanted=NOT_TO_BE_HAD, bind=where)
    assert f"requests cannot be taken at {where}: somebody else listens there" in said


def test_a_model_that_does_not_load_says_so(sandbox: Sandbox) -> None:
    sandbox.releases.digest("broken")
    said = sandbox.cannot("broken", wanted=FAILED)
    assert "was taken out: not-ready" in said
    assert "MatMul" in said


def test_an_environment_that_is_not_the_lock_is_refused(sandbox: Sandbox) -> None:
    other = str(validator("jsonschema").parents[1])
    said = sandbox.cannot("old", wanted=NOT_TO_BE_HAD, environment=other)
    assert "the Python environment is not the release's" in said


def test_a_command_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    said = sandbox.cannot("old", wanted=FAILED, command="unheard-of --port {port}")
    assert "was taken out: not-ready" in said
    assert "unheard-of" in said
