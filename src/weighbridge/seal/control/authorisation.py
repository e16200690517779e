"""Whether enough owners signed a proposal, and never its beneficiary alone.

Owners have no exemption: their signatures are judged as all others are, at the time of the entry
that would apply the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import CONTROL
from weighbridge.model.trust import check_time
from weighbridge.seal.control.change import Action, ControlError, Obstacle
from weighbridge.seal.control.key_changes import key_to_trust
from weighbridge.seal.control.log_changes import log_name
from weighbridge.seal.control.proposal import read_proposal
from weighbridge.seal.judging import Reason, Refusal, Signer, count, judge, refuse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.control.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Who signed a proposal, and whether that is enough.

    Attributes:
        signers: Owners whose signatures count, each key once, sorted by person and key.
        missing: How many more owners must sign; the beneficiary alone is never enough.
        refusals: Signatures that do not count: index of the bundle, and why.
        beneficiary: The person who gets roles by the change, or empty.
        impossible: The beneficiary is the only owner, so that waiting is no use.
    """

    signers: tuple[Signer, ...]
    missing: int
    refusals: tuple[tuple[int, Refusal], ...]
    beneficiary: str
    impossible: bool

    @property
    def granted(self) -> bool:
        """Whether the change may be applied: enough signed, and no signature is refused."""
        return not self.refusals and self.missing == 0


def authorise(
    bundles: Sequence[Bundle], *, payload: bytes, snapshot: TrustSnapshot, at: str
) -> Authorisation:
    """Judge what the signatures on a proposal amount to.

    Args:
        bundles: The bundles, as read.
        payload: The proposal they should be about, byte for byte.
        snapshot: Who is trusted before the change.
        at: Time of the entry that would apply it (`check_time`).

    Raises:
        ControlError: The payload is no proposal, or one for another log.
        TrustError: `at` is not in its one form.
    """
    check_time(at)
    proposal = read_proposal(payload)
    _check_log(proposal.log, snapshot)
    judged = [
        _judge(bundle, payload, proposal.change, snapshot=snapshot, at=at) for bundle in bundles
    ]
    signers = {verdict for verdict in judged if isinstance(verdict, Signer)}
    beneficiary = _beneficiary(proposal.change)
    return Authorisation(
        signers=tuple(sorted(signers, key=lambda signer: (signer.person, signer.spki))),
        missing=_missing(signers, beneficiary, snapshot.threshold),
        refusals=tuple(
            (index, verdict) for index, verdict in enumerate(judged) if isinstance(verdict, Refusal)
        ),
        beneficiary=beneficiary,
        impossible=snapshot.owners == (beneficiary,),
    )


def _check_log(log: str, snapshot: TrustSnapshot) -> None:
    name = log_name(snapshot.log_key)
    if log != name:
        raise ControlError(Obstacle.OTHER_LOG, f"the proposal is for the log {log}, not {name!r}")


def _judge(
    bundle: Bundle, payload: bytes, change: Change, *, snapshot: TrustSnapshot, at: str
) -> Signer | Refusal:
    if bundle.payload != payload:
        seen, wanted = (f"sha256:{sha256(data).hexdigest()}" for data in (bundle.payload, payload))
        return refuse(Reason.OTHER_STATEMENT, seen, wanted)
    if bundle.keyless is not None:
        # By whom those are proven, owners say; who owners are must not hang on it.
        return refuse(Reason.WRONG_ROLE, "an identity", "an owner's key")
    return judge(
        bundle,
        snapshot=snapshot,
        at=at,
        roles=allowed(Operation.CONTROL),
        subject_digests=[change.subject[1]],
        predicate_type=CONTROL,
    )


def _beneficiary(change: Change) -> str:
    return key_to_trust(change).person if change.action is Action.KEY_TRUST else ""


def _missing(signers: Collection[Signer], beneficiary: str, threshold: int) -> int:
    missing = max(threshold - count(signers), 0)
    if all(signer.person == beneficiary for signer in signers):
        return max(missing, 1)
    return missing
