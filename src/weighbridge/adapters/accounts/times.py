"""Times of accounts: `YYYY-MM-DDTHH:MM:SSZ`, which sort as they follow each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def later(at: str, seconds: int) -> str:
    """Return the time so many seconds after another; before it if they are negative."""
    moment = datetime.strptime(at, FORM).replace(tzinfo=UTC)
    return (moment + timedelta(seconds=seconds)).strftime(FORM)


def minute(at: str) -> str:
    """Return the beginning of a time's minute."""
    return f"{at[:16]}:00Z"
