"""When evidence was made: at the ledger's time, or earlier where it says so itself.

A scan of last year does not become fresh by being handed in today.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from weighbridge.gate.times import moment
from weighbridge.model.predicates import (
    DRILL,
    OPENVEX,
    PARITY,
    SARIF,
    VSA,
    VULNERABILITIES,
    VULNERABILITIES_02,
    family,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Evidence

_PLACES = {
    DRILL: ("at",),
    OPENVEX: ("timestamp",),
    PARITY: ("at",),
    SARIF: ("runs", "invocations", "endTimeUtc"),
    VSA: ("timeVerified",),
    VULNERABILITIES: ("metadata", "scanFinishedOn"),
    VULNERABILITIES_02: ("metadata", "scanFinishedOn"),
}
"""Where evidence of a type says when it was made. When something was built says nothing of that."""


def made_at(one: Evidence) -> str:
    """Return the earliest time that is said of evidence, in the form of the ledger's times."""
    said = [_moment(text) for text in _texts(one)]
    found = min([moment(one.at), *filter(None, said)])
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _texts(one: Evidence) -> Iterator[str]:
    values: list[Any] = [one.predicate]
    for name in _PLACES.get(family(one.predicate_type), ("",)):
        values = [found for value in values for found in _members(value, name)]
    yield from (value for value in values if isinstance(value, str))


def _members(value: object, name: str) -> list[Any]:
    """Return a member of a mapping, or of each mapping in a list; those of a list one by one."""
    holders: list[Any] = value if isinstance(value, list) else [value]
    found = [holder.get(name) for holder in holders if isinstance(holder, dict)]
    return [one for item in found for one in (item if isinstance(item, list) else [item])]


def _moment(text: str) -> datetime | None:
    """Read a time with its zone; what is none was told where the shape was looked at."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
