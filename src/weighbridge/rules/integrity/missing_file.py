"""A file the manifest lists does not exist.

## What it checks

That there is a file or directory at `path` of every artifact and at `lock` of every dependency
set. An artifact that has only a `uri` has no file here and is not asked about.

## Why it matters

A release that refers to a file nobody has cannot be run, rebuilt or rolled back to. Usually the
file lies on the machine of whoever trained the model, or was never added to the store.

## How to fix

Fetch the file (`git lfs pull`, `dvc pull`, `weighbridge pull`), correct the path, or take the
artifact out of the manifest if the release does without it.

## Example

    artifacts:
      - {name: model, role: weights, path: weigths/model.onnx}

fails: the folder is called `weights`.

## References

- OCI image specification 1.1, "content addressability": every descriptor refers to content
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import MISSING, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


def judge(path: str, facts: Facts) -> Iterator[Judgement]:
    """Tell a file that is absent from one that could not be looked at."""
    fact = facts.locks.get(path) or items.weighed(facts, path)
    if isinstance(fact, Unavailable) and fact.reason.startswith(MISSING):
        yield Judgement(
            message=f"{path} does not exist",
            seen=MISSING,
            wanted="a file or directory",
            cause="the file was not fetched, or the path is misspelt",
            remediation=("fetch the file, or correct the path in the manifest",),
        )
    else:
        observed(fact)


def examples() -> list[Example]:
    """Show a file that is there, one that is not, and one that may not be read."""
    release = replace(sample.release(), locks=sample.lock())
    return [
        Example(
            title="all files are there",
            facts=replace(release, files=sample.file()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="the model was not fetched",
            facts=replace(release, files={sample.MODEL: Unavailable(MISSING)}),
            verdict=Verdict.FAIL,
            seen="model.safetensors does not exist",
        ),
        Example(
            title="the lock was not written",
            facts=replace(release, files=sample.file(), locks={sample.LOCK: Unavailable(MISSING)}),
            verdict=Verdict.FAIL,
            seen="requirements.lock does not exist",
        ),
        Example(
            title="a folder that may not be entered",
            facts=replace(release, files={sample.MODEL: Unavailable("permission denied")}),
            verdict=Verdict.INCONCLUSIVE,
            seen="permission denied",
        ),
    ]


RULE = Rule(
    code="INT002",
    name="missing-file",
    severity=Severity.ERROR,
    each=items.paths,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
