"""`weighbridge approve`."""

from __future__ import annotations

import click

from weighbridge.cli.delegating import check_form, delegate, delegate_to
from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says, to_environment


@click.command(name="approve", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@to_environment
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@delegate_to("While you are away, let PERSON approve in your place; no REF then.")
@click.option("--from", "since", metavar="TIME", help="Delegated from when.  [default: now]")
@click.option(
    "--until", metavar="TIME", help="Delegated until 2027-01-31, 2027-01-31T12:00:00Z, or for 14d."
)
@says
def command(
    saying: Saying,
    *,
    reference: str | None,
    environment: str,
    reason: str,
    person: str | None,
    since: str | None,
    until: str | None,
) -> None:
    """Approve a promotion, for the outcome there is now.

    The approval is signed and bound to the release, the environment, the policy and the outcome of
    the evidence: another outcome voids it. Nobody approves what he asked for, or signed.

    With --delegate-to, hand your right to approve in ENV to another until a day. What he approves
    then counts in your place, once, and never for what either of you may not approve. It takes
    --until and --reason; `withdraw --delegate-to` ends it.
    """
    from weighbridge.gate.case import Act

    check_form(reference, person, others=(since, until))
    if person is None:
        saying.say_of(Act.APPROVE, str(reference), environment, reason)
    else:
        delegate(saying, Act.DELEGATE, environment, person, reason, times=(since, until))
