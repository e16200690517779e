"""What verbs of `weighbridge log` have in common: where the ledger is, and whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.model.log_ports import Ledger, TileStore

log_key_option = click.option(
    "--log-key", metavar="FILE", help="The log's public key, kept elsewhere than the registry."
)

from_option = click.option(
    "--from", "folder", metavar="DIR", help="A folder the ledger was exported to, to read instead."
)


def open_folder(session: Session, folder: str) -> TileStore:
    """Open the folder a ledger was exported to."""
    from weighbridge.bootstrap import open_tiles

    return open_tiles(session.start / folder, folder)


def ledger_of(session: Session, folder: str | None) -> Ledger:
    """Open the ledger of a folder that was named, or that of the registry."""
    if folder is None:
        return session.registry()
    from weighbridge.ledger.tile_reading import ExportedLog

    return ExportedLog(open_folder(session, folder))
