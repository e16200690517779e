"""What an environment with windows is pinned to: the clocks they go by, for twenty years."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from weighbridge.codec import faults
from weighbridge.gate.times import moment
from weighbridge.gate.windows import windows_of
from weighbridge.model.environment.time_zones import (
    TIME_ZONES,
    TimeZoneError,
    ZoneFacts,
    read_zone_facts,
)
from weighbridge.model.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.document import Document
    from weighbridge.model.environment import Window
    from weighbridge.model.environment.time_zones import TimeZones

_BEFORE, _AHEAD, _ENOUGH = 2, 21, 10
"""Years: how far facts reach back, how far ahead, and how far they must at least to be kept."""


def unknown_zones(
    windows: Iterable[Window], document: Document, zones: TimeZones
) -> Iterator[Fault]:
    """Say which time zones of an environment this machine does not know."""
    known = zones.names()
    for place, window in enumerate(windows):
        if window.timezone in known:
            continue
        close = difflib.get_close_matches(window.timezone, known, n=1)
        advice = f"did you mean `{close[0]}`?" if close else "name one such as Europe/Berlin or UTC"
        yield Fault(
            faults.WRONG_VALUE,
            f"there is no time zone {window.timezone}",
            document.location(f"/spec/windows/{place}/timezone"),
            seen=window.timezone,
            cause=f"not in the time zone database of this machine, version {zones.version}",
            help=(advice,),
        )


def never_open(record: Mapping[str, Any], document: Document) -> Iterator[Fault]:
    """Say which windows of a record never open in all the years it knows of."""
    for place, window in enumerate(windows_of(record)):
        if window.opens(window.clock.changes[0]) is None:
            yield Fault(
                faults.WRONG_VALUE,
                "this window never opens",
                document.location(f"/spec/windows/{place}/rrule"),
                seen=record["spec"]["windows"][place]["rrule"],
                cause=f"its rule has no day from {window.clock.changes[0].year}"
                f" to {window.ends.year - 1}",
                help=("remove it, or mend its rule",),
            )


def with_zones(
    record: Mapping[str, Any],
    *,
    zones: TimeZones,
    now: str,
    earlier: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Pin a record to what its windows need of time zones.

    What an earlier record of the same environment says is kept as long as this machine agrees: to
    apply it again is no news, and a second owner signs the bytes of the first.

    Args:
        record: The record without.
        zones: The time zones of this machine.
        now: The time.
        earlier: Records of the environment that are in force or wait for signatures.
    """
    facts = _facts(record, zones, now)
    for other in earlier:
        known = _known(other)
        if known is not None and _same(record, other) and _holds(known, facts, now):
            return {**record, TIME_ZONES: known.record()}
    return {**record, TIME_ZONES: facts.record()}


def _facts(record: Mapping[str, Any], zones: TimeZones, now: str) -> ZoneFacts:
    since, until = _new_year(now, -_BEFORE), _new_year(now, _AHEAD)
    names = sorted({one["timezone"] for one in record["spec"]["windows"]})
    return ZoneFacts(
        version=zones.version,
        until=until,
        offsets={name: zones.offsets(name, since, until) for name in names},
    )


def _new_year(now: str, years: int) -> str:
    return f"{moment(now).year + years:04}-01-01T00:00:00Z"


def _known(record: Mapping[str, Any]) -> ZoneFacts | None:
    try:
        return read_zone_facts(record.get(TIME_ZONES))
    except TimeZoneError:
        return None


def _same(record: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return {name: value for name, value in other.items() if name != TIME_ZONES} == record


def _holds(known: ZoneFacts, facts: ZoneFacts, now: str) -> bool:
    """Tell whether what was pinned before is so still, and reaches far enough ahead."""
    since, until = _new_year(now, -_BEFORE), min(known.until, facts.until)
    same = known.from_on(since, until) == facts.from_on(since, until)
    return same and known.until >= _new_year(now, _ENOUGH)
