"""Analyses made ready to be asked: the value, what counts its samples, and how fresh they are."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from weighbridge.codec.measured import measured
from weighbridge.codec.promql import RELEASE, QueryError, read_query
from weighbridge.model.condition import Condition, ConditionError, read_condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.codec.promql import Selector
    from weighbridge.model.release.rollout import Analysis

VALUE: Final = "value"
_MISSED: Final = 3
"""Samples that may be missing before what there is counts as old."""


class PlanError(Exception):
    """An analysis that cannot be asked; says where it stands, and what would do."""

    def __init__(self, message: str, pointer: str, *, seen: str = "", hint: str = "") -> None:
        """Say what is wrong with what stands where (JSON pointer)."""
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.seen = seen
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An analysis, ready to be asked; `$release` still stands in its queries.

    Attributes:
        name: Its name.
        query: What gives the value.
        counting: What counts the samples of it; each has to reach the minimum.
        newest: What gives the time of the newest sample, in seconds of Unix time; empty if the
            query reads no metric.
        minimum: How many samples a measurement needs.
        success: What a value that passes is; None for all that do not fail.
        failure: What a value that fails is; None for all that do not pass.
        no_data: What an empty answer means: `pause`, `fail` or `pass`.
        interval: Milliseconds between two measurements; 0 if only one is taken.
        count: How many are taken; 0 for as many as the step has room for.
        failure_limit: Failures that are tolerated.
        inconclusive_limit: Measurements that say neither which are tolerated.
        freshness: Milliseconds a sample counts as new.
    """

    name: str
    query: str
    counting: tuple[str, ...]
    newest: str
    minimum: int
    success: Condition | None
    failure: Condition | None
    no_data: str
    interval: int
    count: int
    failure_limit: int
    inconclusive_limit: int
    freshness: int


def about(query: str, release: str) -> str:
    """Write a query of a release."""
    return query.replace(RELEASE, release)


def question_of(analysis: Analysis, at: str, *, scrape: int) -> Question:
    """Make an analysis ready.

    Args:
        analysis: The analysis.
        at: Where it stands (JSON pointer).
        scrape: Milliseconds between two samples of the metrics.

    Raises:
        PlanError: It cannot be asked, or its answers not be judged.
    """
    try:
        found = measured(analysis.query)
        selectors = read_query(analysis.query).selectors
    except QueryError as error:
        raise PlanError(
            f"the query of analysis {analysis.name} {error.message}",
            f"{at}/query",
            seen=analysis.query,
            hint=error.hint,
        ) from error
    minimum = analysis.min_samples or 0
    if minimum and found.samples is None:
        raise PlanError(
            f"nothing in the query of analysis {analysis.name} counts samples",
            f"{at}/minSamples",
            seen=analysis.query,
            hint="write it as a ratio whose denominator counts them, or as a quantile of a "
            "histogram",
        )
    success = _condition(analysis.success, analysis.name, f"{at}/success")
    failure = _condition(analysis.failure, analysis.name, f"{at}/failure")
    if success is None and failure is None:
        raise PlanError(
            f"analysis {analysis.name} says neither when it succeeds nor when it fails",
            f"{at}/success",
            hint="say it: success: value < 0.01",
        )
    interval = _milliseconds(analysis.interval)
    if (analysis.count or 1) > 1 and not interval:
        raise PlanError(
            f"analysis {analysis.name} does not say how far apart its measurements are",
            f"{at}/interval",
            hint="say it: interval: 30s",
        )
    return Question(
        name=analysis.name,
        query=found.text,
        counting=tuple(one.text for one in found.samples or ()) if minimum else (),
        newest=_newest(selectors),
        minimum=minimum,
        success=success,
        failure=failure,
        no_data=analysis.on_no_data or "pause",
        interval=interval,
        count=analysis.count or 0,
        failure_limit=analysis.failure_limit or 0,
        inconclusive_limit=analysis.inconclusive_limit or 0,
        freshness=_MISSED * max(interval, scrape),
    )


def _milliseconds(duration: str | None) -> int:
    return 0 if duration is None else int(Decimal(duration.removesuffix("s")) * 1000)


def _condition(text: str | None, name: str, at: str) -> Condition | None:
    if text is None:
        return None
    try:
        return read_condition(text, (VALUE,))
    except ConditionError as error:
        message = f"a condition of analysis {name} {error.message}"
        raise PlanError(message, at, seen=text, hint=error.hint) from error


def _newest(selectors: Iterable[Selector]) -> str:
    """Ask when the newest of the samples was taken.

    An instant selector answers nothing once a scrape failed, though a range still holds what was
    before: so silence is told from health.
    """
    asked = dict.fromkeys(f"timestamp({_written(one)})" for one in selectors)
    return f"max({' or '.join(asked)})" if asked else ""


def _written(selector: Selector) -> str:
    demands = ",".join(
        f'{one.label}{one.operator}"{_quoted(one.value)}"' for one in selector.matchers
    )
    return f"{selector.name}{{{demands}}}" if demands else selector.name


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
