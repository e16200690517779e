"""Trusting and revoking keys and identities, each said in one way only.

Such a change is read by building it again from its own parameters: what does not come out the
same was not built here. Whether it fits the trust there is, is not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.base64text import NotBase64Error, read_base64, write_base64
from weighbridge.model.canonical import NotCanonicalError
from weighbridge.model.trust import (
    Trusted,
    TrustedIdentity,
    TrustedKey,
    TrustError,
    check_name,
    check_time,
)
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle
from weighbridge.seal.keys import PublicKey, UnusableKeyError, read_public_key

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS_ONLY = frozenset({"owner", "witness"})
"""Roles an identity cannot have: what owners sign must be verified by `cryptography` alone and
without the root that they themselves publish, and witnesses sign checkpoints with their keys."""

ROLE_PREFIX = "role:"
"""`role:ml-lead` is how policies name the role `ml-lead`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What `key.revoke` says.

    Attributes:
        spki: The key's identity.
        person: Who holds it.
        revoked_at: From when on it counts no longer (`check_time`); empty for the time of the
            entry that applies the revocation.
        reason: Why, one line.
    """

    spki: str
    person: str
    revoked_at: str
    reason: str


def trust_key(
    key_der: bytes,
    *,
    person: str,
    roles: Iterable[str],
    since: str = "",
    until: str = "",
    held_by: str = "",
) -> Change:
    """Ask for a key to be trusted, or for its roles and times to be replaced.

    Args:
        key_der: Its SubjectPublicKeyInfo (RFC 5280).
        person: Who holds it.
        roles: What it may sign as; `role:ml-lead` is `ml-lead`.
        since: From when it counts (`check_time`), or empty for always.
        until: From when it counts no longer, or empty for ever.
        held_by: Origin of the server that holds the private half; empty if the person does.

    Raises:
        ControlError: Nobody could be asked for that.
    """
    der, names = usable_key(key_der).spki_der, _roles(roles)
    if held_by and "witness" in names:
        message = "no server is a witness in somebody's name: a witness watches over servers"
        raise ControlError(Obstacle.HELD_BY_SERVER, message)
    key = _trusted(der, person, names, (since, until), held_by)
    _check_lasts(since, until)
    held = {"heldBy": key.held_by} if key.held_by else {}
    return Change(
        Action.KEY_TRUST,
        subject=(f"key of {key.person}", key.spki),
        parameters={**_said_of(key), **held, "key": write_base64(key.key)},
    )


def trust_identity(
    issuer: str,
    subject: str,
    *,
    person: str,
    roles: Iterable[str],
    since: str = "",
    until: str = "",
) -> Change:
    """Ask for an identity to be trusted as a key is, or for its roles and times to be replaced.

    Args:
        issuer: Who vouches for it: the address of an OIDC provider, as certificates name it.
        subject: Whom that names, exactly: an e-mail address, or a workflow's address at its ref.
        person: Who answers for it.
        roles: What it may sign as; never owner or witness.
        since: From when it counts (`check_time`), or empty for always.
        until: From when it counts no longer, or empty for ever.

    Raises:
        ControlError: Nobody could be asked for that.
    """
    names = _roles(roles)
    if only := KEYS_ONLY.intersection(names):
        message = f"only a key can have the role {min(only)}; an identity is lent by its provider"
        raise ControlError(Obstacle.KEY_ONLY, message)
    identity = _trusted_identity((issuer, subject), person, names, since, until)
    _check_lasts(since, until)
    return Change(
        Action.KEY_TRUST,
        subject=(f"identity of {identity.person}", identity.spki),
        parameters={**_said_of(identity), "issuer": issuer, "subject": subject},
    )


def revoke_key(spki: str, *, person: str, reason: str, revoked_at: str = "") -> Change:
    """Ask for a key to be revoked.

    Args:
        spki: The key's identity.
        person: Who holds it.
        reason: Why, one line.
        revoked_at: From when on it counts no longer (`check_time`): when it got into other hands.
            Empty for the time of the entry that applies the revocation.

    Raises:
        ControlError: Nobody could be asked for that.
    """
    if not reason.strip():
        raise ControlError(Obstacle.NO_REASON, "a key is revoked for a reason")
    try:
        check_name(person)
        check_name(reason)
        if revoked_at:
            check_time(revoked_at)
    except TrustError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
    return Change(
        Action.KEY_REVOKE,
        subject=(f"key of {person}", spki),
        parameters={"person": person, "reason": reason, "revokedAt": revoked_at},
    )


def key_to_trust(change: Change) -> Trusted:
    """Read the key or identity of a `key.trust`.

    Raises:
        ControlError: It is not what `trust_key` or `trust_identity` asks for.
    """
    person, since, until = (_text(change, name) for name in ("person", "from", "until"))
    roles = change.parameters.get("roles")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise ControlError(Obstacle.NOT_IN_FORM, "the roles are not a list of texts")
    if "issuer" in change.parameters:
        issuer, subject = _text(change, "issuer"), _text(change, "subject")
        again = trust_identity(
            issuer, subject, person=person, roles=roles, since=since, until=until
        )
        _check_same(change, again)
        return _trusted_identity((issuer, subject), person, tuple(roles), since, until)
    try:
        der = read_base64(_text(change, "key"))
    except NotBase64Error as error:
        raise ControlError(Obstacle.NOT_IN_FORM, f"the key {error}") from error
    held_by = _text(change, "heldBy") if "heldBy" in change.parameters else ""
    again = trust_key(der, person=person, roles=roles, since=since, until=until, held_by=held_by)
    _check_same(change, again)
    return _trusted(der, person, tuple(roles), (since, until), held_by)


def revocation_of(change: Change) -> Revocation:
    """Read what a `key.revoke` says.

    Raises:
        ControlError: It is not what `revoke_key` asks for.
    """
    revocation = Revocation(
        spki=change.subject[1],
        person=_text(change, "person"),
        revoked_at=_text(change, "revokedAt"),
        reason=_text(change, "reason"),
    )
    again = revoke_key(
        revocation.spki,
        person=revocation.person,
        revoked_at=revocation.revoked_at,
        reason=revocation.reason,
    )
    _check_same(change, again)
    return revocation


def usable_key(data: bytes) -> PublicKey:
    """Read a public key that may be relied on.

    Raises:
        ControlError: It may not.
    """
    try:
        return read_public_key(data)
    except UnusableKeyError as error:
        raise ControlError(Obstacle.UNUSABLE_KEY, str(error)) from error


def _roles(roles: Iterable[str]) -> tuple[str, ...]:
    names = tuple(sorted({_role(role) for role in roles}))
    if not names:
        raise ControlError(Obstacle.NO_ROLES, "a key without roles is of no use; revoke it instead")
    if "log" in names:
        raise ControlError(Obstacle.LOG_ROLE, "the log has a key of its own; rotate it with --log")
    return names


def _check_lasts(since: str, until: str) -> None:
    if since and until and until <= since:
        raise ControlError(Obstacle.NEVER_VALID, f"the key would end at {until}, before it begins")


def _said_of(one: Trusted) -> dict[str, object]:
    return {
        "from": one.since,
        "person": one.person,
        "roles": list(one.roles),
        "until": one.until,
    }


def _role(text: str) -> str:
    name = text.removeprefix(ROLE_PREFIX)
    if name.startswith(ROLE_PREFIX):
        raise ControlError(Obstacle.NOT_IN_FORM, f"{text!r} is not the name of a role")
    return name


def _trusted(
    der: bytes, person: str, roles: tuple[str, ...], times: tuple[str, str], held_by: str
) -> TrustedKey:
    since, until = times
    try:
        return TrustedKey(
            key=der, person=person, roles=roles, since=since, until=until, held_by=held_by
        )
    except TrustError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error


def _trusted_identity(
    named: tuple[str, str], person: str, roles: tuple[str, ...], since: str, until: str
) -> TrustedIdentity:
    issuer, subject = named
    try:
        return TrustedIdentity(
            issuer=issuer, subject=subject, person=person, roles=roles, since=since, until=until
        )
    except (TrustError, NotCanonicalError) as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error


def _text(change: Change, name: str) -> str:
    value = change.parameters.get(name)
    if not isinstance(value, str):
        raise ControlError(Obstacle.NOT_IN_FORM, f"the parameter {name!r} is not text")
    return value


def _check_same(change: Change, again: Change) -> None:
    if change != again:
        raise ControlError(Obstacle.NOT_IN_FORM, f"the {change.action} is not in its one form")
