"""What it takes to move a registry, to keep a copy of it aside, and to bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from weighbridge.model.ports import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import ByteSource
    from weighbridge.model.standing import Store


class MovableRegistry(Registry, Protocol):
    """A registry that can hand over all it holds, or take it over."""

    @property
    def place(self) -> str:
        """Where it is, without any password."""

    @property
    def moved(self) -> str:
        """Where it has moved to; empty if it is here."""

    def move_to(self, place: str, transfer: Callable[[LedgerView], None]) -> None:
        """Hand over what is held while nobody writes, and let nobody write from then on.

        Args:
            place: Where it moves, without any password.
            transfer: Takes it over; if it raises, the registry stays.
        """

    def settle(self, shared: Store | None = None) -> Store | None:
        """Settle where blobs lie before the first of them is put, and say it; None as `store`.

        Args:
            shared: The store of the registry that is taken over, which may be the place.

        Raises:
            RegistryError: They lie elsewhere, or the store is another registry's.
        """

    def enter_store(self) -> None:
        """Enter into the ledger where blobs lie, since they have moved with the registry."""

    def log_key_files(self) -> dict[str, bytes]:
        """Read the files of the log's keys that are there, by their names.

        Raises:
            KeyFileError: Others may read one of them.
        """

    def take_log_keys(self, files: Mapping[str, bytes]) -> None:
        """Write the files of the log's keys; those that are there are not replaced.

        Raises:
            KeyFileError: One is there, and is another.
        """


class BackupWriter(Protocol):
    """The file a registry is backed up to; nobody sees it before `commit`."""

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""

    def add_from(self, name: str, source: ByteSource) -> None:
        """Add a member of any size."""


class BackupReader(Protocol):
    """A file a registry was backed up to."""

    def names(self) -> Iterable[str]:
        """List the names of its members, in their order."""

    def read(self, name: str, *, most: int) -> bytes:
        """Read a member.

        Raises:
            PackError: It is not there, or larger than that.
        """

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a member piece by piece."""
