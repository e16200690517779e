"""A change of a registry behind a server, made here; nothing of it is kept before it is sent.

Two things are not known before the server has taken the change. The time of an entry is the
server's, within a minute. And its index is right only if nobody else appends meanwhile: what
`append` returns is therefore a `Provisional` number. If the result of the change holds one, it is
corrected when the index is known. If the body of a later entry holds one, what is said there is
right in one place alone: the change then rests on the whole ledger (`Reads.everything`), and is
made again should anybody else have appended. Other numbers, as sizes, are those of the moment that
was read; whatever is found by them is noted like everything that is read.
"""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.drafting import Drafting
from weighbridge.ledger.merkle import grow, leaf_hash
from weighbridge.ledger.tiles import LARGEST_ENTRY
from weighbridge.model.errors import (
    ClockError,
    EntrySizeError,
    LedgerError,
    RegistryError,
)
from weighbridge.model.event import Event, Kind, read_event, topics, write_event
from weighbridge.model.team.change import RemoteChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.adapters.remote.view import RemoteView


class Provisional(int):
    """The index an entry has if nobody else appends meanwhile."""


class RemoteTransaction(Drafting):
    """A view, and behind its end what the change adds."""

    def __init__(self, view: RemoteView, *, now: str, log_key: str, next_log_key: str) -> None:
        """Begin at the end of a view.

        Args:
            view: What there is.
            now: The time by the registry's clock.
            log_key: The log's key; empty if none was made.
            next_log_key: Its next one; empty if there is none.
        """
        super().__init__(view, now=now)
        self._log_key, self._next_log_key = log_key, next_log_key
        self._grown: dict[tuple[int, int], bytes] = {}
        self._grown_to = view.size
        self._newest = read_event(view.entry(view.size - 1)).time if view.size else ""
        self.rotates = ""

    def change(self) -> RemoteChange:
        """Say what is to be sent."""
        return RemoteChange(
            time=self.now,
            reads=self.reads,
            bindings=tuple(self.bindings),
            entries=tuple(self.drafts),
            rotates=self.rotates,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be kept."""
        return not (self.bindings or self.drafts or self.rotates)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes of entries in their order, drafted ones included."""
        end = self.size if stop is None else stop
        if start < end and not 0 <= start < end <= self.size:
            raise LedgerError(f"the ledger holds no entry {start if start < 0 else self.size}")
        return super().entries(start, stop)

    def node(self, level: int, index: int) -> bytes:
        """Return a node, those of drafted entries included."""
        return self.nodes_at([(level, index)])[0]

    def nodes_at(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return nodes in their order, those of drafted entries included."""
        self._grow()
        return [
            self._grown[place] if place in self._grown else self._view.node(*place)
            for place in places
        ]

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """List every node, those of drafted entries included."""
        self._grow()
        grown = ((level, index, node) for (level, index), node in self._grown.items())
        return iter(sorted([*super().nodes(), *grown]))

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index, drafted entries included."""
        drafted = [
            (topic, at)
            for at, data in enumerate(self._written, start=self._begun)
            for topic in topics(read_event(data))
        ]
        return iter(sorted([*super().topics(), *drafted]))

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index, drafted entries included."""
        behind = (row for row in self.topics() if after is None or row > after)
        return list(islice(behind, max(limit, 0)))

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Draft an entry; the index is right if nobody else appends meanwhile."""
        plain = _plain(body)
        if _holds_provisional(body):
            self.rest_on_everything()
        self._check(kind, plain)
        return Provisional(super().append(kind, plain))

    def rotate_log_key(self, key: str) -> None:
        """Have the log's next key sign from this change on.

        Raises:
            RegistryError: It is not the one that was made last.
        """
        if not key or key != self._next_log_key:
            raise RegistryError("the log's next key is not there", seen=key)
        self.rotates = key

    def _check(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """Refuse what the server would."""
        if not self._log_key:
            message = "the log's key is not there"
            raise RegistryError(message, help=["weighbridge registry init"])
        if (kind is Kind.REGISTRY_INITIALISED) != (self.size == 0):
            raise RegistryError(
                f"a ledger begins with {Kind.REGISTRY_INITIALISED.value}, and has it once"
            )
        if self.now < self._newest:
            raise ClockError(
                "the registry's clock is behind the newest entry of the ledger",
                seen=self.now,
                wanted=f"{self._newest} or later",
                help=["tell who runs the server: its clock is to be set", "or wait as long"],
            )
        data = write_event(Event(kind=kind, time=self.now, control=self._control, body=body))
        read_event(data)
        if len(data) > LARGEST_ENTRY:
            raise EntrySizeError(
                "an entry of the ledger would be too large",
                seen=f"{len(data)} bytes",
                wanted=f"{LARGEST_ENTRY} at most",
            )

    def _grow(self) -> None:
        if (size := self.size) > self._grown_to:
            leaves = [leaf_hash(data) for data in self._written]
            nodes = grow(self._begun, leaves, self._view.node)
            self._grown = {(level, index): node for level, index, node in nodes}
            self._grown_to = size


def settled(value: Any, shift: int) -> Any:  # noqa: ANN401 - the result of any change
    """Return what a change returned, with the indices its entries came to have.

    Looked into are tuples, lists, mappings and dataclasses.

    Args:
        value: The result.
        shift: How many entries others appended meanwhile.
    """
    if isinstance(value, Provisional):
        return int(value) + shift
    if not _holds_provisional(value):
        return value
    if isinstance(value, dict):
        return {key: settled(one, shift) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(settled(one, shift) for one in value))
    if isinstance(value, (list, tuple)):
        return type(value)(settled(one, shift) for one in value)
    parts = {
        field.name: settled(getattr(value, field.name), shift)
        for field in dataclasses.fields(value)
        if field.init
    }
    return dataclasses.replace(value, **parts)


def _holds_provisional(value: Any) -> bool:  # noqa: ANN401 - the same
    if isinstance(value, Provisional):
        return True
    if isinstance(value, dict):
        return any(map(_holds_provisional, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_provisional, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = (getattr(value, field.name) for field in dataclasses.fields(value) if field.init)
        return any(map(_holds_provisional, parts))
    return False


def _plain(value: Any) -> Any:  # noqa: ANN401 - plain values of any shape
    if isinstance(value, Provisional):
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
