"""What somebody should look at: why a release name stands out in an environment."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.deliveries import Delivered
    from weighbridge.usecases.chronicle.pointers import Present
    from weighbridge.usecases.chronicle.requests import Request


class Alarm(StrEnum):
    """Why something stands out."""

    DENIED = "denied"
    """What is there would not be let in now."""
    INCONCLUSIVE = "inconclusive"
    """Nobody could tell whether it would."""
    NEEDS = "needs"
    """It would, if people or time gave what they gave before."""
    HELD = "held"
    DRIFT = "drift"
    """Another release gets requests than the one promoted."""
    GLASS = "glass"
    """The glass was broken, and nobody has reviewed that."""
    WAITING = "waiting"
    """Somebody asks for a release to be let in."""
    EXPIRED = "expired"
    """A waiver it came in with has ended."""


_VERDICTS = {
    GateVerdict.DENIED.value: Alarm.DENIED,
    GateVerdict.INCONCLUSIVE.value: Alarm.INCONCLUSIVE,
    GateVerdict.NEEDS.value: Alarm.NEEDS,
}


def alarms(
    present: Present | None,
    *,
    held: bool,
    broken: bool,
    delivered: Delivered | None,
    request: Request | None,
) -> frozenset[Alarm]:
    """Say why a place stands out, whatever the time; `EXPIRED` depends on that."""
    found = {
        Alarm.HELD: held,
        Alarm.GLASS: broken,
        Alarm.WAITING: request is not None,
        Alarm.DRIFT: drifts(present, delivered),
    }
    told = {alarm for alarm, stands in found.items() if stands}
    if present is not None and present.verdict in _VERDICTS:
        told.add(_VERDICTS[present.verdict])
    return frozenset(told)


def drifts(present: Present | None, delivered: Delivered | None) -> bool:
    """Tell whether another release gets requests than the one that was promoted, or none does."""
    return (
        present is not None
        and bool(present.release)
        and delivered is not None
        and delivered.serving != present.release
    )
