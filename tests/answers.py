"""Answers kept in memory, for servers of tests."""

from __future__ import annotations

from dataclasses import replace

from weighbridge.model.team.idempotency import Claim, Kept


class Answers:
    """Whoever begins something is alive until a test says that he died."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Kept] = {}
        self.claims: dict[tuple[str, str], Claim] = {}
        self.dead: set[str] = set()
        """Numbers of claims whose holders are not heard of any more."""

    def begin(self, key: str, credential: str, request: str, *, now: str) -> Claim | Kept:
        assert now
        place = (credential, key)
        known, before = self.kept.get(place), self.claims.get(place)
        again = before is not None and before.number in self.dead
        if known is not None and (known.status or known.request != request or not again):
            return known
        number = str(len(self.claims) + len(self.dead))
        claim = Claim(key=key, credential=credential, number=number, again=again)
        self.kept[place] = Kept(request=request, status=0, body=b"")
        self.claims[place] = claim
        return claim

    def renew(self, claim: Claim, *, now: str) -> None:
        """Hear of it."""

    def holds(self, claim: Claim) -> bool:
        return self.claims.get((claim.credential, claim.key)) == claim

    def finish(self, claim: Claim, *, status: int, body: bytes) -> None:
        if self.holds(claim):
            place = (claim.credential, claim.key)
            self.kept[place] = replace(self.kept[place], status=status, body=body)

    def forget(self, claim: Claim) -> None:
        if self.holds(claim):
            del self.kept[claim.credential, claim.key]
            del self.claims[claim.credential, claim.key]
