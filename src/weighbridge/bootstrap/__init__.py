"""Settings to adapters: the one place that knows which implementation serves which port."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import weighbridge
from weighbridge.bootstrap.registries import local_folder as local_folder
from weighbridge.bootstrap.registries import open_registry as open_registry
from weighbridge.codec.settings import FILE, read_settings
from weighbridge.model.database_address import is_folder
from weighbridge.model.errors import SettingsError, UsageError
from weighbridge.model.report import RuleSet
from weighbridge.usecases.project import project_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from weighbridge.adapters.advisories.store import FolderAdvisories
    from weighbridge.adapters.digest_cache import FolderDigestCache
    from weighbridge.adapters.keys import KeyFolder
    from weighbridge.model.catalogue import Catalogue
    from weighbridge.model.conversion import Converter
    from weighbridge.model.log_ports import Ledger, TileStore
    from weighbridge.model.oci import Repository
    from weighbridge.model.ports import BlobStore, Progress, Resolver
    from weighbridge.model.reading import Engine, FileReader
    from weighbridge.model.settings import Setting, Settings
    from weighbridge.probes.reading.digesting import Algorithm
    from weighbridge.usecases.dynamic import Loading

STORE = ".weighbridge"


def load_settings(
    folder: Path, *, start: Path, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> Settings:
    """Read the settings in force in a folder.

    Args:
        folder: `weighbridge.toml` and the registry are looked for here and above.
        start: The folder paths of variables and flags are relative to; those of
            `weighbridge.toml` are relative to it.
        environ: Environment variables.
        flags: Values given on the command line.

    Returns:
        The settings, with the whole path of the registry.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    path = _nearest(folder, FILE)
    store = _nearest(folder, STORE) or folder / STORE
    try:
        text = path.read_text(encoding="utf-8") if path is not None else ""
        settings = read_settings(
            text, str(path or FILE), environ=environ, flags=flags, registry=str(store)
        )
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return dataclasses.replace(
        settings,
        registry=_whole(settings.registry, path, start),
        baseline=_whole(settings.baseline, path, start),
        store=_whole(settings.store, path, start),
        age_identity=_whole(settings.age_identity, path, start),
        log_keys=_whole(settings.log_keys, path, start),
    )


def _whole(setting: Setting[str], file: Path | None, start: Path) -> Setting[str]:
    """Write a path out that is relative to where it was named; addresses are not."""
    if not setting.value or not is_folder(setting.value):
        return setting
    from_file = file is not None and setting.origin.startswith(f"{file}:")
    base = file.parent if file is not None and from_file else start
    return dataclasses.replace(setting, value=str(base / _expanded(setting)))


def _expanded(setting: Setting[str]) -> Path:
    try:
        return Path(setting.value).expanduser()
    except RuntimeError as error:
        message = f"{setting.value} names no folder: there is no such home"
        help_ = ["write the path out"]
        raise SettingsError(message, cause=setting.origin, help=help_) from error


def _nearest(start: Path, name: str) -> Path | None:
    return next(
        (folder / name for folder in project_folders(start) if os.path.lexists(folder / name)),
        None,
    )


def open_ledger_in(folder: Path, name: str) -> tuple[Ledger, str]:
    """Open what lies in a folder: an exported ledger, or else a registry.

    Args:
        folder: Where it is.
        name: The folder, as messages name it.

    Returns:
        The ledger, and its public key; empty if the folder holds none.
    """
    from weighbridge.adapters.registry import EmbeddedRegistry
    from weighbridge.ledger.tile_reading import ExportedLog
    from weighbridge.ledger.tiles import CHECKPOINT

    if (folder / CHECKPOINT).is_file() and not (folder / "registry.db").exists():
        return ExportedLog(open_tiles(folder, name)), ""
    registry = EmbeddedRegistry(folder)
    return registry, registry.log_key


def open_tiles(path: Path, name: str) -> TileStore:
    """Open the folder a log is exported to; nothing is made yet.

    Args:
        path: Where it is.
        name: The folder, as messages name it.
    """
    from weighbridge.adapters.tile_folder import TileFolder

    return TileFolder(path, name)


