"""Whoever drives is killed or interrupted: who runs the same command again ends it rightly."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import short
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.delivery.ground import Ground

pytestmark = pytest.mark.slow
PHASES = ("is prepared", "gets 10 %", "gets 50 %", "is watched")
INTERRUPTED = 130


def check_started_once(ground: Ground, *digests: str) -> None:
    """See that none of these was started a second time: what it said before would be kept."""
    logs = ground.folder / "logs"
    for digest in digests:
        assert (logs / f"release-{short(digest)}.log").exists()
        assert not (logs / f"release-{short(digest)}.log.1").exists()


def check_one_of_each(ground: Ground, *digests: str) -> None:
    """See that one process serves each of these, and none any other; and one of each program."""
    found = ground.servers()
    assert {name: len(pids) for name, pids in found.items()} == dict.fromkeys(
        map(short, digests), 1
    )
    programs = sorted(where.name for _, where in ground.left() if "releases" not in where.parts)
    assert programs == ["haproxy", "prometheus"]


def test_a_driver_that_is_killed_in_each_phase(ground: Ground) -> None:
    old = ground.standing
    new = ground.promote("good")
    server = 0
    with ground.traffic() as traffic:
        for phase in PHASES:
            driver = ground.drive()
            driver.says(phase)
            driver.kill()
            check_one_of_each(ground, old, new)
            assert server in {0, ground.server(new)}
            server = ground.server(new)
        done = ground.deliver()
        assert {one.status for one in traffic.answers} == {HTTPStatus.OK}
    assert (done["phase"], done["release"]) == ("delivered", new)
    check_one_of_each(ground, new)
    assert ground.server(new) == server
    check_started_once(ground, old, new)
    assert len(ground.entries(Kind.DELIVERY_STARTED)) == 1
    assert ground.went() == [
        ("rolling-out", 10),
        ("rolling-out", 50),
        ("rolling-out", 100),
        ("watching", 100),
        ("delivered", 100),
    ]


def test_a_driver_that_is_killed_while_it_rolls_back(ground: Ground) -> None:
    old = ground.standing
    server = ground.server(old)
    bad = ground.promote("errors")
    with ground.traffic() as traffic:
        driver = ground.drive()
        driver.says("is taken out")
        driver.kill()
        assert ground.server(old) == server
        moment = len(traffic.answers)
        done = ground.deliver(wanted=1)
        behind = traffic.answers[moment + 20 :]
    assert (done["phase"], done["previous"]) == ("rolled-back", old)
    assert {(one.release, one.status) for one in behind} == {(old, HTTPStatus.OK)}
    check_one_of_each(ground, old)
    assert ground.server(old) == server
    check_started_once(ground, old, bad)
    status = ground.status()
    assert (status["release"], bool(status["held"])) == (old, True)


def test_a_driver_that_is_interrupted_says_how_to_go_on(ground: Ground) -> None:
    before = ground.standing
    new = ground.promote("old")
    with ground.traffic() as traffic:
        driver = ground.drive()
        driver.says("gets 10 %")
        said = driver.interrupt()
        assert driver.process.returncode == INTERRUPTED, said
        assert "interrupted" in said
        assert "the same command goes on with it" in said
        check_one_of_each(ground, before, new)
        done = ground.deliver()
        assert {one.status for one in traffic.answers} == {HTTPStatus.OK}
    assert (done["phase"], done["release"]) == ("delivered", new)
    check_one_of_each(ground, new)
