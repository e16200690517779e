"""The seams between what wants something and what can do it.

Probes, adapters and use cases meet here: each protocol is small enough to be implemented by a
test in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from weighbridge.model.log_keeping import KeepsLog, RotatesLog
from weighbridge.model.log_ports import LedgerView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Any

    from weighbridge.model.advisory import Advisory, AdvisoryData
    from weighbridge.model.event import Kind
    from weighbridge.model.fact import PathProblem, Unavailable
    from weighbridge.model.resolution import Refused, Resolution, Resolved
    from weighbridge.model.standing import Store

T = TypeVar("T")


class ByteSource(Protocol):
    """One open file, read forwards once and here and there again."""

    size: int

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""

    def changed(self) -> bool:
        """Tell whether the file is another than when it was opened."""

    def identity(self) -> str:
        """Name the file and the state it was opened in; empty where that says too little."""

    def close(self) -> None:
        """Close it; harmless if it is closed."""

    def __enter__(self) -> Self:
        """Hold the file open."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""


class AdvisorySource(Protocol):
    """The advisories of this place, asked offline."""

    def data(self) -> AdvisoryData | None:
        """Say what they are; None if none were ever loaded."""

    def about(self, names: Iterable[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """Find the records about Python packages, by their normalised names."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where another process finds a file.

    Attributes:
        root: The folder or address files are read beneath (`file:///…`, `s3://…`).
        path: The file's path beneath it.
        size: Its bytes, as far as one can tell without opening it.
    """

    root: str
    path: str
    size: int


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

    def locate(self, path: str) -> Located | None:
        """Say where another process finds a file; None if only this one can read it."""

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, bytes | ByteSource | PathProblem | Unavailable, str | None]]:
        """Open files one after the other: path, what `open` returns, and what `link` returns.

        A small file may come as its bytes. Whoever asks closes what is open; the next is opened
        when it is asked for.
        """


class Reads(Protocol):
    """Reads bytes by digest, and nothing else."""

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest.

        Raises:
            NotFoundError: They are not there.
            RegistryError: What is there has another digest.
        """


class BlobReader(Reads, Protocol):
    """Bytes by digest."""

    def locate(self, digest: str) -> Located | None:
        """Say where another process finds the bytes; None if only this one can read them."""

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Something that lies in a store.

    Attributes:
        name: Its name: a digest, or what the store calls it.
        size: The bytes it takes there.
        modified: When it was put there last: seconds since 1970, by the store's own clock.
    """

    name: str
    size: int
    modified: float


class IncomingTree(Protocol):
    """Files on their way into a folder; nobody sees them before `commit`."""

    def folder(self, path: str) -> None:
        """Make a folder, and those above it."""

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write a file, and make the folders above it.

        Raises:
            StorageError: It cannot be written, or is there already.
        """

    def commit(self) -> None:
        """Make all of them visible at once.

        Raises:
            StorageError: Something has taken their place meanwhile.
        """

    def discard(self) -> None:
        """Forget them; harmless after `commit`."""


class BlobStore(BlobReader, Protocol):
    """A place that keeps bytes by digest."""

    def incoming(self) -> Incoming:
        """Begin to take in bytes of a digest not known yet."""

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""

    def renew(self, digest: str) -> bool:
        """Tell whether bytes are there, and make them young: somebody counts on them."""

    def where(self, digest: str) -> str:
        """Say in words where the bytes lie: a path or an address."""

    def stored(self, after: str = "") -> Iterator[Held]:
        """List all bytes by digest, sorted; those behind a digest, if one is named."""

    def leftovers(self) -> Iterator[Held]:
        """List what killed runs left of bytes that never arrived."""

    def foreign(self) -> Iterator[Held]:
        """List what lies in the place and was never put there by us."""

    def remove(self, name: str, *, before: float) -> bool:
        """Remove bytes that nobody put since a time, or a leftover that old.

        Whoever has put these bytes since, though they were there already, keeps them.

        Args:
            name: A digest, or the name of a leftover.
            before: The time, by the store's own clock.

        Returns:
            Whether it did.
        """

    def now(self) -> float:
        """Tell the time by the store's own clock."""


class Signer(Protocol):
    """A private key that was unlocked, wherever it lies."""

    @property
    def spki(self) -> bytes:
        """The public half: SubjectPublicKeyInfo (RFC 5280), DER."""

    def sign(self, message: bytes) -> bytes:
        """Sign a message: Ed25519 (RFC 8032), or ECDSA with the curve's usual hash."""


class Transaction(LedgerView, RotatesLog, Protocol):
    """A change of a registry on its way: all of it is kept, with its entries, or nothing."""

    @property
    def now(self) -> str:
        """The time of this transaction by the registry's clock (`check_time`)."""

    def bind(self, name: str, version: str, digest: str) -> bool:
        """Bind `name@version` to a release digest, once for ever; True if the binding is new.

        Raises:
            BoundError: It is bound to another digest.
        """

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Append an entry at the time of this transaction and return its index.

        Raises:
            ClockError: The newest entry is later than `now`.
            RegistryError: The log's key is not there, or is another's.
        """


class Registry(KeepsLog, Protocol):
    """The store of releases, evidence and the ledger."""

    @property
    def blobs(self) -> BlobStore:
        """The bytes of releases and evidence, by digest."""

    @property
    def store(self) -> Store | None:
        """Where blobs lie; None if in the registry's folder, as they are."""

    def archive(self, place: str, *, begin: bool = False) -> BlobStore:
        """Open a place of this registry's alone for files it moves; take it if `begin`."""

    @property
    def log_key(self) -> str:
        """The log's public key (signed-note verifier key); empty if none was made yet."""

    def make_log_key(self, origin: str) -> str:
        """Make the log's key, or return the one that was made before the first entry.

        Args:
            origin: Name of the log, the name of its key; empty for one taken from the key.
        """

    def reading(self) -> AbstractContextManager[LedgerView]:
        """Open the registry for reading; one that was never used is empty."""

    def change(self, change: Callable[[Transaction], T]) -> T:
        """Run a change, keep it durably together with its entries, and return its result.

        Changes of several threads may share one commit. A change that raises leaves nothing
        behind. It runs once or, where another made the commit fail, again: it must have no effect
        but on the transaction, and neither call this nor fork.
        """

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""

    def close(self) -> None:
        """Let go of what is held open; the registry may be used again."""


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


class Resolver(Protocol):
    """Makes locks from what they are made from."""

    def resolve(self, wanted: Resolution) -> Resolved | Refused:
        """Make a lock anew; no file of the release is written.

        Args:
            wanted: The lock, how it is made, and what is to change.
        """
