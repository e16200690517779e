"""Every release that is somewhere now, with what the gate says of it there, in one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.decide import decide
from weighbridge.model.decision import GateVerdict
from weighbridge.model.errors import NotFoundError
from weighbridge.model.event import Kind
from weighbridge.usecases.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.decision import Decision
    from weighbridge.model.event import Event
    from weighbridge.usecases.gathering import Gathering


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The newest verdict on a release that stands somewhere, as the ledger has it.

    Attributes:
        entry: Its entry: the move, or the change of the verdict since.
        event: That entry.
        verdict: The verdict.
    """

    entry: int
    event: Event
    verdict: GateVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A release that stands somewhere.

    Attributes:
        environment: Where.
        name: Its name.
        pointer: Where the name points there, and how it came to.
        case: What the gate knows of it.
        decision: What the gate says of it.
        recorded: What the ledger says the gate has said last.
    """

    environment: str
    name: str
    pointer: Pointer
    case: Case
    decision: Decision
    recorded: Recorded


class Overseer:
    """Looks at all that stands, from one moment of a registry; each policy is compiled once."""

    def __init__(self, gathering: Gathering, *, now: str) -> None:
        """Take a moment.

        Args:
            gathering: The moment.
            now: The time to decide at; that of the newest entry if that is later.
        """
        self._gathering = gathering
        self._now = max(now, gathering.log.time)
        self._programs = Programs()

    @property
    def now(self) -> str:
        """The time it is decided at."""
        return self._now

    def places(
        self, *, name: str | None = None, environment: str | None = None
    ) -> Iterator[tuple[str, str]]:
        """List where which names point to something: (environment, name), sorted.

        Raises:
            NotFoundError: There is no such environment.
        """
        gathering = self._gathering
        if environment is not None:
            gathering.environment(environment)
        for place in sorted(gathering.state.environments):
            for known in gathering.names if environment in {None, place} else ():
                if name in {None, known} and gathering.pointer(place, known).moves:
                    yield place, known

    def look(self, environment: str, name: str) -> Standing:
        """Decide whether what stands somewhere may stay.

        Raises:
            NotFoundError: Nothing of the name stands there.
            LedgerError: What is needed is not what the ledger names.
        """
        case = self._gathering.standing(environment, name, now=self._now)
        pointer = self._gathering.pointer(environment, name)
        return Standing(
            environment=environment,
            name=name,
            pointer=pointer,
            case=case,
            decision=self.decide(case),
            recorded=recorded(self._gathering, environment, name),
        )

    def recorded(self, environment: str, name: str) -> Recorded:
        """Find the newest verdict on what stands somewhere, as the ledger has it.

        Raises:
            NotFoundError: Nothing of the name stands there.
        """
        return recorded(self._gathering, environment, name)

    def decide(self, case: Case) -> Decision:
        """Decide a case."""
        return decide(case, self._programs.of(case))


def recorded(gathering: Gathering, environment: str, name: str) -> Recorded:
    """Find the newest verdict on what stands somewhere: of its move, or of a change since.

    Raises:
        NotFoundError: Nothing of the name stands there.
    """
    kinds = {Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE, Kind.VERDICT_CHANGED}
    for index, event in reversed(gathering.found(f"gate:{environment}/{name}")):
        if event.kind in kinds:
            verdict = GateVerdict(event.body["verdict"])
            return Recorded(entry=index, event=event, verdict=verdict)
    raise NotFoundError(f"{environment} points to no release of {name}")
