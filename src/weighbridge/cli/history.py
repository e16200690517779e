"""`weighbridge history`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="history", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", metavar="ENV", help="This environment only.")
@reading("text", "json")
def command(*, name: str, environment: str | None, output_format: str) -> None:
    """Show what was said and done about a release name, oldest first.

    Seals, promotions, approvals, rollbacks, and everything that was refused.
    """
    from weighbridge.report.events import event_json, render_event
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.status import history

    session = Session.current()
    events = history(session.registry(), name, environment=environment)
    if output_format == "json":
        entries = [event_json(index, event) for index, event in events]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "entries": entries}))
        return
    session.result("".join(render_event(index, event) for index, event in events))
    if not events:
        session.hint(f"nothing is known of {name}")
