"""What is wanted of a server for a team: real processes over loopback, each in its own right.

The server's CPU seconds are those of its process, not of who asks; each program tells its figure.
"""

from __future__ import annotations

import subprocess
from functools import partial
from typing import TYPE_CHECKING

from bench.commands import beside
from bench.measure import Cell, Measured, NotPreparedError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measure import Command

READS = 2_000


def cells(folder: Path) -> list[Measured]:
    """List the cells.

    Args:
        folder: Where registries are made when they are wanted.
    """
    handing = folder / "handing"
    prepare = partial(make, handing, "handing.py")
    return [
        # From nothing to the first 200 of /readyz, over a registry that is there.
        Cell(
            name="serve-ready",
            ours=beside("handing.py", "ready", str(handing)),
            at_most=3,
            clock="told",
            prepare=prepare,
        ),
        # The peer is the same server (uvicorn, guard, log, metrics) but for the route: it has the
        # manifest parsed in memory, and FastAPI writes it by its `response_model`.
        read(handing, "immutable-read"),
        read(handing, "immutable-read-known", "known"),
    ]


def read(folder: Path, name: str, *more: str) -> Cell:
    """Compare handing out a manifest with writing it anew."""

    def asked(who: str, *words: str) -> Command:
        return beside("handing.py", who, str(folder), str(READS), *words)

    return Cell(
        name=name,
        ours=asked("ours", *more),
        peer=asked("peer"),
        at_most=0.6,
        clock="told",
        prepare=partial(make, folder, "handing.py"),
    )


def make(folder: Path, program: str) -> None:
    """Have a program of this folder make what it asks for, unless it is there.

    Raises:
        NotPreparedError: It could not.
    """
    if folder.exists():
        return
    folder.mkdir(parents=True)
    done = subprocess.run(beside(program, "make", str(folder)).arguments, check=False)
    if done.returncode:
        raise NotPreparedError(f"bench/{program} ended with {done.returncode}")
