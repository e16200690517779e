"""`seal`: resolve, digest, store. What is sealed is what was read, and only if all of it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.canonical import section_digests
from weighbridge.codec.listing import listing_blobs
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import sealed_bytes
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import BoundError, UnreadableError, UnsealableError
from weighbridge.model.event import Kind
from weighbridge.model.fact import ObservedDirectory, Unavailable
from weighbridge.model.ports import NoProgress
from weighbridge.probes.reading.files import Reading
from weighbridge.usecases.believed import believe
from weighbridge.usecases.credentials import refuse_found
from weighbridge.usecases.custody import absence, custody_in, custody_of
from weighbridge.usecases.observing import observe
from weighbridge.usecases.refusing import Refused, change_or_refuse
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Progress, Registry, Transaction
    from weighbridge.model.release import ModelRelease
    from weighbridge.usecases.references import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A release that was sealed.

    Attributes:
        name: Its name.
        version: Its version.
        digest: The release digest.
        sections: Digest of each section.
        manifest: The sealed bytes.
        stored_at: Where they lie, or None if nothing was stored.
        new: Whether the registry did not hold it before.
    """

    name: str
    version: str
    digest: str
    sections: Mapping[str, str]
    manifest: bytes
    stored_at: str | None
    new: bool


def seal(
    named: Named,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Sealed:
    """Seal an authored manifest.

    Raises:
        UnsealableError: With every obstacle; nothing was stored.
        DocumentError: It holds a credential; nothing was stored.
        BoundError: `name@version` already stands for other bytes; nothing was stored.
    """
    if named.path is None:
        raise UnreadableError(f"{named.digest} is sealed already; name a manifest file")
    reading = Reading(
        examine=False,
        keep=None if dry_run else registry.blobs,
        progress=progress or NoProgress(),
    )
    try:
        facts = observe(named, blobs=registry.blobs, environ=environ, reader=reading)
        refuse_found(facts.credentials)
        release = _resolved(named.release, facts)
        manifest = sealed_bytes(release)
        digest = digest_of(manifest)
        name, version = release.metadata.name, release.metadata.version
        new = is_free(name, version, digest, registry, dry_run=dry_run)
        if not dry_run:
            for artifact, incoming in reading.kept.items():
                incoming.commit(artifact)
            _keep_papers(named.path, facts, registry, manifest)
            new = bind_release(name, version, digest, registry)
    finally:  # an interruption, too, must leave no copies lying about
        reading.discard()
    return Sealed(
        name=name,
        version=version,
        digest=digest,
        sections=section_digests(json.loads(manifest)),
        manifest=manifest,
        stored_at=None if dry_run else registry.blobs.where(digest),
        new=new,
    )


def is_free(name: str, version: str, digest: str, registry: Registry, *, dry_run: bool) -> bool:
    """Tell whether a name is free; if it stands for other bytes, let the registry refuse it.

    Raises:
        BoundError: It stands for other bytes.
        CustodyError: It stands for these, and their files were erased.
    """
    with registry.reading() as view:
        bound = dict(view.versions(name)).get(version)
    if bound == digest:
        custody = custody_of(name, digest, registry)
        if custody.where is Whereabouts.ERASED:
            bind_release(name, version, digest, registry, dry_run=dry_run)
    elif bound is not None:
        bind_release(name, version, digest, registry, dry_run=dry_run)
    return bound is None


def bind_release(
    name: str, version: str, digest: str, registry: Registry, *, dry_run: bool = False
) -> bool:
    """Bind a name to a digest and log it, or log that it was refused (not in a dry run).

    Raises:
        BoundError: It stands for other bytes.
        CustodyError: It stands for these, and their files were erased.
    """
    body = {"digest": digest, "name": name, "version": version}

    def change(transaction: Transaction) -> bool:
        owned = transaction.size > 0
        try:
            new = transaction.bind(name, version, digest)
        except BoundError as error:
            if dry_run:
                raise
            if owned:
                transaction.append(Kind.RELEASE_REFUSED, body)
            raise Refused(error) from error
        if new and owned:
            transaction.append(Kind.RELEASE_SEALED, body)
        elif owned:
            _put_back(transaction, body, registry, dry_run=dry_run)
        return new

    return change_or_refuse(registry, change)


def _put_back(
    transaction: Transaction, body: dict[str, str], registry: Registry, *, dry_run: bool
) -> None:
    """Enter that archived files are here again, or refuse those that were erased.

    Raises:
        Refused: They were erased.
    """
    name, title = body["name"], f"{body['name']}@{body['version']}"
    custody = custody_in(believe(transaction, log_key=registry.log_key), name, body["digest"])
    if custody.where is Whereabouts.ARCHIVED and not dry_run:
        transaction.append(Kind.RELEASE_RESTORED, {**body, "place": ""})
    error = absence(title, custody) if custody.where is Whereabouts.ERASED else None
    if error is not None:
        if not dry_run:
            transaction.append(Kind.ARCHIVE_REFUSED, {**body, "act": "seal", "reason": "erased"})
        raise Refused(error)


def _resolved(release: ModelRelease, facts: Facts) -> ModelRelease:
    """Resolve, and prove that the sealed bytes read back as the same manifest."""
    resolver = Resolver(facts)
    resolved = resolver.resolve(release)
    if resolver.obstacles:
        raise UnsealableError.from_faults(resolver.obstacles)
    data = sealed_bytes(resolved)
    again, _ = read_release(data, "manifest.json")
    if sealed_bytes(again) != data:
        raise UnsealableError("the sealed manifest does not read back as itself")
    return resolved


def _keep_papers(path: Path, facts: Facts, registry: Registry, manifest: bytes) -> None:
    """Store what the manifest refers to by digest beside the artifacts' files."""
    for directory in facts.directories.values():
        if isinstance(directory, ObservedDirectory):
            for _, data in listing_blobs(directory.entries):
                registry.blobs.put(data)
    for name, lock in facts.locks.items():
        if not isinstance(lock, Unavailable):
            kept = registry.blobs.put((path.parent / name).read_bytes())
            if kept != lock.digest:
                raise UnsealableError(f"{name} changed while the release was sealed")
    registry.blobs.put(manifest)
