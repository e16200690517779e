"""Times and spans as texts of their one form, compared without a clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal


def moment(text: str) -> datetime:
    """Read a time in UTC, as ledgers and manifests write it (RFC 3339)."""
    return datetime.fromisoformat(text)


def span(text: str) -> timedelta:
    """Read a canonical duration: decimal seconds, such as `86400s`."""
    return timedelta(microseconds=int(Decimal(text.removesuffix("s")) * 1_000_000))


def is_older(at: str, now: str, most: str) -> bool:
    """Tell whether something of a time is older than a duration; what is of later times is."""
    age = moment(now) - moment(at)
    return age > span(most) or age < timedelta(0)


def after(at: str, wait: str) -> str:
    """Return the time a duration later, as text."""
    return (moment(at) + span(wait)).strftime("%Y-%m-%dT%H:%M:%SZ")
