"""A release served by one inference server takes the place of one served by another, and back."""

from __future__ import annotations

import shlex
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import exposed, short
from tests.mlservers import served_by_mlserver
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.delivery.ground import Ground

pytestmark = pytest.mark.slow


def by_mlserver(ground: Ground) -> None:
    """Have the environment serve by mlserver what comes next."""
    words, _, variables = served_by_mlserver("rating", "1")
    program, *rest = words
    settings = [f"{name}={value}" for name, value in variables.items()]
    ground.apply(command=shlex.join([program, *settings, *rest]))


def serving(ground: Ground, digest: str) -> str:
    """Say what the process of a release runs."""
    words = Path(f"/proc/{ground.server(digest)}/cmdline").read_text()
    return "mlserver" if "mlserver" in words else "reference"


def test_mlserver_takes_the_place_of_the_reference_server(ground: Ground) -> None:
    old = ground.standing
    server = ground.server(old)
    by_mlserver(ground)
    new = ground.promote("by-mlserver")
    with ground.traffic() as traffic:
        driver = ground.drive()
        driver.says("gets 50 %")
        assert serving(ground, old) == "reference"
        assert serving(ground, new) == "mlserver"
        # The environment says another command by now; what runs, goes on as it was started.
        assert ground.server(old) == server
        done = driver.done()
        answers = list(traffic.answers)
    assert (done["phase"], done["release"]) == ("delivered", new)
    assert {one.status for one in answers} == {HTTPStatus.OK}
    assert {one.release for one in answers} == {old, new}
    assert set(ground.servers()) == {short(new)}
    measured = ground.entries(Kind.DELIVERY_MEASURED)
    values = [one["value"] for one in measured if one["outcome"] == "success" and "value" in one]
    assert "0" in values, "its own metrics judged it"


def test_one_with_errors_by_the_reference_server_goes_back_to_mlserver(ground: Ground) -> None:
    old = ground.standing
    server = ground.server(old)
    ground.apply()
    bad = ground.promote("errors")
    with ground.traffic() as traffic:
        done = ground.deliver(wanted=1)
    assert (done["phase"], done["previous"]) == ("rolled-back", old)
    assert (done["cause"]["why"], done["cause"]["name"]) == ("analysis", "errors")
    _, last = exposed(traffic.answers, bad)
    behind = [one for one in traffic.answers if one.sent > last]
    assert {(one.release, one.status) for one in behind} == {(old, HTTPStatus.OK)}
    assert ground.server(old) == server
    assert serving(ground, old) == "mlserver"
    assert ground.alerts() == {short(old)}


def test_the_reference_server_takes_the_place_of_mlserver(ground: Ground) -> None:
    old = ground.standing
    ground.apply()
    new = ground.promote("good")
    with ground.traffic() as traffic:
        done = ground.deliver()
        answers = list(traffic.answers)
    assert (done["phase"], done["release"]) == ("delivered", new)
    assert {one.status for one in answers} == {HTTPStatus.OK}
    assert {one.release for one in answers} == {old, new}
    assert serving(ground, new) == "reference"
    assert set(ground.servers()) == {short(new)}
