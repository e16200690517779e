"""What `doctor` finds: one line for each thing that works here, or does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Condition(Enum):
    """How something stands on this machine."""

    WORKS = "works"
    MISSING = "missing"
    """It is not there; only what needs it does without."""
    BROKEN = "broken"
    """It should work and does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        condition: How it stands.
        detail: What was seen.
        purpose: What it is for.
        help: What to do, one step an entry.
    """

    name: str
    condition: Condition
    detail: str = ""
    purpose: str = ""
    help: tuple[str, ...] = ()
