"""The analyses of a rollout: whether each can tell good from bad, and silence from health."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from weighbridge.model.condition import ConditionError, read_condition
from weighbridge.rules import items, placed
from weighbridge.rules.configuration import validations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.condition import Condition
    from weighbridge.model.fact import Facts
    from weighbridge.model.release.rollout import Analysis, Rollout
    from weighbridge.rules.interface import Judgement

_VALUE = "value"


def judge(rollout: Rollout, facts: Facts) -> Iterator[Judgement]:
    """Say what each analysis leaves open or contradicts."""
    for index, analysis in enumerate(rollout.analysis or ()):
        at = f"/spec/rollout/analysis/{index}"
        yield from _left_open(analysis, at, facts)
        yield from _conditions(analysis, at, facts)
        yield from _limits(analysis, at, facts)


def _left_open(analysis: Analysis, at: str, facts: Facts) -> Iterator[Judgement]:
    open_ends = []
    if analysis.on_no_data is None:
        message = f"analysis {analysis.name} does not say what an empty answer means"
        open_ends.append(("onNoData", message, "pause"))
    if analysis.min_samples is None:
        message = f"analysis {analysis.name} does not say how many samples a measurement needs"
        open_ends.append(("minSamples", message, "100"))
    if analysis.success is None and analysis.failure is None:
        message = f"analysis {analysis.name} says neither when it succeeds nor when it fails"
        open_ends.append(("success", message, "value < 0.01"))
    for field, message, like in open_ends:
        others = {"success": ("success", "failure")}.get(field, (field,))
        if not any(items.is_todo(facts, f"{at}/{other}") for other in others):
            yield placed.against(
                facts,
                f"{at}/{field}",
                message,
                location=items.place(facts, f"{at}/name"),
                seen=f"no `{'` and no `'.join(others)}`",
                wanted=f"{field}: {like}",
                remediation=(placed.setting(facts, f"{at}/{field}", like),),
            )


def _conditions(analysis: Analysis, at: str, facts: Facts) -> Iterator[Judgement]:
    read: list[Condition] = []
    for field, text in (("success", analysis.success), ("failure", analysis.failure)):
        if text is None:
            continue
        try:
            read.append(read_condition(text, (_VALUE,)))
        except ConditionError as error:
            what = f"{field} of analysis {analysis.name}"
            yield validations.unreadable(facts, f"{at}/{field}", what, error)
    if len(read) > 1 and (point := _both_hold(*read)) is not None:
        shown = f"{float(point):.10g}"
        yield placed.against(
            facts,
            f"{at}/failure",
            f"analysis {analysis.name} succeeds and fails at once, for example at {shown}",
            seen=f"success: {read[0].text}, failure: {read[1].text}",
            wanted="no value for which both are true",
            remediation=(placed.setting(facts, f"{at}/failure"),),
        )


def _both_hold(success: Condition, failure: Condition) -> Fraction | None:
    """Look for a value of which both are true: at every number they mention, and between.

    For comparisons of `value` with numbers that is every case there is.
    """
    return next(
        (at for at in _points(success, failure) if _of(success, at) and _of(failure, at)), None
    )


def _points(*conditions: Condition) -> list[Fraction]:
    mentioned = {number for condition in conditions for number in condition.numbers}
    marks = sorted({*mentioned, *(-number for number in mentioned), Fraction(0)})
    between = [(low + high) / 2 for low, high in pairwise(marks)]
    return [*marks, *between, marks[0] - 1, marks[-1] + 1]


def _of(condition: Condition, value: Fraction) -> bool:
    try:
        return condition.holds({_VALUE: value})
    except ConditionError:  # not told of this value, and so not contradicted
        return False


def _limits(analysis: Analysis, at: str, facts: Facts) -> Iterator[Judgement]:
    count, limit = analysis.count, analysis.failure_limit
    if count is not None and limit is not None and limit >= count:
        yield placed.against(
            facts,
            f"{at}/failureLimit",
            f"analysis {analysis.name} tolerates {limit} failures of {count} measurements, "
            "so it never fails",
            seen=f"failureLimit {limit}, count {count}",
            wanted="fewer failures than measurements",
            remediation=(placed.setting(facts, f"{at}/failureLimit"),),
        )
