"""Times of entries as numbers: seconds of Unix time, and the calendar weeks they are in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

DAY: Final = 86_400
_MONDAY: Final = 3
"""Days from the Monday before 1970 to its first day, a Thursday."""


def seconds(time: str) -> int:
    """Read a time, in seconds of Unix time.

    Raises:
        ValueError: It is none.
    """
    return int(datetime.fromisoformat(time).timestamp())


def written(at: int) -> str:
    """Write a time, `YYYY-MM-DDTHH:MM:SSZ`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def week_of(at: int) -> int:
    """Number the week a time is in; it begins on Monday, in UTC."""
    return (at // DAY + _MONDAY) // 7


def week_begins(week: int) -> int:
    """Tell when a week begins, in seconds of Unix time."""
    return (week * 7 - _MONDAY) * DAY
