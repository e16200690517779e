"""`weighbridge approve`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.delegating import check_form, delegate, delegate_to
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of


@click.command(name="approve", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@delegate_to("While you are away, let PERSON approve in your place; no REF then.")
@click.option("--from", "since", metavar="TIME", help="Delegated from when.  [default: now]")
@click.option(
    "--until", metavar="TIME", help="Delegated until 2027-01-31, 2027-01-31T12:00:00Z, or for 14d."
)
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str | None,
    environment: str,
    reason: str,
    person: str | None,
    since: str | None,
    until: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Approve a promotion, for the outcome there is now.

    The approval is signed and bound to the release, the environment, the policy and the outcome of
    the evidence: another outcome voids it. Nobody approves what he asked for, or signed.

    With --delegate-to, hand your right to approve in ENV to another until a day. What he approves
    then counts in your place, once, and never for what either of you may not approve. It takes
    --until and --reason; `withdraw --delegate-to` ends it.
    """
    from weighbridge.gate.case import Act

    session = Session.current()
    check_form(reference, person, others=(since, until))
    if person is not None:
        delegate(
            session,
            (Act.DELEGATE, environment, person, reason),
            (since, until),
            key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        return
    say_of(
        session,
        (Act.APPROVE, str(reference), environment, reason),
        key_names,
        dry_run=dry_run,
        output_format=output_format,
    )
