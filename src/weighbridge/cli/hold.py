"""`weighbridge hold`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of_pointer


@click.command(name="hold", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it must wait.")
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
    """Hold an environment where it is, for releases of a name.

    NAME is the name of a release; no other is promoted in its place until that is lifted. Whoever
    may deploy to the environment may hold it and lift that. A rollback is not stopped by it, and
    leaves the same hold behind.
    """
    from weighbridge.gate.case import Act

    say_of_pointer(
        Session.current(),
        (Act.HOLD, name, environment, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
