"""The advisories a verdict rests on are old, or not all could be read.

## What it checks

When the newest record of the advisories that were loaded here was changed, and when they were
loaded: neither is more than 7 days ago, nor a day to come. And that every record could be read when
they were compiled. Releases whose locks are empty are not asked.

## Why it matters

No finding in data of last month means that nothing was known last month. New flaws in Python
packages are published every day, and malicious packages within hours.

## How to fix

`weighbridge advisories update --from ZIP`, from a copy made today; `weighbridge advisories status`
shows what there is, and what could not be read.

## Example

    newest record 2026-06-07, loaded 2026-06-08, weighed 2026-06-09    # passes
    newest record 2024-10-10, loaded 2026-06-08, weighed 2026-06-09    # fails

## References

- OSV data dumps: https://google.github.io/osv.dev/data/
- PyPI advisory database: https://github.com/pypa/advisory-database
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.advisory import AdvisoryFacts
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import items, sample
from weighbridge.rules.advisories.exposed import NOW, asks, data, needs
from weighbridge.rules.advisories.staleness import MOST_DAYS, stale
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import ModelRelease

AT = "/spec/dependencies"
_NO_TIME = Unavailable("nobody told the time")
_UPDATE = "run `weighbridge advisories update --from ZIP` with a copy made today"


def each(facts: Facts) -> Iterator[Item[ModelRelease]]:
    """Yield the release, placed at its dependencies, if a lock of it has an entry."""
    if asks(facts):
        yield from items.release(facts, AT)


def judge(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    """Hold the age of the advisories against the clock."""
    del release
    known = observed(facts.advisories).data
    now = observed(facts.now or _NO_TIME)
    reasons = stale(known, now)
    if reasons:
        yield Judgement(
            message=f"the advisories are not today's: {' and '.join(reasons)}",
            subject="advisories",
            seen=f"newest {known.newest}, loaded {known.fetched}",
            wanted=f"both within {MOST_DAYS} days of {now}",
            remediation=(_UPDATE,),
        )
    if known.unread:
        count = wording.plural(known.unread, "record")
        yield Judgement(
            message=f"{count} of the advisories could not be read",
            subject="advisories",
            seen=f"{count} not read, {known.records:,} read",
            wanted="every record read",
            cause="they are damaged, or of a form this version does not know",
            remediation=("see which: `weighbridge advisories status`", _UPDATE),
        )


def examples() -> list[Example]:
    """Show advisories of today, of long ago, and some that were not read."""
    pin = Pin(name="numpy", version="1.26.4", hashed=True)
    release = replace(sample.release(), locks=sample.lock(pin), now=NOW)
    old = data(newest="2024-10-10T17:22:00Z")
    damaged = Unavailable("the advisories cannot be read: file is not a database")
    return [
        Example(
            title="advisories of today",
            facts=replace(release, advisories=AdvisoryFacts(data=data())),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an old copy, loaded today",
            facts=replace(release, advisories=AdvisoryFacts(data=old)),
            verdict=Verdict.FAIL,
            seen="605 days ago",
        ),
        Example(
            title="a record that was not read",
            facts=replace(release, advisories=AdvisoryFacts(data=data(unread=1))),
            verdict=Verdict.FAIL,
            seen="1 record of the advisories could not be read",
        ),
        Example(
            title="advisories that cannot be read",
            facts=replace(release, advisories=damaged),
            verdict=Verdict.INCONCLUSIVE,
            seen="not a database",
        ),
    ]


RULE = Rule(
    code="DEP016",
    name="stale-advisory-data",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    needs=needs,
)
