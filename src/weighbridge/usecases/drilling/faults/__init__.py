"""Every fault a drill knows, a family a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.usecases.drilling.faults import (
    contents,
    evidence,
    excuses,
    files,
    glass,
    ledger,
    owners,
    packages,
    papers,
    people,
    rejections,
    replays,
    rollbacks,
    standins,
    stops,
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
    *replays.FAULTS,
    *people.FAULTS,
    *standins.FAULTS,
    *rejections.FAULTS,
    *glass.FAULTS,
    *waivers.FAULTS,
    *excuses.FAULTS,
    *owners.FAULTS,
    *stops.FAULTS,
    *ledger.FAULTS,
    *rollbacks.FAULTS,
)
"""In the order they are planted and told."""
