"""How long a registry is waited for, and how often it is asked again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


class DroppedError(Exception):
    """An exchange ended before its end, or the registry asks to come again; it may pass."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        """Say what happened.

        Args:
            reason: In words, without a credential.
            after: Seconds the registry asked to wait, if it did.
        """
        super().__init__(reason)
        self.after = after


def wait(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits of waiting.

    Attributes:
        connect: Seconds a connection may take to come about.
        silence: Seconds without a single byte.
        finish: Seconds a registry may take to keep an upload whose bytes it has.
        window: Seconds in each of which at least `pace` bytes a second must come.
        pace: Bytes a second; below it a server is stalling, not slow.
        tries: Times the same thing is asked for; a long transfer has one more for each chunk.
        first: Seconds before the second try; each further wait is twice as long.
        longest: Seconds of the longest wait, also if the registry asks for more.
        wait: Lets time pass.
        clock: Seconds since any moment.
    """

    connect: float = 15
    silence: float = 60
    finish: float = 600
    window: float = 60
    pace: int = 1024
    tries: int = 6
    first: float = 0.5
    longest: float = 60
    wait: Callable[[float], object] = wait
    clock: Callable[[], float] = time.monotonic


class Attempts:
    """Counts the tries of one thing."""

    def __init__(self, patience: Patience, what: str, *, more: int = 0) -> None:
        """Begin with the first try.

        Args:
            patience: The limits.
            what: What is tried, for messages: `HOST`, or what of it.
            more: Tries beyond those of the limits.
        """
        self._patience, self._what = patience, what
        self._left = patience.tries + more - 1
        self._in_row = 0

    def progressed(self) -> None:
        """Say that the last try got further: the next wait is a short one again."""
        self._in_row = 0

    def again(self, error: DroppedError) -> None:
        """Wait for the next try.

        Raises:
            UnavailableError: There is none left, or the registry asks for too long a wait.
        """
        longest = self._patience.longest
        pause = min(self._patience.first * 2**self._in_row, longest)
        asked = error.after or 0
        if self._left <= 0 or self._in_row + 1 >= self._patience.tries or asked > longest:
            wanted = f"it asks to come again in {asked:.0f} s" if asked > longest else ""
            raise UnavailableError(
                f"{self._what} is not available: {error}",
                cause=wanted,
                help=[
                    "check the address, and that something answers there",
                    "or run it again later: what has arrived is not sent again",
                ],
            ) from None
        self._left -= 1
        self._in_row += 1
        self._patience.wait(max(pause, asked))


class Pace:
    """Watches that bytes keep coming."""

    def __init__(self, patience: Patience) -> None:
        """Begin now."""
        self._patience = patience
        self._since, self._seen = patience.clock(), 0

    def saw(self, amount: int) -> None:
        """Count bytes.

        Raises:
            DroppedError: There were too few of them for a while.
        """
        self._seen += amount
        passed = self._patience.clock() - self._since
        if passed < self._patience.window:
            return
        if self._seen < passed * self._patience.pace:
            raise DroppedError(f"it sent {self._seen} bytes in {passed:.0f} s")
        self._since, self._seen = self._patience.clock(), 0
