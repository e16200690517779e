"""Seats: whose right to approve somebody uses, his own or that of who is away.

A delegation is judged at the time of what is said under it: it stood then, and who gave it could
have said the same himself. Nobody fills two seats, and no seat is filled twice. There are no
chains: what counts is the giver's own role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import Act

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from weighbridge.gate.case import Case, Said
    from weighbridge.model.trust import TrustSnapshot


def seats(said: Said, roles: Collection[str], case: Case) -> tuple[str, ...]:
    """Name the people whose right somebody may use for what he said.

    Args:
        said: What he said.
        roles: The roles it takes.
        case: The case it was said of.

    Returns:
        Himself, if he has one of these roles; else everybody for whom he stood in at that time.
    """
    if not frozenset(roles).isdisjoint(said.roles):
        return (said.person,)
    return tuple(giver for giver in _givers(said, case) if _held(case.trust, giver, roles, said.at))


def _givers(said: Said, case: Case) -> list[str]:
    """Name those whose delegation to somebody stood when he said something."""
    standing: set[str] = set()
    for one in sorted(case.delegations, key=lambda one: one.entry):
        theirs = one.environment == case.environment_name and one.to == said.person
        if not theirs or one.entry >= said.entry or one.person == said.person:
            continue
        if one.act is Act.WITHDRAW:
            standing.discard(one.person)
        elif one.since <= said.at < one.until:
            standing.add(one.person)
    return sorted(standing)


def _held(trust: TrustSnapshot, person: str, roles: Collection[str], at: str) -> bool:
    """Tell whether somebody could have signed with one of some roles himself, at a time."""
    return any(
        one.person == person
        and not frozenset(roles).isdisjoint(one.roles)
        and one.since <= at
        and not (one.until and at >= one.until)
        and not (one.revoked_at and at >= one.revoked_at)
        for one in trust.holdings
    )


def fill(wishes: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Give as many people as possible one seat each.

    Args:
        wishes: The seats each of them may take; who may take only his own comes first.

    Returns:
        Who took each seat.
    """
    taken: dict[str, str] = {}

    def place(person: str, tried: set[str]) -> bool:
        for seat in wishes[person]:
            if seat in tried:
                continue
            tried.add(seat)
            if seat not in taken or place(taken[seat], tried):
                taken[seat] = person
                return True
        return False

    for person in sorted(wishes, key=lambda person: (person not in wishes[person], person)):
        place(person, set())
    return taken


def told(taken: Mapping[str, str]) -> str:
    """Write who took which seat: a name, or a name for another."""
    named = (who if who == seat else f"{who} for {seat}" for seat, who in taken.items())
    return ", ".join(sorted(named))
