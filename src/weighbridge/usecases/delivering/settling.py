"""What a rollback does beside the target: the pointer goes back, as the gate lets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.compliance import why
from weighbridge.model.delivery import Why
from weighbridge.model.errors import WeighbridgeError
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.rollback import roll_back

if TYPE_CHECKING:
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Progress, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How far it is.

    Attributes:
        done: Whether it is done.
        text: Why it cannot be; empty if it can.
    """

    done: bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Moves pointers back.

    Attributes:
        registry: The registry.
        signer: Key of who delivers; None for a sandbox, which has no pointer.
        progress: Who watches the bytes of the release before being read again.
    """

    registry: Registry
    signer: AnySigner | None
    progress: Progress

    def settle(self, delivery: Delivery, target: str) -> Settled:
        """Bring the pointer back, if it still is where it was; harmless if it is not.

        Args:
            delivery: A delivery that is being rolled back.
            target: Digest of the release the manifest names to go back to.
        """
        cause = delivery.position.cause
        if self.signer is None or (cause is not None and cause.why is Why.POINTER):
            return Settled(done=True)
        with self.registry.reading() as view:
            pointer = Gathering.of(view, self.registry).pointer(delivery.environment, delivery.name)
        if pointer.release != delivery.release or pointer.generation != delivery.generation:
            return Settled(done=True)
        try:
            done = roll_back(
                delivery.name,
                delivery.environment,
                release=target,
                expected=pointer.generation,
                signer=self.signer,
                registry=self.registry,
                progress=self.progress,
            )
        except WeighbridgeError as error:
            return Settled(done=False, text=f"the pointer stays: {error}")
        if done.moved or done.lost is not None:
            return Settled(done=done.moved)
        return Settled(done=False, text=f"the gate lets it not go back: {why(done.decision)}")
