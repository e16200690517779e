"""Manifests about manifests: attach them so that none is lost, and find them all.

A registry that knows referrers says so when such a manifest is put (`OCI-Subject`), and that is
all. For others the specification (distribution 1.1, referrers tag schema) has clients keep an
index under the tag `sha256-HEX` of the subject; it has no conditional put, so of two writers who
read the same index, the second undoes the first, whatever it checks before or after.

So each attachment first gets a tag of its own, `sha256-HEX.SHORT`: HEX of the subject and 32 digits
of the attachment's digest. Nobody else ever writes that tag, so nothing undoes it, and `referrers`
finds it in the list of tags: none is lost, with or without the index.

The index is kept for other people's tools, and is whole as soon as writers are at rest: each
writer repeats *list the tags; read the index; put it with what it lacks* until it lacks nothing.
Let P be the last put and L its writer. L afterwards lists tags and finds the index, which is P's,
whole. Whoever else is missing in it tagged after that listing; but then it reads the index after
its own tag, finds itself missing, and puts: P was not the last. This holds where reads see what was
written before. Tools that write only the index may undo each other as ever; what they wrote
and we have read, we write again.

What is found counts only if it really has the subject: each manifest is fetched and read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.oci.manifests import said_of
from weighbridge.codec.oci import OciError, read_descriptor, write_document
from weighbridge.model.errors import NotFoundError, TransferError, UnavailableError
from weighbridge.model.oci import INDEX, MANIFEST_SIZE, Descriptor, Index, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.adapters.oci.connection import Connection
    from weighbridge.adapters.oci.manifests import Manifests

MOST = 1000
"""Manifests that may claim one subject; each is fetched."""
ROUNDS = 32
"""Times the index is put together; it is whole long before, unless others write for ever."""
_LOOKS = 6
"""Times an index is looked for that is listed and not there; others half as often."""
_SHORT = 32
_LONGEST_ALGORITHM, _LONGEST_DIGITS = 32, 64


def fallback_tag(subject: str) -> str:
    """Return the tag of the index of a subject's referrers (distribution 1.1)."""
    algorithm, _, digits = subject.partition(":")
    return f"{algorithm[:_LONGEST_ALGORITHM]}-{digits[:_LONGEST_DIGITS]}"


def own_tag(subject: str, digest: str) -> str:
    """Return the tag of one attachment to a subject."""
    return f"{fallback_tag(subject)}.{digest.partition(':')[2][:_SHORT]}"


