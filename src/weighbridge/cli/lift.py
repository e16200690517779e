"""`weighbridge lift`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_it, say_of


@click.command(name="lift", cls=Verb)
@click.argument("subject", metavar="NAME|REF")
@click.option("--in", "held", metavar="ENV", help="Lift the hold of releases of NAME there.")
@click.option("--to", "rejected", metavar="ENV", help="Lift the rejection of release REF there.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may go on.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    subject: str,
    held: str | None,
    rejected: str | None,
    reason: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Lift the hold a rollback left behind, or the rejection of a release.

    `lift NAME --in ENV` lifts a hold: whoever may deploy there. `lift REF --to ENV` lifts what
    others said against a release: whoever may approve this promotion there, and never who rejected
    it.
    """
    from weighbridge.gate.case import Act
    from weighbridge.usecases.approve import Intent
    from weighbridge.usecases.pointers import pointed

    if (held is None) is (rejected is None):
        message = "give --in ENV to lift a hold, or --to ENV to lift a rejection"
        raise click.UsageError(message)
    session = Session.current()
    if rejected is not None:
        say_of(
            session,
            (Act.LIFT_REJECTION, subject, rejected, reason),
            key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        return
    registry, environment = session.registry(), str(held)
    release = pointed(subject, environment, registry=registry)
    say_it(
        session,
        Intent(act=Act.LIFT, release=release, environment=environment, reason=reason),
        key_names,
        registry=registry,
        dry_run=dry_run,
        output_format=output_format,
    )
