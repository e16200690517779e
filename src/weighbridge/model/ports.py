"""The seams between what wants something and what can do it.

Probes, adapters and use cases meet here: each protocol is small enough to be implemented by a
test in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from weighbridge.model.fact import PathProblem, Unavailable


class ByteSource(Protocol):
    """One open file, read forwards once and here and there again."""

    size: int

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""

    def changed(self) -> bool:
        """Tell whether the file is another than when it was opened."""

    def __enter__(self) -> Self:
        """Hold the file open."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""


class Tree(Protocol):
    """The files of a release, wherever they lie; paths are POSIX and relative."""

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is a `file` or a `directory`, or why it cannot be followed."""

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """Walk a directory: every file below it, sorted, hidden ones and links included."""

    def link(self, path: str) -> str | None:
        """Say where a path leads if a symbolic link inside the tree is on its way."""

    def open(self, path: str) -> ByteSource | PathProblem | Unavailable:
        """Open a file for reading."""


class BlobReader(Protocol):
    """Bytes by digest."""

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest.

        Raises:
            NotFoundError: They are not there.
            RegistryError: What is there has another digest.
        """

    def open(self, digest: str) -> ByteSource:
        """Open the bytes for reading; whoever reads them checks the digest.

        Raises:
            NotFoundError: They are not there.
        """


class Incoming(Protocol):
    """Bytes on their way into a store; nobody sees them before `commit`."""

    def write(self, data: bytes) -> None:
        """Append bytes."""

    def close(self) -> None:
        """End the writing and let go of what it held open; nobody sees the bytes yet."""

    def commit(self, digest: str) -> None:
        """Make them durable and visible under the digest of what was written.

        Raises:
            RegistryError: What was written has another digest.
        """

    def discard(self) -> None:
        """Forget them; harmless after `commit`."""


class BlobStore(BlobReader, Protocol):
    """A place that keeps bytes by digest."""

    def incoming(self) -> Incoming:
        """Begin to take in bytes of a digest not known yet."""

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""

    def where(self, digest: str) -> str:
        """Say in words where the bytes lie: a path or an address."""


class Registry(Protocol):
    """The store of releases."""

    @property
    def blobs(self) -> BlobStore:
        """The bytes of releases, by digest."""

    def bind(self, name: str, version: str, digest: str) -> bool:
        """Bind `name@version` to a release digest, once for ever; True if the binding is new.

        Raises:
            BoundError: It is bound to another digest.
        """

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""


class Progress(Protocol):
    """Watches long work; the default watches nothing."""

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work of `total` bytes."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more bytes are done."""

    def finish(self) -> None:
        """End the piece of work."""


class NoProgress:
    """Watches nothing."""

    def start(self, what: str, total: int) -> None:
        """Begin."""

    def advance(self, amount: int) -> None:
        """Go on."""

    def finish(self) -> None:
        """End."""
