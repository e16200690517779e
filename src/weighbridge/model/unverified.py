"""A release whose bytes or papers were found wrong: folded from what the ledger says of it.

It is unverified from the entry that says so until a later one says that all was read again, and
nothing found. What was found by several is told together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.event import EventError, Kind
from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.event import Event
    from weighbridge.model.verification import Problem

KINDS = frozenset({Kind.RELEASE_UNVERIFIED, Kind.RELEASE_VERIFIED})
"""Kinds of entries that say whether the bytes of a release are those that were sealed."""

MOST = 16
"""How many problems an entry tells."""
LONGEST = 200
"""How long each text of a problem is there, in characters."""
_TOLD = 3
_TEXTS = ("code", "subject", "seen", "wanted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something that was found wrong with a release.

    Attributes:
        code: The rule it breaks (`INT001`), or the error it is.
        subject: What it is about: a path, a digest, an entry of the ledger.
        seen: What is there.
        wanted: What should have been there.
    """

    code: str
    subject: str
    seen: str = ""
    wanted: str = ""

    def record(self) -> dict[str, str]:
        """Write it as plain values."""
        return {name: getattr(self, name) for name in _TEXTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A release that was found wrong, and not found in order since.

    Attributes:
        entry: The first entry that says so.
        at: When that was.
        by: Who or what found it, as the entry says; empty if it does not.
        found: All that was found since, each once, in the order of the ledger.
        more: How much else was found and is not told.
    """

    entry: int
    at: str
    by: str
    found: tuple[Wrong, ...]
    more: int = 0

    @property
    def words(self) -> str:
        """What was found, in short."""
        told = [f"{one.subject} ({one.code})" for one in self.found[:_TOLD]]
        rest = len(self.found) - len(told) + self.more
        return ", ".join(told) + (f" and {rest} more" if rest else "")


def body_of(problems: Sequence[Problem]) -> dict[str, Any]:
    """Write what was found, as an entry tells it: not more than fits into one."""
    told = [_wrong(one).record() for one in problems[:MOST]]
    more = len(problems) - len(told)
    return {"problems": told, **({"more": more} if more else {})}


def _wrong(problem: Problem) -> Wrong:
    return Wrong(**{name: _short(getattr(problem, name)) for name in _TEXTS})


def _short(text: str) -> str:
    """Cut a text, and write what has no form in UTF-8 so that it has one."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def fold_unverified(events: Iterable[tuple[int, Event]]) -> dict[str, Unverified]:
    """Fold which releases are unverified, by release digest.

    Args:
        events: Entries of the ledger with their indices, oldest first; those of other kinds are
            passed over.

    Raises:
        EventError: One of them does not say what it must.
    """
    found: dict[str, Unverified] = {}
    for index, event in events:
        if event.kind not in KINDS:
            continue
        release = _text(event.body, "release")
        if event.kind is Kind.RELEASE_VERIFIED:
            found.pop(release, None)
        else:
            found[release] = _joined(found.get(release), index, event)
    return found


def _joined(before: Unverified | None, index: int, event: Event) -> Unverified:
    wrong, more = found_in(event.body)
    if before is None:
        by = _text(event.body, "by")
        return Unverified(entry=index, at=event.time, by=by, found=wrong, more=more)
    return Unverified(
        entry=before.entry,
        at=before.at,
        by=before.by,
        found=tuple(dict.fromkeys((*before.found, *wrong))),
        more=max(before.more, more),
    )


def found_in(body: Mapping[str, Any]) -> tuple[tuple[Wrong, ...], int]:
    """Read what an entry says was found, and how much else was.

    Raises:
        EventError: It says nothing, or not in the form it must.
    """
    problems, more = body.get("problems"), body.get("more", 0)
    if not isinstance(problems, list) or not problems or type(more) is not int or more < 0:
        raise EventError("the event does not say what was found")
    return tuple(_read(one) for one in problems), more


def _read(problem: object) -> Wrong:
    if not isinstance(problem, dict):
        raise EventError("the event does not say what was found")
    return Wrong(**{name: _text(problem, name) for name in _TEXTS})


def _text(body: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := body.get(name), str):
        raise EventError(f"the event says no {name}")
    return value


def in_short(body: Mapping[str, Any]) -> str:
    """Say what an entry says was found, in one line.

    Raises:
        EventError: It does not say.
    """
    wrong, more = found_in(body)
    first, count = wrong[0], len(wrong) + more
    seen = f", seen {first.seen}" if first.seen else ""
    wanted = f", wanted {first.wanted}" if first.wanted else ""
    rest = f"; {plural(count, 'problem')} in all" if count > 1 else ""
    return f"{first.code} {first.subject}{seen}{wanted}{rest}"
