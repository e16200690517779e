"""Which registry serves an address, and where what belongs to this machine alone lies."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.servers.address import is_server, server_address
from weighbridge.model.database_address import is_database, is_folder, shown_address
from weighbridge.model.errors import SettingsError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.placement import Wanted
    from weighbridge.adapters.postgres.registry import PostgresRegistry
    from weighbridge.adapters.registry import EmbeddedRegistry
    from weighbridge.model.moving import MovableRegistry
    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.settings import Settings


def local_folder(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path:
    """Name the folder of what belongs to this machine: caches, data, transfers, deliveries.

    It is the registry's own if that is a folder. Nothing is made.

    Args:
        settings: They name the registry.
        environ: Environment variables: `WEIGHBRIDGE_STATE` or `XDG_STATE_HOME` say where else.
    """
    place = settings.registry.value
    if is_folder(place):
        return Path(place)
    named = environ.get("WEIGHBRIDGE_STATE")
    state = Path(named).absolute() if named else _state(environ) / "weighbridge"
    # The same registry has the same folder whatever its password is just now.
    number = hashlib.sha256(shown_address(place).encode()).hexdigest()[:16]
    return state / "registries" / number


def _state(environ: Mapping[str, str]) -> Path:
    # A relative path there is to be ignored (XDG Base Directory Specification).
    found = Path(environ.get("XDG_STATE_HOME", ""))
    return found if found.is_absolute() else Path.home() / ".local" / "state"


def open_movable(settings: Settings) -> MovableRegistry:
    """Open a registry that can be moved, backed up and restored: one whose tables are ours.

    Raises:
        UsageError: It is a server's.
    """
    place = settings.registry.value
    if is_database(place):
        return _on_server(settings)
    if is_folder(place):
        return _in_folder(settings)
    message = f"{shown_address(place)} is a server's, which alone reaches its tables"
    raise UsageError(message, help=["run this where the registry is"])


def open_registry(
    settings: Settings, *, offline: bool = False, progress: Progress | None = None
) -> Registry:
    """Open the registry the settings name; it is made when something is first kept.

    Args:
        settings: They name it.
        offline: Whether the network must not be used.
        progress: Watches what is sent to a registry on a server.

    Raises:
        SettingsError: What they name is no folder and no address.
        UnavailableError: It needs an extra that is not installed, or the network.
    """
    place = settings.registry.value
    if is_server(place):
        return _behind_server(settings, offline=offline, progress=progress)
    if is_database(place):
        return _on_server(settings)
    if is_folder(place):
        return _in_folder(settings)
    raise SettingsError(
        f"{shown_address(place)} is no registry",
        wanted="a folder, https://HOST, or postgresql://USER@HOST/DATABASE",
        cause=f"it was named by {settings.registry.origin}",
        help=["name another place with --registry"],
    )


def _in_folder(settings: Settings) -> EmbeddedRegistry:
    root = Path(settings.registry.value)
    if os.path.lexists(root) and not os.path.isdir(root):  # noqa: PTH112 - unlike pathlib's, never raises
        help_ = ["name another place with --registry"]
        cause = f"it was named by {settings.registry.origin}"
        raise SettingsError(f"the registry {root} is not a folder", cause=cause, help=help_)
    from weighbridge.adapters.registry import EmbeddedRegistry

    return EmbeddedRegistry(root, wanted=_wanted(settings))


def _on_server(settings: Settings) -> PostgresRegistry:
    from weighbridge.adapters.postgres.registry import PostgresRegistry

    keys = settings.log_keys.value
    return PostgresRegistry(
        settings.registry.value,
        home=local_folder(settings),
        keys=Path(keys) if keys else None,
        wanted=_wanted(settings),
    )


def _behind_server(settings: Settings, *, offline: bool, progress: Progress | None) -> Registry:
    if offline:
        message = f"the registry {settings.registry.value} lies behind a server"
        help_ = ["leave --offline out", "or name a registry of this machine with --registry"]
        raise UnavailableError(message, cause="the network is not to be used", help=help_)
    try:
        from weighbridge.adapters.remote.connection import Connection
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[client]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    from weighbridge.adapters.remote.registry import RemoteRegistry
    from weighbridge.bootstrap.accounts import open_credentials
    from weighbridge.usecases.believed import believe

    address = server_address(settings.registry.value)
    return RemoteRegistry(
        Connection(address, credential=open_credentials(os.environ).find),
        folder=local_folder(settings),
        follow=lambda view, key: believe(view, log_key=key).log_key,
        progress=progress,
    )


def _wanted(settings: Settings) -> Wanted:
    from weighbridge.adapters.placement import Wanted

    return Wanted(
        address=settings.store.value,
        recipients=settings.encrypt_to.value,
        identity=settings.age_identity.value,
    )
