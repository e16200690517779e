"""A registry in memory: the production interface, for tests of what stands on it."""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.endorsement import Endorsement
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import (
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    read_verifier_key,
    write_note,
    write_verifier_key,
)
from weighbridge.ledger.tiles import LARGEST_ENTRY
from weighbridge.model.errors import (
    BoundError,
    ClockError,
    EntrySizeError,
    LedgerError,
    NotFoundError,
    RegistryError,
    UnavailableError,
)
from weighbridge.model.event import (
    CONTROL_KINDS,
    Event,
    Kind,
    read_event,
    topics,
    write_event,
)
from weighbridge.model.listed import ListsReleases, ListsTopics
from weighbridge.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weighbridge.model.log_keeping import Tables
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Transaction

from weighbridge.model.ports import Held

T = TypeVar("T")

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(f"{digest!r} is not a digest")
    return digest


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class MemorySource(Source):
    """Bytes as an open file."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.data = data
        self.position = 0
        self.is_open = False

    def read(self, length: int) -> bytes:
        chunk = self.data[self.position : self.position + length]
        self.position += len(chunk)
        return chunk

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def changed(self) -> bool:
        return len(self.data) != self.size

    def close(self) -> None:
        self.is_open = False

    def __enter__(self) -> Self:
        self.is_open = True
        return self


class MemoryIncoming:
    """Bytes on their way into memory; the store knows of them while they wait."""

    def __init__(self, store: MemoryBlobs) -> None:
        self._store = store
        self.data = b""
        self.closed = False
        store.waiting.append(self)

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.data += data

    def close(self) -> None:
        self.closed = True

    def commit(self, digest: str) -> None:
        seen = _digest(self.data)
        self.discard()
        if seen != digest:
            raise RegistryError("not what was announced", seen=seen, wanted=digest)
        self._store.keep(digest, self.data)

    def discard(self) -> None:
        if self in self._store.waiting:
            self._store.waiting.remove(self)


class MemoryBlobs:
    """Bytes by digest in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.put_at: dict[str, float] = {}
        self.time = 0.0
        self.waiting: list[MemoryIncoming] = []

    def has(self, digest: str) -> bool:
        return _checked(digest) in self.held

    def read(self, digest: str) -> bytes:
        data = self.open(digest).data
        if _digest(data) != digest:
            raise RegistryError(f"{digest} is damaged", seen=_digest(data), wanted=digest)
        return data

    def open(self, digest: str) -> MemorySource:
        if not self.has(digest):
            raise NotFoundError(f"{digest} is not held")
        return MemorySource(self.held[digest])

    def locate(self, digest: str) -> None:
        """Say that nobody else can read them."""

    def incoming(self) -> MemoryIncoming:
        return MemoryIncoming(self)

    def put(self, data: bytes) -> str:
        self.keep(_digest(data), data)
        return _digest(data)

    def keep(self, digest: str, data: bytes) -> None:
        self.held[digest] = data
        self.time += 1
        self.put_at[digest] = self.time

    def renew(self, digest: str) -> bool:
        if digest in self.held:
            self.put_at[digest] = self.now()
        return digest in self.held

    def where(self, digest: str) -> str:
        return f"memory:{_checked(digest)}"

    def stored(self, after: str = "") -> Iterator[Held]:
        for digest, data in sorted(one for one in self.held.items() if one[0] > after):
            yield Held(name=digest, size=len(data), modified=self.put_at.get(digest, 0))

    def leftovers(self) -> Iterator[Held]:
        for number, one in enumerate(self.waiting):
            yield Held(name=f"incoming/{number}", size=len(one.data), modified=0)

    def foreign(self) -> Iterator[Held]:
        return iter(())

    def remove(self, name: str, *, before: float) -> bool:
        if name.startswith("incoming/"):
            del self.waiting[int(name.removeprefix("incoming/"))]
            return True
        if self.put_at.get(_checked(name), before) >= before:
            return False
        return self.held.pop(name, None) is not None

    def now(self) -> float:
        return self.time


