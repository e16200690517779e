from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.codec.samples import PLACES, place
from weighbridge.codec import faults
from weighbridge.codec.reading import read_document, scan_document
from weighbridge.model.errors import DocumentError, Fault

if TYPE_CHECKING:
    from weighbridge.model.document import Document


def read(text: str | bytes) -> Document:
    return read_document(text if isinstance(text, bytes) else text.encode(), "f.yaml")


def refused(text: str | bytes) -> list[tuple[str, str]]:
    """Read what must be refused; list code and place of its faults."""
    return [(fault.code, place(fault)) for fault in all_faults(text)]


def all_faults(text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(DocumentError) as raised:
        read(text)
    for fault in raised.value.faults:
        assert fault.code in faults.DOCUMENT_FAULTS
        assert fault.message == fault.message.strip()
        assert "\n" not in fault.message
        assert fault.help
    return raised.value.faults


@pytest.mark.parametrize(
    ("at", "line", "column", "source", "style"),
    [
        ("/plain", 2, 8, "text with blanks", "plain"),
        ("/quoted", 3, 11, '"dö\\u00e9x"', "quoted"),
        ("/single", 4, 11, "'it''s'", "quoted"),
        ("/empty", 5, 7, "", "plain"),
        ("/flow", 6, 7, '{a: 1, "b": [x, 日本語, 😀y , z]}', "flow"),
        ("/flow/a", 6, 11, "1", "plain"),
        ("/flow/b", 6, 19, "[x, 日本語, 😀y , z]", "flow"),
        ("/flow/b/1", 6, 23, "日本語", "plain"),
        ("/flow/b/2", 6, 28, "😀y", "plain"),
        ("/flow/b/3", 6, 33, "z", "plain"),
        ("/block/0", 8, 5, "one", "plain"),
        ("/block/1/two", 9, 13, "2", "plain"),
        ("/block/1/three", 10, 14, "{}", "flow"),
        ("/literal", 11, 10, "|2-\n    indented\n  text\n", "block-scalar"),
        ("/anchored", 19, 18, "here", "plain"),
        ("/tagged", 20, 15, "12", "plain"),
        ("/alias", 21, 8, "*name", "alias"),
        ("/last", 22, 7, '"over\n  two lines"', "quoted"),
    ],
)
def test_every_value_is_where_it_stands(
    at: str, line: int, column: int, source: str, style: str
) -> None:
    document = read(PLACES)
    found = document.places[at]
    assert (found.value.line, found.value.column, found.style) == (line, column, style)
    assert document.source_text(at) == source


@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_other_line_breaks_move_nothing(line_break: str) -> None:
    document, reference = read(PLACES.replace("\n", line_break)), read(PLACES)
    assert document.data == reference.data
    for at, expected in reference.places.items():
        seen = document.places[at]
        assert (seen.value.line, seen.value.column) == (expected.value.line, expected.value.column)
        source = document.source_text(at).replace(line_break, "\n")
        assert source == reference.source_text(at)


def test_a_byte_order_mark_moves_nothing() -> None:
    document, reference = read(b"\xef\xbb\xbf" + PLACES.encode()), read(PLACES)
    assert document.data == reference.data
    assert document.text == "\ufeff" + PLACES
    assert document.location("/plain") == reference.location("/plain")
    assert {at: document.source_text(at) for at in document.places if at} == {
        at: reference.source_text(at) for at in reference.places if at
    }
    assert read(b"\xef\xbb\xbfa: b").location("/a").column == 4


@pytest.mark.parametrize(
    ("at", "line", "column"),
    [("/quoted", 3, 1), ("/flow/b", 6, 14), ("/block/1/three", 10, 7), ("/block/0", 8, 5)],
)
def test_a_key_is_where_it_stands(at: str, line: int, column: int) -> None:
    where = read(PLACES).location(at, key=True)
    assert (where.line, where.column, where.pointer) == (line, column, at)


def test_values_are_those_of_yaml_1_2() -> None:
    text = """\
country: NO
switch: [on, off, yes, y, No]
time: 12:30:45
date: 2026-11-22
version: 1.10
octal: 0o17
hex: 0x1f
none: [~, null, ]
quoted: ["1", 'true', "~"]
str: !!str 1.10
bang: ! true
1: one
~: nothing
"""
    assert read(text).data == {
        "country": "NO",
        "switch": ["on", "off", "yes", "y", "No"],
        "time": "12:30:45",
        "date": "2026-11-22",
        "version": Decimal("1.10"),
        "octal": 15,
        "hex": 31,
        "none": [None, None],
        "quoted": ["1", "true", "~"],
        "str": "1.10",
        "bang": "true",
        "1": "one",
        "~": "nothing",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", [(faults.DUPLICATE_KEY, "2:1 /a")]),
        ("{a: 1, b: 2, 'a': 3}", [(faults.DUPLICATE_KEY, "1:14 /a")]),
        ('"\\u0061": 1\na: 2\n', [(faults.DUPLICATE_KEY, "2:1 /a")]),
        (
            "a: 1\na: 2\na: 3\n",
            [(faults.DUPLICATE_KEY, "2:1 /a"), (faults.DUPLICATE_KEY, "3:1 /a")],
        ),
        ("x:\n  - {b: 1,\n     b: 2}\n", [(faults.DUPLICATE_KEY, "3:6 /x/0/b")]),
        (
            "a: 1\na: {x: 1, x: 2}\n",
            [(faults.DUPLICATE_KEY, "2:1 /a"), (faults.DUPLICATE_KEY, "2:11 /a/x")],
        ),
        ("1: a\n'1': b\n", [(faults.DUPLICATE_KEY, "2:1 /1")]),
        ("a: !foo 1\n", [(faults.SYNTAX, "1:4 /a")]),
        ("a: !!python/object/apply:os.system [id]\n", [(faults.SYNTAX, "1:4 /a")]),
        ("a: !!map {b: 1}\nc: !!int 1\n", [(faults.SYNTAX, "1:4 /a"), (faults.SYNTAX, "2:4 /c")]),
        ("!!int a: 1\n", [(faults.SYNTAX, "1:1 /a")]),
        ("<<: {a: 1}\nb: 2\n", [(faults.SYNTAX, "1:1 /<<")]),
        ("a: 1\n---\nb: 2\n", [(faults.SYNTAX, "2:1 ")]),
        ("---\n---\na: 1\n", [(faults.SYNTAX, "2:1 ")]),
        ("%YAML 1.1\n---\na: 1\n", [(faults.SYNTAX, "1:1 ")]),
        ("? [a]\n: b\n", [(faults.SYNTAX, "1:3 ")]),
        ("x: &x a\n*x : b\n", [(faults.SYNTAX, "2:1 ")]),
        ("a: *b\n", [(faults.SYNTAX, "1:4 /a")]),
        ("a: &a [1, *a]\n", [(faults.SYNTAX, "1:11 /a/1")]),
        ("a: &x 1\nb: &x {c: *x}\n", [(faults.SYNTAX, "2:11 /b/c")]),
        ("a: [1, 2\nb: 3\n", [(faults.SYNTAX, "2:2 ")]),
        ("a: 1\n\tb: 2\n", [(faults.SYNTAX, "2:1 ")]),
        ("a: @b\n", [(faults.SYNTAX, "1:4 ")]),
        ("a: 'open\n", [(faults.SYNTAX, "2:1 ")]),
        ('{"a": "\\ud83d"}', [(faults.SYNTAX, "1:10 ")]),
        (
            "a: 010\nb: .nan\n",
            [(faults.AMBIGUOUS, "1:4 /a"), (faults.AMBIGUOUS, "2:4 /b")],
        ),
        (
            f"a: [{2**53}, -{2**53}]\n",
            [(faults.AMBIGUOUS, "1:5 /a/0"), (faults.AMBIGUOUS, "1:23 /a/1")],
        ),
        ('a: "\\0"\n"\\x1b": x\n', [(faults.ENCODING, "1:4 /a"), (faults.ENCODING, "2:1 /\x1b")]),
        ("a: 'x\\ud83d\\ude00'\nb: \"\\ud83d\\ude00\"\n", [(faults.AMBIGUOUS, "1:4 /a")]),
        ("", [(faults.WRONG_KIND, "1:1 ")]),
        ("# nothing\n", [(faults.WRONG_KIND, "1:1 ")]),
        ("~", [(faults.WRONG_KIND, "1:1 ")]),
        ("- a\n", [(faults.WRONG_KIND, "1:1 ")]),
        ("text", [(faults.WRONG_KIND, "1:1 ")]),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_at_its_place(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert refused(text) == expected


@pytest.mark.parametrize(
    ("data", "expected", "seen"),
    [
        (b"a: \xff", "1:4 ", "byte 0xff"),
        ("é: 1\nö: ü".encode() + b"\xff", "2:5 ", "byte 0xff"),
        ("a: 1\r\rb: é".encode() + b"\x80", "3:5 ", "byte 0x80"),
        ("a: 1".encode("utf-16"), "1:1 ", "byte 0xff"),
        ("a: 1".encode("utf-16-be"), "1:1 ", "U+0000"),
        ("a: 1".encode("utf-32-le"), "1:2 ", "U+0000"),
        (b"a: \xed\xa0\x80", "1:4 ", "byte 0xed"),
        (b"a: \xc0\xaf", "1:4 ", "byte 0xc0"),
        (b"a: 1\nb: \x00", "2:4 ", "U+0000"),
        (b"a: '\x1b[31m'", "1:5 ", "U+001B"),
        (b"a: \x7f", "1:4 ", "U+007F"),
        ("é: \x85 b: 1".encode(), "1:4 ", "U+0085"),
        ("a: x # c\u2028b: 1".encode(), "1:9 ", "U+2028"),
        ('{"a": "\u2029"}'.encode(), "1:8 ", "U+2029"),
        ("a: \uffff".encode(), "1:4 ", "U+FFFF"),
        (b"\xef\xbb\xbfa: \x01", "1:4 ", "U+0001"),
    ],
)
def test_bytes_that_are_not_our_text_are_refused_at_their_place(
    data: bytes, expected: str, seen: str
) -> None:
    (fault,) = all_faults(data)
    assert (fault.code, place(fault), fault.seen) == (faults.ENCODING, expected, seen)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: 1\nb: 2\na: 3\n", "it stands first in line 1"),
        ("a: 010\n", 'write 10, or "010" if it is text'),
        ("a: !x 1\n", "remove the tag"),
        ("a: `x`\n", "text that starts with @, ` or % needs quotes"),
        ("a: 1\n\tb: 2\n", "indent with blanks, not with tabs"),
        ("a: 1\n---\n", "one file holds one document: remove what follows `---`"),
        ("a: {\n", "check indentation, colons, quotes and brackets just before this place"),
        ('a: "\\udc00"', "half of a surrogate pair is no character"),
        ('a: "\u2028"', "remove it"),
        ('a: "\\u2028"', "remove it"),
        ("", "run `weighbridge init` to write a manifest"),
    ],
)
def test_a_fault_comes_with_advice(text: str, advice: str) -> None:
    assert all_faults(text)[0].help[0].startswith(advice)


def test_the_rest_of_a_faulty_document_is_read() -> None:
    document, found = scan_document(b"a: 010\nb: {c: 1, c: [2]}\nd: TODO\n", "f")
    assert [fault.code for fault in found] == [faults.AMBIGUOUS, faults.DUPLICATE_KEY]
    assert document.data == {"a": None, "b": {"c": 1}, "d": "TODO"}
    assert document.source_text("/b/c") == "1"
    assert document.todos == ("/d",)


def test_json_is_read_as_it_is() -> None:
    value = {"a": ['\u00e9\U0001f600"\\/\r\n\t', -1, True, None, {}, []], "b\U0001f600": {"c": ""}}
    for written in (
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        json.dumps(value, indent="\t"),
        json.dumps(value, separators=(",", ":")),
    ):
        assert read(written).data == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\uD83D\uDE00\uD83D\uDE01x"', "😀😁x"),
        (r'"\\ud83d\\ude00"', r"\ud83d\ude00"),
        (r'"\\\ud83d\ude00"', "\\😀"),
        (r'"\U0001f600\x41\/"', "😀A/"),
        (r"plain\ud83d", r"plain\ud83d"),
    ],
)
def test_surrogate_pairs_are_the_characters_they_stand_for(written: str, value: str) -> None:
    document = read(f"a: {written}\nb: c\n")
    assert document.data["a"] == value
    assert document.source_text("/a") == written
    assert document.location("/b").line == 2