def open_scratch() -> tuple[BlobStore, Callable[[], None]]:
    """Open a store nobody else sees, and what removes it with all that is in it."""
    import tempfile

    from weighbridge.adapters.blobs.folder import Folder, FolderBlobs

    folder = tempfile.TemporaryDirectory(prefix="weighbridge-", ignore_cleanup_errors=True)
    return FolderBlobs.of(Folder(Path(folder.name))), folder.cleanup


def open_converter(environ: Mapping[str, str]) -> Converter:
    """Make who writes torch files as safetensors: in the sandbox, if there is one.

    Args:
        environ: Its `PATH` is where the sandbox is looked for.
    """
    from weighbridge.adapters.conversion.converter import SandboxedConverter
    from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
    from weighbridge.adapters.sandbox.plain import LimitedProcess
    from weighbridge.model.errors import UnavailableError

    try:
        return SandboxedConverter([open_bubblewrap(environ, tracing=False), LimitedProcess()])
    except UnavailableError:
        return SandboxedConverter([LimitedProcess()])


def open_loading(environ: Mapping[str, str], python: str | None) -> Loading:
    """Make who loads models in the sandbox; there is no other place.

    Args:
        environ: Its `PATH` is where the sandbox is looked for.
        python: The Python with the frameworks; None for this one.

    Raises:
        UnavailableError: There is no sandbox, or no such Python.
    """
    from weighbridge.adapters.loading.watching import SandboxedLoading
    from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
    from weighbridge.adapters.sandbox.interpreter import named_interpreter

    sandbox = open_bubblewrap(environ, tracing=True)
    return SandboxedLoading(sandbox, named_interpreter(python or sys.executable))


def open_cache(settings: Settings) -> FolderDigestCache | None:
    """Open what is known of content read before; it is beside the registry.

    Args:
        settings: They name the registry; where there is none yet, nothing is remembered.
    """
    root = local_folder(settings)
    if not root.is_dir():
        return None
    from weighbridge.adapters.digest_cache import FolderDigestCache

    return FolderDigestCache(root / "cache")


def data_folder(settings: Settings) -> Path:
    """Name the folder of data that is this place's own: beside the registry, if there is one."""
    return local_folder(settings) / "data"


def open_advisories(settings: Settings) -> FolderAdvisories:
    """Name who knows the advisories that were loaded here; nothing is opened before it is asked."""
    from weighbridge.adapters.advisories.store import FolderAdvisories

    return FolderAdvisories(data_folder(settings))


def open_resolver(
    settings: Settings, *, environ: Mapping[str, str], offline: bool
) -> Resolver | None:
    """Make who makes locks anew: uv, if there is one.

    Args:
        settings: They name the registry; beside it is what uv has fetched, unless the user says
            otherwise. Where there is no registry yet, nothing is kept.
        environ: Environment variables.
        offline: Whether the network must not be used.
    """
    from weighbridge.adapters.uv.program import Uv, find_uv
    from weighbridge.adapters.uv.resolver import UvResolver

    program = find_uv(environ)
    if program is None:
        return None
    root = local_folder(settings)
    own = str(root / "cache" / "uv") if root.is_dir() else None
    named = environ.get("UV_CACHE_DIR")
    cache = str(Path(named).absolute()) if named else own
    return UvResolver(Uv(program=program, environ=environ, cache=cache, offline=offline))


def open_reader(
    settings: Settings, *, examine: bool, algorithm: Algorithm, progress: Progress
) -> tuple[FileReader, Callable[[], None]]:
    """Make who reads files, and what is to be called when nothing more is to be read.

    Args:
        settings: They name the engine.
        examine: Whether formats are read, too, or digests only taken.
        algorithm: The digest.
        progress: Who watches.

    Raises:
        SettingsError: The engine is not to be had.
    """
    name = settings.engine.value
    if name == "here":
        from weighbridge.probes.reading.files import Reading

        reading = Reading(examine=examine, algorithm=algorithm, progress=progress)
        return reading, lambda: None
    from weighbridge.probes.reading.fanned import FannedReading

    engine = _open_engine(name)
    fanned = FannedReading(engine=engine, examine=examine, algorithm=algorithm, progress=progress)
    return fanned, engine.close


