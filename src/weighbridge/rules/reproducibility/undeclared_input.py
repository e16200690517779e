"""The build read a file that nobody declares.

## What it checks

Where a record of `weighbridge build` made a file of the release, byte for byte: whether each file
the build read is an input of `spec.build.inputs` or `--input`, a part of the release, or known to
git, unchanged. Files of the interpreter, of installed packages and of the system are named as a
whole and are not asked about. Many files of one folder are one finding. Of a build that was not
seen whole it is inconclusive.

## Why it matters

What nobody declares is not there when the release is made again: a cache in the home folder, a
data set on one machine, a file that was never committed. The build fails, or quietly gives another
model.

## How to fix

Name the file under `spec.build.inputs`, commit it, or stop reading it.

## Example

`train.py` opens `/srv/data/extra.csv`, and the manifest names `data/train.csv` alone: warns, and
names the file with its digest.

## References

- SLSA 1.0, resolved dependencies: https://slsa.dev/spec/v1.0/provenance
- Reproducible Builds, volatile inputs: https://reproducible-builds.org/docs/volatile-inputs/
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.build_record import BuildInput, Origin
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Facts

ONE_BY_ONE = 5
"""Files of a folder up to which each is a finding of its own."""


def judge(build: BuildRecord | Unavailable, facts: Facts) -> Iterator[Judgement]:  # noqa: ARG001 - the protocol's
    """Name what nobody declares."""
    folders: dict[str, list[BuildInput]] = defaultdict(list)
    record = observed(build)
    for one in record.undeclared:
        folders[one.path.rpartition("/")[0]].append(one)
    for folder, files in folders.items():
        if len(files) > ONE_BY_ONE:
            count = wording.plural(len(files), "file")
            yield _found(f"{folder}/" if folder else ".", count, f"{count} in")
        else:
            for one in files:
                yield _found(one.path, wording.sized(one.digest, one.size), "")
    items.seen_whole(record)


def _found(subject: str, seen: str, count: str) -> Judgement:
    return Judgement(
        message=f"the build read {f'{count} {subject}'.strip()}, which nobody declares",
        subject=subject,
        seen=seen,
        wanted="an input, a part of the release, or a file git knows",
        remediation=(
            f"name it under spec.build.inputs: `path: {subject}`",
            "or commit it, or do not read it",
        ),
    )


def examples() -> list[Example]:
    """Show a build that reads what is declared, one that reads more, and one that reads a lot."""
    bare = sample.release()
    extra = BuildInput(
        path="/srv/extra.csv", digest=sample.DIGEST, size=12, origin=Origin.UNDECLARED
    )
    many = tuple(replace(extra, path=f"cache/{number}.bin") for number in range(9))
    return [
        Example(
            title="all is declared",
            facts=replace(bare, build=sample.build()),
            verdict=Verdict.PASS,
        ),
        Example(title="no record of a build", facts=bare, verdict=Verdict.PASS),
        Example(
            title="a file of another folder",
            facts=replace(bare, build=sample.build(inputs=(extra,))),
            verdict=Verdict.FAIL,
            seen="/srv/extra.csv",
        ),
        Example(
            title="many files of one folder",
            facts=replace(bare, build=sample.build(inputs=many)),
            verdict=Verdict.FAIL,
            seen="9 files in cache/",
        ),
        *sample.unseen_builds(),
    ]


RULE = Rule(
    code="REP007",
    name="undeclared-input",
    severity=Severity.WARNING,
    each=items.build,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
