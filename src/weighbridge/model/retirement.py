"""Rules that are retired: their codes are never given out again, and stay listed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What became of a rule.

    Attributes:
        name: Its name, as it was.
        on: From when it is not asked any more (RFC 3339).
        successor: Code of the rule that took its place, or empty.
        reason: Why.
    """

    name: str
    on: str
    reason: str
    successor: str = ""

    def is_at(self, now: str) -> bool:
        """Tell whether it is retired at a time (RFC 3339)."""
        return dt.datetime.fromisoformat(self.on) <= dt.datetime.fromisoformat(now)

    @property
    def told(self) -> str:
        """What became of it, in a clause."""
        instead = f"{self.successor} takes its place" if self.successor else "nothing replaces it"
        return f"retired on {self.on[:10]}: {instead} ({self.reason})"
