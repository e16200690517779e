"""Who could do something: people whose keys count now and have a role for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.model.trust import Trusted, TrustSnapshot


def holders(trust: TrustSnapshot, roles: Collection[str], *, at: str) -> dict[str, set[str]]:
    """Find who holds one of some roles at a time: people, each with the identities of the keys."""
    found: dict[str, set[str]] = {}
    for one in trust.holdings:
        if counts(one, at=at) and not {*roles}.isdisjoint(one.roles):
            found.setdefault(one.person, set()).add(one.spki)
    return found


def roles_of(person: str, trust: TrustSnapshot, *, at: str) -> frozenset[str]:
    """Name the roles of somebody's keys that count at a time; none for nobody."""
    mine = (one for one in trust.holdings if person and one.person == person)
    return frozenset(role for one in mine if counts(one, at=at) for role in one.roles)


def counts(one: Trusted, *, at: str) -> bool:
    """Tell whether a key counts at a time: not revoked, not yet expired, not of later."""
    ended = bool(one.until) and at >= one.until
    return not ended and at >= one.since and not (one.revoked_at and at >= one.revoked_at)
