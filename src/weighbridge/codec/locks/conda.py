"""Locks of conda: `conda-lock.yml`, version 1, and lists of addresses (`@EXPLICIT`).

Every entry is for one platform; a package that all of them need stands there once for each. What
its channel spells with an underscore is left so: only the names of packages from PyPI are
normalised. What an entry asks for that the system itself has to offer (`__glibc`) is no entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.conda_list import is_list, read_list
from weighbridge.codec.locks.conda_place import channel_of, is_hash
from weighbridge.codec.locks.credentials import without_token
from weighbridge.codec.locks.files import file_name
from weighbridge.codec.locks.interface import (
    LIMITS,
    LockSyntaxError,
    check_entries,
    excerpt,
    holds,
)
from weighbridge.codec.locks.tables import Table
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import DocumentError
from weighbridge.model.limits import DocumentLimits
from weighbridge.model.location import pointer
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin

if TYPE_CHECKING:
    from weighbridge.model.document import Document

_BUDGETS = DocumentLimits(size=LIMITS.size, depth=LIMITS.depth, nodes=LIMITS.nodes)
_VERSION = "1"
_ECOSYSTEMS = {"conda": "conda", "pip": "pypi"}
_ALGORITHMS = ("md5", "sha256")
_MAIN = "main"
_OF_THE_SYSTEM = "__"


def read(text: str, file: str) -> Lock:
    """Read a lock of conda.

    Raises:
        LockSyntaxError: It is neither a `conda-lock.yml` of version 1 nor a list of addresses.
    """
    if is_list(text):
        return read_list(text, file)
    document = _document(text, file)
    top = Table(values=document.data, file=file)
    if top.take("version", str) != _VERSION:
        seen = excerpt(str(top.values.get("version")))
        raise top.error(f"version is {seen}, this version reads conda-lock.yml 1")
    entries = top.tables("package")
    check_entries(len(entries), file)
    channels = [one.take("url", str) or "" for one in top.table("metadata").tables("channels")]
    return Lock(
        format="conda",
        pins=tuple(_pin(_placed(one, at, document)) for at, one in enumerate(entries)),
        indexes=tuple(_clean(channel) for channel in channels if "://" in channel),
        names_files=True,
        records_edges=True,
    )


def _document(text: str, file: str) -> Document:
    """Read the YAML; every value of it is text, as whoever wrote the lock meant it."""
    try:
        return read_document(text.encode(), file, limits=_BUDGETS, plain=str)
    except DocumentError as error:
        fault = error.faults[0]
        # The parser counts the end of the text as a line of its own.
        last = text.count("\n") + text.count("\r") + 1
        line = min(fault.location.line if fault.location else 1, last)
        problem = f"is not YAML: {excerpt(f'{fault.message} {fault.seen}'.strip())}"
        raise LockSyntaxError(problem, file=file, line=max(line, 1)) from error


def _placed(entry: Table, at: int, document: Document) -> Table:
    place = document.places.get(pointer("package", at))
    line = 1 if place is None else place.value.line
    return Table(values=entry.values, file=entry.file, line=line)


def _clean(address: str) -> str:
    return without_token(without_credentials(address))


def _pin(entry: Table) -> Pin:
    """Make the pin of a package."""
    manager = entry.take("manager", str) or ""
    ecosystem = _ECOSYSTEMS.get(manager)
    if ecosystem is None:
        raise entry.error(f"manager is {excerpt(manager)}, not conda or pip")
    name, version, platform = (_text(entry, key) for key in ("name", "version", "platform"))
    address = _clean(entry.take("url", str) or "")
    hashes = _hashes(entry)
    return Pin(
        name=canonicalize_name(name) if ecosystem == "pypi" else name,
        version=version,
        specifier=f"=={version}",
        hashes=hashes,
        hashed=holds(hashes),
        index=channel_of(address) if ecosystem == "conda" else "",
        line=entry.line,
        groups=_groups(entry),
        files=(LockedFile(name=file_name(address), hashes=hashes, url=address),) * bool(address),
        edges=_edges(entry, ecosystem),
        ecosystem=ecosystem,
        platform=platform,
    )


def _text(entry: Table, key: str) -> str:
    """Take a text that must be there, in one line."""
    value = entry.take(key, str)
    if not value or not value.isprintable():
        raise entry.error(f"{key} is not a word")
    return value


def _hashes(entry: Table) -> tuple[str, ...]:
    table = entry.table("hash")
    values = ((name, table.take(name, str)) for name in _ALGORITHMS)
    found = tuple(f"{name}:{value}".lower() for name, value in values if value)
    if not all(is_hash(one) for one in found):
        raise entry.error("hash is not hexadecimal, or not of its algorithm's length")
    return found


def _groups(entry: Table) -> tuple[str, ...]:
    """Name what brings an entry in; nothing where the main set does."""
    named = entry.texts("categories") or [entry.take("category", str) or _MAIN]
    return () if _MAIN in named else tuple(dict.fromkeys(named))


def _edges(entry: Table, ecosystem: str) -> tuple[Edge, ...]:
    asked: dict[str, Any] = entry.table("dependencies").values
    names = (name for name in asked if not name.startswith(_OF_THE_SYSTEM))
    return tuple(
        Edge(name=canonicalize_name(name) if ecosystem == "pypi" else name) for name in names
    )
