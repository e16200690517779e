"""Which packages of a lock only an extra or a dependency group brings in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Ask = tuple[str, frozenset[str]]
"""A dependency: the name of a package, and the extras asked of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A package and what it depends on.

    Attributes:
        name: Its name.
        edges: What it always needs.
        extras: What each of its extras needs, too.
        groups: What each of its dependency groups needs; projects alone have some.
        is_project: Whether the lock was made for it.
    """

    name: str
    edges: tuple[Ask, ...] = ()
    extras: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    is_project: bool = False


def groups_of(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    """Name the extras and groups of the projects that bring each package in.

    A package that is needed without any, or that nothing needs, is left out.
    """
    by_name: dict[str, list[Node]] = defaultdict(list)
    starts: dict[str, list[Ask]] = defaultdict(list)
    default: list[Ask] = []
    for node in nodes:
        by_name[node.name].append(node)
        if node.is_project:
            default.extend(node.edges)
            for table in (node.extras, node.groups):
                for group, edges in table.items():
                    starts[group].extend(edges)
    always = _reach(default, by_name)
    found: dict[str, list[str]] = defaultdict(list)
    for group in sorted(starts):
        for name in _reach(starts[group], by_name) - always:
            found[name].append(group)
    return {name: tuple(groups) for name, groups in found.items()}


def _reach(start: Iterable[Ask], by_name: Mapping[str, list[Node]]) -> set[str]:
    """Follow dependencies to every package that installing these would install."""
    done: dict[str, set[str]] = {}
    pending = list(start)
    while pending:
        name, extras = pending.pop()
        new = name not in done
        seen = done.setdefault(name, set())
        added = extras - seen
        seen |= added
        for node in by_name.get(name, ()):
            if new:
                pending.extend(node.edges)
            for extra in sorted(added & node.extras.keys()):
                pending.extend(node.extras[extra])
    return set(done)
