"""An input of the build is declared and was never opened.

## What it checks

Where a record of `weighbridge build` made a file of the release, byte for byte: whether each input
of `spec.build.inputs` and `--input` was opened. A folder counts as opened if any file in it was.
Of a build that was not seen whole it is inconclusive.

## Why it matters

An input that is declared and not read is a claim that is not true: the model was trained without
the data the papers speak of, or a path in the script is not the one in the manifest.

## How to fix

Correct the path, in the script or in the manifest, or take the input out.

## Example

`spec.build.inputs` names `data/2026.csv`, and the script still opens `data/2025.csv`: warns, and
names `data/2026.csv`.

## References

- SLSA 1.0, resolved dependencies: https://slsa.dev/spec/v1.0/provenance
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Facts


def judge(build: BuildRecord | Unavailable, facts: Facts) -> Iterator[Judgement]:  # noqa: ARG001 - the protocol's
    """Name what was declared and never opened."""
    record = observed(build)
    items.seen_whole(record)
    for path in record.dead:
        yield Judgement(
            message=f"{path} is declared as an input, and the build never opened it",
            subject=path,
            seen="it was never opened",
            wanted="inputs the build reads",
            remediation=("correct the path, or take the input out",),
        )


def examples() -> list[Example]:
    """Show a build that opens all of its inputs, one that does not, and one nobody saw whole."""
    bare = sample.release()
    return [
        Example(
            title="every input was opened",
            facts=replace(bare, build=sample.build()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="one was not",
            facts=replace(bare, build=sample.build(dead=("data/2026.csv",))),
            verdict=Verdict.FAIL,
            seen="data/2026.csv",
        ),
        *sample.unseen_builds(),
    ]


RULE = Rule(
    code="REP010",
    name="dead-input",
    severity=Severity.WARNING,
    each=items.build,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
