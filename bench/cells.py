"""What is compared with what, and what is wanted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from bench import (
    admission,
    advisories,
    building,
    coverage,
    foresight,
    images,
    ledgers,
    reading,
    record,
    sbom,
    signing,
    team,
    threats,
    transfer,
)
from bench.commands import VERDICTS, beside, code, weighbridge
from bench.listing import FILES, entries, one_text
from bench.measure import Cell, Command, Measured, Rate
from scripts.large_manifest import large_manifest
from scripts.sample_release import safetensors, write_release

NOTHING = code("pass")
"""The cheapest thing Python can do."""

VERIFY_PATH = "weighbridge.usecases.audit, weighbridge.usecases.prove, weighbridge.usecases.verify"
"""What verifying imports; all of `ledger` and `seal` comes with it."""

JOBS = 40
"""Durable jobs in a run; a worker takes two each half second."""

DIFFS = 50
"""Diffs in a run: enough for the start not to matter."""


def real_model() -> tuple[str, bytes]:
    """Return name and bytes of a real ONNX model, or of a tiny file without the demo extra."""
    package = importlib.util.find_spec("magika")
    if package is not None and package.origin is not None:
        for model in sorted(Path(package.origin).parent.rglob("*.onnx")):
            return "model.onnx", model.read_bytes()
    return "model.safetensors", safetensors()


def ledger(verb: str, operations: int, *, at_least: float) -> Rate:
    """Return the rate of one verb of `bench/ledger.py`."""
    return Rate(
        name=f"ledger-{verb}",
        ours=beside("ledger.py", verb, str(operations)),
        peer=beside("ledger.py", verb, "0"),
        operations=operations,
        at_least=at_least,
    )


def appending(threads: int, count: int) -> Command:
    """Return the command that appends entries to a registry (`bench/appending.py`)."""
    return beside("appending.py", str(threads), str(count))


def gate(name: str, kind: str, operations: int, *, at_least: float) -> Rate:
    """Return the rate of one kind of work of `bench/gate.py`."""
    return Rate(
        name=name,
        ours=beside("gate.py", kind, str(operations)),
        peer=beside("gate.py", kind, "0"),
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
    return Cell(
        name="listing-100k",
        ours=beside("listing.py", str(times)),
        peer=code(PARSING, str(text), str(times)),
        at_most=at_most,
    )


def manifest(kind: str, count: int) -> Command:
    """Return the command that reads manifests (`bench/manifest.py`)."""
    return beside("manifest.py", kind, str(count))


def manifests(folder: Path) -> list[Cell | Rate]:
    """List the cells of reading a manifest of 5,000 lines, and those that were written to hurt."""
    faulty = folder / "faulty.yaml"
    faulty.write_text(large_manifest(mistakes=30)[0])
    return [
        # 0.35 CPU seconds each, with 30 faults at line and column.
        Rate(
            name="manifest-5000",
            ours=manifest("read", 20),
            peer=manifest("read", 0),
            operations=20,
            at_least=1 / 0.35,
        ),
        Cell(
            name="manifest-5000-compose",
            ours=manifest("read", 20),
            peer=manifest("compose", 20),
            at_most=5,
        ),
        Cell(
            name="manifest-5000-command",
            ours=weighbridge("show", str(faulty), exits=(2,)),
            at_most=1.0,
        ),
        # The program fails if one of them takes more than 0.1; this is all of them and its start.
        Cell(name="manifest-hostile", ours=manifest("hostile", 1), at_most=3),
    ]


def diffing(who: str, count: int) -> Command:
    """Return the command that compares two manifests over and over (`bench/diffing.py`)."""
    return beside("diffing.py", who, str(count))


def diffs() -> list[Cell | Rate]:
    """Return what is wanted of the diff of two manifests of 5,000 lines: 0.05 CPU s."""
    alone = Rate(
        name="diff-5000",
        ours=diffing("ours", DIFFS),
        peer=diffing("ours", 0),
        operations=DIFFS,
        at_least=20,
    )
    compared = Cell(
        name="diff-5000-jsonpatch",
        ours=diffing("ours", DIFFS),
        peer=diffing("jsonpatch", DIFFS),
        at_most=1,
    )
    return [alone, compared]


def durable_jobs() -> list[Cell | Rate]:
    """Return what is wanted of trivial durable jobs, beside DBOS alone."""
    ours, none = beside("jobs.py", str(JOBS)), beside("jobs.py", "0")
    bare = beside("jobs_dbos.py", str(JOBS))
    return [
        Cell(name="job-overhead", ours=ours, peer=bare, at_most=1.5),
        # Without the start: 25 CPU ms a job.
        Rate(name="job-each", ours=ours, peer=none, operations=JOBS, at_least=40),
    ]


def cells(folder: Path, peers: Path) -> list[Measured]:
    """List all cells.

    Args:
        folder: Where inputs are prepared; it must outlive the measurements.
        peers: Where peers were installed by `make tools`.
    """
    release = write_release(folder / "release", *real_model())
    return [
        Cell(name="help", ours=weighbridge("--help"), peer=NOTHING, at_most=7),
        Cell(name="version", ours=weighbridge("--version"), peer=NOTHING, at_most=5),
        Cell(name="check", ours=weighbridge("check", str(release), exits=VERDICTS), at_most=1.5),
        # In CPU seconds, those of an interpreter that does nothing included.
        Cell(name="verify-import", ours=code(f"import {VERIFY_PATH}"), at_most=0.15),
        ledger("append", 100_000, at_least=100_000),
        ledger("prove", 20_000, at_least=20_000),
        ledger("verify", 30_000, at_least=30_000),
        # 1,000 conditions over 200 KB: 0.25 CPU s from their texts, 0.15 compiled.
        gate("gate-conditions", "texts", 1000, at_least=4000),
        gate("gate-compiled", "compiled", 1000, at_least=6667),
        gate("gate-items", "items", 100_000, at_least=30_000),
        listing(folder, 15, at_most=2),
        *manifests(folder),
        *diffs(),
        # Ten times the durable entries in no more time; starting costs both the same.
        Cell(
            name="ledger-group-commit",
            ours=appending(64, 6400),
            peer=appending(1, 640),
            at_most=1,
            clock="wall",
        ),
        *ledgers.cells(folder / "ledgers", peers),
        *reading.cells(folder / "reading", peers),
        *signing.cells(folder / "reading", peers),
        *record.cells(folder / "record"),
        *images.cells(folder / "images"),
        *transfer.cells(folder / "transfer"),
        *sbom.cells(),
        *threats.cells(folder / "threats", peers),
        *coverage.cells(folder / "coverage"),
        *advisories.cells(folder / "advisories"),
        *foresight.cells(folder / "foresight"),
        *building.cells(folder / "building"),
        *admission.cells(folder / "admission"),
        *team.cells(folder / "team"),
        *durable_jobs(),
    ]
