"""`registry backup` and `registry restore`: all a registry holds in one file, and back again.

The same registry gives the same bytes. Nothing in the file is believed: entries are proven by the
checkpoint over them, blobs are held against their digests, and tables are made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.errors import PackError
from weighbridge.usecases.moving import check_arrived, copy_blob, enter_store, occupied, take_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.moving import BackupReader, BackupWriter, MovableRegistry
    from weighbridge.model.ports import Progress

INDEX = "backup.json"
CHECKPOINT = "log/checkpoint"
RELEASES = "releases.json"
KEYS = "keys/"
BLOBS = "blobs/"
VERSION = 1
_AT_ONCE = 256
_SMALL = 1 << 20
_LARGEST = 1 << 30
_FRAME = 4
"""Bytes of the length before each entry, the first the most significant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a backup holds.

    Attributes:
        releases: How many releases.
        entries: How many entries of the ledger.
        blobs: How many blobs.
        keys: How many files of the log's private keys.
    """

    releases: int
    entries: int
    blobs: int
    keys: int


def backup(
    registry: MovableRegistry,
    file: BackupWriter | None,
    *,
    with_keys: bool,
    with_blobs: bool,
    progress: Progress,
) -> Kept:
    """Write all a registry holds at one moment.

    Args:
        registry: The registry.
        file: Where to; None to say only what there is.
        with_keys: Whether the log's private keys are written, too.
        with_blobs: Whether blobs are.
        progress: Who watches.
    """
    files = registry.log_key_files()
    private = {name: data for name, data in files.items() if name.endswith(".key")}
    kept = {name: data for name, data in files.items() if with_keys or name not in private}
    with registry.reading() as view:
        # What the tables of this moment name is there already: blobs come before their entries.
        blobs = list(registry.blobs.stored()) if with_blobs else []
        told = Kept(
            releases=len(releases := view.releases()),
            entries=view.size,
            blobs=len(blobs),
            keys=len(private) if with_keys else 0,
        )
        if file is None:
            return told
        index = {"blobs": with_blobs, "entries": view.size, "kind": "RegistryBackup"}
        file.add(INDEX, canonical_bytes(index | {"version": VERSION}))
        file.add(RELEASES, canonical_bytes([list(one) for one in releases]))
        file.add(CHECKPOINT, view.checkpoint)
        for start in range(0, view.size, _AT_ONCE):
            entries = view.entries(start, min(start + _AT_ONCE, view.size))
            framed = b"".join(len(one).to_bytes(_FRAME) + one for one in entries)
            file.add(_bundle(start), framed)
    for name, data in sorted(kept.items()):
        file.add(KEYS + name, data)
    progress.start("backing up", sum(one.size for one in blobs))
    for one in blobs:
        with registry.blobs.open(one.name) as source:
            file.add_from(BLOBS + one.name.removeprefix("sha256:"), source)
        progress.advance(one.size)
    progress.finish()
    return told


def restore(
    registry: MovableRegistry, file: BackupReader, *, progress: Progress, dry_run: bool = False
) -> Kept:
    """Fill a registry that was never used. Killed at any point, it is finished by doing it again.

    Args:
        registry: The registry.
        file: The backup.
        progress: Who watches.
        dry_run: Whether only to read the file and say what it holds.

    Raises:
        PackError: It is no backup, or a damaged one.
        RegistryError: The registry holds something already, or not all of it arrived.
        LedgerError: The entries are not those the log's key signed.
    """
    held = _Held(file)
    names = list(file.names())
    blobs = [name for name in names if name.startswith(BLOBS)]
    keys = {
        name.removeprefix(KEYS): file.read(name, most=_SMALL)
        for name in names
        if name.startswith(KEYS)
    }
    told = Kept(
        releases=len(held.releases()),
        entries=held.size,
        blobs=len(blobs),
        keys=sum(1 for name in keys if name.endswith(".key")),
    )
    if dry_run:
        return told
    with registry.reading() as view:
        if view.size or view.releases_after(None, 1):
            raise occupied(registry)
    store = registry.settle()
    for name in blobs:
        digest = "sha256:" + name.removeprefix(BLOBS)
        if not registry.blobs.has(digest):
            copy_blob(digest, file.chunks(name), registry.blobs, progress)
    if keys:
        registry.take_log_keys(keys)
    take_over(registry, held, registry.log_key if held.checkpoint else "", store)
    if held.index["blobs"]:
        check_arrived(registry, held, progress)
    if held.checkpoint and told.keys:
        enter_store(registry)
    return told


class _Held:
    """The entries and releases of a backup."""

    def __init__(self, file: BackupReader) -> None:
        self._file = file
        self.index = self._json(INDEX)
        wanted = {"blobs", "entries", "kind", "version"}
        if not isinstance(self.index, dict) or set(self.index) != wanted:
            raise PackError("this is no backup of a registry")
        if (self.index["kind"], self.index["version"]) != ("RegistryBackup", VERSION):
            message = "this backup was made by a newer weighbridge, or is none"
            raise PackError(message, help=["upgrade weighbridge"])
        self.size = self.index["entries"]
        if not isinstance(self.size, int) or self.size < 0:
            raise PackError("the backup does not say how many entries it has")
        self.checkpoint = file.read(CHECKPOINT, most=_SMALL)

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release."""
        found = []
        for one in self._json(RELEASES):
            match one:
                case [str(name), str(version), str(digest)]:
                    found.append((name, version, digest))
                case _:
                    raise PackError("the releases of the backup are damaged")
        return found

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order."""
        end = self.size if stop is None else stop
        for first in range(start - start % _AT_ONCE, end, _AT_ONCE):
            entries = list(_unframed(self._file.read(_bundle(first), most=_LARGEST)))
            if len(entries) != min(_AT_ONCE, self.size - first):
                raise PackError(f"the backup lacks entries from {first} on")
            yield from entries[max(start - first, 0) : end - first]

    def _json(self, name: str) -> Any:  # noqa: ANN401 - nobody has validated it yet
        try:
            return read_json(self._file.read(name, most=_LARGEST))
        except (NotCanonicalError, ValueError) as error:
            raise PackError(f"{name} of the backup is damaged", cause=str(error)) from error


def _bundle(start: int) -> str:
    return f"log/entries/{start // _AT_ONCE:012d}"


def _unframed(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + _FRAME + int.from_bytes(data[at : at + _FRAME])
        if end > len(data):
            raise PackError("an entry of the backup is cut short")
        yield data[at + _FRAME : end]
        at = end
