"""Measures of quality by the names scikit-learn gives them, and whether a floor is reached.

A proportion is bounded by Wilson's interval, anything else by the bootstrap.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from weighbridge.model.finding import Verdict
from weighbridge.rules.behaviour.intervals import bootstrap, wilson
from weighbridge.rules.behaviour.values import highest, number, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_TOP: Final = re.compile(r"top_([1-9][0-9]?)_accuracy")
_POSITIVE: Final = frozenset({"1", "True", "true"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One record of a data set.

    Attributes:
        truth: What is right: a label, or a number.
        answer: What was answered: a label, a number, or a row of scores; None for no answer.
    """

    truth: object
    answer: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Floored:
    """Whether a floor is reached.

    Attributes:
        verdict: What came of it.
        message: A clause.
        seen: What was measured, and how sure that is.
        wanted: The floor.
    """

    verdict: Verdict
    message: str
    seen: str
    wanted: str


def plain_name(name: str) -> str:
    """Bring the name of a measure into the form it is known by: `macro f1` is `f1_macro`."""
    found = re.sub(r"[\s-]+", "_", name.strip().lower())
    first, _, rest = found.partition("_")
    return f"{rest}_macro" if first == "macro" and rest else found


def is_known(name: str) -> bool:
    """Tell whether a measure can be made here."""
    plain = plain_name(name)
    return plain in _KNOWN or _proportion(plain) is not None


def judge_floor(
    name: str, pairs: Sequence[Pair], *, floor: float, confidence: float | None
) -> Floored:
    """Judge whether a measure reaches its floor.

    Args:
        name: A measure that is known.
        pairs: The records.
        floor: What must be reached.
        confidence: Of the bound that is held against the floor; None for the measure alone.
    """
    wanted = f"at least {floor:g}"
    wanted += "" if confidence is None else f" at {confidence * 100:g} % confidence"
    measured = _measured(plain_name(name), pairs, confidence)
    if measured is None:
        message = f"{name} cannot be made of these records"
        return _floored(Verdict.INCONCLUSIVE, message, f"{len(pairs)} records", wanted)
    value, bounds = measured
    seen = f"{value:.6g} of {len(pairs)} records"
    if confidence is None:
        met = value >= floor
        message = f"{name} {'reaches' if met else 'is below'} its floor"
        return _floored(Verdict.PASS if met else Verdict.FAIL, message, seen, wanted)
    if bounds is None:
        message = f"how sure {name} is cannot be told"
        return _floored(Verdict.INCONCLUSIVE, message, seen, wanted)
    low, high = bounds
    seen += f", between {low:.6g} and {high:.6g}"
    if low >= floor:
        return _floored(Verdict.PASS, f"{name} reaches its floor", seen, wanted)
    if high < floor:
        return _floored(Verdict.FAIL, f"{name} is below its floor", seen, wanted)
    message = f"too few records to tell whether {name} reaches its floor"
    return _floored(Verdict.INCONCLUSIVE, message, seen, wanted)


def _floored(verdict: Verdict, message: str, seen: str, wanted: str) -> Floored:
    return Floored(verdict=verdict, message=message, seen=seen, wanted=wanted)


def _measured(
    name: str, pairs: Sequence[Pair], confidence: float | None
) -> tuple[float, tuple[float, float] | None] | None:
    """Measure, and bound what was measured; None if it cannot be."""
    counted = _proportion(name)
    sure = 0.0 if confidence is None else min(confidence, _SUREST)
    if counted is not None:
        hits, count = counted(pairs)
        return (hits / count, wilson(hits, count, sure)) if count else None
    measure = _KNOWN[name]
    value = measure(pairs) if pairs else None
    if value is None:
        return None
    return value, None if confidence is None else bootstrap(pairs, measure, sure)


_SUREST: Final = 0.999999
"""Nothing is certain: a bound of 100 % would be no bound."""


def label(answer: object) -> str:
    """Return the label of an answer: the place of the highest score, or what it says itself."""
    answer = _alone(answer)
    if isinstance(answer, list):
        best = highest(answer, 1)
        return str(best[0]) if best else ""
    if isinstance(answer, float) and answer.is_integer():
        return str(int(answer))
    return shown(answer)


def _alone(answer: object) -> object:
    """Unwrap a list of one: a batch of one record."""
    while isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    return answer


def _is_right(pair: Pair) -> bool:
    return pair.answer is not None and label(pair.answer) == label(pair.truth)


