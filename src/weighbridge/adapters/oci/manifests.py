"""Manifests and indexes of a repository, and its tags.

What is read is held against its digest, computed here; what a server says of digests is read only
where it contradicts what was sent.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.oci.connection import PUSH
from weighbridge.codec.oci import OciError, read_document
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.oci import (
    DIGEST,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    INDEX,
    INDEXES,
    MANIFEST,
    MANIFEST_SIZE,
    MANIFESTS,
    TAG,
    Descriptor,
    Index,
    Manifest,
)

if TYPE_CHECKING:
    import httpx

    from weighbridge.adapters.oci.connection import Connection

ACCEPT = {"Accept": f"{MANIFEST}, {INDEX}, {DOCKER_MANIFEST}, {DOCKER_LIST}"}
PAGES = 1000
"""Answers one list may have."""
MOST_TAGS = 1_000_000
_PAGE_SIZE = 16 << 20
_OK, _NOT_FOUND = 200, 404
_LINK = re.compile(r'<([^<>]{1,4096})>\s*;\s*rel="?next"?', re.IGNORECASE)


def digest_of(data: bytes, like: str = "sha256:") -> str:
    """Compute the digest of bytes, by the algorithm of another digest."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def named(document: Manifest | Index, data: bytes, digest: str) -> Descriptor:
    """Name a manifest, as whoever looks for it does."""
    return Descriptor(
        media_type=document.media_type,
        digest=digest,
        size=len(data),
        artifact_type=document.artifact_type,
    )


def said_of(document: Manifest | Index, data: bytes, digest: str) -> Descriptor:
    """Describe a manifest by what stands in it; `artifactType` as the referrers API has it."""
    kind = document.artifact_type
    if not kind and isinstance(document, Manifest):
        kind = document.config.media_type
    return Descriptor(
        media_type=document.media_type,
        digest=digest,
        size=len(data),
        annotations=document.annotations,
        artifact_type=kind,
    )


