"""`registry gc`: remove what nothing refers to, and never what anything may.

Needed is what a bound release or an entry of the ledger mentions, and what any such bytes mention
in turn. All of it is read and checked first; if anything is damaged or missing, nobody can say what
it mentioned, and nothing is removed. The files of a release are kept unread: it refers to them,
they refer to nothing; one that anything else mentions, too, is read all the same. Those of a
release that was erased nobody needs any more. Bytes are put before they are bound: what was put a
short time ago is left to whoever is at work.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.codec.mentions import mentioned, mentioned_in_stream
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import NotFoundError, RegistryError, UnavailableError
from weighbridge.model.event import EventError, read_event
from weighbridge.model.verification import Collected
from weighbridge.usecases.custody import every_custody
from weighbridge.usecases.verify import division_of, stored_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobStore, Held, Progress, Registry

WHOLE = 32 << 20
"""Bytes up to which anything is read whole: no bundle, manifest or page of ours is larger."""

CHUNK = 1 << 20
_DOCUMENT = (b"{", b"[")
_PAPERS = ("bundle", "bundles", "decision", "trust")
"""Keys of entries that name papers which must be there."""


def collect(
    registry: Registry, *, grace: float, progress: Progress, dry_run: bool = False
) -> Collected:
    """Remove the bytes nothing refers to, and what killed runs left.

    Args:
        registry: The registry.
        grace: Seconds for which bytes are left alone after somebody put them.
        progress: Who watches the reading.
        dry_run: Say what would be removed, and remove nothing.

    Raises:
        RegistryError: Something that is needed is damaged or missing; nothing was removed.
        UnavailableError: It cannot be read here; nothing was removed.
    """
    blobs = registry.blobs
    before = blobs.now() - grace
    with registry.reading() as view:
        roots, papers, releases = _roots(view)
        try:
            custody = every_custody(view)
        except EventError as error:
            raise _refusal("what was erased cannot be told", str(error)) from error
    stored = list(blobs.stored())
    held_now = {held.name: held for held in stored}
    _check_papers(papers, held_now)
    remembering = _Remembering(blobs)
    files = _files(releases, remembering)
    erased = {digest for digest, one in custody.items() if one.where is Whereabouts.ERASED}
    away = _payload(erased, blobs) - _payload(releases - erased, blobs) if erased else set()
    known = {digest: found - away for digest, found in remembering.mentions.items()}
    needed = _needed(roots, files, known, held_now, blobs=blobs, progress=progress)
    unneeded = [held for held in stored if held.name not in needed]
    leftovers = list(blobs.leftovers())
    gone = [held for held in unneeded if _is_removed(held, before, blobs, dry_run=dry_run)]
    swept = [held for held in leftovers if _is_removed(held, before, blobs, dry_run=dry_run)]
    return Collected(
        kept=len(stored) - len(unneeded),
        young=len(unneeded) - len(gone),
        removed=tuple(gone),
        leftovers=tuple(swept),
        young_leftovers=len(leftovers) - len(swept),
    )


def _is_removed(held: Held, before: float, blobs: BlobStore, *, dry_run: bool) -> bool:
    if held.modified >= before:
        return False
    return dry_run or blobs.remove(held.name, before=before)


def _roots(view: LedgerView) -> tuple[set[str], set[str], set[str]]:
    """Say what the ledger and the names of releases mention, which papers, which releases."""
    if faults := view.faults():
        raise _refusal("the database is damaged", faults[0])
    releases = {digest for _, _, digest in view.releases()}
    found, papers = set(releases), set(releases)
    for index, entry in enumerate(view.entries()):
        found |= mentioned(entry)
        try:
            papers |= set(_papers(read_event(entry).body))
        except EventError as error:
            raise _refusal(f"entry {index} of the ledger cannot be read", str(error)) from error
    return found, papers, releases


def _papers(body: Mapping[str, Any]) -> Iterator[str]:
    """Name the papers an entry stands on."""
    for key in _PAPERS:
        value = body.get(key)
        named = value if isinstance(value, list) else [value]
        yield from (digest for digest in named if isinstance(digest, str))


def _check_papers(papers: set[str], stored: Mapping[str, Held]) -> None:
    """See that what must be there is: one that is missing may have mentioned others.

    Raises:
        RegistryError: Something is missing.
    """
    for digest in sorted(papers - stored.keys()):
        raise _refusal(f"the registry does not hold {digest}", "the ledger or a release names it")


class _Remembering:
    """Reads manifests and listings, and remembers what each of them mentions.

    Attributes:
        mentions: What was mentioned, by the digest of what was read.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.mentions: dict[str, set[str]] = {}

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        data = self._blobs.read(digest)
        self.mentions[digest] = mentioned(data)
        return data


