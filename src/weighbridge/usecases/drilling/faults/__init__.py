"""Every fault a drill knows, a family a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.usecases.drilling.faults import (
    contents,
    evidence,
    files,
    ledger,
    owners,
    packages,
    papers,
    people,
    rollbacks,
    trees,
    waivers,
)

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Fault

FAULTS: tuple[Fault, ...] = (
    *files.FAULTS,
    *trees.FAULTS,
    *contents.FAULTS,
    *packages.FAULTS,
    *papers.FAULTS,
    *evidence.FAULTS,
    *people.FAULTS,
    *waivers.FAULTS,
    *owners.FAULTS,
    *ledger.FAULTS,
    *rollbacks.FAULTS,
)
"""In the order they are planted and told."""
