"""Where the files of a release are: folded from what the ledger says was done with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.model.event import EventError, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.event import Event

KINDS = frozenset({Kind.RELEASE_ARCHIVED, Kind.RELEASE_RESTORED, Kind.RELEASE_ERASED})
"""Kinds of entries that say where the files of a release are."""


class Whereabouts(StrEnum):
    """Where the files of a release can be."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Where the files of one release are.

    Attributes:
        where: In the registry's own store, in an archive, or nowhere.
        at: Since when; empty if they were never moved.
        place: The archive they lie in, or empty.
        places: Every archive they were ever moved to: copies may lie there still.
        reason: Why they were erased, or empty.
        by: The owners who had them erased.
    """

    where: Whereabouts = Whereabouts.ACTIVE
    at: str = ""
    place: str = ""
    places: frozenset[str] = frozenset()
    reason: str = ""
    by: tuple[str, ...] = ()


ACTIVE = Custody()
"""Of a release nobody has moved."""


def fold_custody(events: Iterable[Event]) -> dict[str, Custody]:
    """Fold where the files of releases are, by release digest; those never moved are left out.

    Args:
        events: Entries of the ledger, oldest first; those of other kinds are passed over.

    Raises:
        EventError: One of them does not say what it must.
    """
    found: dict[str, Custody] = {}
    for event in events:
        if event.kind not in KINDS:
            continue
        digest = _text(event, "digest")
        found[digest] = moved(found.get(digest, ACTIVE), event)
    return found


def moved(before: Custody, event: Event) -> Custody:
    """Return where the files of a release are after an entry of `KINDS` about it.

    What was erased stays erased, whatever is said later.

    Raises:
        EventError: It does not say what it must.
    """
    if before.where is Whereabouts.ERASED:
        return before
    after = replace(before, where=Whereabouts.ACTIVE, at=event.time, place="")
    if event.kind is Kind.RELEASE_ARCHIVED:
        place = _text(event, "place")
        places = before.places | {place}
        return replace(after, where=Whereabouts.ARCHIVED, place=place, places=places)
    if event.kind is Kind.RELEASE_ERASED:
        reason, by = _text(event, "reason"), _texts(event, "signers")
        return replace(after, where=Whereabouts.ERASED, reason=reason, by=by)
    return after


def _text(event: Event, name: str) -> str:
    if not isinstance(value := event.body.get(name), str):
        raise EventError(f"{event.kind} says no {name}")
    return value


def _texts(event: Event, name: str) -> tuple[str, ...]:
    value = event.body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise EventError(f"{event.kind} says no {name}")
    return tuple(value)
