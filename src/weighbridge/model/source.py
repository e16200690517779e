"""What every open source of bytes does alike (`ports.ByteSource`).

Whether bytes changed while they were read is not among it: nothing answers that by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Source:
    """A source without a name of its own that holds nothing open, unless it says otherwise."""

    __slots__ = ()

    def identity(self) -> str:
        """Name nothing: such bytes are always read."""
        return ""

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
