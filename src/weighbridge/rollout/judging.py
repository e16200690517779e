"""One measurement judged: success, failure or neither; what is missing, old or scarce is neither.

Nothing that could not be had is ever a success, unless the manifest says so of an empty answer
(`onNoData: pass`); and then only of an empty one: a store that did not answer said nothing.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from weighbridge.model.condition import ConditionError
from weighbridge.model.delivery import Measured, Outcome

if TYPE_CHECKING:
    from weighbridge.model.delivery import Answer, Reading
    from weighbridge.rollout.questions import Question

_NO_DATA: Final = {
    "pause": Outcome.INCONCLUSIVE,
    "fail": Outcome.FAILURE,
    "pass": Outcome.SUCCESS,
}
_LONGEST: Final = 300


def judge(question: Question, reading: Reading, now: int) -> Measured:
    """Judge a measurement.

    Args:
        question: What was asked.
        reading: What was answered.
        now: When, in milliseconds of Unix time.
    """
    answers = [reading.value, *reading.samples, *([reading.newest] if reading.newest else [])]
    error = next((one.error for one in answers if one.error), "")
    if error:
        outcome = Outcome.FAILURE if question.no_data == "fail" else Outcome.INCONCLUSIVE
        text = f"the metrics could not be asked: {error}"
        return _measured(question, now, outcome, no_data=True, text=text)
    samples = _fewest(reading.samples) if question.counting else None
    counted = "" if samples is None else _plain(samples)
    missing = _missing(question, reading, samples, now)
    if missing:
        outcome = _NO_DATA[question.no_data]
        return _measured(question, now, outcome, samples=counted, no_data=True, text=missing)
    return _judged(question, reading.value.values, now, counted)


def _measured(
    question: Question,
    now: int,
    outcome: Outcome,
    *,
    value: str = "",
    samples: str = "",
    no_data: bool = False,
    text: str,
) -> Measured:
    return Measured(
        analysis=question.name,
        at=now,
        outcome=outcome,
        value=value,
        samples=samples,
        no_data=no_data,
        text=text[:_LONGEST],
    )


def _missing(question: Question, reading: Reading, samples: Decimal | None, now: int) -> str:
    """Say why an answer counts as none; empty if it counts."""
    if reading.newest is not None:
        taken = _number(reading.newest.values[0]) if reading.newest.values else None
        if taken is None:
            return "there is no new sample"
        age = now - int(taken * 1000)
        if age > question.freshness:
            return f"the newest sample is {age // 1000} s old"
    if not reading.value.values:
        return "the answer is empty"
    if any(_number(one) is None for one in reading.value.values):
        return f"the answer is no finite number: {', '.join(reading.value.values)}"
    if samples is not None and samples < question.minimum:
        return f"it rests on {_plain(samples)} samples, and {question.minimum} are needed"
    return ""


def _judged(question: Question, values: tuple[str, ...], now: int, samples: str) -> Measured:
    """Judge values: one that fails is enough to fail, and all must succeed to succeed."""
    outcomes = []
    for value in values:
        number = _number(value)
        try:
            outcomes.append(_one(question, Decimal(0) if number is None else number))
        except ConditionError as error:
            text = f"the condition {error.message}"
            outcome = Outcome.INCONCLUSIVE
            return _measured(question, now, outcome, value=value, samples=samples, text=text)
    for wanted in (Outcome.FAILURE, Outcome.INCONCLUSIVE, Outcome.SUCCESS):
        if wanted in outcomes:
            value = values[outcomes.index(wanted)]
            text = "" if wanted is Outcome.SUCCESS else _said(question, wanted, value)
            return _measured(question, now, wanted, value=value, samples=samples, text=text)
    raise AssertionError("an answer without values was judged")


def _one(question: Question, value: Decimal) -> Outcome:
    given = {"value": value}
    if question.failure is not None and question.failure.holds(given):
        return Outcome.FAILURE
    if question.success is None:
        return Outcome.SUCCESS
    if question.success.holds(given):
        return Outcome.SUCCESS
    return Outcome.FAILURE if question.failure is None else Outcome.INCONCLUSIVE


def _said(question: Question, outcome: Outcome, value: str) -> str:
    passes = question.success.text if question.success is not None else "all else"
    fails = question.failure.text if question.failure is not None else "all else"
    if outcome is Outcome.FAILURE:
        return f"value is {value}; {fails} fails"
    return f"value is {value}; {passes} succeeds, {fails} fails"


def _fewest(answers: tuple[Answer, ...]) -> Decimal:
    """Return the smallest count: an empty answer counts nothing."""
    counts = [
        min((_number(value) or Decimal(0) for value in one.values), default=Decimal(0))
        for one in answers
    ]
    return min(counts, default=Decimal(0))


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal(1)):f}" if abs(number) < Decimal(10) ** 15 else str(number)


def _number(text: str) -> Decimal | None:
    """Read a value as Prometheus writes it; None if it is no finite number."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
