"""Answers that are kept for a while, so that who asks again gets the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that was given.

    Attributes:
        request: Digest of what was asked.
        status: HTTP status; 0 while nobody has answered yet.
        body: The answer.
    """

    request: str
    status: int
    body: bytes


class Idempotency(Protocol):
    """Remembers answers by a key the asker chose (Idempotency-Key), for a day."""

    def begin(self, key: str, credential: str, request: str, *, now: str) -> Kept | None:
        """Say that something is to be answered, or return what is known of it.

        Args:
            key: The asker's key.
            credential: Who asks; keys of different askers have nothing to do with each other.
            request: Digest of what is asked.
            now: The time.

        Returns:
            None if it is new: then `finish` or `forget` follows. Else what was asked under the
            key before, and the answer if there is one.
        """

    def finish(self, key: str, credential: str, *, status: int, body: bytes) -> None:
        """Keep the answer."""

    def forget(self, key: str, credential: str) -> None:
        """Forget what was begun, and had no effect."""
