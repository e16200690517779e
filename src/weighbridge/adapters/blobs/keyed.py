"""What keeps bytes by name, wherever it lies; it neither knows nor checks digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import ByteSource, Held, Located


class Arrival(Protocol):
    """Bytes on their way into a store, without a name."""

    def write(self, data: bytes) -> None:
        """Append bytes."""

    def close(self) -> None:
        """End the writing and let go of what it held open; nobody sees the bytes yet."""

    def place(self, name: str) -> None:
        """Make them durable and visible under a name, at once and whole; they are new there.

        What lies there is replaced.

        Raises:
            StorageError: They are not there now.
        """

    def discard(self) -> None:
        """Forget them; harmless after `place`."""


class Keyed(Protocol):
    """A place that keeps bytes by name.

    To find bytes and make them young, or to place them, excludes `remove` of the same name: who
    was told that bytes are there has them for as long as the remover's grace.
    """

    def held(self, name: str) -> Held | None:
        """Say what lies under a name; None if nothing."""

    def open(self, name: str) -> ByteSource:
        """Open what lies under a name.

        Raises:
            FileNotFoundError: Nothing does.
            RegistryError: It cannot be read.
            UnavailableError: The place does not answer.
        """

    def refresh(self, name: str) -> bool:
        """Make what lies under a name as young as if it was placed now.

        Returns:
            Whether it is; if not, it is to be placed again.
        """

    def arrive(self) -> Arrival:
        """Begin to take in bytes."""

    def claim(self, name: str, data: bytes) -> tuple[bytes, bool]:
        """Put bytes under a name unless there are some.

        Returns:
            What lies there, and whether the place itself saw to it that nothing was replaced.
        """

    def listed(self, area: str = "", *, after: str = "") -> Iterator[Held]:
        """List what lies in one area or in all, sorted by name; behind a name, if one is given."""

    def remove(self, name: str, *, before: float) -> bool:
        """Remove what lies under a name, if it was placed or refreshed before a time.

        Returns:
            Whether it did.
        """

    def now(self) -> float:
        """Tell the time by the clock `Held.modified` is of."""

    def where(self, name: str) -> str:
        """Say in words where a name lies."""

    def locate(self, name: str) -> Located | None:
        """Say where another process finds what lies under a name."""
