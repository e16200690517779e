"""Which entries of a lock a target installs: markers judged for the target, never for the host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.markers import can_hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.lock import Lock, Pin


def installed_on(lock: Lock, stated: Mapping[str, str | frozenset[str]]) -> list[Pin]:
    """List the entries a target installs, as far as markers and dependencies tell.

    An entry on which nothing depends that is installed, though something depends on it, is left
    out; what nothing depends on is installed. Each has the dependencies it has on that target.

    Args:
        lock: The lock.
        stated: What the target answers to markers; one that is not decided by it may hold.
    """
    admitted = [_there(pin, stated) for pin in lock.pins if can_hold(pin.marker, stated)]
    if not lock.records_edges:
        return admitted
    depended_on = {edge.name for pin in lock.pins for edge in pin.edges}
    roots = set(lock.roots) | {pin.name for pin in admitted if pin.name not in depended_on}
    reached = _reach(roots, admitted)
    return [pin for pin in admitted if pin.name in reached]


def _there(pin: Pin, stated: Mapping[str, str | frozenset[str]]) -> Pin:
    """Leave out what an entry does not depend on there."""
    edges = tuple(edge for edge in pin.edges if can_hold(edge.marker, stated))
    return pin if len(edges) == len(pin.edges) else replace(pin, edges=edges)


def _reach(roots: set[str], pins: Iterable[Pin]) -> set[str]:
    edges: dict[str, set[str]] = {}
    for pin in pins:
        edges.setdefault(pin.name, set()).update(edge.name for edge in pin.edges)
    reached: set[str] = set()
    waiting = sorted(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges.get(name, ()))
    return reached
