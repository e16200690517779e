"""What is recorded of the build is not enough to make the release again.

## What it checks

Where the manifest has `spec.build`: whether `command`, `environment`, `inputs`, `seeds` and
`compiler` are all there; an empty list says that there are none. Where a record of `weighbridge
build` made a file of the release, byte for byte: whether every file that was read has a digest,
of the bytes that were read. A record whose witness did not see all is inconclusive.

## Why it matters

A build that leaves one of its inputs unsaid gives another model on the next machine, and nobody
can tell why: the one thing that differed is the one that was not written down.

## How to fix

Run the build by `weighbridge build`, where strace may trace, and let nothing change or remove
its inputs while it runs. Then put what was recorded into the manifest.

## Example

`spec.build` has a `command` and `inputs` alone: fails, and names `environment`, `seeds` and
`compiler`.

## References

- SLSA 1.0, build provenance: https://slsa.dev/spec/v1.0/provenance
- Reproducible Builds, recording the build environment: https://reproducible-builds.org/docs/recording/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.build_record import UnreadFile, Witness
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Facts
    from weighbridge.model.release import ModelRelease

MEMBERS = ("command", "environment", "inputs", "seeds", "compiler")
AGAIN = "run the build again by `weighbridge build`"


def each(facts: Facts) -> Iterator[Item[ModelRelease]]:
    """Yield the release, placed at its build, if anything is said of that."""
    for item in items.release(facts, items.BUILD):
        if item.value.spec.build is not None or facts.build is not None:
            yield item


def judge(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    """Look for what is missing in the manifest, and in the record."""
    build = release.spec.build
    missing = [name for name in MEMBERS if build is not None and getattr(build, name) is None]
    if missing:
        yield Judgement(
            message=f"spec.build does not say {wording.some_of(missing)}",
            subject="spec.build",
            seen=f"no {', no '.join(missing)}",
            wanted=", ".join(MEMBERS),
            remediation=("add them, an empty list for what there is none of", AGAIN),
        )
    if facts.build is not None:
        yield from _of_record(observed(facts.build))


def _of_record(record: BuildRecord) -> Iterator[Judgement]:
    for one in record.unread:
        yield Judgement(
            message=f"the build read {one.path}, which has no digest: {one.reason}",
            subject=one.path,
            seen=one.reason,
            wanted="the digest of what was read",
            remediation=("keep the file until the build has ended", AGAIN),
        )
    for changed in record.inputs:
        if changed.changed:
            yield Judgement(
                message=f"{changed.path} was changed while the build that read it ran",
                subject=changed.path,
                seen=f"{changed.digest} when it had ended",
                wanted="the digest of what was read",
                remediation=("let nothing write to inputs, the build itself included", AGAIN),
            )
    if record.partial:
        yield Judgement(
            message=f"the record of the build is partial: {record.blind or record.witness.value}",
            subject="the build",
            seen=f"witness: {record.witness.value}",
            wanted=f"witness: {Witness.STRACE.value}",
            remediation=("build where strace may trace: `weighbridge doctor`", AGAIN),
            verdict=Verdict.INCONCLUSIVE,
        )


def examples() -> list[Example]:
    """Show a whole section and a partial one, and records with a gap each."""
    command = {"command": ["python", "train.py"]}
    whole = sample.release({"/spec/build": command | {name: [] for name in MEMBERS[1:]}})
    bare = sample.release()
    unread = (UnreadFile(path="/tmp/x.csv", reason="it was removed"),)  # noqa: S108 - a name
    first = sample.build().inputs[0]
    return [
        Example(title="all is said", facts=whole, verdict=Verdict.PASS),
        Example(
            title="a command alone",
            facts=sample.release({"/spec/build": command}),
            verdict=Verdict.FAIL,
            seen="seeds",
        ),
        Example(
            title="a whole record",
            facts=replace(bare, build=sample.build()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an input that is gone",
            facts=replace(bare, build=sample.build(unread=unread)),
            verdict=Verdict.FAIL,
            seen="it was removed",
        ),
        Example(
            title="an input that was changed meanwhile",
            facts=replace(bare, build=sample.build(inputs=(replace(first, changed=True),))),
            verdict=Verdict.FAIL,
            seen="data/a.csv was changed",
        ),
        *sample.unseen_builds(),
    ]


RULE = Rule(
    code="REP001",
    name="provenance-incomplete",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
