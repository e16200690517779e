from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.samples import EXAMPLE
from tests.codec.scalar_strategies import ANY_TEXT, LARGEST
from tests.codec.strategies import RELEASES, written
from weighbridge.codec.edits import find, set_value
from weighbridge.codec.inserting import write_scalar
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import UsageError
from weighbridge.model.location import pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.document import Document


def read(text: str) -> Document:
    return read_document(text.encode(), "release.yaml")


def edited(text: str, at: str, value: str | int | bool) -> str:  # noqa: FBT001 - a scalar
    return set_value(read(text), at, value).text


@pytest.mark.parametrize(
    ("before", "at", "value", "after"),
    [
        # the value changes, and not a character around it
        ("a: 1   # why\nb: 2\n", "/a", 10, "a: 10   # why\nb: 2\n"),
        ("a:   one\n", "/a", "two", "a:   two\n"),
        ("a: one\r\nb: 2\r\n", "/a", "two", "a: two\r\nb: 2\r\n"),
        ("a: one", "/a", "two", "a: two"),
        ("\ufeffa: one\n", "/a", "two", "\ufeffa: two\n"),
        ("é: {日本: x}\n", "/é/日本", "😀", 'é: {日本: "😀"}\n'),
        ("a: [1, {b: x}]\n", "/a/1/b", True, "a: [1, {b: true}]\n"),
        # quotes are kept
        ('a: "x"\n', "/a", "y", 'a: "y"\n'),
        ("a: 'x'\n", "/a", "it's", "a: 'it''s'\n"),
        ("a: 'x'\n", "/a", "y\n", 'a: "y\\n"\n'),
        ('a: "1.9"\n', "/a", "1.10", 'a: "1.10"\n'),
        ('a: "x"\n', "/a", 5, "a: 5\n"),
        # and come where they are needed
        ("a: x\n", "/a", "1.10", 'a: "1.10"\n'),
        ("a: x\n", "/a", "NO", 'a: "NO"\n'),
        ("a: x\n", "/a", "", 'a: ""\n'),
        ("a: x\n", "/a", "~", 'a: "~"\n'),
        ("a: x\n", "/a", "010", 'a: "010"\n'),
        ("a: x\n", "/a", "@y", 'a: "@y"\n'),
        ("a: x\n", "/a", "- y", 'a: "- y"\n'),
        ("a: x\n", "/a", "y: z", 'a: "y: z"\n'),
        ("a: x\n", "/a", "y #z", 'a: "y #z"\n'),
        ("a: [x]\n", "/a/0", "y, z", 'a: ["y, z"]\n'),
        ("a: x\n", "/a", "😀\n", 'a: "\\ud83d\\ude00\\n"\n'),
        ("a: x\n", "/a", "role:sre", "a: role:sre\n"),
        ("a: [x]\n", "/a/0", "https://x.org/y", "a: [https://x.org/y]\n"),
        ('{"a": 1}', "/a", "x", '{"a": "x"}'),
        # empty values
        ("a:\nb: 1\n", "/a", "x", "a: x\nb: 1\n"),
        ("a: # why\n", "/a", "x", "a: x # why\n"),
        ("a:", "/a", "x", "a: x"),
        ("a:\n-\n- 2\n", "/a/0", "x", "a:\n- x\n- 2\n"),
        ("{a: , b: }\n", "/b", 1, "{a: , b: 1}\n"),
        # anchors and tags stay
        ("a: &x one\nb: 2\n", "/a", "two", "a: &x two\nb: 2\n"),
        ("a: !!str one\n", "/a", "two", "a: !!str two\n"),
        ("a: &x # c\n  one\n", "/a", "two", "a: &x # c\n  two\n"),
        # what takes more than a line
        ("a: one\n  two\nb: 1\n", "/a", "x", "a: x\nb: 1\n"),
        ('a: "one\n  two" # c\n', "/a", "x", 'a: "x" # c\n'),
    ],
)
def test_a_value_changes_and_nothing_else(
    before: str,
    at: str,
    value: str | int | bool,  # noqa: FBT001 - a scalar
    after: str,
) -> None:
    assert edited(before, at, value) == after


