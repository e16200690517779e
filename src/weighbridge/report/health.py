"""What `doctor` found, as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.health import Condition
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import Style, paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.health import Health

_STYLES: Mapping[Condition, Style] = {
    Condition.WORKS: "good",
    Condition.MISSING: "warning",
    Condition.BROKEN: "error",
}


def render_health_text(found: Sequence[Health], *, styled: bool) -> str:
    """Write a line for each thing, and below it what to do."""
    return "".join(line + "\n" for one in found for line in _lines(one, styled=styled))


def _lines(one: Health, *, styled: bool) -> Iterator[str]:
    told = " · ".join(filter(None, (one.detail, one.purpose)))
    word = paint(f"{one.condition.value:<7}", _STYLES[one.condition], styled=styled)
    yield f"  {word}  {one.name:<9}  {visible(told)}".rstrip()
    for step in one.help:
        yield f"{'':22}help: {visible(step)}"


def render_health_json(found: Sequence[Health]) -> str:
    """Write the shape other programs rely on."""
    checks = [
        {
            "name": one.name,
            "condition": one.condition.value,
            "detail": one.detail,
            "purpose": one.purpose,
            "help": list(one.help),
        }
        for one in found
    ]
    return json_text({"schemaVersion": SCHEMA_VERSION, "checks": checks})
