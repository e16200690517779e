"""`verify`: the bytes of a release are those that were sealed, and enough people signed them.

Imports the standard library and `cryptography`, nothing else that is compiled: whoever verifies
trusts little code, and waits for little of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.codec.pages import read_pages
from weighbridge.model.errors import ArchivedError, NotFoundError, RegistryError
from weighbridge.model.event import Kind
from weighbridge.model.listing import MEDIA_TYPES, ListingError
from weighbridge.model.predicates import RELEASE, TEST_RESULT
from weighbridge.model.verification import Problem, Signature, Verification
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Reason, Refusal, Signer, count, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.custody import absence_problems, custody_in
from weighbridge.usecases.keyless import PublishedRoot
from weighbridge.usecases.subjects import contents_of, refuse_subjects
from weighbridge.usecases.unverified import unverified_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.codec.subjects import Contents
    from weighbridge.model.event import Event
    from weighbridge.model.keyless import KeylessVerifier
    from weighbridge.model.ports import BlobReader, ByteSource, Progress, Reads, Registry
    from weighbridge.model.trust import TrustSnapshot

CHUNK = 1 << 20
_SIGNING = {
    RELEASE: "weighbridge sign REF --key NAME",
    TEST_RESULT: "weighbridge check REF --sign --key NAME",
}
_RESTORE = "restore the registry, or seal and sign again from the files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What must have been signed, by how many, and as what.

    Attributes:
        predicate_type: What the statements must be.
        roles: Roles of which a signer must have one; empty for any.
        people: How many different people, with different keys, must have signed.
    """

    predicate_type: str = RELEASE
    roles: tuple[str, ...] = ()
    people: int = 1


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What became of the evidence about one release so far."""

    digest: str
    demand: Demand
    trust: TrustSnapshot
    keyless: KeylessVerifier
    blobs: BlobReader
    damaged: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    counted: dict[Signature, Signer] = field(default_factory=dict)
    unjudged: bool = False
    contents: Contents = field(init=False)

    def __post_init__(self) -> None:
        """Look into the release once, however much is said of it."""
        self.contents = contents_of(self.digest, self.blobs)

    def weigh(self, index: int, event: Event) -> None:
        """Judge one piece of evidence by today's trust, at the time the ledger has it at."""
        subject = f"entry {index}"
        try:
            bundle = read_bundle(self.blobs.read(event.body["bundle"]))
        except (RegistryError, NotFoundError, EnvelopeError) as error:
            message = f"the evidence cannot be read: {error}"
            self.damaged.append(_problem("INT005", subject, message))
            return
        verdict = judge(
            bundle,
            snapshot=self.trust,
            at=event.time,
            roles=self.demand.roles or self.trust.roles,
            subject_digests=None,
            predicate_type=self.demand.predicate_type,
            keyless=self.keyless,
        )
        if isinstance(verdict, Signer):
            statement = read_statement(bundle.payload)
            verdict = refuse_subjects(statement, self.digest, self.contents) or verdict
        if isinstance(verdict, Refusal):
            self.unjudged = self.unjudged or verdict.reason is Reason.NOT_JUDGED
            self.refused.append(_refused(subject, verdict))
            return
        signature = Signature(
            person=verdict.person,
            roles=verdict.roles,
            key_digest=verdict.spki,
            at=event.time,
            predicate_type=self.demand.predicate_type,
            entry=index,
            held_by=verdict.held_by,
        )
        self.counted[signature] = verdict


def verify(
    name: str,
    digest: str,
    *,
    registry: Registry,
    log_key: str,
    demand: Demand,
    tree: Iterable[Problem] | None = None,
    progress: Progress,
) -> Verification:
    """Verify a sealed release.

    Args:
        name: What it is called.
        digest: Its release digest.
        registry: Where it is kept.
        log_key: The log's public key (signed-note verifier key).
        demand: What must have been signed.
        tree: What is wrong with files outside the registry that claim to be it; None to read the
            registry's own.
        progress: Who watches the reading.

    Raises:
        OwnerlessError: The registry has no owners, so that nobody's signature counts.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=log_key)
        custody = custody_in(log, name, digest)
        unverified = unverified_in(log, name, digest)
        state = control_state(log, registry.blobs)
        evidence = _Evidence(
            digest=digest,
            demand=demand,
            trust=state.trust,
            keyless=PublishedRoot(state, registry.blobs),
            blobs=registry.blobs,
        )
        for index, event in log.found(f"subject:{digest}"):
            wanted = event.body["predicateType"] == demand.predicate_type
            if wanted and event.kind is Kind.EVIDENCE_ADDED:
                evidence.weigh(index, event)
    if tree is None:
        away = absence_problems(name, custody)
        files = stored_problems(digest, registry.blobs, progress, away=bool(away)) + away
    else:
        files = list(tree)
    people = count(evidence.counted.values())
    unmet = [_unmet(digest, demand, people)] if people < demand.people else []
    wrong = [*evidence.damaged, *(one for one in files if one.code != ArchivedError.code)]
    open_ = not wrong and bool(evidence.unjudged if unmet else files)
    return Verification(
        name=name,
        digest=digest,
        problems=(*files, *evidence.damaged, *unmet, *(evidence.refused if unmet else ())),
        ignored=() if unmet else tuple(evidence.refused),
        signatures=tuple(evidence.counted),
        inconclusive=open_,
        unverified=unverified,
    )


def _refused(subject: str, refusal: Refusal) -> Problem:
    return Problem(
        code=refusal.code,
        subject=subject,
        message=f"a signature does not count: {refusal.reason.value.replace('-', ' ')}",
        seen=refusal.seen,
        wanted=refusal.wanted,
        remediation=(refusal.remediation,),
    )


def _unmet(digest: str, demand: Demand, people: int) -> Problem:
    roles = f" with the role {' or '.join(demand.roles)}" if demand.roles else ""
    return Problem(
        code="INT005",
        subject=digest,
        message="too few people signed it" if people else "nobody whose signature counts signed it",
        seen=str(people),
        wanted=f"{demand.people}{roles}",
        remediation=(
            _SIGNING.get(demand.predicate_type, "weighbridge attest REF --predicate FILE"),
        ),
    )


def _problem(code: str, subject: str, message: str, *, seen: str = "", wanted: str = "") -> Problem:
    return Problem(
        code=code,
        subject=subject,
        message=message,
        seen=seen,
        wanted=wanted,
        remediation=(_RESTORE,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What a sealed release consists of.

    Attributes:
        papers: Digests of its manifest, listings and locks, which are always there.
        payload: Paths of all other files by digest, which may be archived or erased.
    """

    papers: frozenset[str]
    payload: dict[str, str]


