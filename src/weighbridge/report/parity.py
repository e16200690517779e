"""Parity for people and programs: what differs first, what matches in a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.change import Change
from weighbridge.model.parity import PARITIES
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.told import sides
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.change import Kind
    from weighbridge.model.parity import Comparison, Entry, Parity, Side
    from weighbridge.report.style import Style

_STYLES: Mapping[Parity, Style] = {
    "drift": "error",
    "unknown": "inconclusive",
    "allowed": "warning",
    "match": "good",
}
_WORDS: Mapping[str, tuple[str, Style]] = {
    "pass": ("at parity", "good"),
    "fail": ("not at parity", "error"),
    "inconclusive": ("it cannot be told", "inconclusive"),
}
_GRAVITY = ("fail", "inconclusive", "pass")
_NOTHING = "-"


def parity_verdict(found: Sequence[Comparison]) -> str:
    """Sum up comparisons: the gravest verdict there is."""
    return min((one.verdict for one in found), key=_GRAVITY.index, default="inconclusive")


def render_parity(found: Sequence[Comparison], *, styled: bool = False) -> str:
    """Write what differs, a line an entry, and how much does not.

    Args:
        found: What was compared.
        styled: Whether a terminal looks on.
    """
    return "\n".join("".join(f"{line}\n" for line in _lines(one, styled=styled)) for one in found)


def _lines(one: Comparison, *, styled: bool) -> Iterator[str]:
    yield paint(f"{_called(one.left)} and {_called(one.right)}", "strong", styled=styled)
    if one.left is None or one.right is None:
        yield "  there is nothing of that name to compare with"
    told = sorted(
        (entry for entry in one.entries if entry.outcome != "match"),
        key=lambda entry: PARITIES.index(entry.outcome),
    )
    width = max((len(visible(entry.name)) for entry in told), default=0)
    for entry in told:
        yield from _told(entry, width, styled=styled)
    if one.silent:
        yield f"  not compared: {', '.join(one.silent)}"
    word, style = _WORDS[one.verdict]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in one.counts.items() if count)
    yield f"{paint(word, style, styled=styled)}: {counts or 'nothing was compared'}"


def _told(entry: Entry, width: int, *, styled: bool) -> Iterator[str]:
    head = paint(f"{entry.outcome:<7}", _STYLES[entry.outcome], styled=styled)
    said = entry.left is not None or entry.right is not None
    left, right = sides(_as_change(entry)) if said else ("", "")
    why = entry.why
    if entry.allowed_by:
        why = f"{entry.allowed_by} allows it: {entry.why}"
    values = f"{left or _NOTHING} | {right or _NOTHING}"
    words = f"  ({visible(why)})" if why else ""
    yield f"  {head}  {visible(entry.name):<{width}}  {values}{words}"


def _as_change(entry: Entry) -> Change:
    """Take an entry for a change, which is told in the same words."""
    kind: Kind = "added" if entry.left is None else "removed" if entry.right is None else "changed"
    before, after = entry.left, entry.right
    return Change(
        pointer=entry.name, kind=kind, before=before, after=after, risk="low", type=entry.type
    )


def _called(side: Side | None) -> str:
    if side is None:
        return "nothing"
    version = f" ({side.version})" if side.version and not side.title.endswith(side.version) else ""
    return visible(f"{side.title}{version}")


def parity_json(found: Sequence[Comparison]) -> str:
    """Write the same as the `parity` shape."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "verdict": parity_verdict(found),
            "releases": [
                {
                    "name": one.name,
                    "left": _side(one.left),
                    "right": _side(one.right),
                    "verdict": one.verdict,
                    "counts": dict(one.counts),
                    "notCompared": list(one.silent),
                    **({"of": one.of} if one.of else {}),
                }
                for one in found
            ],
            "entries": [_entry(entry, one.name) for one in found for entry in one.entries],
        }
    )


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "name": side.title,
        "version": side.version or None,
        "digest": side.digest or None,
    }


def _entry(entry: Entry, release: str) -> dict[str, Any]:
    return {
        "name": entry.name,
        "outcome": entry.outcome,
        "left": entry.left,
        "right": entry.right,
        "release": release,
        "why": entry.why or None,
        "allowedBy": entry.allowed_by or None,
    }
