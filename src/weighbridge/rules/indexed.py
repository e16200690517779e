"""What the pages of a package index add to a lock: which files it admits, and what was yanked.

A requirements lock names no files, only their hashes. Where the index knows a file of the version
for each of them, those are the files it admits; where one is missing, nothing is added.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.lock import LockedFile

if TYPE_CHECKING:
    from weighbridge.model.index_status import IndexedVersion, IndexStatus
    from weighbridge.model.lock import Lock, Pin


def with_files(lock: Lock, index: IndexStatus) -> Lock:
    """Name the files a lock admits by their hashes, as far as the index knows them."""
    if lock.names_files:
        return lock
    return replace(lock, pins=tuple(_named(pin, index) for pin in lock.pins))


def yanked(lock: Lock, index: IndexStatus) -> frozenset[tuple[str, str]]:
    """Name the packages, with their versions, of which the index took all back that is admitted."""
    return frozenset(
        (pin.name, pin.version or "")
        for pin in lock.pins
        for found in (version_of(pin, index),)
        if found is not None and _is_yanked(pin, found)
    )


def version_of(pin: Pin, index: IndexStatus) -> IndexedVersion | None:
    """Find the version of an entry on the index; None if the index was not asked about it."""
    if pin.source != "index" or pin.ecosystem != "pypi" or pin.version is None:
        return None
    return index.find(pin.name, pin.version)


def _is_yanked(pin: Pin, found: IndexedVersion) -> bool:
    admitted = [file.name for file in pin.files]
    if not admitted:
        return found.is_yanked
    return all(name in found.yanked for name in admitted)


def _named(pin: Pin, index: IndexStatus) -> Pin:
    found = version_of(pin, index)
    if found is None or pin.files or not pin.hashes:
        return pin
    names: dict[str, list[str]] = {}
    for name, digest in found.digests.items():
        names.setdefault(digest, []).append(name)
    files = []
    for one in sorted(set(pin.hashes)):
        algorithm, _, digits = one.partition(":")
        known = names.get(digits.lower(), ()) if algorithm == "sha256" else ()
        if not known:
            return pin
        files += [LockedFile(name=name, hashes=(one,)) for name in known]
    return replace(pin, files=tuple(sorted(files, key=lambda file: file.name)))
