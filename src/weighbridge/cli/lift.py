"""`weighbridge lift`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_it


@click.command(name="lift", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may go on.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    name: str,
    environment: str,
    reason: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Lift the hold a rollback left behind.

    NAME is the name of a release. Whoever may deploy to the environment may lift its hold.
    """
    from weighbridge.gate.case import Act
    from weighbridge.usecases.approve import Intent
    from weighbridge.usecases.pointers import pointed

    session = Session.current()
    registry = session.registry()
    release = pointed(name, environment, registry=registry)
    intent = Intent(act=Act.LIFT, release=release, environment=environment, reason=reason)
    say_it(
        session,
        intent,
        key_names,
        registry=registry,
        dry_run=dry_run,
        output_format=output_format,
    )