class _Noting:
    """Reads, and notes what was read."""

    def __init__(self, blobs: Reads) -> None:
        self._blobs = blobs
        self.noted: dict[str, bytes] = {}

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        self.noted[digest] = self._blobs.read(digest)
        return self.noted[digest]


def division_of(digest: str, blobs: Reads) -> Division:
    """Say what of a release is paper, and what is payload.

    Raises:
        NotFoundError: Its manifest or a listing is not there.
        RegistryError: It is damaged.
    """
    noting = _Noting(blobs)
    files = list(stored_files(digest, noting))
    locks = json.loads(noting.noted[digest])["spec"]["dependencies"].values()
    papers = {
        *noting.noted,
        *(one["digest"] for one in locks if isinstance(one, dict) and "lock" in one),
    }
    payload: dict[str, str] = {}
    for path, wanted in files:
        if wanted not in papers:
            payload.setdefault(wanted, path)
    return Division(papers=frozenset(papers), payload=payload)


def stored_problems(
    digest: str, blobs: BlobReader, progress: Progress, *, away: bool = False
) -> list[Problem]:
    """Read every stored byte of a release and say what is not what was sealed.

    Args:
        digest: The release digest.
        blobs: Where it is kept.
        progress: Who watches.
        away: Whether its payload may be elsewhere; what is here of it is read all the same.
    """
    try:
        payload = division_of(digest, blobs).payload if away else {}
        files = list(stored_files(digest, blobs))
    except (RegistryError, NotFoundError) as error:
        return [_unreadable(digest, error)]
    # A file may stand under several paths; it is read once.
    paths: dict[str, str] = {}
    for path, wanted in files:
        paths.setdefault(wanted, path)
    return [
        problem
        for wanted, path in paths.items()
        if wanted not in payload or blobs.has(wanted)
        for problem in stored_problem(path, wanted, blobs, progress)
    ]


def stored_files(digest: str, blobs: Reads) -> Iterator[tuple[str, str]]:
    """Name what a sealed release has in the registry: path and digest of every file.

    Raises:
        NotFoundError: Its manifest or a listing is not there.
        RegistryError: It is damaged, or what was sealed as a listing is none.
    """
    spec: dict[str, Any] = json.loads(blobs.read(digest))["spec"]
    for artifact in spec["artifacts"]:
        if "path" not in artifact:
            continue
        yield artifact["path"], artifact["digest"]
        if artifact.get("mediaType") in MEDIA_TYPES:
            yield from _listed_files(artifact["path"], artifact["digest"], blobs)
    if "card" in spec and all(spec["card"]["path"] != one.get("path") for one in spec["artifacts"]):
        yield spec["card"]["path"], spec["card"]["digest"]
    for lock in spec["dependencies"].values():
        if isinstance(lock, dict) and "lock" in lock:
            yield lock["lock"], lock["digest"]


def _listed_files(path: str, digest: str, blobs: Reads) -> Iterator[tuple[str, str]]:
    """Name the pages of a listing, by the directory's path, and the files of each."""
    try:
        for page, listing in read_pages(digest, blobs.read):
            yield path, page
            for name, of_bytes in zip(listing.paths, listing.digests, strict=True):
                yield f"{path}/{name}", of_bytes
    except ListingError as error:
        raise RegistryError(f"the listing of {path} cannot be read: {error}") from error


def stored_problem(
    path: str, wanted: str, blobs: BlobReader, progress: Progress
) -> Iterator[Problem]:
    """Read a stored file and say if it is not what was sealed."""
    try:
        with blobs.open(wanted) as source:
            seen = _digest(path, source, progress)
    except (RegistryError, NotFoundError, OSError) as error:
        yield _unreadable(path, error)
        return
    if seen != wanted:
        message = "the stored bytes are not those that were sealed"
        yield _problem("INT001", path, message, seen=seen, wanted=wanted)


def _digest(path: str, source: ByteSource, progress: Progress) -> str:
    hasher = sha256()
    progress.start(path, source.size)
    try:
        while chunk := source.read(CHUNK):
            hasher.update(chunk)
            progress.advance(len(chunk))
    finally:
        progress.finish()
    return f"sha256:{hasher.hexdigest()}"


def _unreadable(path: str, error: Exception) -> Problem:
    return _problem("INT002" if isinstance(error, NotFoundError) else "INT001", path, str(error))
