"""Read all of a release again, and enter in the ledger what came of it.

That a release is in order, or is not, is a fact which anybody can compute from what is stored: no
person's key signs it, as none signs `seal`. Who could write it down falsely can write the registry,
and so could have changed all that is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.model.event import Kind
from weighbridge.model.verification import Problem
from weighbridge.usecases.believed import believe
from weighbridge.usecases.unverified import check_bound, unverified_in, unverified_of, unverify
from weighbridge.usecases.verify import Demand, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.ports import BlobReader, Progress, Registry, Transaction
    from weighbridge.model.unverified import Unverified
    from weighbridge.model.verification import Verification
    from weighbridge.usecases.believed import BelievedLog

PAPERS = ("bundle", "decision", "environmentDigest", "outcome", "policy", "trust")
"""What entries about a release name, and delivery rests on."""
_DAMAGE = frozenset({"INT001", "INT002"})
"""Codes of bytes that are others than were sealed, or are not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What came of reading a release again.

    Attributes:
        verification: What was found.
        kind: What was entered; None if there was nothing to enter.
        entry: The entry that says so.
    """

    verification: Verification
    kind: Kind | None = None
    entry: int | None = None


def reverify(
    name: str,
    version: str,
    digest: str,
    *,
    by: str,
    registry: Registry,
    progress: Progress,
    log_key: str = "",
    demand: Demand | None = None,
) -> Entered:
    """Read every stored byte of a release, its papers and signatures, and enter what came of it.

    Entered is that it is verified only if something stood against it, and nothing at all is wrong;
    and that it is unverified only if bytes are wrong or not there. What else is not met, such as
    signatures that are asked for, is told and not entered.

    Args:
        name: Name of the release.
        version: Its version.
        digest: Its digest.
        by: Who had it read: a person, or empty.
        registry: The registry.
        progress: Who watches the reading.
        log_key: The log's public key; that of the registry if it is empty.
        demand: What must have been signed; by an author of the release if None.

    Raises:
        OwnerlessError: The registry has no owners yet, and so no ledger.
        LedgerError: The ledger does not prove what it says.
        RegistryError: Something was found by another while this was reading.
    """
    standing = unverified_of(name, digest, registry)
    key = log_key or registry.log_key
    found = verify(
        f"{name}@{version}",
        digest,
        registry=registry,
        log_key=key,
        demand=demand or Demand(),
        progress=progress,
    )
    wrong = [one for one in found.problems if one.code in _DAMAGE]
    with registry.reading() as view:
        wrong += paper_problems(believe(view, log_key=key), name, digest, registry.blobs)
    if wrong:
        entry = unverify(name, version, digest, found=wrong, by=by, registry=registry)
        return Entered(
            verification=_having(found, wrong), kind=Kind.RELEASE_UNVERIFIED, entry=entry
        )
    if standing is None or not found.ok:
        return Entered(verification=found)
    entry = _enter(name, version, digest, standing=standing, by=by, registry=registry)
    return Entered(
        verification=replace(found, unverified=None), kind=Kind.RELEASE_VERIFIED, entry=entry
    )


def _having(found: Verification, wrong: Sequence[Problem]) -> Verification:
    """Tell of papers that are wrong, too; nothing is undecided any more."""
    more = (one for one in wrong if one not in found.problems)
    return replace(found, problems=(*found.problems, *more), inconclusive=False)


def _enter(
    name: str, version: str, digest: str, *, standing: Unverified, by: str, registry: Registry
) -> int:
    """Enter that nothing is wrong any more, unless more was found meanwhile."""
    body = {"by": by, "name": name, "release": digest, "version": version}

    def change(transaction: Transaction) -> int:
        log = believe(transaction, log_key=registry.log_key)
        check_bound(transaction, name, version, digest)
        if unverified_in(log, name, digest) != standing:
            raise RegistryError(
                f"{name}@{version} was read by another meanwhile, who entered what he found",
                help=[f"weighbridge verify {name}@{version} --log"],
            )
        return transaction.append(Kind.RELEASE_VERIFIED, body)

    return registry.change(change)


def paper_problems(
    log: BelievedLog, name: str, digest: str, blobs: BlobReader
) -> Iterator[Problem]:
    """Read the papers that entries about a release name, and say which are not what they name."""
    read: set[str] = set()
    topics = (f"release:{name.partition('@')[0]}", f"subject:{digest}")
    for index, event in (one for topic in topics for one in log.found(topic)):
        if event.body.get("release") != digest:
            continue
        for paper in _papers(event.body):
            if paper not in read:
                read.add(paper)
                yield from _paper(f"entry {index}", paper, blobs)


def _papers(body: Any) -> Iterator[str]:  # noqa: ANN401 - plain values
    for name in PAPERS:
        if isinstance(digest := body.get(name), str) and digest.startswith("sha256:"):
            yield digest


def _paper(subject: str, digest: str, blobs: BlobReader) -> Iterator[Problem]:
    try:
        blobs.read(digest)
    except (RegistryError, NotFoundError, OSError) as error:
        yield Problem(
            code="INT002" if isinstance(error, NotFoundError) else "INT001",
            subject=subject,
            message=f"a paper it names cannot be read: {error}",
            wanted=digest,
            remediation=("restore the registry",),
        )
