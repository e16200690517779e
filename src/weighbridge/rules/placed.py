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
    quoted = value if _WORD.fullmatch(value) else "'" + value.replace("'", "'\\''") + "'"
    return f"run `weighbridge set {path(facts, at)} {quoted}`"


def as_written(facts: Facts, at: str, canonical: str) -> str:
    """Write a value as the manifest does, else in its canonical form."""
    source = facts.document.source_text(at) if facts.document else ""
    return source.strip("\"'") if source else canonical


def known(name: str, names: Collection[str], what: str) -> str:
    """Say which name was probably meant, or which there are."""
    if close := get_close_matches(name, names, n=1):
        return f"did you mean `{close[0]}`?"
    listed = sorted(names)
    more = ", …" if len(listed) > _LISTED else ""
    return f"{what}: {', '.join(listed[:_LISTED])}{more}" if listed else f"no {what}"
