from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.fact import PathProblem
from weighbridge.probes.names import as_bytes, as_text, below, is_utf8, name_problems, shown


@given(st.binary(max_size=40))
def test_any_name_the_system_gives_comes_back_as_it_was(name: bytes) -> None:
    assert as_bytes(as_text(name)) == name


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_whatever_is_shown_can_be_written_as_utf8(name: str) -> None:
    text = shown(name)
    assert text.encode().decode() == text
    assert (text == name) is is_utf8(name.replace("\0", ""))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.onnx", "model.onnx"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("a\nb", "a\nb"),
    ],
)
def test_bytes_that_are_no_text_are_shown_as_numbers(name: str, text: str) -> None:
    assert shown(name) == text


def test_a_path_below_a_folder_or_the_tree_itself() -> None:
    assert below("a/b", "c") == "a/b/c"
    assert below("", "c") == "c"


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        (["a", "b", ".a", "a\nb", "日本"], []),
        (["A", "a"], [("d/a", "collision", "d/A")]),
        (["A", "a", "á"], [("d/a", "collision", "d/A")]),
        (["STRASSE", "straße"], [("d/straße", "collision", "d/STRASSE")]),
        (["é"], []),
        (["e\u0301"], [("d/e\u0301", "not-nfc", "")]),
        (["e\u0301", "é"], [("d/e\u0301", "not-nfc", ""), ("d/é", "collision", "d/e\u0301")]),
        (["a\\b"], [("d/a\\b", "foreign", "")]),
        ([os.fsdecode(b"\xff"), os.fsdecode(b"\xfe")], [("d/\\xff", "encoding", "")] * 2),
    ],
)
def test_names_other_systems_do_not_keep(
    names: list[str], problems: list[tuple[str, str, str]]
) -> None:
    found = list(name_problems("d", names))
    expected = [PathProblem(path=p, kind=k, target=t) for p, k, t in problems]
    if expected and expected[0].kind == "encoding":
        expected[1] = PathProblem(path="d/\\xfe", kind="encoding")
    assert found == expected


LETTERS = st.characters(codec="utf-8", exclude_characters="/\\\0")


@given(st.text(LETTERS, min_size=1, max_size=6))
def test_no_two_spellings_of_a_name_are_kept_apart(name: str) -> None:
    spellings = {name, name.casefold(), unicodedata.normalize("NFD", name), name.upper().casefold()}
    collisions = [p for p in name_problems("", sorted(spellings)) if p.kind == "collision"]
    assert len(collisions) == len(spellings) - 1
