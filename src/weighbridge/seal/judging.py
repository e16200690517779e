"""Whether a signature counts: by whom, in which role, at a stated time, about which release.

Nothing here trusts what a bundle says of itself. The hint only says which key to try first; a
key counts as what the trust snapshot says it is, and as that key only, however often it is
listed. A signature's bytes are never an identity. Nor is the key of a keyless signature: that
counts as the identity its certificate was issued to, whoever's port proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError
from weighbridge.model.keyless import KeylessError, RootlessError
from weighbridge.model.trust import check_time, identity_digest, server_holding
from weighbridge.seal.dsse import PAYLOAD_TYPE, pre_authentication_encoding
from weighbridge.seal.keys import PublicKey, UnusableKeyError, read_public_key, verify_signature
from weighbridge.seal.statement import StatementError, read_statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from weighbridge.model.keyless import KeylessVerifier
    from weighbridge.model.trust import Trusted, TrustedKey, TrustSnapshot
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.material import Keyless


class Reason(StrEnum):
    """Why a signature does not count."""

    BAD_SIGNATURE = "bad-signature"
    EXPIRED = "expired"
    NOT_A_STATEMENT = "not-a-statement"
    NOT_JUDGED = "not-judged"
    NOT_PROVEN = "not-proven"
    NOT_YET_VALID = "not-yet-valid"
    NO_ROOT = "no-root"
    OTHER_PREDICATE = "other-predicate"
    OTHER_STATEMENT = "other-statement"
    OTHER_SUBJECT = "other-subject"
    REVOKED = "revoked"
    UNKNOWN_IDENTITY = "unknown-identity"
    UNKNOWN_KEY = "unknown-key"
    WEAK_KEY = "weak-key"
    WRONG_HINT = "wrong-hint"
    WRONG_PAYLOAD_TYPE = "wrong-payload-type"
    WRONG_ROLE = "wrong-role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose signature it is, and that it counts.

    Attributes:
        person: Who holds the key.
        roles: All roles the key has, sorted.
        spki: The key's identity, or what stands for it where no key lasts (`identity_digest`).
        held_by: Origin of the server that signed in the person's name; empty if he did himself.
    """

    person: str
    roles: tuple[str, ...]
    spki: str
    held_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a signature does not count, and what to do.

    Attributes:
        code: Rule it breaks: INT005 (missing or invalid) or INT006 (untrusted signer).
        reason: Which way.
        seen: What is there.
        wanted: What should have been there.
        remediation: What to do.
    """

    code: str
    reason: Reason
    seen: str
    wanted: str
    remediation: str


_SIGN_AGAIN = "have the statement signed again, by `weighbridge sign` or `weighbridge attest`"
_TRUST = "if the key is right, an owner trusts it: `weighbridge key trust PEM --person P --role R`"
_TRUST_IDENTITY = (
    "if the identity is right, an owner trusts it:"
    " `weighbridge key trust --identity SUBJECT --issuer URL --person P --role R`"
)
_PUBLISH_ROOT = "owners publish a root: `weighbridge advisories update --from trusted_root.json`"
_INSTALL = 'pip install "weighbridge[sigstore]"'
_OTHER_KEY = "have the statement signed with a key that counts at that time"
_RIGHT_EVIDENCE = "give the evidence that was signed for this release"
_REMEDIES = {
    Reason.BAD_SIGNATURE: ("INT005", _SIGN_AGAIN),
    Reason.EXPIRED: ("INT006", _OTHER_KEY),
    Reason.NOT_A_STATEMENT: ("INT005", _SIGN_AGAIN),
    Reason.NOT_JUDGED: ("INT005", _INSTALL),
    Reason.NOT_PROVEN: ("INT005", _SIGN_AGAIN),
    Reason.NOT_YET_VALID: ("INT006", _OTHER_KEY),
    Reason.NO_ROOT: ("INT006", _PUBLISH_ROOT),
    Reason.OTHER_PREDICATE: ("INT005", _RIGHT_EVIDENCE),
    Reason.OTHER_STATEMENT: ("INT005", "have this very statement signed, byte for byte"),
    Reason.OTHER_SUBJECT: ("INT005", _RIGHT_EVIDENCE),
    Reason.REVOKED: ("INT006", _OTHER_KEY),
    Reason.UNKNOWN_IDENTITY: ("INT006", _TRUST_IDENTITY),
    Reason.UNKNOWN_KEY: ("INT006", _TRUST),
    Reason.WEAK_KEY: ("INT006", "replace the key with one made by `weighbridge key new`"),
    Reason.WRONG_HINT: ("INT005", _SIGN_AGAIN),
    Reason.WRONG_PAYLOAD_TYPE: ("INT005", _SIGN_AGAIN),
    Reason.WRONG_ROLE: ("INT006", _TRUST),
}


def judge(
    bundle: Bundle,
    *,
    snapshot: TrustSnapshot,
    at: str,
    roles: Collection[str],
    subject_digests: Collection[str] | None,
    predicate_type: str,
    keyless: KeylessVerifier | None = None,
) -> Signer | Refusal:
    """Judge whether a bundle's signature counts.

    Args:
        bundle: The bundle, as read.
        snapshot: Who is trusted.
        at: The time it is judged at (`check_time`): the ledger's time of the evidence.
        roles: Roles of which the key must have one; none given, none counts.
        subject_digests: Digests of which the statement must name one; None for any.
        predicate_type: What the statement must be.
        keyless: Proves signatures without a lasting key; None, and none of them counts.

    Raises:
        TrustError: `at` is not a time in its one form.
    """
    check_time(at)
    if bundle.payload_type != PAYLOAD_TYPE:
        return refuse(Reason.WRONG_PAYLOAD_TYPE, bundle.payload_type, PAYLOAD_TYPE)
    key = _signing(bundle, snapshot, keyless)
    if isinstance(key, Refusal):
        return key
    return (
        _refuse_time(key, at)
        or _refuse_role(key, roles)
        or _refuse_payload(bundle.payload, subject_digests, predicate_type)
        or Signer(person=key.person, roles=key.roles, spki=key.spki, held_by=server_holding(key))
    )


def refuse_holder(
    digest: str, *, snapshot: TrustSnapshot, at: str, roles: Collection[str]
) -> Refusal | None:
    """Say before anything is signed why no signature of a key or an identity would count.

    Args:
        digest: The key's identity, or what stands for it (`identity_digest`).
        snapshot: Who is trusted.
        at: The time it is judged at (`check_time`).
        roles: Roles of which it must have one; none given, none counts.

    Returns:
        Why not; None if one may count. Whether it does is for `judge` to say, of its bytes.
    """
    check_time(at)
    trusted = snapshot.find(digest)
    if trusted is None:
        return refuse(Reason.UNKNOWN_KEY, digest, "a key or an identity of the trust snapshot")
    return _refuse_time(trusted, at) or _refuse_role(trusted, roles)


def refuse(reason: Reason, seen: str, wanted: str) -> Refusal:
    """Refuse a signature for a reason, with the rule it breaks and what to do."""
    code, remediation = _REMEDIES[reason]
    return Refusal(code=code, reason=reason, seen=seen, wanted=wanted, remediation=remediation)


def count(signers: Iterable[Signer]) -> int:
    """Count those who can only be different people holding different keys.

    Signers who share a key or a person, directly or through others, count as one.
    """
    groups: list[set[tuple[str, str]]] = []
    for signer in signers:
        group = {("key", signer.spki), ("person", signer.person)}
        apart = [other for other in groups if other.isdisjoint(group)]
        joined = [other for other in groups if not other.isdisjoint(group)]
        groups = [*apart, group.union(*joined)]
    return len(groups)


def reaches(signers: Iterable[Signer], threshold: int) -> bool:
    """Tell whether enough different people signed; a threshold below one is never reached."""
    return 1 <= threshold <= count(signers)


def _signing(
    bundle: Bundle, snapshot: TrustSnapshot, keyless: KeylessVerifier | None
) -> Trusted | Refusal:
    """Find the key or the identity that made the signature."""
    if bundle.keyless is None:
        return _signing_key(bundle, snapshot)
    return _signing_identity(bundle.keyless, snapshot, keyless)


def _signing_identity(
    claim: Keyless, snapshot: TrustSnapshot, verifier: KeylessVerifier | None
) -> Trusted | Refusal:
    """Find the identity that made a keyless signature.

    Whom the certificate names is looked at first: for an identity nobody trusts, nothing is
    verified, and nobody else's code is run on what a stranger wrote.
    """
    claimed = f"{claim.subject}, says {claim.issuer}"
    identity = snapshot.find(identity_digest(claim.issuer, claim.subject))
    if identity is None:
        return refuse(Reason.UNKNOWN_IDENTITY, claimed, "an identity of the trust snapshot")
    wanted = f"a signature that is proven to be of {claimed}"
    if verifier is None:
        return refuse(Reason.NOT_JUDGED, "nothing that verifies keyless signatures", wanted)
    try:
        verifier.verify(claim.document, issuer=claim.issuer, subject=claim.subject)
    except KeylessError as error:
        return refuse(Reason.NOT_PROVEN, str(error), wanted)
    except RootlessError as error:
        return refuse(Reason.NO_ROOT, str(error), wanted)
    except UnavailableError as error:
        return refuse(Reason.NOT_JUDGED, str(error), wanted)
    return identity


def _signing_key(bundle: Bundle, snapshot: TrustSnapshot) -> TrustedKey | Refusal:
    """Find the key that made the signature, the hinted one tried first."""
    hint = bundle.signer
    message = pre_authentication_encoding(bundle.payload)
    for key in sorted(snapshot.keys, key=lambda key: key.spki != hint):
        public_key = _usable(key)
        if public_key and verify_signature(public_key, message, bundle.signature):
            if key.spki == hint:
                return key
            # The hint is not signed: whoever changed it must not go unnoticed.
            return refuse(Reason.WRONG_HINT, hint, key.spki)
    hinted = next((key for key in snapshot.keys if key.spki == hint), None)
    if not hinted:
        return refuse(Reason.UNKNOWN_KEY, hint, "a key of the trust snapshot")
    if not _usable(hinted):
        return refuse(Reason.WEAK_KEY, hint, "an Ed25519, P-256 or P-384 key")
    return refuse(Reason.BAD_SIGNATURE, "a signature of other bytes", f"one by the key {hint}")


def _usable(key: TrustedKey) -> PublicKey | None:
    """Read a trusted key, unless it is weak or is spelled so that its identity is another's."""
    try:
        public_key = read_public_key(key.key)
    except UnusableKeyError:
        return None
    return public_key if public_key.spki_digest == key.spki else None


