"""`weighbridge reject`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of


@click.command(name="reject", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    environment: str,
    reason: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Reject a release for an environment.

    That is final: it goes there no more until another person lifts it, who may approve there.
    Whoever may approve there may reject.
    """
    from weighbridge.gate.case import Act

    say_of(
        Session.current(),
        (Act.REJECT, reference, environment, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
