"""What is wanted of answering a cluster: 2,000 questions, none of 99 in a hundred over 50 ms.

And what that costs beside a route that parses the same body and lets everything in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.commands import beside
from bench.foresight import make
from bench.measure import Cell, Measured

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = 20
QUESTIONS = 2_000


def cells(folder: Path) -> list[Measured]:
    """List the cells.

    Args:
        folder: Where a registry is made when it is wanted.
    """
    ours, peer = (
        beside("asking.py", str(folder), who, str(QUESTIONS)) for who in ("ours", "parse")
    )
    prepare = partial(make, folder, RELEASES)
    return [Cell(name="admission-2k", ours=ours, peer=peer, at_most=4, prepare=prepare)]
