"""`watch --live`: what is delivered to an environment, how it runs, and what its signals say now.

Nothing is entered: the analyses of the manifest are asked as a delivery would ask them, of each
release that runs.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from weighbridge.model.delivery import DRIVEN, WHOLE, Phase
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.live import Seen, Share
from weighbridge.rollout.machine import desired
from weighbridge.usecases.delivering.book import SANDBOX, newest
from weighbridge.usecases.delivering.cargo import cargo_of
from weighbridge.usecases.delivering.measuring import measure
from weighbridge.usecases.delivering.planning import planned
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.delivery import Delivery, Measured, Place
    from weighbridge.model.delivery_ports import Driven, Followed
    from weighbridge.model.ports import Registry


def see(
    environment: str,
    *,
    registry: Registry,
    open_target: Callable[[Place, str], Driven | Followed],
    now: int,
) -> list[Seen]:
    """Look at all that is delivered to an environment.

    Args:
        environment: Its name; `local` for sandboxes.
        registry: The registry.
        open_target: Opens the target of a release name.
        now: When, in milliseconds of Unix time.

    Raises:
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        if environment != SANDBOX:
            gathering.environment(environment)
        found = [newest(gathering.log, environment, name) for name in gathering.names]
    return [_seen(one, registry, open_target, now) for one in found if one is not None]


def _seen(
    delivery: Delivery,
    registry: Registry,
    open_target: Callable[[Place, str], Driven | Followed],
    now: int,
) -> Seen:
    shares = tuple(_shares(delivery))
    if delivery.place.kind not in DRIVEN or delivery.position.phase is Phase.STOPPED:
        return Seen(delivery=delivery, shares=shares)
    try:
        target = cast("Driven", open_target(delivery.place, delivery.name))
        looked = tuple(_look(delivery, one, target, registry, now) for one in shares)
    except WeighbridgeError as error:
        return Seen(delivery=delivery, shares=shares, problem=str(error))
    return Seen(delivery=delivery, shares=looked)


def _shares(delivery: Delivery) -> Iterator[Share]:
    wanted = desired(delivery)
    if wanted.release:
        yield Share(release=delivery.release, weight=wanted.weight)
    if wanted.previous:
        yield Share(release=delivery.previous, weight=WHOLE - wanted.weight)


def _look(delivery: Delivery, share: Share, target: Driven, registry: Registry, now: int) -> Share:
    cargo = cargo_of(share.release, delivery.place, registry)
    measured: tuple[Measured, ...] = ()
    with suppress(WeighbridgeError):  # a release before may say what nobody can ask any more
        plan = planned(cargo, delivery.strategy, delivery.place, previous=delivery.previous)
        measured = tuple(
            measure(one, target.meter, share.release, now) for one in plan.questions.values()
        )
    return Share(
        release=share.release,
        weight=share.weight,
        health=target.health(share.release),
        measured=measured,
        firing=target.firing(share.release),
    )
