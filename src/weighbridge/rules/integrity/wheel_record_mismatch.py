"""A wheel does not hold what its RECORD lists, or is not the one its name says.

## What it checks

Every file of a wheel against the digest and size in `RECORD`; files without a row and rows
without a file; rows without a digest, or with one weaker than SHA-256; rows that stand twice or
lead out of the wheel. Then the wheel's three names against each other: name, version and tags in
the file's name, in `METADATA` and `WHEEL`, and in the name of the dist-info folder.

## Why it matters

Installers check none of it: they unpack the file and write the list anew. A wheel that was changed
after it was built installs without a word, and only its own list still tells. An installer picks
a wheel by its file name; what is in it may be another package, or for another machine.

## How to fix

Fetch the wheel again from the index and compare its digest with the index's. If it is your own,
build it anew, or run `wheel unpack` and `wheel pack`, which write `RECORD` from what is there. A
renamed file gets its name back.

## Example

A wheel whose `RECORD` has another SHA-256 for `demo/__init__.py` than the file's fails.

## References

- Binary distribution format:
  https://packaging.python.org/en/latest/specifications/binary-distribution-format/
- Recording installed projects, the RECORD file:
  https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name

from weighbridge.model import wording
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.structure import Structure
from weighbridge.rules import items, sample, versions, wheel_names
from weighbridge.rules.interface import Example, Judgement, Rule
from weighbridge.rules.reported import judge_reported, reported_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from weighbridge.model.fact import Facts

CODE = "INT010"
_REFETCH = "fetch the wheel again from the index, and compare its digest with the index's"
_RENAMED = "the file was renamed, or the wheel was put together by hand"
_DIST_INFO = ".dist-info"

_judge_record = judge_reported(
    CODE,
    cause="the wheel was changed after it was built",
    remediation=_REFETCH,
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report what RECORD does not vouch for, and names that differ."""
    yield from _judge_record(examined, facts)
    file = observed(examined.file)
    for path, wheel in wheel_names.wheels(file, observed(file.structure)):
        own = [*wheel_names.said(wheel, "name")[:1], *wheel_names.said(wheel, "version")[:1]]
        if len(own) == 2:  # noqa: PLR2004 - without both, its metadata is corrupt (INT008)
            yield from _folder(path, wheel, *own)
            if path.endswith(wheel_names.SUFFIX):
                yield from _file(path, wheel, *own)


def _folder(path: str, wheel: Structure, name: str, version: str) -> Iterator[Judgement]:
    for folder in wheel_names.said(wheel, "dist-info"):
        seen_name, _, seen_version = folder.removesuffix(_DIST_INFO).rpartition("-")
        same_version = versions.same(seen_version.replace("_", "-"), version)
        if canonicalize_name(seen_name) != canonicalize_name(name) or not same_version:
            yield _differs(path, f"the folder {folder}", f"{name} {version}", "METADATA")


def _file(path: str, wheel: Structure, name: str, version: str) -> Iterator[Judgement]:
    file = wheel_names.file_name(path)
    try:
        seen_name, seen_version, tags = wheel_names.parsed(path)
    except InvalidWheelFilename as error:
        yield _differs(path, file, "NAME-VERSION-PYTHON-ABI-PLATFORM.whl", str(error))
        return
    if seen_name != canonicalize_name(name) or not versions.same(seen_version, version):
        yield _differs(path, file, f"{name} {version}", "METADATA")
    stated = wheel_names.stated_tags(wheel)
    if tags != stated:
        judgement = _differs(path, _written(tags), _written(stated) or "at least one tag", "WHEEL")
        yield replace(judgement, severity=Severity.WARNING)


def _written(tags: frozenset[Tag]) -> str:
    return wording.some_of(sorted(str(tag) for tag in tags))


def _differs(path: str, seen: str, wanted: str, where: str) -> Judgement:
    return Judgement(
        message=f"{path} is not named as it is: {seen} is not {wanted} ({where})",
        seen=seen,
        wanted=wanted,
        cause=_RENAMED,
        remediation=("give the file its name back", _REFETCH),
    )


def examples() -> list[Example]:
    """Show a sound wheel, one that was changed, and one that was renamed."""
    wheel = Structure(
        format="wheel",
        status="complete",
        metadata=(
            ("dist-info", "demo-1.0.dist-info"),
            ("name", "demo"),
            ("version", "1.0"),
            ("tag", "py3-none-any"),
        ),
    )
    cases = [
        ("a wheel under its own name", "demo-1.0-py3-none-any.whl", Verdict.PASS, ""),
        ("the name of another package", "numpy-1.0-py3-none-any.whl", Verdict.FAIL, "demo 1.0"),
        ("the name of another version", "demo-2.0-py3-none-any.whl", Verdict.FAIL, "demo 1.0"),
        ("the name of another tag", "demo-1.0-py2-none-any.whl", Verdict.FAIL, "py3-none-any"),
    ]
    named = []
    for title, name, verdict, seen in cases:
        changes: dict[str, sample.Change] = {
            "/spec/artifacts/0/path": name,
            "/spec/artifacts/0/format": "wheel",
        }
        facts = replace(sample.release(changes), files=sample.file(name, structure=wheel))
        named.append(Example(title=title, facts=facts, verdict=verdict, seen=seen))
    text = "`demo/__init__.py` has the digest sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    return [*reported_examples(CODE, "wheel", text), *named]


RULE = Rule(
    code=CODE,
    name="wheel-record-mismatch",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
