"""The time zones of this machine (IANA tzdata), as Python reads them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from importlib.resources.abc import Traversable

_STEP = timedelta(hours=12)
"""No zone changes its clock and back within that."""


class SystemTimeZones:
    """Time zones from the system's database or, where there is none, the package tzdata."""

    @cached_property
    def version(self) -> str:
        """Version of the database, or `unknown`."""
        for folder in map(Path, zoneinfo.TZPATH):
            for name in ("tzdata.zi", "+VERSION"):
                if line := _first_line(folder / name):
                    return line.removeprefix("# version ")
        try:
            return _first_line(resources.files("tzdata") / "zoneinfo" / "tzdata.zi").split()[-1]
        except (ModuleNotFoundError, IndexError):
            return "unknown"

    def names(self) -> Collection[str]:
        """List the zones there are.

        Raises:
            UnavailableError: There is no database.
        """
        found = zoneinfo.available_timezones()
        if not found:
            message = "this machine knows no time zones"
            raise UnavailableError(message, help=["pip install tzdata"])
        return found

    def offsets(self, name: str, since: str, until: str) -> Mapping[str, int]:
        """List the offsets of a zone: at `since`, and from each change before `until` on.

        Args:
            name: Its name, one of `names`.
            since: From when on (RFC 3339, UTC).
            until: Until when.
        """
        zone = zoneinfo.ZoneInfo(name)
        at, end = datetime.fromisoformat(since), datetime.fromisoformat(until)
        found = {since: _offset(zone, at)}
        while at < end:
            later = min(at + _STEP, end)
            if _offset(zone, later) != _offset(zone, at):
                change = _change(zone, at, later)
                if change < end:
                    found[change.strftime("%Y-%m-%dT%H:%M:%SZ")] = _offset(zone, change)
            at = later
        return found


def _offset(zone: zoneinfo.ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _change(zone: zoneinfo.ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Find the second between two times from which on the later offset holds."""
    first = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(zone, middle) == first else (before, middle)
    return after.astimezone(UTC)


def _first_line(path: Path | Traversable) -> str:
    """Read the first line of a file; empty if there is none to be read."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(100).strip()
    except (OSError, UnicodeDecodeError):
        return ""
