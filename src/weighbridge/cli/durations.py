"""Durations as people write them on the command line."""

from __future__ import annotations

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
