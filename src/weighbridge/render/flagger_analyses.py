"""What Flagger checks: MetricTemplates with the range their value is to lie in, and when.

Flagger checks once in an interval, which is as long as the longest step. So that a bad moment
within it counts, the worst value of the whole interval is what is checked, and an interval that
was not measured as often as the manifest says is no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from weighbridge.render.analysis import asked, schedule, seconds, steps_of, whole_seconds
from weighbridge.render.naming import dns_name, metadata, object_name
from weighbridge.render.thresholds import ThresholdError, bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.analysis import Question
    from weighbridge.render.thresholds import Bounds

API: Final = "flagger.app/v1beta1"
_MINUTE: Final = Decimal(60)
_LONGEST: Final = 50
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One bound of a question, which Flagger checks.

    Attributes:
        name: Name of the MetricTemplate.
        question: What is asked.
        label: What people see.
        bound: The bound: `min` or `max` of thresholdRange, and its value.
        query: The query.
    """

    name: str
    question: Question
    label: str
    bound: tuple[str, float]
    query: str


def checks_of(
    order: Order, length: int, known: dict[str, Question], remarks: Remarks
) -> tuple[Check, ...]:
    """Make the checks of a rollout; what is no range of values is refused.

    Args:
        order: What is rendered.
        length: Seconds between two checks.
        known: The questions, by name.
        remarks: Takes what cannot be done.
    """
    found: list[Check] = []
    for question in known.values():
        try:
            range_ = bounds(question.passes, question.fails.negated())
        except ThresholdError as error:
            remarks.refuse(
                f"analysis {question.name} {error}",
                f"{question.pointer}/success",
                *error.alternatives,
            )
            continue
        if not question.single:
            remarks.refuse(
                f"the query of analysis {question.name} may answer with several series, of which "
                "Flagger looks at one",
                f"{question.pointer}/query",
                "aggregate it to one: max(…), sum(…)",
                "or render for argo, which judges all of them",
            )
        if question.no_data != "fail":
            remarks.notice(
                f"Flagger fails a check of analysis {question.name} where there is no data, and "
                f"does not {question.no_data}"
            )
        remarks.notice(
            f"Flagger has two answers: what is inconclusive fails a check of {question.name}"
        )
        found += _of_question(order, question, range_, length)
    return tuple(found)


def _of_question(order: Order, question: Question, range_: Bounds, length: int) -> Iterator[Check]:
    both = range_.least is not None and range_.most is not None
    for field, value in (("min", range_.least), ("max", range_.most)):
        if value is None:
            continue
        label = f"{question.name}-{field}" if both else question.name
        parts = (dns_name(question.name, _LONGEST), *((field,) if both else ()))
        yield Check(
            name=".".join((object_name(order), *parts)),
            question=question,
            label=label,
            bound=(field, value),
            query=_over_the_step(question, length, field),
        )


def _over_the_step(question: Question, length: int, worst: str) -> str:
    """Ask for the worst value of a whole interval, if it was measured as often as is wanted."""
    finite = f"({question.query}) > -Inf < Inf"
    every = question.interval
    count = question.count or (int(length / every) if every else 1)
    if count <= 1 or not every:
        return finite
    missing = {"pause": question.inconclusive_limit, "fail": question.failure_limit}
    least = max(1, count - missing.get(question.no_data, count))
    window = f"({finite})[{_promql_duration(count * every)}:{_promql_duration(every)}]"
    return f"{worst}_over_time({window}) and (count_over_time({window}) >= {least})"


def _promql_duration(amount: Decimal) -> str:
    if amount == amount.to_integral_value():
        return f"{int(amount)}s"
    return f"{whole_seconds(amount * 1000)}ms"


def metric_template(order: Order, check: Check) -> dict[str, Any]:
    """Return the MetricTemplate of a check."""
    return {
        "apiVersion": API,
        "kind": "MetricTemplate",
        "metadata": metadata(order, check.name),
        "spec": {
            "provider": {"type": "prometheus", "address": order.options["prometheusAddress"]},
            "query": check.query,
        },
    }


