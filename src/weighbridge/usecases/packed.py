"""A release in a repository: found, its papers read, and every file of it told.

What a pack says of itself counts for nothing. The sealed manifest is what its digest says, the
listings are what the manifest says, and the files are what those say.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.codec.manifest import read_release
from weighbridge.codec.oci import OciError, read_document
from weighbridge.codec.resolved import sealed_bytes
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.errors import (
    DocumentError,
    Fault,
    NotFoundError,
    TransferError,
    UsageError,
)
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS, DEFAULT_LISTING_LIMITS
from weighbridge.model.oci import Manifest
from weighbridge.model.ports import NoProgress
from weighbridge.packing.contents import LISTINGS, MANIFEST, Part, contents, listing_path
from weighbridge.packing.modelpack import is_archive, layer_path, packed_release
from weighbridge.usecases.layers import files_in
from weighbridge.usecases.references import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.oci import Descriptor, Repository
    from weighbridge.model.ports import Progress

_AGAIN = ("have the release pushed again, by `weighbridge push`",)
_FALLBACK = "sha256-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRelease:
    """A release in a repository, of which nothing but the papers was read.

    Attributes:
        repository: Where it is.
        descriptor: The manifest of the artifact or image.
        manifest: What that says.
        named: The sealed manifest.
        papers: Bytes of the sealed manifest and of listings, by digest.
        parts: Every file of the release by path, its manifest first.
    """

    repository: Repository
    descriptor: Descriptor
    manifest: Manifest
    named: Named
    papers: Mapping[str, bytes]
    parts: Mapping[str, Part]

    @property
    def digest(self) -> str:
        """The release digest."""
        return str(self.named.digest)

    @property
    def title(self) -> str:
        """Name and version of the release."""
        metadata = self.named.release.metadata
        return f"{metadata.name}@{metadata.version}"


def open_packed(repository: Repository, reference: str) -> PackedRelease:
    """Find a release in a repository, and read its papers.

    Args:
        repository: Where it is.
        reference: Tag or digest; empty for the only tag there is.

    Raises:
        NotFoundError: There is none, or what is there is no release of weighbridge.
        TransferError: Its papers contradict one another, or cannot be read.
        UnavailableError: The repository does not answer.
    """
    descriptor = repository.resolve(reference or _only_tag(repository))
    try:
        manifest = read_document(repository.manifest(descriptor), descriptor.media_type)
    except OciError as error:
        message = f"{descriptor.digest} is no manifest: {error}"
        raise TransferError(message, seen=repository.name) from error
    if not isinstance(manifest, Manifest):
        message = f"{descriptor.digest} is an index of several manifests, and no release"
        raise NotFoundError(message, help=["name one of them by its digest"])
    claimed = packed_release(manifest)
    papers = _read_papers(repository, manifest)
    if claimed not in papers:
        raise TransferError(
            "the sealed manifest is not the one the artifact is said to hold",
            wanted=claimed,
            seen=manifest.layers[0].digest,
            help=_AGAIN,
        )
    named = _sealed(papers[claimed], claimed, repository.name)
    return PackedRelease(
        repository=repository,
        descriptor=descriptor,
        manifest=manifest,
        named=named,
        papers=papers,
        parts=_parts(named, papers),
    )


def _only_tag(repository: Repository) -> str:
    tags = [tag for tag in repository.tags() if not tag.startswith(_FALLBACK)]
    if len(tags) == 1:
        return tags[0]
    if not tags:
        message = f"{repository.name} holds nothing that has a tag, or does not exist"
        raise NotFoundError(message, help=["check the spelling of the address"])
    seen = ", ".join(tags[:10])
    message = f"{repository.name} holds {len(tags)} tags, and none was named"
    help_ = ["write the tag behind it: ADDRESS:TAG"]
    raise UsageError(message, seen=seen, wanted="one tag", help=help_)


def _read_papers(repository: Repository, manifest: Manifest) -> dict[str, bytes]:
    """Read the sealed manifest and all listings into memory, by digest."""
    papers: dict[str, bytes] = {}
    left = DEFAULT_LISTING_LIMITS.size
    for layer in _paper_layers(manifest):
        if layer.size > left:
            message = f"the papers of the release are larger than {DEFAULT_LISTING_LIMITS.size}"
            raise TransferError(message, seen=repository.name)
        left -= layer.size
        for path, chunks in files_in(repository, layer, NoProgress()):
            data = b"".join(chunks)
            digest = f"sha256:{sha256(data).hexdigest()}"
            if path not in {MANIFEST, listing_path(digest)}:
                raise TransferError.from_faults([_unlisted(path)])
            papers[digest] = data
    return papers


def _paper_layers(manifest: Manifest) -> Iterator[Descriptor]:
    for layer in manifest.layers:
        path = layer_path(layer)
        if path in {MANIFEST, LISTINGS} or path.startswith(f"{LISTINGS}/"):
            yield layer


def _sealed(data: bytes, digest: str, where: str) -> Named:
    """Read a sealed manifest, of which not even the form is believed."""
    if len(data) > DEFAULT_DOCUMENT_LIMITS.size:
        raise TransferError(f"the manifest of {where} is too large", seen=str(len(data)))
    try:
        canonical = canonical_bytes(read_json(data))
        release, document = read_release(data, where)
    except (NotCanonicalError, DocumentError) as error:
        message = f"the manifest of {where} is no sealed manifest: {error}"
        raise TransferError(message, seen=digest, help=_AGAIN) from error
    # Bytes of an older schema are what they were when they were sealed.
    if canonical != data or (not document.schema and sealed_bytes(release) != data):
        message = f"the manifest of {where} is not in the form manifests are sealed in"
        raise TransferError(message, seen=digest, help=_AGAIN)
    unsealed = [
        one.name for _, one in release.spec.files() if one.path is not None and one.digest is None
    ]
    unsealed += [name for name, lock in release.spec.dependencies.locks() if lock.digest is None]
    if unsealed or document.todos:
        message = f"the manifest of {where} was not sealed"
        seen = f"no digest: {', '.join(unsealed)}" if unsealed else "TODO"
        raise TransferError(message, seen=seen, help=_AGAIN)
    return Named(release=release, document=document, digest=digest)


def _parts(named: Named, papers: Mapping[str, bytes]) -> dict[str, Part]:
    """List the files of the release; papers it does not name are none of its."""
    used = {str(named.digest)}

    def fetch(digest: str) -> bytes:
        if digest not in papers:
            message = f"the listing {digest} is not in the pack"
            raise TransferError(message, help=_AGAIN)
        used.add(digest)
        return papers[digest]

    data = named.document.text.encode()
    found = contents(named.tree, digest=str(named.digest), size=len(data), fetch=fetch)
    if extra := sorted(papers.keys() - used):
        raise TransferError.from_faults(_unlisted(listing_path(digest)) for digest in extra)
    return {part.path: part for part in found}


def layer_faults(packed: PackedRelease) -> list[Fault]:
    """Say what of a pack is not of the release, as far as its manifest tells."""
    faults: list[Fault] = []
    seen = set[str]()
    archives = []
    for layer in packed.manifest.layers:
        path = layer_path(layer)
        if is_archive(layer):
            archives.append(path)
        elif path not in packed.parts or path in seen:
            faults.append(_unlisted(path or layer.digest))
        else:
            seen.add(path)
            faults += part_faults(packed.parts[path], layer.digest, layer.size)
    if not archives:
        faults += missing_faults(packed.parts.keys() - seen)
    return faults


def part_faults(part: Part, digest: str, size: int) -> Iterator[Fault]:
    """Say that the bytes of a file are not those that were sealed, if they are not."""
    if digest != part.digest or part.size not in {None, size}:
        message = f"{part.path} is not what was sealed"
        yield Fault(
            "INT001",
            message,
            seen=f"{digest}, {size} bytes",
            wanted=part.digest if part.size is None else f"{part.digest}, {part.size} bytes",
            help=_AGAIN,
        )


def missing_faults(paths: Iterable[str]) -> list[Fault]:
    """Say that files of the release are not in the pack."""
    return [
        Fault("INT002", f"{path} is missing in the pack", help=_AGAIN) for path in sorted(paths)
    ]


def _unlisted(path: str) -> Fault:
    message = f"{path!r:.200} is not part of the sealed release, or stands twice"
    return Fault("INT003", message, help=_AGAIN)


def each_file(
    packed: PackedRelease, layer: Descriptor, seen: set[str], progress: Progress
) -> Iterator[tuple[Part, Iterator[bytes]]]:
    """Read the files of a layer as they arrive, none that is not of the release.

    Args:
        packed: The release.
        layer: The layer.
        seen: Paths of the files that came already; those of this layer are added.
        progress: Who watches.

    Raises:
        TransferError: There is one, or its bytes are not those that were sealed; the latter when
            they have come to their end.
    """
    for path, chunks in files_in(packed.repository, layer, progress):
        part = packed.parts.get(path)
        if part is None or path in seen:
            raise TransferError.from_faults([_unlisted(path)])
        yield part, _held_against(part, chunks)
        seen.add(path)


def _held_against(part: Part, chunks: Iterator[bytes]) -> Iterator[bytes]:
    hasher, size = sha256(), 0
    for chunk in chunks:
        hasher.update(chunk)
        size += len(chunk)
        yield chunk
    if faults := list(part_faults(part, f"sha256:{hasher.hexdigest()}", size)):
        raise TransferError.from_faults(faults)
