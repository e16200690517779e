"""AnalysisTemplates of Argo Rollouts: a question, how often it is asked, what its answers mean.

An answer passes if all its series pass and fails if one fails. No series, or one that is no finite
number, is no data; where both conditions are false Argo calls that inconclusive, and pauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from weighbridge.render.analysis import asked, go_duration, schedule, steps_of
from weighbridge.render.naming import dns_name, metadata, object_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.analysis import Question, Schedule

API: Final = "argoproj.io/v1alpha1"
_LONGEST: Final = 60
_FINITE: Final = "!isNaN(#) && !isInf(#)"
_NO_NUMBER: Final = "isNaN(#) || isInf(#)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """An AnalysisTemplate.

    Attributes:
        name: Its name.
        question: What it asks.
        delay: Seconds before the first measurement.
        count: How many measurements it takes; None if it goes on until it is stopped.
        interval: Seconds between two of them; None if there is but one.
    """

    name: str
    question: Question
    delay: Decimal
    count: int | None
    interval: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Which judge is called by which step.

    Attributes:
        by_step: Of each step that is judged, by where it stands: its judge and its schedule.
        beside: Judges of no step, who watch over all of them.
    """

    by_step: dict[str, tuple[Judge, Schedule]]
    beside: tuple[Judge, ...]

    @property
    def all(self) -> tuple[Judge, ...]:
        """Every judge, once."""
        found = {one.name: one for one, _ in self.by_step.values()}
        return tuple((found | {one.name: one for one in self.beside}).values())


def judges_of(order: Order, known: dict[str, Question], remarks: Remarks) -> Judges:
    """Make the judges of a rollout; delays are those of blue-green, where there are no pauses."""
    rollout = order.release.spec.rollout
    switched = rollout is not None and rollout.strategy == "blueGreen"
    wanted = {}
    for at, step in steps_of(rollout):
        question = asked(step, known, order, remarks, at)
        if question is not None:
            wanted[at] = question, schedule(question, step, remarks, at)
    by_step = {}
    for at, (question, when) in wanted.items():
        alike = {(one.count, one.interval) for own, one in wanted.values() if own is question}
        several = (str(when.count),) if len(alike) > 1 and not switched else ()
        judge = Judge(
            name=_name(order, question.name, *several),
            question=question,
            delay=when.before if switched else Decimal(0),
            count=when.count,
            interval=when.interval,
        )
        by_step[at] = judge, when
    asked_for = {question.name for question, _ in wanted.values()}
    left = (one for one in known.values() if one.name not in asked_for)
    beside = tuple(_beside(order, left, remarks, switched=switched))
    return Judges(by_step=by_step, beside=beside)


def _beside(
    order: Order, left: Iterator[Question], remarks: Remarks, *, switched: bool
) -> Iterator[Judge]:
    """Yield judges of questions that no step asks: nothing that is asked for is left out."""
    for one in left:
        when = "behind the switch" if switched else "all along the steps"
        remarks.notice(f"analysis {one.name} stands in no step: it is asked {when}")
        once = one.interval is None or one.count == 1 or (switched and one.count is None)
        yield Judge(
            name=_name(order, one.name),
            question=one,
            delay=one.interval or Decimal(0),
            count=1 if once else one.count,
            interval=None if once else one.interval,
        )


def _name(order: Order, analysis: str, *count: str) -> str:
    """Name an AnalysisTemplate: dots keep releases, their analyses and counts apart."""
    return ".".join((object_name(order), dns_name(analysis, _LONGEST), *count))


def analysis_template(order: Order, judge: Judge) -> dict[str, Any]:
    """Return the AnalysisTemplate of a judge."""
    question = judge.question
    passes, fails = conditions(question)
    metric: dict[str, Any] = {"name": question.name}
    if judge.delay:
        metric["initialDelay"] = go_duration(judge.delay)
    if judge.interval is not None:
        metric["interval"] = go_duration(judge.interval)
    if judge.count is not None:
        metric["count"] = judge.count
    metric |= {
        "successCondition": passes,
        "failureCondition": fails,
        "failureLimit": question.failure_limit,
        "inconclusiveLimit": question.inconclusive_limit,
        "provider": {
            "prometheus": {
                "address": order.options["prometheusAddress"],
                "query": question.query,
            }
        },
    }
    return {
        "apiVersion": API,
        "kind": "AnalysisTemplate",
        "metadata": metadata(order, judge.name),
        "spec": {"metrics": [metric]},
    }


def conditions(question: Question) -> tuple[str, str]:
    """Return when an answer succeeds and when it fails, in Argo's words (expr-lang)."""
    passing = f"{_FINITE} && ({question.passes.written('#')})"
    failing = f"{_FINITE} && ({question.fails.written('#')})"
    passes = f"len(result) > 0 && all(result, {{{passing}}})"
    fails = f"any(result, {{{failing}}})"
    if question.no_data == "fail":
        fails = f"len(result) == 0 || any(result, {{{_NO_NUMBER}}}) || {fails}"
    if question.no_data == "pass":
        passing = f"{_NO_NUMBER} || ({question.passes.written('#')})"
        passes = f"len(result) == 0 || all(result, {{{passing}}})"
    return passes, fails