@pytest.mark.parametrize(
    ("before", "at", "value", "after"),
    [
        # block mappings
        ("a: 1\n", "/b", 2, "a: 1\nb: 2\n"),
        ("a: 1", "/b", 2, "a: 1\nb: 2\n"),
        ("a: 1 # why\n\n# end\n", "/b", 2, "a: 1 # why\nb: 2\n\n# end\n"),
        ("a:\n    x: 1\nz: 3\n", "/a/w", 2, "a:\n    x: 1\n    w: 2\nz: 3\n"),
        ("a:\r\n  x: 1\r\nz: 3\r\n", "/a/w", 2, "a:\r\n  x: 1\r\n  w: 2\r\nz: 3\r\n"),
        ("l:\n  - n: x\n  - n: y\n", "/l/0/w", 2, "l:\n  - n: x\n    w: 2\n  - n: y\n"),
        ("a:\n  x: [1,\n    2]\nz: 3\n", "/a/w", 2, "a:\n  x: [1,\n    2]\n  w: 2\nz: 3\n"),
        ("a:\n  x: |\n    text\n\nz: 3\n", "/a/w", 2, "a:\n  x: |\n    text\n  w: 2\n\nz: 3\n"),
        ("a:\n  x: |+ # c\n    t\n\nz: 3\n", "/a/w", 2, "a:\n  x: |+ # c\n    t\n\n  w: 2\nz: 3\n"),
        ("a:\n  x: &n\n    - 1\n  # c\n", "/a/w", 2, "a:\n  x: &n\n    - 1\n  w: 2\n  # c\n"),
        ("a:\n  x:\nz: 3\n", "/a/w", 2, "a:\n  x:\n  w: 2\nz: 3\n"),
        ("\ufeffa: 1\n", "/b", 2, "\ufeffa: 1\nb: 2\n"),
        ("a: 1\n...\n", "/b", 2, "a: 1\nb: 2\n...\n"),
        # flow mappings
        ("{}", "/a", "x", '{"a": "x"}'),
        ("a: {}\n", "/a/b", "x y", "a: {b: x y}\n"),
        ("a: { } # c\n", "/a/b", 1, "a: {b: 1 } # c\n"),
        ("a: {x: 1}\n", "/a/w", 2, "a: {x: 1, w: 2}\n"),
        ("a: {x: 1, }\n", "/a/w", 2, "a: {x: 1, w: 2, }\n"),
        ("a: { x: [1] }\n", "/a/w", 2, "a: { x: [1], w: 2 }\n"),
        ("a: {x: 1 # c\n  }\n", "/a/w", 2, "a: {x: 1, w: 2 # c\n  }\n"),
        ('{"a": {"x": "1"}}\n', "/a/w", 2, '{"a": {"x": "1", "w": 2}}\n'),
        ('{"a": {}}', "/a/b/c", "x", '{"a": {"b": {"c": "x"}}}'),
        ("{a: {x}}", "/a/w", 2, "{a: {x, w: 2}}"),
        # parents that are missing, or empty
        ("a: 1\n", "/b/c/d", 2, "a: 1\nb: {c: {d: 2}}\n"),
        ("a: {x: 1}\n", "/a/b/c", 2, "a: {x: 1, b: {c: 2}}\n"),
        ("a:\nz: 1\n", "/a/b", 2, "a: {b: 2}\nz: 1\n"),
        ("a: ~ # c\n", "/a/b/c", 2, "a: {b: {c: 2}} # c\n"),
        # keys that need quotes
        ("a: 1\n", "/yes", 2, 'a: 1\n"yes": 2\n'),
        ("a: 1\n", "/b~1c", 2, "a: 1\nb/c: 2\n"),
        ("a: {x: 1}\n", "/a/1", 2, 'a: {x: 1, "1": 2}\n'),
    ],
)  # fmt: skip
def test_a_missing_key_is_written_beside_its_neighbours(
    before: str, at: str, value: int | str, after: str
) -> None:
    assert edited(before, at, value) == after


