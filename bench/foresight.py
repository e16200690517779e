"""What is wanted of foreseeing a change, and of looking at all that stands: over 1,000 releases."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from bench.commands import beside, weighbridge
from bench.measure import Cell, Measured, NotPreparedError

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = 1_000
SECONDS = 60
CPU_SECONDS = 30


def make(folder: Path, releases: int = RELEASES) -> None:
    """Make the registry (`bench/promoted.py`) unless it is there: a thousand take minutes.

    Raises:
        NotPreparedError: It could not be made.
    """
    if folder.exists():
        return
    folder.mkdir(parents=True)
    done = subprocess.run(beside("promoted.py", str(folder), str(releases)).arguments, check=False)
    if done.returncode:
        shutil.rmtree(folder)
        raise NotPreparedError(f"bench/promoted.py ended with {done.returncode}")


def cells(folder: Path) -> list[Measured]:
    """List the cells.

    Args:
        folder: Where the registry is made when it is wanted: 60 MB.
    """
    prepare = partial(make, folder)
    registry = ("--registry", str(folder / "registry"))
    # One in ten releases would be blocked, which is what exit code 1 says.
    foresee = weighbridge("policy", "what-if", str(folder / "stricter.yaml"), *registry, exits=(1,))
    status = weighbridge("status", *registry)
    return [
        Cell(name="what-if-1k", ours=foresee, at_most=SECONDS, clock="wall", prepare=prepare),
        Cell(name="what-if-1k-cpu", ours=foresee, at_most=CPU_SECONDS, prepare=prepare),
        Cell(name="status-1k", ours=status, at_most=CPU_SECONDS, prepare=prepare),
    ]
