"""`weighbridge hold`."""

from __future__ import annotations

import click

from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says


@click.command(name="hold", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it must wait.")
@says
def command(
    saying: Saying,
    *,
    name: str,
    environment: str,
    reason: str,
) -> None:
    """Hold an environment where it is, for releases of a name.

    NAME is the name of a release; no other is promoted in its place until that is lifted. Whoever
    may deploy to the environment may hold it and lift that. A rollback is not stopped by it, and
    leaves the same hold behind.
    """
    from weighbridge.gate.case import Act

    saying.say_of_pointer(Act.HOLD, name, environment, reason)
