"""Settings to adapters: the one place that knows which implementation serves which port."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import weighbridge
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.settings import FILE, read_settings
from weighbridge.model.errors import SettingsError
from weighbridge.model.report import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings

STORE = ".weighbridge"


def load_settings(
    start: Path, *, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> Settings:
    """Read the settings in force in a folder.

    Args:
        start: The folder; `weighbridge.toml` and the registry are looked for here and above.
        environ: Environment variables.
        flags: Values given on the command line.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    path = _nearest(start, FILE)
    store = _nearest(start, STORE) or start / STORE
    try:
        text = path.read_text(encoding="utf-8") if path is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return read_settings(
        text, str(path or FILE), environ=environ, flags=flags, registry=str(store)
    )


def _nearest(start: Path, name: str) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / name).exists():
            return folder / name
    return None


def open_registry(settings: Settings, start: Path) -> Registry:
    """Open the registry the settings name; a folder is made when something is first kept."""
    return EmbeddedRegistry(start / Path(settings.registry.value).expanduser())


def rule_set() -> RuleSet:
    """Name the rules of this version: its number, and one digest over their source files."""
    digest = hashlib.sha256()
    for name, file in _sources(resources.files("weighbridge.rules"), ""):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{content}  {name}\n".encode())
    return RuleSet(version=weighbridge.__version__, digest="sha256:" + digest.hexdigest())


def _sources(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield above + entry.name, entry
