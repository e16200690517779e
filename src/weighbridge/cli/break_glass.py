"""`weighbridge break-glass`."""

from __future__ import annotations

import click

from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says


@click.command(name="break-glass", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it has to go.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept for ever.")
@click.option("--review", is_flag=True, help="Review what was done, as another person.")
@says
def command(
    saying: Saying,
    *,
    reference: str,
    environment: str,
    reason: str,
    review: bool,
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

    saying.say_of(Act.REVIEW if review else Act.BREAK_GLASS, reference, environment, reason)
    if not review and not saying.dry_run:
        again = f"weighbridge break-glass {reference} --to {environment} --review --reason TEXT"
        saying.session.hint("for two hours: promote it, then have somebody else review that")
        saying.session.hint(again)
