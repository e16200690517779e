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
        broken = f"; glass broken and not reviewed: {visible(one.unreviewed)}"
        lines.append(
            f"  {visible(one.name)}@{visible(one.version)}  {one.release[:19]}"
            f"  generation {one.generation} since {one.since} by {visible(one.by)};"
            f" now {one.verdict.value}{held}{broken if one.unreviewed else ''}"
        )
    return "".join(f"{line}\n" for line in lines)


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
            "by": one.by,
            "held": one.held or None,
            "unreviewed": one.unreviewed or None,
            "drift": None,
        }
        for one in found
    ]
