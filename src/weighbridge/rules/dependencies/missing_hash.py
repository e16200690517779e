"""An entry of a lock admits any file of that name and version.

## What it checks

That every entry from an index or an address carries a hash for each file it admits. Entries from
git are fixed by their commit and are not asked about.

## Why it matters

`name==version` says which release of a package, not which bytes. A mirror, a proxy or an index
account in the wrong hands can serve other files under the same version; an installer that knows
the hashes refuses them.

## How to fix

Let the resolver write them: `uv pip compile --generate-hashes requirements.in -o requirements.lock`
for requirements files, `uv lock` or `uv export --format pylock.toml` otherwise. `weighbridge check
--fix` does so where uv is installed, if no version changes by it.

## Example

    numpy==1.26.4 --hash=sha256:2a02aba9…   # passes
    numpy==1.26.4                           # fails

## References

- pip, secure installs: https://pip.pypa.io/en/stable/topics/secure-installs/
- PEP 751, `packages.wheels.hashes`: https://peps.python.org/pep-0751/
- OpenSSF Scorecard, pinned dependencies: https://github.com/ossf/scorecard
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import observed
from weighbridge.model.finding import Relock, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_COUNT = frozenset({"sha256", "sha384", "sha512"})
ONE_BY_ONE = 5
"""Up to so many entries have a finding each; more of them share one."""


def judge(declared: items.DeclaredLock, facts: Facts) -> Iterator[Judgement]:
    """Say which entries of a lock have no hashes."""
    path = declared.file.lock
    lock = observed(observed(facts.locks.get(path, items.NOT_LOOKED_AT)).lock)
    bare = [pin for pin in lock.pins if pin.source in ("index", "url") and not pin.hashed]
    remedy = _remedy(declared)
    if len(bare) > ONE_BY_ONE:
        names = wording.some_of([pin.name for pin in bare], ONE_BY_ONE)
        yield Judgement(
            message=f"{len(bare)} of {len(lock.pins)} entries have no hash: {names}",
            location=Location(path, bare[0].line),
            seen=f"{len(bare)} entries without a hash",
            wanted="a hash for every file an entry admits",
            remediation=(remedy,),
            relock=Relock(lock=path, keep=True),
        )
        return
    for pin in bare:
        yield Judgement(
            message=f"{pin.name} has no hash{_but_weak_ones(pin)}",
            subject=pin.name,
            location=Location(path, pin.line),
            seen=_written(pin),
            wanted="a hash for every file the entry admits",
            remediation=(remedy,),
            relock=Relock(lock=path, keep=True),
        )


def _but_weak_ones(pin: Pin) -> str:
    """Name the algorithms of hashes that do not count, if there are no others."""
    algorithms = sorted({one.partition(":")[0] for one in pin.hashes})
    weak = algorithms and not _COUNT.intersection(algorithms)
    return f" but {', '.join(algorithms)}, which does not count" if weak else ""


def _written(pin: Pin) -> str:
    version = pin.specifier if pin.version is None else f"=={pin.version}"
    return f"{pin.name}{version}" if pin.source == "index" else f"{pin.name} @ {pin.reference}"


def _remedy(declared: items.DeclaredLock) -> str:
    path = declared.file.lock
    return {
        "requirements": f"run `uv pip compile --generate-hashes requirements.in -o {path}`",
        "uv": "run `uv lock`",
        "pylock": f"run `uv export --format pylock.toml -o {path}`",
        "conda": f"run `conda-lock --lockfile {path}`",
    }.get(declared.file.format, "let the resolver write the lock with hashes")


def examples() -> list[Example]:
    """Show an entry with a hash, one without, many without, and a lock not read."""
    release = sample.release()
    bare = [Pin(name=name, version="1.0") for name in "abcdefg"]
    return [
        Example(
            title="an entry with its hashes",
            facts=replace(
                release, locks=sample.lock(Pin(name="numpy", version="1.26.4", hashed=True))
            ),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an entry without",
            facts=replace(release, locks=sample.lock(Pin(name="numpy", version="1.26.4"))),
            verdict=Verdict.FAIL,
            seen="numpy==1.26.4",
        ),
        Example(
            title="a lock without any hash",
            facts=replace(release, locks=sample.lock(*bare)),
            verdict=Verdict.FAIL,
            seen="a, b, c, d, e and 2 more",
        ),
        sample.unread_lock(release),
    ]


RULE = Rule(
    code="DEP002",
    name="missing-hash",
    severity=Severity.ERROR,
    each=items.locks,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
