"""The clock on the wall of a time zone, by the offsets an environment was applied with.

A time the clock skips never comes; one it shows twice is meant the first time (RFC 5545, sections
3.3.10 and 3.3.5).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from weighbridge.gate.times import moment
from weighbridge.model.environment.standing import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = timedelta(days=1)
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The clock of one zone.

    Attributes:
        name: The zone.
        changes: From when on each offset holds, in order.
        offsets: The offsets, in seconds.
    """

    name: str
    changes: tuple[datetime, ...]
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, name: str, offsets: Mapping[str, int]) -> LocalClock:
        """Make the clock of a zone from its offsets."""
        known = sorted((moment(at), offset) for at, offset in offsets.items())
        return cls(name, tuple(at for at, _ in known), tuple(offset for _, offset in known))

    def shown(self, at: datetime) -> datetime | None:
        """Return what the clock shows at a time, without a zone; None before it is known."""
        offset = self._offset(at)
        return None if offset is None else (at + timedelta(seconds=offset)).replace(tzinfo=None)

    def first(self, local: datetime) -> datetime | None:
        """Return when the clock shows a time first; None if it never does."""
        near = local.replace(tzinfo=UTC)
        low, high = (bisect_right(self.changes, at) for at in (near - _DAY, near + _DAY))
        for offset in sorted(set(self.offsets[max(low - 1, 0) : high]), reverse=True):
            at = near - timedelta(seconds=offset)
            if self._offset(at) == offset:
                return at
        return None

    def moment(self, at: datetime) -> Moment:
        """Write a time in UTC and as the clock shows it."""
        text, local = at.strftime("%Y-%m-%dT%H:%M:%SZ"), self.shown(at)
        if local is None:
            return Moment(at=text, local="")
        clock = local.isoformat(" ", "seconds" if local.second else "minutes")
        words = f"{_NAMES[local.weekday()]} {clock} in {self.name}"
        return Moment(at=text, local=words)

    def _offset(self, at: datetime) -> int | None:
        place = bisect_right(self.changes, at) - 1
        return None if place < 0 else self.offsets[place]
