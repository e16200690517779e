"""Durations and times as people write them on the command line."""

from __future__ import annotations

_DAY = len("2026-01-31")
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def seconds_of(text: str, option: str) -> int:
    """Read a duration in seconds: `90s`, `30min`, `24h`, `7d`.

    Raises:
        UsageError: It is none.
    """
    import re

    from weighbridge.model.errors import UsageError

    found = re.fullmatch(r"(\d{1,9})(s|min|h|d)", text, re.ASCII)
    if found is None:
        wanted = "a number and s, min, h or d"
        raise UsageError(f"{text!r} is no duration", wanted=wanted, help=[f"{option} 24h"])
    return int(found[1]) * _UNITS[found[2]]


def time_of(text: str, option: str, now: str = "") -> str:
    """Read a day, which begins at midnight UTC, a time, or a number of days from now.

    Args:
        text: What was given.
        option: The option it was given for.
        now: The time days are counted from; they cannot be counted if it is empty.

    Raises:
        UsageError: It is none of them.
    """
    import re

    from weighbridge.gate.times import after
    from weighbridge.model.errors import UsageError
    from weighbridge.model.trust import TrustError, check_time

    days = re.fullmatch(r"([0-9]{1,5})d", text)
    if days is not None and now:
        return after(now, f"{int(days[1]) * 86_400}s")
    try:
        return check_time(f"{text}T00:00:00Z" if len(text) == _DAY else text)
    except TrustError as error:
        wanted = "a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z"
        wanted += ", or 30d" if now else ""
        raise UsageError(f"{option} is no time", seen=text, wanted=wanted) from error
