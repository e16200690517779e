"""What weeks come to: how much was asked, what came of it, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from weighbridge.usecases.chronicle.timing import DAY, seconds, week_begins, week_of, written
from weighbridge.usecases.chronicle.weeks import Week

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from weighbridge.usecases.chronicle.told import Told

_RECURRING: Final = 20
"""Waivers that recur that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long something took.

    Attributes:
        count: How often there was something to measure.
        median: Half of them took at most so many seconds.
        p90: Nine in ten took at most so many.
    """

    count: int = 0
    median: int = 0
    p90: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A week.

    Attributes:
        begins: When it began, `YYYY-MM-DDTHH:MM:SSZ`.
        done: Promotions that moved a pointer.
        blocked: Promotions that were not let in.
        observed: Promotions that were only looked at.
        rolled_back: Rollbacks.
        waived: Waivers that were given.
        remedied: How long what had been blocked took to be let in.
        led: How long releases took from seal to the last environment.
    """

    begins: str
    done: int
    blocked: int
    observed: int
    rolled_back: int
    waived: int
    remedied: Span
    led: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A waiver that was given more than once for releases of a name.

    Attributes:
        environment: Where.
        name: The name.
        rule: For findings of which rule.
        times: How often in the weeks looked at.
        ever: How often in all.
        last: When last.
    """

    environment: str
    name: str
    rule: str
    times: int
    ever: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """What some weeks come to.

    Attributes:
        weeks: Each of them, oldest first; those in which nothing happened, too.
        remedied: How long what had been blocked took to be let in, over all of them.
        led: How long releases took from seal to the last environment, over all of them.
        recurring: Waivers that recur, the most frequent first.
        recurring_in_all: How many recur.
        decisions: Entries of the newest promotions that were not let in, newest first.
        blocked: How many those are in all.
    """

    weeks: tuple[Counted, ...]
    remedied: Span
    led: Span
    recurring: tuple[Recurring, ...]
    recurring_in_all: int
    decisions: tuple[int, ...]
    blocked: int


def insights(
    told: Told, *, days: int, final: Collection[str], decisions: int, now: str
) -> Insights:
    """Sum up whole weeks, back to the one that was so many days ago.

    Args:
        told: The chronicle.
        days: How many days.
        final: The environments no other takes releases from.
        decisions: How many entries of blocked promotions are wanted at most.
        now: The time.
    """
    last = week_of(seconds(now))
    first = week_of(seconds(now) - days * DAY)
    weeks = [(at, told.weeks.weeks.get(at) or Week()) for at in range(first, last + 1)]
    recurring = sorted(
        _recurring(told, since=written(week_begins(first))),
        key=lambda one: (-one.times, -one.ever, one.rule, one.name, one.environment),
    )
    newest = (entry for _, week in reversed(weeks) for entry in reversed(week.decisions))
    return Insights(
        weeks=tuple(_counted(at, week, final) for at, week in weeks),
        remedied=span(one for _, week in weeks for one in week.remedied),
        led=span(one for _, week in weeks for one in _led(week, final)),
        recurring=tuple(recurring[:_RECURRING]),
        recurring_in_all=len(recurring),
        decisions=tuple(islice(newest, decisions)),
        blocked=sum(len(week.decisions) for _, week in weeks),
    )


def _counted(at: int, week: Week, final: Collection[str]) -> Counted:
    return Counted(
        begins=written(week_begins(at)),
        done=week.done,
        blocked=week.blocked,
        observed=week.observed,
        rolled_back=week.rolled_back,
        waived=week.waived,
        remedied=span(week.remedied),
        led=span(_led(week, final)),
    )


def _led(week: Week, final: Collection[str]) -> Iterator[int]:
    for environment in final:
        yield from week.led.get(environment, ())


def _recurring(told: Told, *, since: str) -> Iterator[Recurring]:
    for (environment, name), said in told.waivers.said.items():
        given = [one for one in said if not one.asks]
        for rule in {one.rule for one in given} if len(given) > 1 else ():
            times = [one.time for one in given if one.rule == rule]
            if len(times) > 1 and times[-1] >= since:
                yield Recurring(
                    environment=environment,
                    name=name,
                    rule=rule,
                    times=sum(time >= since for time in times),
                    ever=len(times),
                    last=times[-1],
                )


def span(values: Iterable[int]) -> Span:
    """Say how long things took, each in seconds."""
    found = sorted(values)
    if not found:
        return Span()
    return Span(count=len(found), median=_at(found, 50), p90=_at(found, 90))


def _at(values: Sequence[int], percent: int) -> int:
    """Return the least value that so many in a hundred do not exceed."""
    return values[-(-len(values) * percent // 100) - 1]
