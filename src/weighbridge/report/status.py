"""Where releases point, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.decision import PointerState


def render_status(found: Iterable[PointerState], *, styled: bool = False) -> str:
    """Write one pointer a line, under its environment."""
    lines: list[str] = []
    last = ""
    for one in found:
        if one.environment != last:
            lines.append(paint(visible(one.environment), "strong", styled=styled))
            last = one.environment
        held = f"; held: {visible(one.held)}" if one.held else ""
        lines.append(
            f"  {visible(one.name)}@{visible(one.version)}  {one.release[:19]}"
            f"  generation {one.generation} since {one.since} by {visible(one.by)};"
            f" now {one.verdict.value}{_since(one)}{held}"
        )
        if one.why:
            lines.append(f"    {visible(one.why)}")
    return "".join(f"{line}\n" for line in lines)


def _since(one: PointerState) -> str:
    """Say since when the verdict is another than that of the move, or that nobody has told it."""
    if one.changed == one.since:
        return ""
    return f" since {one.changed}" if one.changed else ", which is not in the ledger yet"


def status_json(found: Iterable[PointerState]) -> list[dict[str, object]]:
    """Turn pointers into the `status` shape."""
    return [
        {
            "environment": one.environment,
            "name": one.name,
            "version": one.version,
            "release": one.release,
            "generation": one.generation,
            "verdict": one.verdict.value,
            "since": one.since,
            "why": one.why or None,
            "verdictSince": one.changed or None,
            "by": one.by,
            "held": one.held or None,
            "drift": None,
        }
        for one in found
    ]