def interval_of(order: Order, known: dict[str, Question], remarks: Remarks) -> int:
    """Return the seconds between two checks: the longest that any step holds."""
    steps = [(at, one) for at, one in steps_of(order.release.spec.rollout)]
    last = len(steps) - 1
    lengths = []
    for index, (at, step) in enumerate(steps):
        question = asked(step, known, order, remarks, at)
        length = seconds(step.hold) or Decimal(0)
        if question is not None:
            when = schedule(question, step, remarks, at)
            length = max(length, when.count * (when.interval or Decimal(0)))
        if length or index != last:  # the last one lasts no time, it is where the rollout ends
            lengths.append(length)
    longest = max((*lengths, Decimal(0))) or _MINUTE
    if len(set(lengths)) > 1:
        remarks.notice(
            f"Flagger has one interval for all steps: each lasts {whole_seconds(longest)} s"
        )
    return whole_seconds(longest)


def plan_of(
    order: Order, length: int, checks: tuple[Check, ...], remarks: Remarks
) -> dict[str, Any]:
    """Return what a Canary says of its analysis: how often, at which weights, what is checked."""
    rollout = order.release.spec.rollout
    strategy = rollout.strategy if rollout is not None else "rolling"
    if strategy not in ("canary", "blueGreen"):
        remarks.refuse(
            f"Flagger moves requests from one release to the other, and has no {strategy} rollout",
            "/spec/rollout/strategy",
            "take strategy canary or blueGreen",
            "or render for kubernetes"
            + (", or for argo" if strategy == "rolling" else ", whose Deployment does it"),
            seen=strategy,
            wanted="canary or blueGreen",
        )
    weights = [step.weight for _, step in steps_of(rollout)]
    plan: dict[str, Any] = {"interval": f"{length}s", "threshold": _threshold(checks)}
    if strategy == "blueGreen" and weights in ([], [0]):
        plan["iterations"] = 1
    else:
        _check_weights(order, strategy, weights, remarks)
        plan["stepWeights"] = weights
    if checks:
        plan["metrics"] = [_metric(one, length) for one in checks]
        _notice_shared(order, checks, remarks)
    return plan


def _threshold(checks: tuple[Check, ...]) -> int:
    """Return at how many failed checks it is rolled back: one more than are tolerated."""
    return min((one.question.failure_limit for one in checks), default=0) + 1


def _metric(check: Check, length: int) -> dict[str, Any]:
    field, value = check.bound
    number = int(value) if value.is_integer() else value
    return {
        "name": check.label,
        "interval": f"{length}s",
        "templateRef": {"name": check.name},
        "thresholdRange": {field: number},
    }


def _check_weights(order: Order, strategy: str, weights: list[int], remarks: Remarks) -> None:
    at = "/spec/rollout/steps"
    if order.options["provider"] == "kubernetes":
        remarks.refuse(
            "with the provider kubernetes Flagger splits no requests",
            "",
            "name what splits them: option provider",
            "or take strategy blueGreen with a step of weight 0",
            seen="provider=kubernetes",
        )
    rising = all(before < after for before, after in pairwise(weights))
    if not weights or weights[0] == 0 or not rising:
        remarks.refuse(
            "Flagger goes from weight to weight, each above the one before, and above 0",
            at,
            "take such weights: steps: [{weight: 10, hold: 5m}, {weight: 50}, {weight: 100}]",
            "or render for argo, which takes any",
            seen=", ".join(map(str, weights)) or "no steps",
        )
    if strategy == "blueGreen" and weights and weights != [_WHOLE]:
        remarks.refuse(
            "a blue-green rollout sends all requests to one release",
            at,
            "take one step, of weight 0 to check before the switch, or of 100 to check behind",
            "or take strategy canary",
            seen=", ".join(map(str, weights)),
            wanted="0 or 100",
        )


def _notice_shared(order: Order, checks: tuple[Check, ...], remarks: Remarks) -> None:
    names = {one.question.name for one in checks}
    steps = list(steps_of(order.release.spec.rollout))
    if any({step.analysis} != names for _, step in steps):
        remarks.notice(f"Flagger checks every analysis at every step: {', '.join(sorted(names))}")
