"""Every fault a drill knows, a family a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.usecases.drilling.faults import contents, files, packages, papers

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Fault

FAULTS: tuple[Fault, ...] = (
    *files.FAULTS,
    *contents.FAULTS,
    *packages.FAULTS,
    *papers.FAULTS,
)
"""In the order they are planted and told."""
