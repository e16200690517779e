"""Who somebody is: at a server, and in the ledger by his keys; and the API tokens he had made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.team.account import Via
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.team.account import Identity, Token
    from weighbridge.model.trust import TrustedKey

_KNOWN = {
    Via.NOBODY: "by nothing",
    Via.SESSION: "by a login",
    Via.TOKEN: "by an API token",
    Via.EXCHANGE: "by the identity of a CI job",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A key of the user, and what it is in the ledger.

    Attributes:
        name: What he calls it.
        digest: Digest of its public half.
        trusted: What owners said of it; None if nothing.
    """

    name: str
    digest: str
    trusted: TrustedKey | None


def render_identity(identity: Identity, *, server: str, origin: str) -> str:
    """Write whom a server takes somebody for."""
    rows = {
        "person": identity.person or "nobody",
        "known": _KNOWN[identity.via],
        "server": server,
        "scopes": ", ".join(sorted(identity.scopes)) or "none",
        "roles": ", ".join(sorted(identity.roles)) or "none",
        "until": identity.expires or "unknown",
        "from": origin,
    }
    return "".join(f"{name:<7} {visible(text)}\n" for name, text in rows.items())


def identity_json(identity: Identity, *, server: str, origin: str) -> dict[str, object]:
    """Write the same for programs."""
    return {
        "server": server,
        "person": identity.person,
        "via": identity.via.value,
        "scopes": sorted(identity.scopes),
        "roles": sorted(identity.roles),
        "expires": identity.expires,
        "authenticated": identity.authenticated,
        "origin": origin,
    }


def render_holders(holders: Sequence[Holder]) -> str:
    """Write who somebody's keys are in the ledger."""
    return "".join(f"{one.digest}  {visible(one.name)}: {_held(one)}\n" for one in holders)


def holder_json(holder: Holder) -> dict[str, object]:
    """Write one of them for programs."""
    found = holder.trusted
    return {
        "name": holder.name,
        "keyDigest": holder.digest,
        "person": found.person if found else "",
        "roles": list(found.roles) if found else [],
        "revoked": found.revoked_at if found else "",
        **({"heldBy": found.held_by} if found and found.held_by else {}),
    }


def render_tokens(tokens: Sequence[Token], *, now: str) -> str:
    """List tokens: what they are for, never what they are."""
    return "".join(
        f"{one.identifier}  {visible(one.person)}  {visible(one.label)}:"
        f" {', '.join(sorted(one.scopes))}; {_standing(one, now)}\n"
        for one in tokens
    )


def token_json(token: Token) -> dict[str, object]:
    """Write one of them for programs."""
    return {
        "id": token.identifier,
        "label": token.label,
        "person": token.person,
        "scopes": sorted(token.scopes),
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
        "revoked": token.revoked,
        "via": token.via.value,
    }


def _held(holder: Holder) -> str:
    found = holder.trusted
    if found is None:
        return "nobody in this ledger"
    revoked = f"; revoked from {found.revoked_at} on" if found.revoked_at else ""
    held = f"; held by the server {visible(found.held_by)}" if found.held_by else ""
    return f"{visible(found.person)}, {visible(', '.join(found.roles)) or 'no role'}{held}{revoked}"


def _standing(token: Token, now: str) -> str:
    if token.revoked:
        return f"revoked {visible(token.revoked)}"
    if token.expires <= now:
        return f"expired {visible(token.expires)}"
    used = f"used {visible(token.used)}" if token.used else "never used"
    return f"until {visible(token.expires)}, {used}"
