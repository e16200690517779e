"""What verbs that ask the gate have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.cli.console import Session
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.usecases.deciding import Promotion


def acting_alone(session: Session, names: Sequence[str]) -> AnySigner:
    """Unlock the one key somebody acts with.

    Raises:
        UsageError: Several are named: a decision and an approval are one person's.
    """
    from weighbridge.cli.identity import unlock
    from weighbridge.model.errors import UsageError

    if len(names) > 1:
        message = "this is said by one person, with one key"
        raise UsageError(message, seen=", ".join(names), help=["give --key once"])
    return unlock(session, names)[0]


def _as_report(decision: Decision, output_format: str) -> str:
    """Write it in a format of reports, for what reads those: CI and code hosts."""
    from weighbridge.report.decided import decision_report
    from weighbridge.report.interface import Presentation
    from weighbridge.report.registry import RENDERERS

    return RENDERERS[output_format](Presentation()).render(decision_report(decision))


def render_promotion(session: Session, done: Promotion, output_format: str) -> str:
    """Write what came of asking, in a format."""
    from weighbridge.report.decision import decision_markdown, render_decision
    from weighbridge.report.decision_json import decision_json
    from weighbridge.report.json import json_text

    decision = done.decision
    if output_format == "json":
        return json_text(
            decision_json(
                decision,
                generation=done.generation,
                bundle=done.bundle,
                mode=done.mode,
                aftermath=done.aftermath,
            )
        )
    if output_format == "markdown":
        return decision_markdown(decision)
    if output_format != "text":
        return _as_report(decision, output_format)
    return render_decision(
        decision,
        generation=done.generation,
        moved=done.moved,
        mode=done.mode,
        styled=session.styled,
        verbose=session.globals.verbose,
    )
