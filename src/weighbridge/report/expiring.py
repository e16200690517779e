"""What ends soon: a line each for people, plain values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.expiring import Expiring


def render_expiring(found: Iterable[Expiring]) -> str:
    """Write what ends as lines, each with what stands on it."""
    return "".join(f"{one.kind.value:<10}  {visible(one.words)}\n" for one in found)


def expiring_json(found: Iterable[Expiring]) -> list[dict[str, Any]]:
    """Turn what ends into plain values."""
    return [one.entry for one in found]
