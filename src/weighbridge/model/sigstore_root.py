"""A root of Sigstore's: who issues certificates, and whose logs and timestamps prove them.

Its form is that of `trusted_root.json` (sigstore/protobuf-specs, TrustedRoot). Owners publish one;
none ships with this version, and none is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "sigstore-root"
MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
_NEEDED = ("certificateAuthorities", "ctlogs", "tlogs")
_STAMPS = "timestampAuthorities"
_VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SigstoreRoot:
    """Whom owners let vouch for identities.

    Attributes:
        data: The document, as plain values.
    """

    data: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Over its canonical bytes: `sha256:` and 64 digits."""
        return f"sha256:{sha256(canonical_bytes(dict(self.data))).hexdigest()}"

    @property
    def version(self) -> str:
        """It has none of its own: the first digits of its digest."""
        return self.digest.removeprefix("sha256:")[:_VERSION_DIGITS]

    def at(self, time: datetime) -> SigstoreRoot:
        """Leave out whoever did not count at a time: not yet, or no longer."""
        kept = {
            name: [one for one in value if _counts(one, time)] if isinstance(value, list) else value
            for name, value in self.data.items()
        }
        return SigstoreRoot(data=kept)


def read_root(data: Mapping[str, Any]) -> SigstoreRoot:
    """Read a root from plain values.

    Raises:
        ValueError: It is none, or nothing could be proven by it.
    """
    known = {"mediaType", *_NEEDED, _STAMPS}
    if data.get("mediaType") != MEDIA_TYPE or not data.keys() <= known:
        raise ValueError(f"it is no {MEDIA_TYPE}")
    for name in known - {"mediaType"}:
        listed = data.get(name, [])
        if not isinstance(listed, list) or (name in _NEEDED and not listed):
            raise ValueError(f"it names no {name}")
        for one in listed:
            _counts(one, datetime.max.replace(tzinfo=UTC))
    return SigstoreRoot(data=data)


def _counts(one: Mapping[str, Any], time: datetime) -> bool:
    """Tell whether a time lies in the period somebody counts for; a log has that at its key."""
    period = one.get("validFor", one.get("publicKey", {}).get("validFor", {}))
    start, end = (period.get(name) for name in ("start", "end"))
    if start is not None and time < _moment(start):
        return False
    return end is None or time <= _moment(end)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return found
