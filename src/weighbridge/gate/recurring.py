"""When a recurrence rule opens, by the clock on the wall: one calendar year at a time.

dateutil says which days of a year a rule is about. It is asked for no more than that year, for it
would go on to the year 9999 after a day that never comes; which of those days BYSETPOS chooses,
and at which times, is settled here.
"""

from __future__ import annotations

from datetime import MAXYEAR, date, datetime, time, timedelta
from itertools import groupby, product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from weighbridge.model.recurrence import Recurrence


def openings(rule: Recurrence, year: int) -> list[tuple[date, tuple[time, ...]]]:
    """List the days of a year a rule opens on, in their order, each with its times.

    Args:
        rule: The rule; its UNTIL is not looked at.
        year: The year.
    """
    times = _times(rule)
    if not rule.positions or rule.frequency in {"DAILY", "HOURLY"}:
        return [(day, times) for day in _days(rule, year)] if times else []
    found = _days(rule, year)
    if rule.frequency == "WEEKLY":  # a week may have begun in the year before
        before, after = _days(rule, year - 1)[-7:], _days(rule, year + 1)[:7]
        found = [*before, *found, *after]
    chosen = [
        entry
        for _, days in groupby(found, key=lambda day: _period(rule, day))
        for entry in _choose(list(days), times, rule.positions)
    ]
    return [(day, at) for day, at in chosen if day.year == year]


def _days(rule: Recurrence, year: int) -> list[date]:
    """List the days of a year that every part of a rule admits.

    Without an interval a rule of any frequency is a yearly one that names the months in which its
    days are counted.
    """
    from dateutil.rrule import YEARLY, rrule, weekday  # noqa: PLC0415 - needed by windows alone

    plain = [weekday(day) for which, day in rule.weekdays if not which]
    numbered = [weekday(day, which) for which, day in rule.weekdays if which]
    months: Sequence[int] | None = rule.months or None
    if numbered and rule.frequency == "MONTHLY":
        months = months or range(1, 13)
    parts: dict[str, Any] = {
        "dtstart": datetime(year, 1, 1),  # noqa: DTZ001 - the clock on the wall
        "interval": MAXYEAR,  # so that there is no second year
        "wkst": rule.week_start,
        "bymonth": months,
        "bymonthday": rule.month_days or None,
        "byyearday": rule.year_days or None,
        "byweekno": rule.weeks or None,
    }
    # Together, dateutil would take them for one demand: a Monday that is the second Tuesday.
    asked = [one for one in (plain, numbered) if one] or [[weekday(day) for day in range(7)]]
    found = {day.date() for days in asked for day in rrule(YEARLY, byweekday=days, **parts)}
    return sorted(found)


def _times(rule: Recurrence) -> tuple[time, ...]:
    """List the times of a day a rule opens at; every day it opens on has the same."""
    every = [time(*at) for at in product(rule.hours, rule.minutes, rule.seconds)]
    if not rule.positions or rule.frequency not in {"DAILY", "HOURLY"}:
        return tuple(every)
    if rule.frequency == "DAILY":
        return tuple(_picked(every, rule.positions))
    hours = groupby(every, key=lambda at: at.hour)
    return tuple(at for _, group in hours for at in _picked(list(group), rule.positions))


def _picked(every: Sequence[time], positions: Sequence[int]) -> list[time]:
    return [every[place] for place in _places(len(every), positions)]


def _places(size: int, positions: Sequence[int]) -> list[int]:
    """Turn positions (from 1, or from the end) into those there are, in order."""
    found = {at - 1 if at > 0 else size + at for at in positions}
    return sorted(place for place in found if 0 <= place < size)


def _period(rule: Recurrence, day: date) -> Hashable:
    """Name the year, month or week of a rule that a day is in."""
    if rule.frequency == "YEARLY":
        return day.year
    if rule.frequency == "MONTHLY":
        return day.year, day.month
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _choose(
    days: Sequence[date], times: Sequence[time], positions: Sequence[int]
) -> Iterator[tuple[date, tuple[time, ...]]]:
    """Choose out of all times of a period, which are too many to be written out."""
    places = _places(len(days) * len(times), positions)
    for day, group in groupby(places, key=lambda place: place // len(times)):
        yield days[day], tuple(times[place % len(times)] for place in group)
