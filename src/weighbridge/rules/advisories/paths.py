"""How an entry came into a lock: from something that was asked for, along the lock's edges."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock, Pin


def shortest_paths(lock: Lock) -> dict[tuple[str, str], tuple[str, ...]]:
    """Find a shortest path to each entry, as names from a root to it, by name and version.

    Roots are what the lock says was asked for, or else what nothing depends on. Of an entry no
    root leads to, the path is the entry alone.
    """
    named: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        named.setdefault(pin.name, []).append(pin)
    wanted = {edge.name for pin in lock.pins for edge in pin.edges if edge.name != pin.name}
    roots = [pin for pin in lock.pins if pin.name in lock.roots]
    roots = roots or [pin for pin in lock.pins if pin.name not in wanted]
    found: dict[tuple[str, str], tuple[str, ...]] = {_key(pin): (pin.name,) for pin in roots}
    pending = deque(roots)
    while pending:
        pin = pending.popleft()
        for edge in pin.edges:
            for other in named.get(edge.name, ()):
                if edge.version in ("", other.version) and _key(other) not in found:
                    found[_key(other)] = (*found[_key(pin)], other.name)
                    pending.append(other)
    for pin in lock.pins:
        found.setdefault(_key(pin), (pin.name,))
    return found


def _key(pin: Pin) -> tuple[str, str]:
    return pin.name, pin.version or ""
