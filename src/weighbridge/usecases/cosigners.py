"""Whose cosignatures stand under a checkpoint, and whether they are enough.

A witness is known by its key: owners trust it with the role `witness`, or a policy (C2SP
tlog-policy) names it. The time of a cosignature is the witness's word, and so what a revoked key
says of its time is worth nothing: it never counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.ledger.cosignature import (
    WitnessKey,
    time_text,
    verify_cosignature,
    write_witness_key,
)
from weighbridge.ledger.merkle import StoredTree, TreeError, verify_consistency
from weighbridge.ledger.note import NoteError, read_note, read_verifier_key
from weighbridge.ledger.quorum import QuorumPolicy, read_policy, shown
from weighbridge.model.errors import DocumentError, LedgerError
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.trust import read_snapshot
from weighbridge.model.verification import Cosigner, Problem
from weighbridge.packing.evidence_pack import CHECKPOINT, TRUST
from weighbridge.seal.keys import UnusableKeyError, ed25519_bytes, read_public_key
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.log_keys import KeyChain, verify_ed25519

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import Note, NoteSignature
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.usecases.believed import BelievedLog


_TRUST = "owners trust a witness: `weighbridge key trust WITNESS.pub --person W --role witness`"
_NAME_IT = "or name it in a policy: `--policy FILE` (https://c2sp.org/tlog-policy)"
_ASK = "weighbridge log show --checkpoint --policy FILE --output cosigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What stands under a checkpoint beside the log's own signature.

    Attributes:
        cosigners: Whose cosignatures count, in their order.
        problems: What does not hold.
    """

    cosigners: tuple[Cosigner, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A witness that is known."""

    raw: bytes
    name: str = ""
    person: str = ""
    since: str = ""
    until: str = ""
    revoked: str = ""

    def claims(self, line: NoteSignature) -> bool:
        if self.name and self.name != line.name:
            return False
        return WitnessKey(name=line.name, public_key=self.raw).made(line)


def load_policy(data: bytes, *, file: str) -> QuorumPolicy:
    """Read a policy file.

    Raises:
        DocumentError: It is not one.
    """
    try:
        return read_policy(data)
    except NoteError as error:
        wanted = "a policy as https://c2sp.org/tlog-policy has it"
        raise DocumentError(f"{file}: {error}", wanted=wanted) from error


def judge_cosigners(
    note: bytes,
    *,
    log_key: str,
    trust: TrustSnapshot | None,
    policy: QuorumPolicy | None,
    strict: bool = False,
) -> Judged:
    """Judge every signature line under a checkpoint the log signed.

    Args:
        note: The checkpoint, a signed note; the log's own signature was verified.
        log_key: The log's public key (signed-note verifier key).
        trust: Whom owners trust.
        policy: Whom a policy names, and how many of them must have cosigned.
        strict: Whether a line nobody here can judge is a problem.
    """
    read, log = read_note(note), read_verifier_key(log_key)
    known = [*_named(policy), *_trusted(trust)]
    known = [one for one in known if one.raw != log.public_key]
    cosigners: dict[bytes, Cosigner] = {}
    problems: list[Problem] = []
    for line in read.signatures:
        if (line.name, line.key_id) == (log.name, log.key_id):
            continue
        try:
            found = _judge(read, line, known)
        except NoteError as error:
            problems.append(_problem("checkpoint", str(error)))
            continue
        if found is None:
            if strict:
                message = f"nobody here can judge the signature of {line.name}"
                problems.append(_problem("checkpoint", message, remedies=(_TRUST, _NAME_IT)))
        elif found[0] in cosigners:
            problems.append(_problem("checkpoint", f"{line.name} is a second name of one key"))
        else:
            cosigners[found[0]] = found[1]
    problems.extend(_short(policy, log.public_key, cosigners))
    return Judged(cosigners=tuple(cosigners.values()), problems=tuple(problems))


def judge_pack(papers: Mapping[str, bytes], *, log_key: str, policy: QuorumPolicy | None) -> Judged:
    """Judge the cosignatures of a pack by the trust in it, and by a policy.

    Args:
        papers: Papers that follow from one another, trust and checkpoint among them.
        log_key: The log's public key (signed-note verifier key).
        policy: Whose cosignatures there must be, beside those owners trust.
    """
    trust = read_snapshot(papers[TRUST])
    note = papers[CHECKPOINT]
    return judge_cosigners(note, log_key=log_key, trust=trust, policy=policy, strict=True)


def held_checkpoint(data: bytes, log: BelievedLog) -> Checkpoint:
    """Read a checkpoint that the ledger of today has grown from.

    Raises:
        LedgerError: It is not that log's, or the log has not.
    """
    try:
        found = KeyChain(log.control).earlier(data)
        newest = log.checkpoint
        path = StoredTree(newest.size, log.view.node).consistency(found.size)
        if not verify_consistency(
            found.size,
            newest.size,
            first_root=found.root,
            second_root=newest.root,
            path=path,
        ):
            raise TreeError("the ledger has another history")  # noqa: TRY301 - one refusal for all
    except (NoteError, TreeError) as error:
        message = "the checkpoint is not one of this ledger"
        help_ = ["weighbridge log verify --since FILE"]
        raise LedgerError(message, cause=str(error), help=help_) from error
    return found


def _judge(
    note: Note, line: NoteSignature, known: Iterable[_Known]
) -> tuple[bytes, Cosigner] | None:
    """Find the witness a line is of; None if nobody claims it.

    Raises:
        NoteError: Somebody does, and it is not valid, or does not count.
    """
    claimed = [one for one in known if one.claims(line)]
    if not claimed:
        return None
    raw = claimed[0].raw
    at = time_text(verify_cosignature(note.text, line, raw, verify=verify_ed25519))
    ours = [one for one in claimed if one.raw == raw]
    for one in ours:
        _check_time(one, line, at)
    return raw, Cosigner(
        name=line.name,
        person=next((one.person for one in ours if one.person), ""),
        key=write_witness_key(WitnessKey(name=line.name, public_key=raw)),
        at=at,
    )


def _check_time(one: _Known, line: NoteSignature, at: str) -> None:
    """Refuse a key that owners trust no longer, not yet, or not any more.

    Raises:
        NoteError: It does not count.
    """
    if one.revoked:
        raise NoteError(f"the key of {line.name}, {one.person}'s, was revoked at {one.revoked}")
    if at < one.since or (one.until and at >= one.until):
        raise NoteError(f"the key of {line.name}, {one.person}'s, does not count at {at}")


def _named(policy: QuorumPolicy | None) -> Iterator[_Known]:
    for witness in policy.witnesses.values() if policy else ():
        yield _Known(raw=witness.key.public_key, name=witness.key.name)


def _trusted(trust: TrustSnapshot | None) -> Iterator[_Known]:
    counting = frozenset(allowed(Operation.WITNESS))
    for key in trust.keys if trust else ():
        if counting.isdisjoint(key.roles):
            continue
        try:
            raw = ed25519_bytes(read_public_key(key.key))
        except UnusableKeyError:
            continue
        if raw is not None:
            yield _Known(
                raw=raw,
                person=key.person,
                since=key.since,
                until=key.until,
                revoked=key.revoked_at,
            )


def _short(
    policy: QuorumPolicy | None, log: bytes, cosigners: Iterable[bytes]
) -> Iterator[Problem]:
    """Say why a policy does not take the checkpoint."""
    if policy is None:
        return
    if policy.logs and all(key.public_key != log for key in policy.logs):
        yield _problem("policy", "it does not name the key of this log")
    keys = set(cosigners)
    if not policy.met(keys):
        missing = ", ".join(policy.missing(keys))
        yield _problem(
            "checkpoint",
            f"too few witnesses cosigned it: {missing} did not",
            seen=", ".join(_present(policy, keys)) or "no witness",
            wanted=policy.rule(),
            remedies=(_ASK,),
        )


def _present(policy: QuorumPolicy, keys: set[bytes]) -> list[str]:
    found = (one for one in policy.witnesses.values() if one.key.public_key in keys)
    return [shown(one.name) for one in found]


_problem = partial(ledger_problem, remedies=())