class MemoryTransaction(ListsReleases, ListsTopics):
    """A copy of what a registry holds, which becomes the registry's if nothing raises."""

    def __init__(self, origin: MemoryTransaction | None = None, *, now: str = "") -> None:
        self.now = now
        self.bound: dict[tuple[str, str], str] = dict(origin.bound) if origin else {}
        self.log: list[bytes] = list(origin.log) if origin else []
        self.tree = MerkleTree(map(leaf_hash, self.log))
        self.checkpoint: bytes = origin.checkpoint if origin else b""
        self.log_key: Ed25519PrivateKey | None = None
        self.next_key: Ed25519PrivateKey | None = None
        self.has_rotated = False

    @property
    def size(self) -> int:
        return len(self.log)

    def entry(self, index: int) -> bytes:
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self.size if stop is None else stop
        if start < 0 or end > self.size:
            raise LedgerError("no such entry")
        yield from self.log[start:end]

    def node(self, level: int, index: int) -> bytes:
        for known in self.nodes():
            if known[:2] == (level, index):
                return known[2]
        raise LedgerError("no such node")

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        return [self.node(level, index) for level, index in places]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        return self.tree.nodes()

    def found(self, topic: str) -> list[int]:
        return [index for name, index in self.topics() if name == topic]

    def topics(self) -> Iterator[tuple[str, int]]:
        events = enumerate(map(read_event, self.log))
        yield from sorted((topic, index) for index, event in events for topic in topics(event))

    def releases(self) -> list[tuple[str, str, str]]:
        return [(*key, digest) for key, digest in sorted(self.bound.items())]

    def faults(self) -> list[str]:
        return []

    def bind(self, name: str, version: str, digest: str) -> bool:
        found = self.bound.get((name, version))
        if found is None:
            self.bound[name, version] = _checked(digest)
            return True
        if found != digest:
            raise BoundError(f"{name}@{version} is bound", seen=digest, wanted=found)
        return False

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        if self.log_key is None:
            raise RegistryError("the log's key is not there")
        if (kind == Kind.REGISTRY_INITIALISED) != (self.size == 0):
            raise RegistryError("a ledger begins with registry.initialised, and has it once")
        events = list(map(read_event, self.log))
        if events and events[-1].time > self.now:
            raise ClockError("the clock is behind", seen=self.now, wanted=events[-1].time)
        controls = [at for at, event in enumerate(events) if event.kind in CONTROL_KINDS]
        control = controls[-1] if controls else None
        data = write_event(Event(kind=kind, time=self.now, control=control, body=body))
        read_event(data)
        if len(data) > LARGEST_ENTRY:
            raise EntrySizeError("the entry is too large")
        self.log.append(data)
        self.tree.append(leaf_hash(data))
        return self.size - 1

    def rotate_log_key(self, key: str) -> None:
        wanted = read_verifier_key(key).public_key
        if self.next_key is None or self.next_key.public_key().public_bytes_raw() != wanted:
            raise RegistryError("it is not the key that owners signed for")
        self.log_key, self.has_rotated = self.next_key, True


class MemoryRegistry:
    """A registry that ends with the test."""

    def __init__(self, clock: Callable[[], str] = lambda: "2026-01-01T00:00:00Z") -> None:
        self.blobs = MemoryBlobs()
        self.log_key = ""
        self.store = None
        self.clock = clock
        self.archives: dict[str, MemoryBlobs] = {}
        self._lock = threading.Lock()
        self._private = Ed25519PrivateKey.from_private_bytes(bytes(32))
        self._next: Ed25519PrivateKey | None = None
        self._held = MemoryTransaction()

    def archive(self, place: str, *, begin: bool = False) -> MemoryBlobs:
        if not begin and place not in self.archives:
            raise UnavailableError(f"the archive {place} is not there")
        return self.archives.setdefault(place, MemoryBlobs())

    def make_log_key(self, origin: str) -> str:
        raw = self._private.public_key().public_bytes_raw()
        try:
            key = VerifierKey(name=origin or "weighbridge/memory", public_key=raw)
        except NoteError as error:
            raise RegistryError(f"{origin!r} is no name for a log") from error
        self.log_key = self.log_key or write_verifier_key(key)
        if origin and origin != read_verifier_key(self.log_key).name:
            raise RegistryError("the log has a name")
        return self.log_key

    @contextmanager
    def reading(self) -> Iterator[LedgerView]:
        yield self._held

    def change(self, change: Callable[[Transaction], T]) -> T:
        with self._lock:
            transaction = MemoryTransaction(self._held, now=self.clock())
            transaction.log_key = self._private if self.log_key else None
            transaction.next_key = self._next
            result = change(transaction)
            if transaction.has_rotated and self._next is not None:
                self.log_key = self.next_log_key
                self._private, self._next = self._next, None
            if transaction.size > self._held.size:
                transaction.checkpoint = self._sign(transaction)
            self._held = transaction
            return result

    def _sign(self, transaction: MemoryTransaction) -> bytes:
        key = read_verifier_key(self.log_key)
        root = transaction.tree.root()
        return self._note(Checkpoint(origin=key.name, size=transaction.size, root=root).text())

    @property
    def next_log_key(self) -> str:
        if self._next is None:
            return ""
        name = read_verifier_key(self.log_key).name
        raw = self._next.public_key().public_bytes_raw()
        return write_verifier_key(VerifierKey(name=name, public_key=raw))

    def propose_log_key(self, after: int) -> tuple[str, str]:
        self._next = self._next or Ed25519PrivateKey.generate()
        key = read_verifier_key(self.next_log_key)
        return self.next_log_key, self._note(Endorsement(after=after, key=key).text()).decode()

    def _note(self, text: bytes) -> bytes:
        key = read_verifier_key(self.log_key)
        signature = self._private.sign(text)
        line = NoteSignature(name=key.name, key_id=key.key_id, signature=signature)
        return write_note(Note(text=text, signatures=(line,)))

    def rebuild(self, fill: Callable[[Tables], None], *, before: bytes | None, log_key: str) -> str:
        del fill, before, log_key
        raise RegistryError("what is in memory is not rebuilt")

    def releases(self) -> list[tuple[str, str, str]]:
        return self._held.releases()

    def close(self) -> None:
        """There is nothing to let go of."""