@pytest.mark.parametrize(
    ("text", "at", "value", "message"),
    [
        ("a: {x: 1}\n", "/a", 1, "/a holds a collection; only single values are set"),
        ("a: |\n  x\n", "/a", 1, "/a holds a block of text; only single values are set"),
        ("a: &x 1\nb: *x\n", "/b", 2, "/b holds an alias; only single values are set"),
        ("a: 1\n", "", 1, " holds a collection; only single values are set"),
        ("a: &x 1\nb: *x\n", "/a", 2, "/a cannot be set without changing anything else"),
        ("a: &x {y: 1}\nb: *x\n", "/a/y", 2, "/a/y cannot be set without changing anything else"),
        ("a: &x {y: 1}\nb: *x\n", "/b/z", 2, "/b is not a mapping, so it has no 'z'"),
        ("a: [1]\n", "/a/1", 2, "/a is not a mapping, so it has no '1'"),
        ("a: 1\n", "/a/b", 2, "/a is not a mapping, so it has no 'b'"),
        ("a: 1\n", "/a", 2**53, "/a cannot be set without changing anything else"),
        ("a: !!str x\n", "/a", 5, "/a cannot be set without changing anything else"),
        ("a: 1\n", "/a", "\ud800", "/a cannot be set without changing anything else"),
        ("a: 1\n", "/a", "\x00", "/a cannot be set without changing anything else"),
        ("a: 1\n", "/a", "\x7f", "/a cannot be set without changing anything else"),
        ("? a\n: 1\n", "/b", 2, "/b cannot be set without changing anything else"),
        ("a: |\n  x", "/b", 2, "/b cannot be set without changing anything else"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(
    text: str, at: str, value: int | str, message: str
) -> None:
    document = read(text)
    before = copy.deepcopy(document.data)
    with pytest.raises(UsageError) as raised:
        set_value(document, at, value)
    assert str(raised.value) == message
    assert raised.value.faults[0].help == ("edit it by hand",)
    assert document.data == before


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("metadata.name", "/metadata/name"),
        ("spec.artifacts.labels.size", "/spec/artifacts/1/size"),
        ("spec.artifacts.0.size", "/spec/artifacts/0/size"),
        ("spec.rollout.analysis.errors.interval", "/spec/rollout/analysis/0/interval"),
        ("spec.rollout.steps.2.weight", "/spec/rollout/steps/2/weight"),
        ("spec.governance.approvers.roles.1", "/spec/governance/approvers/roles/1"),
        ("spec.nothing.at.all", "/spec/nothing/at/all"),
        ("metadata.name.below", "/metadata/name/below"),
        ("/metadata/labels/a.b", "/metadata/labels/a.b"),
    ],
)
def test_a_dotted_path_finds_members_by_name_and_number(path: str, at: str) -> None:
    assert find(read(EXAMPLE), path) == at


def test_a_name_goes_before_a_number() -> None:
    assert find(read("l: [{name: a}, {id: b}, {alert: '0'}, {ref: c}]"), "l.0.x") == "/l/2/x"
    assert find(read("l: [{name: a}, {id: b}, {alert: '0'}, {ref: c}]"), "l.c") == "/l/3"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("spec.artifacts.model2.size", "known: model, labels"),
        ("spec.artifacts.2", "known: model, labels"),
        ("spec.artifacts.-1", "known: model, labels"),
        ("spec.rollout.steps.first", "known: numbers below 3"),
        ("spec.rollout.steps.99999999999999999999999", "known: numbers below 3"),
        ("spec.rollout.steps.²", "known: numbers below 3"),
    ],
)
def test_a_member_that_is_not_there_is_told(path: str, known: str) -> None:
    with pytest.raises(UsageError) as raised:
        find(read(EXAMPLE), path)
    assert raised.value.faults[0].help == (known,)


@given(st.booleans() | st.integers(-LARGEST, LARGEST) | ANY_TEXT, st.sampled_from(["", '"', "'"]))
def test_a_scalar_reads_back_as_it_was_written(value: Any, quote: str) -> None:  # noqa: ANN401 - any scalar
    text = write_scalar(value, quote)
    for document in (read(f"a: {text}\nb: 1\n"), read(f"[{{a: {text}, b: 1}}]".strip("[]"))):
        assert document.data["a"] == value
        assert type(document.data["a"]) is type(value)


NEW = ANY_TEXT | st.integers(-LARGEST, LARGEST) | st.booleans()


@pytest.mark.slow
@given(st.data())
def test_a_set_value_changes_that_value_alone(data: st.DataObject) -> None:
    document = read(data.draw(written(data.draw(RELEASES))))
    scalars = [at for at, place in document.places.items() if place.style in ("plain", "quoted")]
    at, value = data.draw(st.sampled_from(scalars)), data.draw(NEW)
    after = set_value(document, at, value)
    span, new = document.places[at].value, after.places[at].value
    assert after.text[: span.start] == document.text[: span.start]
    assert after.text[new.end :] == document.text[span.end :]
    assert new.start == span.start
    assert after.data == with_one(document.data, at, value)
    assert set_value(after, at, value).text == after.text


@given(st.data())
def test_a_new_key_is_added_alone(data: st.DataObject) -> None:
    document = read(data.draw(written(data.draw(RELEASES))))
    maps = [at for at in document.places if isinstance(value_at(document.data, at), dict)]
    parent, value = data.draw(st.sampled_from(maps)), data.draw(NEW)
    at = parent + data.draw(st.sampled_from(["/new-key", "/new/key", "/no"]))
    after = set_value(document, at, value)
    assert after.data == with_one(document.data, at, value)
    added = len(after.text) - len(document.text)
    position = next(
        index
        for index in range(len(document.text) + 1)
        if after.text[:index] + after.text[index + added :] == document.text
    )
    assert json.dumps(after.text[position : position + added])


def value_at(data: Any, at: str) -> Any:  # noqa: ANN401 - a tree
    for part in pointer_parts(at):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


def with_one(data: dict[str, Any], at: str, value: object) -> dict[str, Any]:
    changed = json.loads(json.dumps(data, default=str))
    *way, last = pointer_parts(at)
    node = changed
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[int(last) if isinstance(node, list) else last] = value
    return changed  # type: ignore[no-any-return]


def test_names_with_dots_are_found_before_shorter_ones() -> None:
    text = "l:\n- {name: model.onnx, size: 1}\n- {name: model, onnx: 2}\nm: {a.b: {c: 1}, a: 2}\n"
    document = read_document(text.encode(), "t.yaml")
    assert find(document, "l.model.onnx.size") == "/l/0/size"
    assert find(document, "l.model.size") == "/l/1/size"
    assert find(document, "m.a.b.c") == "/m/a.b/c"
    assert find(document, "m.a.x") == "/m/a/x"
