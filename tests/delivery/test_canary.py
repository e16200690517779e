"""A release takes the place of another step by step, or goes back: real requests all the while."""

from __future__ import annotations

import itertools
import os
import signal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import exposed, shares, short
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.canary.traffic import Answered
    from tests.delivery.ground import Ground

    Figures = Callable[[str, object], None]

pytestmark = pytest.mark.slow
AT_MOST = 10_000
"""Milliseconds from its first request to its last that a release with errors has."""
AT_LEAST = 0.999
"""Share of the requests behind the switch that the release before answers."""
FEW = 5
LOST = 6
"""Requests that may be lost by a crash: those it had then, at most one of each client."""


def check_taken_out(answers: list[Answered], bad: str, old: str, figures: Figures) -> None:
    """See that a release was taken out soon, and nobody noticed from then on."""
    first, last = exposed(answers, bad)
    behind = [one for one in answers if one.sent > last]
    right = sum(one.release == old and one.status == HTTPStatus.OK for one in behind)
    kept = {one.connection for one in answers if one.sent < first}
    figures("seconds until it was taken out", (last - first) / 1000)
    figures("requests behind", len(behind))
    figures("of these answered by the one before", right)
    assert last - first < AT_MOST
    assert len(behind) > 100
    assert right >= AT_LEAST * len(behind)
    # Nobody hung up on anybody: these are the connections there were before the release came.
    assert {one.connection for one in behind} <= kept


def check_back(ground: Ground, old: str) -> None:
    """See that all is as it was: pointer, process, configuration, alerts; and it is held."""
    status = ground.status()
    assert status["release"] == old
    assert status["held"]
    assert status["delivery"]["phase"] == "rolled-back"
    assert set(ground.servers()) == {short(old)}
    assert ground.alerts() == {short(old)}


def test_a_good_release_gets_10_50_100_percent(ground: Ground) -> None:
    old = ground.releases.digest("old")
    good = ground.promote("good")
    with ground.traffic() as traffic:
        done = ground.deliver()
        answers = list(traffic.answers)
    assert (done["phase"], done["strategy"]) == ("delivered", "canary")
    moved = ground.entries(Kind.DELIVERY_MOVED)
    assert [(one["phase"], one["weight"]) for one in moved] == [
        ("rolling-out", 10),
        ("rolling-out", 50),
        ("rolling-out", 100),
        ("watching", 100),
        ("delivered", 100),
    ]
    assert {one.status for one in answers} == {HTTPStatus.OK}
    for before, after in itertools.pairwise(moved):
        # The share is set just behind the entry, and one behind it may be late by as much.
        within = [one for one in answers if before["at"] + 500 < one.sent < after["at"]]
        if len(within) > FEW:
            share = shares(within, {"good": good})["good"]
            assert share == pytest.approx(before["weight"] / 100, abs=0.03)
    assert [one for one in answers if one.release == old]
    assert set(ground.servers()) == {short(good)}
    assert ground.alerts() == {short(good)}


def test_one_with_errors_goes_back_within_ten_seconds(
    ground: Ground, record_property: Figures
) -> None:
    old = ground.standing
    before = (ground.server(old), ground.configured(old), ground.settings())
    bad = ground.promote("errors")
    with ground.traffic() as traffic:
        done = ground.deliver(wanted=1)
    assert (done["phase"], done["release"], done["previous"]) == ("rolled-back", bad, old)
    assert (done["cause"]["why"], done["cause"]["name"]) == ("analysis", "errors")
    check_taken_out(traffic.answers, bad, old, record_property)
    check_back(ground, old)
    assert (ground.server(old), ground.configured(old), ground.settings()) == before


def test_one_that_is_slow_goes_back(ground: Ground) -> None:
    old = ground.standing
    slow = ground.promote("slow")
    with ground.traffic() as traffic:
        done = ground.deliver(wanted=1)
    assert (done["phase"], done["release"]) == ("rolled-back", slow)
    assert (done["cause"]["why"], done["cause"]["name"]) == ("analysis", "slow")
    _, last = exposed(traffic.answers, slow)
    behind = [one for one in traffic.answers if one.sent > last]
    assert {(one.release, one.status) for one in behind} == {(old, HTTPStatus.OK)}
    check_back(ground, old)


def test_one_whose_server_is_killed_goes_back(ground: Ground, record_property: Figures) -> None:
    old = ground.standing
    crashed = ground.promote("old")
    with ground.traffic() as traffic:
        driver = ground.drive()
        driver.says("gets 50 %")
        before = len(traffic.answers)
        os.kill(ground.server(crashed), signal.SIGKILL)
        done = driver.done(wanted=1)
        meanwhile = traffic.answers[before:]
    assert (done["phase"], done["cause"]["why"]) == ("rolled-back", "crash")
    assert "SIGKILL" in done["cause"]["text"]
    lost = [one for one in meanwhile if one.status != HTTPStatus.OK]
    _, last = exposed(traffic.answers, crashed)
    record_property("requests meanwhile", len(meanwhile))
    record_property("requests lost by a crash", len(lost))
    assert len(lost) <= LOST
    assert all(one.release == old for one in meanwhile if one.sent > last and one not in lost)
    assert set(ground.servers()) == {short(old)}
    assert ground.status()["release"] == old
