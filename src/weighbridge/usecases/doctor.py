"""`doctor`: what works here, and what is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.database_address import is_folder, shown_address
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.health import Condition, Health
from weighbridge.probes.installation import observe_installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings


def doctor(
    *, settings: Callable[[], Settings], registry: Callable[[Settings], Registry]
) -> Iterator[Health]:
    """Look at the installation, the settings and the registry they name.

    Args:
        settings: Reads the settings in force.
        registry: Opens the registry some settings name.
    """
    yield from observe_installation()
    try:
        found = settings()
    except WeighbridgeError as error:
        yield _broken("settings", error)
        return
    yield Health(name="settings", condition=Condition.WORKS, detail=_sources(found))
    yield _registry(found, registry)


def _sources(settings: Settings) -> str:
    files = {
        setting.origin.rpartition(":")[0]
        for name in settings.__slots__
        if (setting := getattr(settings, name)).origin.rpartition(":")[2].isdigit()
    }
    return ", ".join(sorted(files)) or "no weighbridge.toml here or above; defaults"


def _registry(settings: Settings, opened: Callable[[Settings], Registry]) -> Health:
    place = settings.registry.value
    root = Path(place) if is_folder(place) else None
    if root is not None and not os.path.lexists(root):
        detail = f"{root} is not there yet; `weighbridge seal` makes it"
        return Health(name="registry", condition=Condition.MISSING, detail=detail)
    try:
        registry = opened(settings)
        with registry.reading() as view:
            releases, entries, faults = len(view.releases()), view.size, view.faults()
    except WeighbridgeError as error:
        return _broken("registry", error)
    if faults:
        help_ = ("weighbridge registry fsck",)
        return Health(
            name="registry", condition=Condition.BROKEN, detail="; ".join(faults), help=help_
        )
    detail = f"{shown_address(place)}: {releases} releases, {entries} ledger entries"
    if root is not None and not os.access(root, os.W_OK):
        detail += "; read only"
    return Health(name="registry", condition=Condition.WORKS, detail=detail)


def _broken(name: str, error: WeighbridgeError) -> Health:
    fault = error.faults[0]
    return Health(name=name, condition=Condition.BROKEN, detail=fault.message, help=fault.help)
