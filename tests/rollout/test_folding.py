"""Deliveries folded from their entries, member by member."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rollout.worlds import BEGAN, NEW, OLD, delivery
from weighbridge.model.delivery import (
    Delivery,
    Measured,
    Order,
    Ordered,
    Outcome,
    Phase,
    Place,
    Position,
    Strategy,
    Tally,
)
from weighbridge.model.event import Event, EventError, Kind
from weighbridge.rollout.folding import Deliveries, after, fold


def entry(kind: Kind, **body: Any) -> Event:  # noqa: ANN401 - whatever an entry says
    return Event(kind=kind, time="2027-01-01T00:00:00Z", control=0, body=body)


def started(**more: Any) -> Event:  # noqa: ANN401 - likewise
    known: dict[str, Any] = {
        "at": BEGAN,
        "environment": "production",
        "name": "demo",
        "previous": None,
        "release": NEW,
        "rendering": f"sha256:{'c' * 64}",
        "strategy": "canary",
        "target": {"kind": "local"},
        "version": "1.1.0",
    }
    return entry(Kind.DELIVERY_STARTED, **{**known, **more})


def rolling() -> Delivery:
    return delivery(position=Position(phase=Phase.ROLLING_OUT, since=BEGAN, weight=10))


def test_what_an_entry_leaves_out_is_empty() -> None:
    (one,) = fold([(4, started())])

    assert (one.entry, one.generation, one.previous, one.person) == (4, 0, "", "")
    assert (one.place.version, one.place.namespace, one.place.options) == ("", "", {})
    assert (one.unpromoted, one.exposed, one.turned) == (False, 0, 0)
    assert one.position == Position(phase=Phase.PREPARING, since=BEGAN)


def test_what_an_entry_says_is_all_there() -> None:
    target = {"kind": "argo", "namespace": "ml", "options": {"port": "1"}, "version": "1.9"}
    told = {"previous": OLD, "generation": 2, "person": "dora", "unpromoted": True}

    (one,) = fold([(7, started(target=target, strategy="recreate", **told))])

    place = Place(kind="argo", version="1.9", namespace="ml", options={"port": "1"})
    assert one == delivery(place=place, strategy=Strategy.RECREATE, unpromoted=True)


def test_entries_count_for_the_delivery_they_name_and_refusals_for_none() -> None:
    found = Deliveries()
    assert found.newest is None
    moved_ = {"at": BEGAN + 1, "phase": "rolling-out", "step": 0, "weight": 10}

    found.take(4, started())
    found.take(5, entry(Kind.DELIVERY_REFUSED, reason="gate"))
    found.take(6, started())
    found.take(7, entry(Kind.DELIVERY_MOVED, delivery=4, **moved_))

    assert [one.position.phase for one in found.all] == [Phase.ROLLING_OUT, Phase.PREPARING]
    assert found.newest is not None
    assert found.newest.entry == 6
    assert found.all[0].exposed == BEGAN + 1


@pytest.mark.parametrize(
    "event",
    [
        started(strategy="hope"),
        started(target=None),
        entry(Kind.DELIVERY_MOVED, delivery=9, phase="delivered", step=0, weight=100, at=1),
        entry(Kind.DELIVERY_MOVED, delivery=4, phase="gone", step=0, weight=100, at=1),
        entry(Kind.DELIVERY_MEASURED, delivery=4, analysis="errors", at=1, outcome="fine"),
        entry(Kind.DELIVERY_ORDERED, delivery=4, order="abort", person="max"),
    ],
)
def test_an_entry_that_says_nothing_of_a_delivery_is_refused(event: Event) -> None:
    with pytest.raises(EventError, match="entry 5 says nothing of a delivery"):
        fold([(4, started()), (5, event)])


def test_a_position_begins_anew_but_for_one_that_waits() -> None:
    last = Measured(analysis="errors", at=BEGAN, outcome=Outcome.FAILURE)
    one = replace(rolling(), tallies={"errors": Tally(failures=1, last=last)})
    order = Ordered(entry=9, order=Order.PAUSE, person="max", reason="so I say")
    waiting = {"name": "max", "text": "so I say", "why": "order"}
    body = {"at": BEGAN + 5, "phase": "rolling-out", "step": 0, "weight": 10}

    held = after(replace(one, order=order), 8, entry(Kind.DELIVERY_MOVED, **body, paused=waiting))
    gone_on = after(held, 9, entry(Kind.DELIVERY_MOVED, **body))

    assert held.order is None
    assert held.tallies == one.tallies
    assert gone_on.tallies == {}
    turned = after(one, 8, entry(Kind.DELIVERY_MOVED, **{**body, "phase": "failed", "weight": 0}))
    assert (turned.turned, turned.exposed) == (BEGAN + 5, 0)
    again = after(turned, 9, entry(Kind.DELIVERY_MOVED, **{**body, "at": BEGAN + 9}, late=True))
    assert (again.turned, again.exposed, again.position.late) == (BEGAN + 5, BEGAN + 9, True)


def test_measurements_are_counted_by_what_they_say() -> None:
    one = rolling()
    for number, outcome in enumerate(("success", "failure", "inconclusive", "success")):
        body = {"analysis": "errors", "at": BEGAN + number, "outcome": outcome}
        one = after(one, number, entry(Kind.DELIVERY_MEASURED, **body, noData=number == 2))

    tally = one.tallies["errors"]
    assert (tally.successes, tally.failures, tally.inconclusive, tally.judged) == (2, 1, 1, 3)
    assert tally.last == Measured(analysis="errors", at=BEGAN + 3, outcome=Outcome.SUCCESS)


def test_a_measurement_is_read_as_it_was_written() -> None:
    said = {"value": "0.3", "samples": "900", "text": "value is 0.3"}
    full = Measured(analysis="errors", at=BEGAN, outcome=Outcome.FAILURE, no_data=True, **said)  # type: ignore[arg-type]

    one = after(rolling(), 8, entry(Kind.DELIVERY_MEASURED, **full.record()))

    assert one.tallies["errors"].last == full


def test_an_order_stands_until_it_is_answered() -> None:
    body = {"order": "skip", "person": "max", "reason": "so I say"}

    one = after(rolling(), 9, entry(Kind.DELIVERY_ORDERED, **body))

    assert one.order == Ordered(entry=9, order=Order.SKIP, person="max", reason="so I say")
