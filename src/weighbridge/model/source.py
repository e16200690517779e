"""What every open source of bytes does alike (`ports.ByteSource`).

Whether bytes changed while they were read is not among it: nothing answers that by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Closing:
    """Something that is open until it is closed; nothing is held open unless it says otherwise."""

    __slots__ = ()

    def close(self) -> None:
        """Do nothing: nothing is held open."""

    def __enter__(self) -> Self:
        """Hold it open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


class Source(Closing):
    """A source without a name of its own."""

    __slots__ = ()

    def identity(self) -> str:
        """Name nothing: such bytes are always read."""
        return ""
