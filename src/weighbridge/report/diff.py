"""What differs between two releases, for people, pull requests and programs."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.markup import code, table
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.change import Change, Kind, Risk, Value
    from weighbridge.report.style import Style

_SIGNS: Mapping[Kind, str] = {"added": "+", "removed": "-", "changed": "~"}
_STYLES: Mapping[Risk, Style] = {"high": "error", "medium": "warning", "low": "note"}
_DIGEST = re.compile(r"\b(sha(?:256|384|512):[0-9a-f]{12})[0-9a-f]{20,}")
_LONGEST = 72
"""Characters of a value shown on a line."""
_CONTEXT = 12
"""Characters shown before the place where two long values part."""
_PLAIN = re.compile(r"[\w./:@+-]+(?: [\w./:@+-]+)*")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def render_diff_text(changes: Sequence[Change], *, styled: bool = False) -> str:
    """Write the changes of each section under its pointer, aligned, and the totals last."""
    width = max((len(_below(change)) for change in changes), default=0)
    lines = []
    for section, own in groupby(changes, key=_section):
        lines.append(paint(visible(section), "strong", styled=styled))
        for change in own:
            head = f"  {_SIGNS[change.kind]} {change.risk:<6}"
            sides = " -> ".join(filter(None, _sides(change)))
            line = f"  {_below(change):<{width}}  {sides}{_rules(change)}"
            lines.append(paint(head, _STYLES[change.risk], styled=styled) + line)
        lines.append("")
    return "\n".join([*lines, _totals(changes)]) + "\n"


def render_diff_markdown(changes: Sequence[Change]) -> str:
    """Write the changes as a table for a pull request."""
    if not changes:
        return _totals(changes) + "\n"
    headings = ("", "risk", "where", "before", "after", "rules")
    return f"{_totals(changes)}\n\n{table(headings, map(_row, changes))}\n"


def render_diff_json(
    changes: Sequence[Change], *, tensors: Sequence[Mapping[str, object]] = ()
) -> str:
    """Write the `diff` shape other programs rely on; `tensors` is handed through."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "changes": [
                {
                    "pointer": change.pointer,
                    "kind": change.kind,
                    "before": change.before,
                    "after": change.after,
                    "risk": change.risk,
                    "rules": list(change.rules),
                }
                for change in changes
            ],
            "tensors": [dict(tensor) for tensor in tensors],
        }
    )


def _row(change: Change) -> list[str]:
    before, after = _sides(change)
    return [
        _SIGNS[change.kind],
        change.risk,
        code(change.pointer or "/"),
        code(before) if before else "",
        code(after) if after else "",
        ", ".join(code(rule) for rule in change.rules),
    ]


def _split(change: Change) -> tuple[list[str], list[str]]:
    """Split a pointer behind its section: `/metadata`, or two steps below the root."""
    parts = pointer_parts(change.pointer)
    depth = 2 if parts[:1] == ["spec"] else 1
    return parts[:depth], parts[depth:]


def _section(change: Change) -> str:
    return pointer(*_split(change)[0]) or "/"


def _below(change: Change) -> str:
    return visible(pointer(*_split(change)[1])[1:]) or "."


def _sides(change: Change) -> tuple[str, str]:
    """Write before and after short, but never so short that they look the same."""
    left, right = _whole(change.before), _whole(change.after)
    if change.kind == "added":
        return "", _cut(right)
    if change.kind == "removed":
        return _cut(left), ""
    if _cut(left) != _cut(right):
        return _cut(left), _cut(right)
    start = max(_agreed(left, right) - _CONTEXT, 0)
    return f"…{_clip(left[start:])}", f"…{_clip(right[start:])}"


def _whole(value: Value) -> str:
    """Write a value on one line, text bare where that is clear."""
    bare = isinstance(value, str) and _PLAIN.fullmatch(value) and not _NUMBER.fullmatch(value)
    if bare and value not in {"true", "false", "null"}:
        return visible(str(value))
    return visible(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return _clip(_DIGEST.sub(r"\1…", text))


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _agreed(left: str, right: str) -> int:
    """Count the characters both texts start with."""
    pairs = zip(left, right, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _rules(change: Change) -> str:
    return f"  [{', '.join(change.rules)}]" if change.rules else ""


def _totals(changes: Sequence[Change]) -> str:
    if not changes:
        return "no differences"
    risks = Counter(change.risk for change in changes)
    counts = [f"{risks[risk]} {risk}" for risk in _STYLES if risks[risk]]
    return f"{plural(len(changes), 'change')}: {', '.join(counts)}"
