"""`evidence verify`: a pack is worth what its log's key proves, and nothing in it is taken as said.

No registry, no network, and no key but the log's: all others follow from what owners signed.
Nobody signs a pack as a whole: whoever makes one could leave out what the decision does not turn
on, such as that somebody had asked in vain before, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.merkle import leaf_hash, verify_inclusion
from weighbridge.ledger.note import NoteError, read_note, read_verifier_key, write_verifier_key
from weighbridge.ledger.proof import read_proof, write_proof
from weighbridge.model.errors import LedgerError, PackError, UnavailableError, WeighbridgeError
from weighbridge.model.event import read_event
from weighbridge.model.pack import PackVerification
from weighbridge.model.unverified import KINDS as VERIFYING
from weighbridge.model.verification import Problem
from weighbridge.packing.evidence_pack import CHECKPOINT, PackFormatError, proofs_in, read_pack
from weighbridge.usecases.cosigners import judge_pack
from weighbridge.usecases.dossier import compile_dossier
from weighbridge.usecases.log_keys import KeyChain
from weighbridge.usecases.past import EntriesView, HeldBlobs, ProvenLog, rotations_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.event import Event
    from weighbridge.usecases.dossier import Dossier

_ANOTHER = "ask for another pack: `weighbridge evidence export REF --to ENV`"
_RIGHT_KEY = "get the log's public key (`log.pub`) from somebody you trust"
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What papers raise that are signed and proven, and yet are not what they are taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proven:
    """What the checkpoint of a pack proves."""

    checkpoint: Checkpoint
    entries: Mapping[int, bytes]


def verify_pack(
    data: bytes, *, log_key: str, policy: QuorumPolicy | None = None
) -> PackVerification:
    """Verify an evidence pack.

    Args:
        data: The pack.
        log_key: The log's public key (signed-note verifier key).
        policy: Whose cosignatures its checkpoint must have, beside those owners trust.

    Raises:
        UnavailableError: It turns on a keyless signature, and what verifies those is not here.
    """
    try:
        papers, about = read_pack(data)
        proven = _prove(papers)
        dossier, signer = _again(papers, about, proven, log_key)
        judged = judge_pack(dossier.papers, log_key=signer, policy=policy)
    except PackFormatError as error:
        return _refused(_problem(PackError.code, "pack", str(error)))
    except NoteError as error:
        return _refused(_problem(LedgerError.code, "ledger", str(error), _RIGHT_KEY))
    except UnavailableError:
        raise
    except WeighbridgeError as error:
        return _refused(*(_fault(error)))
    except _UNREADABLE as error:
        message = f"its papers are not what they are taken for: {type(error).__name__}: {error}"
        return _refused(_problem(PackError.code, "pack", message))
    problems = [*dossier.problems, *judged.problems, *_differences(papers, dossier.papers)]
    if about != dossier.about:
        problems.append(_problem(PackError.code, "index.json", "it says another thing than this"))
    return PackVerification(
        problems=tuple(problems),
        told=dossier.told,
        cosigners=judged.cosigners,
        undone=dossier.undone,
    )


def _prove(papers: Mapping[str, bytes]) -> _Proven:
    """Prove every entry under one checkpoint; whose that is, the entries tell."""
    note = papers[CHECKPOINT]
    checkpoint = read_checkpoint(read_note(note).text)
    entries: dict[int, bytes] = {}
    for index, data in proofs_in(papers).items():
        proof = read_proof(data)
        shown = proof.index == index and proof.checkpoint == note and write_proof(proof) == data
        if not shown or not verify_inclusion(
            leaf_hash(proof.extra),
            index=index,
            size=checkpoint.size,
            path=proof.path,
            root=checkpoint.root,
        ):
            raise NoteError(f"entry {index} is not proven by the checkpoint")
        entries[index] = proof.extra
    return _Proven(checkpoint=checkpoint, entries=entries)


def _again(
    papers: Mapping[str, bytes], about: Mapping[str, Any], proven: _Proven, log_key: str
) -> tuple[Dossier, str]:
    """Decide again what the pack is about, from nothing but what is in it; name the log's key."""
    index = about["decision"]["entry"]
    if type(index) is not int or index not in proven.entries:
        raise PackError("the entry of the decision is not in the pack", seen=str(index))
    view = EntriesView(proven.entries, now=index, checkpoint=papers[CHECKPOINT])
    log = ProvenLog(view, log_key=log_key, checkpoint=proven.checkpoint)
    proofs, blobs = proofs_in(papers), HeldBlobs(papers.values())
    later = rotations_after(index, proven.entries, log=log, blobs=blobs)
    keys = KeyChain([*log.control, *sorted(later.items())])
    keys.open(papers[CHECKPOINT], read_verifier_key(log_key))
    signer = write_verifier_key(keys.at(proven.checkpoint.size).key)
    again = compile_dossier(
        index,
        log=log,
        blobs=blobs,
        proof=proofs.__getitem__,
        later=later,
        since=_since(index, log.event(index).body["release"], proven.entries),
    )
    return again, signer


def _since(index: int, release: str, entries: Mapping[int, bytes]) -> dict[int, Event]:
    """Find the entries behind a decision that say whether its release was found damaged."""
    behind = {each: read_event(data) for each, data in entries.items() if each > index}
    return {
        each: event
        for each, event in behind.items()
        if event.kind in VERIFYING and event.body.get("release") == release
    }


def _differences(seen: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> Iterator[Problem]:
    """Say which papers are not those of the decision."""
    for name in sorted(seen.keys() | wanted.keys()):
        if name not in wanted:
            message = "it is no paper of this decision, or its signature does not count"
        elif name not in seen:
            message = "it is missing"
        elif seen[name] != wanted[name]:
            message = "it is not what follows from the other papers"
        else:
            continue
        yield _problem(PackError.code, name, message)


def _refused(*problems: Problem) -> PackVerification:
    return PackVerification(problems=problems)


def _fault(error: WeighbridgeError) -> Iterator[Problem]:
    for fault in error.faults:
        yield Problem(
            code=fault.code,
            subject="pack",
            message=": ".join(filter(None, (fault.message, fault.cause))),
            seen=fault.seen,
            wanted=fault.wanted,
            remediation=(_ANOTHER,),
        )


def _problem(code: str, subject: str, message: str, remedy: str = _ANOTHER) -> Problem:
    return Problem(code=code, subject=subject, message=message, remediation=(remedy,))
