"""What differs between two dependency graphs, and how far each package moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.diffing.versions import step
from weighbridge.model.graph.changes import package_changes

if TYPE_CHECKING:
    from weighbridge.model.graph import Graph
    from weighbridge.model.graph.changes import PackageChange


def graph_changes(before: Graph, after: Graph) -> tuple[PackageChange, ...]:
    """Compare two graphs by the versions of each package, in the order of names."""
    return tuple(
        replace(change, step=_step(change.before, change.after))
        for change in package_changes(before, after)
    )


def _step(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Say how far a package moved that has one version on both sides."""
    if len(before) != 1 or len(after) != 1:
        return ""
    return step(before[0], after[0])
