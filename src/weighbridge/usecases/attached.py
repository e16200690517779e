"""Evidence that travels beside a release: each signed bundle refers to the release's manifest.

What a repository hands over is a claim. A bundle is kept only if its signature counts here and now,
as if it had just been signed; and it never supersedes what this registry knows: whoever holds an
old, good report could otherwise have it count again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.codec.oci import OciError, read_document, write_document
from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.event import Kind
from weighbridge.model.oci import EMPTY, MANIFEST, Descriptor, Manifest
from weighbridge.packing.evidence_pack import MEDIA_TYPE as PACK
from weighbridge.packing.modelpack import EMPTY_CONFIG, ENTRY, attach, describe_bytes
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.seal.bundle import LARGEST, MEDIA_TYPE, read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.evidence import add_entry
from weighbridge.usecases.signing import judge_about

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.oci import Repository
    from weighbridge.model.ports import BlobReader, Registry, Transaction
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.judging import Signer
    from weighbridge.usecases.believed import BelievedLog

MOST = 1_000
"""Bundles beside one release that are looked at."""
_DECIDED = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
_ENTRY = re.compile(r"0|[1-9][0-9]{0,17}")


class Outcome(StrEnum):
    """What became of a bundle."""

    ADDED = "added"
    KNOWN = "known"
    HELD_HERE = "held-here"
    NOT_TRUSTED = "not-trusted"
    OWNERLESS = "no-owners"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A bundle, and what became of it.

    Attributes:
        bundle: Its digest.
        predicate_type: What it says; empty if it is no statement.
        outcome: What became of it.
        person: Who signed it, if that is known here.
        why: Why it does not count, if it does not.
    """

    bundle: str
    predicate_type: str
    outcome: Outcome
    person: str = ""
    why: str = ""


def bundles_about(release: str, name: str, registry: Registry) -> list[tuple[int, str]]:
    """List the bundles of a ledger about a release: entry and digest, in the ledger's order.

    These are evidence, what people said of it, and decisions that moved an environment to it.

    Raises:
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        if not view.size:
            return []
        log = believe(view, log_key=registry.log_key)
        found = {
            index: event.body["bundle"]
            for index, event in log.found(f"subject:{release}")
            if event.kind is Kind.EVIDENCE_ADDED
        }
        for index, event in log.found(f"release:{name}"):
            if event.body.get("release") == release:
                if event.kind is Kind.ACT_SAID:
                    found[index] = event.body["bundle"]
                elif event.kind in _DECIDED:
                    found[index] = event.body["decision"]
    return sorted(found.items())


def attach_all(
    bundles: Sequence[tuple[int, str]],
    subject: Descriptor,
    *,
    repository: Repository,
    blobs: BlobReader,
) -> list[str]:
    """Push bundles, each with a manifest that refers to the release's; return their digests."""
    if bundles:
        empty = describe_bytes(EMPTY_CONFIG, EMPTY)
        repository.push(empty, InMemory(EMPTY_CONFIG))
    attached = []
    for entry, digest in bundles:
        data = blobs.read(digest)
        said = read_statement(read_bundle(data).payload)
        described = describe_bytes(data, MEDIA_TYPE)
        repository.push(described, InMemory(data))
        manifest = attach(described, subject, predicate_type=said.predicate_type, entry=entry)
        repository.put(write_document(manifest), media_type=MANIFEST)
        attached.append(digest)
    return attached


def attach_pack(data: bytes, subject: Descriptor, *, repository: Repository) -> Descriptor:
    """Push an evidence pack, with a manifest that refers to the release's.

    Args:
        data: The pack.
        subject: The manifest of the release.
        repository: Where that is.

    Returns:
        The manifest of the pack; the same pack has the same one.
    """
    described, empty = describe_bytes(data, PACK), describe_bytes(EMPTY_CONFIG, EMPTY)
    repository.push(empty, InMemory(EMPTY_CONFIG))
    repository.push(described, InMemory(data))
    manifest = Manifest(
        media_type=MANIFEST,
        config=empty,
        layers=(described,),
        artifact_type=PACK,
        subject=replace(subject, annotations={}, artifact_type=""),
    )
    return repository.put(write_document(manifest), media_type=MANIFEST)


def collect(repository: Repository, subject: str) -> tuple[list[bytes], list[str]]:
    """Read the bundles that refer to a manifest, in the order of the ledger they come from.

    Returns:
        The bundles, and why others could not be read, a line each.

    Raises:
        UnavailableError: The repository does not answer.
    """
    found: list[tuple[int, str, bytes]] = []
    unread: list[str] = []
    try:
        listed = repository.referrers(subject)
    except TransferError as error:
        return [], [str(error)]
    referring = [
        one
        for one in listed
        if one.artifact_type in {MEDIA_TYPE, ""} and one.media_type == MANIFEST
    ]
    for descriptor in referring[:MOST]:
        try:
            found.extend(_bundles(repository, descriptor, subject))
        except (NotFoundError, TransferError, OciError) as error:
            unread.append(f"{descriptor.digest}: {error}")
    if len(referring) > MOST:
        unread.append(f"{len(referring) - MOST} more than {MOST} were not looked at")
    return [data for _, _, data in sorted(found)], unread


