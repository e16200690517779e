"""`status` and `history`: where releases point, and how they came there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.gate.decide import decide
from weighbridge.gate.exceptions import EXPIRED
from weighbridge.gate.glass import told, unreviewed
from weighbridge.model.decision import PointerState
from weighbridge.usecases.believed import believe
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.model.event import Event
    from weighbridge.model.ports import Registry


def status(
    registry: Registry, *, name: str | None, environment: str | None, now: str
) -> list[PointerState]:
    """List every pointer, with what the gate would say of it now.

    Args:
        registry: The registry.
        name: This release name only.
        environment: This environment only.
        now: The time to decide at.

    Raises:
        NotFoundError: There is no such environment.
    """
    found: list[PointerState] = []
    with registry.reading() as view:
        gathering = Gathering(view, registry)
        if environment is not None:
            gathering.environment(environment)
        names = sorted({known for known, _, _ in view.releases() if name in {None, known}})
        for place in sorted(gathering.state.environments):
            for known in names if environment in {None, place} else ():
                pointer = gathering.pointer(place, known)
                if not pointer.moves:
                    continue
                now_or_later = max(now, gathering.log.time)
                found_case = gathering.case(place, pointer.release, now=now_or_later)
                case = replace(found_case, arrives=False)
                decision = decide(case, program_of(case.bundle))
                last = pointer.moves[-1]
                found.append(
                    PointerState(
                        environment=place,
                        name=known,
                        version=last.version,
                        release=last.release,
                        generation=last.generation,
                        since=last.at,
                        by=last.by,
                        held=pointer.held,
                        verdict=decision.verdict,
                        told=tuple(
                            one for one in decision.conditions if one.warns or one.id == EXPIRED
                        ),
                        frozen=_frozen(case),
                        unreviewed="; ".join(map(told, unreviewed(case))),
                    )
                )
    return found


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
