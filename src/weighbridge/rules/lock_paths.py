"""Ways through a lock: by whom a package comes, from what was asked for down to it."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock, Pin

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
    needed = {edge.name for pin in lock.pins for edge in pin.edges}
    return tuple(dict.fromkeys(pin.name for pin in lock.pins if pin.name not in needed))


def path_to(lock: Lock, name: str) -> tuple[str, ...]:
    """Return the shortest way from a root to a package, both included; empty if none is known."""
    needs: dict[str, list[str]] = defaultdict(list)
    for pin in lock.pins:
        needs[pin.name].extend(edge.name for edge in pin.edges)
    came_by: dict[str, str] = dict.fromkeys(roots_of(lock), "")
    pending = deque(came_by)
    while pending and name not in came_by:
        current = pending.popleft()
        for other in needs.get(current, ()):
            if other not in came_by:
                came_by[other] = current
                pending.append(other)
    if name not in came_by:
        return ()
    way = [name]
    while came_by[way[-1]]:
        way.append(came_by[way[-1]])
    return tuple(reversed(way))


def told(lock: Lock, name: str) -> str:
    """Say in words how a package comes into a lock; empty if that is not known."""
    way = path_to(lock, name)
    if not way:
        return ""
    if len(way) == 1:
        return f"{name} was asked for itself"
    return f"{name} comes by {' → '.join(way)}"
