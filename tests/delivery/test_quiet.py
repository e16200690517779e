"""Nobody sends requests: nothing is known of the release, and that is what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.delivery.ground import short
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.delivery.ground import Ground

pytestmark = pytest.mark.slow


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
