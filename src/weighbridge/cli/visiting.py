"""Which server a verb about logins asks, and closing it with the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.adapters.servers.visiting import Visit
    from weighbridge.cli.console import Session


def named_server(session: Session, url: str | None) -> str:
    """Name the server: the one a user named, or that of the registry in force.

    Raises:
        UsageError: It is no server.
    """
    from weighbridge.adapters.servers.address import is_server, server_address
    from weighbridge.model.database_address import shown_address
    from weighbridge.model.errors import UsageError

    if url is not None:
        return server_address(url)
    place = session.settings().registry
    if not is_server(place.value):
        raise UsageError(
            "no server is named",
            seen=f"the registry {shown_address(place.value)} ({place.origin})",
            wanted="https://HOST",
            cause="nobody logs in to a folder or a database: its files and roles say who may",
            help=["name the server, or set registry in weighbridge.toml"],
        )
    return server_address(place.value)


def visit(session: Session, address: str, *, known: bool) -> Visit:
    """Open a server; it is closed with the command.

    Args:
        session: The run.
        address: Where it is.
        known: Whether it is told who asks.

    Raises:
        WeighbridgeError: It cannot be asked from here.
    """
    import contextlib

    from weighbridge.bootstrap.accounts import open_visit

    found = open_visit(address, session.environ, known=known, offline=session.globals.offline)
    return session.hold(contextlib.closing(found))
