"""The Python environment holds other files than were installed.

## What it checks

Every file of the environment beside the release (`.venv`, `venv`, or the active one) against the
RECORDs it was installed with: files that were changed or are gone, files that no RECORD names,
rows that lead out of the environment or have no digest worth the name, compiled files that do not
belong to the source beside them, and whatever Python reads when it starts. With `--wheels DIR`
each RECORD is held against that of the wheel whose hash the lock names, too.

All files have to be read for that, so it is only done when asked for: `weighbridge check
--environment`. Without it the rule is skipped beside an environment, which is no pass. A sealed
release holds no environment, and there is nothing to ask about.

A RECORD that fits the files beside it is self-consistent, no more: whoever changed a file could
change its row. Compiled files (`.pyc`) are tied to their sources by their headers alone, which the
report says. Neither is seen without a wheel, or a new environment.

## Why it matters

What is installed is what runs, whatever the lock says. Malware that has come into an environment
changes a file of a package everybody imports, or leaves a `.pth` file, which Python runs at every
start. No installer looks at either again.

## How to fix

Make the environment anew from the lock, with hashes: `python -m venv`, `pip install
--require-hashes -r requirements.lock`, or `uv sync`. A file that should be there belongs into a
package.

## Example

An environment in which `numpy/__init__.py` has another digest than `numpy-2.1.0.dist-info/RECORD`
says fails, and so does one with an `evil.pth` that no RECORD names.

## References

- Recording installed projects:
  https://packaging.python.org/en/latest/specifications/recording-installed-packages/
- Python, `site` and path configuration files: https://docs.python.org/3/library/site.html
- MITRE ATT&CK T1546.018, Python start-up hooks
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.model import wording
from weighbridge.model.fact import (
    ACTIVE_ENVIRONMENT,
    Facts,
    PythonEnvironment,
    Unavailable,
    observed,
)
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.installed import (
    Departure,
    InstalledDistribution,
    InstalledFiles,
    StartUpHook,
)
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.installed import DepartureKind

RUNTIME: Final = "/spec/environment/runtime"
NOT_ASKED: Final = (
    "the files of the environment were not verified: `weighbridge check --environment`"
)
_ANEW: Final = "make the environment anew from the lock, with hashes"
_NAMED: Final = 3
_CODE: Final = re.compile(
    r".*\.(?:py|pyc|pyd|pth|so(?:\.[0-9.]+)?|dll|dylib|egg-link)|(?:.*/)?[^./]+", re.DOTALL
)
"""What Python or the system may run: a suffix of code, or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What is said of departures of one kind.

    Attributes:
        message: What they are, with `{files}` and `{owner}`.
        wanted: What should be, where a departure does not say.
        severity: If other than the rule's own.
        verdict: What they mean.
    """

    message: str
    wanted: str = "what RECORD says"
    severity: Severity | None = None
    verdict: Verdict = Verdict.FAIL


_KINDS: Final[dict[DepartureKind, _Kind]] = {
    "changed": _Kind(message="{files} of {owner} changed after installation"),
    "missing": _Kind(message="{files} of {owner} are gone: {names}"),
    "unlisted": _Kind(message="no RECORD names {files}", wanted="files of distributions alone"),
    "rewritten": _Kind(message="RECORD of {owner} is not the wheel's about {files}"),
    "outside": _Kind(
        message="RECORD of {owner} leads out of the environment: {names}",
        wanted="files of the environment alone",
    ),
    "link": _Kind(message="{files} lead elsewhere, by a link", wanted="the file itself"),
    "twice": _Kind(message="RECORD of {owner} has two rows for {files}", wanted="one row"),
    "weak": _Kind(
        message="RECORD of {owner} has a digest of {files} that proves nothing",
        wanted="sha256 or better",
        verdict=Verdict.INCONCLUSIVE,
    ),
    "unhashed": _Kind(
        message="RECORD of {owner} has no digest of {files}",
        wanted="sha256 or better",
        verdict=Verdict.INCONCLUSIVE,
    ),
    "bytecode": _Kind(
        message="{files} would run, whatever the source beside them says",
        wanted="compiled files that belong to their sources",
    ),
    "orphan": _Kind(
        message="{files} were compiled from sources that are gone",
        wanted="a source for each",
        severity=Severity.WARNING,
    ),
    "unclaimed": _Kind(
        message="whose {files} are is not known: {owner} was installed without a RECORD",
        verdict=Verdict.INCONCLUSIVE,
    ),
    "unread": _Kind(message="{files} could not be read", verdict=Verdict.INCONCLUSIVE),
    "record": _Kind(
        message="RECORD of {owner} cannot be read: {names}", wanted="path, digest, size"
    ),
}


def needs(facts: Facts) -> str:
    """Say that nobody asked for the files to be verified, where the release has an environment."""
    if facts.sealed or facts.installed is not None or isinstance(facts.python, Unavailable):
        return ""
    elsewhere = facts.python.running or facts.python.where == ACTIVE_ENVIRONMENT
    return "" if elsewhere else NOT_ASKED


def environment(facts: Facts) -> Iterator[Item[InstalledFiles | Unavailable]]:
    """Yield the environment, placed at the runtime it is to be."""
    installed = facts.installed
    if facts.release is None or installed is None:
        return
    where = "the environment" if isinstance(installed, Unavailable) else installed.where
    yield Item(subject=where, location=items.place(facts, RUNTIME), value=installed)


def judge(found: InstalledFiles | Unavailable, _facts: Facts) -> Iterator[Judgement]:
    """Sum up the departures of each kind and distribution, then the hooks and the unverifiable."""
    installed = observed(found)
    groups: dict[tuple[DepartureKind, str, bool], list[Departure]] = {}
    for one in installed.departures:
        if not one.path:  # the list has an end
            message = f"there are {one.seen}, which nobody listed"
            yield Judgement(message=message, verdict=Verdict.INCONCLUSIVE)
            continue
        is_code = one.kind != "unlisted" or _CODE.fullmatch(one.path) is not None
        owner = one.seen if one.kind == "unclaimed" else one.distribution
        groups.setdefault((one.kind, owner, is_code), []).append(one)
    for (kind, owner, is_code), each in groups.items():
        judgement = _judgement(_KINDS[kind], owner, each)
        yield judgement if is_code else replace(judgement, severity=Severity.WARNING)
    yield from _hooks(installed)
    yield from _unverifiable(installed)
    if installed.bytecode:
        count = wording.plural(installed.bytecode, "compiled file")
        yield Judgement(
            message=f"nothing but their headers ties {count} to their sources",
            seen="no digest of them anywhere",
            wanted="digests, or no compiled files",
            remediation=("remove `__pycache__`, if somebody else may have written to it",),
            severity=Severity.NOTE,
        )


def _judgement(kind: _Kind, owner: str, each: list[Departure]) -> Judgement:
    names = wording.some_of([one.path for one in each], _NAMED)
    files = names if len(each) <= _NAMED else f"{wording.plural(len(each), 'file')} ({names})"
    return Judgement(
        message=kind.message.format(files=files, owner=owner or "a distribution", names=names),
        subject=each[0].path or None,
        seen=each[0].seen,
        wanted=each[0].wanted or kind.wanted,
        cause="somebody wrote to the environment after it was installed"
        if kind.verdict is Verdict.FAIL
        else "",
        remediation=(_ANEW,),
        severity=kind.severity,
        verdict=kind.verdict,
    )


def _hooks(installed: InstalledFiles) -> Iterator[Judgement]:
    """Tell what is read when Python starts; of what no RECORD names, enough was said."""
    for hook in installed.hooks:
        if hook.distribution and (hook.lines or hook.kind != "pth"):
            yield Judgement(
                message=f"{hook.path} of {hook.distribution} runs whenever Python starts",
                subject=hook.path,
                seen=hook.lines[0] if hook.lines else hook.kind,
                wanted="nothing that runs before it is called",
                remediation=("read what it does",),
                severity=Severity.NOTE,
            )


def _unverifiable(installed: InstalledFiles) -> Iterator[Judgement]:
    """Name the distributions that have no RECORD: nobody can say what they were."""
    each = [one for one in installed.distributions if not one.record]
    by_reason: dict[str, list[InstalledDistribution]] = {}
    for one in each:
        by_reason.setdefault(one.why, []).append(one)
    for why, found in sorted(by_reason.items()):
        names = wording.some_of([f"{one.name} {one.version}" for one in found], _NAMED)
        yield Judgement(
            message=f"{names} cannot be verified: {why}",
            seen=why,
            wanted="a RECORD",
            remediation=("install it from a wheel",),
            verdict=Verdict.INCONCLUSIVE,
        )


def _sound() -> InstalledFiles:
    return InstalledFiles(
        where=".venv",
        distributions=(
            InstalledDistribution(
                name="demo",
                version="1.0",
                folder="lib/demo-1.0.dist-info",
                record=sample.DIGEST,
                standing="self-consistent",
            ),
        ),
    )


def examples() -> list[Example]:
    """Show an environment as installed, tampered ones, and one that nobody verified."""
    sound = _sound()

    def with_departure(kind: DepartureKind, path: str) -> InstalledFiles:
        owner = "" if kind == "unlisted" else "demo"
        departure = Departure(kind=kind, path=path, distribution=owner, seen=sample.OTHER_DIGEST)
        return replace(sound, departures=(departure,))

    hook = StartUpHook(path="lib/demo.pth", kind="pth", distribution="demo", lines=("import demo",))
    bare = replace(sound.distributions[0], record="", why="it has no RECORD")
    cases: list[tuple[str, InstalledFiles | Unavailable, Verdict, str]] = [
        ("an environment as it was installed", sound, Verdict.PASS, ""),
        (
            "a module somebody changed",
            with_departure("changed", "lib/demo/__init__.py"),
            Verdict.FAIL,
            "lib/demo/__init__.py of demo changed",
        ),
        (
            "a start-up file nobody installed",
            with_departure("unlisted", "lib/evil.pth"),
            Verdict.FAIL,
            "no RECORD names lib/evil.pth",
        ),
        (
            "a start-up file of a distribution",
            replace(sound, hooks=(hook,)),
            Verdict.FAIL,
            "whenever Python starts",
        ),
        (
            "a distribution without a RECORD",
            replace(sound, distributions=(bare,)),
            Verdict.INCONCLUSIVE,
            "demo 1.0 cannot be verified",
        ),
        (
            "an environment that cannot be read",
            Unavailable("the pyvenv.cfg of .venv does not say the version of Python"),
            Verdict.INCONCLUSIVE,
            "does not say the version",
        ),
    ]
    python = PythonEnvironment(
        where=".venv", implementation="cpython", version="3.11.7", distributions={}
    )
    release = replace(sample.release(), python=python)
    return [
        Example(title=title, facts=replace(release, installed=found), verdict=verdict, seen=seen)
        for title, found, verdict, seen in cases
    ]


RULE = Rule(
    code="INT013",
    name="tampered-environment",
    severity=Severity.ERROR,
    each=environment,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    needs=needs,
)
