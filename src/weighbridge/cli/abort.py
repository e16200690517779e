"""`weighbridge abort`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run


@click.command(name="abort", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is to be taken out.")
@acting
@dry_run
def command(
    *, name: str, environment: str, reason: str, key_names: tuple[str, ...], dry_run: bool
) -> None:
    """Turn a delivery round: the release before comes back, and the pointer with it.

    NAME is the name of a release that is on its way to the environment. As with every rollback the
    gate has its say, and the environment is held if its policy says so.

    Exit codes: 0 ordered, 2 nothing is on its way, 4 not allowed to.
    """
    from weighbridge.cli.delivering import give_order
    from weighbridge.model.delivery import Order

    give_order(
        Session.current(),
        *(name, environment, Order.ABORT, reason),
        key_names=key_names,
        dry_run=dry_run,
    )