def _accuracy(pairs: Sequence[Pair]) -> tuple[int, int]:
    return sum(map(_is_right, pairs)), len(pairs)


def _top(count: int, pairs: Sequence[Pair]) -> tuple[int, int]:
    hits = 0
    for pair in pairs:
        answer = _alone(pair.answer)
        best = highest(answer, count) if isinstance(answer, list) else None
        hits += label(pair.truth) in {str(one) for one in best or ()}
    return hits, len(pairs)


def _is_positive(value: object) -> bool:
    return label(value) in _POSITIVE


def _precision(pairs: Sequence[Pair]) -> tuple[int, int]:
    found = [pair for pair in pairs if pair.answer is not None and _is_positive(pair.answer)]
    return sum(_is_positive(pair.truth) for pair in found), len(found)


def _recall(pairs: Sequence[Pair]) -> tuple[int, int]:
    true = [pair for pair in pairs if _is_positive(pair.truth)]
    return sum(pair.answer is not None and _is_positive(pair.answer) for pair in true), len(true)


def _proportion(name: str) -> Callable[[Sequence[Pair]], tuple[int, int]] | None:
    top = _TOP.fullmatch(name)
    return partial(_top, int(top[1])) if top else _PROPORTIONS.get(name)


def _by_label(pairs: Iterable[Pair]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Count what is so, what was said, and where both agree, by label."""
    true, said, both = Counter[str](), Counter[str](), Counter[str]()
    for pair in pairs:
        truth = label(pair.truth)
        true[truth] += 1
        if pair.answer is not None:
            answer = label(pair.answer)
            said[answer] += 1
            both[truth] += answer == truth
    return true, said, both


def _f1(pairs: Sequence[Pair]) -> float | None:
    hits, said = _precision(pairs)
    _, true = _recall(pairs)
    return 2 * hits / (said + true) if said + true else None


def _f1_macro(pairs: Sequence[Pair]) -> float | None:
    true, said, both = _by_label(pairs)
    return _mean([2 * both[one] / (true[one] + said[one]) for one in sorted({*true, *said})])


def _precision_macro(pairs: Sequence[Pair]) -> float | None:
    true, said, both = _by_label(pairs)
    return _mean([both[one] / said[one] if said[one] else 0.0 for one in sorted({*true, *said})])


def _recall_macro(pairs: Sequence[Pair]) -> float | None:
    true, _, both = _by_label(pairs)
    return _mean([both[one] / true[one] for one in sorted(true)])


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _r2(pairs: Sequence[Pair]) -> float | None:
    numbers = [(number(_alone(one.truth)), number(_alone(one.answer))) for one in pairs]
    true = [there for there, here in numbers if there is not None and here is not None]
    if len(true) < len(numbers):
        return None
    mean = math.fsum(true) / len(true)
    spread = math.fsum((there - mean) ** 2 for there in true)
    left = math.fsum(((there or 0.0) - (here or 0.0)) ** 2 for there, here in numbers)
    return 1 - left / spread if spread else None


def _roc_auc(pairs: Sequence[Pair]) -> float | None:
    """Return the share of pairs of one of each kind that are in order (Mann, Whitney, 1947)."""
    scored = []
    for pair in pairs:
        answer = _alone(pair.answer)
        score = number(answer[-1] if isinstance(answer, list) and answer else answer)
        if score is None or math.isnan(score):
            return None
        scored.append((score, _is_positive(pair.truth)))
    positive = sum(is_positive for _, is_positive in scored)
    negative = len(scored) - positive
    if not positive or not negative:
        return None
    counts: dict[float, list[int]] = {}
    for score, is_positive in scored:
        counts.setdefault(score, [0, 0])[is_positive] += 1
    below, won = 0, 0.0
    for score in sorted(counts):
        losers, winners = counts[score]
        won += winners * (below + losers / 2)
        below += losers
    return won / (positive * negative)


_PROPORTIONS: Final = {"accuracy": _accuracy, "precision": _precision, "recall": _recall}


_KNOWN: Final[dict[str, Callable[[Sequence[Pair]], float | None]]] = {
    "balanced_accuracy": _recall_macro,
    "f1": _f1,
    "f1_macro": _f1_macro,
    "precision_macro": _precision_macro,
    "r2": _r2,
    "recall_macro": _recall_macro,
    "roc_auc": _roc_auc,
}
KNOWN: Final = (*sorted({*_KNOWN, *_PROPORTIONS}), "top_K_accuracy")
"""Names of all measures, for people."""
