"""Ledgers, which may lie elsewhere than in a registry: what is read of them, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager


class LedgerView(Protocol):
    """One moment of a registry: nothing in it changes while one looks."""

    @property
    def size(self) -> int:
        """Number of entries; 0 as long as the registry has no owners."""

    @property
    def checkpoint(self) -> bytes:
        """The signed note over all entries, as stored; empty if there are none."""

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry, as stored.

        Raises:
            LedgerError: It is not there.
        """

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order, from `start` up to and without `stop`.

        Raises:
            LedgerError: One of them is not there.
        """

    def node(self, level: int, index: int) -> bytes:
        """Return the stored root over leaves `index * 2**level` to `(index + 1) * 2**level`.

        Raises:
            LedgerError: It is not there.
        """

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        """Return the nodes of some levels and indices, in their order; a proof takes twenty.

        Raises:
            LedgerError: One of them is not there.
        """

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List (level, index, hash) of every stored node, sorted."""

    def found(self, topic: str) -> list[int]:
        """List the indices of entries under a topic (`event.topics`), in their order."""

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index, sorted."""

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index, sorted.

        Args:
            after: The last row of the page before; None for the first page.
            limit: How many it has at most.
        """

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""

    def versions(self, name: str) -> list[tuple[str, str]]:
        """List (version, digest) of every release of a name, sorted."""

    def names_of(self, digest: str) -> list[tuple[str, str]]:
        """List every (name, version) a release digest is bound to, sorted."""

    def releases_after(
        self, after: tuple[str, str] | None, limit: int, *, containing: str = ""
    ) -> list[tuple[str, str, str]]:
        """List a page of (name, version, digest), in the order of their names.

        Args:
            after: Name and version of the last of the page before; None for the first page.
            limit: How many it has at most.
            containing: Only those whose names contain this, upper and lower case apart.
        """

    def faults(self) -> list[str]:
        """Say in words what the store itself finds wrong with its tables; empty if nothing."""


class Ledger(Protocol):
    """Something that holds a ledger: a registry, or the files one was exported to."""

    def reading(self) -> AbstractContextManager[LedgerView]:
        """Open it for reading; one that was never used is empty."""


class TileFiles(Protocol):
    """The files of an exported log, by the paths of https://c2sp.org/tlog-tiles."""

    name: str
    """What messages call them."""

    def read(self, path: str, *, most: int) -> bytes | None:
        """Return the bytes of a file; None if it is not there.

        Raises:
            LedgerError: It is larger than that, no plain file, or there is a link on the way.
        """

    def paths(self) -> Iterator[str]:
        """List what lies beneath the folder of tiles, but for what killed runs left behind.

        Raises:
            LedgerError: It cannot be listed.
        """


class TileStore(TileFiles, Protocol):
    """The same, to be written."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole and to last."""

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep all others from writing; whoever does not write need not wait."""

    def clear(self) -> None:
        """Remove what killed runs left behind; only who is alone can tell."""
