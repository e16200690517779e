"""A release's analyses, made ready for controllers: of which release, how often, from how much.

No controller knows how many samples a value rests on: the query itself answers only where there
are enough, so that too few are no data. Nothing is asked that a controller would judge otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final

from weighbridge.codec.measured import measured
from weighbridge.codec.promql import RELEASE, QueryError
from weighbridge.render.thresholds import ThresholdError, threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.codec.measured import Measured
    from weighbridge.model.release.rollout import Analysis, Rollout, Step
    from weighbridge.model.rendering import Order, Remarks
    from weighbridge.render.thresholds import Threshold

_AMOUNTS: Final = ("seconds", "bytes", "joules", "ratio", "percent")
"""Units that are amounts and no number of samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An analysis, ready to be asked.

    Attributes:
        name: Its name in the manifest.
        pointer: Where it stands there (JSON pointer).
        query: The query, of this release; answers nothing if there are too few samples.
        single: Whether at most one series can answer.
        passes: What a value has to be to pass.
        fails: What a value is that fails; what neither passes nor fails is inconclusive.
        no_data: What an empty answer means: `pause`, `fail` or `pass`.
        interval: Seconds between two measurements; None if it does not say.
        count: How many measurements are taken; None if it does not say.
        failure_limit: Failures that are tolerated.
        inconclusive_limit: Inconclusive measurements that are tolerated.
    """

    name: str
    pointer: str
    query: str
    single: bool
    passes: Threshold
    fails: Threshold
    no_data: str
    interval: Decimal | None
    count: int | None
    failure_limit: int
    inconclusive_limit: int


def questions(order: Order, remarks: Remarks) -> dict[str, Question]:
    """Make the analyses of a release ready, by name; what cannot be is refused."""
    rollout = order.release.spec.rollout
    found = {}
    for index, one in enumerate(rollout.analysis or () if rollout is not None else ()):
        made = _question(order, remarks, one, f"/spec/rollout/analysis/{index}")
        if made is not None:
            found[one.name] = made
    return found


def _question(order: Order, remarks: Remarks, analysis: Analysis, at: str) -> Question | None:
    query = _query(order, remarks, analysis, at)
    judged = _judged(remarks, analysis, at)
    if query is None or judged is None:
        return None
    text, single = query
    passes, fails = judged
    if analysis.on_no_data is None:
        remarks.notice(
            f"analysis {analysis.name} does not say what an empty answer means: it pauses"
        )
    return Question(
        name=analysis.name,
        pointer=at,
        query=text,
        single=single,
        passes=passes,
        fails=fails,
        no_data=analysis.on_no_data or "pause",
        interval=seconds(analysis.interval),
        count=analysis.count,
        failure_limit=analysis.failure_limit or 0,
        inconclusive_limit=analysis.inconclusive_limit or 0,
    )


def _query(order: Order, remarks: Remarks, analysis: Analysis, at: str) -> tuple[str, bool] | None:
    """Return the query of this release, and whether at most one series answers."""
    try:
        found = measured(analysis.query)
    except QueryError as error:
        remarks.refuse(
            f"the query of analysis {analysis.name} {error.message}",
            f"{at}/query",
            *((error.hint,) if error.hint else ()),
            seen=analysis.query,
        )
        return None
    text = found.text
    if analysis.min_samples:
        if found.samples is None:
            _refuse_uncounted(remarks, analysis, at)
            return None
        _notice_amounts(order, remarks, analysis, found)
        text = found.with_at_least(analysis.min_samples)
    if "{{" in text or "}}" in text:
        remarks.refuse(
            f"the query of analysis {analysis.name} holds braces controllers take for a template",
            f"{at}/query",
            "write the text with [{] or [}] in a regular expression",
            seen=analysis.query,
        )
        return None
    return text.replace(RELEASE, order.digest), found.single


def _refuse_uncounted(remarks: Remarks, analysis: Analysis, at: str) -> None:
    remarks.refuse(
        f"nothing in the query of analysis {analysis.name} counts samples, and no controller "
        "knows minSamples",
        f"{at}/minSamples",
        "write the query as a ratio whose denominator counts them: "
        "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))",
        "or as the quantile of a histogram: histogram_quantile(0.99, sum by (le) (rate(…_bucket)))",
        "or demand them in the query itself: … and on () (sum(increase(requests_total[5m])) >= "
        f"{analysis.min_samples}), and set minSamples to 0",
        seen=analysis.query,
        wanted="a ratio of rates, or a quantile of a histogram",
    )


def _notice_amounts(order: Order, remarks: Remarks, analysis: Analysis, found: Measured) -> None:
    """Say so where what counts the samples counts an amount: seconds are no requests."""
    seen = order.release.spec.observability
    expected = seen.metrics.expected if seen is not None and seen.metrics is not None else None
    units = {one.name: one.unit for one in expected or ()}
    for one in found.samples or ():
        amounts = [
            name
            for name, unit in units.items()
            if unit in _AMOUNTS and (name + "[" in one.text or name + "{" in one.text)
        ]
        for name in amounts:
            remarks.notice(
                f"analysis {analysis.name} counts as samples what {name} counts: {units[name]}"
            )


def _judged(remarks: Remarks, analysis: Analysis, at: str) -> tuple[Threshold, Threshold] | None:
    """Return what passes and what fails; if only one is said, all else is the other."""
    found = {}
    for field, text in (("success", analysis.success), ("failure", analysis.failure)):
        if text is None:
            continue
        try:
            found[field] = threshold(text)
        except ThresholdError as error:
            remarks.refuse(
                f"{field} of analysis {analysis.name} {error}",
                f"{at}/{field}",
                *error.alternatives,
                seen=text,
            )
            return None
    if not found:
        remarks.refuse(
            f"analysis {analysis.name} says neither when it succeeds nor when it fails",
            f"{at}/success",
            "say it: success: value < 0.01",
        )
        return None
    passes = found["success"] if "success" in found else found["failure"].negated()
    fails = found["failure"] if "failure" in found else found["success"].negated()
    return passes, fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a step is measured.

    Attributes:
        before: Seconds the step is left alone before the first measurement.
        count: How many measurements are taken.
        interval: Seconds between two of them; None if there is but one.
    """

    before: Decimal
    count: int
    interval: Decimal | None


