"""The seams of reading: who reads files, who runs the reading, and what is known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
    from weighbridge.model.ports import Tree

Item = TypeVar("Item")
T = TypeVar("T")


class FileReader(Protocol):
    """Reads files, each once: in this process, in others, or on other machines."""

    def read(
        self, tree: Tree, paths: Iterable[str]
    ) -> Iterator[tuple[str, ObservedFile | PathProblem | Unavailable]]:
        """Read files of a tree; each comes with its path, in any order."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, T]):
    """What came of one item.

    Attributes:
        item: The item.
        value: What the function returned; None if it did not return.
        error: Why it did not return, in words; empty if it did.
    """

    item: Item
    value: T | None
    error: str = ""


class Engine(Protocol):
    """Runs a function on many items: here, in other processes, or on other machines.

    Attributes:
        remote: Whether the function runs where what it is bound to does not exist: then it and
            the items must be picklable, and it may run more than once on an item.
    """

    remote: bool

    @property
    def workers(self) -> int:
        """How many items are worked on at once."""

    def map_unordered(
        self, fn: Callable[[Item], T], items: Iterable[Item], *, window: int
    ) -> Iterator[Outcome[Item, T]]:
        """Run a function on items; what comes of them comes in any order.

        Args:
            fn: A function of one item.
            items: Taken as there is room for them.
            window: How many items may be on their way at once.
        """

    def close(self) -> None:
        """End what was started; harmless if nothing was."""


class DigestCache(Protocol):
    """What is known of files that were read before; it may forget, and is not trusted."""

    def digest(self, identity: str) -> str | None:
        """Return the digest of a file by its identity; None if it is not known."""

    def observation(self, digest: str) -> bytes | None:
        """Return what was observed of some content (`codec.observation`), if it is known."""

    def keep(self, identity: str, digest: str, data: bytes) -> None:
        """Remember what was observed; an empty identity remembers the content alone."""
