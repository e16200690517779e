"""What the gate would say if somebody asked now: nothing is signed, entered or moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.glass import mode_of
from weighbridge.model.decision import ENFORCE
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.promote import advised

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision
    from weighbridge.model.ports import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the gate would say.

    Attributes:
        decision: The decision, with what would have to be done for it to pass.
        generation: The generation the pointer has now.
        mode: Whether it would block, or is observed.
    """

    decision: Decision
    generation: int
    mode: str


def evaluate(
    release: str, environment: str, *, registry: Registry, now: str, asks: str
) -> Evaluation:
    """Ask the gate about a release and an environment.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        now: The time to decide at.
        asks: Who would ask; empty for nobody.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotFoundError: There is no such environment or release.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        at = max(now, gathering.log.time)
        case = gathering.case(environment, release, now=at, asks=asks)
        pointer = gathering.pointer(environment, case.manifest["metadata"]["name"])
        decision = advised(case)
    enforcement = str(case.environment["spec"].get("enforcement", ENFORCE))
    return Evaluation(
        decision=decision,
        generation=pointer.generation,
        mode=mode_of(decision, enforcement),
    )
