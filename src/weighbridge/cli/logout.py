"""`weighbridge logout`."""

from __future__ import annotations

import contextlib

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb

_UNSURE = 3


@click.command(name="logout", cls=Verb)
@click.argument("url", required=False, metavar="[URL]")
def command(*, url: str | None) -> int:
    """End a login: there, so that it opens nothing any more, and here.

    URL is the registry in force if it is left out. It is forgotten here though the server is away.

    Exit codes: 0 ended, 3 forgotten here, but it may count at the server until it expires.
    """
    from weighbridge.bootstrap.accounts import open_credentials, open_kept_visit
    from weighbridge.cli.streams import print_aside
    from weighbridge.cli.visiting import named_server
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.report.visible import visible

    session = Session.current()
    address = named_server(session, url)
    credentials = open_credentials(session.environ)
    kept = credentials.kept(address)
    if kept is None:
        session.hint(f"nobody is logged in to {address} here")
        return 0
    try:
        with contextlib.closing(
            open_kept_visit(address, kept.secret, offline=session.globals.offline)
        ) as found:
            ended = found.end()
    except WeighbridgeError as error:
        until = f", at most until {visible(kept.expires)}" if kept.expires else ""
        print_aside(
            f"forgotten here; at {address} the login may still count{until}: {visible(str(error))}"
        )
        return _UNSURE
    finally:
        credentials.forget(address)
    session.hint(f"logged out of {address}" if ended else f"it had ended at {address} already")
    return 0
