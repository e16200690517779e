"""Codes of rules nobody asks: retired, never given out again and still listed; or not yet asked."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A rule that has its code and is not asked yet.

    Attributes:
        name: Its name, as it will be.
        purpose: What it will find.
        until: What is told of that until then, and by what.
    """

    name: str
    purpose: str
    until: str

    @property
    def told(self) -> str:
        """What it is kept for, in two sentences."""
        return f"Reserved, nobody asks it yet: {self.purpose}. Until then: {self.until}."