def _bundles(
    repository: Repository, descriptor: Descriptor, subject: str
) -> Iterator[tuple[int, str, bytes]]:
    manifest = read_document(repository.manifest(descriptor), descriptor.media_type)
    if not isinstance(manifest, Manifest) or manifest.artifact_type != MEDIA_TYPE:
        return
    if manifest.subject is None or manifest.subject.digest != subject:
        raise OciError("it refers to another manifest")
    entry = manifest.annotations.get(ENTRY, "0")
    order = int(entry) if _ENTRY.fullmatch(entry) else 0
    for layer in manifest.layers:
        if layer.size > LARGEST:
            raise OciError(f"a bundle is larger than {LARGEST} bytes")
        with repository.open(layer) as source:
            parts, left = [], layer.size + 1
            while left > 0 and (part := source.read(left)):
                parts.append(part)
                left -= len(part)
        data = b"".join(parts)
        if f"sha256:{sha256(data).hexdigest()}" != layer.digest:
            raise OciError(f"the bytes of {layer.digest} are others")
        yield order, layer.digest, data


def keep(
    bundles: Sequence[bytes], release: str, registry: Registry, *, dry_run: bool
) -> list[Attached]:
    """Keep the bundles that count here as evidence, all in one transaction.

    Args:
        bundles: They, older ones first.
        release: The release digest they must be about.
        registry: Where they are kept.
        dry_run: Say only what would become of them.

    Raises:
        LedgerError: The ledger does not prove what it says.
    """
    if not bundles:
        return []
    with registry.reading() as view:
        owned = view.size > 0
    if not owned:
        why = "the registry has no owners, so that nobody is trusted"
        return [_attached(data, Outcome.OWNERLESS, why=why) for data in bundles]

    def change(transaction: Transaction) -> list[Attached]:
        taking = _Taking(transaction, release, registry)
        return [taking.take(data, dry_run=dry_run) for data in bundles]

    return registry.change(change)


class _Taking:
    """What a ledger knows about a release before bundles are taken in."""

    def __init__(self, transaction: Transaction, release: str, registry: Registry) -> None:
        log = believe(transaction, log_key=registry.log_key)
        self._transaction = transaction
        self._release = release
        self._registry = registry
        self._state = control_state(log, registry.blobs)
        self._payloads = set[bytes]()
        self._types = set[str]()
        self._know(log)

    def _know(self, log: BelievedLog) -> None:
        for _, event in log.found(f"subject:{self._release}"):
            if event.kind is Kind.EVIDENCE_ADDED:
                # The payload, since a signature can be written in more than one way.
                bundle = read_bundle(self._registry.blobs.read(event.body["bundle"]))
                self._payloads.add(bundle.payload + bundle.hint)
                self._types.add(event.body["predicateType"])

    def take(self, data: bytes, *, dry_run: bool) -> Attached:
        """Judge a bundle, and log it as evidence if it counts and is not known."""
        try:
            bundle = read_bundle(data)
            said = read_statement(bundle.payload)
        except (EnvelopeError, StatementError) as error:
            return _attached(data, Outcome.NOT_TRUSTED, why=str(error))
        verdict = self._judged(bundle)
        if isinstance(verdict, Refusal):
            why = f"{verdict.reason.value.replace('-', ' ')}: {verdict.seen}"
            return _attached(data, Outcome.NOT_TRUSTED, why=why)
        if bundle.payload + bundle.hint in self._payloads:
            return _attached(data, Outcome.KNOWN, person=verdict.person)
        if said.predicate_type in self._types:
            why = "this registry has evidence of that type, which is not superseded from outside"
            return _attached(data, Outcome.HELD_HERE, person=verdict.person, why=why)
        if not dry_run:
            digest = self._registry.blobs.put(data)
            add_entry(self._transaction, digest, verdict, self._release, self._registry)
        self._payloads.add(bundle.payload + bundle.hint)
        return _attached(data, Outcome.ADDED, person=verdict.person)

    def _judged(self, bundle: Bundle) -> Signer | Refusal:
        return judge_about(
            bundle,
            state=self._state,
            at=self._transaction.now,
            roles=self._state.trust.roles,
            release=self._release,
            blobs=self._registry.blobs,
        )


def _attached(data: bytes, outcome: Outcome, *, person: str = "", why: str = "") -> Attached:
    try:
        predicate_type = read_statement(read_bundle(data).payload).predicate_type
    except (EnvelopeError, StatementError):
        predicate_type = ""
    return Attached(
        bundle=f"sha256:{sha256(data).hexdigest()}",
        predicate_type=predicate_type,
        outcome=outcome,
        person=person,
        why=why,
    )