def test_a_text_that_looks_like_a_hidden_pair_is_left_alone() -> None:
    assert read(r'a: "\ue03d\ue600"').data == {"a": "\ue03d\ue600"}
    assert refused(r'a: ["\ue03d\ue600", "\ud83d\ude00"]')[0][0] == faults.SYNTAX


def test_aliases_repeat_what_they_refer_to() -> None:
    text = "a: &a [1, &b {x: TODO}]\nc: *a\nd: *b\ne: &a 2\nf: *a\ng: &t TODO\nh: [*t]\n"
    document = read(text)
    assert document.data["c"] == [1, {"x": "TODO"}]
    assert document.data["d"] == {"x": "TODO"}
    assert document.data["f"] == 2
    assert document.todos == ("/a/1/x", "/c/1/x", "/d/x", "/g", "/h/0")
    assert document.location("/c/1/x").line == 2


def test_a_document_may_have_its_markers_and_its_version() -> None:
    assert read("%YAML 1.2\n---\na: 1\n...\n").data == {"a": 1}


@pytest.mark.parametrize("mark", ["TODO", '"TODO"', "'TODO'", "!!str TODO", "|-\n    TODO"])
def test_todo_counts_however_it_is_written(mark: str) -> None:
    assert read(f"a:\n  TODO: x\n  b: {mark}\n  c: [todo, TODO, TODO!]\n").todos == (
        "/a/b",
        "/a/c/1",
    )
