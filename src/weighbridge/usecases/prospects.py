"""What the gate would say of a release, sealed or not: asked for advice, nothing is signed or kept.

A manifest people still work on is looked at as it would be sealed now. Evidence about it there can
be none, unless just these bytes were sealed before; so what the gate wants is what is left to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.listing import listing_blobs
from weighbridge.codec.resolved import sealed_bytes
from weighbridge.model.errors import UnsealableError
from weighbridge.model.fact import ObservedDirectory, Unavailable
from weighbridge.usecases.believed import believe
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.observing import observe
from weighbridge.usecases.past import HeldBlobs
from weighbridge.usecases.promote import advised
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.decision import Decision
    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import BlobReader, ByteSource, Located, Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.references import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What the gate would say.

    Attributes:
        decision: Its word, with the steps that would do.
        sealed: Whether these very bytes are sealed.
        bound: The digest its name and version stand for already, if that is another; or empty.
    """

    decision: Decision
    sealed: bool
    bound: str = ""


def prospect(
    named: Named,
    environment: str,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
    now: str,
) -> Prospect:
    """Ask the gate about a release that need not be sealed.

    Args:
        named: The release.
        environment: Name of the environment.
        registry: The registry.
        environ: Environment variables, to find the Python environment in use.
        reader: Who reads the files.
        now: The time to decide at; that of the newest entry if that is later.

    Raises:
        NotFoundError: There is no such environment.
        OwnerlessError: The registry has no owners.
        UnsealableError: It could not be sealed as it is.
    """
    papers = list(_papers(named, registry, environ, reader))
    release = digest_of(papers[0])
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        gathering = Gathering(log, _WithPapers(HeldBlobs(papers), registry.blobs))
        case = gathering.case(environment, release, now=max(now, log.time))
        metadata = case.manifest["metadata"]
        bound = dict(view.versions(metadata["name"])).get(metadata["version"], "")
    sealed = bound == release
    return Prospect(decision=advised(case), sealed=sealed, bound="" if sealed else bound)


def _papers(
    named: Named, registry: Registry, environ: Mapping[str, str], reader: FileReader | None
) -> Iterator[bytes]:
    """Make what would be stored beside the files: the sealed manifest first."""
    if named.path is None:
        yield named.document.text.encode()
        return
    facts = observe(named, blobs=registry.blobs, environ=environ, reader=reader)
    resolver = Resolver(facts)
    release = resolver.resolve(named.release)
    if resolver.obstacles:
        raise UnsealableError.from_faults(resolver.obstacles)
    yield sealed_bytes(release)
    yield from _beside(named.path.parent, facts)


def _beside(folder: Path, facts: Facts) -> Iterator[bytes]:
    """Make the listings of directories, and read the locks; one that just changed is not found."""
    for directory in facts.directories.values():
        if isinstance(directory, ObservedDirectory):
            yield from (data for _, data in listing_blobs(directory.entries))
    for name, lock in facts.locks.items():
        if not isinstance(lock, Unavailable):
            yield (folder / name).read_bytes()


class _WithPapers:
    """A store in which some papers lie, too, that are not kept."""

    def __init__(self, papers: BlobReader, store: BlobReader) -> None:
        self._papers = papers
        self._store = store

    def has(self, digest: str) -> bool:
        return self._of(digest).has(digest)

    def read(self, digest: str) -> bytes:
        return self._of(digest).read(digest)

    def locate(self, digest: str) -> Located | None:
        return self._of(digest).locate(digest)

    def open(self, digest: str) -> ByteSource:
        return self._of(digest).open(digest)

    def _of(self, digest: str) -> BlobReader:
        return self._papers if self._papers.has(digest) else self._store
