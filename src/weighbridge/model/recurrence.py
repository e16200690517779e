"""Recurrence rules (RFC 5545, section 3.3.10): their text; nothing here computes a date.

A promotion window has no start of its own to count from, so what RFC 5545 counts from there
(`COUNT`, `INTERVAL`) is refused.
"""

from __future__ import annotations

import re

_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
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


class RecurrenceError(ValueError):
    """A text is not a recurrence rule of those a window can have."""


def check_recurrence(text: str) -> None:
    """Refuse what is not a recurrence rule.

    Raises:
        RecurrenceError: With what is wrong, as the end of a sentence.
    """
    seen: set[str] = set()
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if name in _COUNTED and equals:
            raise RecurrenceError(f"has {name}, and a window has no start to count from")
        if name not in _PARTS or not equals:
            raise RecurrenceError(f"has the part {part!r}, which is none of {', '.join(_PARTS)}")
        if name in seen:
            raise RecurrenceError(f"has {name} twice")
        if not _PARTS[name].fullmatch(value):
            raise RecurrenceError(f"has a {name} that cannot be {value!r}")
        seen.add(name)
    if "FREQ" not in seen:
        raise RecurrenceError("has no FREQ")
