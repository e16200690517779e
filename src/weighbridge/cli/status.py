"""`weighbridge status`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="status", cls=Verb)
@click.argument("name", required=False)
@click.option("--in", "environment", metavar="ENV", help="This environment only.")
@click.option(
    "--waivers", "waived", is_flag=True, help="Show waivers and who asks for one instead."
)
@click.option("--expiring", metavar="DURATION", help="Show what ends within this time instead.")
@reading("text", "json")
def command(
    *,
    name: str | None,
    environment: str | None,
    waived: bool,
    expiring: str | None,
    output_format: str,
) -> None:
    """Show which release each environment points to, and what the gate says of it.

    With --waivers: every waiver and every request for one, what ends first before the rest, with
    what it covers, who answers for it, and which releases have use for it.

    With --expiring DURATION (14d): approvals, waivers, fresh evidence, keys and freezes that end
    within that time, and advisories that are too old, each with what stands on it. NAME and ENV
    leave out what is about others.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.delivery import delivery_json
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.status import render_sandboxes, render_status, status_json
    from weighbridge.usecases.delivering.book import SANDBOX
    from weighbridge.usecases.status import link_templates, sandboxes, status

    session = Session.current()
    if expiring is not None:
        if waived:
            raise click.UsageError("--expiring and --waivers are two questions")
        _show_expiring(session, name, environment, expiring, output_format=output_format)
        return
    if waived:
        _show_waivers(session, name, environment, output_format=output_format)
        return
    registry = session.registry()
    found = []
    if environment != SANDBOX:
        found = status(
            registry,
            name=name,
            environment=environment,
            now=utc_now(),
            templates=link_templates(session.settings()),
        )
    here = sandboxes(registry, name=name) if environment in {None, SANDBOX} else []
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "pointers": status_json(found),
            "sandboxes": [delivery_json(one) for one in here],
        }
        session.result(json_text(document))
        return
    session.result(render_status(found, styled=session.styled) + render_sandboxes(here))
    if not found and not here:
        session.hint("nothing is promoted yet: weighbridge promote REF --to ENV")


def _show_waivers(
    session: Session, name: str | None, environment: str | None, *, output_format: str
) -> None:
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.waivers import render_waivers, waivers_json
    from weighbridge.usecases.waivers import list_waivers

    found = list_waivers(session.registry(), name=name, environment=environment, now=utc_now())
    if output_format == "json":
        document = {"schemaVersion": SCHEMA_VERSION, "waivers": waivers_json(found)}
        session.result(json_text(document))
        return
    session.result(render_waivers(found, styled=session.styled))
    if not found:
        session.hint("nothing is waived, and nobody asks that it be")


def _show_expiring(
    session: Session, name: str | None, environment: str | None, within: str, *, output_format: str
) -> None:
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.durations import seconds_of
    from weighbridge.model.team.job_settings import WarnSettings
    from weighbridge.report.expiring import expiring_json, render_expiring
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.jobs.expiring import expiring

    registry = session.registry()
    with registry.reading() as view:
        found = [
            one
            for one in expiring(
                view,
                registry=registry,
                now=utc_now(),
                within=f"{seconds_of(within, '--expiring')}s",
                advisories=session.advisories().data(),
                oldest=WarnSettings().advisories,
            )
            if one.name in {"", name or one.name}
            and one.environment in {"", environment or one.environment}
        ]
    if output_format == "json":
        document = {"schemaVersion": SCHEMA_VERSION, "expiring": expiring_json(found)}
        session.result(json_text(document))
        return
    session.result(render_expiring(found))
    if not found:
        session.hint("nothing ends within that time")
