"""What is compared with what, and what is wanted."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from bench.listing import FILES, entries, one_text
from bench.measure import Cell, Command, Rate
from scripts.sample_release import safetensors, write_release

NOTHING = Command((sys.executable, "-c", "pass"))
"""The cheapest thing Python can do."""

VERIFY_PATH = "weighbridge.usecases.audit, weighbridge.usecases.prove, weighbridge.usecases.verify"
"""What verifying imports; all of `ledger` and `seal` comes with it."""

VERDICTS = (0, 1, 3)
"""Exit codes of a `check` that reached a verdict."""


def weighbridge(*arguments: str, exits: tuple[int, ...] = (0,)) -> Command:
    """Return the command for the weighbridge installed beside this interpreter."""
    program = Path(sys.executable).parent / "weighbridge"
    return Command((str(program), *arguments), exits)


def importing(modules: str) -> Command:
    """Return the command that imports modules and does nothing else."""
    return Command((sys.executable, "-c", f"import {modules}"))


def real_model() -> tuple[str, bytes]:
    """Return name and bytes of a real ONNX model, or of a tiny file without the demo extra."""
    package = importlib.util.find_spec("magika")
    if package is not None and package.origin is not None:
        for model in sorted(Path(package.origin).parent.rglob("*.onnx")):
            return "model.onnx", model.read_bytes()
    return "model.safetensors", safetensors()


def ledger(verb: str, operations: int, *, at_least: float) -> Rate:
    """Return the rate of one verb of `bench/ledger.py`."""
    program = (sys.executable, str(Path(__file__).with_name("ledger.py")), verb)
    return Rate(
        name=f"ledger-{verb}",
        ours=Command((*program, str(operations))),
        peer=Command((*program, "0")),
        operations=operations,
        at_least=at_least,
    )


def appending(threads: int, count: int) -> Command:
    """Return the command that appends entries to a registry (`bench/appending.py`)."""
    program = str(Path(__file__).with_name("appending.py"))
    return Command((sys.executable, program, str(threads), str(count)))


def gate(name: str, kind: str, operations: int, *, at_least: float) -> Rate:
    """Return the rate of one kind of work of `bench/gate.py`."""
    program = (sys.executable, str(Path(__file__).with_name("gate.py")), kind)
    return Rate(
        name=name,
        ours=Command((*program, str(operations))),
        peer=Command((*program, "0")),
        operations=operations,
        at_least=at_least,
    )


PARSING = """\
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
for _ in range(int(sys.argv[2])):
    json.loads(text)
"""


def listing(folder: Path, times: int, *, at_most: float) -> Cell:
    """Compare writing and reading a long listing (`bench/listing.py`) with parsing its text."""
    text = folder / "listing.json"
    text.write_text(one_text(entries(FILES)), encoding="utf-8")
    program = str(Path(__file__).with_name("listing.py"))
    return Cell(
        name="listing-100k",
        ours=Command((sys.executable, program, str(times))),
        peer=Command((sys.executable, "-c", PARSING, str(text), str(times))),
        at_most=at_most,
    )


def cells(folder: Path) -> list[Cell | Rate]:
    """List all cells.

    Args:
        folder: Where inputs are prepared; it must outlive the measurements.
    """
    manifest = write_release(folder / "release", *real_model())
    return [
        Cell(name="help", ours=weighbridge("--help"), peer=NOTHING, at_most=7),
        Cell(name="version", ours=weighbridge("--version"), peer=NOTHING, at_most=5),
        Cell(name="check", ours=weighbridge("check", str(manifest), exits=VERDICTS), at_most=1.5),
        # In CPU seconds, those of an interpreter that does nothing included.
        Cell(name="verify-import", ours=importing(VERIFY_PATH), at_most=0.15),
        ledger("append", 100_000, at_least=100_000),
        ledger("prove", 20_000, at_least=20_000),
        ledger("verify", 30_000, at_least=30_000),
        # 1,000 conditions over 200 KB: 0.25 CPU s from their texts, 0.15 compiled.
        gate("gate-conditions", "texts", 1000, at_least=4000),
        gate("gate-compiled", "compiled", 1000, at_least=6667),
        gate("gate-items", "items", 100_000, at_least=30_000),
        listing(folder, 15, at_most=2),
        # Ten times the durable entries in no more time; starting costs both the same.
        Cell(
            name="ledger-group-commit",
            ours=appending(64, 6400),
            peer=appending(1, 640),
            at_most=1,
            clock="wall",
        ),
    ]
