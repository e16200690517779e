"""`weighbridge break-glass`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of


@click.command(name="break-glass", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it has to go.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept for ever.")
@click.option("--review", is_flag=True, help="Review what was done, as another person.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    environment: str,
    reason: str,
    review: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """In an emergency, let one release in past what is not met.

    For two hours `promote` moves this release to this environment though the gate denies it; the
    decision says that it was denied, who broke the glass and why. Nobody gets past a rejection, a
    block or a missing author's signature. Whoever holds a role the environment names as breakGlass
    may; nobody, if it names none.

    With --review, somebody else who may approve there says that he looked into it. Until then
    nothing more of this name is let in.
    """
    from weighbridge.gate.case import Act

    session = Session.current()
    act = Act.REVIEW if review else Act.BREAK_GLASS
    say_of(
        session,
        (act, reference, environment, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
    if not review and not dry_run:
        again = f"weighbridge break-glass {reference} --to {environment} --review --reason TEXT"
        session.hint("for two hours: promote it, then have somebody else review that")
        session.hint(again)
