"""A page of the ledger, newest first, and of that what somebody looks for.

What there is a topic for is found by it; for the rest, entries are read from the end, so many a
page at most: who looks for what is rare gets an answer in time, and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.usecases.believed import BelievedLog

MOST: Final = 20_000
"""Entries that are looked at for one page."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for; each that is not empty must hold.

    Attributes:
        kind: The kind of the entry.
        person: Who said, did or signed it.
        name: The name of the releases it is about.
        environment: Where it happened.
    """

    kind: str = ""
    person: str = ""
    name: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of entries.

    Attributes:
        events: The entries with their indices, the newest first.
        below: Below which entry to go on; None if there is nothing more.
        looked: Entries that were looked at.
    """

    events: tuple[tuple[int, Event], ...]
    below: int | None
    looked: int


def entries_page(
    log: BelievedLog, wanted: Wanted, *, below: int | None, limit: int, most: int = MOST
) -> Found:
    """List entries, the newest first; what is listed is proven.

    Args:
        log: The ledger.
        wanted: What somebody looks for.
        below: Only entries before this one; None for all.
        limit: Entries of a page.
        most: Entries that are looked at.

    Raises:
        LedgerError: The ledger does not prove an entry.
    """
    end = log.size if below is None else min(below, log.size)
    found: list[tuple[int, Event]] = []
    looked = 0
    for index, data in _candidates(log.view, wanted, end):
        if looked == most or len(found) == limit:
            return Found(events=tuple(found), below=index + 1, looked=looked)
        looked += 1
        if all(each in data for each in _traces(wanted)):
            event = log.event(index)
            if _is_wanted(event, wanted):
                found.append((index, event))
    return Found(events=tuple(found), below=None, looked=looked)


def persons_of(body: Mapping[str, Any]) -> list[str]:
    """Name who said, did or signed what an entry says, each once, in their order there."""
    owners = (one.get("person") for one in body.get("owners", ()))
    named = [body.get("person"), body.get("by"), *body.get("signers", ()), *owners]
    return [*dict.fromkeys(one for one in named if isinstance(one, str) and one)]


def _candidates(view: LedgerView, wanted: Wanted, end: int) -> Iterator[tuple[int, bytes]]:
    """Read entries from the end on: those under topics if some are known, or all."""
    topics = [*_topics(view, wanted)]
    if topics:
        indices = {index for topic in topics for index in view.found(topic) if index < end}
        for index in sorted(indices, reverse=True):
            yield index, view.entry(index)
        return
    while end > 0:
        start = max(end - _AT_ONCE, 0)
        for index, data in reversed([*enumerate(view.entries(start, end), start)]):
            yield index, data
        end = start


def _topics(view: LedgerView, wanted: Wanted) -> Iterator[str]:
    name, environment = wanted.name, wanted.environment
    if name and environment:
        yield f"gate:{environment}/{name}"
        yield f"delivery:{environment}/{name}"
    elif name:
        yield f"release:{name}"
        for _, digest in view.versions(name):
            yield f"subject:{digest}"
    elif wanted.kind.startswith("control."):
        yield "control"


def _traces(wanted: Wanted) -> list[bytes]:
    """List what must stand in the bytes of an entry, so that few of them are read as events."""
    kind = [b'"kind":' + canonical_bytes(wanted.kind)] if wanted.kind else []
    names = (wanted.person, wanted.environment)
    return [*kind, *(canonical_bytes(one)[1:-1] for one in names if one)]


def _is_wanted(event: Event, wanted: Wanted) -> bool:
    return (
        wanted.kind in {"", event.kind.value}
        and (not wanted.person or wanted.person in persons_of(event.body))
        and (not wanted.environment or wanted.environment in _places(event.body))
    )


def _places(body: Mapping[str, Any]) -> set[object]:
    """Name where it happened; what owners apply is an environment's own name."""
    said = body.get("said")
    found = {body.get("environment"), said.get("environment") if isinstance(said, dict) else None}
    if str(body.get("action", "")).startswith("environment."):
        found.add(body.get("about"))
    return found
