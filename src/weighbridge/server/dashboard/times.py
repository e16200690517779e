"""Times as people read them: how long ago, how long still, and on which day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from weighbridge.model.wording import plural

_UNITS: Final = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3_600))


def ago(time: str, now: str) -> str:
    """Say how long ago a time is: `3 days ago`, `just now`."""
    past = _read(now) - _read(time)
    return f"in {_length(-past)}" if past < timedelta(0) else _worded(past, "{} ago", "just now")


def ahead(time: str, now: str) -> str:
    """Say how long there is still until a time: `in 3 days`, `3 days ago` if it is over."""
    left = _read(time) - _read(now)
    return f"{_length(-left)} ago" if left <= timedelta(0) else f"in {_length(left)}"


def lasting(seconds: int) -> str:
    """Say how long something took: `3 days`."""
    return _length(timedelta(seconds=seconds))


def moment(time: str) -> str:
    """Write a time for people: `2026-11-29 14:05 UTC`."""
    return f"{_read(time):%Y-%m-%d %H:%M} UTC"


def minutes_before(time: str, minutes: int) -> str:
    """Return the time some minutes before another, `YYYY-MM-DDTHH:MM:SSZ`."""
    return f"{_read(time) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def _worded(span: timedelta, text: str, least: str) -> str:
    return least if span < timedelta(minutes=1) else text.format(_length(span))


def _length(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, length in _UNITS:
        if seconds >= length:
            return plural(seconds // length, unit)
    return plural(max(seconds // 60, 1), "minute")


def _read(time: str) -> datetime:
    return datetime.fromisoformat(time).astimezone(UTC)
