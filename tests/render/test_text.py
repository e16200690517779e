from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.render.orders import HOSTILE
from weighbridge.codec.reading import read_document
from weighbridge.codec.text import refused_character
from weighbridge.render.text import json_document, yaml_documents

WORDS = [
    *HOSTILE,
    *("y", "N", "Yes", "NO", "on", "OFF", "true", "False", "null", "NULL", ".nan", ".inf", "-.INF"),
    *("1", "-1", "+1", "0x1F", "0b1", "0o17", "017", "1_000", "1.5", "1.", ".5", "1e3", "1e-3"),
    *("1:30", "12:30:45", "2026-11-28", "2026-11-28T10:00:00Z", "=", "<<", "---", "...", "%YAML"),
    *(
        "key: value",
        "a:",
        ":a",
        "- a",
        "?",
        "? a",
        "@a",
        "`a",
        "[",
        "{a}",
        "a #b",
        "a: #b",
        "|",
        ">",
    ),
    *(
        "a\n",
        "a\n\n",
        "\na",
        " a\nb",
        "a \nb",
        "a\tb\nc",
        "\u0085",
        "\u2028",
        "\ufeffa",
        "\x00",
        "\x1b",
    ),
    *("nan", "NaN", "inf", "Infinity", "https://a.example.com:80/b", "a:b", "x" * 2000, "a\r\nb"),
]
texts = st.one_of(
    st.sampled_from(WORDS),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text(alphabet="0123456789abcdefxo:._+-eE \n'\"#", max_size=12),
)


@given(texts)
def test_text_is_text_to_readers_of_yaml_1_1(text: str) -> None:
    found = yaml.safe_load(yaml_documents({"key": text, "list": [text]}))
    assert found == {"key": text, "list": [text]}
    assert type(found["key"]) is str


@given(texts)
def test_text_is_text_to_readers_of_yaml_1_2(text: str) -> None:
    assume(not refused_character(text))  # ours reads no control characters, others do
    found = read_document(yaml_documents({"key": [text]}), "written.yaml").data
    assert found == {"key": [text]}


@given(texts)
def test_a_key_is_the_text_it_was(text: str) -> None:
    assert yaml.safe_load(yaml_documents({text: 1})) == {text: 1}


@pytest.mark.parametrize("number", [0, -1, 2**53 - 1, 0.1, 1e-7, 1e300, 0.009999999999999998, True])
def test_numbers_and_truths_stay_what_they_are(number: float) -> None:
    written = yaml_documents({"key": number})
    assert repr(yaml.safe_load(written)["key"]) == repr(number)
    other = read_document(written, "written.yaml").data
    assert isinstance(other, dict)
    assert float(str(other["key"]).replace("True", "1")) == float(number)


def test_yaml_is_plain_ascii_without_anchors_and_in_the_order_given() -> None:
    twice = {"b": 1}
    text = yaml_documents({"z": twice, "a": twice, "é": "ü"}, head=["say", "so"]).decode("ascii")
    assert text == '# say\n# so\nz:\n  b: 1\na:\n  b: 1\n"\\xE9": "\\xFC"\n'


def test_several_documents_are_kept_apart() -> None:
    assert yaml_documents({"a": 1}, {"b": 2}) == b"---\na: 1\n---\nb: 2\n"


def test_lines_of_a_text_stay_lines_where_nothing_can_be_lost() -> None:
    assert yaml_documents({"a": '{\n  "b": 1\n}\n'}) == b'a: |\n  {\n    "b": 1\n  }\n'


@given(st.recursive(texts | st.integers() | st.booleans(), st.lists, max_leaves=5))
def test_json_is_ascii_and_reads_back(value: object) -> None:
    written = json_document({"key": value})
    assert json.loads(written) == {"key": value}
    assert written.isascii()
