"""Orders of people while a delivery is on its way: pause, resume, abort, skip; signed, with reason.

An order is an entry of the ledger. Whoever drives the delivery finds it there and answers it; if
nobody does at the moment, the next one who does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.delivery import Order, Phase
from weighbridge.model.errors import UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import DELIVERY_ORDER
from weighbridge.usecases.believed import believe
from weighbridge.usecases.delivering.book import SANDBOX, about, deliveries
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.saying import speaking

if TYPE_CHECKING:
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.saying import Speaker

_SKIPPED = frozenset({Phase.ROLLING_OUT, Phase.WATCHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An order that was given.

    Attributes:
        order: What.
        delivery: The delivery, as it stood.
        person: Who gave it.
        entry: Its entry; None where nothing was entered (a dry run).
    """

    order: Order
    delivery: Delivery
    person: str = ""
    entry: int | None = None


def on_its_way(name: str, environment: str, registry: Registry) -> Delivery:
    """Find the delivery that is on its way somewhere.

    Raises:
        UsageError: None is.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        if environment != SANDBOX:
            gathering.environment(environment)
        found = deliveries(gathering.log, environment, name)
    if not found or found[-1].over:
        seen = "none was ever begun" if not found else f"the last one: {_ended(found[-1])}"
        help_ = [f"weighbridge deliver {name} --in {environment}"]
        message = f"no delivery of {name} to {environment} is on its way"
        raise UsageError(message, seen=seen, help=help_)
    return found[-1]


def _ended(delivery: Delivery) -> str:
    return f"{delivery.name}@{delivery.version} {delivery.position.phase.value}"


def check_sense(delivery: Delivery, order: Order) -> None:
    """Refuse an order that could not be done where a delivery stands.

    Raises:
        UsageError: It could not.
    """
    position = delivery.position
    wrong = ""
    if delivery.order is not None:
        wrong = f"{delivery.order.person} ordered {delivery.order.order.value}, not yet answered"
    elif position.phase is Phase.ROLLING_BACK:
        wrong = "it is being rolled back"
    elif order is Order.PAUSE and position.paused is not None:
        wrong = "it is paused"
    elif order is Order.RESUME and position.paused is None:
        wrong = "it is not paused"
    elif order is Order.SKIP and position.phase not in _SKIPPED:
        wrong = "it has reached no step yet"
    if wrong:
        message = f"{delivery.name}@{delivery.version} cannot be told to {order.value}"
        help_ = [f"weighbridge watch {delivery.environment} --live"]
        raise UsageError(message, seen=wrong, help=help_)


def give(
    name: str,
    environment: str,
    order: Order,
    reason: str,
    *,
    signer: AnySigner | None,
    registry: Registry,
) -> Given:
    """Give an order.

    Args:
        name: Name of the release.
        environment: Name of the environment; `local` for a sandbox.
        order: What.
        reason: Why; it is kept for ever.
        signer: Key of who gives it; None for a sandbox, where nobody needs one.
        registry: The registry.

    Raises:
        UsageError: No delivery is on its way, or it makes no sense now.
        NotAllowedError: He may not deploy there. The refusal is in the ledger.
    """
    if not reason.strip():
        raise UsageError(f"to {order.value} needs a reason: it is kept for ever")
    delivery = on_its_way(name, environment, registry)
    check_sense(delivery, order)
    reason = reason.strip()
    if delivery.unpromoted:
        return registry.change(
            lambda transaction: _enter(transaction, registry, delivery, order, reason)
        )
    if signer is None:
        raise UsageError("an order is signed", help=["give --key NAME"])
    return speaking(signer, registry, lambda speaker: _give(speaker, delivery, order, reason))


def _give(speaker: Speaker, delivery: Delivery, order: Order, reason: str) -> Given:
    case = speaker.case(delivery.environment, delivery.release)
    signed = speaker.say_of(
        case,
        DELIVERY_ORDER,
        {"delivery": delivery.entry, "order": order.value, "reason": reason},
        body={"act": order.value},
        roles=allowed(Operation.DELIVER, case.where()),
    )
    more = {"bundle": signed.bundle, "person": signed.by.person}
    return _enter(speaker.transaction, speaker.registry, delivery, order, reason, **more)


def _enter(
    transaction: Transaction,
    registry: Registry,
    delivery: Delivery,
    order: Order,
    reason: str,
    **more: str,
) -> Given:
    """Enter an order, if it still makes sense."""
    log = believe(transaction, log_key=registry.log_key)
    found = deliveries(log, delivery.environment, delivery.name)[-1]
    if found.entry != delivery.entry or found.over:
        raise UsageError("the delivery ended meanwhile", seen=_ended(found))
    check_sense(found, order)
    person = more.get("person", "")
    body = {**about(found), **more, "order": order.value, "person": person, "reason": reason}
    entry = transaction.append(Kind.DELIVERY_ORDERED, body)
    return Given(order=order, delivery=found, person=person, entry=entry)