def _refuse_time(key: Trusted, at: str) -> Refusal | None:
    wanted = f"a key that counts at {at}"
    if key.revoked_at and at >= key.revoked_at:
        why = f", {key.reason}" if key.reason else ""
        return refuse(Reason.REVOKED, f"{key.person}'s, revoked at {key.revoked_at}{why}", wanted)
    if key.until and at >= key.until:
        return refuse(Reason.EXPIRED, f"{key.person}'s, valid until {key.until}", wanted)
    if at < key.since:
        return refuse(Reason.NOT_YET_VALID, f"{key.person}'s, valid from {key.since} on", wanted)
    return None


def _refuse_role(key: Trusted, roles: Collection[str]) -> Refusal | None:
    if set(roles).isdisjoint(key.roles):
        wanted = ", ".join(sorted(roles)) or "no role would do"
        return refuse(Reason.WRONG_ROLE, ", ".join(key.roles) or "no role", wanted)
    return None


def _refuse_payload(
    payload: bytes, subject_digests: Collection[str] | None, predicate_type: str
) -> Refusal | None:
    try:
        statement = read_statement(payload)
    except StatementError as error:
        return refuse(Reason.NOT_A_STATEMENT, str(error), "an in-toto Statement v1")
    if statement.predicate_type != predicate_type:
        return refuse(Reason.OTHER_PREDICATE, statement.predicate_type, predicate_type)
    about = {digest for _, digest in statement.subjects}
    if subject_digests is not None and about.isdisjoint(subject_digests):
        wanted = ", ".join(sorted(subject_digests)) or "no subject would do"
        return refuse(Reason.OTHER_SUBJECT, ", ".join(sorted(about)), wanted)
    return None
