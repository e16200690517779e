"""What came of a condition's examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from weighbridge.model.location import Location

Wanted = Literal["pass", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """One example of a condition, tried.

    Attributes:
        condition: Name of the condition.
        title: What it demands.
        origin: The policy it stands in.
        wanted: Whether it should hold in the example (`pass`) or not (`fail`).
        number: Which of those examples, counted from 1.
        ok: Whether it was as wanted; what could not be decided never is.
        why: What came of it: a sentence without its subject, the condition.
        location: Where the example stands.
    """

    condition: str
    title: str
    origin: str
    wanted: Wanted
    number: int
    ok: bool
    why: str
    location: Location
