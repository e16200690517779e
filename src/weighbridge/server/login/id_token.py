"""What an id_token must say, once its signature is verified (OpenID Connect Core, 3.1.3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import LoginError

if TYPE_CHECKING:
    from collections.abc import Mapping

SKEW: Final = 60
"""Seconds by which clocks may differ."""
_NAME: Final = 200
_GROUPS: Final = 2_000
_HASHES: Final = {"256": "sha256", "384": "sha384", "512": "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Who came back from his provider.

    Attributes:
        name: As the provider calls him.
        groups: What he belongs to.
        authenticated: When he proved to be himself; empty if the provider does not say.
    """

    name: str
    groups: tuple[str, ...]
    authenticated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the token of a login is held against.

    Attributes:
        issuer: Who must have made it.
        client: Whom it must be for.
        nonce: What ties it to the login.
        access_token: What came with it; empty if nothing did.
        algorithm: What signed it.
        since: When the person must have proved to be himself at the earliest; None for any time.
        now: The time; both in seconds since 1970.
        person_claim: Claim that has the person's name.
        groups_claim: Claim that has his groups.
    """

    issuer: str
    client: str
    nonce: str
    access_token: str
    algorithm: str
    since: int | None
    now: int
    person_claim: str
    groups_claim: str


def judge(claims: Mapping[str, Any], expected: Expected) -> Arrived:
    """Say who a token speaks of.

    Raises:
        LoginError: It is not for this login.
    """
    _judge_parties(claims, expected)
    if why := untimely(claims, now=expected.now):
        raise _refusal(why)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise _refusal("its nonce is another login's")
    _judge_access_token(claims, expected)
    return Arrived(
        name=_person(claims, expected.person_claim),
        groups=_groups(claims, expected.groups_claim),
        authenticated=_authenticated(claims, expected),
    )


def _judge_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise _refusal("another issuer made it")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client not in audiences:
        raise _refusal("it is for another client")
    party = claims.get("azp")
    if party != expected.client and (party is not None or len(audiences) > 1):
        raise _refusal("it was given to another client")


def untimely(claims: Mapping[str, Any], *, now: int) -> str:
    """Say what speaks against the times of a token; empty if nothing does.

    Args:
        claims: What it says.
        now: The time, in seconds since 1970.
    """
    for name in ("exp", "iat", "nbf"):
        if seconds_of(claims, name) is None and (name != "nbf" or name in claims):
            return f"its `{name}` is no time"
    if (seconds_of(claims, "exp") or 0) + SKEW <= now:
        return "it is over"
    if (seconds_of(claims, "iat") or 0) - SKEW > now:
        return "it is of the future"
    if (seconds_of(claims, "nbf") or 0) - SKEW > now:
        return "it does not count yet"
    return ""


def _judge_access_token(claims: Mapping[str, Any], expected: Expected) -> None:
    told = claims.get("at_hash")
    if told is None:
        return
    # Ed25519 hashes with SHA-512 by itself; the others say what they hash with.
    name = _HASHES.get(expected.algorithm[-3:], "")
    if expected.algorithm in {"EdDSA", "Ed25519"}:
        name = "sha512"
    if not name:
        raise _refusal("its at_hash cannot be computed")
    whole = hashlib.new(name, expected.access_token.encode()).digest()
    half = base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()
    if not isinstance(told, str) or not _same(told, half):
        raise _refusal("another access token belongs to it")


def _authenticated(claims: Mapping[str, Any], expected: Expected) -> str:
    """Say when the person proved to be himself, never later than now."""
    if "auth_time" not in claims:
        if expected.since is not None:
            raise _refusal("it does not say when the person proved to be himself")
        return ""
    at = seconds_of(claims, "auth_time")
    if at is None:
        raise _refusal("its `auth_time` is no time")
    if at - SKEW > expected.now:
        raise _refusal("its auth_time is of the future")
    if expected.since is not None and at + SKEW < expected.since:
        raise _refusal("the person did not prove anew to be himself")
    return datetime.fromtimestamp(min(at, expected.now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _person(claims: Mapping[str, Any], claim: str) -> str:
    name = claims.get(claim)
    if not isinstance(name, str) or not 0 < len(name) <= _NAME or not name.isprintable():
        wanted = f"the claim `{claim}`, a name of at most {_NAME} characters"
        raise LoginError(
            "the provider does not say who this is",
            wanted=wanted,
            help=["set person-claim in the server's settings to a claim the provider gives"],
        )
    return name


def _groups(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    found = claims.get(claim, [])
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or len(found) > _GROUPS:
        raise LoginError("the provider's groups are no list", wanted=f"at most {_GROUPS:,} names")
    return tuple(one for one in found if isinstance(one, str))


def seconds_of(claims: Mapping[str, Any], name: str) -> int | None:
    """Read a time, in seconds since 1970; None if it is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        return None
    return int(value)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(errors="replace"), right.encode(errors="replace"))


def _refusal(why: str) -> LoginError:
    return LoginError("the provider's token does not count here", cause=why, help=["log in again"])
