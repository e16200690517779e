"""The release has no model card.

## What it checks

That there is a `spec.card`, or an artifact with the role `card`.

## Why it matters

The card says in words what numbers do not: what the model is for, whom it was tried on, where it
fails. Whoever approves the release reads it, and so does whoever inherits the model.

## How to fix

Write one, and name it: `weighbridge set spec.card.path MODEL_CARD.md`.

## Example

A release with `card: {path: MODEL_CARD.md}` passes; one without gets a note.

## References

- Mitchell et al., Model Cards for Model Reporting, 2019: https://arxiv.org/abs/1810.03993
- Hugging Face Hub, model cards: https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import ModelRelease

CARD = "/spec/card"


def each(facts: Facts) -> Iterator[Item[ModelRelease]]:
    """Yield the release, placed at its card."""
    yield from items.release(facts, CARD)


def judge(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    """Look for a card."""
    roles = {str(each.role) for each in release.spec.artifacts}
    if release.spec.card is None and not roles & {"card", TODO} and not items.is_todo(facts, CARD):
        yield placed.against(
            facts,
            CARD,
            "the release has no model card",
            seen="no `card`",
            wanted="card: {path: MODEL_CARD.md}",
            remediation=(placed.setting(facts, f"{CARD}/path", "MODEL_CARD.md"),),
        )


def examples() -> list[Example]:
    """Show a release with a card in either place, and one without."""
    card = {"name": "card", "role": "card", "path": "MODEL_CARD.md"}
    return [
        Example(
            title="a card",
            facts=sample.release({f"{CARD}/path": "MODEL_CARD.md"}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an artifact with the role card",
            facts=sample.release({"/spec/artifacts/1": card}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="no card",
            facts=sample.release(),
            verdict=Verdict.FAIL,
            seen="no model card",
        ),
    ]


RULE = Rule(
    code="GOV007",
    name="card-missing",
    severity=Severity.NOTE,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
