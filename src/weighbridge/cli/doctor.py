"""`weighbridge doctor`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="doctor", cls=Verb)
@reading("text", "json")
def command(*, output_format: str) -> str:
    """Show what works here and what is missing.

    What is missing is no fault: only what needs it does without. Nothing is written, and nothing
    is asked of the network.

    Exit codes: 0 nothing is broken, 3 something is.
    """
    from weighbridge.model.health import Condition
    from weighbridge.report.health import render_health_json, render_health_text
    from weighbridge.usecases.doctor import doctor

    session = Session.current()
    found = list(doctor(settings=session.settings, registry=session.open_registry))
    if output_format == "json":
        session.result(render_health_json(found))
    else:
        session.result(render_health_text(found, styled=session.styled))
    broken = any(one.condition is Condition.BROKEN for one in found)
    return "inconclusive" if broken else "pass"
