"""The way to an environment, step by step: what is met, what is left, and who can do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict
from weighbridge.model.wording import plural
from weighbridge.report.decision import VERDICTS
from weighbridge.report.decision_json import step_json
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.decision import Decision
    from weighbridge.model.step import Step


def render_guide(decision: Decision, *, deployers: str, styled: bool = False) -> str:
    """Write the steps that are left, numbered, after those that are done.

    Args:
        decision: The decision, with the steps that would pass.
        deployers: Who can ask for the promotion at the end.
        styled: Whether a terminal that shows colour looks on.
    """
    lines = [*_done(decision, styled=styled)]
    for number, step in enumerate(decision.steps, 1):
        lines.extend(_left(number, step))
    last = len(decision.steps) + 1
    lines.append(f"{last:>4}. {visible(_promote(decision))}")
    lines.append(f"        who     {visible(deployers)}")
    verdict = paint(decision.verdict.value, VERDICTS[decision.verdict], styled=styled)
    name = visible(f"{decision.name}@{decision.version} to {decision.environment}")
    left = "nothing is left but to promote it"
    if decision.verdict is not GateVerdict.ALLOWED:
        left = f"{plural(len(decision.steps), 'step')} before it may go"
    lines.append(f"{verdict}: {name}: {left}")
    return "\n".join(lines) + "\n"


def _done(decision: Decision, *, styled: bool) -> Iterator[str]:
    """Tick what is met, each condition once."""
    open_ = {one.id for one in decision.conditions if one.is_open}
    for one in {one.id: one for one in decision.conditions if one.id not in open_}.values():
        yield f"{paint('done', 'good', styled=styled)}  {visible(one.id)}: {visible(one.why)}"


def _left(number: int, step: Step) -> Iterator[str]:
    yield f"{number:>4}. {visible(step.action.command)}"
    if step.who:
        yield f"        who     {visible(step.who)}"
    if step.meets:
        yield f"        meets   {visible(', '.join(step.meets))}"


def _promote(decision: Decision) -> str:
    name = f"{decision.name}@{decision.version}"
    for step in decision.steps:
        if step.action.do.seals:
            name = f"{decision.name}@NEXT"
    return f"weighbridge promote {name} --to {decision.environment} --key NAME"


def guide_json(decision: Decision, *, deployers: str) -> dict[str, object]:
    """Turn the same into plain values."""
    open_ = {one.id for one in decision.conditions if one.is_open}
    return {
        "schemaVersion": SCHEMA_VERSION,
        "release": {
            "name": decision.name,
            "version": decision.version,
            "digest": decision.release,
        },
        "environment": decision.environment,
        "verdict": decision.verdict.value,
        "done": sorted({one.id for one in decision.conditions} - open_),
        "open": [one.id for one in decision.conditions if one.is_open],
        "steps": [step_json(step) for step in decision.steps],
        "last": {"command": _promote(decision), "who": deployers},
    }
