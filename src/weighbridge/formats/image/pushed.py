"""Bytes that are pushed, for a generator that says how many it wants next.

What it wants is gathered whole, what it passes is not copied; memory is bounded by its largest
wish.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Wish = Generator[int | bytes, bytes, None]
"""Yields a number of bytes it wants (positive) or passes (negative), or bytes it gives."""


class Pushed:
    """The bytes on their way to a generator.

    Attributes:
        passed: How many of them it took or passed.
        over: Whether it wants no more.
    """

    __slots__ = ("_held", "_parts", "_wanted", "_wish", "over", "passed")

    def __init__(self, wish: Wish) -> None:
        """Start the generator; it may not give anything before it took something."""
        self.passed = 0
        self.over = False
        self._wish = wish
        self._parts: list[bytes] = []
        self._held = 0
        first = next(wish)
        self._wanted = first if isinstance(first, int) else 0

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of what is wanted."""
        return self._held

    @property
    def lacking(self) -> bool:
        """Whether what was wanted or passed last has not come whole."""
        return not self.over and (self._held > 0 or self._wanted < 0)

    def push(self, piece: bytes) -> Iterator[bytes]:
        """Hand over bytes, and yield what comes of them.

        What is left of the piece when the generator wants no more stays unused: see `passed`.
        """
        at, end = 0, len(piece)
        while at < end and not self.over:
            wanted = self._wanted
            if wanted < 0:
                step = min(end - at, -wanted)
                self._wanted += step
                got = b""
                done = not self._wanted
            else:
                step = min(end - at, wanted - self._held)
                done = self._held + step == wanted
                got = piece[at : at + step]
                if self._parts or not done:
                    self._parts.append(got)
                    self._held += step
                    got = b"".join(self._parts) if done else b""
            at += step
            self.passed += step
            if done:
                self._parts, self._held = [], 0
                yield from self._go_on(got)

    def _go_on(self, got: bytes) -> Iterator[bytes]:
        try:
            answer = self._wish.send(got)
            while isinstance(answer, bytes):
                if answer:
                    yield answer
                answer = next(self._wish)
            self._wanted = answer
        except StopIteration:
            self.over = True
