"""The locks a user names: a lock file by its path, or those of a release. One reading for all.

`matrix`, `audit`, `graph` and `sbom` take either. What is named is a lock by its file's name, or
else by what stands in it; anything that is none is a manifest, a folder or a sealed release.
"""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Final

from weighbridge.codec.locks import LIMITS
from weighbridge.codec.locks.names import lock_format
from weighbridge.model.errors import NotFoundError, UnreadableError, WeighbridgeError
from weighbridge.model.fact import MISSING, ObservedLock, Unavailable
from weighbridge.model.repository_address import is_address
from weighbridge.probes.locks import observe_lock_bytes, observe_locks
from weighbridge.usecases.lookup import is_reference

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.release import ModelRelease
    from weighbridge.usecases.references import Named

Locks = dict[str, ObservedLock | Unavailable]

_HEAD: Final = 64 << 10
"""Bytes of a file by which its kind is told."""

_SIGNS: Final = (
    (re.compile(rb"^@EXPLICIT\b", re.MULTILINE), "conda"),
    (re.compile(rb"^lock-version\b", re.MULTILINE), "pylock"),
    (re.compile(rb"^\[\[package\]\]", re.MULTILINE), "uv"),
    (
        re.compile(
            rb"\A(?=.*^version: *['\"]?1['\"]? *$)(?=.*^(?:metadata|package):)",
            re.MULTILINE | re.DOTALL,
        ),
        "conda",
    ),
)
_DOCUMENT: Final = re.compile(rb"\A\s*\{|^apiVersion\s*:", re.MULTILINE)
_DOCUMENTS: Final = (".yaml", ".yml", ".json")
_OF_LOCKS: Final = (".toml", ".lock", ".txt", ".in")


def kind_of(name: str, data: bytes) -> str | None:
    """Tell the format of a lock by its file's name, or else by what stands in it.

    Args:
        name: Name of the file.
        data: Its bytes; the first will do.

    Returns:
        The format; None if it is a manifest, or another document that is no lock.
    """
    named = lock_format(name)
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if named is not None or _DOCUMENT.search(head):
        return named
    told = next((kind for sign, kind in _SIGNS if sign.search(head)), None)
    if told is not None or name.lower().endswith(_DOCUMENTS):
        return told
    return "requirements"


def named_lock(reference: str | None, start: Path) -> ObservedLock | None:
    """Read the lock file a user named; None if it is no lock file, but a release.

    Args:
        reference: What was named.
        start: The folder relative paths begin at.

    Raises:
        NotFoundError: By its name it is a lock, and there is no such file.
        UnreadableError: It is a lock that cannot be read.
    """
    if reference is None or is_address(reference) or is_reference(reference, start):
        return None
    path = start / reference
    if not os.path.lexists(path):
        if lock_format(path.name) or path.name.lower().endswith(_OF_LOCKS):
            raise _nothing_there(reference, path)
        return None
    if not os.path.isfile(path):  # noqa: PTH113 - unlike pathlib's, never raises
        return None
    data = _bytes(reference, path)
    kind = kind_of(path.name, data)
    if kind is None:
        return None
    observed = observe_lock_bytes(reference, kind, data)
    lock_of(reference, observed)
    return observed


def lock_of(path: str, observed: ObservedLock | Unavailable | None) -> Lock:
    """Return what a lock that was looked at says.

    Args:
        path: How messages name it.
        observed: What was seen.

    Raises:
        UnreadableError: It could not be read.
    """
    lock = observed.lock if isinstance(observed, ObservedLock) else observed
    if lock is None or isinstance(lock, Unavailable):
        reason = "it was not looked at" if lock is None else lock.reason
        help_ = [lock.hint] if lock is not None and lock.hint else []
        raise UnreadableError(f"{path} cannot be read: {reason}", help=help_)
    return lock


def locks_of(named: Named, blobs: BlobReader) -> Locks:
    """Look at the locks a manifest names, and at nothing else.

    Args:
        named: The release: an authored one has them beside it, a sealed one among its blobs.
        blobs: The store.
    """
    if named.path is None:
        return sealed_locks(named.release, blobs)
    return observe_locks(named.path.parent, named.release)


def sealed_locks(release: ModelRelease, blobs: BlobReader) -> Locks:
    """Observe each lock of a sealed release, by its path."""
    found: Locks = {}
    for _, lock in release.spec.dependencies.locks():
        if lock.digest is None:
            found[lock.lock] = Unavailable(MISSING)
            continue
        try:
            found[lock.lock] = observe_lock_bytes(lock.lock, lock.format, blobs.read(lock.digest))
        except WeighbridgeError as error:
            found[lock.lock] = Unavailable(str(error))
    return found


def _bytes(reference: str, path: Path) -> bytes:
    """Read a file, no more of it than could be a lock."""
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.size + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{reference} cannot be read: {reason}") from error


def _nothing_there(reference: str, path: Path) -> NotFoundError:
    try:
        beside = [name for name in os.listdir(path.parent) if name.lower().endswith(_OF_LOCKS)]  # noqa: PTH208 - names alone
    except OSError:
        beside = []
    close = difflib.get_close_matches(path.name, sorted(beside), n=1)
    help_ = [f"did you mean {close[0]}?" if close else "check the spelling, or name a release"]
    return NotFoundError(f"there is no file {reference}", help=help_)
