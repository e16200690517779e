"""What the verbs of delivery have in common: who tells, who waits, what is opened."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.cli.console import Session
    from weighbridge.model.delivery import Delivery, Measured, Order, Place, Position
    from weighbridge.model.delivery_ports import Driven, Followed
    from weighbridge.model.ports import Registry
    from weighbridge.rollout.machine import Sight
    from weighbridge.usecases.render import Where


def milliseconds() -> int:
    """Tell the time, in milliseconds of Unix time."""
    return time.time_ns() // 1_000_000


def wait(seconds: float) -> None:
    """Wait; an interruption ends it."""
    threading.Event().wait(seconds)


def versions_of(registry: Registry) -> dict[str, str]:
    """Name the version of every release, by its digest."""
    return {digest: version for _, version, digest in registry.releases()}


def place_of(where: Where) -> Place:
    """Return the target of a delivery."""
    from weighbridge.model.delivery import Place
    from weighbridge.usecases.render import ALIASES

    return Place(
        kind=ALIASES.get(where.target, where.target),
        version=where.version,
        namespace=where.namespace,
        options=where.options,
    )


def opener(
    session: Session, *, environment: str, name: str, contained: bool, gitops: str | None = None
) -> Callable[[Place], Driven | Followed]:
    """Say how targets are opened, by the settings of the current folder."""

    def open_(place: Place) -> Driven | Followed:
        from weighbridge.bootstrap.delivery import Around, open_target

        around = Around(
            home=Path(session.settings().registry.value),
            environment=environment,
            name=name,
            environ=session.environ,
            contained=contained,
            offline=session.globals.offline,
            gitops=None if gitops is None else session.start / gitops,
        )
        return open_target(place, around)

    return open_


class Teller:
    """Tells of a delivery on its way: each position, and each measurement, once."""

    def __init__(self, session: Session, versions: Mapping[str, str]) -> None:
        """Begin with nothing told."""
        self._session = session
        self._versions = versions
        self._position: Position | None = None
        self._measured: dict[str, Measured] = {}

    def __call__(self, delivery: Delivery, sight: Sight | None) -> None:
        """Tell what is new."""
        del sight
        from weighbridge.report.delivery import measured_words, position_words, title

        for name, tally in sorted(delivery.tallies.items()):
            if tally.last is not None and tally.last != self._measured.get(name):
                self._measured[name] = tally.last
                self._session.hint(f"  {measured_words(tally.last)}")
        if delivery.position != self._position and not delivery.over:  # the result says the end
            self._position = delivery.position
            words = position_words(delivery, self._versions)
            self._session.hint(f"{title(delivery)} {words}")


def give_order(
    session: Session,
    name: str,
    environment: str,
    order: Order,
    reason: str,
    *,
    key_names: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Give an order to a delivery on its way, and say so."""
    from weighbridge.cli.deciding import acting_alone
    from weighbridge.report.delivery import title
    from weighbridge.usecases.delivering.ordering import check_sense, give, on_its_way

    registry = session.registry()
    found = on_its_way(name, environment, registry)
    if dry_run:
        check_sense(found, order)
        session.result(f"{title(found)} would be told to {order.value}\n")
        session.hint("nothing was ordered")
        return
    signer = None if found.unpromoted else acting_alone(session, key_names)
    given = give(name, environment, order, reason, signer=signer, registry=registry)
    session.result(f"{title(found)} is told to {order.value}, entry {given.entry}\n")
    session.hint(
        f"whoever drives it answers; if nobody does: weighbridge deliver {name} --in {environment}"
    )
