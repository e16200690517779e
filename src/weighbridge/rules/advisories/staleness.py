"""How old advisories are, and when that is too old."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.advisory import AdvisoryData

MOST_DAYS = 7
"""Days after which advisories are stale; new ones are published daily."""
_FUTURE = -1


def age_days(at: str, now: str) -> int:
    """Count whole days between two times (RFC 3339), of later ones below zero."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(at)).days


def stale(data: AdvisoryData, now: str, *, most: int = MOST_DAYS) -> list[str]:
    """Say why advisories cannot be taken for today's; nothing if they can.

    Both must be recent: when they were compiled, and when the newest record was changed. What was
    compiled today may be a copy from last year.

    Args:
        data: The advisories.
        now: The time (RFC 3339).
        most: Days after which they are stale.
    """
    found = []
    for what, at in (
        ("the newest record was changed", data.newest),
        ("they were loaded", data.fetched),
    ):
        if not at:
            found.append(f"nobody knows when {what}")
            continue
        age = age_days(at, now)
        if age > most:
            found.append(f"{what} {age} days ago")
        elif age < _FUTURE:
            found.append(f"{what} on a day to come ({at})")
    return found
