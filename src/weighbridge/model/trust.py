"""Who is trusted with what, and since when: the trust snapshot, and its canonical bytes.

A snapshot that could be understood in two ways cannot be built: one key has one holder, lists
are sorted, times have one form. Whether a key is a good one is not judged here (`seal.keys`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.base64text import read_base64, write_base64
from weighbridge.model.canonical import MAX_INTEGER, canonical_bytes, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::[1-9][0-9]{0,4})?"
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")


class TrustError(ValueError):
    """A trust snapshot, a key in it or a time is not in its one form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Somebody's key or identity, and what it may do.

    Attributes:
        person: Who holds it.
        roles: What it may sign as, sorted.
        since: From when it counts (`check_time`), or empty for always.
        until: From when it counts no longer, or empty for ever.
        revoked_at: From when on it is revoked, or empty.
        reason: Why it was revoked.
    """

    person: str
    roles: tuple[str, ...]
    since: str = ""
    until: str = ""
    revoked_at: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not in its one form."""
        check_name(self.person)
        _check_names(self.roles, "roles")
        for time in filter(None, (self.since, self.until, self.revoked_at)):
            check_time(time)
        if self.reason and not self.revoked_at:
            raise TrustError(f"the key of {self.person} has a reason but is not revoked")

    @property
    def spki(self) -> str:
        """What signatures are told apart by: `sha256:` and 64 digits."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey(Trusted):
    """A public key and what it may do.

    Attributes:
        key: Its SubjectPublicKeyInfo (RFC 5280), DER.
        held_by: Origin of the server that holds the private half and signs in the person's name;
            empty if the person holds it himself.
    """

    key: bytes
    held_by: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not in its one form."""
        # Not super(): a class with slots is another than the one this stands in.
        Trusted.__post_init__(self)
        if self.held_by:
            check_origin(self.held_by)

    @property
    def spki(self) -> str:
        """The key's identity: `sha256:` and 64 digits, over its SubjectPublicKeyInfo."""
        return f"sha256:{sha256(self.key).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIdentity(Trusted):
    """An identity that signs with a new key each time, as Sigstore's certificates name it.

    Attributes:
        issuer: Who vouches for it: the address of an OIDC provider.
        subject: Whom that names: an e-mail address, or the address of a workflow at its ref.
    """

    issuer: str
    subject: str

    def __post_init__(self) -> None:
        """Refuse what is not in its one form."""
        # Not super(): a class with slots is another than the one this stands in.
        Trusted.__post_init__(self)
        check_name(self.issuer)
        check_name(self.subject)

    @property
    def spki(self) -> str:
        """What stands for its key: `identity_digest`."""
        return identity_digest(self.issuer, self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSnapshot:
    """All trust before one ledger entry, folded from the entries of the control plane.

    Attributes:
        as_of: Index of the entry it stands before.
        owners: Persons who own the registry, sorted.
        threshold: How many of them must sign a change.
        keys: Every key ever trusted, sorted by identity, each once.
        log_key: The log's key (signed-note verifier key), or empty.
        identities: Every identity ever trusted, sorted by digest, each once.
    """

    as_of: int
    owners: tuple[str, ...]
    threshold: int
    keys: tuple[TrustedKey, ...] = ()
    log_key: str = ""
    identities: tuple[TrustedIdentity, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not in its one form."""
        _check_names(self.owners, "owners")
        if not 0 <= self.as_of <= MAX_INTEGER:
            raise TrustError(f"{self.as_of} is not the index of an entry")
        if not 1 <= self.threshold <= len(self.owners):
            raise TrustError(f"{self.threshold} of {len(self.owners)} owners can never sign")
        _check_order([key.spki for key in self.keys], "keys")
        _check_order([one.spki for one in self.identities], "identities")

    @property
    def holdings(self) -> tuple[Trusted, ...]:
        """All keys and identities."""
        return (*self.keys, *self.identities)

    @property
    def roles(self) -> frozenset[str]:
        """Every role somebody has."""
        return frozenset(role for one in self.holdings for role in one.roles)

    def find(self, digest: str) -> Trusted | None:
        """Find a key or an identity by its digest."""
        return next((one for one in self.holdings if one.spki == digest), None)


def identity_digest(issuer: str, subject: str) -> str:
    """Return what stands for the key of an identity: `sha256:` and 64 digits.

    Over the canonical JSON of both, which is no SubjectPublicKeyInfo: no key has the same.
    """
    data = canonical_bytes({"issuer": issuer, "subject": subject})
    return f"sha256:{sha256(data).hexdigest()}"


def server_holding(one: Trusted) -> str:
    """Return the origin of the server that signs in somebody's name; empty if he does himself."""
    return one.held_by if isinstance(one, TrustedKey) else ""


def owners_of(keys: Iterable[TrustedKey], *, at: str = "") -> tuple[str, ...]:
    """List the persons who hold an owner's key that is not revoked, sorted.

    Args:
        keys: All keys.
        at: Only by keys that are valid then (`check_time`), neither expired nor still to come;
            empty for any time.
    """
    holders = {
        key.person
        for key in keys
        if "owner" in key.roles
        and not key.revoked_at
        and (not at or (key.since <= at and not (key.until and at >= key.until)))
    }
    return tuple(sorted(holders))


def check_name(name: str) -> str:
    """Return a name that no other could pass for on a screen, or under another encoding.

    Raises:
        TrustError: It is empty, has blanks around it, is not printable or not in form C.
    """
    if not name or name != name.strip() or not name.isprintable():
        raise TrustError(f"{name!r} is not a name")
    if not unicodedata.is_normalized("NFC", name):
        raise TrustError(f"{name!r} is not in Unicode normal form C")
    return name


def check_origin(text: str) -> str:
    """Return the origin of a server in its one form: scheme, host and perhaps port, lower case.

    Raises:
        TrustError: It is in another form.
    """
    if not _ORIGIN.fullmatch(text):
        raise TrustError(f"{text!r} is not of the form https://HOST[:PORT]")
    return text


def check_time(text: str) -> str:
    """Return a time that is RFC 3339 in its one form, `YYYY-MM-DDTHH:MM:SSZ`.

    In this form, times compare as text.

    Raises:
        TrustError: It is in another form, or no such moment exists.
    """
    if not _TIME.fullmatch(text):
        raise TrustError(f"{text!r} is not of the form YYYY-MM-DDTHH:MM:SSZ")
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise TrustError(f"there is no {text}") from error
    return text


def write_snapshot(snapshot: TrustSnapshot) -> bytes:
    """Write a snapshot as canonical JSON (RFC 8785).

    Raises:
        NotCanonicalError: A free text (`reason`, `log_key`) holds half a surrogate pair.
    """
    tree: dict[str, object] = {
        "asOf": snapshot.as_of,
        "keys": [
            {
                **_written(key),
                # Keys that nobody holds for another keep the bytes they had before any did.
                **({"heldBy": key.held_by} if key.held_by else {}),
                "key": write_base64(key.key),
                "spki": key.spki,
            }
            for key in snapshot.keys
        ],
        "logKey": snapshot.log_key,
        "owners": list(snapshot.owners),
        "threshold": snapshot.threshold,
    }
    if snapshot.identities:  # snapshots without any keep the bytes they had before there were such
        tree["identities"] = [
            {**_written(one), "issuer": one.issuer, "subject": one.subject}
            for one in snapshot.identities
        ]
    return canonical_bytes(tree)


def _written(one: Trusted) -> dict[str, object]:
    return {
        "from": one.since,
        "person": one.person,
        "reason": one.reason,
        "revokedAt": one.revoked_at,
        "roles": list(one.roles),
        "until": one.until,
    }


def read_snapshot(data: bytes) -> TrustSnapshot:
    """Read a snapshot from its canonical bytes and from no others.

    Raises:
        TrustError: It is not one, byte for byte.
    """
    try:
        snapshot = _snapshot(read_json(data))
    except (KeyError, TypeError, ValueError) as error:
        raise TrustError(f"this is not a trust snapshot: {error}") from error
    # Whatever was overlooked above, unknown members or a wrong spki, shows here.
    if write_snapshot(snapshot) != data:
        raise TrustError("the trust snapshot is not in its canonical form")
    return snapshot


def snapshot_digest(snapshot: TrustSnapshot) -> str:
    """Return `sha256:` and 64 digits, over the snapshot's canonical bytes."""
    return f"sha256:{sha256(write_snapshot(snapshot)).hexdigest()}"


def _snapshot(tree: Any) -> TrustSnapshot:  # noqa: ANN401 - nobody has validated it yet
    keys = tuple(
        TrustedKey(
            key=read_base64(_text(key["key"])),
            held_by=_text(key.get("heldBy", "")),
            **_held(key),
        )
        for key in tree["keys"]
    )
    identities = tuple(
        TrustedIdentity(issuer=_text(one["issuer"]), subject=_text(one["subject"]), **_held(one))
        for one in tree.get("identities", [])
    )
    return TrustSnapshot(
        as_of=_integer(tree["asOf"]),
        owners=tuple(map(_text, tree["owners"])),
        threshold=_integer(tree["threshold"]),
        keys=keys,
        log_key=_text(tree["logKey"]),
        identities=identities,
    )


def _held(tree: Any) -> dict[str, Any]:  # noqa: ANN401 - nobody has validated it yet
    return {
        "person": _text(tree["person"]),
        "roles": tuple(map(_text, tree["roles"])),
        "since": _text(tree["from"]),
        "until": _text(tree["until"]),
        "revoked_at": _text(tree["revokedAt"]),
        "reason": _text(tree["reason"]),
    }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TrustError(f"{value!r} is not text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TrustError(f"{value!r} is not an integer")
    return value


def _check_names(names: tuple[str, ...], what: str) -> None:
    for name in names:
        check_name(name)
    _check_order(names, what)


def _check_order(names: Iterable[str], what: str) -> None:
    listed = list(names)
    if listed != sorted(set(listed)):
        raise TrustError(f"the {what} are not sorted, or one stands twice")
