from __future__ import annotations

import pytest

from weighbridge.model.finding import Verdict
from weighbridge.rules.behaviour.measures import (
    KNOWN,
    Floored,
    Pair,
    is_known,
    judge_floor,
    plain_name,
)

BINARY = [
    *[Pair(1, 1)] * 40,
    *[Pair(1, 0)] * 10,
    *[Pair(0, 0)] * 30,
    *[Pair(0, 1)] * 20,
]
"""Forty true positives, ten false negatives, thirty true negatives, twenty false positives."""


def measured(name: str, pairs: list[Pair]) -> float:
    found = judge_floor(name, pairs, floor=0.0, confidence=None)
    assert found.verdict is Verdict.PASS
    return float(found.seen.partition(" ")[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # What scikit-learn 1.8 gives for the same labels.
        ("accuracy", 0.7),
        ("balanced_accuracy", 0.7),
        ("precision", 0.666667),
        ("recall", 0.8),
        ("f1", 0.727273),
        ("f1_macro", 0.69697),
        ("precision_macro", 0.708333),
        ("recall_macro", 0.7),
        ("macro F1", 0.69697),
        ("roc_auc", 0.7),
    ],
)
def test_a_measure_is_what_scikit_learn_makes_of_the_same_labels(name: str, value: float) -> None:
    assert measured(name, BINARY) == pytest.approx(value, abs=1e-6)


def test_scores_stand_for_the_label_of_the_highest() -> None:
    pairs = [Pair(1, [[0.1, 0.9]]), Pair("0", [0.8, 0.2]), Pair(1, 1.0), Pair("cat", "cat")]
    assert measured("accuracy", pairs) == 1
    assert measured("accuracy", [Pair(1, []), Pair(1, ["a", "b"]), Pair(1, None)]) == 0


def test_the_truth_is_among_the_highest_scores_or_is_not() -> None:
    pairs = [Pair(2, [0.5, 0.1, 0.4]), Pair(1, [0.5, 0.1, 0.4]), Pair(0, 0), Pair(0, None)]
    assert measured("top-2-accuracy", pairs) == 0.25


def test_the_area_under_the_curve_counts_ties_half() -> None:
    pairs = [Pair(1, 0.9), Pair(1, [0.5, 0.5]), Pair(0, [0.5, 0.5]), Pair(0, 0.1)]
    assert measured("roc_auc", pairs) == 0.875


def test_the_share_of_variance_is_one_for_the_truth_and_nought_for_its_mean() -> None:
    assert measured("r2", [Pair("1.5", 1.5), Pair(2, [2.0])]) == 1
    assert measured("r2", [Pair(1, 2.0), Pair(3, 2.0)]) == 0


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("r2", [Pair(1, 1.0), Pair(1, 1.0)]),
        ("r2", [Pair(1, None), Pair(2, 1.0)]),
        ("roc_auc", [Pair(1, 0.5), Pair(1, 0.4)]),
        ("roc_auc", [Pair(1, None), Pair(0, 0.4)]),
        ("roc_auc", [Pair(1, float("nan")), Pair(0, 0.4)]),
        ("r2", [Pair(float("nan"), 1.0), Pair("no", 1.0)]),
        ("precision", [Pair(1, 0)]),
        ("recall", [Pair(0, 0)]),
        ("f1", [Pair(0, 0)]),
        ("f1_macro", []),
    ],
)
def test_what_cannot_be_measured_passes_no_floor(name: str, pairs: list[Pair]) -> None:
    found = judge_floor(name, pairs, floor=0.0, confidence=0.9)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.message == f"{name} cannot be made of these records"


def accuracy(right: int, count: int, *, confidence: float | None = 0.95) -> Floored:
    pairs = [Pair(1, 1)] * right + [Pair(1, 0)] * (count - right)
    return judge_floor("accuracy", pairs, floor=0.9, confidence=confidence)


def test_a_floor_is_reached_by_the_lower_bound_and_missed_by_the_upper() -> None:
    assert accuracy(960, 1000).verdict is Verdict.PASS
    assert accuracy(850, 1000).verdict is Verdict.FAIL
    few = accuracy(48, 50)
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.message == "too few records to tell whether accuracy reaches its floor"
    assert few.seen == "0.96 of 50 records, between 0.8861 and 0.986674"
    assert few.wanted == "at least 0.9 at 95 % confidence"


def test_without_a_confidence_the_measure_itself_counts() -> None:
    assert accuracy(45, 50, confidence=None).verdict is Verdict.PASS
    assert accuracy(44, 50, confidence=None).verdict is Verdict.FAIL


def test_nothing_is_certain() -> None:
    assert accuracy(1000, 1000, confidence=1.0).verdict is Verdict.PASS
    assert accuracy(940, 1000, confidence=1.0).verdict is Verdict.INCONCLUSIVE


@pytest.mark.slow
def test_what_is_no_proportion_is_bounded_by_the_bootstrap() -> None:
    floor = judge_floor("f1_macro", BINARY * 5, floor=0.5, confidence=0.95)
    assert floor.verdict is Verdict.PASS
    assert "between" in floor.seen
    few = judge_floor("f1_macro", BINARY[::5], floor=0.5, confidence=0.95)
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.message == "how sure f1_macro is cannot be told"


def test_the_names_are_known_in_every_spelling() -> None:
    assert all(is_known(name) for name in KNOWN[:-1])
    assert is_known("Top 5 accuracy")
    assert not is_known("BLEU")
    assert plain_name("Balanced-Accuracy") == "balanced_accuracy"
    assert plain_name("macro") == "macro"
