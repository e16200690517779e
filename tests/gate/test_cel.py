from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from weighbridge.gate.cel import MAX_TEXT, Bindings, Language, Outcome
from weighbridge.gate.shapes import ANY, BOOLEAN, INTEGER, TEXT, ListOf, MapOf, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.shapes import Shape

PART = Record({"name": TEXT, "size": INTEGER})
RELEASE = Record(
    {
        "name": TEXT,
        "ready": BOOLEAN,
        "parts": ListOf(PART),
        "labels": MapOf(TEXT),
        "by_name": MapOf(PART),
        "byName": MapOf(TEXT),
        "table": ListOf(ListOf(TEXT)),
        "odd": Record({"a-b": TEXT}),
        "in": TEXT,
        "package": TEXT,
        "odds": ListOf(Record({"c-d": TEXT})),
    }
)
ITEM = Record({"ref": TEXT, "digest": TEXT, "vulns": INTEGER})
VALUES: dict[str, object] = {
    "release": {
        "name": "credit",
        "ready": True,
        "parts": [{"name": "a", "size": 1}, {"name": "b"}],
        "labels": {"team": "risk", "x/y": "z"},
        "by_name": {"k": {"size": 2}},
        "byName": {"k": "v"},
        "table": [["t"]],
        "odd": {"a-b": "c"},
        "in": "i",
        "package": "p",
        "odds": [{"c-d": "e"}],
    },
    "item": {"ref": "image"},
    "data": {"l": [1, 2], "m": {"a": 1}, "half": 0.5, "nothing": None},
    "now": "2026-11-22T00:00:00Z",
}
SHAPES: dict[str, Shape] = {
    "release": RELEASE,
    "item": ITEM,
    "data": ANY,
    "now": TEXT,
    "parts": ListOf(PART),
}


@pytest.fixture(scope="module")
def language() -> Language:
    return Language({**SHAPES, "index": MapOf(PART), "odd": Record({"a-b": TEXT})})


def told(language: Language, text: str, **values: object) -> bool | str | None:
    """Evaluate; a value of another type than the wanted one must never come back."""
    outcome = language.compile(text, result="bool").evaluate({**VALUES, **values})
    assert (outcome.value is None) == (outcome.error != "")
    return outcome.value


def why(language: Language, text: str, **values: object) -> str:
    outcome = language.compile(text, result="bool").evaluate({**VALUES, **values})
    assert outcome.value is None
    return outcome.error


@pytest.mark.parametrize(
    "text",
    [
        "true",
        'release.name == "credit" && release.ready',
        'has(item.ref) && !has(item.digest) && item.ref != ""',
        "release.parts.size() == 2 && size(release.parts) == 2",
        'release.parts[0].name == "a"',
        'release.labels.team == "risk" && release.labels["x/y"] == "z"',
        '"team" in release.labels && !("other" in release.labels)',
        "has(release.labels.team) && !has(release.labels.other)",
        'release.by_name.k.size == 2 && release.byName.k == "v"',
        'release.table[0][0] == "t"',
        'release.odd.`a-b` == "c" && release.odd["a-b"] == "c"',
        'release.odds[0].`c-d` == "e"',
        'release.`in` == "i" && release.package == "p"',
        'release.parts.all(p, has(p.name)) && release.parts.exists(p, p.name == "b")',
        "release.parts.exists_one(p, has(p.size))",
        "release.parts.filter(p, has(p.size) && p.size == 1).size() == 1",
        "release.parts.all(p, release.parts.exists(q, q.name == p.name))",
        'release.parts.exists(p, p.name in ["a", "z"])',
        "data.l.exists(n, n + 1 == 3)",
        'data.l.all(n, timestamp(now) + duration("24h") > timestamp(now))',
        "data.l.all(n, double(n) + 0.5 > 1.0)",
        "data.half < 1 && data.half == 0.5 && data.nothing == null",
        'data.m == {"a": 1} && data.l == [1, 2]',
        'release.name.contains("red") && release.name.endsWith("it")',
        'release.name.matches("^[a-z]+$")',
        'int("3") + 1 == 4 && double("0.5") == 0.5 && string(3) == "3"',
        '7 % 3 == 1 && 7 / 2 == 3 && 2 * 3 - 1 == 5 && -1 < 0 && "a" + "b" == "ab"',
        'timestamp(now) - timestamp("2026-11-21T00:00:00Z") == duration("24h")',
        "timestamp(now).getFullYear() == 2026 && timestamp(now).getDayOfWeek() == 0",
        'release.ready ? release.name == "credit" : item.digest == "never asked"',
        "[1, 2].all(n, n > 0) && [].all(n, false)",
    ],
)
def test_true(language: Language, text: str) -> None:
    assert told(language, text) is True


def test_an_error_is_a_value_of_the_engine_and_never_true(language: Language) -> None:
    assert told(language, 'item.digest == ""') is None
    assert why(language, 'item.digest == ""') == "`digest` is not there"


