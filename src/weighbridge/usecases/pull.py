"""`pull`: a release out of a repository into the registry, if every byte of it is what was sealed.

Bytes are stored by digest as they arrive, where nobody sees them; the name is bound when all are
there. A pull that was interrupted left nothing that is visible, and the next one takes only what is
missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import TransferError
from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.packing.contents import LISTINGS
from weighbridge.packing.modelpack import is_archive, layer_path
from weighbridge.usecases.attached import collect, keep
from weighbridge.usecases.layers import CHUNK, WatchedIncoming
from weighbridge.usecases.packed import each_file, layer_faults, missing_faults, open_packed
from weighbridge.usecases.seal import bind_release, is_free
from weighbridge.usecases.verify import stored_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.oci import Descriptor, Repository
    from weighbridge.model.ports import BlobStore, IncomingTree, Progress, Registry
    from weighbridge.packing.contents import Part
    from weighbridge.usecases.attached import Attached
    from weighbridge.usecases.packed import PackedRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A release that was pulled.

    Attributes:
        name: Its name.
        version: Its version.
        digest: The release digest.
        manifest: Digest of the manifest it was packed under.
        files: How many files it has, its papers included.
        size: Their bytes, as far as they are known.
        fetched: Bytes of layers that were transferred.
        new: Whether the registry did not hold it before.
        evidence: What became of the evidence beside it.
        unread: Why evidence could not be read, a line each.
    """

    name: str
    version: str
    digest: str
    manifest: str
    files: int
    size: int
    fetched: int
    new: bool
    evidence: tuple[Attached, ...] = ()
    unread: tuple[str, ...] = ()


def pull(
    repository: Repository,
    reference: str,
    *,
    registry: Registry,
    progress: Progress,
    output: IncomingTree | None = None,
    evidence: bool = True,
    dry_run: bool = False,
) -> Pulled:
    """Pull a release.

    Args:
        repository: Where it is.
        reference: Tag or digest; empty for the only tag there is.
        registry: Where it goes.
        progress: Who watches.
        output: Where its files are written besides, if anywhere.
        evidence: Whether the evidence beside it is wanted, too.
        dry_run: Read its papers and hold them against one another; keep nothing.

    Raises:
        NotFoundError: There is none, or no release of weighbridge.
        TransferError: A byte is not what was sealed, or a file is missing or too many; nothing is
            visible of it.
        BoundError: `name@version` already stands for other bytes.
        UnavailableError: The repository does not answer.
    """
    packed = open_packed(repository, reference)
    if faults := layer_faults(packed):
        raise TransferError.from_faults(faults)
    metadata = packed.named.release.metadata
    new = is_free(metadata.name, metadata.version, packed.digest, registry, dry_run=dry_run)
    fetched = 0
    if not dry_run:
        fetched = _store(packed, registry.blobs, progress)
        new = _make_visible(packed, registry, output)
    kept, unread = _evidence(packed, registry, dry_run=dry_run) if evidence else ((), ())
    return Pulled(
        name=metadata.name,
        version=metadata.version,
        digest=packed.digest,
        manifest=packed.descriptor.digest,
        files=len(packed.parts),
        size=sum(part.size or 0 for part in packed.parts.values()),
        fetched=fetched,
        new=new,
        evidence=kept,
        unread=unread,
    )


def _store(packed: PackedRelease, blobs: BlobStore, progress: Progress) -> int:
    """Store every file of a release, and return how many bytes were transferred for it."""
    seen, fetched = set[str](), 0
    for layer in packed.manifest.layers:
        parts = _parts_of(packed, layer)
        if parts and all(_is_stored(part, packed, blobs, progress) for part in parts):
            seen.update(part.path for part in parts)
            continue
        fetched += layer.size
        if is_archive(layer):
            for part, chunks in each_file(packed, layer, seen, progress):
                _take(part, chunks, blobs)
        else:
            _fetch(packed.repository, layer, blobs, progress)
            seen.add(layer_path(layer))
    if faults := missing_faults(packed.parts.keys() - seen):
        raise TransferError.from_faults(faults)
    for data in packed.papers.values():
        blobs.put(data)
    return fetched


def _parts_of(packed: PackedRelease, layer: Descriptor) -> list[Part]:
    """List the files a layer should hold; empty if only it knows."""
    path = layer_path(layer)
    if not is_archive(layer):
        return [packed.parts[path]]
    return [part for part in packed.parts.values() if path in {part.group, part.path}]


def _is_stored(part: Part, packed: PackedRelease, blobs: BlobStore, progress: Progress) -> bool:
    """Tell whether a file is stored already, whole: a size would not tell.

    What is found is young again: who removes what nobody needs must not take it for such.
    """
    if part.digest in packed.papers:
        return True
    return blobs.renew(part.digest) and not any(
        stored_problem(part.path, part.digest, blobs, progress)
    )


def _take(part: Part, chunks: Iterator[bytes], blobs: BlobStore) -> None:
    incoming = blobs.incoming()
    try:
        for chunk in chunks:
            incoming.write(chunk)
        incoming.commit(part.digest)
    finally:
        incoming.discard()


def _fetch(repository: Repository, layer: Descriptor, blobs: BlobStore, progress: Progress) -> None:
    progress.start(layer_path(layer), layer.size)
    try:
        repository.fetch(layer, WatchedIncoming(blobs.incoming(), progress))
    finally:
        progress.finish()


def _make_visible(packed: PackedRelease, registry: Registry, output: IncomingTree | None) -> bool:
    """Bind a release whose files are stored, and have its folder appear; tell if it is new."""
    metadata = packed.named.release.metadata
    if output is None:
        return bind_release(metadata.name, metadata.version, packed.digest, registry)
    try:
        _lay_out(packed, registry.blobs, output)
        new = bind_release(metadata.name, metadata.version, packed.digest, registry)
        output.commit()
    finally:  # an interruption, too, must leave no files lying about
        output.discard()
    return new


def _lay_out(packed: PackedRelease, blobs: BlobStore, output: IncomingTree) -> None:
    """Write the files of a release as a tree that `verify` and `check` can read."""
    for artifact in packed.named.release.spec.artifacts:
        if artifact.path is not None and artifact.media_type in MEDIA_TYPES:
            output.folder(artifact.path)
    for part in packed.parts.values():
        if part.group != LISTINGS:
            output.write(part.path, _stored(part, blobs))


def _stored(part: Part, blobs: BlobStore) -> Iterator[bytes]:
    with blobs.open(part.digest) as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _evidence(
    packed: PackedRelease, registry: Registry, *, dry_run: bool
) -> tuple[tuple[Attached, ...], tuple[str, ...]]:
    """Keep the evidence whose signer this registry trusts; none of it can stop the release."""
    found, unread = collect(packed.repository, packed.descriptor.digest)
    return tuple(keep(found, packed.digest, registry, dry_run=dry_run)), tuple(unread)
