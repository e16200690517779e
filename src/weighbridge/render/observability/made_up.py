"""Series that are made up: they stand still, rise evenly, or keep up with the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Unforeseen(Exception):  # noqa: N818 - it is no error: the sentence says what is not known
    """What an expression gives cannot be told beforehand; the message says why."""


class Kind(Enum):
    """How a series goes on from its begin."""

    STILL = "still"
    RISING = "rising"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        name: The metric's name.
        labels: Its labels.
        kind: How it goes on.
        size: Its value; of one that rises, how much a second; of a clock, how many seconds it is
            behind.
    """

    name: str
    labels: dict[str, str]
    kind: Kind
    size: float

    @property
    def moves(self) -> bool:
        """Whether its value changes."""
        return self.kind is not Kind.STILL and self.slope != 0

    @property
    def slope(self) -> float:
        """How much it rises a second."""
        return {Kind.STILL: 0.0, Kind.RISING: self.size, Kind.CLOCK: 1.0}[self.kind]

    def at(self, time: float) -> float:
        """Return its value, some seconds behind the begin."""
        start = {Kind.STILL: self.size, Kind.RISING: 0.0, Kind.CLOCK: -self.size}[self.kind]
        return start + self.slope * time


@dataclass(frozen=True, slots=True)
class Element:
    """What an expression gives for some labels; names of metrics are left away.

    Attributes:
        labels: The labels.
        value: The value.
    """

    labels: dict[str, str]
    value: float


Vector: TypeAlias = list[Element]
