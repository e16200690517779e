"""What is wanted of the search for threats, against the scanner that most hubs run.

What `scan` reads it also digests, which the scanner does not: of the large archive and the large
file only the structure is compared (`structure.py`), of pickles the whole command.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench import inputs, pickles
from bench.commands import beside, weighbridge
from bench.inputs import GIB
from bench.measure import Cell, Command, Measured, Memory, Rate
from bench.reading import peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NESTED = 200_000_000
CHECKS = 50


def structure(path: Path, times: int = 1) -> Command:
    """Return the command that reads the structure of a file (`bench/structure.py`)."""
    return beside("structure.py", str(times), str(path))


def cells(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of the search for threats.

    Args:
        folder: Where inputs are made when they are wanted: 4 GiB for all of them.
        peers: Where peers were installed.
    """
    program = peer(peers, "scanners", "picklescan", "bin", "picklescan")

    def picklescan(path: Path) -> Command:
        return Command((program, "--path", str(path)))

    return [*archives(folder, picklescan), *of_pickles(folder, picklescan)]


def archives(folder: Path, picklescan: Callable[[Path], Command]) -> list[Measured]:
    """List the cells of large files of which little is looked at."""
    torch, tensors, bomb = folder / "torch.pt", folder / "large.safetensors", folder / "bomb.pt"
    make_torch = partial(pickles.write_torch, torch, storages=32, size=GIB // 16)
    return [
        Cell(
            name="scan-torch-2g",
            ours=structure(torch),
            peer=picklescan(torch),
            at_most=2,
            prepare=make_torch,
        ),
        Memory(name="scan-torch-2g-memory", ours=structure(torch), at_most=60, prepare=make_torch),
        # A header takes less than 20 milliseconds.
        Rate(
            name="safetensors-header-1g",
            ours=structure(tensors, CHECKS),
            peer=structure(tensors, 0),
            operations=CHECKS,
            at_least=1 / 0.02,
            prepare=partial(inputs.write_tensors, tensors, size=GIB, tensors=200),
        ),
        Cell(
            name="scan-bomb-300m",
            ours=weighbridge("scan", str(bomb), exits=(1,)),
            at_most=1.0,
            prepare=partial(pickles.write_bomb, bomb),
        ),
    ]


def of_pickles(folder: Path, picklescan: Callable[[Path], Command]) -> list[Measured]:
    """List the cells of many small pickles, and of one large one."""
    small, nested, tenth = folder / "small", folder / "nested.pkl", folder / "tenth.pkl"
    scan_nested = weighbridge("scan", str(nested))
    make_nested = partial(pickles.write_nested, nested, NESTED)

    def make_both() -> None:
        make_nested()
        pickles.write_nested(tenth, NESTED // 10)

    return [
        Cell(
            name="scan-pickles-5k",
            ours=weighbridge("scan", str(small)),
            peer=picklescan(small),
            at_most=2.5,
            prepare=partial(pickles.write_small, small, 5000),
        ),
        # A quarter of what the scanner takes. It needs 11 GiB, so it is given a tenth.
        Cell(
            name="scan-nested-200m",
            ours=scan_nested,
            peer=picklescan(tenth),
            at_most=10 / 4,
            prepare=make_both,
        ),
        Memory(name="scan-nested-200m-memory", ours=scan_nested, at_most=150, prepare=make_nested),
    ]
