"""A path leads out of the release, or means different files to different systems.

## What it checks

The paths the manifest declares: relative, no `..`, no backslash, no NUL, in Unicode normal form C.
The paths found on disk: links that lead outside or in circles, names that differ only in case or
normal form, names that are not UTF-8, and things that are neither file nor directory.

## Why it matters

A link to `/etc/passwd` or a path with `..` makes a signature cover one file here and another one
there, and makes an unpacker write outside its folder. Two names that differ only in case are one
file on macOS and Windows: which of them survives is chance.

## How to fix

Replace the link by the file it should be, rename one of the colliding files, and write paths
relative to the manifest's folder with `/` between components.

## Example

    artifacts:
      - {name: model, role: weights, path: ../shared/model.onnx}

fails: the file lies outside the release.

## References

- CWE-22, path traversal: https://cwe.mitre.org/data/definitions/22.html
- CWE-59, link following: https://cwe.mitre.org/data/definitions/59.html
- Unicode Standard Annex 15, normalization forms: https://unicode.org/reports/tr15/
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_DRIVE = re.compile(r"[A-Za-z]:")
_KINDS = {
    "foreign": ("has a backslash, a drive or a NUL in it", "separate components by `/`"),
    "upwards": ("leads out of the release", "write a path relative to the manifest's folder"),
    "outside": ("leads out of the release", "replace the link by the file it should be"),
    "cycle": ("leads back to itself", "remove the link"),
    "collision": ("is the same file as another on some systems", "rename one of the two"),
    "encoding": ("is not UTF-8", "rename it"),
    "not-nfc": ("is not in Unicode normal form C", "rename it with composed characters"),
    "special": ("is neither a file nor a directory", "leave it out of the release"),
}


def each(facts: Facts) -> Iterator[Item[PathProblem]]:
    """Yield the problems of declared paths, then those met on disk."""
    told: set[tuple[str, str]] = set()
    for item in items.paths(facts):
        kind = declared_problem(item.value)
        if kind and (item.value, _on_disk(kind)) not in told:
            told.add((item.value, _on_disk(kind)))
            problem = PathProblem(path=item.value, kind=kind)
            yield Item(subject=item.value, location=item.location, value=problem)
    at = {item.value: item.location for item in items.paths(facts)}
    for problem in facts.path_problems:
        if (problem.path, problem.kind) not in told:
            where = at.get(problem.path, Location(problem.path))
            yield Item(subject=problem.path, location=where, value=problem)


def _on_disk(kind: str) -> str:
    """Say what a probe calls what is wrong with a declared path already."""
    return "outside" if kind in ("foreign", "upwards") else kind


def declared_problem(path: str) -> str:
    """Name what is wrong with a path as it is written, or return an empty text."""
    if "\\" in path or "\0" in path or _DRIVE.match(path):
        return "foreign"
    if path.startswith("/") or ".." in path.split("/"):
        return "upwards"
    return "" if unicodedata.is_normalized("NFC", path) else "not-nfc"


def judge(problem: PathProblem, _facts: Facts) -> Iterator[Judgement]:
    """Say where the path leads."""
    what, remedy = _KINDS.get(problem.kind, (f"is not followed ({problem.kind})", "rename it"))
    yield Judgement(
        message=f"{problem.path!r} {what}",
        seen=problem.target or repr(problem.path),
        wanted="a path inside the release that means one file on every system",
        remediation=(remedy,),
    )


def examples() -> list[Example]:
    """Show a plain path, one that climbs out, and a link that leads out."""
    link = PathProblem(path="weights/model.bin", kind="outside", target="/etc/passwd")
    return [
        Example(title="a path inside the release", facts=sample.release(), verdict=Verdict.PASS),
        Example(
            title="a path that climbs out",
            facts=sample.release({"/spec/artifacts/0/path": "../shared/model.onnx"}),
            verdict=Verdict.FAIL,
            seen="../shared/model.onnx",
        ),
        Example(
            title="a link that leads out",
            facts=replace(sample.release(), path_problems=(link,)),
            verdict=Verdict.FAIL,
            seen="/etc/passwd",
        ),
    ]


RULE = Rule(
    code="INT009",
    name="path-escape",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
