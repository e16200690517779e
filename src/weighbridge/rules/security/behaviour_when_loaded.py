"""A model did something when it was loaded that no model has to do.

## What it checks

Files that `scan --dynamic` loaded in the sandbox: programs they started, connections they asked
for, files they wrote or opened, as the kernel saw it. What loading a harmless file does, and what
the frameworks' own imports do, is left out. A file that could not be loaded is not clean: what it
would have done is not known.

## Why it matters

Reading says what a file would do as far as it was understood; this says what it did. Where the
two disagree, the file is built to mislead.

## How to fix

Do not load the file outside a sandbox; find out how it got there. If it could not be loaded,
name a Python that has its framework: `weighbridge scan --dynamic --python PATH`.

## Example

`model.pkl` starts `/bin/sh` when it is loaded: fails. A scikit-learn model that opens nothing but
scikit-learn passes.

## References

- CWE-502, deserialisation of untrusted data: https://cwe.mitre.org/data/definitions/502.html
- bubblewrap: https://github.com/containers/bubblewrap; strace: https://strace.io
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.behaviour import Behaviour
from weighbridge.model.fact import ObservedFile, Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.location import Location
from weighbridge.model.sandbox import Act, Deed
from weighbridge.model.structure import GlobalUse, Structure
from weighbridge.rules import sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule
from weighbridge.rules.security.pickle_globals import Trust, trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_WORDS = {
    Deed.STARTED: ("starts a program", "no program started"),
    Deed.CONNECTED: ("asks for a connection", "no connection"),
    Deed.WRITTEN: ("writes files", "nothing written"),
    Deed.OPENED: ("opens files of others", "no files but its own and the framework's"),
}
_FEW = 5


def each(facts: Facts) -> Iterator[Item[str]]:
    """Yield every file that was loaded, or should have been."""
    for path in sorted(facts.behaviours):
        yield Item(subject=path, location=Location(path), value=path)


def judge(path: str, facts: Facts) -> Iterator[Judgement]:
    """Report each kind of deed once, and a loading that did not come to its end."""
    seen = observed(facts.behaviours[path])
    named = _named(facts, path)
    for deed, (words, wanted) in _WORDS.items():
        what = [act.what for act in seen.acts if act.deed is deed]
        if what:
            message = f"loading {path} {words}: {what[0]}"
            yield _did(message, what, wanted, named, mild=deed is Deed.OPENED and not named)
    if seen.stopped:
        yield Judgement(
            message=f"loading {path} does not come to its end: {seen.stopped}",
            seen=seen.stopped,
            wanted="a file that is loaded within the sandbox's limits",
            cause="it is built to use up whatever loads it, or too large for these limits",
            remediation=("do not load the file outside a sandbox; find out where it came from",),
            threat=Threat(level="needs-review"),
        )
    elif not seen.loaded and not seen.acts:
        yield Judgement(
            message=f"{path} could not be loaded: what it would do is not known in full",
            seen=seen.reason,
            cause=f"`{seen.loader}` refused it, or it needs what is not installed there",
            remediation=("name a Python that has all it needs with --python",),
            verdict=Verdict.INCONCLUSIVE,
        )


def _named(facts: Facts, path: str) -> list[str]:
    """List what static reading found in the file's pickles that is not allowed."""
    file = facts.files.get(path)
    if not isinstance(file, ObservedFile) or isinstance(file.structure, Unavailable):
        return []
    uses = [use for part in file.structure.walk() for use in part.globals]
    foreign = [use for use in uses if trust(use) is not Trust.ALLOWED]
    return list(dict.fromkeys(f"{use.module}.{use.name}" for use in foreign))


def _did(message: str, what: list[str], wanted: str, named: list[str], *, mild: bool) -> Judgement:
    more = f" and {len(what) - _FEW} more" if len(what) > _FEW else ""
    cause = (
        f"its pickles name {', '.join(named[:_FEW])}"
        if named
        else "nothing that was read in the file says so: it is built to mislead"
    )
    return Judgement(
        message=message,
        seen="; ".join(what[:_FEW]) + more,
        wanted=wanted,
        cause=cause,
        remediation=("do not load the file outside a sandbox; find out where it came from",),
        threat=Threat(level="needs-review" if mild else "malicious"),
    )


def examples() -> list[Example]:
    """Show a quiet file, one that starts a program, one that never ends, and two not loaded."""
    quiet = Behaviour(loader="pickle", loaded=True)
    shell = GlobalUse(module="posix", name="system", offset=2, called=True)
    structure = Structure(format="pickle", status="complete", globals=(shell,))
    acts = (Act(Deed.STARTED, "/bin/sh -c id"), Act(Deed.OPENED, "/etc/passwd"))
    cases: list[tuple[str, Behaviour | Unavailable, Verdict, str]] = [
        ("a quiet file", quiet, Verdict.PASS, ""),
        ("a file that starts a shell", replace(quiet, acts=acts), Verdict.FAIL, "/bin/sh -c id"),
        (
            "a file that never ends",
            replace(quiet, loaded=False, stopped="it ran for 300 seconds"),
            Verdict.FAIL,
            "does not come to its end",
        ),
        (
            "a file whose class is not there",
            replace(quiet, loaded=False, reason="ModuleNotFoundError: No module named 'mylab'"),
            Verdict.INCONCLUSIVE,
            "No module named",
        ),
        (
            "a file without its framework",
            Unavailable("torch is not installed"),
            Verdict.INCONCLUSIVE,
            "torch is not installed",
        ),
    ]
    return [
        Example(
            title=title,
            facts=replace(
                sample.release(),
                files=sample.file("model.pkl", structure=structure),
                behaviours={"model.pkl": behaviour},
            ),
            verdict=verdict,
            seen=seen,
        )
        for title, behaviour, verdict, seen in cases
    ]


RULE = Rule(
    code="SEC012",
    name="behaviour-when-loaded",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
