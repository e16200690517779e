"""Who asks, at both ends: the user's own credentials at servers, and the accounts of a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.servers.credentials import Credentials


def open_credentials(environ: Mapping[str, str]) -> Credentials:
    """Open what the user is let in with at servers; it lies beside the folder of his keys."""
    import click

    from weighbridge.adapters.servers.credentials import FILE, Credentials

    named = environ.get("WEIGHBRIDGE_KEYS")
    folder = Path(named).absolute().parent if named else Path(click.get_app_dir("weighbridge"))
    return Credentials(folder / FILE, environ=environ)
