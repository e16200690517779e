"""Faults of the training: lesson 4."""

from __future__ import annotations

from weighbridge.usecases.demo.course.faults.fault import Fault, Made, Replaced, in_manifest

BUILD = (
    Fault(
        name="no-seeds",
        lesson=4,
        codes=("REP001",),
        told="What the training was seeded with is not written down.",
        edits=(in_manifest("    seeds:\n    - {name: python, value: 7}\n", ""),),
    ),
    Fault(
        name="undeclared-input",
        lesson=4,
        codes=("REP007",),
        told="The training reads a file that nobody declares, and that git is told to ignore.",
        edits=(
            Made("corrections.csv", lambda _: b"60.0,45.0,40.0,9.1,large\n"),
            Replaced(
                "train.py",
                "random.Random(7)",
                'with pathlib.Path("corrections.csv").open() as corrections:\n'
                '    rows += csv.DictReader(corrections, [*COLUMNS, "chute"])\nrandom.Random(7)',
            ),
        ),
        by="build",
    ),
    Fault(
        name="unseeded",
        lesson=4,
        codes=("unseeded",),
        told="The training shuffles without a seed.",
        edits=(Replaced("train.py", "random.Random(7)", "random"),),
        by="replay",
    ),
    Fault(
        name="order-of-a-set",
        lesson=4,
        codes=("hash-seed",),
        told="The order of the parcels is that of a set, which is another one in every process.",
        edits=(
            Replaced(
                "train.py",
                'rows = list(csv.DictReader(pathlib.Path("parcels.csv").read_text().splitlines()))',
                'seen = csv.DictReader(pathlib.Path("parcels.csv").read_text().splitlines())\n'
                "rows = [dict(row) for row in {tuple(row.items()) for row in seen}]",
            ),
        ),
        by="replay",
    ),
)
"""Of the lesson on builds."""