def _files(releases: set[str], remembering: _Remembering) -> set[str]:
    """Name every file of the releases that is neither a manifest nor a listing.

    Raises:
        RegistryError: A manifest or a listing cannot be read.
    """
    found: set[str] = set()
    try:
        for digest in sorted(releases):
            found.update(file for _, file in stored_files(digest, remembering))
    except (RegistryError, NotFoundError) as error:
        raise _refusal(str(error), error.faults[0].cause) from error
    except (LookupError, TypeError, ValueError) as error:
        raise _refusal("a release cannot be read", str(error)) from error
    return found - remembering.mentions.keys()


def _payload(releases: set[str], blobs: BlobStore) -> set[str]:
    """Name the files of releases that are no papers; all of these could be read before."""
    return {digest for one in releases for digest in division_of(one, blobs).payload}


def _needed(
    roots: set[str],
    files: set[str],
    known: Mapping[str, set[str]],
    stored: Mapping[str, Held],
    *,
    blobs: BlobStore,
    progress: Progress,
) -> set[str]:
    """Follow what is mentioned from the roots on, through all that is stored.

    Args:
        roots: Where to begin.
        files: Files of releases, which need not be read on account of their release.
        known: What manifests and listings of releases mention.
        stored: All there is.
        blobs: Where it is read.
        progress: Who watches.
    """
    followed: set[str] = set()
    kept: set[str] = set()
    waiting = [digest for digest in roots if digest in stored]
    while waiting:
        digest = waiting.pop()
        if digest in followed:
            continue
        followed.add(digest)
        if digest in known:
            found = known[digest] - files
            kept |= known[digest] & files
        else:
            found = _mentions(digest, stored[digest], blobs, progress)
        waiting.extend(one for one in found if one in stored and one not in followed)
    return followed | kept


def _mentions(digest: str, held: Held, blobs: BlobStore, progress: Progress) -> set[str]:
    """Read bytes that are needed, and say what they mention.

    Raises:
        RegistryError: They are damaged.
    """
    progress.start(digest, held.size)
    try:
        if held.size <= WHOLE:
            return mentioned(blobs.read(digest))
        return _mentions_in_large(digest, blobs)
    except (RegistryError, NotFoundError) as error:
        raise _refusal(str(error), error.faults[0].cause) from error
    except OSError as error:
        raise UnavailableError(f"{digest} cannot be read: {error}; nothing was removed") from error
    finally:
        progress.advance(held.size)
        progress.finish()


def _mentions_in_large(digest: str, blobs: BlobStore) -> set[str]:
    """Look through something large if it is a document; weights are no documents."""
    with blobs.open(digest) as source:
        if not source.read_at(0, 64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_DOCUMENT):
            return set()
        seen = sha256()

        def chunks() -> Iterator[bytes]:
            while chunk := source.read(CHUNK):
                seen.update(chunk)
                yield chunk

        found = mentioned_in_stream(chunks())
    if f"sha256:{seen.hexdigest()}" != digest:
        raise RegistryError(f"the registry's copy of {digest} is damaged")
    return found


def _refusal(message: str, cause: str) -> RegistryError:
    return RegistryError(
        f"nothing was removed: {message}",
        cause=cause,
        help=["weighbridge registry fsck", "restore or seal again what is damaged or missing"],
    )
