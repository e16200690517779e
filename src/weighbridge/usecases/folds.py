"""What owners have said, folded once for all who only read.

A fold follows from entries of the control plane, each proven, and from what these name by digest;
so one is known by these entries, and more of them go on from it. Who signs, moves or verifies
something folds anew: here a bundle that was damaged since would not be missed.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.event import write_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import ControlState

    Entries = Sequence[tuple[int, Event]]


@dataclass(frozen=True, slots=True)
class Folded:
    """How far a fold has come.

    Attributes:
        count: Entries of the control plane that are in it.
        digest: Digest over all of them.
        state: What owners have said.
        applied: Statements that were applied, with the entries that did.
    """

    count: int
    digest: bytes
    state: ControlState
    applied: Mapping[bytes, int]


class Folds:
    """The newest fold of a registry's control plane; several threads may ask."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._newest: Folded | None = None

    def before(self, entries: Entries) -> Folded | None:
        """Return the fold these entries go on from; None if what is known is of others."""
        with self._lock:
            known = self._newest
        if known is None or known.count > len(entries):
            return None
        return known if _digest(entries[: known.count]) == known.digest else None

    def keep(self, entries: Entries, state: ControlState, applied: Mapping[bytes, int]) -> None:
        """Keep the fold of some entries."""
        folded = Folded(len(entries), _digest(entries), state, dict(applied))
        with self._lock:
            self._newest = folded


class RememberedView:
    """One moment of a registry, whose control plane need not be folded from the beginning."""

    def __init__(self, view: LedgerView, folds: Folds) -> None:
        """Take a moment, and what is known of those before."""
        self._view, self.folds = view, folds

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a view has
        """Return what the moment itself has."""
        return getattr(self._view, name)


class RememberedRegistry:
    """A registry for who only reads: `reading()` remembers folds; nothing is changed through it."""

    def __init__(self, registry: Registry, folds: Folds) -> None:
        """Take a registry, and what is known of it."""
        self._registry, self._folds = registry, folds

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a registry has
        """Return what the registry itself has, but for what changes it."""
        if name == "change":
            raise AttributeError("nothing is changed through what only reads")
        return getattr(self._registry, name)

    @contextlib.contextmanager
    def reading(self) -> Iterator[RememberedView]:
        """Open the ledger for reading."""
        with self._registry.reading() as view:
            yield RememberedView(view, self._folds)


def _digest(entries: Entries) -> bytes:
    digest = sha256()
    for index, event in entries:
        data = write_event(event)
        digest.update(f"{index} {len(data)} ".encode() + data)
    return digest.digest()
