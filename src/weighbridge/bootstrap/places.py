"""Where a registry lies that is no folder, and where what belongs to this machine lies then."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.settings import Settings


def local_folder(settings: Settings, *, environ: Mapping[str, str] | None = None) -> Path:
    """Name where what belongs to this machine lies: the registry's folder, if it is one.

    Args:
        settings: They name the registry.
        environ: Environment variables; those of this process if None.
    """
    address = settings.registry.value
    if "://" not in address:
        return Path(address)
    found = os.environ if environ is None else environ
    state = found.get("WEIGHBRIDGE_STATE") or ""
    if not state:
        base = found.get("XDG_STATE_HOME") or ""
        home = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
        state = str(home / "weighbridge")
    named = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Path(state) / "registries" / named


def open_remote(settings: Settings, *, offline: bool, progress: Progress | None) -> Registry:
    """Open a registry behind a server.

    Raises:
        UnavailableError: The network must not be used.
    """
    from weighbridge.adapters.remote.connection import Connection
    from weighbridge.adapters.remote.registry import RemoteRegistry
    from weighbridge.adapters.servers.address import server_address
    from weighbridge.bootstrap.accounts import open_credentials
    from weighbridge.usecases.believed import believe

    if offline:
        message = f"the registry {settings.registry.value} lies behind a server"
        help_ = ["leave --offline out", "or name a registry of this machine with --registry"]
        raise UnavailableError(message, cause="the network is not to be used", help=help_)
    address = server_address(settings.registry.value)
    credentials = open_credentials(os.environ)
    return RemoteRegistry(
        Connection(address, credential=credentials.find),
        folder=local_folder(settings),
        follow=lambda view, key: believe(view, log_key=key).log_key,
        progress=progress,
    )


def open_embedded(settings: Settings) -> Registry:
    """Open a registry in a folder.

    Raises:
        SettingsError: There is something else.
    """
    root = Path(settings.registry.value)
    if os.path.lexists(root) and not os.path.isdir(root):  # noqa: PTH112 - unlike pathlib's, never raises
        help_ = ["name another place with --registry"]
        cause = f"it was named by {settings.registry.origin}"
        raise SettingsError(f"the registry {root} is not a folder", cause=cause, help=help_)
    from weighbridge.adapters.placement import Wanted
    from weighbridge.adapters.registry import EmbeddedRegistry

    wanted = Wanted(
        address=settings.store.value,
        recipients=settings.encrypt_to.value,
        identity=settings.age_identity.value,
    )
    return EmbeddedRegistry(root, wanted=wanted)
