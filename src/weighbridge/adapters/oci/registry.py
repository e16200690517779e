"""A repository on an OCI registry: the port of `model.oci`, over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.adapters.oci import downloading
from weighbridge.adapters.oci.attaching import Attachments
from weighbridge.adapters.oci.connection import Connection
from weighbridge.adapters.oci.docker_config import find_credentials
from weighbridge.adapters.oci.manifests import Manifests, digest_of, named, said_of
from weighbridge.adapters.oci.resuming import Unfinished
from weighbridge.adapters.oci.uploading import CHUNK, Upload
from weighbridge.adapters.servers.patience import Patience
from weighbridge.codec.oci import read_document
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import httpx

    from weighbridge.adapters.oci.credentials import Credentials
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import ByteSource, Incoming, Progress

_OK, _NOT_FOUND = 200, 404


class RegistryRepository:
    """Manifests and blobs of one name on a registry; may be used by several threads."""

    def __init__(
        self,
        host: str,
        repository: str,
        *,
        shown: str = "",
        credentials: Callable[[], Credentials | None] | None = None,
        plain: bool | None = None,
        state: Path | None = None,
        progress: Progress | None = None,
        patience: Patience | None = None,
        chunk: int = CHUNK,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Name the repository; nothing is asked yet.

        Args:
            host: The registry, with its port if it is not the usual one (`OciAddress.host`).
            repository: The repository (`OciAddress.repository`).
            shown: The address as the user wrote it, for messages.
            credentials: Finds name and password; called once, when the registry asks. By default
                what `docker login` keeps.
            plain: Whether to speak plain http. By default to this machine alone (127.0.0.0/8,
                ::1, localhost), which is the only one it is allowed to; there, False means TLS.
            state: A folder in which interrupted transfers leave what the next process continues.
            progress: Is told of each byte done, once, by `advance` alone.
            patience: How long and how often a registry is asked.
            chunk: Bytes of one request of an upload; what is smaller is not continued.
            transport: Instead of the network.

        Raises:
            UsageError: Plain http is asked for, to another machine.
            UnavailableError: The extra `oci` is not installed.
        """
        self._connection = Connection(
            host,
            repository,
            credentials=credentials or partial(find_credentials, host, repository),
            patience=patience or Patience(),
            plain=plain,
            transport=transport,
        )
        self._name = shown or f"oci://{host}/{repository}"
        self._manifests = Manifests(self._connection)
        self._attachments = Attachments(self._connection, self._manifests)
        self._unfinished = None if state is None else Unfinished(state, f"{host}/{repository}")
        self._progress: Progress = progress or NoProgress()
        self._chunk = chunk

    @property
    def name(self) -> str:
        """Say where it is, as the user named it."""
        return self._name

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def resolve(self, reference: str) -> Descriptor:
        """Find the manifest of a tag or digest; its digest is computed here, never believed."""
        data, digest, document = self._manifests.find(reference)
        return named(document, data, digest)

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index whole, of that digest and size."""
        return self._manifests.exact(descriptor)

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there, with that size."""
        url = self._connection.url(f"blobs/{descriptor.digest}")

        def head() -> bool:
            with self._connection.ask("HEAD", url) as answer:
                if answer.status_code == _NOT_FOUND:
                    return False
                length = answer.headers.get("content-length")
                return answer.status_code == _OK and length == str(descriptor.size)

        return self._connection.patiently(head)

    def open(self, descriptor: Descriptor) -> ByteSource:
        """Open a blob to be read forwards; an interrupted answer is taken up where it ended."""
        return downloading.RemoteBlob(self._connection, descriptor)

    def fetch(self, descriptor: Descriptor, into: Incoming) -> None:
        """Bring a blob into a store, where it is visible only if every byte is right.

        Stores name bytes by sha256; so they do those of a blob named by another digest, which is
        checked here. What was taken in is discarded if anything fails.
        """
        downloading.fetch(
            self._connection,
            descriptor,
            into,
            unfinished=self._unfinished,
            advance=self._progress.advance,
            chunk=self._chunk,
        )

    def push(self, descriptor: Descriptor, source: ByteSource, *, mount_from: str = "") -> bool:
        """Bring a blob here; False if it was here already, or in the repository named.

        Args:
            descriptor: What it must be.
            source: Its bytes, nothing of which was read yet.
            mount_from: A repository of the same registry that may have it.
        """
        is_there = partial(self.has, descriptor)
        sent = False
        if not is_there():
            sent = Upload(
                self._connection,
                descriptor,
                source,
                is_there=is_there,
                unfinished=self._unfinished,
                advance=self._progress.advance,
                chunk=self._chunk,
            ).run(mount_from)
        elif self._unfinished is not None:
            self._unfinished.forget_session(descriptor.digest)
        if not sent:
            self._progress.advance(descriptor.size)
        return sent

    def put(self, data: bytes, *, media_type: str, tag: str = "") -> Descriptor:
        """Keep a manifest or index, under a tag if one is named; its blobs are here already.

        One with a subject is found by `referrers` from then on, even if many write at once.
        """
        document = read_document(data, media_type)
        entry = said_of(document, data, digest_of(data))
        _, noted = self._manifests.write(data, media_type, tag)
        subject = document.subject
        if subject is not None and noted != subject.digest:
            self._attachments.attach(data, entry, subject.digest)
        return named(document, data, entry.digest)

    def referrers(self, digest: str) -> Sequence[Descriptor]:
        """List the manifests whose subject is that digest, sorted by digest."""
        return self._attachments.find(digest)

    def tags(self) -> Sequence[str]:
        """List the tags, sorted."""
        return self._manifests.tags()
