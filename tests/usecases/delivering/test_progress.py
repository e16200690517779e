"""How far a delivery has come is told by the ledger alone, and shown on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.dashboard.desk import desk_of
from tests.usecases.delivering.yard import NEW
from weighbridge.model.delivery import Phase, Tally
from weighbridge.usecases.believed import believe
from weighbridge.usecases.delivering.book import newest
from weighbridge.usecases.delivering.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.delivering.yard import Yard
    from weighbridge.model.delivery import Delivery

NOW = "2026-02-01T09:00:00Z"
PAGE = "/environments/staging?name=demo"


class Enough(Exception):  # noqa: N818 - no error, an end
    """The driver ends where the test looks."""


def until(yard: Yard, seen: Callable[[Delivery], bool]) -> dict[str, Any]:
    """Deliver until something is seen, and tell how far it has come."""

    def look(delivery: Delivery) -> None:
        if seen(delivery):
            raise Enough

    with pytest.raises(Enough):
        yard.delivering(told=look).deliver(yard.place())
    return told(yard)


def told(yard: Yard) -> dict[str, Any]:
    registry = yard.registry
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        found = newest(log, "staging", "demo")
        assert found is not None
        return progress(found, log, registry)


@pytest.fixture
def standing(yard: Yard) -> Yard:
    """Have the first release deliver, and a second one promoted."""
    yard.deliver()
    yard.arrive(NEW)
    return yard


def test_a_delivery_on_its_way(standing: Yard) -> None:
    def half_judged(delivery: Delivery) -> bool:
        errors = delivery.tallies.get("errors", Tally())
        return delivery.position.step == 1 and errors.successes == 3

    found = until(standing, half_judged)
    assert (found["phase"], found["weight"], found["underWay"]) == ("rolling-out", 50, True)
    assert (found["version"], found["previousVersion"]) == ("2.1.0", "2.0.0")
    assert [(one["weight"], one["state"]) for one in found["steps"]] == [
        (10, "done"),
        (50, "now"),
        (100, "to come"),
    ]
    (errors,) = found["questions"]
    assert (errors["name"], errors["successes"], errors["failures"]) == ("errors", 3, 0)
    assert len(errors["measured"]) == 5
    assert errors["measured"][-1]["outcome"] == "success"
    assert found["waits"][0] == "2 measurements more of errors"
    assert found["waits"][1].startswith("the step to last until 20")
    with desk_of(standing.registry, standing.folder, lambda: NOW) as desk:
        page = desk.page(PAGE)
        row = desk.told("/environments/staging")["places"][0]["delivery"]
    assert "50 % of requests go to 2.1.0 , the rest to 2.0.0" in page.words
    assert "It waits for 2 measurements more of errors" in page.words
    assert 'data-live="5"' in page.text
    assert (row["phase"], row["over"]) == ("rolling-out", False)


def test_one_that_waits_for_a_person(standing: Yard) -> None:
    until(standing, lambda delivery: delivery.position.phase is Phase.ROLLING_OUT)
    standing.done("pause", "demo", "--in=staging", "--reason=<b>look</b>", by="dora")
    assert told(standing)["waits"][0] == "the order of dora, `pause`, to be carried out"
    found = until(standing, lambda delivery: delivery.position.paused is not None)
    assert found["waits"] == ["a person to let it go on, or to end it (order dora: <b>look</b>)"]
    with desk_of(standing.registry, standing.folder, lambda: NOW) as desk:
        assert "(order dora: &lt;b&gt;look&lt;/b&gt;)" in desk.page(PAGE).text


def test_one_that_is_over(standing: Yard) -> None:
    standing.deliver()
    found = told(standing)
    assert (found["phase"], found["underWay"], found["waits"]) == ("delivered", False, [])
    assert {one["state"] for one in found["steps"]} == {"done"}


def test_one_that_was_rolled_back(standing: Yard) -> None:
    standing.machine.errors[standing.release(NEW)] = 0.3
    standing.deliver()
    found = told(standing)
    assert (found["phase"], found["waits"]) == ("rolled-back", [])
    assert [one["state"] for one in found["steps"]] == ["ended here", "not reached", "not reached"]
    with desk_of(standing.registry, standing.folder, lambda: NOW) as desk:
        page = desk.page(PAGE).words
        back = desk.told("/environments/staging/rollback/demo")
    assert "was rolled back to 2.0.0" in page
    assert back["present"]["servingVersion"] == "2.0.0"
    assert back["present"]["phase"] == "rolled-back"
