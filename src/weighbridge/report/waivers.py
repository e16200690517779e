"""Waivers and requests for them, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.decision import Exceptional
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.decision import WaiverState
    from weighbridge.report.style import Style

_STYLES: Mapping[Exceptional, Style] = {
    Exceptional.REQUESTED: "note",
    Exceptional.IN_FORCE: "good",
    Exceptional.EXPIRING: "warning",
    Exceptional.EXPIRED: "error",
    Exceptional.UNUSED: "warning",
    Exceptional.VOID: "error",
}
_WIDTH = max(map(len, Exceptional))


def render_waivers(found: Iterable[WaiverState], *, styled: bool = False) -> str:
    """Write each waiver in a few lines: when it ends, whose it is, what it covers, and why."""
    lines: list[str] = []
    for one in found:
        state = paint(f"{one.state.value:<{_WIDTH}}", _STYLES[one.state], styled=styled)
        place = f"{one.rule} in {one.name} to {one.environment}"
        lines.append(f"{one.expires}  {state}  {visible(place)}: {visible(_people(one))}")
        lines.extend(f"    {visible(_covered(finding))}" for finding in one.findings)
        if one.used_by:
            lines.append(f"    found in {visible(', '.join(one.used_by))}")
        if one.why:
            lines.append(f"    does not count: {visible(one.why)}")
        lines.append(f"    {visible(one.reason)}")
    return "".join(f"{line}\n" for line in lines)


def _people(one: WaiverState) -> str:
    said = f"asked for by {one.person}" if one.state is Exceptional.REQUESTED else one.person
    asked = f", asked for by {one.requested_by}" if one.requested_by else ""
    owner = f", {one.owner} answers for it" if one.owner not in {"", one.person} else ""
    return f"{said}{asked}{owner}"


def _covered(finding: Mapping[str, str]) -> str:
    what = finding.get("global") or finding.get("seen") or "the file"
    return f"{finding['subject']}  {what}"


def waivers_json(found: Iterable[WaiverState]) -> list[dict[str, object]]:
    """Turn waivers into plain values."""
    return [
        {
            "state": one.state.value,
            "why": one.why or None,
            "rule": one.rule,
            "environment": one.environment,
            "name": one.name,
            "findings": [dict(finding) for finding in one.findings],
            "person": one.person,
            "owner": one.owner or None,
            "requestedBy": one.requested_by or None,
            "reason": one.reason,
            "expires": one.expires,
            "usedBy": list(one.used_by),
            "entry": one.entry,
        }
        for one in found
    ]
