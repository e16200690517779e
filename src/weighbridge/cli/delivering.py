"""What the verbs of delivery have in common: who tells, who waits, what is opened."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.cli.console import Session
    from weighbridge.model.delivery import Delivery, Measured, Order, Place, Position, Serving
    from weighbridge.model.delivery_ports import Driven, Followed
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.rollout.machine import Sight
    from weighbridge.usecases.delivering.deliver import Delivering
    from weighbridge.usecases.references import Named
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
            home=session.local_folder(),
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


def delivering_of(
    session: Session,
    registry: Registry,
    name: str,
    environment: str,
    *,
    contained: bool = False,
    gitops: str | None = None,
    signer: AnySigner | None = None,
) -> Delivering:
    """Say who delivers what where, by the settings of the current folder."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.usecases.delivering.deliver import Delivering

    return Delivering(
        name=name,
        environment=environment,
        registry=registry,
        signer=signer,
        open_target=opener(
            session, environment=environment, name=name, contained=contained, gitops=gitops
        ),
        look=lambda named, serving: _look(session, registry, named, serving),
        clock=utc_now,
        milliseconds=milliseconds,
        wait=wait,
        told=Teller(session, versions_of(registry)),
        progress=session.progress,
    )


def _look(session: Session, registry: Registry, named: Named, serving: Serving) -> dict[str, Any]:
    """Observe the process that serves a release."""
    from weighbridge.usecases.parity.documents import record
    from weighbridge.usecases.parity.observing import Looked

    where = Looked(
        start=session.start,
        environ=session.environ,
        environment=serving.python,
        process=serving.process,
    )
    return record(named, where, session.verification(), blobs=registry.blobs)


def bring_back(
    session: Session, registry: Registry, name: str, environment: str, signer: AnySigner
) -> str:
    """Deliver what a pointer went back to, where releases of its name were delivered before."""
    from weighbridge.model.delivery import Phase
    from weighbridge.model.errors import UnavailableError
    from weighbridge.report.delivery import position_words, title
    from weighbridge.usecases.believed import believe
    from weighbridge.usecases.delivering.book import newest
    from weighbridge.usecases.render import where_of

    with registry.reading() as view:
        last = newest(believe(view, log_key=registry.log_key), environment, name)
    if last is None or last.position.phase is Phase.STOPPED:
        return "allowed"
    delivering = delivering_of(session, registry, name, environment, signer=signer)
    try:
        done = delivering.deliver(place_of(where_of(environment, registry)))
    except UnavailableError as error:
        if last.over:
            raise
        # Whoever drives it holds the machine, sees the pointer move, and brings it back himself.
        session.hint(f"{title(last)} is driven elsewhere, and is taken out there: {error}")
        return "allowed"
    session.hint(f"{title(done)} {position_words(done, versions_of(registry))}")
    back = done.over and done.position.phase is not Phase.FAILED
    return "allowed" if back else "fail"


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
