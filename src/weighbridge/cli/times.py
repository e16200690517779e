"""Times as people write them on a command line: a day, a moment, or so many days from now."""

from __future__ import annotations

import re

_DAY = len("2026-01-31")
_DAYS = re.compile(r"([0-9]{1,5})d")


def read_time(text: str, now: str, option: str) -> str:
    """Read a day, which begins at midnight UTC, a time, or a number of days from now.

    Args:
        text: What was written.
        now: The time.
        option: The option it was written for.

    Raises:
        UsageError: It is none of them.
    """
    from weighbridge.gate.times import after
    from weighbridge.model.errors import UsageError
    from weighbridge.model.trust import TrustError, check_time

    days = _DAYS.fullmatch(text)
    if days is not None:
        return after(now, f"{int(days[1]) * 86_400}s")
    try:
        return check_time(f"{text}T00:00:00Z" if len(text) == _DAY else text)
    except TrustError as error:
        wanted = "a day such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or 30d"
        raise UsageError(f"{option} is no time", seen=text, wanted=wanted) from error
