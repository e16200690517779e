"""`weighbridge resume`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run


@click.command(name="resume", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may go on.")
@click.option("--skip", is_flag=True, help="Go on with the next step, whatever judges this one.")
@acting
@dry_run
def command(
    *,
    name: str,
    environment: str,
    reason: str,
    skip: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Let a delivery go on that waits for a person; its step begins anew.

    NAME is the name of a release that is on its way to the environment. What was measured in its
    step counts no more. With --skip the step counts as passed, whether the delivery waits or not:
    who said so, and why, is in the ledger.

    Exit codes: 0 ordered, 2 nothing waits, 4 not allowed to.
    """
    from weighbridge.cli.delivering import give_order
    from weighbridge.model.delivery import Order

    give_order(
        Session.current(),
        *(name, environment, Order.SKIP if skip else Order.RESUME, reason),
        key_names=key_names,
        dry_run=dry_run,
    )
