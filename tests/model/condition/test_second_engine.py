"""Generated conditions, put to an engine of standard CEL: where we tell, it tells the same."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.condition import ConditionError, read_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TEXTS = st.sampled_from(["", "a", "b", 'a"b', "it's", "a\\b", "line\nbreak"])


def standard(text: str, values: Mapping[str, object]) -> bool | None:
    """Ask the other engine; None if it cannot tell."""
    import cel  # noqa: PLC0415 - it brings its own command line, half a second of it

    try:
        answer = cel.evaluate(text, dict(values))
    except (LookupError, TypeError, ArithmeticError, ValueError, RuntimeError):
        return None
    assert isinstance(answer, bool)
    return answer


def ours(text: str, values: Mapping[str, Decimal | int | str | bool]) -> bool | None:
    condition = read_condition(text, tuple(values))
    try:
        return condition.holds(values)
    except ConditionError:
        return None


def arithmetic(leaves: st.SearchStrategy[str], *operators: str) -> st.SearchStrategy[str]:
    """Make numbers out of numbers, with and without the parentheses they need."""
    operator = st.sampled_from(operators)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, operator, inner),
            st.builds("{} {} {}".format, inner, operator, leaves),
            st.builds("-({})".format, inner),
        ),
        max_leaves=6,
    )


def logic(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("{} && {}".format, inner, inner),
            st.builds("{} || {}".format, inner, inner),
            st.builds("({})".format, inner),
            st.builds("!({})".format, inner),
        ),
        max_leaves=8,
    )


def quoted(text: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(character, escape)
    return f'"{text}"'


WHOLE = arithmetic(
    st.one_of(st.integers(0, 40).map(str), st.just("value"), st.just("other")), "+", "-", "*", "%"
)
# Quarters, halved again a few times: doubles are exact there, so both must agree to the last bit.
BINARY = arithmetic(
    st.one_of(st.integers(0, 40).map(lambda n: str(n / 4)), st.just("value")), "+", "-", "*"
).flatmap(lambda text: st.sampled_from([text, f"({text}) / 2.0", f"({text}) / 0.25"]))
CHOICES = st.lists(WHOLE, max_size=3).map(", ".join)
ABOUT_WHOLE = logic(
    st.one_of(
        st.builds("{} {} {}".format, WHOLE, COMPARISONS, WHOLE),
        st.builds("{} in [{}]".format, WHOLE, CHOICES),
        st.sampled_from(["ready", "true", "ready == false"]),
    )
)
ABOUT_BINARY = logic(st.builds("{} {} {}".format, BINARY, COMPARISONS, BINARY))
ABOUT_TEXT = logic(
    st.one_of(
        st.builds("word {} {}".format, COMPARISONS, TEXTS.map(quoted)),
        st.builds("word in [{}, {}]".format, TEXTS.map(quoted), TEXTS.map(quoted)),
    )
)


@given(ABOUT_WHOLE, st.integers(-9, 9), st.integers(-9, 9), st.booleans())
def test_whole_numbers(text: str, value: int, other: int, ready: bool) -> None:  # noqa: FBT001
    values: dict[str, int | bool] = {"value": value, "other": other, "ready": ready}

    answer = ours(text, values)
    assert answer is None or answer == standard(text, values), text
    assert answer is not None or "%" in text


@given(ABOUT_BINARY, st.integers(-40, 40))
def test_numbers_with_a_point(text: str, quarters: int) -> None:
    answer = ours(text, {"value": Decimal(quarters) / 4})

    assert answer is not None
    assert answer == standard(text, {"value": quarters / 4}), text


@given(ABOUT_TEXT, TEXTS)
def test_texts(text: str, word: str) -> None:
    answer = ours(text, {"word": word})

    assert answer is not None
    assert answer == standard(text, {"word": word}), text


def test_the_one_difference_is_that_a_number_is_a_number() -> None:
    assert (ours("7 / 2 > 3", {}), standard("7 / 2 > 3", {})) == (True, False)
    assert (ours("1 < 1.5", {}), ours("0.1 + 0.2 == 0.3", {})) == (True, True)
    assert standard("0.1 + 0.2 == 0.3", {}) is False
