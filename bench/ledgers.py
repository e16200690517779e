"""What is wanted of large ledgers, and beside pymerkle: in CPU seconds and in memory."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from bench.commands import beside, weighbridge
from bench.measure import Cell, Command, Measured, Memory

SMALL, TILED, LARGE = 1_000, 20_000, 1_000_000
PROOFS = 5_000
MEGABYTES = 200_000_000 / (1 << 20)
"""200 MB, in MiB."""


def sizes(verb: str, folder: Path, size: int, count: int = 0) -> Command:
    """Return the command for one verb of `bench/ledger_sizes.py`."""
    return beside("ledger_sizes.py", verb, str(folder), str(size), str(count))


def make(*ledgers: tuple[Path, int]) -> None:
    """Make ledgers that are not there yet."""
    for folder, size in ledgers:
        if not folder.exists():
            subprocess.run(sizes("make", folder, size).arguments, check=True)


def export(folder: Path, tiles: Path) -> None:
    """Make a registry of events and export its ledger."""
    if not tiles.exists():
        subprocess.run(sizes("events", folder, TILED).arguments, check=True)
        words = ("log", "export", str(tiles), "--registry", str(folder))
        subprocess.run(weighbridge(*words).arguments, check=True, stdout=subprocess.DEVNULL)


def cells(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of ledgers.

    Args:
        folder: Where ledgers are made when they are wanted: 180 MB.
        peers: Where peers were installed.
    """
    small, large = folder / "small", folder / "large"
    both = partial(make, (small, SMALL), (large, LARGE))
    events, tiles = folder / "events", folder / "tiles"
    verify = weighbridge(
        *("log", "verify", str(tiles), "--registry", str(folder / "none")),
        *("--log-key", str(events / "log.pub")),
    )
    return [
        # Proofs made from the registry's tables, their entries read, and verified.
        Cell(
            name="ledger-proof-scaling",
            ours=sizes("prove", large, LARGE, PROOFS),
            peer=sizes("prove", small, SMALL, PROOFS),
            at_most=2,
            prepare=both,
        ),
        Memory(
            name="ledger-memory-1m",
            ours=sizes("prove", large, LARGE, PROOFS),
            at_most=MEGABYTES,
            prepare=both,
        ),
        Memory(
            name="ledger-memory-1m-tree",
            ours=sizes("tree", large, LARGE, PROOFS),
            at_most=MEGABYTES,
        ),
        Memory(
            name="ledger-memory-tiles",
            ours=verify,
            at_most=60,
            prepare=partial(export, events, tiles),
        ),
        *(
            Cell(
                name=f"ledger-{verb}-pymerkle",
                ours=beside("ledger.py", verb, str(count)),
                peer=pymerkle(peers, verb, count),
                at_most=at_most,
            )
            for verb, count, at_most in (
                ("append", 100_000, 0.5),
                ("prove", 5_000, 0.5),
                ("verify", 20_000, 0.7),
            )
        ),
    ]


def pymerkle(peers: Path, verb: str, count: int) -> Command:
    """Return the command by which pymerkle does the same."""
    python = peers / "pymerkle" / "bin" / Path(sys.executable).name
    file = Path(__file__).with_name("ledger_pymerkle.py")
    return Command((str(python), str(file), verb, str(count)))
