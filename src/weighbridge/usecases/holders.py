"""Who holds a role now: by the trust that owners gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.trust import Trusted, TrustSnapshot


def holds(one: Trusted, at: str) -> bool:
    """Tell whether a key or identity counts at a time."""
    return not one.revoked_at and one.since <= at and not (one.until and at >= one.until)


def holders(trust: TrustSnapshot, at: str) -> dict[str, tuple[str, ...]]:
    """List the persons who hold each role at a time, sorted; a role nobody holds is left out."""
    found: dict[str, set[str]] = {}
    for one in trust.holdings:
        for role in one.roles if holds(one, at) else ():
            found.setdefault(role, set()).add(one.person)
    return {role: tuple(sorted(people)) for role, people in sorted(found.items())}


def people_of(roles: Iterable[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    """List the persons who hold one of some roles, sorted."""
    return sorted({person for role in roles for person in known.get(role, ())})