class Manifests:
    """The manifests of one repository."""

    def __init__(self, connection: Connection) -> None:
        """Name the repository."""
        self._connection = connection

    def find(self, reference: str) -> tuple[bytes, str, Manifest | Index]:
        """Read the manifest of a tag or digest: its bytes, its digest, and what it says.

        Raises:
            NotFoundError: There is none.
            TransferError: Something else came.
            UnavailableError: The registry does not answer.
        """
        data, media_type = self.read(reference)
        by_digest = DIGEST.fullmatch(reference) is not None
        digest = digest_of(data, reference if by_digest else "sha256:")
        if by_digest and digest != reference:
            raise self._other(reference, digest)
        known = media_type if media_type in INDEXES | MANIFESTS else ""
        try:
            return data, digest, read_document(data, known)
        except OciError as error:
            raise TransferError(
                f"{self._connection.host} answers {reference} with no manifest: {error}"
            ) from error

    def read(self, reference: str) -> tuple[bytes, str]:
        """Read whatever is under a tag or digest, and the media type it is said to have."""
        connection = self._connection
        if not DIGEST.fullmatch(reference) and not TAG.fullmatch(reference):
            raise NotFoundError(f"{reference!r:.150} is neither tag nor digest")

        def get() -> tuple[bytes, str]:
            url = connection.url(f"manifests/{reference}")
            with connection.ask("GET", url, headers=ACCEPT) as answer:
                if answer.status_code == _NOT_FOUND:
                    where = f"{connection.host}/{connection.repository}"
                    kind = "manifest" if DIGEST.fullmatch(reference) else "tag"
                    raise NotFoundError(
                        f"there is no {kind} {reference} in {where}",
                        help=["check the spelling of registry, repository and tag"],
                    )
                if answer.status_code != _OK:
                    raise connection.unexpected(answer, f"to give out {reference}")
                kind = answer.headers.get("content-type", "")
                return connection.read(answer, MANIFEST_SIZE), kind.partition(";")[0].strip()

        return connection.patiently(get)

    def exact(self, descriptor: Descriptor) -> bytes:
        """Read the manifest a descriptor names.

        Raises:
            TransferError: Other bytes came.
        """
        data, _ = self.read(descriptor.digest)
        seen = digest_of(data, descriptor.digest)
        if seen != descriptor.digest or len(data) != descriptor.size:
            raise self._other(descriptor.digest, f"{seen}, {len(data)} bytes", descriptor.size)
        return data

    def _other(self, wanted: str, seen: str, size: int | None = None) -> TransferError:
        return TransferError(
            f"{self._connection.host} sends something else than {wanted}",
            seen=seen,
            wanted=wanted if size is None else f"{wanted}, {size} bytes",
            help=["nothing of it was kept; ask the owner of the registry"],
        )

    def write(self, data: bytes, media_type: str, tag: str = "") -> tuple[str, str]:
        """Keep a manifest, under a tag if one is named.

        Returns:
            Its digest, and the subject the registry says it took note of (`OCI-Subject`).

        Raises:
            TransferError: The registry refuses it, or says that it kept something else.
        """
        connection, digest = self._connection, digest_of(data)
        if len(data) > MANIFEST_SIZE:
            raise TransferError(
                "a manifest is too large for registries",
                seen=f"{len(data)} bytes",
                wanted=f"at most {MANIFEST_SIZE} bytes",
            )

        def put() -> tuple[str, str]:
            with connection.ask(
                "PUT",
                connection.url(f"manifests/{tag or digest}"),
                actions=PUSH,
                headers={"Content-Type": media_type, "Content-Length": str(len(data))},
                body=lambda: data,
            ) as answer:
                if not answer.is_success:
                    raise connection.unexpected(answer, "a manifest")
                kept = answer.headers.get("docker-content-digest", digest)
                if kept.startswith("sha256:") and kept != digest:
                    raise self._other(digest, kept)
                return digest, answer.headers.get("oci-subject", "")

        return connection.patiently(put)

    def tags(self) -> list[str]:
        """List the tags, sorted; none of a repository that does not exist yet."""
        found: set[str] = set()
        for page in self.pages("tags/list", "tags"):
            found.update(tag for tag in page if isinstance(tag, str) and TAG.fullmatch(tag))
            if len(found) > MOST_TAGS:
                raise TransferError(f"{self._connection.host} lists more than {MOST_TAGS} tags")
        return sorted(found)

    def pages(self, tail: str, key: str) -> list[list[Any]]:
        """Read a list that may come in parts; no part at all if the registry knows no such list.

        Args:
            tail: Where in the repository.
            key: What the list is under.

        Raises:
            TransferError: It is none, leads to another host, or has no end.
        """
        connection = self._connection
        url: httpx.URL | None = connection.url(tail)
        asked: set[str] = set()
        found: list[list[Any]] = []
        while url is not None:
            if str(url) in asked or len(asked) >= PAGES:
                raise TransferError(f"{connection.host} lists {tail} on pages without end")
            asked.add(str(url))
            page, url = self._page(url, key, is_first=not found)
            if page is not None:
                found.append(page)
        return found

    def _page(
        self, url: httpx.URL, key: str, *, is_first: bool
    ) -> tuple[list[Any] | None, httpx.URL | None]:
        connection = self._connection

        def get() -> tuple[list[Any] | None, httpx.URL | None]:
            with connection.ask("GET", url) as answer:
                if answer.status_code == _NOT_FOUND and is_first:
                    return None, None
                if answer.status_code != _OK:
                    raise connection.unexpected(answer, "a list")
                link = _LINK.search(answer.headers.get("link", ""))
                following = connection.follow(link[1], url, own=True) if link else None
                return self._listed(connection.read(answer, _PAGE_SIZE), key), following

        return connection.patiently(get)

    def _listed(self, data: bytes, key: str) -> list[Any]:
        try:
            answer = read_json(data, decimals=True)
        except NotCanonicalError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get(key) or [], list):
            raise TransferError(f"{self._connection.host} answers a list with something else")
        return answer.get(key) or []
