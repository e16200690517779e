"""`weighbridge pause`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run


@click.command(name="pause", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is to wait.")
@acting
@dry_run
def command(
    *, name: str, environment: str, reason: str, key_names: tuple[str, ...], dry_run: bool
) -> None:
    """Let a delivery wait where it is, until somebody resumes or aborts it.

    NAME is the name of a release that is on its way to the environment; `local` is that of
    sandboxes. It keeps its share of requests, and what turns it round by itself still does.

    Exit codes: 0 ordered, 2 nothing is on its way, 4 not allowed to.
    """
    from weighbridge.cli.delivering import give_order
    from weighbridge.model.delivery import Order

    give_order(
        Session.current(),
        *(name, environment, Order.PAUSE, reason),
        key_names=key_names,
        dry_run=dry_run,
    )
