"""`weighbridge withdraw`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.delegating import check_form, delegate, delegate_to
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of


@click.command(name="withdraw", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@delegate_to("End that PERSON approves in your place; no REF then.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str | None,
    environment: str,
    reason: str,
    person: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Take back an approval of yours, or what you delegated.

    The newest word of a person counts. A rejection is not taken back by who gave it: another
    person lifts it, see `weighbridge lift`.
    """
    from weighbridge.gate.case import Act

    session = Session.current()
    check_form(reference, person)
    if person is not None:
        delegate(
            session,
            (Act.WITHDRAW, environment, person, reason),
            (None, None),
            key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        return
    say_of(
        session,
        (Act.WITHDRAW, str(reference), environment, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
