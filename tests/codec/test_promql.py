from __future__ import annotations

import pytest

from weighbridge.codec.promql import (
    MAX_LENGTH,
    MAX_WORDS,
    Matcher,
    QueryError,
    find,
    read_query,
    renamed,
)


def names(text: str) -> list[str]:
    return [selector.name for selector in read_query(text).selectors]


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ('sum(rate(a_total{release="$release"}[1m])) / b', ["a_total", "b"]),
        ("histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))", ["a_bucket"]),
        ("topk(3, a) + -b ^ (c)", ["a", "b", "c"]),
        ("quantile(scalar(a), b)", ["b", "a"]),
        ("max_over_time(deriv(a[5m])[1h:1m])", ["a"]),
        ('{__name__="a", job="b"}', ["a"]),
        ('{"with.dots"}', ["with.dots"]),
        ('{job="b"}', [""]),
        ('{__name__=~"a.*"}', [""]),
        ("1 > bool 0.5", []),
        ("time() # the clock's word: '", []),
        ("job:errors:ratio5m offset 5m > 1", ["job:errors:ratio5m"]),
    ],
)
def test_what_an_expression_selects(text: str, selected: list[str]) -> None:
    assert sorted(names(text)) == sorted(selected)


def test_every_demand_on_a_label_is_seen() -> None:
    (selector,) = read_query('a{b="1",c!="2",d=~"3",e!~"4"}').selectors
    (either,) = read_query('a{b="1" or c="2"}').selectors

    assert selector.matchers == (
        Matcher("b", "=", "1"),
        Matcher("c", "!=", "2"),
        Matcher("d", "=~", "3"),
        Matcher("e", "!~", "4"),
    )
    assert either.matchers == (Matcher("b", "=", "1"), Matcher("c", "=", "2"))


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("rate(a[5m]", 1, 5, "opens `(` and does not close it", ""),
        ("a[5m)", 1, 5, "closes `)` that was not opened", ""),
        ("a)", 1, 2, "closes `)` that was not opened", ""),
        ('a{b="c}', 1, 5, "holds unclosed quotes", ""),
        ("a{b=$release}", 1, 5, "holds `$release` outside of quotes", 'write `{release="$rel'),
        ("a * ${scale}", 1, 5, "holds `${scale}` outside of quotes", 'write `{release="$rel'),
        ("rate(a)", 1, 1, "calls `rate` without a range of time", "write how far back it looks"),
        ("a +\n  rat(b)", 2, 3, "is no PromQL: unknown function with name 'rat'", ""),
        ("a\n+ &", 2, 3, "is no PromQL: unexpected character: '&'", ""),
        ("a b", 1, 1, "is no PromQL", ""),
        ("", 1, 1, "is no PromQL: it is empty", ""),
        ("a" * (MAX_LENGTH + 1), 1, 1, "is longer than 16,384 characters", ""),
        ("a" + "+a" * MAX_WORDS, 1, 1, "has more than 1,000 words", ""),
    ],
)
def test_what_is_no_promql_says_where_and_why(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    with pytest.raises(QueryError) as raised:
        read_query(text)

    assert (raised.value.line, raised.value.column) == (line, column)
    assert raised.value.message == message
    assert raised.value.hint.startswith(hint)
    assert bool(raised.value.hint) == bool(hint)


@pytest.mark.parametrize("opening", ["(", "-", "abs(", "a[5m:", "sum by (", "{"])
def test_nesting_that_would_end_the_process_is_refused(opening: str) -> None:
    with pytest.raises(QueryError):
        read_query(opening * 20_000 + "a")


def test_the_widest_expression_that_is_read_is_read() -> None:
    assert len(names("a" + "+a" * (MAX_WORDS // 2 - 1))) == MAX_WORDS // 2


@pytest.mark.parametrize("text", ["(" * 499 + "a" + ")" * 499, "-" * 999 + "a"])
def test_the_deepest_expression_that_is_read_is_read(text: str) -> None:
    assert names(text) == ["a"]


def test_a_name_is_found_as_a_word() -> None:
    assert find('ab + a{c="a"}', "a") == (1, 6)
    assert find('b{c="$x"}', "$x") == (1, 5)
    assert find("b", "a") == (1, 1)


def test_a_name_is_changed_as_a_word_and_the_lines_are_joined() -> None:
    text = 'sum(  # all of a\n  ab + a{c="a b"}\n)'

    assert renamed(text, "a", "z") == 'sum( ab + z{c="a b"} )'
    assert renamed('a{c="$x"}', "$x", "$y") == 'a{c="$y"}'
