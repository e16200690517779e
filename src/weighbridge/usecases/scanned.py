"""What a scan is about: an image of the release, or its lock; nothing else counts.

A scanner is run by whoever has it, on whatever he names. So it is held against the sealed
manifest what was scanned: by a digest, if it says one, else by the packages it lists.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name, canonicalize_version

from weighbridge.codec.predicates.recognising import scanned
from weighbridge.model.errors import UsageError
from weighbridge.model.fact import ObservedLock
from weighbridge.model.lock import Lock
from weighbridge.model.predicates import OURS
from weighbridge.model.wording import some_of
from weighbridge.usecases.named_locks import sealed_locks
from weighbridge.usecases.subjects import contents_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.codec.predicates.recognising import Document
    from weighbridge.codec.predicates.scanners.scan import Package, Scan
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.model.release import ModelRelease
    from weighbridge.usecases.references import Named

Subject = tuple[str, str]
"""Name and digest."""


def placed(document: Document, named: Named, registry: Registry) -> tuple[Document, list[Subject]]:
    """Find what of a release a scan is about, and write into it what it leaves open of that.

    Args:
        document: What the scanner printed, recognised as a scan.
        named: The sealed release.
        registry: Where its bytes are.

    Raises:
        UsageError: It is about nothing the release consists of.
    """
    scan = document.scan
    if scan is None:
        raise AssertionError("a document that is no scan has no such subject")
    if scan.packages is not None:
        return _of_lock(document, scan, named.release, registry.blobs)
    among = contents_of(str(named.digest), registry.blobs).among(scan.digests)
    if not scan.digests or not among.there:
        raise UsageError(
            "this cannot be attested: it is a scan of something else than this release",
            seen=f"{scan.about or 'nothing'} ({some_of(scan.digests) or 'no digest'})",
            wanted="a digest of an image of the release, or of a file of it",
            help=["scan the image by the digest that the manifest names: IMAGE@sha256:…"],
        )
    name = scan.about or scan.tool
    return document, [(name, digest) for digest in sorted(among.there)]


def left_open(document: Document) -> tuple[str, ...]:
    """Say why a scan that was placed may not have found everything; nothing of other documents."""
    if document.scan is None:
        return ()
    said = json.loads(document.predicate)[OURS]["scan"]
    return tuple(map(str, said["open"]))


def _of_lock(
    document: Document, scan: Scan, release: ModelRelease, blobs: BlobReader
) -> tuple[Document, list[Subject]]:
    """Find the lock whose packages were looked at: the one with the fewest differences."""
    looked = {_exact(one) for one in scan.packages or ()}
    observed = sealed_locks(release, blobs)
    found: list[tuple[int, str, str, list[str]]] = []
    for _, one in release.spec.dependencies.locks():
        seen = observed.get(one.lock)
        lock = seen.lock if isinstance(seen, ObservedLock) else None
        if isinstance(lock, Lock) and one.digest is not None:
            pinned = dict(_pinned(lock))
            if not looked.isdisjoint(pinned):
                count = len(looked ^ pinned.keys())
                found.append((count, one.lock, one.digest, list(_differences(looked, pinned))))
    if not found:
        raise UsageError(
            "this cannot be attested: it is a scan of something else than this release",
            seen=some_of(sorted(f"{name}=={version}" for name, version in looked)),
            wanted="packages of a lock of the release",
            help=["scan the lock itself: pip-audit --format json --requirement LOCK --no-deps"],
        )
    _, name, digest, open_ = min(found, key=lambda one: one[0])
    return scanned(scan, document.kept, open_=open_), [(name, digest)]


def _pinned(lock: Lock) -> Iterator[tuple[Package, str]]:
    """List what a lock pins; of what it leaves open no scan can tell that it was looked at."""
    for pin in lock.pins:
        version = pin.version or f"{pin.source} {pin.reference or pin.specifier}".strip()
        kind = "" if pin.ecosystem == "pypi" else f"{pin.ecosystem} "
        shown = f"{kind}{pin.name}=={version}"
        yield (_exact((pin.name, version)) if not kind else (shown, "")), shown


def _differences(looked: set[Package], pinned: dict[Package, str]) -> Iterator[str]:
    missing = sorted(shown for one, shown in pinned.items() if one not in looked)
    if missing:
        yield f"it did not look at {some_of(missing)}, which the lock pins"
    strange = sorted(f"{name}=={version}" for name, version in looked - pinned.keys())
    if strange:
        yield f"it looked at {some_of(strange)}, which the lock does not pin"


def _exact(one: Package) -> Package:
    name, version = one
    return canonicalize_name(name), canonicalize_version(version, strip_trailing_zero=False)
