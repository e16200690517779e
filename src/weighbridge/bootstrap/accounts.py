"""Who asks, at both ends: the user's own credentials at servers, and the accounts of a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.adapters.servers.credentials import Credentials
    from weighbridge.model.settings import Settings


def open_credentials(environ: Mapping[str, str]) -> Credentials:
    """Open what the user is let in with at servers; it lies beside the folder of his keys."""
    import click

    from weighbridge.adapters.servers.credentials import FILE, Credentials

    named = environ.get("WEIGHBRIDGE_KEYS")
    folder = Path(named).absolute().parent if named else Path(click.get_app_dir("weighbridge"))
    return Credentials(folder / FILE, environ=environ)


def open_accounts(settings: Settings) -> Accounts:
    """Open who may ask a server of this registry: beside it, or in its database.

    Raises:
        StorageError: The file cannot be made.
        RegistryError: It is another program's, or a newer version's.
        UnavailableError: The extra `server` is not installed, or a database does not answer.
    """
    from weighbridge.model.errors import UnavailableError

    try:
        from weighbridge.adapters.accounts import opening
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[server]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    place = settings.registry.value
    if place.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return opening.open_accounts(place)
    return opening.open_accounts(Path(place) / opening.FILE)
