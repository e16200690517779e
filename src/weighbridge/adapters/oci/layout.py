"""An OCI image layout in a folder, as a repository.

Follows `image-layout.md` of the OCI image specification 1.1: `oci-layout`, `index.json`, and
`blobs/ALGORITHM/ENCODED`. Tags are `org.opencontainers.image.ref.name` of the entries of the index.
What refers to a manifest is found among the entries, and in the index under the fallback tag of the
distribution specification, if a tool copied one here.

What lies there is trusted as little as what a registry sends.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from weighbridge.adapters.oci.layout_folder import LayoutFolder
from weighbridge.codec.oci import OciError, read_document, write_document
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.errors import NotFoundError, StorageError, TransferError
from weighbridge.model.oci import (
    DIGEST,
    INDEX,
    MANIFEST,
    MANIFEST_SIZE,
    REF_NAME,
    Descriptor,
    Index,
    Manifest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.plain_folder import PlainSource
    from weighbridge.model.ports import ByteSource, Incoming

CHUNK = 1 << 20
_MARK, _INDEX = "oci-layout", "index.json"
_VERSION = {"imageLayoutVersion": "1.0.0"}


class LayoutRepository:
    """An image layout; made on first use."""

    def __init__(self, folder: Path, *, name: str) -> None:
        """Name the folder.

        Args:
            folder: Where it is.
            name: The layout, as the user named it.
        """
        self._name = name
        self._files = LayoutFolder(folder, name)

    @property
    def name(self) -> str:
        """Say where it is."""
        return self._name

    def resolve(self, reference: str) -> Descriptor:
        """Find the manifest of a tag or digest."""
        entries = self._index().manifests
        if DIGEST.fullmatch(reference):
            found = [entry for entry in entries if entry.digest == reference]
            return _bare(found[0]) if found else self._by_digest(reference)
        found = [entry for entry in entries if entry.annotations.get(REF_NAME) == reference]
        if len({entry.digest for entry in found}) > 1:
            self._refuse(f"the tag {reference} stands for {len(found)} manifests")
        if not found:
            known = ", ".join(self.tags()[:10]) or "none"
            raise NotFoundError(
                f"{self._name} holds no {reference!r:.200}", seen=f"tags: {known}", help=_NAME_IT
            )
        return _bare(found[0])

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index whole."""
        try:
            data = self._files.read(*_place(descriptor.digest), most=MANIFEST_SIZE)
        except FileNotFoundError:
            self._missing(descriptor.digest)
        hasher = hashlib.new(descriptor.digest.partition(":")[0], data)
        self._check(descriptor, f"{hasher.name}:{hasher.hexdigest()}", len(data))
        return data

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there, with that size."""
        return self._files.size(*_place(descriptor.digest)) == descriptor.size

    def open(self, descriptor: Descriptor) -> PlainSource:
        """Open a blob to be read forwards; whoever reads it checks size and digest."""
        try:
            return self._files.open(*_place(descriptor.digest))
        except FileNotFoundError:
            self._missing(descriptor.digest)

    def fetch(self, descriptor: Descriptor, into: Incoming) -> None:
        """Bring a blob into a store."""
        try:
            with self.open(descriptor) as source:
                for chunk in self._checked(descriptor, source):
                    into.write(chunk)
            into.commit(descriptor.digest)
        finally:
            into.discard()

    def push(self, descriptor: Descriptor, source: ByteSource) -> bool:
        """Bring a blob here; a damaged one of that digest is replaced."""
        if self.has(descriptor) and self._is_whole(descriptor):
            return False
        self._begin()

        def fill(into: int) -> None:
            for chunk in self._checked(descriptor, source):
                _write(into, chunk)

        self._files.write(*_place(descriptor.digest), fill=fill)
        return True

    def put(self, data: bytes, *, media_type: str, tag: str = "") -> Descriptor:
        """Keep a manifest or index, under a tag if one is named."""
        try:
            document = read_document(data, media_type)
        except OciError as error:
            raise TransferError(f"this is no manifest: {error}") from error
        self._begin()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        kept = Descriptor(media_type=media_type, digest=digest, size=len(data))
        self._files.write(*_place(digest), fill=lambda into: _write(into, data))
        entry = replace(kept, artifact_type=document.artifact_type)
        if tag:
            entry = replace(entry, annotations={REF_NAME: tag})
        with self._files.alone():
            self._keep(entry, tag)
        return kept

    def referrers(self, digest: str) -> list[Descriptor]:
        """List the manifests whose subject is that digest, sorted by digest."""
        found: dict[str, Descriptor] = {}
        for entry in self._index().manifests:
            listed = [entry]
            if entry.annotations.get(REF_NAME) == digest.replace(":", "-"):
                fallback = self._document(entry)
                listed = [*fallback.manifests] if isinstance(fallback, Index) else []
            for one in listed:
                document = self._document(one)
                if document.subject is not None and document.subject.digest == digest:
                    found[one.digest] = replace(
                        _bare(one),
                        artifact_type=_type_of(document),
                        annotations=document.annotations,
                    )
        return [found[known] for known in sorted(found)]

    def tags(self) -> list[str]:
        """List the tags, sorted."""
        named = (entry.annotations.get(REF_NAME, "") for entry in self._index().manifests)
        return sorted({name for name in named if name})

    def _index(self) -> Index:
        """Read the index of the whole layout; one that is not there yet is empty."""
        if not self._files.names():
            return Index(media_type=INDEX, manifests=())
        try:
            mark = read_json(self._files.read(_MARK, most=MANIFEST_SIZE))
            document = read_document(self._files.read(_INDEX, most=MANIFEST_SIZE), INDEX)
        except FileNotFoundError as error:
            self._refuse(f"{error.filename} is missing")
        except (NotCanonicalError, OciError) as error:
            self._refuse(f"its index cannot be read: {error}")
        if mark != _VERSION or not isinstance(document, Index):
            self._refuse("it is of another version")
        return document

    def _keep(self, entry: Descriptor, tag: str) -> None:
        """List an entry; it takes the tag from whichever had it."""
        index = self._index()
        before = index.manifests
        if entry in before or (not tag and any(one.digest == entry.digest for one in before)):
            return
        kept = [one for one in before if not tag or one.annotations.get(REF_NAME) != tag]
        written = write_document(replace(index, media_type=INDEX, manifests=(*kept, entry)))
        try:
            read_document(written)
        except OciError as error:
            help_ = ["begin another layout"]
            raise StorageError(f"{self._name} is full: {error}", help=help_) from error
        self._files.write(_INDEX, fill=lambda into: _write(into, written))

    def _begin(self) -> None:
        """Make the layout, unless it is there.

        Raises:
            StorageError: The folder holds something else.
        """
        with self._files.alone():
            names = self._files.names()
            if {_MARK, _INDEX} <= set(names):
                return
            if [name for name in names if name not in {_MARK, _INDEX, "blobs"}]:
                raise StorageError(
                    f"{self._name} holds something else than an image layout",
                    seen=", ".join(names[:5]),
                    wanted="an image layout, an empty folder or none",
                    help=["name another folder"],
                )
            empty = write_document(Index(media_type=INDEX, manifests=()))
            self._files.write(_INDEX, fill=lambda into: _write(into, empty))
            mark = canonical_bytes(_VERSION)
            self._files.write(_MARK, fill=lambda into: _write(into, mark))

    def _by_digest(self, digest: str) -> Descriptor:
        """Find a manifest that no entry names: another tag has replaced its own."""
        try:
            data = self._files.read(*_place(digest), most=MANIFEST_SIZE)
            document = read_document(data)
        except FileNotFoundError:
            self._missing(digest)
        except OciError as error:
            self._refuse(f"{digest} is no manifest: {error}")
        usual = INDEX if isinstance(document, Index) else MANIFEST
        return Descriptor(media_type=document.media_type or usual, digest=digest, size=len(data))

    def _document(self, entry: Descriptor) -> Manifest | Index:
        try:
            return read_document(self.manifest(entry), entry.media_type)
        except OciError as error:
            self._refuse(f"{entry.digest} is no manifest: {error}")

    def _is_whole(self, descriptor: Descriptor) -> bool:
        try:
            with self.open(descriptor) as source:
                for _ in self._checked(descriptor, source):
                    pass
        except TransferError:
            return False
        return True

    def _checked(self, descriptor: Descriptor, source: ByteSource) -> Iterator[bytes]:
        """Read bytes to their end, and then hold them against what names them."""
        hasher = hashlib.new(descriptor.digest.partition(":")[0])
        size = 0
        while chunk := source.read(CHUNK):
            size += len(chunk)
            hasher.update(chunk)
            yield chunk
        self._check(descriptor, f"{hasher.name}:{hasher.hexdigest()}", size)

    def _check(self, descriptor: Descriptor, seen: str, size: int) -> None:
        if (seen, size) != (descriptor.digest, descriptor.size):
            raise TransferError(
                f"the bytes of {descriptor.digest} are others",
                seen=f"{seen}, {size} bytes",
                wanted=f"{descriptor.digest}, {descriptor.size} bytes",
                cause=f"between {self._name} and this machine",
                help=["copy the layout anew, or restore what it was made from"],
            )

    def _refuse(self, message: str) -> NoReturn:
        help_ = ["copy the layout anew, by `skopeo copy` for example"]
        raise TransferError(f"{self._name} is no sound image layout: {message}", help=help_)

    def _missing(self, digest: str) -> NoReturn:
        raise NotFoundError(f"{self._name} does not hold {digest}", help=_NAME_IT)


_NAME_IT = ("name another layout, tag or digest: oci:FOLDER:TAG",)


def _place(digest: str) -> tuple[str, str, str]:
    """Say where a blob lies.

    Raises:
        TransferError: It is no digest.
    """
    if not DIGEST.fullmatch(digest):
        raise TransferError(f"{digest!r:.100} is no digest")
    algorithm, _, encoded = digest.partition(":")
    return "blobs", algorithm, encoded


def _bare(entry: Descriptor) -> Descriptor:
    return replace(entry, annotations={})


def _type_of(document: Manifest | Index) -> str:
    """Say what a document is of, as the referrers of the distribution specification do."""
    if isinstance(document, Manifest):
        return document.artifact_type or document.config.media_type
    return document.artifact_type


def _write(into: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(into, view) :]
