"""The steps of a rollout: whether they suit its strategy, and lead to all requests."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.rules import items, placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.rollout import Analysis, Rollout, Step
    from weighbridge.rules.interface import Judgement

STEPS = "/spec/rollout/steps"
_ALL = 100
_NONE = (0, "0%")


def judge(rollout: Rollout, facts: Facts) -> Iterator[Judgement]:
    """Say what is wrong with the steps."""
    steps = rollout.steps or []
    if rollout.strategy == "canary":
        yield from _canary(steps, facts)
    elif rollout.strategy == "recreate" and steps:
        yield _too_many(rollout, facts, "has no steps: it stops the old release first")
    elif rollout.strategy in ("blueGreen", "rolling") and _more_than_an_analysis(steps, facts):
        yield _too_many(rollout, facts, "has at most one step, for its analysis")
    if rollout.strategy == "rolling" and _stands_still(rollout):
        yield placed.against(
            facts,
            "/spec/rollout/maxSurge",
            "a rolling rollout with maxSurge and maxUnavailable at zero never replaces a replica",
            seen="maxSurge 0, maxUnavailable 0",
            wanted="one of them above zero",
            remediation=(placed.setting(facts, "/spec/rollout/maxSurge", "1"),),
        )
    for index, step in enumerate(steps):
        yield from _analysed(step, f"{STEPS}/{index}", rollout, facts)


def _more_than_an_analysis(steps: list[Step], facts: Facts) -> bool:
    idle = bool(steps) and steps[0].analysis is None
    return len(steps) > 1 or (idle and not items.is_todo(facts, f"{STEPS}/0/analysis"))


def _stands_still(rollout: Rollout) -> bool:
    return rollout.max_surge in _NONE and rollout.max_unavailable in _NONE


def _too_many(rollout: Rollout, facts: Facts, why: str) -> Judgement:
    return placed.against(
        facts,
        STEPS,
        f"the strategy {rollout.strategy} {why}",
        location=items.place(facts, STEPS, key=True),
        seen=f"{len(rollout.steps or ())} under `steps`",
        wanted="strategy: canary, or fewer steps",
        remediation=(
            placed.setting(facts, "/spec/rollout/strategy", "canary"),
            "or take the steps out",
        ),
    )


def _canary(steps: list[Step], facts: Facts) -> Iterator[Judgement]:
    if not steps:
        if not items.is_todo(facts, STEPS):
            yield placed.against(
                facts,
                STEPS,
                "a canary has no steps, so all requests would move at once",
                seen="no steps",
                wanted="steps: [{weight: 10, hold: 5m, analysis: …}, {weight: 100}]",
                remediation=("add `steps` under `spec.rollout`, the last of them `{weight: 100}`",),
            )
        return
    for (before, first), (after, second) in pairwise(enumerate(steps, 1)):
        if TODO not in (str(first.weight), str(second.weight)) and second.weight <= first.weight:
            at = f"{STEPS}/{after - 1}/weight"
            yield placed.against(
                facts,
                at,
                f"step {after} of the canary sends {second.weight} % of the requests, "
                f"no more than step {before}",
                seen=f"{second.weight} after {first.weight}",
                wanted=f"more than {first.weight}",
                remediation=(placed.setting(facts, at),),
            )
    last = steps[-1].weight
    if str(last) not in (TODO, str(_ALL)):
        at = f"{STEPS}/{len(steps) - 1}/weight"
        yield placed.against(
            facts,
            at,
            f"the last step of the canary sends {last} % of the requests, so it never finishes",
            seen=str(last),
            wanted=str(_ALL),
            remediation=("add `{weight: 100}` behind it", f"or {placed.setting(facts, at, '100')}"),
        )


def _analysed(step: Step, at: str, rollout: Rollout, facts: Facts) -> Iterator[Judgement]:
    """Look for the analysis a step names, and see that it fits into the step."""
    if step.analysis is None:
        return
    declared = {analysis.name: analysis for analysis in rollout.analysis or ()}
    where = f"{at}/analysis"
    if step.analysis in declared:
        yield from _fits(step, at, declared[step.analysis], facts)
    elif not items.is_todo(facts, "/spec/rollout/analysis"):
        yield placed.one_of(
            facts,
            where,
            f"a step is judged by the analysis {step.analysis}, which is not declared",
            seen=step.analysis,
            names=declared,
            what="an analysis of spec.rollout.analysis",
        )


def _fits(step: Step, at: str, analysis: Analysis, facts: Facts) -> Iterator[Judgement]:
    """See that the measurements end before the step does."""
    if step.hold is None:
        if not _knows_its_end(step, at, analysis, facts):
            yield placed.against(
                facts,
                f"{at}/hold",
                f"a step is judged by {analysis.name}, and nothing says for how long",
                location=items.place(facts, f"{at}/analysis"),
                seen="no `hold`, and no `interval` with `count`",
                wanted="hold: 5m",
                remediation=(placed.setting(facts, f"{at}/hold", "5m"),),
            )
        return
    if analysis.interval is None:
        return
    interval = _seconds(analysis.interval)
    needed = interval * (1 if analysis.count is None else analysis.count)
    if needed > _seconds(step.hold):
        times = "" if analysis.count is None else f"{analysis.count} × "
        seen = f"{times}{_shown(interval)} = {_shown(needed)}" if times else _shown(needed)
        hold = _shown(_seconds(step.hold))
        yield placed.against(
            facts,
            f"{at}/hold",
            f"the measurements of {analysis.name} take longer than the step that waits for them",
            seen=f"{seen} of measuring, {hold} of holding",
            wanted=f"hold: {_shown(needed)}",
            remediation=(
                placed.setting(facts, f"{at}/hold", _shown(needed)),
                "or measure less often, or fewer times",
            ),
        )


def _knows_its_end(step: Step, at: str, analysis: Analysis, facts: Facts) -> bool:
    own = analysis.interval is not None and analysis.count is not None
    return own or step.hold is not None or items.is_todo(facts, f"{at}/hold")


def _seconds(duration: str) -> Decimal:
    return Decimal(duration.removesuffix("s"))


def _shown(seconds: Decimal) -> str:
    """Write a duration as people do."""
    minute = 60
    if seconds >= minute and seconds % minute == 0:
        return f"{seconds / minute:f}m"
    return f"{seconds:f}s"
