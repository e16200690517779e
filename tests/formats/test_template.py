from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.formats.record import Record
from weighbridge.formats.template import note_chat_template, note_other_text
from weighbridge.formats.template_parse import TemplateError, parse
from weighbridge.formats.template_walk import facts

PIECES = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "['", "']", "~", "|", "(", ")", ".", ",", "*", "**", "%"),
    *("__class__", "'%c'", "[::-1]", "attr(", "join", "dict(a=1)", "namespace(a=1)", "9", "\\x5f"),
    *(" set a = ", " for a in ", " endfor ", " if ", " endif ", " macro m(a=1) ", " endmacro "),
    *(
        " set a ",
        " endset ",
        " with a=1 ",
        " endwith ",
        " call m() ",
        " endcall ",
        " raw ",
        "\ud800",
    ),
    *(" import 'x' as y ", " from 'x' import a as b ", " generation ", " do a ", " break ", "\n"),
]


def subscript(expression: str) -> list[tuple[str, str]]:
    """List what an expression is as a subscript, and how the name comes to be."""
    return [
        (fact.name, fact.detail)
        for fact in facts(parse("{{ x[" + expression + "] }}"))
        if fact.kind == "template-attribute"
    ]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("'a' 'b'", "ab"),
        ("'a' ~ 1 ~ 'b'", "a1b"),
        ("'a' + 'b'", "ab"),
        ("'ab' * 2", "abab"),
        ("2 * 'ab'", "abab"),
        ("'abc'[1]", "b"),
        ("'abc'[-3:2]", "ab"),
        ("'abc'[::-1]", "cba"),
        ("('a', 'b')[1]", "b"),
        ("['a', 'b'] | first", "a"),
        ("['a', 'b'] | last", "b"),
        ("'ab' | list | join('-')", "a-b"),
        ("['a', 1] | join", "a1"),
        ("'-'.join(['a', 'b'])", "a-b"),
        ("'%s-%c' % ('a', 98)", "a-b"),
        ("'%s' % 'a'", "a"),
        ("'%s' | format('a')", "a"),
        ("'{}{}'.format('a', 'b')", "ab"),
        ("'ab' | replace('a', 'c')", "cb"),
        ("'ab'.replace('a', 'c') | upper | lower | title | trim", "Cb"),
        ("'ab' | string | e | safe", "ab"),
        ("dict(ab=1) | join", "ab"),
        ("'abcd'[9 % 5 - 2 ** 1:7 - 2 * 2]", "c"),
        ("'xxab'.removeprefix('xx')", "ab"),
    ],
)
def test_constants_are_made_into_what_they_come_to(expression: str, name: str) -> None:
    assert name in [found for found, _ in subscript(expression)]


@pytest.mark.parametrize(
    "expression",
    [
        "a",
        "a + 1",
        "a.b",
        "a['b'] | length - 1",
        "1 + 2",
        "'abc'[7]",
        "'a' - 1",
        "-'a'",
        "1 / 0",
        "1 % 0",
        "1.5 % 2",
        "'a' % 1",
        "'%9s' % 'a'",
        "'%d' % 'a'",
        "'{0}'.format('a')",
        "'a'.format",
        "'a'.nothing('b')",
        "('a', 'b') * 3000",
        "'a' * 99999",
        "[1] * ['a']",
        "2 ** 999",
        "9 ** 9 ** 9",
        "2.5 ** 2",
        "4096 ** 60 * 4096 ** 60",
        "('a' * 4000) ~ ('b' * 4000)",
        "'a' | replace('a', 'b' * 4000) | join(1)",
        "('a' * 4000) | replace('a', 'b' * 4000)",
        "('a' * 2000) | list | join",
        "1 | join",
        "1 | upper",
        "'a' | upper(b=1)",
        "'a' | frobnicate",
        "1 | format('a')",
        "f(1)('a')",
        "dict([], a=1) | join",
        "'a' if b else 'c'",
    ],
)
def test_what_constants_do_not_decide_is_left_alone(expression: str) -> None:
    assert ("", "a subscript that is put together") not in subscript(expression)
    assert all("put together" not in how or "_" not in name for name, how in subscript(expression))


@pytest.mark.parametrize(
    "expression",
    [
        "a ~ '_'",
        "a and '__b'",
        "a or ('_' ~ b)",
        "('_' ~ b) if a else c",
        "('_' ~ a) | first",
        "('_' ~ a)[0]",
        "['_' ~ a] | join",
        "'_'.join(a)",
        "a.replace('-', '_')",
        "'%c' % a",
        "(lipsum | string)[9]",
        "(a | pprint)[0]",
        "caller() ~ 'a'",
    ],
)
def test_what_may_be_a_hidden_name_is_said_to_be_put_together(expression: str) -> None:
    assert ("", "a subscript that is put together") in subscript(expression)


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{% frobnicate %}",
        "{{ 9" + "9" * 5_000 + " }}",
        "{{ '\\ud800' }}{{ '\\N{no such}' }}",
        "{% endfor %}",
    ],
)
def test_what_jinja_refuses_is_no_template(text: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text)
    assert refused.value.over is False


@pytest.mark.parametrize(
    "text", ["{{ a }}" * 20_000, "{{ " + "(" * 9_000, "{% if a %}" * 900, "a" * ((1 << 20) + 1)]
)
def test_what_is_over_a_limit_says_so(text: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text)
    assert refused.value.over is True


def test_texts_of_a_template_are_bounded_together() -> None:
    texts = "".join(f"{{{{ '{number:04}' * 1000 }}}}" for number in range(1_100))
    with pytest.raises(TemplateError) as refused:
        facts(parse(texts))
    assert refused.value.over is True


def test_a_step_is_told_once_with_the_line_it_stands_in_first() -> None:
    found = facts(parse("{{ a.b }}\n\n{{ a.b }}{{ a.c }}"))
    assert [(fact.name, fact.line) for fact in found] == [("b", 1), ("a", 1), ("c", 3)]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_text_upsets_the_reading_of_templates(text: str) -> None:
    record = Record(format="text", size=len(text))
    note_chat_template(text, record, "p")
    assert note_other_text(text, record, "p") in {True, False}
