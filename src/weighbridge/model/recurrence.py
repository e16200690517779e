"""Recurrence rules (RFC 5545, section 3.3.10): their text, read; nothing here computes a date.

A promotion window has no start of its own to count from. What RFC 5545 counts from there (`COUNT`,
`INTERVAL`) is refused, and so is a rule that leaves its days to it; hours, minutes and seconds it
does not name are zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

MAX_TIMES = 1440
"""How often a window may open in a day: each minute is enough."""

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = rf"(?:{'|'.join(DAYS)})"
_NUMBERED = re.compile(rf"([+-]?[1-5])?({_DAY})")
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
_COUNTED = frozenset({"COUNT", "INTERVAL"})


def _numbers(low: int, high: int) -> re.Pattern[str]:
    """Match a list of numbers within bounds, which may count from the end if they start at 1."""
    sign = "[+-]?" if low == 1 else ""
    every = "|".join(str(number) for number in range(high, low - 1, -1))
    one = f"{sign}0?(?:{every})"
    return re.compile(f"{one}(?:,{one})*")


_PARTS: dict[str, re.Pattern[str]] = {
    "FREQ": re.compile("|".join(_FREQUENCIES)),
    "UNTIL": re.compile(r"\d{8}(?:T\d{6}Z?)?", re.ASCII),
    "BYSECOND": _numbers(0, 59),
    "BYMINUTE": _numbers(0, 59),
    "BYHOUR": _numbers(0, 23),
    "BYDAY": re.compile(rf"(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY})*"),
    "BYMONTHDAY": _numbers(1, 31),
    "BYYEARDAY": _numbers(1, 366),
    "BYWEEKNO": _numbers(1, 53),
    "BYMONTH": re.compile(_numbers(1, 12).pattern.replace("[+-]?", "")),
    "BYSETPOS": _numbers(1, 366),
    "WKST": re.compile(_DAY),
}
_ONLY_IN = {
    "BYWEEKNO": frozenset({"YEARLY"}),
    "BYYEARDAY": frozenset({"YEARLY", "HOURLY"}),
    "BYMONTHDAY": frozenset({"YEARLY", "MONTHLY", "DAILY", "HOURLY"}),
}
"""Parts that RFC 5545 forbids in rules of other frequencies."""

_NAMES_DAYS = {
    "YEARLY": ("BYDAY", "BYMONTHDAY", "BYYEARDAY"),
    "MONTHLY": ("BYDAY", "BYMONTHDAY"),
    "WEEKLY": ("BYDAY",),
}
"""Parts of which a rule needs one: else its day would be that of the start it does not have."""


class RecurrenceError(ValueError):
    """A text is not a recurrence rule of those a window can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A recurrence rule, read.

    Attributes:
        frequency: `YEARLY`, `MONTHLY`, `WEEKLY`, `DAILY` or `HOURLY`.
        weekdays: Days of the week, each as which of them (0 for every one) and the day, Monday 0.
        months: Months it is limited to; empty for all, as in all that follow.
        month_days: Days of the month; from its end if negative.
        year_days: Days of the year; from its end if negative.
        weeks: Weeks of the year (ISO 8601).
        hours: Hours.
        minutes: Minutes.
        seconds: Seconds.
        positions: Which of those within one year, month, week, day or hour; from the end if
            negative.
        week_start: On which day weeks begin.
        until: The last moment it may open at, as it was written, or empty.
    """

    frequency: str
    weekdays: tuple[tuple[int, int], ...]
    months: tuple[int, ...]
    month_days: tuple[int, ...]
    year_days: tuple[int, ...]
    weeks: tuple[int, ...]
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    positions: tuple[int, ...]
    week_start: int
    until: str


def read_recurrence(text: str) -> Recurrence:
    """Read a recurrence rule.

    Raises:
        RecurrenceError: With what is wrong, as the end of a sentence.
    """
    parts = _parts(text)
    _check_together(parts)
    frequency = parts["FREQ"]
    rule = Recurrence(
        frequency=frequency,
        weekdays=_weekdays(parts.get("BYDAY", "")),
        months=_listed(parts, "BYMONTH"),
        month_days=_listed(parts, "BYMONTHDAY"),
        year_days=_listed(parts, "BYYEARDAY"),
        weeks=_listed(parts, "BYWEEKNO"),
        hours=_listed(parts, "BYHOUR") or (tuple(range(24)) if frequency == "HOURLY" else (0,)),
        minutes=_listed(parts, "BYMINUTE") or (0,),
        seconds=_listed(parts, "BYSECOND") or (0,),
        positions=_listed(parts, "BYSETPOS"),
        week_start=DAYS.index(parts.get("WKST", "MO")),
        until=parts.get("UNTIL", ""),
    )
    until_of(rule)
    times = len(rule.hours) * len(rule.minutes) * len(rule.seconds)
    if times > MAX_TIMES:
        raise RecurrenceError(f"opens {times} times a day, and {MAX_TIMES} is the most")
    return rule


def until_of(rule: Recurrence) -> tuple[datetime, bool] | None:
    """Read the last moment a rule may open at, and whether it is UTC; None if it has none.

    A day alone counts as a whole.

    Raises:
        RecurrenceError: There is no such day or time.
    """
    text = rule.until
    if not text:
        return None
    day, _, time = text.removesuffix("Z").partition("T")
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '235959'}")
    except ValueError as error:
        raise RecurrenceError(f"has an UNTIL that cannot be {text!r}") from error
    return moment, text.endswith("Z")


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if name in _COUNTED and equals:
            raise RecurrenceError(f"has {name}, and a window has no start to count from")
        if name not in _PARTS or not equals:
            raise RecurrenceError(f"has the part {part!r}, which is none of {', '.join(_PARTS)}")
        if name in found:
            raise RecurrenceError(f"has {name} twice")
        if not _PARTS[name].fullmatch(value):
            raise RecurrenceError(f"has a {name} that cannot be {value!r}")
        found[name] = value
    if "FREQ" not in found:
        raise RecurrenceError("has no FREQ")
    return found


def _check_together(parts: dict[str, str]) -> None:
    """Refuse parts that cannot be together, and a rule that does not say on which days."""
    frequency = parts["FREQ"]
    for name, allowed in _ONLY_IN.items():
        if name in parts and frequency not in allowed:
            raise RecurrenceError(f"has {name}, which RFC 5545 forbids with FREQ={frequency}")
    numbered = any(which for which, _ in _weekdays(parts.get("BYDAY", "")))
    if numbered and (frequency not in {"YEARLY", "MONTHLY"} or "BYWEEKNO" in parts):
        raise RecurrenceError(
            "has a BYDAY with a number, and there is no month or year to count in"
        )
    if "BYSETPOS" in parts and not any(name[:2] == "BY" for name in parts.keys() - {"BYSETPOS"}):
        raise RecurrenceError("has BYSETPOS and nothing it could choose from")
    needed = _NAMES_DAYS.get(frequency, ())
    if needed and not any(name in parts for name in needed):
        message = (
            f"does not say on which days, and a window has no start; add {' or '.join(needed)}"
        )
        raise RecurrenceError(message)


def _weekdays(value: str) -> tuple[tuple[int, int], ...]:
    """Read days of the week as (which of them, day)."""
    found = _NUMBERED.findall(value)
    return tuple((int(number or 0), DAYS.index(day)) for number, day in found)


def _listed(parts: dict[str, str], name: str) -> tuple[int, ...]:
    return tuple(sorted({int(number) for number in parts.get(name, "").split(",") if number}))
