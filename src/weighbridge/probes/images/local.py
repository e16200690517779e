"""Images on disk: an OCI layout, in a folder or a tar, and what `docker save` writes.

`docker save` throws the manifest away; one is made up of what is there, and has no digest that
anybody could have named. Newer ones write a layout as well: then that is what is read.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.oci import OciError, read_document, write_document
from weighbridge.formats.image.papers import (
    CONFIGS,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    ConfigError,
    read_config,
)
from weighbridge.formats.record import HIDDEN
from weighbridge.formats.text import shown
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import (
    NotFoundError,
    TransferError,
    UnreadableError,
    WeighbridgeError,
)
from weighbridge.model.oci import (
    DIGEST,
    DOCKER_MANIFEST,
    INDEXES,
    MANIFEST_SIZE,
    REF_NAME,
    Descriptor,
    Index,
    Manifest,
)
from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.ports import ByteSource
    from weighbridge.probes.images.holders import Holder

LAYOUT: Final = "oci-layout"
ARCHIVE: Final = "docker-archive"
PLACE: Final = "dev.weighbridge.place"
"""Annotation of a made-up descriptor: the file it stands for."""
_INDEX: Final = "index.json"
_DOCKER: Final = "manifest.json"
_FULL_NAME: Final = "io.containerd.image.name"
_HEX: Final = re.compile(r"(?:.*/)?([0-9a-f]{64})(?:\.json)?")
_BESIDE: Final = re.compile(
    r"oci-layout|index\.json|manifest\.json|repositories|[^/]+/(?:json|VERSION)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """An image a place holds.

    Attributes:
        descriptor: Its manifest or index.
        tags: What it is called there.
    """

    descriptor: Descriptor
    tags: tuple[str, ...]


def image_format(names: frozenset[str]) -> str:
    """Say by the files of a folder or archive what form of image it is; empty if none."""
    if LAYOUT in names and _INDEX in names:
        return LAYOUT
    return ARCHIVE if _DOCKER in names else ""


def is_saved(data: bytes) -> bool:
    """Tell whether a `manifest.json` is one of `docker save`; others have files so called."""
    try:
        found = read_json(data, decimals=True)
    except NotCanonicalError:
        return False
    first = found[0] if isinstance(found, list) and found else None
    return isinstance(first, dict) and {"Config", "Layers"} <= first.keys()


class LocalImages:
    """The images in a folder or an archive, behind the seam to repositories.

    Attributes:
        format: `oci-layout` or `docker-archive`.
        holder: Where they lie.
    """

    def __init__(self, holder: Holder, limits: ImageLimits) -> None:
        """Read what is there.

        Raises:
            UnreadableError: It holds no image.
        """
        self.holder = holder
        self.format = image_format(holder.names())
        self._limits = limits
        self._made: dict[str, bytes] = {}
        self._known: set[str] = set()
        self._entries: tuple[Descriptor, ...] = ()
        if not self.format:
            message = (
                f"{holder.name} is neither an OCI image layout nor an archive of `docker save`"
            )
            help_ = ["skopeo copy docker://IMAGE oci:FOLDER"]
            raise UnreadableError(message, help=help_)
        try:
            found = tuple(self._layout() if self.format == LAYOUT else self._archive())
        except (OciError, ConfigError, NotCanonicalError, NotFoundError) as error:
            raise UnreadableError(f"{holder.name} cannot be read: {error}") from error
        self.images: tuple[Named, ...] = found

    @property
    def name(self) -> str:
        """Say where it is."""
        return self.holder.name

    def resolve(self, reference: str) -> Descriptor:
        """Find an image by tag or digest; with an empty reference, the only one.

        Raises:
            NotFoundError: There is none, or there are several.
        """
        if not reference and len(self.images) == 1:
            return self.images[0].descriptor
        for image in self.images:
            if reference == image.descriptor.digest or reference in image.tags:
                return image.descriptor
        for inner, _ in self._reachable(self._entries) if DIGEST.fullmatch(reference) else ():
            if inner.digest == reference:
                return inner
        tags = sorted(tag for image in self.images for tag in image.tags)
        wanted = f"no image {reference}" if reference else f"{len(self.images)} images"
        help_ = [f"it holds: {', '.join(tags)}"] if tags else []
        raise NotFoundError(f"{self.name} holds {wanted}", help=help_)

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index whole."""
        made = self._made.get(descriptor.digest)
        if made is not None:
            return made
        if descriptor.size > MANIFEST_SIZE:
            raise TransferError(f"a manifest of {descriptor.size} bytes is over a limit")
        with self.open(descriptor) as source:
            data = source.read_at(0, descriptor.size + 1)
        seen = f"{descriptor.digest.partition(':')[0]}:{_hash(descriptor, data)}"
        if seen != descriptor.digest or len(data) != descriptor.size:
            message = f"the manifest {descriptor.digest} of {self.name} is another"
            raise TransferError(message, seen=seen, wanted=descriptor.digest)
        return data

    def open(self, descriptor: Descriptor) -> ByteSource:
        """Open a blob."""
        made = self.format == ARCHIVE
        return self.holder.open(_place(descriptor) if made else _blob(descriptor.digest))

    def note_unlisted(self) -> None:
        """Note what belongs to no image: files, and what is there beside the images."""
        listed = set(self._known)
        beside = 0
        for descriptor, document in self._reachable(self._entries):
            listed.add(_place(descriptor))
            if isinstance(document, Manifest):
                listed.update(_place(blob) for blob in (document.config, *document.layers))
                beside += document.config.media_type not in CONFIGS
        for name in sorted(self.holder.names() - listed):
            if not _BESIDE.fullmatch(name):
                text = f"{shown(name)} belongs to no image"
                self.holder.record.problem(HIDDEN, text, 0, "only the files of the image")
        if beside:
            self.holder.record.unread(f"{plural(beside, 'artifact')} beside the images not read")

    def _reachable(
        self, entries: tuple[Descriptor, ...]
    ) -> Iterator[tuple[Descriptor, Manifest | Index | None]]:
        """Yield everything entries lead to, each once: with what it says, if that can be read."""
        pending = list(entries)
        seen: set[str] = set()
        while pending:
            descriptor = pending.pop()
            if descriptor.digest in seen:
                continue
            seen.add(descriptor.digest)
            try:
                document = read_document(self.manifest(descriptor), descriptor.media_type)
            except (OciError, WeighbridgeError):
                yield descriptor, None  # whoever reads it is told
                continue
            yield descriptor, document
            if isinstance(document, Index):
                pending.extend(document.manifests)

    def _layout(self) -> Iterator[Named]:
        said = read_json(self._whole(LAYOUT), decimals=True)
        version = said.get("imageLayoutVersion") if isinstance(said, dict) else None
        if version != "1.0.0":
            raise OciError(f"the layout's version is {version!r:.40}, not 1.0.0")
        index = read_document(self._whole(_INDEX))
        if not isinstance(index, Index):
            raise OciError("index.json is no index")
        self._entries = index.manifests
        for descriptor in index.manifests:
            if descriptor.media_type in INDEXES or not descriptor.artifact_type:
                said_names = (descriptor.annotations.get(key) for key in (REF_NAME, _FULL_NAME))
                yield Named(descriptor, tuple(name for name in said_names if name))

    def _archive(self) -> Iterator[Named]:
        entries = read_json(self._whole(_DOCKER), decimals=True)
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise OciError("manifest.json is no list of images")
        for entry in entries[: self._limits.platforms]:
            made = self._make(entry)
            self._entries = (*self._entries, made.descriptor)
            yield made

    def _make(self, entry: dict[str, Any]) -> Named:
        """Make up the manifest of an image in an archive."""
        config, layers, tags = (entry.get(key) for key in ("Config", "Layers", "RepoTags"))
        if not isinstance(config, str) or not _are_texts(layers) or not _are_texts(tags or []):
            raise OciError("manifest.json does not name configuration and layers")
        data = self._whole(config)
        # Its name is its digest: what reads the image holds one against the other.
        digits = _HEX.fullmatch(config)
        digest = digits[1] if digits else hashlib.sha256(data).hexdigest()
        diff_ids = read_config(data).diff_ids
        places = [posixpath.normpath(layer) for layer in layers or ()]
        manifest = Manifest(
            media_type=DOCKER_MANIFEST,
            config=Descriptor(
                media_type=DOCKER_CONFIG,
                digest=f"sha256:{digest}",
                size=len(data),
                annotations={PLACE: config},
            ),
            layers=tuple(
                Descriptor(
                    media_type=DOCKER_LAYER,
                    # The archive has no other name for it than what it unfolds to.
                    digest=diff_ids[number] if number < len(diff_ids) else f"sha256:{'0' * 64}",
                    size=self._size(place),
                    annotations={PLACE: place},
                )
                for number, place in enumerate(places)
            ),
        )
        written = write_document(manifest)
        name = f"sha256:{hashlib.sha256(written).hexdigest()}"
        self._made[name] = written
        descriptor = Descriptor(media_type=DOCKER_MANIFEST, digest=name, size=len(written))
        return Named(descriptor, tuple(tags or ()))

    def _size(self, place: str) -> int:
        with self.holder.open(place) as source:
            return source.size

    def _whole(self, name: str) -> bytes:
        self._known.add(name)
        with self.holder.open(name) as source:
            if source.size > self._limits.config:
                raise OciError(f"{name} is larger than {self._limits.config} bytes")
            return source.read_at(0, source.size)


def _place(descriptor: Descriptor) -> str:
    return descriptor.annotations.get(PLACE) or _blob(descriptor.digest)


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _hash(descriptor: Descriptor, data: bytes) -> str:
    return hashlib.new(descriptor.digest.partition(":")[0], data).hexdigest()
