"""`weighbridge env`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, VerbGroup, dry_run, reading


@click.group(name="env", cls=VerbGroup)
def command() -> None:
    """Apply and list environments."""


@command.command(name="apply", cls=Verb)
@click.argument("file")
@acting
@dry_run
@reading("text", "json")
def apply(*, file: str, key_names: tuple[str, ...], dry_run: bool, output_format: str) -> str:
    """Apply an environment, pinned to the digest of its policy.

    FILE is a document of kind Environment. Its policy must be published and the environment it
    promotes from applied. If it has windows, what they need of time zones is pinned, too. Owners
    sign this, as many as the registry demands; each runs the same command.

    Exit codes: 0 in force, 1 more owners must sign, 2 it asks for what there is not, 4 refused.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.changing import change_as_owners, show_in_force
    from weighbridge.usecases.environments import application, load_environment

    session = Session.current()
    environment, document = load_environment(session.start / file, start=session.start)
    wanted = application(environment, document, session.registry(), now=utc_now())
    if wanted.vacant:
        roles = ", ".join(wanted.vacant)
        session.hint(f"nobody holds these roles yet: {roles}; see `weighbridge key trust`")
    if wanted.in_force:
        return show_in_force(session, wanted.change, "applied already", output_format=output_format)
    return change_as_owners(
        session,
        wanted.change,
        key_names,
        dry_run=dry_run,
        output_format=output_format,
        papers=[wanted.record],
    )


@command.command(name="list", cls=Verb)
@reading("text", "json")
def list_environments(*, output_format: str) -> None:
    """List environments as they were applied last, their windows, and what is stopped there."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.environments import environments_json, render_environments
    from weighbridge.report.json import json_text
    from weighbridge.usecases.environments import applied_environments

    session = Session.current()
    found = applied_environments(session.registry(), now=utc_now())
    if output_format == "json":
        session.result(json_text(environments_json(found)))
    else:
        session.result(render_environments(found, styled=session.styled))
    if not found:
        session.hint("no environment was applied yet: `weighbridge env apply FILE`")
