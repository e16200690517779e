"""Beginning a delivery: who may, of what, in place of what; entered before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.delivery import Strategy
from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.model.predicates import DELIVERY_ORDER
from weighbridge.usecases.delivering.book import SANDBOX
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.saying import about_release, speaking
from weighbridge.usecases.signing import held

if TYPE_CHECKING:
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.delivery import Delivery, Place
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.delivering.book import Book
    from weighbridge.usecases.delivering.cargo import SealedCargo
    from weighbridge.usecases.saying import Speaker

START = "start"
"""What the statement of who begins a delivery calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A delivery that is to begin.

    Attributes:
        cargo: The release.
        place: The target.
        strategy: How.
        previous: Digest of the release that gets requests now; empty if none does.
        now: When, in milliseconds of Unix time.
    """

    cargo: SealedCargo
    place: Place
    strategy: Strategy
    previous: str
    now: int

    def body(self, rendering: str) -> dict[str, Any]:
        """Say in an entry what is delivered."""
        target: dict[str, Any] = {"kind": self.place.kind}
        known = {"namespace": self.place.namespace, "version": self.cargo.rendering.version}
        target |= {name: text for name, text in known.items() if text}
        if self.place.options:
            target["options"] = dict(self.place.options)
        return {
            "at": self.now,
            "previous": self.previous or None,
            "rendering": rendering,
            "strategy": self.strategy.value,
            "target": target,
        }


def strategy_now(pointer: Pointer, wanted: Strategy) -> Strategy:
    """Return how what a pointer holds is delivered: what came by a rollback comes at once."""
    return Strategy.RESTORE if pointer.moves[-1].back else wanted


def previous_of(last: Delivery | None) -> str:
    """Return the release that gets requests now, as the last delivery left it."""
    return "" if last is None else last.serving


def check_allowed(name: str, environment: str, *, signer: AnySigner, registry: Registry) -> None:
    """Refuse to go on with a delivery for somebody who could not have begun it.

    Raises:
        NotAllowedError: He may not deploy there.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        _, record = gathering.environment(environment)
        found = held(signer, gathering.state.trust)
    wanted = sorted(allowed(Operation.DELIVER, Where(environment=record, name=name)))
    roles = () if found is None or found.revoked_at else found.roles
    if not {*roles} & {*wanted}:
        raise NotAllowedError(
            f"whoever delivers {name} may deploy to {environment}",
            seen="a key nobody trusts" if found is None else f"{found.person}: {', '.join(roles)}",
            wanted=f"one of the roles {', '.join(wanted)}",
            help=["give --key NAME of somebody who may"],
        )


def begin(
    departure: Departure,
    environment: str,
    pointer: Pointer,
    *,
    book: Book,
    signer: AnySigner,
    registry: Registry,
) -> bool:
    """Enter that a delivery of what a pointer holds begins, signed by who has it begin.

    Args:
        departure: What is delivered, and how.
        environment: Where to.
        pointer: Where the name points there, as it was read.
        book: What the ledger says of deliveries there.
        signer: Key of who has it begin.
        registry: The registry.

    Returns:
        False if the pointer moved or another began meanwhile; then nothing is entered.

    Raises:
        NotAllowedError: He may not deploy there. The refusal is in the ledger.
    """
    rendering = registry.blobs.put(departure.cargo.describe())

    def speak(speaker: Speaker) -> bool:
        case = speaker.case(environment, departure.cargo.digest)
        name = case.manifest["metadata"]["name"]
        now = speaker.gathering.pointer(environment, name)
        if now.generation != pointer.generation or not book.is_newest(speaker.transaction):
            return False
        order = {"generation": pointer.generation, "order": START, "rendering": rendering}
        signed = speaker.say_of(
            case,
            DELIVERY_ORDER,
            order,
            body={"act": Operation.DELIVER.value},
            roles=allowed(Operation.DELIVER, case.where()),
        )
        body = {
            **about_release(case),
            **departure.body(rendering),
            "bundle": signed.bundle,
            "generation": pointer.generation,
            "person": signed.by.person,
        }
        speaker.transaction.append(Kind.DELIVERY_STARTED, body)
        return True

    return speaking(signer, registry, speak)


def begin_sandbox(departure: Departure, *, book: Book, registry: Registry) -> bool:
    """Enter that a release nobody promoted is run here, marked so; nobody needs a key for that.

    Returns:
        False if another began meanwhile; then nothing is entered.
    """
    rendering = registry.blobs.put(departure.cargo.describe())
    metadata = departure.cargo.release.metadata
    body = {
        **departure.body(rendering),
        "environment": SANDBOX,
        "name": metadata.name,
        "release": departure.cargo.digest,
        "unpromoted": True,
        "version": metadata.version,
    }

    def change(transaction: Transaction) -> bool:
        if not book.is_newest(transaction):
            return False
        transaction.append(Kind.DELIVERY_STARTED, body)
        return True

    return registry.change(change)
