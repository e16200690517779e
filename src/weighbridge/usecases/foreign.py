"""`attest --bundle`: keep what somebody else signed, if his signature counts here and now.

Nobody signs here. That is why a bundle the ledger has for a release already is not added again:
whoever keeps an old, good one could have it count as the newest at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.codec.predicates import shape_fault
from weighbridge.model.errors import UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.cosign import no_statement
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.envelope import as_bundles
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.evidence import Added, add_entry, judge_all
from weighbridge.usecases.refusing import change_or_refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.seal.judging import Signer
    from weighbridge.usecases.believed import BelievedLog

_GIVE = "give a Sigstore bundle, a DSSE envelope with one signature, or PEP 740, in JSON"

Saying = tuple[bytes, str]
"""Sha256 of a payload, and who signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What somebody else signed, as evidence.

    Attributes:
        added: Where it stands in the ledger.
        known: Whether it stood there before.
    """

    added: Added
    known: bool


def read_foreign(data: bytes, *, registry: Registry) -> tuple[bytes, ...]:
    """Return the bundles that a document is kept as, or say why it is none.

    Raises:
        UsageError: It is nothing somebody signed, or what it says has not its shape.
        OwnerlessError: The registry has no owners yet.
    """
    with registry.reading() as view:
        trust = trust_in(believe(view, log_key=registry.log_key), registry.blobs)
    try:
        bundles = as_bundles(data, trust)
        statements = [read_statement(read_bundle(bundle).payload) for bundle in bundles]
    except (EnvelopeError, StatementError) as error:
        told = no_statement(data)
        why, help_ = (str(error), [_GIVE]) if told is None else (told.why, list(told.ways))
        raise UsageError(f"this cannot be attested: {why}", help=help_) from error
    for statement in statements:
        if fault := shape_fault(statement.predicate_type, statement.predicate):
            message = f"this cannot be attested: as {statement.predicate_type} it is not whole"
            help_ = ["have it made again, by another tool perhaps"]
            raise UsageError(message, seen=fault, help=help_)
    return bundles


def add_foreign(bundles: Sequence[bytes], *, release: str, registry: Registry) -> list[Foreign]:
    """Keep bundles as evidence about a release, all of them or none.

    Args:
        bundles: The bundles (`read_foreign`).
        release: The release they are given for; each must be about that, or about parts of it.
        registry: The registry.

    Returns:
        What each says, once: neither what was said before nor what is said twice is added.

    Raises:
        NotAllowedError: A signature does not count. The refusal is in the ledger.
    """
    digests = [registry.blobs.put(bundle) for bundle in bundles]
    return change_or_refuse(
        registry, lambda transaction: _add(transaction, digests, release, registry)
    )


def _add(
    transaction: Transaction, digests: Sequence[str], release: str, registry: Registry
) -> list[Foreign]:
    """Judge every bundle, then log what is new, or the refusal of the first that does not count."""
    log = believe(transaction, log_key=registry.log_key)
    signers = judge_all(
        transaction, digests, release, log=log, operation=Operation.ATTEST, registry=registry
    )
    judged: dict[Saying, tuple[str, Signer]] = {}
    for digest, signer in signers.items():
        judged.setdefault(_saying(digest, registry), (digest, signer))
    known = _known(log, {said: signer for said, (_, signer) in judged.items()}, release, registry)
    found: list[Foreign] = []
    for said, (digest, signer) in judged.items():
        before = known.get(said)
        added = before or add_entry(transaction, digest, signer, release, registry)
        found.append(Foreign(added=added, known=before is not None))
    return found


def _saying(digest: str, registry: Registry) -> Saying:
    """Tell what a bundle says: the payload, since one signature can be written in several ways."""
    bundle = read_bundle(registry.blobs.read(digest))
    return sha256(bundle.payload).digest(), bundle.signer


def _known(
    log: BelievedLog, wanted: dict[Saying, Signer], release: str, registry: Registry
) -> dict[Saying, Added]:
    """Find the first entries that have the same statements by the same signers for a release."""
    known: dict[Saying, Added] = {}
    for index, event in log.found(f"subject:{release}"):
        body = event.body
        if event.kind is not Kind.EVIDENCE_ADDED or body["release"] != release:
            continue
        said = _saying(body["bundle"], registry)
        if said in wanted and said not in known:
            known[said] = Added(
                index=index,
                bundle=body["bundle"],
                predicate_type=body["predicateType"],
                signer=wanted[said],
                at=event.time,
            )
    return known
