"""`weighbridge lift`."""

from __future__ import annotations

import click

from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says


@click.command(name="lift", cls=Verb)
@click.argument("subject", metavar="NAME|REF")
@click.option("--in", "held", metavar="ENV", help="Lift the hold of releases of NAME there.")
@click.option("--to", "rejected", metavar="ENV", help="Lift the rejection of release REF there.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may go on.")
@says
def command(
    saying: Saying,
    *,
    subject: str,
    held: str | None,
    rejected: str | None,
    reason: str,
) -> None:
    """Lift a hold on an environment, or the rejection of a release.

    `lift NAME --in ENV` lifts a hold, also one a rollback left behind: whoever may deploy there.
    `lift REF --to ENV` lifts what others said against a release: whoever may approve this promotion
    there, and never who rejected it.
    """
    from weighbridge.gate.case import Act

    if (held is None) is (rejected is None):
        message = "give --in ENV to lift a hold, or --to ENV to lift a rejection"
        raise click.UsageError(message)
    act, environment = (Act.LIFT_REJECTION, rejected) if rejected else (Act.LIFT, held)
    say = saying.say_of if rejected else saying.say_of_pointer
    say(act, subject, str(environment), reason)
