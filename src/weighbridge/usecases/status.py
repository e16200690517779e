"""`status` and `history`: where releases point, and how they came there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.compliance import why
from weighbridge.gate.exceptions import EXPIRED
from weighbridge.gate.glass import told, unreviewed
from weighbridge.model.decision import PointerState
from weighbridge.usecases.believed import believe
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.model.event import Event
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.overseeing import Standing


def status(
    registry: Registry, *, name: str | None, environment: str | None, now: str
) -> list[PointerState]:
    """List every pointer, with what the gate says of what is there now.

    Args:
        registry: The registry.
        name: This release name only.
        environment: This environment only.
        now: The time to decide at.

    Raises:
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        overseer = Overseer(Gathering.of(view, registry), now=now)
        places = overseer.places(name=name, environment=environment)
        return [_state(overseer.look(*place)) for place in places]


def _state(one: Standing) -> PointerState:
    last, verdict = one.pointer.moves[-1], one.decision.verdict
    return PointerState(
        environment=one.environment,
        name=one.name,
        version=last.version,
        release=last.release,
        generation=last.generation,
        since=last.at,
        by=last.by,
        held=one.pointer.held,
        verdict=verdict,
        why=why(one.decision),
        told=tuple(each for each in one.decision.conditions if each.warns or each.id == EXPIRED),
        frozen=_frozen(one.case),
        unreviewed="; ".join(map(told, unreviewed(one.case))),
        changed=one.recorded.event.time if one.recorded.verdict is verdict else "",
    )


def _frozen(case: Case) -> str:
    """Say why nothing is promoted to an environment now, or nothing."""
    stop = case.frozen
    return "" if stop is None or stop.is_over(case.now) else stop.words


def history(
    registry: Registry, name: str, *, environment: str | None = None
) -> list[tuple[int, Event]]:
    """List the entries about a release name, oldest first, with their indices."""
    topic = f"release:{name}" if environment is None else f"gate:{environment}/{name}"
    with registry.reading() as view:
        return list(believe(view, log_key=registry.log_key).found(topic))
