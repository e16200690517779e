"""All requests at once: when the new one is ready, or when the old one is gone; and back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import exposed, short

if TYPE_CHECKING:
    from tests.delivery.ground import Ground

pytestmark = pytest.mark.slow
CLIENTS = 6
"""As many requests are on their way at a time."""
AT_ONCE = [("rolling-out", 100), ("watching", 100), ("delivered", 100)]


@pytest.mark.parametrize("name", ["blue-green", "rolling", "recreate"])
def test_a_good_release_takes_all_requests_at_once(ground: Ground, name: str) -> None:
    old = ground.standing
    new = ground.promote(name)
    with ground.traffic() as traffic:
        done = ground.deliver()
        answers = list(traffic.answers)
    assert (done["phase"], done["release"]) == ("delivered", new)
    assert ground.went() == AT_ONCE
    assert set(ground.servers()) == {short(new)}
    assert ground.alerts() == {short(new)}
    first, _ = exposed(answers, new)
    _, last = exposed(answers, old)
    # Those that were on their way when it moved may still be answered by the one before.
    assert last - first < 500
    good = {one.status for one in answers} == {HTTPStatus.OK}
    assert good is (name != "recreate"), "only where the old one has to go first, some wait"


def test_one_that_had_to_go_first_comes_back(ground: Ground) -> None:
    old = ground.standing
    bad = ground.promote("recreate-errors")
    with ground.traffic() as traffic:
        done = ground.deliver(wanted=1)
        last = len(traffic.answers)
        answers = list(traffic.answers)
    assert (done["phase"], done["previous"]) == ("rolled-back", old)
    assert (done["cause"]["why"], done["cause"]["name"]) == ("analysis", "errors")
    exposed(answers, bad)
    assert {(one.release, one.status) for one in answers[last - 100 :]} == {(old, HTTPStatus.OK)}
    assert set(ground.servers()) == {short(old)}
    status = ground.status()
    assert (status["release"], bool(status["held"])) == (old, True)


def test_a_rollback_by_hand_restores_at_once_what_was_before(ground: Ground) -> None:
    leaving = ground.standing
    before = ground.releases.digest("rolling")
    assert ground.releases.digest("recreate") == leaving
    with ground.traffic() as traffic:
        ground.roll_back()
        behind = len(traffic.answers) + CLIENTS
        done = ground.deliver()
        answers = list(traffic.answers)
    assert (done["phase"], done["strategy"], done["release"]) == ("delivered", "restore", before)
    assert ground.went() == [("rolling-out", 100), ("delivered", 100)]
    assert {one.status for one in answers} == {HTTPStatus.OK}
    assert {one.release for one in answers[behind:]} == {before}
    assert set(ground.servers()) == {short(before)}
    assert ground.alerts() == {short(before)}
    configured = ground.configured(before)
    assert configured == {"parameters": {"max_batch_size": 24}, "flags": {"explain": "on"}}
    assert ground.status()["release"] == before
