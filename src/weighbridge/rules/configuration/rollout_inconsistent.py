"""The rollout, its analyses and its rollback do not fit together.

## What it checks

- **Steps.** A canary has steps whose weights rise, up to 100. `recreate` has none; `blueGreen` and
  `rolling` move all requests in their own way and have at most one, which carries an analysis.
  `rolling` may not have both `maxSurge` and `maxUnavailable` at zero.
- **Analyses.** A step names a declared analysis. Each says when it succeeds or fails
  (`success`, `failure`: conditions on `value`), how many samples a measurement needs
  (`minSamples`) and what an empty answer means (`onNoData`). No value both succeeds and fails. Its
  measurements fit into the step that waits for them, and its failures can exceed `failureLimit`.
- **Rollback.** A rollout other than `recreate` has `spec.rollback`. What starts a rollback
  (`automaticOn`) is a declared analysis or a failure mode with a signal, and what verifies it is a
  declared analysis. A failure mode whose action is `rollback` is listed in `automaticOn`,
  or the analysis is that shows it (warning).

## Why it matters

Rollouts are written on quiet days and needed on others. An analysis with a misspelt name is never
run; one without `minSamples` lets two requests decide; one without `onNoData` takes silence for
health; and a release without a rollback stays up while somebody writes one.

## How to fix

Say what is missing: `weighbridge set spec.rollout.analysis.errors.onNoData pause`,
`weighbridge set spec.rollback.to previous`. Correct names and weights where they stand.

## Example

    rollout:
      strategy: canary
      steps: [{weight: 50, hold: 5m}, {weight: 10, hold: 5m}, {weight: 100}]

fails: the second step sends fewer requests than the first; and there is no `spec.rollback`.

## References

- Argo Rollouts, analysis and progressive delivery: https://argo-rollouts.readthedocs.io
- Google SRE workbook, canarying releases: https://sre.google/workbook/canarying-releases/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.configuration import rollout_analyses, rollout_steps, rollout_undone
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Spec


def each(facts: Facts) -> Iterator[Item[Spec]]:
    """Yield the release, placed at its rollout."""
    for item in items.release(facts, "/spec/rollout"):
        yield Item(subject="spec.rollout", location=item.location, value=item.value.spec)


def judge(spec: Spec, facts: Facts) -> Iterator[Judgement]:
    """Hold the parts of a rollout against each other."""
    if spec.rollout is not None:
        yield from rollout_steps.judge(spec.rollout, facts)
        yield from rollout_analyses.judge(spec.rollout, facts)
    yield from rollout_undone.judge(spec, facts)


def examples() -> list[Example]:
    """Show a rollout that fits together, and what can be wrong with one."""
    good: dict[str, Any] = {
        "strategy": "canary",
        "steps": [{"weight": 10, "hold": "5m", "analysis": "errors"}, {"weight": 100}],
        "analysis": [
            {
                "name": "errors",
                "query": "requests_errors_total / requests_total",
                "success": "value < 0.01",
                "failure": "value > 0.05",
                "interval": "30s",
                "minSamples": 200,
                "onNoData": "pause",
            }
        ],
    }
    back = {"to": "previous", "automaticOn": ["errors"], "verify": ["errors"]}
    falling = [{"weight": 50, "hold": "5m"}, {"weight": 10, "hold": "5m"}, {"weight": 100}]
    silent = {**good["analysis"][0], "onNoData": None}
    both = {**good["analysis"][0], "success": "value <= 0.05", "failure": "value >= 0.05"}

    def changed(verdict: Verdict, title: str, seen: str, **rollout: object) -> Example:
        facts = sample.release({"/spec/rollout": {**good, **rollout}, "/spec/rollback": back})
        return Example(title=title, facts=facts, verdict=verdict, seen=seen)

    return [
        changed(Verdict.PASS, "a canary with an analysis and a rollback", ""),
        changed(Verdict.FAIL, "weights that fall", "no more than step 1", steps=falling),
        changed(
            Verdict.FAIL, "an analysis silent on no data", "an empty answer", analysis=[silent]
        ),
        changed(Verdict.FAIL, "a value that passes and fails", "at 0.05", analysis=[both]),
        changed(Verdict.FAIL, "a misspelt analysis", "misspelling of errors", steps=[_misspelt()]),
        Example(
            title="no way back",
            facts=sample.release({"/spec/rollout": good}),
            verdict=Verdict.FAIL,
            seen="no spec.rollback",
        ),
    ]


def _misspelt() -> dict[str, object]:
    return {"weight": 100, "hold": "5m", "analysis": "erors"}


RULE = Rule(
    code="CFG005",
    name="rollout-inconsistent",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