def _open_engine(name: str) -> Engine:
    if name.startswith("dask://"):
        from weighbridge.adapters.dask_engine import DaskEngine

        return DaskEngine(name)
    from weighbridge.probes.reading.engines import Threads

    count = name.partition(":")[2]
    return Threads(int(count) if count else os.cpu_count() or 1)


def open_catalogues(
    settings: Settings, *, start: Path, environ: Mapping[str, str], offline: bool = False
) -> list[Catalogue]:
    """Open the catalogues of templates the settings name, and the shipped one.

    Args:
        settings: The settings; paths in `weighbridge.toml` are relative to it.
        start: The folder paths in variables and flags are relative to.
        environ: Environment variables.
        offline: Whether the network must not be used.

    Raises:
        SettingsError: One of them is none.
    """
    from functools import partial
    from importlib import resources

    from weighbridge.probes.catalogues import FolderCatalogue, open_catalogue

    named = settings.templates
    file, _, line = named.origin.rpartition(":")
    base = Path(file).parent if line.isdecimal() else start
    shipped = resources.files("weighbridge.model") / "templates"
    opener = partial(open_repository, base=base, offline=offline)
    return [
        *(
            open_catalogue(name, base=base, start=start, environ=environ, opener=opener)
            for name in named.value
        ),
        FolderCatalogue("shipped", Path(str(shipped))),
    ]


def open_repository(
    address: str, *, base: Path, offline: bool = False, state: Path | None = None
) -> tuple[Repository, str, Callable[[], None]]:
    """Open the repository an address names; nothing is asked or read yet.

    Args:
        address: `oci://HOST/NAME[:TAG][@DIGEST]` or `oci:FOLDER[:TAG|@DIGEST]`.
        base: The folder paths are relative to.
        offline: Whether the network must not be used.
        state: Folder in which interrupted transfers leave what the next process continues.

    Returns:
        The repository, the tag or digest the address names (empty if none), and what is to be
        called when it is not needed any more.

    Raises:
        UsageError: It is no address, or that of a registry while the network must not be used.
        UnavailableError: The extra `oci` is not installed.
    """
    from weighbridge.model.oci_reference import OciReferenceError, parse
    from weighbridge.model.repository_address import is_remote, split_layout

    if not is_remote(address):
        folder, reference = split_layout(address)
        if not folder:
            help_ = ["write oci:FOLDER:TAG, or oci://HOST/REPOSITORY:TAG"]
            raise UsageError(f"{address} names no folder", help=help_)
        from weighbridge.adapters.oci.layout import LayoutRepository

        return LayoutRepository(base / folder, name=f"oci:{folder}"), reference, lambda: None
    if offline:
        help_ = ["leave --offline out, or name an image layout: oci:FOLDER:TAG"]
        raise UsageError(f"{address} is on the network, which --offline forbids", help=help_)
    try:
        named = parse(address)
    except OciReferenceError as error:
        help_ = ["write oci://HOST/REPOSITORY:TAG"]
        raise UsageError(f"{address} is no address: {error}", help=help_) from error
    from weighbridge.adapters.oci.registry import RegistryRepository

    shown = f"oci://{named.host}/{named.repository}"
    repository = RegistryRepository(named.host, named.repository, shown=shown, state=state)
    return repository, named.reference, repository.close


def open_keys(environ: Mapping[str, str]) -> KeyFolder:
    """Open the user's folder of keys: `$WEIGHBRIDGE_KEYS`, or in the configuration directory."""
    import click

    from weighbridge.adapters.keys import KeyFolder

    named = environ.get("WEIGHBRIDGE_KEYS")
    return KeyFolder(Path(named or Path(click.get_app_dir("weighbridge")) / "keys"))


def rule_set() -> RuleSet:
    """Name the rules of this version: its number, and one digest over their source files."""
    from importlib import resources

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
