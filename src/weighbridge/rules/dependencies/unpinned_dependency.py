"""An entry of a lock does not fix one version of one package.

## What it checks

Every entry of every lock: a package from an index has an exact version, one from git a full
commit, one from an address or a path a hash. Editable installations and lines that include other
files fix nothing.

## Why it matters

`numpy>=1.24` is another program every few weeks. The release that was tested is then not the one
that is deployed, and rolling back installs a third one.

## How to fix

Write `name==version`, or let a resolver write the lock: `uv pip compile --generate-hashes`.
`weighbridge check --fix` writes the installed version if the specifier admits it; `--diff` shows
the change first. Otherwise it has uv write the lock anew, where uv and the lock's input are there.

## Example

    numpy>=1.24            # fails
    numpy==1.26.4          # passes

## References

- PEP 440, version matching; PEP 508, direct references
- PEP 751, a file format to record Python dependencies: https://peps.python.org/pep-0751/
- pip, repeatable installs: https://pip.pypa.io/en/stable/topics/repeatable-installs/
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from weighbridge.model.fact import Distribution, PythonEnvironment, observed
from weighbridge.model.finding import Edit, Relock, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample, versions
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock

_COMMIT = re.compile(r"(?:@|[?&]rev=|#)(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say which entries of a lock leave something open."""
    path = declared.file.lock
    file = observed(facts.locks.get(path, items.NOT_LOOKED_AT))
    lock = observed(file.lock)
    for pin in lock.pins:
        open_end = _open_end(pin)
        if open_end:
            edits = tuple(_edits(path, pin, lock, facts))
            yield Judgement(
                message=f"{pin.name} is not pinned: {open_end}",
                subject=pin.name,
                location=Location(path, pin.line),
                seen=_written(pin),
                wanted=_wanted(pin),
                cause=f"{edits[0].value} is installed here" if edits else "",
                remediation=_remedies(edits, declared.file.format),
                edits=edits,
                relock=None if edits or pin.source != "index" else Relock(lock=path),
            )


def _open_end(pin: Pin) -> str:
    """Say what an entry leaves open, or return an empty text."""
    if pin.source == "include":
        return "the line includes another file"
    if pin.source == "editable":
        return "an editable installation is whatever lies in its folder"
    if pin.source == "git":
        return "" if _COMMIT.search(pin.reference) else "it names no full commit"
    if pin.source in ("url", "path"):
        return "" if pin.hashed else f"the {pin.source} has no hash"
    return "its version is open" if pin.version is None else ""


def _written(pin: Pin) -> str:
    if pin.source == "index":
        return f"{pin.name}{pin.specifier}"
    return f"{pin.name} @ {pin.reference}" if pin.reference not in ("", pin.name) else pin.name


def _wanted(pin: Pin) -> str:
    exact = {"git": "a commit of 40 or 64 digits", "url": "a hash", "path": "a hash"}
    return exact.get(pin.source, "name==version")


def _remedies(edits: tuple[Edit, ...], format: str) -> tuple[str, ...]:  # noqa: A002
    resolve = {
        "requirements": "run `uv pip compile --generate-hashes` to write the whole lock",
        "uv": "run `uv lock`",
        "pylock": "run `uv export --format pylock.toml`",
        "conda": "run `conda-lock`",
    }.get(format, "let the resolver write the lock anew")
    fix = ("run `weighbridge check --fix` to pin what is installed",) if edits else ()
    return (*fix, resolve)


def _edits(path: str, pin: Pin, lock: Lock, facts: Facts) -> Iterator[Edit]:
    """Pin the installed version, where one line of a requirements file says it all."""
    version = versions.installed(facts, pin.name)
    if lock.format != "requirements" or pin.source != "index" or pin.hashes or version is None:
        return
    try:
        # A local version (`2.1.0+cpu`) is on no public index.
        public = Version(version).local is None
    except InvalidVersion:
        return
    if public and versions.admits(pin.specifier, version):
        marker = f" ; {pin.marker}" if pin.marker else ""
        extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
        yield Edit(file=path, line=pin.line, value=f"{pin.name}{extras}=={version}{marker}")


def examples() -> list[Example]:
    """Show a pinned and an open entry, one that can be mended, and a lock not read."""
    release = sample.release()
    numpy = Distribution(name="numpy", version="1.26.4")
    here = PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.11.7",
        distributions={"numpy": numpy},
    )
    loose = sample.lock(Pin(name="numpy", version=None, specifier=">=1.24"))
    branch = Pin(
        name="mytool", version=None, source="git", reference="https://example.com/t.git@main"
    )
    return [
        Example(
            title="an exact version",
            facts=replace(
                release, locks=sample.lock(Pin(name="numpy", version="1.26.4", hashed=True))
            ),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a version range, and one of its versions is installed",
            facts=replace(release, locks=loose, python=here),
            verdict=Verdict.FAIL,
            seen="numpy>=1.24",
        ),
        Example(
            title="a branch of a git repository",
            facts=replace(release, locks=sample.lock(branch)),
            verdict=Verdict.FAIL,
            seen="no full commit",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP001",
    name="unpinned-dependency",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
