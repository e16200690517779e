"""The registry as it was before one entry of its ledger, told by proven entries alone.

The gate asks the past as it asks a registry, so that what was decided then can be decided again
by the same code, elsewhere and years later.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.event import BINDING_KINDS, read_event, topics
from weighbridge.model.listed import ListsReleases, ListsTopics
from weighbridge.usecases.believed import BelievedLog, control_state
from weighbridge.usecases.log_keys import ROTATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader, ByteSource


class EntriesView(ListsReleases, ListsTopics):
    """Some entries of a ledger; the last of them happens now, the others are the past."""

    def __init__(self, entries: Mapping[int, bytes], *, now: int, checkpoint: bytes) -> None:
        """Take entries by their indices.

        Args:
            entries: The entries; `now` must be one, and those behind it are not looked at.
            now: Index of the entry everything is asked for.
            checkpoint: The signed note that proves them.

        Raises:
            EventError: One of them is not an event.
        """
        self.checkpoint = checkpoint
        self.size = now + 1
        self._entries = {index: entries[index] for index in sorted(entries) if index <= now}
        past = ((index, data) for index, data in self._entries.items() if index < now)
        self._events = {index: read_event(data) for index, data in past}

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry."""
        if index not in self._entries:
            raise LedgerError(f"entry {index} is needed and not there")
        return self._entries[index]

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of the entries there are."""
        end = self.size if stop is None else stop
        return (data for index, data in self._entries.items() if start <= index < end)

    def node(self, level: int, index: int) -> NoReturn:
        """Refuse: each entry has a proof of its own."""
        raise LedgerError(f"there is no node {index} of level {level}")

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Refuse, as for one."""
        return [self.node(level, index) for level, index in places]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List no nodes."""
        return iter(())

    def found(self, topic: str) -> list[int]:
        """List the indices of past entries under a topic."""
        return [index for index, event in self._events.items() if topic in topics(event)]

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the past."""
        found = self._events.items()
        yield from sorted((topic, index) for index, event in found for topic in topics(event))

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release the past entries bind."""
        bound = (event.body for event in self._events.values() if event.kind in BINDING_KINDS)
        return sorted({(body["name"], body["version"], body["digest"]) for body in bound})

    def faults(self) -> list[str]:
        """List nothing: there is no store."""
        return []


class ProvenLog(BelievedLog):
    """A ledger each of whose entries was proven before it came here."""

    def __init__(self, view: EntriesView, *, log_key: str, checkpoint: Checkpoint) -> None:
        """Take the entries, and the state of the log that proved them."""
        # Not the parent's: that one opens a whole ledger, with the nodes to prove it.
        self.view = view
        self.log_key = log_key
        self.checkpoint = checkpoint

    def _prove(self, index: int, data: bytes) -> None:
        """Take what was proven before."""

    def check_key(self) -> None:
        """Take the key that was followed to before: the checkpoint may be of a later time."""


def rotations_after(
    index: int, entries: Mapping[int, bytes], *, log: ProvenLog, blobs: BlobReader
) -> dict[int, Event]:
    """Return the control plane behind an entry, up to the newest rotation of the log's key.

    It leads from the key of that time to the one that signed the checkpoint.

    Args:
        index: The entry.
        entries: Entries that are proven, some of them behind it.
        log: The log up to the entry.
        blobs: Bytes by digest.

    Raises:
        LedgerError: They are not a chain of changes that owners signed.
    """
    behind = {each: read_event(data) for each, data in entries.items() if each > index}
    rotated = [each for each, event in behind.items() if event.body.get("action") == ROTATES]
    if not rotated:
        return {}
    view = EntriesView(entries, now=max(rotated), checkpoint=log.view.checkpoint)
    later = ProvenLog(view, log_key=log.log_key, checkpoint=log.checkpoint)
    control_state(later, blobs)
    return {each: event for each, event in later.control if each > index}


def entries_before(log: BelievedLog, index: int, event: Event) -> Iterator[int]:
    """List every entry before a decision that it might rest on.

    Args:
        log: The ledger.
        index: The decision's entry.
        event: What it says.
    """
    at = event
    while at.control is not None:
        yield at.control
        at = log.event(at.control)
    name = event.body["name"]
    places = {event.body["environment"], *_places(log, index, name)}
    releases = {digest for _, digest in log.view.versions(name)}
    topics_ = [
        f"release:{name}",
        *(f"gate:{place}/{name}" for place in sorted(places)),
        f"environment:{event.body['environment']}",
        *(f"subject:{digest}" for digest in sorted(releases)),
    ]
    for topic in topics_:
        yield from (found for found in log.view.found(topic) if found < index)


def _places(log: BelievedLog, index: int, name: str) -> Iterator[str]:
    """Name the environments where something happened to releases of a name before an entry."""
    for found, event in log.found(f"release:{name}"):
        if found < index and "environment" in event.body:
            yield event.body["environment"]


class HeldBlobs:
    """Bytes in memory, by digests made here."""

    def __init__(self, held: Iterable[bytes]) -> None:
        """Digest everything there is."""
        self._held = {f"sha256:{sha256(data).hexdigest()}": data for data in held}

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return digest in self._held

    def read(self, digest: str) -> bytes:
        """Return the bytes."""
        if digest not in self._held:
            raise NotFoundError(f"{digest} is needed and not there")
        return self._held[digest]

    def locate(self, digest: str) -> None:
        """Nobody else can read them."""

    def open(self, digest: str) -> ByteSource:
        """Refuse: nothing here is too large to be read at once."""
        raise NotFoundError(f"{digest} is not read in pieces")
