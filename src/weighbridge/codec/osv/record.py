"""The value of a record to what is known of a flaw: every field that matters, checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from weighbridge.model.advisory import Advisory, Affected, Level, VersionRange

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = 200
"""Characters of an id; the longest in use have fewer than forty."""
_EVENTS = ("introduced", "fixed", "last_affected", "limit")
_SUMMARY = 120
"""Characters of what is said in one line."""


class RecordError(ValueError):
    """It is no record, or lacks what every record must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record, read.

    Attributes:
        advisory: What it says.
        data: The record itself, all of it, as canonical JSON.
    """

    advisory: Advisory
    data: bytes


def advisory_of(
    value: Mapping[str, Any],
    *,
    level: Level = Level.UNKNOWN,
    score: int | None = None,
    vectors: tuple[str, ...] = (),
) -> Advisory:
    """Read the value of a record.

    Args:
        value: The record.
        level: How bad it is (`codec.osv.severity`).
        score: Its CVSS score in tenths.
        vectors: Its CVSS vectors.

    Raises:
        RecordError: Something in it is not of the form the schema gives it.
    """
    name = _text(value, "id")
    if not name or len(name) > _ID or not name.isprintable() or " " in name:
        raise RecordError("has no id")
    return Advisory(
        id=name,
        aliases=tuple(sorted({*_texts(value, "aliases")} - {name})),
        summary=_first_line(value),
        published=_text(value, "published"),
        modified=_time(_text(value, "modified")),
        withdrawn=_withdrawn(value),
        level=level,
        score=score,
        vectors=vectors,
        affected=tuple(
            found for one in _mappings(value, "affected") if (found := _affected(one)) is not None
        ),
    )


def _affected(value: Mapping[str, Any]) -> Affected | None:
    """Read what is affected; one that names commits of a repository only names no package."""
    package = value.get("package")
    if package is None:
        return None
    if not isinstance(package, dict):
        raise RecordError("affected.package is not a mapping")
    ecosystem, name = _text(package, "ecosystem"), _text(package, "name")
    if not ecosystem or not name:
        raise RecordError("affected.package has no name or no ecosystem")
    return Affected(
        ecosystem=ecosystem,
        package=canonicalize_name(name) if ecosystem == "PyPI" else name,
        versions=tuple(_texts(value, "versions")),
        ranges=tuple(_range(one) for one in _mappings(value, "ranges")),
    )


def _range(value: Mapping[str, Any]) -> VersionRange:
    events: list[tuple[str, str]] = []
    for event in _mappings(value, "events"):
        found = [(kind, _text(event, kind)) for kind in _EVENTS if kind in event]
        if not found:
            raise RecordError("an event is none of introduced, fixed, last_affected, limit")
        events += found
    return VersionRange(
        kind=_text(value, "type").upper(), events=tuple(events), repo=_text(value, "repo")
    )


def _withdrawn(value: Mapping[str, Any]) -> str:
    when = _text(value, "withdrawn")
    return _time(when) if when else ""


def _time(text: str) -> str:
    """Read a time and write it in UTC, to the second."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError("its time of change is no time") from error
    if found.tzinfo is None:
        raise RecordError("its time of change has no time zone")
    try:
        return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError as error:
        raise RecordError("its time of change is no time") from error


def _first_line(value: Mapping[str, Any]) -> str:
    text = _text(value, "summary") or _text(value, "details")
    first = text.strip().partition("\n")[0]
    return first if len(first) <= _SUMMARY else first[: _SUMMARY - 1] + "…"


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise RecordError(f"{key} is not text")
    return found


def _texts(value: Mapping[str, Any], key: str) -> list[str]:
    found = _list(value, key)
    if not all(isinstance(one, str) for one in found):
        raise RecordError(f"{key} holds something other than text")
    return found


def _mappings(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = _list(value, key)
    if not all(isinstance(one, dict) for one in found):
        raise RecordError(f"{key} holds something other than mappings")
    return found


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise RecordError(f"{key} is not a list")
    return found
