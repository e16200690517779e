"""The system's clock, in the one form times have in a ledger."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the time in UTC, `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