def test_an_unset_field_is_not_zero(language: Language) -> None:
    assert told(language, "item.vulns < 1") is None
    assert told(language, "item.vulns < 1", item={"vulns": 0}) is True


@pytest.mark.parametrize(
    "text",
    [
        "item.vulns > 1 || true",
        "item.vulns > 1 || !(item.vulns > 1)",
        "!(item.vulns > 1 && false)",
        "release.parts.exists(p, p.size == 2) || true",
        "!parts.all(p, p.size == 1)",
        "item.vulns > 1 ? true : true",
        "parts.exists_one(p, p.size == 1)",
        "parts.filter(p, p.size == 1).size() == 1",
        "has(data.gone.a) || true",
        "data.l || true",
        "(true && data.m.a) == true",
        "(false || data.m.a) == true",
        "data.l.exists(n, n)",
    ],
)
def test_no_error_is_absorbed(language: Language, text: str) -> None:
    parts = [{"name": "first"}, {"name": "last", "size": 1}]
    assert told(language, text, parts=parts) is None


def test_what_is_not_needed_is_not_asked(language: Language) -> None:
    assert told(language, "true || item.vulns > 1") is True
    assert told(language, "false && item.vulns > 1") is False
    assert told(language, "!has(item.vulns) || item.vulns > 1") is True
    assert told(language, "parts.exists(p, p.size == 1)", parts=[{"size": 1}, {}]) is True
    assert told(language, "parts.exists(p, p.size == 1)", parts=[{}, {"size": 1}]) is None


def test_loops_have_a_budget_that_is_named(language: Language) -> None:
    many = {"l": list(range(11_000))}
    text = "data.l.all(n, n >= 0)"
    assert why(language, text, data=many) == (
        "the budget of 9,999 loop steps in one evaluation was exceeded"
    )
    assert told(language, "data.l.size() == 11000 && 10999 in data.l", data=many) is True


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ((1,), "it holds a tuple, which JSON does not have"),
        (datetime(2026, 1, 1, tzinfo=UTC), "it holds a datetime, which JSON does not have"),
        (b"x", "it holds a bytes, which JSON does not have"),
        ({1, 2}, "it holds a set, which JSON does not have"),
        (2**63, "it holds an integer of more than 64 bits"),
        (-(2**63) - 1, "it holds an integer of more than 64 bits"),
        (float("nan"), "it holds a number that is not finite"),
        (float("inf"), "it holds a number that is not finite"),
        ("a\0b", "it holds text with the character U+0000"),
        ("\ud800", "it holds text that is not Unicode"),
        ({1: 2}, "it holds a key that is not text"),
        ({"a\0b": 1}, "it holds text with the character U+0000"),
    ],
)
def test_only_plain_json_goes_in(language: Language, value: object, reason: str) -> None:
    nested = {"deep": [{"value": value}], "other": 1}
    assert why(language, "data.other == 1", data=nested) == f"`data` cannot be had: {reason}"
    assert told(language, 'item.ref == "image"', data=nested) is True
    assert list(language.compile("item == item", result="bool").evaluate_each([value], {})) == [
        Outcome(None, f"`item` cannot be had: {reason}")
    ]


def test_data_nested_deeply_is_an_error_and_no_crash(language: Language) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert "nested deeper than 64 levels" in why(language, "data == data", data=deep)
    while deep:  # or Python itself would recurse when it lets go of it
        deep = deep[0]  # type: ignore[assignment]


def test_a_value_that_was_not_given_is_an_error(language: Language) -> None:
    expression = language.compile("release.ready", result="bool")
    assert expression.evaluate({}) == Outcome(None, "`release` cannot be had: it was not given")
    assert expression.uses == {"release"}


def test_confused_types_are_errors(language: Language) -> None:
    assert why(language, "item.vulns > 1", item={"vulns": "2"}) == "`>` does not take (string, int)"
    assert told(language, "item.vulns > 1", item={"vulns": True}) is None
    assert told(language, "release.ready", release={"ready": "true"}) is None
    assert why(language, "item.ref.size() > 1", item="image").startswith("a field was asked")
    assert why(language, "1 / item.vulns == 1", item={"vulns": 0}) == "divide by zero"
    assert told(language, "item.vulns + 1 > 0", item={"vulns": 2**63 - 1}) is None


def test_only_the_wanted_type_is_an_answer(language: Language) -> None:
    for value, kind in ((1, "int"), ("true", "string"), ([True], "list<dyn>"), (None, "null")):
        outcome = language.compile("data", result="bool").evaluate({"data": value})
        assert outcome.value is None
        assert outcome.error.startswith(f"it gives {kind}")
    assert language.compile("data", result="bool").evaluate({"data": True}) == Outcome(True)  # noqa: FBT003
    assert language.compile("data", result="text").evaluate({"data": True}).value is None


