"""`seal`: resolve, digest, store. What is sealed is what was read, and only if all of it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.canonical import section_digests
from weighbridge.codec.listing import listing_bytes
from weighbridge.codec.resolved import sealed_bytes
from weighbridge.codec.validating import read_release
from weighbridge.model.errors import UnreadableError, UnsealableError
from weighbridge.model.fact import ObservedDirectory, Unavailable
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Progress, Registry
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
        BoundError: `name@version` already stands for other bytes.
    """
    if named.path is None:
        raise UnreadableError(f"{named.digest} is sealed already; name a manifest file")
    observed = observe(
        named, blobs=registry.blobs, environ=environ, progress=progress, keep=not dry_run
    )
    try:
        release = _resolved(named.release, observed.facts)
        manifest = sealed_bytes(release)
        if not dry_run:
            for digest, incoming in observed.kept.items():
                incoming.commit(digest)
            _keep_papers(named, observed.facts, registry, manifest)
    finally:
        for incoming in observed.kept.values():
            incoming.discard()
    digest = digest_of(manifest)
    metadata = release.metadata
    new = False if dry_run else registry.bind(metadata.name, metadata.version, digest)
    return Sealed(
        name=metadata.name,
        version=metadata.version,
        digest=digest,
        sections=section_digests(json.loads(manifest)),
        manifest=manifest,
        stored_at=None if dry_run else registry.blobs.where(digest),
        new=new,
    )


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


def _keep_papers(named: Named, facts: Facts, registry: Registry, manifest: bytes) -> None:
    """Store what the manifest refers to by digest beside the artifacts' files."""
    for directory in facts.directories.values():
        if isinstance(directory, ObservedDirectory):
            registry.blobs.put(listing_bytes(directory.entries))
    for path, lock in facts.locks.items():
        if named.path is not None and not isinstance(lock, Unavailable):
            kept = registry.blobs.put((named.path.parent / path).read_bytes())
            if kept != lock.digest:
                raise UnsealableError(f"{path} changed while the release was sealed")
    registry.blobs.put(manifest)
