"""Names by environments: what is where, what waits, and what somebody should look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from weighbridge.usecases.chronicle.attention import Alarm, drifts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.environment.standing import Stop
    from weighbridge.usecases.chronicle.deliveries import Delivered
    from weighbridge.usecases.chronicle.holds import Held
    from weighbridge.usecases.chronicle.pointers import Present
    from weighbridge.usecases.chronicle.requests import Request
    from weighbridge.usecases.chronicle.told import Told

ANY = "any"
"""What is wanted of names that stand out for whatever reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which names somebody wants to see.

    Attributes:
        containing: Part of the name; empty for all.
        alarm: An `Alarm`, `ANY`, or empty whether they stand out or not.
        after: The name behind which to begin; empty for the beginning.
        limit: How many at most.
    """

    containing: str = ""
    alarm: str = ""
    after: str = ""
    limit: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A name in an environment.

    Attributes:
        present: What it points to there; None if nothing ever came.
        held: What holds it there; None if nothing does.
        delivery: The newest delivery; None if none was begun.
        drift: Whether another release gets requests than the one promoted, or none does.
        request: What waits to be let in; None if nothing does.
        alarms: Why it stands out, sorted.
    """

    present: Present | None
    held: Held | None
    delivery: Delivered | None
    drift: bool
    request: Request | None
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A name.

    Attributes:
        name: The name.
        version: Version of the release of it that was sealed last.
        digest: Digest of that.
        sealed: When that was.
        cells: What there is of it in each environment.
    """

    name: str
    version: str
    digest: str
    sealed: str
    cells: Mapping[str, Cell]

    @property
    def arrived(self) -> tuple[str, ...]:
        """Where the release sealed last is."""
        here = ((place, cell.present) for place, cell in self.cells.items())
        return tuple(place for place, one in here if one and one.release == self.digest)

    @property
    def asked(self) -> tuple[str, ...]:
        """Where it waits to be let in."""
        here = ((place, cell.request) for place, cell in self.cells.items())
        return tuple(place for place, one in here if one and one.release == self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A page of names.

    Attributes:
        size: Entries of the ledger it is of.
        environments: Digest of each environment as it was applied last, by name.
        freezes: Environments that are frozen now, by name.
        rows: The names of the page.
        more: Whether there are more behind them.
        names: How many names there are in all.
        alarming: How many of them stand out.
        alarms: How many for each reason.
        proposals: How many changes wait for owners.
    """

    size: int
    environments: Mapping[str, str]
    freezes: Mapping[str, Stop]
    rows: tuple[Row, ...]
    more: bool
    names: int
    alarming: int
    alarms: Mapping[str, int]
    proposals: int


Alarms = dict[str, dict[str, frozenset[Alarm]]]


def pipeline(told: Told, wanted: Wanted, *, now: str) -> Pipeline:
    """Look over names; what is returned stays as it is when the chronicle goes on.

    Args:
        told: The chronicle.
        wanted: Which names.
        now: The time.
    """
    alarming = told.alarms_at(now)
    counted = Counter(
        alarm for found in alarming.values() for alarm in frozenset[Alarm]().union(*found.values())
    )
    names = [*islice(_names(told, wanted, alarming), wanted.limit + 1)]
    control = told.control
    return Pipeline(
        size=told.size,
        environments=dict(control.environments),
        freezes={name: one for name, one in control.freezes.items() if not one.is_over(now)},
        rows=tuple(_row(told, name, alarming.get(name, {})) for name in names[: wanted.limit]),
        more=len(names) > wanted.limit,
        names=len(told.names),
        alarming=len(alarming),
        alarms={alarm.value: counted[alarm] for alarm in Alarm if counted[alarm]},
        proposals=len(control.proposals),
    )


def _names(told: Told, wanted: Wanted, alarming: Alarms) -> Iterator[str]:
    if not wanted.alarm:
        found = told.names.order().containing(wanted.containing, wanted.after)
        yield from (name for name in found if name > wanted.after)
        return
    for name in sorted(alarming):
        reasons = frozenset[Alarm]().union(*alarming[name].values())
        if name > wanted.after and wanted.containing in name and wanted.alarm in {ANY, *reasons}:
            yield name


def _row(told: Told, name: str, alarms: Mapping[str, frozenset[Alarm]]) -> Row:
    sealed = told.names.newest(name)
    return Row(
        name=name,
        version="" if sealed is None else sealed.version,
        digest="" if sealed is None else sealed.digest,
        sealed="" if sealed is None else sealed.time,
        cells={place: _cell(told, name, place, alarms) for place in told.control.environments},
    )


def _cell(told: Told, name: str, place: str, alarms: Mapping[str, frozenset[Alarm]]) -> Cell:
    here = place, name
    present, delivery = told.pointers.present.get(here), told.deliveries.newest.get(here)
    request = told.requests.open_at(here)
    return Cell(
        present=None if present is None else replace(present),
        held=told.holds.held.get(here),
        delivery=None if delivery is None else replace(delivery),
        drift=drifts(present, delivery),
        request=None if request is None else replace(request),
        alarms=tuple(sorted(alarms.get(place, ()))),
    )