def test_text_is_given_whole_or_not_at_all(language: Language) -> None:
    message = language.compile('"image " + item.ref + " has no digest"', result="text")
    assert message.evaluate(VALUES) == Outcome("image image has no digest")
    assert message.evaluate({"item": {"ref": "é😀"}}) == Outcome("image é😀 has no digest")
    assert message.evaluate({"item": {}}).value is None
    long = message.evaluate({"item": {"ref": "x" * MAX_TEXT}})
    assert long == Outcome(None, "it gives text of more than 65,536 characters")


def test_a_mapping_is_never_gone_through(language: Language) -> None:
    text = "data.exists(key, true)"
    assert told(language, text, data=["a"]) is True
    assert why(language, text, data={"a": 1}) == "`+` does not take (map, list)"
    release = {"parts": {"a": 1}}
    assert told(language, "release.parts.all(p, true)", release=release) is None


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)+b", "(.*)*c", "(a?){500}a{500}"])
def test_no_pattern_is_catastrophic(language: Language, pattern: str) -> None:
    # A backtracking engine would not come back from these.
    text = f'item.ref.matches("{pattern}")'
    assert told(language, text, item={"ref": "a" * 5_000 + "!"}) in (True, False)


def test_a_hostile_pattern_is_an_error(language: Language) -> None:
    assert told(language, "item.ref.matches(now)", now="((a{100}){100}){100}") is None
    assert told(language, "item.ref.matches(now)", now="(") is None


def test_each_item_is_asked_by_itself(language: Language) -> None:
    expression = language.compile('item.digest.startsWith("sha256:")', result="bool")
    items: list[object] = [{"digest": "sha256:9f"}, {}, {"digest": "9f"}, 1, (1,)]
    outcomes = list(expression.evaluate_each(items, {}))
    assert [outcome.value for outcome in outcomes] == [True, None, False, None, None]
    assert outcomes[1].error == "`digest` is not there"


def test_each_item_has_a_budget_of_its_own(language: Language) -> None:
    expression = language.compile("data.l.all(n, n != item.vulns)", result="bool")
    items = [{"vulns": number} for number in (0, 5_000, -1)]
    outcomes = expression.evaluate_each(items, {"data": {"l": list(range(6_000))}})
    assert [outcome.value for outcome in outcomes] == [False, False, True]


def test_items_are_not_mixed_up_by_evaluations_in_between(language: Language) -> None:
    values = Bindings({"item": {"vulns": 7}, "data": 0})
    expression = language.compile("item.vulns > data", result="bool")
    other = Language({"item": ITEM}).compile("item.vulns == 7", result="bool")
    outcomes = expression.evaluate_each(({"vulns": n} for n in (1, -1, 2)), values)
    seen = [(outcome.value, other.evaluate(values).value) for outcome in outcomes]
    assert seen == [(True, True), (False, True), (True, True)]


def test_what_an_item_needs_beside_it_is_said_for_each(language: Language) -> None:
    outcomes = language.compile("item.vulns > data", result="bool").evaluate_each([{}, {}], {})
    assert {outcome.error for outcome in outcomes} == {"`data` cannot be had: it was not given"}


def test_items_beyond_one_activation_are_all_asked(language: Language) -> None:
    def numbered() -> Iterator[object]:
        yield from ({"vulns": number} for number in range(45_000))

    expression = language.compile("item.vulns < data.limit", result="bool")
    outcomes = expression.evaluate_each(numbered(), {"data": {"limit": 44_000}})
    assert sum(outcome.value is True for outcome in outcomes) == 44_000


def test_items_are_taken_one_by_one(language: Language) -> None:
    def endless() -> Iterator[object]:
        while True:
            yield {"vulns": 1}

    expression = language.compile("item.vulns == 1", result="bool")
    assert len(list(islice(expression.evaluate_each(endless(), {}), 3))) == 3


@pytest.mark.parametrize("name", ["a-b", "in", "package", "true", "", "1a", "é"])
def test_a_variable_needs_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="not a name in CEL"):
        Language({name: TEXT})


def test_variables_of_every_shape(language: Language) -> None:
    assert told(language, 'index["k"].size == 1', index={"k": {"size": 1}}) is True
    assert told(language, 'odd.`a-b` == "x"', odd={"a-b": "x"}) is True
    assert told(language, "parts.all(p, p.size > 0)", parts=[{"size": 1}]) is True


def test_nothing_of_the_engine_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; import weighbridge.gate.cel; "
        "sys.exit(any(name.split('.')[0] in ('cel_expr_python', 'google') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_threads_see_their_own_items() -> None:
    expression = Language({"item": ITEM}).compile("item.vulns == 1", result="bool")

    def passes(vulns: int) -> int:
        items = [{"vulns": vulns}] * 2_000
        return sum(outcome.value is True for outcome in expression.evaluate_each(items, {}))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(passes, [1, 0, 1, 0])) == [2_000, 0, 2_000, 0]
