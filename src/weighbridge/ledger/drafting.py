"""A change on its way, over one moment of a ledger: what it reads is noted, what it adds is seen.

Whoever holds no lock on a ledger works like this. What was noted tells later whether anything that
mattered has changed since; what was not read may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.ledger.binding import is_new
from weighbridge.model.event import CONTROL_KINDS, Event, Kind, read_event, topics, write_event
from weighbridge.model.team.change import Binding, Draft, Reads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.team.change import RemoteChange


class Drafting:
    """A view of a ledger with entries behind its end that nobody has taken yet.

    Attributes:
        bindings: Releases that are to be bound.
        drafts: Entries that are to be appended.
        now: The time of the change.
    """

    def __init__(self, view: LedgerView, *, now: str) -> None:
        """Begin at the end of a view."""
        self.now = now
        self.bindings: list[Binding] = []
        self.drafts: list[Draft] = []
        self._view = view
        self._begun = view.size
        self._written: list[bytes] = []
        self._control = self._trusted = control_of(view)
        self._topics: dict[str, int] = {}
        self._releases: dict[str, int] = {}
        self._everything = False

    @property
    def reads(self) -> Reads:
        """What was read so far."""
        return Reads(
            size=self._begun,
            control=self._trusted,
            topics=dict(self._topics),
            releases=dict(self._releases),
            everything=self._everything,
        )

    @property
    def size(self) -> int:
        """Number of entries, those drafted included."""
        return self._begun + len(self._written)

    @property
    def checkpoint(self) -> bytes:
        """The signed note over all entries that were there."""
        return self._view.checkpoint

    def rest_on_everything(self) -> None:
        """Note that any entry of others changes what this is about."""
        self._everything = True

    def entry(self, index: int) -> bytes:
        """Return the bytes of one entry."""
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order."""
        end = self.size if stop is None else stop
        if stop is None:
            self._everything = True
        if start < self._begun:
            yield from self._view.entries(start, min(end, self._begun))
        for index in range(max(start, self._begun), end):
            yield self._written[index - self._begun]

    def node(self, level: int, index: int) -> bytes:
        """Return a stored node; entries that are drafted have none."""
        return self._view.node(level, index)

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        """Return stored nodes; entries that are drafted have none."""
        return self._view.nodes_at(places)

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List every stored node."""
        self._everything = True
        return self._view.nodes()

    def found(self, topic: str) -> list[int]:
        """List the indices of entries under a topic, in their order."""
        found = self._view.found(topic)
        self._topics[topic] = len(found)
        drafted = enumerate(self._written, start=self._begun)
        return [*found, *(at for at, data in drafted if topic in topics(read_event(data)))]

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index."""
        self._everything = True
        return self._view.topics()

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index."""
        self._everything = True
        return self._view.topics_after(after, limit)

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release."""
        self._everything = True
        bound = [(one.name, one.version, one.digest) for one in self.bindings]
        return sorted([*self._view.releases(), *bound])

    def versions(self, name: str) -> list[tuple[str, str]]:
        """List (version, digest) of the releases of a name, sorted."""
        found = self._view.versions(name)
        self._releases[name] = len(found)
        return sorted([*found, *((b.version, b.digest) for b in self.bindings if b.name == name)])

    def names_of(self, digest: str) -> list[tuple[str, str]]:
        """List (name, version) that a digest is bound to, sorted."""
        found = self._view.names_of(digest)
        for name, _ in found:
            self._releases.setdefault(name, len(self._view.versions(name)))
        drafted = ((one.name, one.version) for one in self.bindings if one.digest == digest)
        return sorted([*found, *drafted])

    def releases_after(
        self, after: tuple[str, str] | None, limit: int, *, containing: str = ""
    ) -> list[tuple[str, str, str]]:
        """List a page of (name, version, digest), in the order of names and versions."""
        self._everything = True
        return self._view.releases_after(after, limit, containing=containing)

    def faults(self) -> list[str]:
        """Say what the store itself finds wrong."""
        return self._view.faults()

    def bind(self, name: str, version: str, digest: str) -> bool:
        """Bind `name@version` to a release digest, once for ever; True if the binding is new.

        Raises:
            BoundError: It is bound to another digest.
        """
        bound = dict(self.versions(name)).get(version)
        if new := is_new(name, version, digest, bound=bound):
            self.bindings.append(Binding(name=name, version=version, digest=digest))
        return new

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Draft an entry; the index is right if nobody else appends meanwhile."""
        control = self._control
        event = Event(kind=kind, time=self.now, control=control, body=body)
        self._written.append(write_event(event))
        self.drafts.append(Draft(kind=kind, body=body))
        index = self.size - 1
        if kind in CONTROL_KINDS:
            self._control = index
        return index


def control_of(view: LedgerView) -> int | None:
    """Return the index of the newest entry of the control plane; None if there are no entries."""
    if not view.size:
        return None
    newest = read_event(view.entry(view.size - 1))
    return view.size - 1 if newest.kind in CONTROL_KINDS else newest.control


def placed(change: RemoteChange, view: LedgerView, since: int) -> int | None:
    """Find where the entries of a change stand, one after the other; None if they do not.

    Args:
        change: The change.
        view: The ledger now.
        since: From which entry on it is looked at.
    """
    wanted = [(draft.kind, dict(draft.body)) for draft in change.entries]
    found: list[tuple[object, dict[str, Any]]] = []
    for index, data in enumerate(view.entries(since), start=since):
        event = read_event(data)
        found = [*found, (event.kind, dict(event.body))][-len(wanted) :]
        if wanted and found == wanted:
            return index + 1 - len(wanted)
    return None


def outdated(reads: Reads, view: LedgerView) -> str:
    """Say in a word what was read and has changed since; empty if nothing.

    Args:
        reads: What was read.
        view: The ledger now.
    """
    if view.size == reads.size:
        return ""
    return next(_changed(reads, view), "")


def _changed(reads: Reads, view: LedgerView) -> Iterator[str]:
    """Say what has changed, of a ledger that is of another size."""
    if view.size < reads.size or reads.everything:
        yield "the ledger"
    if control_of(view) != reads.control:
        yield "who and what is trusted"
    for topic, count in sorted(reads.topics.items()):
        if len(view.found(topic)) != count:
            yield topic
    for name, count in sorted(reads.releases.items()):
        if len(view.versions(name)) != count:
            yield f"releases of {name}"
