"""Dependency graphs: who needs whom, and what does not fit together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Conflict", "ConflictKind", "Graph", "Link", "Node", "Origin"]

ConflictKind = Literal["missing", "together", "outside"]
Origin = Literal["lock", "installed", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One entry of a lock.

    Attributes:
        id: Its name and version, `name==version`, or its name if it has no version; of entries
            that would be called alike, all but the first end in `#2`, `#3` …
        name: Normalised name (PEP 503).
        version: The exact version, or empty if the entry does not fix one.
        marker: Environment marker (PEP 508) as written, or empty.
        groups: Dependency groups or extras it belongs to; empty for the default set.
        line: Line in the lock file, counted from 1.
        reference: Address or path it is taken from, if not from an index.
    """

    id: str
    name: str
    version: str = ""
    reference: str = ""
    marker: str = ""
    groups: tuple[str, ...] = ()
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That one entry needs another.

    Attributes:
        source: Id of the one.
        target: Id of the other.
        marker: Environment marker (PEP 508) under which it does, as written, or empty.
        extras: Extras it asks for, sorted.
    """

    source: str
    target: str
    marker: str = ""
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What does not fit together.

    Attributes:
        kind: `missing`: an entry needs what the lock does not have. `together`: two versions of
            one name can both apply. `outside`: a version is not one that somebody who needs it
            takes.
        node: Id of the entry it shows at.
        other: What it is at odds with: an id, or a requirement as written.
        why: One clause, lower case.
    """

    kind: ConflictKind
    node: str
    other: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The entries of a lock and who needs whom.

    Attributes:
        nodes: Every entry by its id, sorted.
        links: Whom each entry needs, by its id, sorted; one that needs nobody is not in it.
        roots: Ids of what was asked for itself, sorted.
        stated: Whether the lock says what was asked for; else the roots are what nobody needs.
        origin: Where the links are from: the lock, or what is `installed`; `nobody` told them.
        untold: Names of entries of which nobody told whom they need.
        conflicts: What does not fit together, sorted.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    links: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    stated: bool = False
    origin: Origin = "nobody"
    untold: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def named(self, name: str) -> tuple[str, ...]:
        """List the ids of the entries of a name."""
        return tuple(id_ for id_, node in self.nodes.items() if name in (node.name, id_))

    def count(self) -> int:
        """Count the links."""
        return sum(map(len, self.links.values()))
