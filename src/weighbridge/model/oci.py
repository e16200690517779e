"""The words of the OCI image and distribution specifications 1.1, and the seam to where they lie.

A repository is a place of manifests and blobs: one on a registry, or an image layout in a folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.ports import ByteSource, Incoming

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
EMPTY = "application/vnd.oci.empty.v1+json"

INDEXES = frozenset({INDEX, DOCKER_LIST})
MANIFESTS = frozenset({MANIFEST, DOCKER_MANIFEST})

TITLE = "org.opencontainers.image.title"
FILEPATH = "org.cncf.model.filepath"
REF_NAME = "org.opencontainers.image.ref.name"

DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
MANIFEST_SIZE = 4 << 20
"""Bytes of a manifest or index; registries must take this much, and many take no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What names bytes: OCI content descriptor.

    Attributes:
        media_type: What the bytes are.
        digest: `sha256:…` (or `sha512:…`) of the bytes.
        size: Their number.
        annotations: What its author says of them.
        artifact_type: What the manifest it names is of, if it names one.
        platform: What the image it names runs on (`os`, `architecture`, `variant` …), as written.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    platform: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A list of manifests: OCI image index, or Docker manifest list.

    Attributes:
        media_type: Which of them.
        manifests: What it lists, in its order.
        annotations: What its author says of it.
        artifact_type: What it is of, if it says so.
        subject: The manifest it is about, if it is about one.
    """

    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    subject: Descriptor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An image or another artifact: OCI image manifest, or Docker's schema 2.

    Attributes:
        media_type: Which of them.
        config: Its configuration.
        layers: Its contents, in their order.
        annotations: What its author says of it.
        artifact_type: What it is of, if it says so.
        subject: The manifest it is about, if it is about one.
    """

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    subject: Descriptor | None = None


class Repository(Protocol):
    """Manifests and blobs of one name, in a registry or an image layout.

    Whatever it answers was held against its digest, or is by the time it is visible.
    """

    @property
    def name(self) -> str:
        """Say in words where it is, as the user named it; never with a credential."""

    def resolve(self, reference: str) -> Descriptor:
        """Find the manifest of a tag or digest.

        Raises:
            NotFoundError: There is none.
            UnavailableError: The place does not answer.
        """

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index whole: at most `MANIFEST_SIZE` bytes, of that digest.

        Raises:
            NotFoundError: It is not there.
            TransferError: Other bytes came.
            UnavailableError: The place does not answer.
        """

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there, with that size."""

    def open(self, descriptor: Descriptor) -> ByteSource:
        """Open a blob to be read forwards; whoever reads it checks size and digest.

        An interrupted answer is taken up where it ended.

        Raises:
            NotFoundError: It is not there.
        """

    def fetch(self, descriptor: Descriptor, into: Incoming) -> None:
        """Bring a blob into a store, where it is visible only if every byte is right.

        Raises:
            NotFoundError: It is not there.
            TransferError: Other bytes came, after every repetition.
        """

    def push(self, descriptor: Descriptor, source: ByteSource) -> bool:
        """Bring a blob here; False if it was here already.

        Raises:
            TransferError: The place keeps other bytes, or refuses them.
        """

    def put(self, data: bytes, *, media_type: str, tag: str = "") -> Descriptor:
        """Keep a manifest or index, under a tag if one is named; its blobs are here already.

        One with a subject is found by `referrers` from then on, even if many write at once.
        """

    def referrers(self, digest: str) -> Sequence[Descriptor]:
        """List the manifests whose subject is that digest, sorted by digest."""

    def tags(self) -> Sequence[str]:
        """List the tags, sorted."""