class Attachments:
    """What is attached to the manifests of one repository."""

    def __init__(self, connection: Connection, manifests: Manifests) -> None:
        """Name the repository."""
        self._connection, self._manifests = connection, manifests

    def attach(self, data: bytes, entry: Descriptor, subject: str) -> None:
        """See to it that a manifest the repository has is found by its subject.

        Args:
            data: Its bytes.
            entry: Their descriptor.
            subject: Digest of the manifest it is about.
        """
        self._manifests.write(data, entry.media_type, own_tag(subject, entry.digest))
        pauses = _Pauses(self._connection)
        known = {own_tag(subject, entry.digest): entry}
        for _ in range(ROUNDS):
            index, lacking = self._compare(subject, known)
            if not lacking:
                return
            whole = _joined(index, lacking)
            if len(whole) > MANIFEST_SIZE:
                return  # The tags are enough.
            self._manifests.write(whole, INDEX, fallback_tag(subject))
            pauses.next()

    def _compare(
        self, subject: str, known: dict[str, Descriptor]
    ) -> tuple[Index, list[Descriptor]]:
        """Read the index, and list what it lacks of what is tagged.

        Args:
            subject: The subject.
            known: Attachments by their own tag; those that are read are added.
        """
        tags = self._manifests.tags()
        index = self._index(subject, is_tagged=fallback_tag(subject) in tags)
        listed = {own_tag(subject, entry.digest) for entry in index.manifests}
        lacking = []
        for tag in self._own(tags, subject):
            if tag in listed:
                continue
            if tag not in known and (found := self._read(tag, subject)) is not None:
                known[tag] = found
            if tag in known:
                lacking.append(known[tag])
        return index, lacking

    def _own(self, tags: Iterable[str], subject: str) -> list[str]:
        """Pick the tags of single attachments to a subject."""
        prefix = fallback_tag(subject) + "."
        length = len(prefix) + _SHORT
        return [
            tag
            for tag in tags
            if tag.startswith(prefix)
            and len(tag) == length
            and not set(tag[len(prefix) :]) - set("0123456789abcdef")
        ]

    def _index(self, subject: str, *, is_tagged: bool) -> Index:
        """Read the index of the fallback tag; an empty one if there is none.

        Args:
            subject: The subject.
            is_tagged: Whether the registry lists that tag.
        """
        tag = fallback_tag(subject)
        found = self._look(tag, _LOOKS if is_tagged else 1)
        if found is None:
            return Index(media_type=INDEX, manifests=())
        document = found[2]
        if not isinstance(document, Index):
            raise TransferError(f"{tag} is not the index it must be by its name")
        return document

    def _read(self, reference: str, subject: str) -> Descriptor | None:
        """Read a manifest that is listed; None if it is not there, or not about the subject."""
        found = self._look(reference, _LOOKS // 2)
        if found is None:
            return None
        data, digest, document = found
        if document.subject is None or document.subject.digest != subject:
            return None
        return said_of(document, data, digest)

    def _look(self, reference: str, times: int) -> tuple[bytes, str, Manifest | Index] | None:
        """Look for a manifest more than once; None if it is not there.

        Distribution 2.8 writes names in place: for a moment there is nothing under one that is
        written again.
        """
        pauses = _Pauses(self._connection)
        for left in reversed(range(times)):
            try:
                return self._manifests.find(reference)
            except NotFoundError:
                if left:
                    pauses.next()
        return None

    def find(self, subject: str) -> list[Descriptor]:
        """List what is attached to a subject, sorted by digest.

        Raises:
            TransferError: What should list it does not.
            UnavailableError: It is more than anybody reads.
        """
        listed = self._by_api(subject)
        tags = self._manifests.tags() if listed is None else []
        index = self._index(subject, is_tagged=fallback_tag(subject) in tags)
        if listed is not None and index.manifests:
            tags = self._manifests.tags()  # from before the registry knew referrers
        claimed = {entry.digest for entry in (*(listed or ()), *index.manifests)}
        known = {own_tag(subject, digest) for digest in claimed}
        own = [tag for tag in self._own(tags, subject) if tag not in known]
        references = [*sorted(claimed), *own]
        if len(references) > MOST:
            raise UnavailableError(
                f"{self._connection.host} lists too much that is said of {subject}",
                seen=f"{len(references)} manifests",
                wanted=f"at most {MOST}",
            )
        found = [self._read(reference, subject) for reference in references]
        by_digest = {entry.digest: entry for entry in found if entry is not None}
        return [by_digest[digest] for digest in sorted(by_digest)]

    def _by_api(self, subject: str) -> list[Descriptor] | None:
        """Ask the registry itself; None if it does not know referrers."""
        pages = self._manifests.pages(f"referrers/{subject}", "manifests")
        if not pages:
            return None
        try:
            return [
                read_descriptor(entry, f"manifests[{number}]")
                for number, entry in enumerate(entry for page in pages for entry in page)
            ]
        except OciError as error:
            raise TransferError(
                f"{self._connection.host} lists referrers that cannot be read: {error}"
            ) from error


class _Pauses:
    """Waits a little longer each time, so that many writers come to rest."""

    def __init__(self, connection: Connection) -> None:
        self._patience = connection.patience
        self._count = 0

    def next(self) -> None:
        self._patience.wait(min(0.01 * 2**self._count, self._patience.first))
        self._count += 1


def _joined(index: Index, more: list[Descriptor]) -> bytes:
    """Write an index with more entries, sorted, so that all who write the same write the same."""
    entries = {entry.digest: entry for entry in (*index.manifests, *more)}
    ordered = tuple(entries[digest] for digest in sorted(entries))
    return write_document(
        Index(
            media_type=INDEX,
            manifests=ordered,
            annotations=index.annotations,
            artifact_type=index.artifact_type,
            subject=index.subject,
        )
    )
