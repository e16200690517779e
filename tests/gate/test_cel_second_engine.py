from __future__ import annotations

from collections import Counter
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.gate.second_engine import (
    ITEM_SHAPE,
    Case,
    case,
    second_opinion,
    without_a_field,
)
from weighbridge.gate.cel import Language

SEEDS = st.integers(0, 2**48)


@cache
def language() -> Language:
    return Language({"item": ITEM_SHAPE})


def opinion(made: Case, document: dict[str, object]) -> bool | None:
    outcome = language().compile(made.text, result="bool").evaluate({"item": document})
    assert (outcome.value is None) == bool(outcome.error)
    assert outcome.value is None or isinstance(outcome.value, bool)
    return outcome.value


def test_two_engines_agree_on_2000_conditions() -> None:
    answers: Counter[bool | None] = Counter()
    for seed in range(2_000):
        made = case(seed)
        answer = opinion(made, made.document)
        assert answer == second_opinion(made.spelled_out, made.document), made
        answers[answer] += 1
    assert min(answers[True], answers[False]) > 500
    assert answers[None] > 50


def test_two_engines_agree_on_500_documents_with_a_field_missing() -> None:
    answers: Counter[bool | None] = Counter()
    for seed in range(500):
        made = case(seed + 100_000)
        document = without_a_field(made.document, seed)
        answer = opinion(made, document)
        assert answer == second_opinion(made.spelled_out, document), (made.text, document)
        answers[answer] += 1
    assert answers[None] > 50
    assert answers[True] > 50


@given(SEEDS)
def test_what_is_told_is_what_standard_cel_tells(seed: int) -> None:
    made = case(seed)
    document = without_a_field(made.document, seed)
    answer = opinion(made, document)
    assert answer is None or answer == second_opinion(made.text, document)


@given(SEEDS)
def test_taking_a_field_away_never_turns_a_denial_into_a_pass(seed: int) -> None:
    made = case(seed, presence=False)
    if opinion(made, without_a_field(made.document, seed)):
        assert opinion(made, made.document) is True


def test_the_spelled_out_form_is_needed_because_the_second_engine_absorbs() -> None:
    assert second_opinion("item.a > 1 || true", {}) is True
    assert second_opinion("item.a > 1 ? true : true", {}) is None
