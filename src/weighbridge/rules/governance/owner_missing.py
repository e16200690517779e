"""Nobody can be reached who answers for the release.

## What it checks

That `metadata.owner.team` is not `TODO`, and that `metadata.owner.contact` says where the team is
reached.

## Why it matters

When the model misbehaves, the first minutes go into finding out whose it is. A release without an
owner is also one whose findings nobody mends.

## How to fix

    weighbridge set metadata.owner.team content-safety
    weighbridge set metadata.owner.contact content-safety@example.com

## Example

    owner: {team: content-safety}

fails: there is no `contact`.

## References

- ISO/IEC 42001:2023, A.3.2, roles and responsibilities for AI
- NIST AI RMF 1.0, GOVERN 2.1: https://www.nist.gov/itl/ai-risk-management-framework
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import ModelRelease

AT = "/metadata/owner"


def each(facts: Facts) -> Iterator[Item[ModelRelease]]:
    """Yield the release, placed at its owner."""
    yield from items.release(facts, AT)


def judge(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    """Ask for a team and for a way to reach it."""
    missing = {
        "team": release.metadata.owner.team == TODO,
        "contact": release.metadata.owner.contact is None,
    }
    for field in [field for field, absent in missing.items() if absent]:
        path = f"metadata.owner.{field}"
        yield Judgement(
            message=f"the release has no owner's {field}",
            subject=path,
            location=items.place(facts, f"{AT}/{field}"),
            seen=f"no {field}",
            wanted=f"{path}: …",
            remediation=(f"run `weighbridge set {path} VALUE`",),
        )


def examples() -> list[Example]:
    """Show a release with an owner, without a team, and without a contact."""
    return [
        Example(title="a team with a contact", facts=sample.release(), verdict=Verdict.PASS),
        Example(
            title="no contact",
            facts=sample.release({"/metadata/owner/contact": None}),
            verdict=Verdict.FAIL,
            seen="no contact",
        ),
        Example(
            title="a team that is TODO",
            facts=sample.release({"/metadata/owner/team": "TODO"}),
            verdict=Verdict.FAIL,
            seen="no team",
        ),
    ]


RULE = Rule(
    code="GOV001",
    name="owner-missing",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
