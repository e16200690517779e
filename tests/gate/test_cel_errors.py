from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.test_cel import SHAPES
from weighbridge.codec.schemas import release_schema
from weighbridge.gate.cel import MAX_LENGTH, ExpressionError, Language
from weighbridge.gate.shapes import INTEGER, Record, shape_of_schema

LANGUAGE = Language(SHAPES)
WORDS = [
    *("item", "parts", "data", "p", "has", ".all(p,", ".exists(p,", ".map(p,", "1", "1u", "'a'"),
    *("b'a'", "null", "in", "&&", "||", "==", *'.()[]{}!?:+-,@`\\"\n\r', "//", "'''", "é", "😀"),
]


def fault(text: str, *, language: Language = LANGUAGE) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        language.compile(text, result="bool")
    assert str(caught.value) == caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ('item.digset == "a"', 1, 6, "there is no field `digset` here", "did you mean `digest`?"),
        (
            'item.ref == "é😀" &&\n  item.digset == "a"',
            2,
            8,
            "there is no field `digset` here",
            "did you mean `digest`?",
        ),
        ("item . digset == 1", 1, 8, "there is no field `digset` here", "did you mean `digest`?"),
        (
            "release.parts.all(p, p.zzz == 1)",
            1,
            24,
            "there is no field `zzz` here",
            "fields here: name, size",
        ),
        ("has(item.dige)", 1, 10, "there is no field `dige` here", "did you mean `digest`?"),
        ("itm.ref == now", 1, 1, "`itm` is not a value here", "did you mean `item`?"),
        (
            "true && zzz",
            1,
            9,
            "`zzz` is not a value here",
            "values here: data, item, now, parts, release",
        ),
        (
            'now.startWith("2")',
            1,
            5,
            "there is no function `startWith`",
            "did you mean `startsWith`?",
        ),
        ("parts.al(p, p.size == 1)", 1, 7, "there is no function `al`", "did you mean `all`?"),
        ("item.digest == 1", 1, 13, "`==` does not take (string, int)", ""),
        ("item.vulns > now", 1, 12, "`>` does not take (int, string)", ""),
        (
            "item.digest == null",
            1,
            13,
            "`==` does not take (string, null_type)",
            "what is not there is asked for by `has(a.b)`",
        ),
        (
            "item.vulns > 1.5",
            1,
            12,
            "`>` does not take (int, double)",
            "write `double(…)` around the integer",
        ),
        (
            "parts.name == now",
            1,
            6,
            "a value of type list(record) has no fields",
            "ask its members: `.all(i, …)`, `.exists(i, …)`",
        ),
        ("now.length == 1", 1, 4, "a value of type string has no fields", ""),
        ("item.vulns >", 1, 13, "ends too early", ""),
        ("", 1, 1, "ends too early", ""),
        ("now", 1, 1, "gives string, not bool", "compare it with something"),
        ("item", 1, 1, "gives a record, not bool", "compare it with something"),
        ("has(item)", 1, 5, "has() argument must be a field selection", ""),
    ],
)
def test_a_fault_says_where_and_what_was_meant(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    found = fault(text)
    assert (found.line, found.column, found.message, found.hint) == (line, column, message, hint)


def test_a_wanted_text_is_demanded() -> None:
    with pytest.raises(ExpressionError, match="gives int, not text") as caught:
        LANGUAGE.compile("item.vulns", result="text")
    assert caught.value.hint == "write `string(…)` around it"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("dyn(item).zzz == 1", 4, "`dyn` is not part of the language"),
        ("type(now) == type(now)", 5, "`type` is not part of the language"),
        ('bytes(now) == b"a"', 6, "`bytes` is not part of the language"),
        ("int == int", 1, "`int` is not a value here"),
        ('weighbridge.Record0{}.name == ""', 1, "`weighbridge.Record0` cannot be made here"),
        ("google.protobuf.Timestamp{} == timestamp(now)", 1, "cannot be made here"),
        ('timestamp(now).getHours("UTC") == 1', 24, "the time zones of a machine are not"),
        ("release.labels.all(key, true)", 19, "a mapping has no order to go through"),
        ('{"a": 1}.exists(key, true)', 16, "a mapping has no order to go through"),
        ("parts.map(p, p.size) == [1]", 10, "`map` is not part of the language"),
        ("parts.map(p, has(p.size), 1) == [1]", 10, "`map` is not part of the language"),
        ("parts.exists(item, true)", 13, "`item` already names a value"),
        ("parts.exists(p, p.name + now == now)", 24, "within a loop `+` adds numbers"),
        ("data.l.exists(p, p + p == now)", 20, "within a loop `+` adds numbers"),
        ("parts.exists(p, [p.name] == [now])", 17, "within a loop a list or mapping"),
        ('parts.exists(p, {"a": p.name} == {"a": now})', 17, "within a loop a list or mapping"),
    ],
)
def test_what_a_gate_must_not_have_is_refused(text: str, column: int, message: str) -> None:
    found = fault(text)
    assert message in found.message
    assert found.column == column
    assert found.hint or "made here" in message


@pytest.mark.parametrize(
    "call",
    [
        "now()",
        "random()",
        "uuid()",
        "env('HOME')",
        "read('/etc/passwd')",
        "@item()",
        "math.sqrt(2)",
    ],
)
def test_the_world_cannot_be_reached(call: str) -> None:
    assert fault(f"{call} == 1").message


def test_expressions_are_bounded() -> None:
    assert "longer than 4,096 characters" in fault("true || " * 512 + "true").message
    assert LANGUAGE.compile("true || " * 510 + "true", result="bool").evaluate({}).value is True
    assert len("true || " * 510 + "true") < MAX_LENGTH
    for levels in (20, 30):
        nested = "parts.all(p, " * levels + "true" + ")" * levels
        assert "nested too deeply" in fault(nested).message
    for deep in ("(" * 100 + "true" + ")" * 100, "item" + ".a" * 100, "[" * 40 + "]" * 40):
        assert "nested too deeply" in fault(deep).message


def test_text_that_is_no_text_is_refused() -> None:
    assert "not Unicode" in fault("'\ud800' == now").message
    assert "U+0000" in fault("'\0' == now").message


def test_our_own_manifest_is_spoken_of() -> None:
    language = Language({"release": shape_of_schema(release_schema())})
    found = fault('release.spec.modle.task == "x"', language=language)
    assert (found.column, found.hint) == (14, "did you mean `model`?")
    expression = language.compile(
        'release.spec.model.task == "credit-scoring" && release.spec.artifacts.all(a, a.size > 0)',
        result="bool",
    )
    manifest = {"spec": {"model": {"task": "credit-scoring"}, "artifacts": [{"size": 1}]}}
    assert expression.evaluate({"release": manifest}).value is True


def test_a_long_list_of_names_is_cut() -> None:
    language = Language({"item": Record({f"field{n:02}": INTEGER for n in range(20)})})
    assert fault("item.zz == 1", language=language).hint.endswith("field11, …")
    assert fault("zz.a == 1", language=Language({})).hint == ""


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join) | st.text(max_size=20))
def test_no_text_breaks_the_compiler(text: str) -> None:
    try:
        expression = LANGUAGE.compile(text, result="bool")
    except ExpressionError as error:
        found = error
    else:
        values = {"parts": [{"name": "a"}], "data": {}, "item": {}}
        assert expression.evaluate(values).value in (True, False, None)
        return
    lines = text.split("\n")
    assert found.message
    assert 1 <= found.line <= len(lines)
    assert 1 <= found.column <= len(lines[found.line - 1]) + 1
