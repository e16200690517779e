"""What a registry does for its log besides appending: another key, and tables made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.standing import Store


class EntrySource(Protocol):
    """Entries of a log and the checkpoint over them, wherever they lie: a database, an export."""

    @property
    def checkpoint(self) -> bytes:
        """The signed note over all entries, as stored; empty if there are none."""

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order, from `start` up to and without `stop`.

        Raises:
            LedgerError: One of them is not there.
        """


class Tables(Protocol):
    """All tables of a registry, empty at first; they are kept all together or not at all."""

    def entries(self, start: int, entries: Iterable[bytes]) -> None:
        """Add entries, the first of which has an index."""

    def nodes(self, nodes: Iterable[tuple[int, int, bytes]]) -> None:
        """Add nodes of the tree: level, index, hash."""

    def topics(self, topics: Iterable[tuple[str, int]]) -> None:
        """Add topics: name, entry."""

    def releases(self, releases: Iterable[tuple[str, str, str]]) -> None:
        """Add releases: name, version, digest."""

    def checkpoint(self, note: bytes) -> None:
        """Put the checkpoint."""

    def store(self, store: Store | None) -> None:
        """Put where blobs lie, whatever was put before; None for the registry's own folder."""


class RotatesLog(Protocol):
    """A transaction that can change the log's key."""

    def rotate_log_key(self, key: str) -> None:
        """Have the log's next key sign from this transaction on; the older one may be lost.

        Args:
            key: Which one (signed-note verifier key): the one `propose_log_key` made.

        Raises:
            RegistryError: It is not there.
        """


class KeepsLog(Protocol):
    """A registry that has a next key of its log, and can be rebuilt."""

    @property
    def next_log_key(self) -> str:
        """The log's next public key, if owners were asked for one; else empty."""

    def propose_log_key(self, after: int) -> tuple[str, str]:
        """Make the log's next key, or take the one there is, and have the present one endorse it.

        Args:
            after: Number of entries the log has.

        Returns:
            The next key (signed-note verifier key), and the present key's endorsement, a signed
            note; empty if that key is lost.
        """

    def rebuild(self, fill: Callable[[Tables], None], *, before: bytes | None, log_key: str) -> str:
        """Write all tables anew, whatever they hold.

        Args:
            fill: Fills the tables.
            before: The checkpoint they had when they were looked at; None if they are unusable.
            log_key: The log's public key, for where none is kept.

        Returns:
            Where the old tables are kept; empty if nowhere.

        Raises:
            RegistryError: Somebody wrote to them meanwhile.
        """
