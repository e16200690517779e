"""Answers that are kept for a while, so that who asks again gets the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

LEASE: Final = 4
"""Seconds after which who answers something, and is not heard of, is taken for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known under a key.

    Attributes:
        request: Digest of what was asked.
        status: HTTP status; 0 while somebody is answering.
        body: The answer.
    """

    request: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to answer, of one process alone, for as long as it is heard of.

    Attributes:
        key: The asker's key.
        credential: Who asks.
        number: Told to nobody else.
        again: Whether somebody was answering before who is not heard of any more: what he was to
            do may have been done.
    """

    key: str
    credential: str
    number: str
    again: bool


class Idempotency(Protocol):
    """Remembers answers by a key the asker chose (Idempotency-Key), for a day."""

    def begin(self, key: str, credential: str, request: str, *, now: str) -> Claim | Kept:
        """Say that something is to be answered, or return what is known of it.

        Args:
            key: The asker's key.
            credential: Who asks; keys of different askers have nothing to do with each other.
            request: Digest of what is asked.
            now: The time.

        Returns:
            A claim if it is to be answered now: then `finish` or `forget` follows, and `renew`
            every second until then. Else what was asked under the key before, and the answer if
            there is one.
        """

    def renew(self, claim: Claim, *, now: str) -> None:
        """Say that it is still being answered."""

    def holds(self, claim: Claim) -> bool:
        """Tell whether nobody else has taken it over."""

    def finish(self, claim: Claim, *, status: int, body: bytes) -> None:
        """Keep the answer, unless somebody else has taken over."""

    def forget(self, claim: Claim) -> None:
        """Forget what was begun and had no effect, unless somebody else has taken over."""
