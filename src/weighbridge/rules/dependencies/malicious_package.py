"""A lock pins a package that is itself an attack.

## What it checks

Every entry of every lock against the records of malicious packages (`MAL-…`) among the advisories
that were loaded here, offline. One that may be meant is inconclusive.

## Why it matters

Such a package does its harm when it is installed or imported: it takes credentials, or opens a
door. Nobody can waive it, and its severity is not asked for.

## How to fix

Take it out of the lock and its inputs, and find out how it came in: a mistyped name, or an
internal name somebody registered outside. Where it was ever installed, replace the credentials.

## Example

    torchtriton==3.0.0    # fails: MAL-2022-7408

## References

- OpenSSF malicious packages: https://github.com/ossf/malicious-packages
- Dependency confusion: https://slsa.dev/spec/v1.0/threats
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.advisory import Bearing, Exposure, Level
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import sample
from weighbridge.rules.advisories.exposed import example, exposed, needs, written
from weighbridge.rules.dependencies.known_vulnerability import undecided
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


def judge(found: Exposure | Unavailable, facts: Facts) -> Iterator[Judgement]:
    """Say that an entry is an attack, or may be."""
    del facts
    one = observed(found)
    if not one.is_malicious or one.bearing is Bearing.WITHDRAWN:
        return
    if one.bearing is Bearing.UNDECIDED:
        yield undecided(one)
        return
    yield Judgement(
        message=f"{written(one)} is malicious: {one.id}",
        seen=written(one),
        wanted=f"no {one.package}",
        cause=one.summary,
        remediation=(
            f"take {one.package} out of the lock and its inputs, and find out how it came in",
            "replace the credentials of every machine that installed it",
        ),
        threat=Threat(level="malicious", name=f"{written(one)} {one.id}", offset=-1),
    )


def examples() -> list[Example]:
    """Show a harmless lock, a malicious package, and one that may be."""
    release = sample.release()
    bad = replace(release, locks=sample.lock(Pin(name="torchtriton", version="3.0.0")))
    other = replace(release, locks=sample.lock(Pin(name="triton", version="3.0.0")))
    open_ = replace(release, locks=sample.lock(Pin(name="torchtriton", version=None)))

    def known(facts: Facts) -> Facts:
        name = "MAL-2022-7408"
        return example(facts, name=name, level=Level.UNKNOWN, fixed="999", package="torchtriton")

    return [
        Example(title="another package", facts=known(other), verdict=Verdict.PASS),
        Example(
            title="a malicious package",
            facts=known(bad),
            verdict=Verdict.FAIL,
            seen="MAL-2022-7408",
        ),
        Example(
            title="a malicious package in an unknown version",
            facts=known(open_),
            verdict=Verdict.INCONCLUSIVE,
            seen="fixes no version",
        ),
        sample.unread_lock(known(bad)),
    ]


RULE = Rule(
    code="DEP006",
    name="malicious-package",
    severity=Severity.ERROR,
    each=exposed,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    needs=needs,
)
