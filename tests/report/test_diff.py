from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.change import Change, Value
from weighbridge.report.diff import render_diff_json, render_diff_markdown, render_diff_text

if TYPE_CHECKING:
    from weighbridge.model.change import Kind

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
CHANGES = (
    Change(pointer="/metadata/version", kind="changed", before="1.4.0", after="1.5.0", risk="low"),
    Change(
        pointer="/spec/artifacts/labels",
        kind="added",
        before=None,
        after={"name": "labels", "digest": B},
        risk="high",
        rules=("INT001", "INT002"),
    ),
    Change(
        pointer="/spec/artifacts/model/digest",
        kind="changed",
        before=A,
        after=B,
        risk="high",
        rules=("INT001",),
    ),
    Change(pointer="/spec/flags", kind="removed", before={"on": True}, after=None, risk="medium"),
)


def change(before: Value, after: Value, *, kind: Kind = "changed", pointer: str = "/x") -> Change:
    return Change(pointer=pointer, kind=kind, before=before, after=after, risk="medium")


def sides(before: Value, after: Value) -> str:
    line = render_diff_text((change(before, after),)).splitlines()[1]
    return line.removeprefix("  ~ medium  .  ")


def test_changes_stand_under_their_section() -> None:
    assert render_diff_text(CHANGES) == (
        "/metadata\n"
        "  ~ low     version       1.4.0 -> 1.5.0\n"
        "\n"
        "/spec/artifacts\n"
        '  + high    labels        {"name": "labels", "digest": "sha256:bbbbbbbbbbbb…"}'
        "  [INT001, INT002]\n"
        "  ~ high    model/digest  sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…  [INT001]\n"
        "\n"
        "/spec/flags\n"
        '  - medium  .             {"on": true}\n'
        "\n"
        "4 changes: 2 high, 1 medium, 1 low\n"
    )


def test_no_differences_is_said() -> None:
    assert render_diff_text(()) == "no differences\n"
    assert render_diff_markdown(()) == "no differences\n"
    assert json.loads(render_diff_json(())) == {"schemaVersion": 1, "changes": [], "tensors": []}


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b", "c", "a b -> c"),
        ("1", 1, '"1" -> 1'),
        ("true", True, '"true" -> true'),
        ("null", None, '"null" -> null'),
        ("3.11", "3.11.7", '"3.11" -> 3.11.7'),
        ("", " x", '"" -> " x"'),
        ("a -> b", "c", '"a -> b" -> c'),
        ([1, "a"], [], '[1, "a"] -> []'),
        ("\x1b[2J", "\x9b\u202e", r'"\u001b[2J" -> "\x9b\u202e"'),
        (r"\x9b", "\x9b", r'"\\x9b" -> "\x9b"'),
    ],
)
def test_values_read_as_what_they_are(before: Value, after: Value, shown: str) -> None:
    assert sides(before, after) == shown


def test_long_values_are_cut_and_never_look_the_same() -> None:
    assert sides("a" * 200, "b") == "a" * 71 + "… -> b"
    prose = "word " * 40
    assert sides(prose + "old end", prose + "new end") == (
        "…d word word old end -> …d word word new end"
    )
    assert sides("a" * 80, "a" * 90) == f"…{'a' * 12} -> …{'a' * 22}"
    near = f"sha256:{'a' * 63}b"
    assert sides(A, near) == "…aaaaaaaaaaaaa -> …aaaaaaaaaaaab"


def test_the_root_and_top_fields_have_a_place() -> None:
    text = render_diff_text((change({}, [], pointer=""), change("a", "b", pointer="/kind")))
    assert text.startswith("/\n  ~ medium  .  {} -> []\n\n/kind\n  ~ medium  .  a -> b\n")


def test_markdown_is_a_table() -> None:
    assert render_diff_markdown(CHANGES) == (
        "4 changes: 2 high, 1 medium, 1 low\n"
        "\n"
        "|  | risk | where | before | after | rules |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| ~ | low | `/metadata/version` | `1.4.0` | `1.5.0` |  |\n"
        '| + | high | `/spec/artifacts/labels` |  | `{"name": "labels", "digest":'
        ' "sha256:bbbbbbbbbbbb…"}` | `INT001`, `INT002` |\n'
        "| ~ | high | `/spec/artifacts/model/digest` | `sha256:aaaaaaaaaaaa…`"
        " | `sha256:bbbbbbbbbbbb…` | `INT001` |\n"
        '| - | medium | `/spec/flags` | `{"on": true}` |  |  |\n'
    )
    assert "| ~ | medium | `/` |" in render_diff_markdown((change(1, 2, pointer=""),))


def test_an_added_null_is_shown() -> None:
    assert "  + medium  .  null\n" in render_diff_text((change(None, None, kind="added"),))


def test_json_has_whole_values_and_hands_tensors_through() -> None:
    tensors = [{"name": "w", "before": "F32[2]", "after": "F16[2]"}]
    written = json.loads(render_diff_json(CHANGES, tensors=tensors))
    assert list(written) == ["schemaVersion", "changes", "tensors"]
    assert written["tensors"] == tensors
    assert written["changes"][2] == {
        "pointer": "/spec/artifacts/model/digest",
        "kind": "changed",
        "before": A,
        "after": B,
        "risk": "high",
        "rules": ["INT001"],
    }


def test_hostile_values_and_keys_stay_on_their_line() -> None:
    evil = change("x\n+ high  y|`\x1b[2J", {"\x1b": "\u202e"}, pointer="/spec/a\n\x1b/b|`")
    for text in (render_diff_text((evil,)), render_diff_markdown((evil,))):
        assert all(line.isprintable() for line in text.splitlines())
    assert len(render_diff_text((evil,)).splitlines()) == 4
    row = render_diff_markdown((evil,)).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 7
    assert render_diff_json((evil,)).isascii()


def test_colours_change_no_word() -> None:
    styled = render_diff_text(CHANGES, styled=True)
    assert "\x1b[1;31m  ~ high  \x1b[0m" in styled
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == render_diff_text(CHANGES)
