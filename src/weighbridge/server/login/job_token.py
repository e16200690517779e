"""What a job's token must say, once its signature is verified, and which entry of `[[ci]]` it fits.

Tokens of people who logged in at the same provider are none: a CI's says of itself which job runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.login.id_token import seconds_of, untimely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.team.server_settings import CiSettings

LONGEST: Final = 16_384
"""Characters of the longest token that is read."""
_PARTS: Final = 3
_LASTS: Final = 86_400
"""Seconds a job's token may count: until then it is remembered that it was shown."""
_OF_PEOPLE: Final = ("nonce", "auth_time", "at_hash", "c_hash")
"""Claims of tokens that follow from a person's login (OpenID Connect Core, 2 and 3.3.2.11)."""
_TYPES: Final = (None, "JWT", "jwt", "application/jwt")
_SHOWN: Final = 200


def part_of(token: str, place: int) -> Mapping[str, Any]:
    """Read a part of a token that nobody verified: 0 its header, 1 its claims; empty if unreadable.

    Args:
        token: The token (RFC 7519, compact).
        place: Which part.
    """
    parts = token.split(".")
    if len(parts) != _PARTS or len(token) > LONGEST or not token.isascii():
        return {}
    text = parts[place]
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def speaks_against(
    claims: Mapping[str, Any], header: Mapping[str, Any], *, issuer: str, now: int
) -> str:
    """Say why a token is no job's that counts now; empty if it is one.

    Args:
        claims: What it says.
        header: Its header.
        issuer: Who must have made it.
        now: The time, in seconds since 1970.
    """
    untimed = untimely(claims, now=now)
    lasts = (seconds_of(claims, "exp") or 0) - (seconds_of(claims, "iat") or 0)
    named = claims.get("jti", "none is none")
    checks = (
        (header.get("typ") not in _TYPES, "it is a token of another kind"),
        (claims.get("iss") != issuer, "another issuer made it"),
        (bool(untimed), untimed),
        (lasts > _LASTS, "it counts for longer than a job takes"),
        (any(one in claims for one in _OF_PEOPLE), "it is of a person who logged in, not of a job"),
        (not isinstance(named, str) or not named, "its `jti` is no name"),
    )
    return next((why for wrong, why in checks if wrong), "")


def differences(claims: Mapping[str, Any], entry: CiSettings) -> dict[str, str]:
    """Name the claims in which a token differs from an entry, with what it says there.

    A token that is for others, too, fits nobody: each of them could show it to the other.
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    found = {} if audiences == [entry.audience] else {"aud": _shown(audience)}
    for name, wanted in entry.claims.items():
        if not _fits(claims.get(name), wanted):
            found[name] = _shown(claims.get(name))
    return found


def identity_of(token: str, claims: Mapping[str, Any]) -> str:
    """Return what tells a token from others: its `jti`, or the digest of what is signed.

    The signature is no part of it: more than one may be made of one token's (ECDSA).
    """
    if "jti" in claims:
        return f"{claims['iss']}\njti\n{claims['jti']}"
    signed = token.rpartition(".")[0]
    return f"{claims['iss']}\nsha256\n{hashlib.sha256(signed.encode()).hexdigest()}"


def title_of(claims: Mapping[str, Any]) -> str:
    """Name a job for people, by its subject."""
    text = str(claims.get("sub", ""))[:100]
    return "".join(one if one.isprintable() else "?" for one in text) or "a CI job"


def _fits(found: object, wanted: str) -> bool:
    if not isinstance(found, str):
        return False
    if wanted.endswith("*"):
        return found.startswith(wanted.removesuffix("*"))
    return found == wanted


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:_SHOWN]
