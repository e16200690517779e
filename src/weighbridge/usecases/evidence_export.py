"""`evidence export`: everything a promotion rests on, in one file that proves itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.ledger.merkle import StoredTree
from weighbridge.ledger.note import write_verifier_key
from weighbridge.ledger.proof import LogProof, write_proof
from weighbridge.model.errors import NotFoundError, PackError
from weighbridge.model.event import Kind
from weighbridge.model.unverified import KINDS as VERIFYING
from weighbridge.packing.evidence_pack import PackFormatError, write_pack
from weighbridge.usecases.believed import believe
from weighbridge.usecases.cosigners import held_checkpoint, judge_pack
from weighbridge.usecases.dossier import compile_dossier
from weighbridge.usecases.log_keys import ROTATES, KeyChain
from weighbridge.usecases.past import EntriesView, ProvenLog, entries_before, rotations_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.believed import BelievedLog
    from weighbridge.usecases.dossier import Dossier


def export_pack(
    release: str,
    environment: str,
    *,
    registry: Registry,
    entry: int | None = None,
    checkpoint: bytes | None = None,
    policy: QuorumPolicy | None = None,
) -> bytes:
    """Pack a promotion of a release to an environment.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        entry: The promotion's entry in the ledger; the newest one if None.
        checkpoint: The checkpoint to prove all under, cosignatures and all; the newest if None.
        policy: Whose cosignatures that must have, beside those owners trust.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotFoundError: There is no such promotion.
        LedgerError: The ledger does not prove what it says.
        PackError: The promotion does not follow from what was there before it.
    """
    dossier, signer = promotion_dossier(
        release, environment, registry=registry, entry=entry, checkpoint=checkpoint
    )
    judged = judge_pack(dossier.papers, log_key=signer, policy=policy)
    problems = (*dossier.problems, *judged.problems)
    if problems:
        first = problems[0]
        raise PackError(
            f"the promotion cannot be proven: {first.subject}: {first.message}",
            seen=first.seen,
            wanted=first.wanted,
            help=["weighbridge log verify --deep", *first.remediation[:1]],
        )
    try:
        return write_pack(dossier.papers, about=dossier.about)
    except PackFormatError as error:
        raise PackError(f"the promotion cannot be packed: {error}") from error


def promotion_dossier(
    release: str,
    environment: str,
    *,
    registry: Registry,
    entry: int | None = None,
    checkpoint: bytes | None = None,
) -> tuple[Dossier, str]:
    """Decide a promotion again, and gather its papers, whatever they are worth.

    Returns:
        The papers, and the log's key that signed the checkpoint they are proven under.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotFoundError: There is no such promotion.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        name = next((known for known, _ in view.names_of(release)), "")
        log = believe(view, log_key=registry.log_key)
        index = _promotion(log, release, environment, name, entry)
        note = view.checkpoint if checkpoint is None else checkpoint
        under = log.checkpoint if checkpoint is None else held_checkpoint(checkpoint, log)
        if index >= under.size:
            raise NotFoundError(
                "the promotion came after that checkpoint",
                seen=f"{under.size} entries",
                wanted=f"{index + 1} or more",
                help=["take a newer checkpoint"],
            )
        later = _rotations(log, index, under.size)
        since = {
            found: event
            for found, event in log.found(f"release:{name}")
            if index < found < under.size
            and event.kind in VERIFYING
            and event.body["release"] == release
        }
        wanted = {index, *entries_before(log, index, log.event(index)), *later, *since}
        for each in wanted:
            log.event(each)  # which is proven, or refused
        entries = {each: view.entry(each) for each in wanted}
        past = EntriesView(entries, now=index, checkpoint=note)
        tree = StoredTree(log.checkpoint.size, view.node, many=view.nodes_at)

        def proof(each: int) -> bytes:
            path = tuple(tree.inclusion(each, under.size))
            return write_proof(
                LogProof(index=each, path=path, checkpoint=note, extra=entries[each])
            )

        signer = write_verifier_key(KeyChain(log.control).at(under.size).key)
        proven, blobs = ProvenLog(past, log_key=signer, checkpoint=under), registry.blobs
        rotations = rotations_after(index, entries, log=proven, blobs=blobs)
        found = compile_dossier(
            index, log=proven, blobs=blobs, proof=proof, later=rotations, since=since
        )
        return found, signer


def _promotion(
    log: BelievedLog, release: str, environment: str, name: str, entry: int | None
) -> int:
    """Find the entry of a promotion."""
    found = [
        index
        for index, event in log.found(f"gate:{environment}/{name}")
        if event.kind is Kind.PROMOTION_DONE
        and event.body["release"] == release
        and entry in {None, index}
    ]
    if found:
        return found[-1]
    where = environment if entry is None else f"{environment} by entry {entry}"
    raise NotFoundError(
        f"{name} was never promoted to {where}",
        seen=release,
        help=[f"weighbridge history {name} --in {environment}", "weighbridge status"],
    )


def _rotations(log: BelievedLog, index: int, size: int) -> Iterator[int]:
    """List the control plane behind an entry, up to the newest rotation before a size."""
    behind = [(found, event) for found, event in log.control if index < found < size]
    rotated = [found for found, event in behind if event.body.get("action") == ROTATES]
    yield from (found for found, _ in behind if rotated and found <= rotated[-1])
