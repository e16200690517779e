from __future__ import annotations

import json
import re
from math import inf
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.change import Change, TensorChange, TensorChanges, TensorState, Value
from weighbridge.model.replay import NumberDifference
from weighbridge.report.diff import (
    render_diff_json,
    render_diff_markdown,
    render_diff_text,
    render_json_patch,
)

if TYPE_CHECKING:
    from weighbridge.model.change import Kind, Risk, Type

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
CHANGES = (
    Change(
        pointer="/metadata/version",
        kind="changed",
        before="1.4.0",
        after="1.5.0",
        risk="low",
        type="version",
        delta="minor",
    ),
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
        "  ~ low     version  1.4.0 -> 1.5.0 (minor)\n"
        "\n"
        "/spec/artifacts\n"
        '  + high    labels        {"name": "labels", "digest": "sha256:bbbbbbbbbbbb…"}'
        "  [INT001, INT002]\n"
        "  ~ high    model/digest  sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…  [INT001]\n"
        "\n"
        "/spec/flags\n"
        '  - medium  .  {"on": true}\n'
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


def test_markdown_is_a_table_a_section() -> None:
    assert render_diff_markdown(CHANGES) == (
        "4 changes: 2 high, 1 medium, 1 low\n"
        "\n"
        "### `/metadata`\n"
        "\n"
        "|  | risk | where | before | after | rules |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| ~ | low | `version` | `1.4.0` | `1.5.0` (minor) |  |\n"
        "\n"
        "### `/spec/artifacts`\n"
        "\n"
        "|  | risk | where | before | after | rules |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        '| + | high | `labels` |  | `{"name": "labels", "digest":'
        ' "sha256:bbbbbbbbbbbb…"}` | `INT001`, `INT002` |\n'
        "| ~ | high | `model/digest` | `sha256:aaaaaaaaaaaa…`"
        " | `sha256:bbbbbbbbbbbb…` | `INT001` |\n"
        "\n"
        "### `/spec/flags`\n"
        "\n"
        "|  | risk | where | before | after | rules |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        '| - | medium | `.` | `{"on": true}` |  |  |\n'
    )
    root = render_diff_markdown((change(1, 2, pointer=""),))
    assert "### `/`\n" in root
    assert "| ~ | medium | `.` | `1` | `2` |" in root


def test_an_added_null_is_shown() -> None:
    assert "  + medium  .  null\n" in render_diff_text((change(None, None, kind="added"),))


def test_json_has_whole_values() -> None:
    written = json.loads(render_diff_json(CHANGES))
    assert list(written) == ["schemaVersion", "changes", "tensors"]
    assert written["changes"][2] == {
        "pointer": "/spec/artifacts/model/digest",
        "kind": "changed",
        "before": A,
        "after": B,
        "risk": "high",
        "rules": ["INT001"],
    }
    assert list(written["changes"][0].items())[-3:] == [
        ("rules", []),
        ("type", "version"),
        ("delta", "minor"),
    ]


def typed(kind: Type, before: Value, after: Value, delta: str = "") -> str:
    found = Change(
        pointer="/x",
        kind="changed",
        before=before,
        after=after,
        risk="low",
        type=kind,
        delta=delta,
    )
    return render_diff_text((found,)).splitlines()[1].removeprefix("  ~ low     .  ")


@pytest.mark.parametrize(
    ("kind", "before", "after", "delta", "shown"),
    [
        ("size", 3_200_000, 4_100_000, "+28 %", "3.2 MB -> 4.1 MB (+28 %)"),
        ("size", 3_200_001, 3_200_000, "-<0.1 %", "3200001 -> 3200000 (-<0.1 %)"),
        ("memory", "268435456", "536870912", "x2", "256 MiB -> 512 MiB (x2)"),
        ("duration", "300s", "600s", "x2", "5 min -> 10 min (x2)"),
        ("cpu", "500m", "2000m", "x4", "0.5 CPU -> 2 CPU (x4)"),
        ("decimal", "0.985", "0.99", "+0.5 %", "0.985 -> 0.99 (+0.5 %)"),
        ("percent", 10, 25, "x2.5", "10 % -> 25 % (x2.5)"),
        ("share", 2, "25%", "", "2 -> 25%"),
        ("version", "3.11", "3.12", "minor", "3.11 -> 3.12 (minor)"),
        ("version", "3.11", None, "", "3.11 -> null"),
        ("version", "\x1b", "3.12", "", r'"\u001b" -> 3.12'),
        ("decimal", "1", 1, "", '"1" -> 1'),
        ("count", True, 1, "", "true -> 1"),
        ("time", "2026-01-01T00:00:00Z", "TODO", "", "2026-01-01T00:00:00Z -> TODO"),
        ("digest", A, B, "", "sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…"),
    ],
)
def test_values_are_told_as_what_their_fields_hold(
    kind: Type, before: Value, after: Value, delta: str, shown: str
) -> None:
    assert typed(kind, before, after, delta) == shown


def test_within_a_section_the_riskiest_comes_first() -> None:
    risks: dict[str, Risk] = {"a/1": "low", "a/2": "high", "a/3": "high", "b/1": "medium"}
    made = [
        Change(pointer=f"/spec/{place}", kind="changed", before=1, after=2, risk=risk)
        for place, risk in risks.items()
    ]
    told = [line.split()[-5:-3] for line in render_diff_text(made).splitlines()[:6]]
    assert told == [[], ["high", "2"], ["high", "3"], ["low", "1"], [], []]
    assert [entry["pointer"] for entry in json.loads(render_diff_json(made))["changes"]] == [
        change.pointer for change in made
    ]


def state(digest: str | None = A, dtype: str = "F32") -> TensorState:
    return TensorState(dtype=dtype, shape=(2, 3), size=24, digest=digest)


TENSORS = TensorChanges(
    artifact="model",
    changes=(
        TensorChange(name="w.1", kind="changed", before=state(), after=state(B)),
        TensorChange(name="w.10", kind="changed", before=state(), after=state(dtype="F16")),
        TensorChange(name="new", kind="added", before=None, after=state()),
        TensorChange(name="odd", kind="unknown", before=state(None), after=state(None)),
        TensorChange(name="old", kind="removed", before=state(None), after=None),
    ),
    unchanged=101,
)


def test_tensors_have_a_section_of_their_own() -> None:
    assert render_diff_text(CHANGES[:1], (TENSORS,)) == (
        "/metadata\n"
        "  ~ low     version  1.4.0 -> 1.5.0 (minor)\n"
        "\n"
        "tensors of model: 2 changed, 1 added, 1 removed, 1 not comparable, 101 unchanged\n"
        "  ~ w.1   F32[2, 3]  sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…\n"
        "  ~ w.10  F32[2, 3] -> F16[2, 3]\n"
        "  + new   F32[2, 3]\n"
        "  ? odd   F32[2, 3]\n"
        "  - old   F32[2, 3]\n"
        "\n"
        "1 change: 1 low\n"
    )
    assert render_diff_markdown(CHANGES[:1], (TENSORS,)).endswith(
        "### tensors of model\\: 2 changed, 1 added, 1 removed, 1 not comparable, 101 unchanged\n"
        "\n"
        "|  | tensor | data |\n"
        "| --- | --- | --- |\n"
        "| ~ | `w.1` | F32\\[2, 3\\]  sha256\\:aaaaaaaaaaaa… -\\> sha256\\:bbbbbbbbbbbb… |\n"
        "| ~ | `w.10` | F32\\[2, 3\\] -\\> F16\\[2, 3\\] |\n"
        "| + | `new` | F32\\[2, 3\\] |\n"
        "| ? | `odd` | F32\\[2, 3\\] |\n"
        "| - | `old` | F32\\[2, 3\\] |\n"
    )


def test_programs_get_every_tensor_and_people_the_first() -> None:
    many = TensorChanges(
        artifact="model",
        changes=tuple(
            TensorChange(name=f"w{at}", kind="added", before=None, after=state())
            for at in range(1101)
        ),
        unchanged=0,
    )
    text = render_diff_text((), (many,)).splitlines()
    assert text[0] == "tensors of model: 1,101 added, 0 unchanged"
    assert text[20:23] == ["  + w19  F32[2, 3]", "  ... and 1,081 more", ""]
    assert render_diff_markdown((), (many,)).endswith(
        "| + | `w19` | F32\\[2, 3\\] |\n\n... and 1,081 more\n"
    )
    assert len(json.loads(render_diff_json((), (many,)))["tensors"]) == 1101


def test_a_file_whose_tensors_are_the_same_says_so() -> None:
    same = TensorChanges(artifact="m", changes=(), unchanged=2)
    assert render_diff_text((), (same,)) == "tensors of m: 2 unchanged\n\nno differences\n"
    assert (
        render_diff_markdown((), (same,)) == "no differences\n\n### tensors of m\\: 2 unchanged\n"
    )


def test_tensors_have_their_shape_in_json() -> None:
    written = json.loads(render_diff_json((), (TENSORS,)))["tensors"]
    form = {"dtype": "F32", "shape": [2, 3], "size": 24}
    assert written[0] == {
        "artifact": "model",
        "name": "w.1",
        "kind": "changed",
        "before": form | {"digest": A},
        "after": form | {"digest": B},
        "difference": None,
    }
    assert (written[2]["before"], written[4]["after"]) == (None, None)
    assert written[4]["before"] == form | {"digest": None}


@pytest.mark.parametrize(
    ("difference", "told"),
    [
        (NumberDifference(elements=4, differing=2), "2 of 4 bytes"),
        (
            NumberDifference(
                elements=6_000, differing=1_500, largest_absolute=0.5, largest_relative=0.031
            ),
            "off by up to 0.5 (3.1 %), 1,500 of 6,000",
        ),
        (
            NumberDifference(
                elements=6, differing=1, largest_absolute=2.0, largest_relative=inf, lost=3
            ),
            "off by up to 2, 1 of 6, 3 lost to NaN",
        ),
    ],
)
def test_how_far_the_numbers_of_a_tensor_moved_is_told(
    difference: NumberDifference, told: str
) -> None:
    change = TensorChange(
        name="w", kind="changed", before=state(), after=state(B), difference=difference
    )
    found = TensorChanges(artifact="model", changes=(change,), unchanged=0)
    assert render_diff_text((), (found,)).splitlines()[1].endswith(f"bbbbbbbbbbbb…  {told}")


def test_hostile_names_of_tensors_stay_on_their_line() -> None:
    evil = TensorState(dtype="F\n32", shape=(1,) * 99, size=0, digest=None)
    changes = (
        TensorChange(name="x\n+ y|`\x1b[2J" + "z" * 99, kind="added", before=None, after=evil),
        TensorChange(name="", kind="removed", before=evil, after=None),
    )
    found = TensorChanges(artifact="m\n\x1b", changes=changes, unchanged=0)
    for text in (render_diff_text((), (found,)), render_diff_markdown((), (found,))):
        assert all(line.isprintable() and len(line) < 190 for line in text.splitlines())
    assert len(render_diff_text((), (found,)).splitlines()) == 5


def test_a_patch_is_a_list_of_operations() -> None:
    operations: list[dict[str, Value]] = [{"op": "add", "path": "/é", "value": [1]}]
    assert json.loads(render_json_patch(operations)) == operations
    assert render_json_patch(operations).isascii()
    assert render_json_patch([]) == "[]\n"


def test_hostile_values_and_keys_stay_on_their_line() -> None:
    evil = change("x\n+ high  y|`\x1b[2J", {"\x1b": "\u202e"}, pointer="/spec/a\n\x1b/b|`")
    for text in (render_diff_text((evil,)), render_diff_markdown((evil,))):
        assert all(line.isprintable() for line in text.splitlines())
    assert len(render_diff_text((evil,)).splitlines()) == 4
    assert len(render_diff_markdown((evil,)).splitlines()) == 7
    row = render_diff_markdown((evil,)).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 7
    assert render_diff_json((evil,)).isascii()


def test_colours_change_no_word() -> None:
    styled = render_diff_text(CHANGES, styled=True)
    assert "\x1b[1;31m  ~ high  \x1b[0m" in styled
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == render_diff_text(CHANGES)
