"""Judgements about one value of the manifest: named as `weighbridge set` names it, and placed."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.location import pointer_parts
from weighbridge.rules import items
from weighbridge.rules.interface import Judgement

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.model.fact import Facts
    from weighbridge.model.finding import Edit, Severity
    from weighbridge.model.location import Location

_MEMBER_KEYS = ("name", "id", "alert", "ref")
_WORD = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_LISTED = 5
_ALIKE = 0.75


def against(
    facts: Facts,
    at: str,
    message: str,
    *,
    seen: str,
    wanted: str,
    remediation: tuple[str, ...],
    cause: str = "",
    location: Location | None = None,
    edits: tuple[Edit, ...] = (),
    severity: Severity | None = None,
    verdict: Verdict = Verdict.FAIL,
) -> Judgement:
    """Make a judgement against the value at a JSON pointer.

    Args:
        facts: What is known.
        at: JSON pointer of the value, whether it is there or missing.
        message: One sentence, lower case, no full stop.
        seen: What is there.
        wanted: What should be there.
        remediation: What to do, one step an entry.
        cause: Why it probably came to be.
        location: Where, if not where the value begins.
        edits: What `check --fix` would change.
        severity: If other than the rule's own.
        verdict: `fail`, or `inconclusive`.
    """
    return Judgement(
        message=message,
        subject=path(facts, at),
        location=location or items.place(facts, at),
        seen=seen,
        wanted=wanted,
        cause=cause,
        remediation=remediation,
        edits=() if facts.sealed else edits,
        severity=severity,
        verdict=verdict,
    )


def path(facts: Facts, at: str) -> str:
    """Write a JSON pointer with the names of list members, as `weighbridge set` takes it."""
    names = []
    node: object = facts.document.data if facts.document else None
    for part in pointer_parts(at):
        name = part
        if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
            name = _name(node) or part
        else:
            node = node.get(part) if isinstance(node, dict) else None
        names.append(name)
    return ".".join(names)


def _name(member: object) -> str:
    if not isinstance(member, dict):
        return ""
    name = next((member[key] for key in _MEMBER_KEYS if key in member), "")
    return name if isinstance(name, str) and _WORD.fullmatch(name) else ""


def setting(facts: Facts, at: str, value: str = "VALUE") -> str:
    """Write the step that sets a value."""
    if value.startswith("-"):  # the command line would take it for an option
        value = "VALUE"
    quoted = value if _WORD.fullmatch(value) else "'" + value.replace("'", "'\\''") + "'"
    return f"run `weighbridge set {path(facts, at)} {quoted}`"


def as_written(facts: Facts, at: str, canonical: str) -> str:
    """Write a value as the manifest does, else in its canonical form."""
    source = facts.document.source_text(at) if facts.document else ""
    return source.strip("\"'") if source else canonical


def nearest(name: str, names: Collection[str]) -> str:
    """Find the name that was probably meant, or an empty text."""
    return next(iter(get_close_matches(name, names, n=1, cutoff=_ALIKE)), "")


def misspelling(seen: str, meant: str) -> str:
    """Say that a name looks like one that is declared, if it does."""
    return f"{seen} looks like a misspelling of {meant}" if meant else ""


def listed(names: Collection[str], what: str) -> str:
    """Say which names there are: `one of errors, latency`."""
    known = sorted(names)
    more = ", …" if len(known) > _LISTED else ""
    return f"one of {', '.join(known[:_LISTED])}{more}" if known else f"{what}: there is none"


def one_of(
    facts: Facts, at: str, message: str, *, seen: str, names: Collection[str], what: str
) -> Judgement:
    """Make a judgement against a name that is none of those declared.

    Args:
        facts: What is known.
        at: JSON pointer of the name.
        message: One sentence.
        seen: The name.
        names: Those declared.
        what: What would have been right, for where nothing is declared.
    """
    meant = nearest(seen, names)
    return against(
        facts,
        at,
        message,
        seen=seen,
        wanted=meant or listed(names, what),
        cause=misspelling(seen, meant),
        remediation=(setting(facts, at, meant or "VALUE"), f"or declare {seen}"),
    )
