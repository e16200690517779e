"""What came of making a decision again, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.trust import problem_json, render_problems
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.replayed import Replayed
    from weighbridge.report.style import Style

_SAID: Mapping[str, tuple[str, Style]] = {
    "pass": ("the same to the byte", "good"),
    "fail": ("it differs", "error"),
    "inconclusive": ("not made again", "inconclusive"),
}


def render_replayed(found: Replayed, *, styled: bool = False) -> str:
    """Write where a decision differs, and what it was."""
    said, style = _SAID[found.verdict]
    decision = found.decision
    name = visible(f"{decision.name}@{decision.version} to {decision.environment}")
    lines = [
        f"{paint(said, style, styled=styled)}: {decision.verdict.value}, {name}",
        f"  entry {found.entry}, {visible(found.kind)} by {visible(found.person)} at {decision.at}",
        f"  under {visible(decision.policy)}, revision {decision.gate} of the gate",
        f"  decision {found.bundle}",
    ]
    problems = render_problems((*found.problems, *found.undone), styled=styled)
    return problems + "".join(f"{line}\n" for line in lines)


def replayed_json(found: Replayed) -> dict[str, object]:
    """Turn it into plain values."""
    decision = found.decision
    return {
        "schemaVersion": SCHEMA_VERSION,
        "equal": found.verdict == "pass",
        "entry": found.entry,
        "kind": found.kind,
        "decision": found.bundle,
        "person": found.person,
        "verdict": decision.verdict.value,
        "environment": decision.environment,
        "name": decision.name,
        "version": decision.version,
        "release": decision.release,
        "gate": decision.gate,
        "at": decision.at,
        "problems": [problem_json(one) for one in found.problems],
        "undone": [problem_json(one) for one in found.undone],
    }
