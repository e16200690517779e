"""`push`: a sealed release into a repository, in forms that other tools pull and verify.

What is pushed follows from the sealed manifest alone, so that two people who push one release make
one artifact. Bytes are hashed again on their way, whatever the registry says of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.oci import OciError, read_document, write_document
from weighbridge.model.errors import BoundError, NotFoundError
from weighbridge.model.oci import MANIFEST, Manifest
from weighbridge.packing.contents import contents
from weighbridge.packing.modelpack import (
    RELEASE_DIGEST,
    describe_bytes,
    describe_layer,
    layers,
    pack,
)
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.usecases.attached import attach_all, bundles_about
from weighbridge.usecases.custody import require_here
from weighbridge.usecases.layers import ArchiveSource, WatchedSource, archive_digest, sized

if TYPE_CHECKING:
    from weighbridge.model.oci import Descriptor, Repository
    from weighbridge.model.ports import BlobReader, ByteSource, Progress, Registry
    from weighbridge.packing.modelpack import Form, Layer, LayerFormat
    from weighbridge.usecases.references import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A release that was pushed.

    Attributes:
        name: Its name.
        version: Its version.
        digest: The release digest.
        manifest: The manifest it stands under.
        tag: The tag of it.
        layers: How many layers it has.
        size: Their bytes.
        sent: Bytes of those that were not there yet, whole or in part.
        evidence: Digests of the bundles that refer to it.
    """

    name: str
    version: str
    digest: str
    manifest: Descriptor
    tag: str
    layers: int
    size: int
    sent: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a release is in one form, before anything is sent.

    Attributes:
        manifest: The manifest.
        config: Bytes of its configuration.
        layers: What its layers hold.
    """

    manifest: Manifest
    config: bytes
    layers: tuple[Layer, ...]


def push(
    named: Named,
    repository: Repository,
    tag: str,
    *,
    registry: Registry,
    progress: Progress,
    form: Form = "artifact",
    layer_format: LayerFormat = "raw",
    evidence: bool = True,
    dry_run: bool = False,
) -> Pushed:
    """Push a sealed release.

    Args:
        named: The release.
        repository: Where it goes.
        tag: The tag; empty for the version.
        registry: Where its bytes and its evidence are.
        progress: Who watches.
        form: A ModelPack artifact, or a plain image.
        layer_format: Files as they are, or archives; an image has archives.
        evidence: Whether evidence goes with it.
        dry_run: Say only what it would be.

    Raises:
        BoundError: The version's tag stands for another release.
        TransferError: The place refuses it, or its files cannot lie beside one another.
        RegistryError: A stored byte is not what was sealed.
        UnavailableError: The place does not answer.
        ArchivedError: Its files lie in an archive.
        CustodyError: They were erased.
    """
    metadata, release = named.release.metadata, str(named.digest)
    require_here(f"{metadata.name}@{metadata.version}", release, registry)
    plan = make_plan(named, registry.blobs, form=form, layer_format=layer_format, progress=progress)
    data = write_document(plan.manifest)
    tag = tag or version_tag(metadata.version)
    if tag == version_tag(metadata.version):
        _check_free(repository, tag, release)
    bundles = bundles_about(release, metadata.name, registry) if evidence else []
    manifest, sent = describe_bytes(data, MANIFEST), 0
    if not dry_run:
        sent = _send(plan, repository, registry.blobs, progress)
        manifest = repository.put(data, media_type=MANIFEST, tag=tag)
        attach_all(bundles, manifest, repository=repository, blobs=registry.blobs)
    return Pushed(
        name=metadata.name,
        version=metadata.version,
        digest=release,
        manifest=manifest,
        tag=tag,
        layers=len(plan.layers),
        size=sum(layer.size for layer in plan.manifest.layers),
        sent=sent,
        evidence=tuple(dict.fromkeys(digest for _, digest in bundles)),
    )


def version_tag(version: str) -> str:
    """Return the tag a version stands under: what no tag may have in it becomes `_`."""
    return re.sub(r"[+!]", "_", version)


def make_plan(
    named: Named,
    blobs: BlobReader,
    *,
    form: Form,
    layer_format: LayerFormat,
    progress: Progress,
) -> Plan:
    """Work out what a release is in a form; archives are read through for it, once.

    Raises:
        TransferError: Its files cannot lie beside one another.
        RegistryError: A stored byte is not what was sealed.
    """
    data, digest = named.document.text.encode(), str(named.digest)
    manifest: dict[str, Any] = json.loads(data)
    parts = contents(manifest, digest=digest, size=len(data), fetch=blobs.read)
    planned = layers(parts, layer_format="tar" if form == "image" else layer_format)
    described = []
    for layer in planned:
        of_bytes, size = _measured(layer, blobs, progress)
        described.append(describe_layer(layer, form=form, digest=of_bytes, size=size))
    written, config = pack(manifest, described, release=digest, form=form)
    return Plan(manifest=written, config=config, layers=planned)


def _measured(layer: Layer, blobs: BlobReader, progress: Progress) -> tuple[str, int]:
    if not layer.archived:
        (part,) = layer.parts
        return part.digest, sized(part, blobs)
    progress.start(layer.title, sum(part.size or 0 for part in layer.parts))
    try:
        return archive_digest(layer.parts, blobs, progress)
    finally:
        progress.finish()


def _check_free(repository: Repository, tag: str, release: str) -> None:
    """Refuse to move the tag of a version to another release.

    Raises:
        BoundError: It stands for another.
    """
    try:
        descriptor = repository.resolve(tag)
        held = read_document(repository.manifest(descriptor), descriptor.media_type)
    except NotFoundError:
        return
    except OciError:
        held = None
    seen = held.annotations.get(RELEASE_DIGEST, "") if isinstance(held, Manifest) else ""
    if seen != release:
        raise BoundError(
            f"{repository.name} holds something else as {tag}",
            seen=seen or "no release of weighbridge",
            wanted=release,
            cause="a name and version stand for the same bytes for ever",
            help=["push it under a tag of its own: ADDRESS:TAG", "or seal a new version"],
        )


def _send(plan: Plan, repository: Repository, blobs: BlobReader, progress: Progress) -> int:
    """Push configuration and layers, and return how many bytes of layers were not there yet."""
    repository.push(plan.manifest.config, InMemory(plan.config))
    sent = 0
    for layer, descriptor in zip(plan.layers, plan.manifest.layers, strict=True):
        progress.start(layer.title, descriptor.size)
        try:
            with _source(layer, blobs) as source:
                if repository.push(descriptor, WatchedSource(source, progress)):
                    sent += descriptor.size
        finally:
            progress.finish()
    return sent


def _source(layer: Layer, blobs: BlobReader) -> ByteSource:
    if layer.archived:
        return ArchiveSource(layer.parts, blobs)
    return blobs.open(layer.parts[0].digest)
