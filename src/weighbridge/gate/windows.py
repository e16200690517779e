"""Promotion windows: is one open, and when does the next one open?

A window opens when its rule says so on the clock of its zone, and stays open for so many seconds
from then on, whatever that clock does meanwhile. Windows keep no rollback waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from weighbridge.gate.local_time import LocalClock
from weighbridge.gate.recurring import openings
from weighbridge.gate.times import moment, span
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.environment.standing import Hours
from weighbridge.model.environment.time_zones import TIME_ZONES, TimeZoneError, read_zone_facts
from weighbridge.model.recurrence import Recurrence, RecurrenceError, read_recurrence, until_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.gate.case import Case

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window of an environment.

    Attributes:
        rule: When it opens.
        lasts: How long it stays open.
        clock: The clock its rule goes by.
        ends: From when on that clock is not known.
        until: The last moment it opens at, and whether that is UTC; None if there is none.
    """

    rule: Recurrence
    lasts: timedelta
    clock: LocalClock
    ends: datetime
    until: tuple[datetime, bool] | None

    def opened(self, now: datetime) -> datetime | None:
        """Return when it opened last, if it is open."""
        first, last = (now - self.lasts - _DAY).date(), min((now + _DAY).date(), self._last_day)
        for year in range(last.year, first.year - 1, -1):
            for day, times in reversed(openings(self.rule, year)):
                if not first <= day <= last:
                    continue
                for time in reversed(times):
                    at = self._at(datetime.combine(day, time))
                    if at is not None and at <= now:
                        return at if now < at + self.lasts else None
        return None

    def opens(self, now: datetime) -> datetime | None:
        """Return when it opens next, as far as that is known."""
        first, last = (now - _DAY).date(), self._last_day
        for year in range(first.year, min(self.ends.year, last.year) + 1):
            for day, times in openings(self.rule, year):
                for time in times if first <= day <= last else ():
                    at = self._at(datetime.combine(day, time))
                    if at is not None and at > now:
                        return at if at < self.ends else None
        return None

    @property
    def _last_day(self) -> date:
        """The last day it can open on: after the end of a rule nothing is looked for."""
        ends = self.ends.replace(tzinfo=None)
        return (min(ends, self.until[0] if self.until else ends) + _DAY).date()

    def _at(self, local: datetime) -> datetime | None:
        """Return when the clock shows a time, unless the rule had ended by then."""
        at = self.clock.first(local)
        if at is None or self.until is None:
            return at
        last, in_utc = self.until
        return at if (at.replace(tzinfo=None) if in_utc else local) <= last else None


def windows_of(record: Mapping[str, Any]) -> list[Window]:
    """Read the windows of an environment as it was applied.

    Raises:
        RecurrenceError: A rule cannot be read.
        TimeZoneError: What is said of time zones cannot be read, or not of all that are named.
    """
    found = record["spec"].get("windows") or ()
    if not found:
        return []
    facts = read_zone_facts(record.get(TIME_ZONES))
    clocks = {name: LocalClock.of(name, offsets) for name, offsets in facts.offsets.items()}
    unknown = sorted({one["timezone"] for one in found} - clocks.keys())
    if unknown:
        raise TimeZoneError(f"nothing is said of the time zone {unknown[0]}")
    return [
        Window(
            rule=rule,
            lasts=span(one["duration"]),
            clock=clocks[one["timezone"]],
            ends=moment(facts.until),
            until=until_of(rule),
        )
        for one, rule in ((one, read_recurrence(one["rrule"])) for one in found)
    ]


def hours(windows: Sequence[Window], at: str) -> Hours:
    """Say how windows stand at a time; there is one at least."""
    now, ends = moment(at), windows[0].ends
    clocks = {one.clock.name: one.clock for one in windows}
    known = now < ends and all(one.shown(now) is not None for one in clocks.values())
    open_ = [(one, opened) for one in windows if known and (opened := one.opened(now))]
    next_ = [(one, opens) for one in windows if known and (opens := one.opens(now))]
    first = min(open_, key=lambda pair: pair[1], default=None)
    last = max(open_, key=lambda pair: pair[1] + pair[0].lasts, default=None)
    soon = min(next_, key=lambda pair: pair[1], default=None)
    return Hours(
        now=tuple(clock.moment(now) for clock in clocks.values()),
        until=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        known=known,
        opened=first and first[0].clock.moment(first[1]),
        closes=last and last[0].clock.moment(last[1] + last[0].lasts),
        opens=soon and soon[0].clock.moment(soon[1]),
    )


def judge_windows(case: Case) -> Iterator[Judged]:
    """Judge whether promotions may happen now, where the environment has windows."""
    try:
        windows = windows_of(case.environment)
    except (RecurrenceError, TimeZoneError) as error:
        yield _unknown(f"its windows cannot be read: {error}")
        return
    if not windows:
        return
    found = hours(windows, case.now)
    seen = f"now {', '.join(one.words for one in found.now)}"
    if not found.known:
        yield _unknown(f"what it knows of time zones ends at {found.until}", seen)
    elif found.opened and found.closes:
        yield Judged(
            id="in-window",
            outcome=Outcome.MET,
            why=f"open since {found.opened.words}",
            seen=seen,
            wanted=f"before {found.closes.words}",
            binds=False,
        )
    else:
        opens = f"not before {found.opens.words}" if found.opens else f"none before {found.until}"
        yield Judged(
            id="in-window",
            outcome=Outcome.UNMET,
            why="no promotion window is open",
            seen=seen,
            wanted=opens,
            waits=True,
            binds=False,
        )


def _unknown(why: str, seen: str = "") -> Judged:
    return Judged(
        id="in-window",
        outcome=Outcome.INCONCLUSIVE,
        why=why,
        seen=seen,
        wanted="an environment whose owners applied it for the time it is",
        remedy=("apply the environment again: weighbridge env apply FILE",),
        waits=True,
        binds=False,
    )
