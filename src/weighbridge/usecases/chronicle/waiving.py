"""Waivers of all places, what ends first before the rest; how each stands the gate says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from weighbridge.model.decision import Exceptional
from weighbridge.model.errors import WeighbridgeError
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.waivers import waivers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.decision import WaiverState
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.chronicle.entry import Place
    from weighbridge.usecases.chronicle.told import Told

Key = tuple[str, int]
"""When a waiver ends, and its entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which waivers somebody wants to see.

    Attributes:
        rule: Those of this rule; of all if empty.
        environment: Those for this environment; for all if empty.
        name: Those for releases of this name; of all if empty.
        state: Those that stand like that (`Exceptional`); all if empty.
        after: When the last of the page before ends, and its entry; None for the first page.
        limit: How many at most.
    """

    rule: str = ""
    environment: str = ""
    name: str = ""
    state: str = ""
    after: Key | None = None
    limit: int = 8


class Candidate(NamedTuple):
    """A waiver that may stand; what ends first comes before the rest.

    Attributes:
        expires: When it ends.
        entry: Its entry.
        place: Where.
        release: For which release it was said.
    """

    expires: str
    entry: int
    place: Place
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of waivers.

    Attributes:
        states: How they stand, each with the release it was said for.
        problems: Of which places nobody could tell, and why.
        after: Behind which the next page begins; None if this is the last.
    """

    states: tuple[tuple[WaiverState, str], ...]
    problems: tuple[tuple[Place, str], ...]
    after: Key | None


def candidates(told: Told, sought: Sought, *, now: str) -> list[Candidate]:
    """List what may stand of what is sought, what ends first before the rest.

    One that ended can only matter where what is there came while it lasted.
    """
    return sorted(_candidates(told, sought, now))


def _candidates(told: Told, sought: Sought, now: str) -> Iterator[Candidate]:
    asks = {Exceptional.REQUESTED: True, "": None}.get(sought.state, False)
    for place, said in told.waivers.said.items():
        present = told.pointers.present.get(place)
        since = now if present is None else min(present.since, now)
        if sought.environment not in {"", place[0]} or sought.name not in {"", place[1]}:
            continue
        for one in said:
            stands = one.expires > since and asks in {None, one.asks}
            behind = sought.after is None or (one.expires, one.entry) > sought.after
            if stands and behind and sought.rule in {"", one.rule}:
                yield Candidate(one.expires, one.entry, place, one.release)


def look_at(
    found: Sequence[Candidate], sought: Sought, *, view: LedgerView, registry: Registry, now: str
) -> Found:
    """Ask the gate how waivers stand, of at most as many places as a page has rows.

    Args:
        found: What may stand, in its order.
        sought: What is sought.
        view: One moment of the registry.
        registry: The registry.
        now: The time.
    """
    gathering = Gathering.of(view, registry)
    known: dict[Place, dict[int, WaiverState]] = {}
    problems: dict[Place, str] = {}
    states: list[tuple[WaiverState, str]] = []
    last: Key | None = None
    for one in found:
        if len(states) == sought.limit or (one.place not in known and len(known) == sought.limit):
            return Found(states=tuple(states), problems=tuple(problems.items()), after=last)
        last = one.expires, one.entry
        if one.place not in known:
            known[one.place] = {}
            try:
                known[one.place] = _states(gathering, one.place, now)
            except WeighbridgeError as error:
                problems[one.place] = str(error)
        state = known[one.place].get(one.entry)
        if state is not None and sought.state in {"", state.state.value}:
            states.append((state, one.release))
    return Found(states=tuple(states), problems=tuple(problems.items()), after=None)


def _states(gathering: Gathering, place: Place, now: str) -> dict[int, WaiverState]:
    environment, name = place
    found = waivers_in(gathering, name=name, environment=environment, now=now)
    return {one.entry: one for one in found}
