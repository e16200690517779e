"""How jobs are run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """What workers go by.

    Attributes:
        attempts: How often a job is tried if something it needs is not to be had.
        pause: Seconds before the second attempt; each later one waits twice as long.
        longest_pause: Seconds no pause is longer than.
        rescan: When (`HH:MM`, UTC) advisories are asked about again, daily; empty for never.
        checks: Whether what is sealed is checked without anybody asking.
    """

    attempts: int = 5
    pause: float = 5.0
    longest_pause: float = 600.0
    rescan: str = "02:00"
    checks: bool = True
