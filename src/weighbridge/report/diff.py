"""What differs between two releases, for people, pull requests and programs."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.markup import code, prose, table
from weighbridge.report.style import paint
from weighbridge.report.tensors import tensor_entries, tensor_heading, tensor_rows, tensors_left
from weighbridge.report.told import clipped, sides
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.change import Change, Kind, Risk, TensorChanges, Value
    from weighbridge.report.style import Style

_SIGNS: Mapping[Kind, str] = {"added": "+", "removed": "-", "changed": "~"}
_STYLES: Mapping[Risk, Style] = {"high": "error", "medium": "warning", "low": "note"}
"""Style of each risk, the highest first."""
_RANKS = [*_STYLES]


def render_diff_text(
    changes: Sequence[Change], tensors: Sequence[TensorChanges] = (), *, styled: bool = False
) -> str:
    """Write the changes of each section, the riskiest first, then tensors, the totals last."""
    lines = []
    for section, own in sections(changes):
        lines.append(paint(visible(section), "strong", styled=styled))
        width = max(len(below(change)) for change in own)
        for change in own:
            head = f"  {_SIGNS[change.kind]} {change.risk:<6}"
            line = f"  {below(change):<{width}}  {_told(change)}{_rules(change)}"
            lines.append(paint(head, _STYLES[change.risk], styled=styled) + line)
        lines.append("")
    for found in tensors:
        lines += [*_tensor_lines(found, styled=styled), ""]
    return "\n".join([*lines, totals(changes)]) + "\n"


def render_diff_markdown(changes: Sequence[Change], tensors: Sequence[TensorChanges] = ()) -> str:
    """Write a table a section for a pull request, the riskiest changes first."""
    parts = [totals(changes)]
    for section, own in sections(changes):
        headings = ("", "risk", "where", "before", "after", "rules")
        parts += [f"### {code(section)}", table(headings, map(_row, own))]
    for found in tensors:
        rows = [[sign, code(name), prose(told)] for sign, name, told in tensor_rows(found)]
        parts += [f"### {prose(tensor_heading(found))}"]
        parts += [table(("", "tensor", "data"), rows)] if rows else []
        parts += filter(None, [tensors_left(found)])
    return "\n\n".join(parts) + "\n"


def render_diff_json(changes: Sequence[Change], tensors: Sequence[TensorChanges] = ()) -> str:
    """Write the `diff` shape other programs rely on."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "changes": [change_entry(change) for change in changes],
            "tensors": tensor_entries(tensors),
        }
    )


def render_json_patch(operations: Sequence[Mapping[str, Value]]) -> str:
    """Write a JSON Patch (RFC 6902)."""
    return json_text(list(operations))


def change_entry(change: Change) -> dict[str, object]:
    """Write a change for programs."""
    entry: dict[str, object] = {
        "pointer": change.pointer,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "risk": change.risk,
        "rules": list(change.rules),
    }
    told = {"type": change.type, "delta": change.delta}
    return entry | {key: value for key, value in told.items() if value}


def sections(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Group changes by section, those of most risk first."""
    for section, own in groupby(changes, key=_section):
        yield section, sorted(own, key=lambda change: _RANKS.index(change.risk))


def _tensor_lines(found: TensorChanges, *, styled: bool) -> Iterator[str]:
    yield paint(tensor_heading(found), "strong", styled=styled)
    rows = list(tensor_rows(found))
    width = max((len(name) for _, name, _ in rows), default=0)
    yield from (f"  {sign} {name:<{width}}  {told}" for sign, name, told in rows)
    left = tensors_left(found)
    if left:
        yield f"  {left}"


def diff_rows(changes: Iterable[Change]) -> Iterator[list[str]]:
    """Write changes as rows of one table, the riskiest first, each with its whole place."""
    for change in sorted(changes, key=lambda change: _RANKS.index(change.risk)):
        sign, risk, _, *rest = _row(change)
        yield [sign, risk, code(clipped(change.pointer or "/")), *rest]


def _row(change: Change) -> list[str]:
    before, after = sides(change)
    delta = f" ({prose(change.delta)})" if change.delta else ""
    return [
        _SIGNS[change.kind],
        change.risk,
        code(below(change)),
        code(before) if before else "",
        code(after) + delta if after else "",
        ", ".join(code(rule) for rule in change.rules),
    ]


def _split(change: Change) -> tuple[list[str], list[str]]:
    """Split a pointer behind its section: `/metadata`, or two steps below the root."""
    parts = pointer_parts(change.pointer)
    depth = 2 if parts[:1] == ["spec"] else 1
    return parts[:depth], parts[depth:]


def _section(change: Change) -> str:
    return pointer(*_split(change)[0]) or "/"


def below(change: Change) -> str:
    """Name the place of a change below its section."""
    return visible(pointer(*_split(change)[1])[1:]) or "."


def _told(change: Change) -> str:
    both = " -> ".join(filter(None, sides(change)))
    return f"{both} ({change.delta})" if change.delta else both


def _rules(change: Change) -> str:
    return f"  [{', '.join(change.rules)}]" if change.rules else ""


def totals(changes: Sequence[Change]) -> str:
    """Count the changes by their risk, the highest first."""
    if not changes:
        return "no differences"
    risks = Counter(change.risk for change in changes)
    counts = [f"{risks[risk]} {risk}" for risk in _STYLES if risks[risk]]
    return f"{plural(len(changes), 'change')}: {', '.join(counts)}"