def schedule(question: Question, step: Step, remarks: Remarks, at: str) -> Schedule:
    """Fit the measurements into a step, so that the last one falls on its end.

    Args:
        question: What is asked.
        step: The step it judges.
        remarks: Takes what cannot be done.
        at: Where the step stands (JSON pointer).
    """
    hold = seconds(step.hold) or Decimal(0)
    interval = question.interval or None
    count = question.count or (1 if interval is None else max(1, int(hold / interval)))
    if count > 1 and interval is None:
        remarks.refuse(
            f"analysis {question.name} does not say how far apart its {count} measurements are",
            f"{question.pointer}/interval",
            "say it: interval: 30s",
        )
        return Schedule(before=hold, count=1, interval=None)
    measuring = (count - 1) * (interval or Decimal(0))
    if hold and measuring > hold:
        remarks.notice(
            f"step {at.rsplit('/', 1)[1]} lasts {measuring.normalize():f} s, longer than its "
            f"hold: that is how long the {count} measurements of {question.name} take"
        )
    return Schedule(
        before=max(Decimal(0), hold - measuring),
        count=count,
        interval=interval if count > 1 else None,
    )


def steps_of(rollout: Rollout | None) -> Iterator[tuple[str, Step]]:
    """Yield the steps of a rollout, each with where it stands (JSON pointer)."""
    for index, step in enumerate(rollout.steps or () if rollout is not None else ()):
        yield f"/spec/rollout/steps/{index}", step


def asked(
    step: Step, known: dict[str, Question], order: Order, remarks: Remarks, at: str
) -> Question | None:
    """Return the question that judges a step; refuse the name of one there is not."""
    if step.analysis is None or step.analysis in known:
        return known.get(step.analysis or "")
    rollout = order.release.spec.rollout
    declared = {one.name for one in rollout.analysis or ()} if rollout is not None else set()
    if step.analysis not in declared:
        remarks.refuse(
            f"there is no analysis {step.analysis}",
            f"{at}/analysis",
            "declare it under spec.rollout.analysis",
            seen=step.analysis,
            wanted=", ".join(sorted(declared)),
        )
    return None


def seconds(duration: str | None) -> Decimal | None:
    """Return a duration of a manifest in seconds."""
    return None if duration is None else Decimal(duration.removesuffix("s"))


def go_duration(amount: Decimal) -> str:
    """Write seconds as Go reads durations."""
    return f"{amount.normalize():f}s"


def whole_seconds(amount: Decimal) -> int:
    """Return seconds as a whole number that is no less."""
    return int(amount.to_integral_value(ROUND_CEILING))
