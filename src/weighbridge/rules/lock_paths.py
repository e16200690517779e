"""Ways through a lock: by whom a package comes, from what was asked for down to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.lock import Edge, Lock, Pin

Entry = tuple[str, str]
"""Name and version of an entry; the version is empty if the lock fixes none."""

LONGEST: Final = 30
"""Names at the end of a way that are told."""

ELIDED: Final = "…"
"""Stands for the names between them and the root."""

_DEVELOPMENT: Final = """
build ci dev develop development doc docs format lint qa style test testing tests type types typing
"""
_GROUPS: Final = frozenset(_DEVELOPMENT.split())


def is_for_development(pin: Pin) -> bool:
    """Tell whether only groups for development, tests or documents bring an entry in."""
    return bool(pin.groups) and _GROUPS.issuperset(canonicalize_name(name) for name in pin.groups)


def roots_of(lock: Lock) -> tuple[str, ...]:
    """Name what was asked for itself; where a lock does not say, what nothing in it needs."""
    if lock.roots or not lock.records_edges:
        return lock.roots
    needed = {edge.name for pin in lock.pins for edge in pin.edges if edge.name != pin.name}
    return tuple(dict.fromkeys(pin.name for pin in lock.pins if pin.name not in needed))


def entry_of(pin: Pin) -> Entry:
    """Return the name and version an entry goes by."""
    return pin.name, pin.version or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """By whom an entry was reached, from which root, and how far from it."""

    by: Entry | None
    root: Entry
    depth: int


class Ways(Mapping[Entry, tuple[str, ...]]):
    """The shortest way to each entry of a lock, found for all of them by one search.

    A way is the names from what was asked for down to the entry. Of a long one the root and the
    end are named, with `ELIDED` between them. Of an entry nothing leads to it is the entry alone.
    """

    def __init__(self, lock: Lock) -> None:
        """Search from the roots, breadth first.

        Args:
            lock: The lock.
        """
        needs: dict[Entry, list[Edge]] = {}
        named: dict[str, dict[Entry, None]] = {}
        for pin in lock.pins:
            entry = entry_of(pin)
            needs.setdefault(entry, []).extend(pin.edges)
            named.setdefault(pin.name, {})[entry] = None
        self._entries = dict.fromkeys(needs)
        self._first: dict[str, Entry] = {}
        self._steps: dict[Entry, _Step] = {}
        pending: deque[Entry] = deque()
        for root in roots_of(lock):
            pending.extend(self._reached(named.pop(root, ()), None))
        while pending:
            current = pending.popleft()
            for edge in needs[current]:
                entry = (edge.name, edge.version)
                if edge.version and entry in needs:
                    pending.extend(self._reached([entry], current))
                else:
                    # Once for all: whoever needs the name later finds its entries reached.
                    pending.extend(self._reached(named.pop(edge.name, ()), current))

    def _reached(self, entries: Iterable[Entry], by: Entry | None) -> Iterator[Entry]:
        for entry in entries:
            if entry not in self._steps:
                before = None if by is None else self._steps[by]
                root, depth = (entry, 1) if before is None else (before.root, before.depth + 1)
                self._steps[entry] = _Step(by=by, root=root, depth=depth)
                self._first.setdefault(entry[0], entry)
                yield entry

    def __getitem__(self, entry: Entry) -> tuple[str, ...]:
        """Return the way to an entry of the lock."""
        if entry not in self._entries:
            raise KeyError(entry)
        way = [entry[0]]
        if entry not in self._steps:
            return tuple(way)
        step = self._steps[entry]
        while step.by is not None and len(way) < LONGEST:
            way.append(step.by[0])
            step = self._steps[step.by]
        left = [ELIDED] if step.depth > 2 else []  # noqa: PLR2004 - the root, and what it needs
        return (*(() if step.by is None else (step.root[0], *left)), *reversed(way))

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries of the lock."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Count the entries of the lock."""
        return len(self._entries)

    def leads_to(self, name: str) -> bool:
        """Tell whether something that was asked for needs a package, however it is called."""
        return name in self._first

    def told(self, name: str, version: str | None = None) -> str:
        """Say in words how a package comes into the lock; empty if that is not known.

        Args:
            name: The package.
            version: The version of its entry; None for the one that is nearest to a root.
        """
        entry = self._first.get(name) if version is None else (name, version)
        if entry not in self._steps:
            return ""
        way = self[entry]
        if len(way) == 1:
            return f"{name} was asked for itself"
        return f"{name} comes by {' → '.join(way)}"
