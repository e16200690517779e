"""Counters of calendar weeks: what was asked of the gate, and what came of it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle.timing import seconds, week_of

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry
    from weighbridge.usecases.chronicle.names import Names
    from weighbridge.usecases.chronicle.pointers import Pointers
    from weighbridge.usecases.chronicle.requests import Requests


def _numbers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Week:
    """What happened in a week.

    Attributes:
        done: Promotions that moved a pointer.
        blocked: Promotions that were not let in.
        observed: Promotions that were only looked at.
        rolled_back: Rollbacks.
        waived: Waivers that were given.
        decisions: Entries of the promotions that were not let in.
        remedied: Of each promotion that had been blocked before, the seconds from the first time.
        led: Of each environment, the seconds from seal to arrival of releases that came there.
    """

    done: int = 0
    blocked: int = 0
    observed: int = 0
    rolled_back: int = 0
    waived: int = 0
    decisions: array[int] = field(default_factory=_numbers)
    remedied: array[int] = field(default_factory=_numbers)
    led: dict[str, array[int]] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """Promotions that were asked for."""
        return self.done + self.blocked + self.observed


class Weeks:
    """Folds what weeks are counted by; it looks at the other folds before they take an entry.

    Attributes:
        weeks: The weeks in which something was counted, by their numbers.
    """

    def __init__(self, *, names: Names, pointers: Pointers, requests: Requests) -> None:
        """Begin with none."""
        self.weeks: dict[int, Week] = {}
        self._names, self._pointers, self._requests = names, pointers, requests

    def take(self, entry: Entry) -> None:
        """Take an entry of a promotion, a rollback, or of something said."""
        if entry.kind == Kind.ACT_SAID and entry.body["act"] != Act.WAIVE:
            return
        at = seconds(entry.time)
        week = self.weeks.setdefault(week_of(at), Week())
        if entry.kind == Kind.PROMOTION_DONE:
            week.done += 1
            self._arrive(week, entry, at)
        elif entry.kind == Kind.PROMOTION_BLOCKED:
            week.blocked += 1
            week.decisions.append(entry.number)
        elif entry.kind == Kind.PROMOTION_OBSERVED:
            week.observed += 1
        elif entry.kind == Kind.ROLLBACK_DONE:
            week.rolled_back += 1
        elif entry.kind == Kind.ACT_SAID:
            week.waived += 1

    def _arrive(self, week: Week, entry: Entry, at: int) -> None:
        body, (environment, name) = entry.body, entry.place
        asked = self._requests.of(entry.place, body["release"])
        if asked is not None:
            week.remedied.append(at - seconds(asked.first))
        sealed = self._names.sealed_at(name, body["version"])
        if sealed is not None and self._pointers.is_new(entry.place, body["version"]):
            week.led.setdefault(environment, _numbers()).append(at - sealed)
