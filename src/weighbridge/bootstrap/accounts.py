"""Who asks, at both ends: the user's own credentials at servers, and the accounts of a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.database_address import is_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.adapters.servers.credentials import Credentials
    from weighbridge.adapters.servers.visiting import Visit
    from weighbridge.model.settings import Settings


def open_credentials(environ: Mapping[str, str]) -> Credentials:
    """Open what the user is let in with at servers; it lies beside the folder of his keys."""
    import click

    from weighbridge.adapters.servers.credentials import FILE, Credentials

    named = environ.get("WEIGHBRIDGE_KEYS")
    folder = Path(named).absolute().parent if named else Path(click.get_app_dir("weighbridge"))
    return Credentials(folder / FILE, environ=environ)


def open_visit(address: str, environ: Mapping[str, str], *, known: bool, offline: bool) -> Visit:
    """Open a server, to be asked by a person for himself.

    Args:
        address: Where it is.
        environ: Environment variables: they say where credentials lie, or hold one.
        known: Whether it is told who asks.
        offline: Whether the network must not be used.

    Raises:
        UsageError: It is no address of a server.
        LoginError: What is kept for it cannot be used.
        UnavailableError: An extra is not installed, or the network must not be used.
    """
    from weighbridge.adapters.servers.visiting import Visit

    credential = open_credentials(environ).find if known else None
    return Visit(_connected(address, credential=credential, offline=offline))


def open_kept_visit(address: str, secret: str, *, offline: bool) -> Visit:
    """Open a server, to be asked with what `weighbridge login` kept, whatever the environment says.

    Raises:
        UnavailableError: An extra is not installed, or the network must not be used.
    """
    from weighbridge.adapters.servers.visiting import Visit

    return Visit(_connected(address, credential=lambda _address: secret, offline=offline))


def find_job_token(environ: Mapping[str, str], *, audience: str, start: Path, offline: bool) -> str:
    """Find what the CI says of the job that runs, as its provider signed it.

    Raises:
        LoginError: Nobody says which job this is.
        UnavailableError: The network must not be used.
    """
    from weighbridge.adapters.servers.job_identity import job_token

    def connect(address: str, secret: str) -> Connection:
        return _connected(address, credential=lambda _address: secret, offline=offline)

    return job_token(environ, audience=audience, start=start, connect=connect)


def _connected(
    address: str, *, credential: Callable[[str], str | None] | None, offline: bool
) -> Connection:
    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.adapters.servers.address import server_address
    from weighbridge.adapters.servers.patience import Patience
    from weighbridge.model.errors import UnavailableError

    where = server_address(address)
    if offline:
        help_ = ["leave --offline out"]
        raise UnavailableError(f"{where} is asked over the network", help=help_)
    # Somebody sits there: he is told soon.
    return Connection(where, credential=credential or _nothing, patience=Patience(tries=3))


def _nothing(address: str) -> None:
    del address


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


def has_accounts(settings: Settings) -> bool:
    """Tell whether there may be accounts; those in a database are there with their tables."""
    place = settings.registry.value
    return not is_folder(place) or (Path(place) / "accounts.db").exists()
