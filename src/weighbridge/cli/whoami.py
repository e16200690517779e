"""`weighbridge whoami`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.model.team.account import Identity
    from weighbridge.report.persons import Holder


@click.command(name="whoami", cls=Verb)
@click.argument("url", required=False, metavar="[URL]")
@reading("text", "json")
def command(*, url: str | None, output_format: str) -> None:
    """Show whom a server takes you for, or who your keys are in the ledger of a folder.

    URL is the registry in force if it is left out.

    Exit codes: 0 shown, 3 the server does not answer, 4 it knows nobody by what was sent.
    """
    from weighbridge.adapters.servers.address import is_server
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.persons import (
        holder_json,
        identity_json,
        render_holders,
        render_identity,
    )

    session = Session.current()
    document: dict[str, Any]
    if url is not None or is_server(session.settings().registry.value):
        address, identity, origin = _at_server(session, url)
        document = identity_json(identity, server=address, origin=origin)
        text = render_identity(identity, server=address, origin=origin)
    else:
        holders = _holders(session)
        document = {"keys": [holder_json(one) for one in holders]}
        text = render_holders(holders)
        if not holders:
            session.hint("you have no keys; make one: weighbridge key new NAME")
    if output_format == "json":
        text = json_text({"schemaVersion": SCHEMA_VERSION, **document})
    session.result(text)


def _at_server(session: Session, url: str | None) -> tuple[str, Identity, str]:
    """Ask a server; what it is asked with is named, not shown."""
    from weighbridge.bootstrap.accounts import open_credentials
    from weighbridge.cli.visiting import named_server, visit
    from weighbridge.model.errors import LoginError

    address = named_server(session, url)
    known = open_credentials(session.environ).known(address)
    if known is None:
        help_ = [f"weighbridge login {address}"]
        raise LoginError(f"nobody is logged in to {address} here", help=help_)
    return address, visit(session, address, known=True).who(), known.origin


def _holders(session: Session) -> list[Holder]:
    """Find the user's keys in the ledger; before owners were named, they are nobody's."""
    from weighbridge.bootstrap import open_keys
    from weighbridge.model.errors import OwnerlessError
    from weighbridge.report.persons import Holder
    from weighbridge.usecases.standing import standing

    keys = open_keys(session.environ)
    mine = [(name, keys.public(name).spki_digest) for name in keys.names()]
    if not mine:
        return []
    registry = session.registry()
    try:
        known = {key.spki: key for key in standing(registry, log_key=registry.log_key).trust.keys}
    except OwnerlessError:
        known = {}
    return [Holder(name=name, digest=spki, trusted=known.get(spki)) for name, spki in mine]
