"""`weighbridge reject`."""

from __future__ import annotations

import click

from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says, to_environment


@click.command(name="reject", cls=Verb)
@click.argument("reference", metavar="REF")
@to_environment
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@says
def command(
    saying: Saying,
    *,
    reference: str,
    environment: str,
    reason: str,
) -> None:
    """Reject a release for an environment.

    That is final: it goes there no more until another person lifts it, who may approve there.
    Whoever may approve there may reject.
    """
    from weighbridge.gate.case import Act

    saying.say_of(Act.REJECT, reference, environment, reason)
