"""`weighbridge freeze`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading


@click.command(name="freeze", cls=Verb)
@click.argument("environment", metavar="ENV")
@click.option("--reason", required=True, metavar="TEXT", help="Why, in one line.")
@click.option(
    "--until",
    metavar="TIME",
    help="When it ends by itself: 2027-01-04, or 2027-01-04T06:00:00Z.",
)
@click.option("--lift", is_flag=True, help="End it.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    environment: str,
    reason: str,
    until: str | None,
    lift: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Let nothing be promoted to an environment, until it ends or owners lift it.

    Owners sign this, as many as the registry demands; each runs the same command. A rollback is
    not stopped by it.

    Exit codes: 0 in force, 1 more owners must sign, 2 there is no such environment, 4 refused.
    """
    from weighbridge.cli.changing import change_as_owners
    from weighbridge.cli.durations import time_of
    from weighbridge.model.errors import UsageError
    from weighbridge.seal.control import Wish
    from weighbridge.usecases.stopping import freezing

    session = Session.current()
    if lift and until:
        raise UsageError("--lift ends it now", seen="--until", help=["give one of them"])
    ends = time_of(until, "--until") if until else ""
    wish = Wish(reason=reason, until=ends)
    change = freezing(environment, wish, lift=lift, registry=session.registry())
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )
