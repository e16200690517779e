"""Locks made of a few words, to draw graphs of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import Distribution
from weighbridge.model.graph.building import graph_of
from weighbridge.model.lock import Edge, Lock, Pin

if TYPE_CHECKING:
    from weighbridge.model.graph import Graph


def pin(name: str, version: str | None = "1", *needs: str | Edge, marker: str = "") -> Pin:
    """Pin a package that needs others."""
    edges = tuple(Edge(name=one) if isinstance(one, str) else one for one in needs)
    return Pin(name=name, version=version, edges=edges, marker=marker)


def lock(*pins: Pin, roots: tuple[str, ...] = (), recorded: bool = True, python: str = "") -> Lock:
    return Lock(
        format="uv",
        pins=pins,
        roots=roots,
        records_edges=recorded,
        requires_python=python,
    )


def graph(*pins: Pin, roots: tuple[str, ...] = ()) -> Graph:
    return graph_of(lock(*pins, roots=roots))


def chain(length: int) -> Graph:
    """Let each of many need the next."""
    return graph(
        *(pin(f"p{at:05}", "1", f"p{at + 1:05}") for at in range(length)), pin(f"p{length:05}")
    )


def installed(name: str, *requires: str, version: str = "1") -> Distribution:
    return Distribution(name=name, version=version, requires=requires)
