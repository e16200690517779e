"""What changes make of the trust: the fold from entry 0 to a snapshot.

Whether anybody signed a change is not asked here (`authorisation`). No change may leave the
registry with fewer owners than must sign the next one: nobody could ever mend that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, assert_never

from weighbridge.model.trust import (
    Trusted,
    TrustedIdentity,
    TrustedKey,
    TrustError,
    TrustSnapshot,
    check_time,
    owners_of,
    server_holding,
)
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle
from weighbridge.seal.control.key_changes import key_to_trust, revocation_of, usable_key
from weighbridge.seal.control.log_changes import log_name, log_rotation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_Kind = TypeVar("_Kind", bound=Trusted)


def initial_trust(
    owners: Sequence[tuple[str, bytes]], *, threshold: int, log_key: str
) -> TrustSnapshot:
    """Build the trust a registry begins with: what stands before entry 1.

    Args:
        owners: Persons and their keys (SubjectPublicKeyInfo, DER); a person may have several.
        threshold: How many of the persons must sign a change.
        log_key: The log's key (signed-note verifier key), or empty.

    Raises:
        ControlError: A key cannot be relied on or is named twice, a name is none, or so many
            owners there are not.
    """
    try:
        keys = [
            TrustedKey(key=usable_key(der).spki_der, person=person, roles=("owner",))
            for person, der in owners
        ]
    except TrustError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
    if len({key.spki for key in keys}) != len(keys):
        raise ControlError(Obstacle.KEY_TWICE, "one key is named twice; one key has one holder")
    persons = owners_of(keys)
    if type(threshold) is not int or not 1 <= threshold <= len(persons):
        message = f"{threshold} of {len(persons)} owners can never sign"
        raise ControlError(Obstacle.THRESHOLD, message)
    return TrustSnapshot(
        as_of=1, owners=persons, threshold=threshold, keys=_in_order(keys), log_key=log_key
    )


def apply(snapshot: TrustSnapshot, change: Change, *, as_of: int, at: str) -> TrustSnapshot:
    """Return the trust after a change.

    Args:
        snapshot: The trust before.
        change: The change.
        as_of: Index of the entry the new trust stands before.
        at: Time of the entry that applies the change (`check_time`).

    Raises:
        ControlError: The change may not be made at all.
        TrustError: `as_of` or `at` is not in its one form.
    """
    check_time(at)
    if as_of < snapshot.as_of:
        message = f"the trust stands before entry {snapshot.as_of}, after entry {as_of}"
        raise ControlError(Obstacle.BACKWARDS, message)
    match change.action:
        case Action.KEY_TRUST:
            after = _with(snapshot, _trust(snapshot, key_to_trust(change)), at)
        case Action.KEY_REVOKE:
            after = _with(snapshot, _revoke(snapshot, change, at), at)
        case Action.LOG_ROTATE:
            after = replace(snapshot, log_key=_log_key(snapshot, change))
        case (
            Action.POLICY_PUBLISH
            | Action.ENVIRONMENT_APPLY
            | Action.DATA_PUBLISH
            | Action.PAYLOAD_ERASE
            | Action.RELEASE_HOLD
            | Action.RELEASE_UNHOLD
            | Action.ENVIRONMENT_FREEZE
            | Action.ENVIRONMENT_UNFREEZE
            | Action.RELEASE_BLOCK
            | Action.RELEASE_UNBLOCK
            | Action.RULES_PUBLISH
        ):
            after = snapshot
        case _:
            assert_never(change.action)
    return replace(after, as_of=as_of)


def _trust(snapshot: TrustSnapshot, key: Trusted) -> Trusted:
    known = snapshot.find(key.spki)
    if known:
        _check_held(known, key.person)
        _check_still_held(known, key)
    return key


def _revoke(snapshot: TrustSnapshot, change: Change, at: str) -> Trusted:
    revocation = revocation_of(change)
    known = snapshot.find(revocation.spki)
    if not known:
        raise ControlError(Obstacle.UNKNOWN_KEY, f"nobody trusts the key {revocation.spki}")
    _check_held(known, revocation.person)
    if revocation.revoked_at > at:
        message = f"a key is revoked at once or from earlier on, not from {revocation.revoked_at}"
        raise ControlError(Obstacle.IN_THE_FUTURE, message)
    return replace(known, revoked_at=revocation.revoked_at or at, reason=revocation.reason)


def _log_key(snapshot: TrustSnapshot, change: Change) -> str:
    key = log_rotation_of(change).key
    if log_name(key) != log_name(snapshot.log_key):
        message = f"the key is one of {log_name(key)}, not of {log_name(snapshot.log_key)}"
        raise ControlError(Obstacle.OTHER_LOG, message)
    return key


def _check_held(known: Trusted, person: str) -> None:
    if known.revoked_at:
        message = f"the key of {known.person} is revoked, for ever: {known.reason}"
        raise ControlError(Obstacle.REVOKED, message)
    if known.person != person:
        message = f"the key is held by {known.person}, not by {person}"
        raise ControlError(Obstacle.HELD_BY_ANOTHER, message)


def _check_still_held(known: Trusted, key: Trusted) -> None:
    """Refuse to forget that a server has a key: what it once had, it may have for ever."""
    before = server_holding(known)
    if before and not server_holding(key):
        message = f"the key is held by the server {before}: say so again, or trust another key"
        raise ControlError(Obstacle.HELD_BY_SERVER, message)


def _with(snapshot: TrustSnapshot, changed: Trusted, at: str) -> TrustSnapshot:
    """Put a key or an identity into a snapshot, in place of what was known of it."""
    every = [*(one for one in snapshot.holdings if one.spki != changed.spki), changed]
    keys = [one for one in every if isinstance(one, TrustedKey)]
    identities = [one for one in every if isinstance(one, TrustedIdentity)]
    left = len(owners_of(keys, at=at))
    if left < snapshot.threshold:
        message = f"owners left who can sign: {left}; who must sign a change: {snapshot.threshold}"
        raise ControlError(Obstacle.TOO_FEW_OWNERS, message)
    return replace(
        snapshot,
        owners=owners_of(keys),
        keys=_in_order(keys),
        identities=_in_order(identities),
    )


def _in_order(every: Sequence[_Kind]) -> tuple[_Kind, ...]:
    return tuple(sorted(every, key=lambda one: one.spki))
