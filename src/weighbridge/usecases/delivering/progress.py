"""How far a delivery has come, step by step, and what it waits for: by the ledger alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.delivery import FOLLOWED, Phase, Tally
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.model.wording import plural
from weighbridge.report.delivery import cause_words, delivery_json, position_words
from weighbridge.rollout.folding import read_measured
from weighbridge.usecases.delivering.book import topic
from weighbridge.usecases.delivering.cargo import cargo_of
from weighbridge.usecases.delivering.planning import planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.delivery import Delivery, Measured
    from weighbridge.model.ports import Registry
    from weighbridge.rollout.plan import Plan, Step
    from weighbridge.usecases.believed import BelievedLog

_MEASURED: Final = 60
"""Newest entries of a delivery that are looked at for measurements."""
_SHOWN: Final = 5
"""Newest measurements of a question that are told."""
_UNDER_WAY: Final = frozenset(
    {Phase.PREPARING, Phase.ROLLING_OUT, Phase.WATCHING, Phase.ROLLING_BACK}
)


def progress(delivery: Delivery, log: BelievedLog, registry: Registry) -> dict[str, Any]:
    """Tell a delivery as plain values.

    What drives it is not asked: it is told as it was entered last.

    Args:
        delivery: The delivery.
        log: The ledger it is read from.
        registry: The registry.
    """
    plan, problem = _plan(delivery, registry)
    indices = log.view.found(topic(delivery.environment, delivery.name))
    events = [log.event(one) for one in indices[-_MEASURED:] if one > delivery.entry]
    measured = [read_measured(one.body) for one in events if one.kind is Kind.DELIVERY_MEASURED]
    return {
        **delivery_json(delivery),
        "words": position_words(delivery, versions_of(log, delivery)),
        "previousVersion": versions_of(log, delivery).get(delivery.previous),
        "underWay": delivery.position.phase in _UNDER_WAY,
        "asOf": log.event(indices[-1]).time,
        "steps": [] if plan is None else list(_steps(delivery, plan)),
        "questions": list(_questions(delivery, plan, measured)),
        "waits": list(_waits(delivery, plan)),
        "problem": problem or None,
    }


def versions_of(log: BelievedLog, delivery: Delivery) -> dict[str, str]:
    """Return the versions of the two releases of a delivery, by their digests."""
    digests = filter(None, (delivery.release, delivery.previous))
    found = ((one, log.view.names_of(one)) for one in digests)
    return {digest: names[0][1] for digest, names in found if names}


def _plan(delivery: Delivery, registry: Registry) -> tuple[Plan | None, str]:
    """Make the plan the manifest demands; or say why that cannot be done any more."""
    try:
        cargo = cargo_of(delivery.release, delivery.place, registry)
        place, before = delivery.place, delivery.previous
        return planned(cargo, delivery.strategy, place, previous=before), ""
    except WeighbridgeError as error:
        return None, str(error)


def _steps(delivery: Delivery, plan: Plan) -> Iterator[dict[str, Any]]:
    position = delivery.position
    for at, step in enumerate(plan.steps):
        yield {
            "weight": step.weight,
            "seconds": step.hold // 1000,
            "analysis": step.analysis or None,
            "count": step.count,
            "state": _state(position.phase, at, position.step),
        }


def _state(phase: Phase, at: int, step: int) -> str:
    if phase is Phase.PREPARING:
        return "to come"
    if phase in {Phase.DELIVERED, Phase.WATCHING}:
        return "done"
    if phase is Phase.ROLLING_OUT:
        return "done" if at < step else "now" if at == step else "to come"
    return "done" if at < step else "ended here" if at == step else "not reached"


def _questions(
    delivery: Delivery, plan: Plan | None, measured: list[Measured]
) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys([*(plan.questions if plan else ()), *sorted(delivery.tallies)])
    for name in names:
        tally = delivery.tallies.get(name, Tally())
        yield {
            "name": name,
            "successes": tally.successes,
            "failures": tally.failures,
            "inconclusives": tally.inconclusive,
            "measured": [_measurement(one) for one in measured if one.analysis == name][-_SHOWN:],
        }


def _measurement(one: Measured) -> dict[str, Any]:
    return {
        "at": utc(one.at),
        "outcome": one.outcome.value,
        "value": one.value or None,
        "samples": one.samples or None,
        "noData": one.no_data,
        "text": one.text or None,
    }


def _waits(delivery: Delivery, plan: Plan | None) -> Iterator[str]:
    """Name what it waits for; nothing of one that is over."""
    position = delivery.position
    if delivery.over:
        return
    if delivery.order is not None:
        one = delivery.order
        yield f"the order of {one.person}, `{one.order.value}`, to be carried out"
    if position.paused is not None:
        yield f"a person to let it go on, or to end it ({cause_words(position.paused)})"
    elif delivery.place.kind in FOLLOWED:
        yield f"the controller of {delivery.place.kind}, which judges by itself"
    elif position.phase is Phase.PREPARING:
        yield "the release to be ready"
    elif position.phase is Phase.ROLLING_BACK:
        yield "the release before to serve again, and to be verified"
    elif plan is not None and position.phase is Phase.WATCHING:
        yield f"nothing to go wrong until {utc(position.since + plan.window)}"
    elif plan is not None and position.phase is Phase.ROLLING_OUT:
        yield from _of_step(delivery, plan.steps[position.step])


def _of_step(delivery: Delivery, step: Step) -> Iterator[str]:
    judged = delivery.tallies.get(step.analysis, Tally()).judged
    if step.analysis and judged < step.count:
        left = plural(step.count - judged, "measurement")
        yield f"{left} more of {step.analysis}"
    if step.hold:
        yield f"the step to last until {utc(delivery.position.since + step.hold)}"


def utc(milliseconds: int) -> str:
    """Write a time that is given in milliseconds of Unix time, to the second."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
