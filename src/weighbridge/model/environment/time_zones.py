"""What an applied environment says of time zones: facts, so that no gate has to look any up.

The clock on the wall depends on a database that differs between machines and years. Whoever
applies an environment writes down what its windows need of it, and owners sign that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from weighbridge.model.trust import TrustError, check_time

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TIME_ZONES = "timeZones"
"""The member of a record beside those of the document that holds the facts."""

MAX_OFFSET = 86_400


class TimeZoneError(ValueError):
    """What an environment says of time zones cannot be read."""


class TimeZones(Protocol):
    """The time zones of this machine."""

    @property
    def version(self) -> str:
        """Version of the database they are from, such as `2026a`."""

    def names(self) -> Collection[str]:
        """List the zones there are."""

    def offsets(self, name: str, since: str, until: str) -> Mapping[str, int]:
        """List the offsets of a zone: at `since`, and from each change before `until` on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFacts:
    """Offsets of some time zones for some years.

    Attributes:
        version: Version of the database they are from.
        until: From when on nothing is known.
        offsets: Of each zone, from when on which offset from UTC holds, in seconds; the earliest
            is when knowledge begins.
    """

    version: str
    until: str
    offsets: Mapping[str, Mapping[str, int]]

    def record(self) -> dict[str, Any]:
        """Write them as plain values."""
        zones = {name: dict(offsets) for name, offsets in self.offsets.items()}
        return {"offsets": zones, "tzdata": self.version, "until": self.until}

    def from_on(self, now: str, until: str) -> dict[str, dict[str, int]]:
        """Return the offsets of each zone between two times, whenever the first began."""
        return {
            name: {max(at, now): offset for at, offset in _later(offsets, now) if at < until}
            for name, offsets in self.offsets.items()
        }


def _later(offsets: Mapping[str, int], now: str) -> list[tuple[str, int]]:
    """List the offset that holds at a time, and those after it."""
    known = sorted(offsets.items())
    ended = sum(after <= now for (_, _), (after, _) in pairwise(known))
    return known[ended:]


def read_zone_facts(tree: object) -> ZoneFacts:
    """Read them from a record.

    Raises:
        TimeZoneError: They are not what was written.
    """
    if not isinstance(tree, dict):
        raise TimeZoneError("nothing is said of time zones")
    try:
        facts = ZoneFacts(
            version=str(tree["tzdata"]),
            until=check_time(tree["until"]),
            offsets={str(name): _offsets(found) for name, found in tree["offsets"].items()},
        )
    except (AttributeError, KeyError, TypeError, TrustError) as error:
        raise TimeZoneError(f"what is said of time zones cannot be read: {error}") from error
    return facts


def _offsets(tree: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {check_time(at): offset for at, offset in tree.items()}
    if not found:
        raise TypeError("a zone has no offset")
    if not all(type(one) is int and abs(one) < MAX_OFFSET for one in found.values()):
        raise TypeError("an offset is no number of seconds within a day")
    return dict(sorted(found.items()))
